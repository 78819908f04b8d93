// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

namespace rtkhooks::cli {

/// Makes the call and prints what came back. SIGINT and SIGTERM cancel it; a second one ends the process.
[[nodiscard]] exit_status run(api_command const& asked);

} // namespace rtkhooks::cli
