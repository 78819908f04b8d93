// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/environment.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace rtkhooks::cli {

/// A command line that cannot be carried out. The text names what is wrong and what would be right.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a command line asks for.
/// @param arguments without the program's name
/// @throws usage_error
[[nodiscard]] any_command parse_arguments(std::vector<std::string> const& arguments, environment const& surroundings);

/// How to print failures, asked even where the rest of the command line is wrong.
[[nodiscard]] output_format wanted_format(std::vector<std::string> const& arguments, environment const& surroundings);

} // namespace rtkhooks::cli
