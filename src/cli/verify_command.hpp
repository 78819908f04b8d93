// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

#include <rtkhooks/event.hpp>

#include <string>

namespace rtkhooks::cli {

/// Checks a delivery whose body is on standard input, and prints its event.
/// @throws usage_error where the key or the signature is none
[[nodiscard]] exit_status run(verify_command const& asked);

/// The key as PEM text.
/// @param text PEM already, or the JSON document in which the key is published
/// @return the text itself where it is no such document
[[nodiscard]] std::string pem_of(std::string const& text);

/// An event without its secrets: as one line of JSON, or as a table with a line for each field.
[[nodiscard]] std::string print_event(event const& what, output_format format);

} // namespace rtkhooks::cli
