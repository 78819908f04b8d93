// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

namespace rtkhooks::cli {

/// Serves until SIGINT or SIGTERM, which end it with success.
[[nodiscard]] exit_status run(emulator_command const& asked, output_format format);

} // namespace rtkhooks::cli
