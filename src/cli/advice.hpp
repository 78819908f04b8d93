// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"

#include <rtkhooks/error.hpp>

#include <string>

namespace rtkhooks::cli {

/// What a person can do about a failure, in the command's own terms. Empty where the failure says it all.
[[nodiscard]] std::string advice_for(api_command const& asked, error const& failure);
/// Where a value came from that kept `listen` from starting.
[[nodiscard]] std::string advice_for_listen(error const& failure);

} // namespace rtkhooks::cli
