// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"

#include <rtkhooks/key_store.hpp>
#include <rtkhooks/receiver.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// @file
/// What `listen` prints, as text that ends with a line feed.

namespace rtkhooks::cli {

/// Where it listens, for a browser or a script.
/// @param tls whether it serves HTTPS
[[nodiscard]] std::string address_of(boost::asio::ip::tcp::endpoint const& where, std::string const& path, bool tls);

/// The first line.
/// @param address of the receiver
/// @param webhook_id of the webhook that was created for it; empty: none
[[nodiscard]] std::string print_listening(std::string const& address, std::string const& webhook_id,
                                          output_format format);

/// One line for each delivery.
[[nodiscard]] std::string print_delivery(event const& what, timestamp when, output_format format);

// For standard error.

/// @param url of the key
[[nodiscard]] std::string print_key_alarm(key_alarm const& alarm, std::string const& url, output_format format);
/// That a webhook is taken for the one whose creation was not confirmed.
[[nodiscard]] std::string print_adopted(std::string const& webhook_id, output_format format);
/// That texts for standard error were dropped.
[[nodiscard]] std::string print_dropped(std::size_t number, output_format format);
/// How a request was answered that is no new delivery.
[[nodiscard]] std::string print_unhandled(int status, std::string_view reason, output_format format);
/// What became of all requests.
[[nodiscard]] std::string print_stats(receiver_stats const& stats, output_format format);

} // namespace rtkhooks::cli
