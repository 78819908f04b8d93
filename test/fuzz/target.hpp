// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// What each target defines: takes one input, and ends the program where a property does not hold.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace rtkhooks::fuzz {

/// A text on one line: what is no plain ASCII as `\xff`.
[[nodiscard]] inline std::string escaped(std::string_view text)
{
    std::string result;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '\\')
            result += c;
        else
            result.append("\\x").append(1, "0123456789abcdef"[byte >> 4]).append(1, "0123456789abcdef"[byte & 15]);
    }
    return result;
}

/// Ends the program, with a line that says which property does not hold, and of what. libFuzzer keeps the input then.
[[noreturn]] inline void violated(char const* property, std::initializer_list<std::string_view> of = {})
{
    std::fprintf(stderr, "does not hold: %s\n", property);
    for (auto const text : of)
        std::fprintf(stderr, "    [%s]\n", escaped(text).c_str());
    std::abort();
}

inline void require(bool holds, char const* property, std::initializer_list<std::string_view> of = {})
{
    if (!holds)
        violated(property, of);
}

/// The input's first byte, which chooses among settings: 0 for the character 0, so that seeds can be read.
[[nodiscard]] inline unsigned choice_of(std::uint8_t const* data, std::size_t size)
{
    return size == 0 ? 0 : static_cast<std::uint8_t>(data[0] - '0');
}

/// The input without its first byte.
[[nodiscard]] inline std::string_view after_choice(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    return text.substr(size == 0 ? 0 : 1);
}

/// A number that depends on all of an input, to draw from: FNV-1a.
[[nodiscard]] inline std::uint32_t number_of(std::string_view text)
{
    std::uint32_t number = 2166136261u;
    for (char const c : text)
        number = (number ^ static_cast<unsigned char>(c)) * 16777619u;
    return number;
}

/// The texts between separators: one more than there are separators.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

} // namespace rtkhooks::fuzz
