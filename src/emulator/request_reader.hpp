// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/memory_budget.hpp"
#include "http/request_reader.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace rtkhooks::emulation {

using http::received_request;
using http::request_limits;
using http::request_reader;

/// The header fields that the service looks at, and where received_request::fields has them.
inline constexpr std::array<std::string_view, 4> kept_fields{"authorization", "x-auth-email", "x-auth-key",
                                                             "content-encoding"};
enum kept_field : std::size_t { authorization, auth_email, auth_key, content_encoding };

} // namespace rtkhooks::emulation
