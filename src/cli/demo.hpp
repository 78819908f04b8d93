// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

namespace rtkhooks::cli {

/// Runs every operation and one of each kind of failure against an emulator of its own, and prints each as it happens.
/// @param colour whether standard output shows it
[[nodiscard]] exit_status run(demo_command const& asked, bool colour);

} // namespace rtkhooks::cli
