// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

namespace rtkhooks::cli {

/// Checks a delivery whose body is on standard input, and prints its event.
/// @throws usage_error where the key or the signature is none
[[nodiscard]] exit_status run(verify_command const& asked);

} // namespace rtkhooks::cli
