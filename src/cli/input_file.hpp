// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <string>

/// @file
/// Files that a command reads, byte for byte.

namespace rtkhooks::cli {

/// @param option the one that names the file, for the message
/// @param longest how many bytes at most
/// @throws usage_error where it cannot be read, is empty, or is longer
[[nodiscard]] std::string read_file(std::string const& option, std::string const& name, std::size_t longest);

/// @param what names it in the message
/// @param name the file's; `-` is standard input
/// @throws usage_error where it cannot be read, or is longer
[[nodiscard]] std::string read_input(std::string const& what, std::string const& name, std::size_t longest);

} // namespace rtkhooks::cli
