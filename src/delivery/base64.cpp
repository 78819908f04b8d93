// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/base64.hpp"

#include <array>
#include <cstdint>

namespace rtkhooks::delivery {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> digits = [] {
    std::array<std::uint8_t, 256> result{};
    result.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        result[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return result;
}();

} // namespace

std::optional<std::size_t> decode_base64(std::string_view text, std::span<unsigned char> into) noexcept
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::size_t const size = most_bytes_of_base64(text.size()) - padding;
    if (size > into.size())
        return std::nullopt;
    text.remove_suffix(padding);

    std::uint32_t bits = 0; // of which the lowest `count` are still to be written
    unsigned count = 0;
    std::size_t written = 0;
    for (char const c : text) {
        auto const digit = digits[static_cast<unsigned char>(c)];
        if (digit == no_digit)
            return std::nullopt;
        bits = bits << 6 | digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            into[written++] = static_cast<unsigned char>(bits >> count & 0xff);
        }
    }
    bool const is_canonical = (bits & ((1u << count) - 1)) == 0;
    return is_canonical ? std::optional{written} : std::nullopt;
}

} // namespace rtkhooks::delivery
