// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/base64.hpp"

#include <array>
#include <cstdint>

namespace rtkhooks::delivery {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64; // a bit that no digit has

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

    auto const digit = [&](std::size_t at) -> std::uint32_t { return digits[static_cast<unsigned char>(text[at])]; };
    std::size_t read = 0;
    std::size_t written = 0;
    std::uint32_t seen = 0; // the bits of all digits
    for (; read + 4 <= text.size(); read += 4) {
        auto const a = digit(read), b = digit(read + 1), c = digit(read + 2), d = digit(read + 3);
        seen |= a | b | c | d;
        into[written++] = static_cast<unsigned char>(a << 2 | b >> 4);
        into[written++] = static_cast<unsigned char>(b << 4 | c >> 2);
        into[written++] = static_cast<unsigned char>(c << 6 | d);
    }
    std::uint32_t unused = 0; // bits of the last digit, which must be 0
    if (padding == 2) {
        auto const a = digit(read), b = digit(read + 1);
        seen |= a | b;
        unused = b & 0xf;
        into[written++] = static_cast<unsigned char>(a << 2 | b >> 4);
    } else if (padding == 1) {
        auto const a = digit(read), b = digit(read + 1), c = digit(read + 2);
        seen |= a | b | c;
        unused = c & 0x3;
        into[written++] = static_cast<unsigned char>(a << 2 | b >> 4);
        into[written++] = static_cast<unsigned char>(b << 4 | c >> 2);
    }
    return seen < no_digit && unused == 0 ? std::optional{written} : std::nullopt;
}

} // namespace rtkhooks::delivery
