// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"

#include <rtkhooks/event.hpp>

#include <string>

/// @file
/// How events are printed: never with their secrets.

namespace rtkhooks::cli {

/// An event as one line of JSON, or as a table with a line for each field.
[[nodiscard]] std::string print_event(event const& what, output_format format);

/// One line for a person: when it came, its name, and the little that tells it from others of that name: the meeting,
/// the participant, a status.
[[nodiscard]] std::string print_event_row(event const& what, timestamp when);

} // namespace rtkhooks::cli
