// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>

namespace rtkhooks::cli {

/// Reads a token, without the line feed that may end it.
/// @param name a file, or "-" for standard input
/// @throws usage_error where it cannot be read, is empty, or is too long for a token
[[nodiscard]] std::string read_token(std::string const& name);

} // namespace rtkhooks::cli
