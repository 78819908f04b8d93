// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

namespace rtkhooks::cli {

/// Receives deliveries and prints them, until SIGINT, SIGTERM or SIGHUP.
/// @throws usage_error where the key or the token cannot be read
[[nodiscard]] exit_status run(listen_command const& asked);

} // namespace rtkhooks::cli
