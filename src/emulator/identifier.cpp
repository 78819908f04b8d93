// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/identifier.hpp"

#include "text/ascii.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace rtkhooks::emulation {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

void fill_randomly(unsigned char* bytes, std::size_t count)
{
    if (RAND_bytes(bytes, static_cast<int>(count)) != 1)
        throw std::runtime_error{"no random bytes"};
}

bool is_hyphen_place(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

} // namespace

std::uint64_t make_random_number()
{
    std::array<unsigned char, sizeof(std::uint64_t)> bytes;
    fill_randomly(bytes.data(), bytes.size());
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
}

std::string make_uuid() // RFC 9562 section 5.4
{
    std::array<unsigned char, 16> bytes;
    fill_randomly(bytes.data(), bytes.size());
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    text.reserve(36);
    for (auto const byte : bytes) {
        if (is_hyphen_place(text.size()))
            text += '-';
        text += digits[byte >> 4];
        text += digits[byte & 0x0f];
    }
    return text;
}

std::string make_token(std::size_t length)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t even = 256 - 256 % alphabet.size();
    std::string text;
    text.reserve(length);
    while (text.size() < length) {
        unsigned char byte = 0;
        fill_randomly(&byte, 1);
        if (byte < even)
            text += alphabet[byte % alphabet.size()];
    }
    return text;
}

bool is_uuid(std::string_view text) noexcept
{
    if (text.size() != 36)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_hyphen_place(i) ? text[i] != '-' : !ascii::is_hexadecimal(text[i]))
            return false;
    }
    return true;
}

std::string to_hexadecimal(std::uint64_t number)
{
    std::string text(16, '0');
    for (auto place = text.rbegin(); place != text.rend(); ++place, number >>= 4)
        *place = digits[number & 0x0f];
    return text;
}

} // namespace rtkhooks::emulation
