// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

// Characters as protocols know them, whatever the locale.

namespace rtkhooks::ascii {

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

[[nodiscard]] constexpr bool is_hexadecimal(char c) noexcept
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

[[nodiscard]] inline std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result)
        c = lower(c);
    return result;
}

[[nodiscard]] constexpr bool equal_in_any_case(std::string_view left, std::string_view right) noexcept
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

} // namespace rtkhooks::ascii
