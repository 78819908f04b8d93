// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>

#include <string>

namespace rtkhooks::delivery {

/// Of a configuration.
/// @param member its path, such as "limits.body_bytes"
/// @param reason goes on from there
[[noreturn]] inline void refuse_member(std::string const& member, std::string const& reason)
{
    throw exception{error{errc::invalid_argument, member + ' ' + reason}};
}

} // namespace rtkhooks::delivery
