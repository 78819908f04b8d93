// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "text/ascii.hpp"

#include <algorithm>
#include <string_view>

namespace rtkhooks::http {

/// Of a token (RFC 9110 section 5.6.2), such as a field's name.
[[nodiscard]] constexpr bool is_token_character(char c) noexcept
{
    return ascii::is_alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

[[nodiscard]] constexpr bool is_control(char c) noexcept
{
    auto const value = static_cast<unsigned char>(c);
    return value < 0x20 || value == 0x7f;
}

/// Of a field's value (RFC 9110 section 5.5) and of a quoted string's contents.
[[nodiscard]] constexpr bool is_value_character(char c) noexcept { return !is_control(c) || c == '\t'; }

[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

} // namespace rtkhooks::http
