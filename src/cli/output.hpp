// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"

#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/webhook.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// @file
/// What the command prints, as text that ends with a line feed. JSON has the API's field names, on one line.

namespace rtkhooks::cli {

[[nodiscard]] std::string print_webhooks(std::vector<webhook> const& hooks, output_format format);
[[nodiscard]] std::string print_webhook(webhook const& hook, output_format format);
/// @param id of the webhook that was to be deleted
/// @param hook as the server returned it, where it did
[[nodiscard]] std::string print_deleted(std::string const& id, std::optional<webhook> const& hook,
                                        output_format format);
[[nodiscard]] std::string print_event_types(std::vector<event_type> const& events, output_format format);

/// For standard error.
/// @param advice what to do about it, for a person; may be empty
[[nodiscard]] std::string print_error(error const& failure, std::string const& advice, output_format format);
/// A failure of this program's own, whose message is the text and nothing else.
[[nodiscard]] error own_error(errc code, std::string text);
/// The same failure, of which the message says what it kept from being done.
[[nodiscard]] error in_context(std::string const& what, error const& failure);
/// For standard error: what `--verbose` tells of a call, a line for each attempt. The last has what is known of the
/// call's answer too.
[[nodiscard]] std::string print_attempts(operation what, call_info const& info, output_format format);

/// "1 webhook", "2 webhooks"
[[nodiscard]] std::string counted(std::size_t number, std::string const& noun);
/// "12.34 ms"
[[nodiscard]] std::string in_milliseconds(std::chrono::microseconds time);
/// "connection 1, new", "connection 1, reused", "connection 2, new, TLS resumed", or "no connection".
[[nodiscard]] std::string connection_in_words(call_info const& info);
[[nodiscard]] std::string connection_in_words(attempt_info const& info);

} // namespace rtkhooks::cli
