// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cerrno>
#include <system_error>

namespace rtkhooks::testing {

/// Throws what errno says.
[[noreturn]] inline void throw_system_error(char const* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

} // namespace rtkhooks::testing
