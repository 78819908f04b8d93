// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string_view>

namespace rtkhooks::http {

enum class method { get, post, put, patch, delete_ };

[[nodiscard]] constexpr std::string_view to_string(method value) noexcept
{
    switch (value) {
    case method::get:
        return "GET";
    case method::post:
        return "POST";
    case method::put:
        return "PUT";
    case method::patch:
        return "PATCH";
    case method::delete_:
        return "DELETE";
    }
    return {};
}

/// Whether sending it twice has the effect of sending it once (RFC 9110 section 9.2.2).
[[nodiscard]] constexpr bool is_idempotent(method value) noexcept
{
    return value == method::get || value == method::put || value == method::delete_;
}

} // namespace rtkhooks::http
