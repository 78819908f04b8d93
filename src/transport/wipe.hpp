// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>

namespace rtkhooks::transport {

/// Overwrites a text so that no optimiser can leave that out, and empties it.
void wipe(std::string& text) noexcept;

} // namespace rtkhooks::transport
