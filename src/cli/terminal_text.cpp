// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>

namespace rtkhooks::cli {

namespace {

struct code_point {
    std::uint32_t value = 0;
    std::size_t length = 1; // bytes
    bool valid = false;
};

struct range {
    std::uint32_t first;
    std::uint32_t last;
};

// Unicode's characters that move the cursor's direction or line, not counting the C0 and C1 controls.
constexpr std::array steering{range{0x061C, 0x061C}, range{0x200E, 0x200F}, range{0x2028, 0x202E},
                              range{0x2066, 0x2069}, range{0xFEFF, 0xFEFF}};

// UAX 11: the blocks whose characters are wide nearly throughout. Near enough for columns that line up.
constexpr std::array wide{range{0x1100, 0x115F},   range{0x2E80, 0x303E},   range{0x3041, 0x4DBF},
                          range{0x4E00, 0xA4CF},   range{0xA960, 0xA97C},   range{0xAC00, 0xD7A3},
                          range{0xF900, 0xFAFF},   range{0xFE30, 0xFE6F},   range{0xFF00, 0xFF60},
                          range{0xFFE0, 0xFFE6},   range{0x1F300, 0x1F64F}, range{0x1F680, 0x1F6FF},
                          range{0x1F900, 0x1F9FF}, range{0x20000, 0x3FFFD}};

constexpr std::array combining{range{0x0300, 0x036F}, range{0x0483, 0x0489},  range{0x0591, 0x05BD},
                               range{0x064B, 0x065F}, range{0x1AB0, 0x1AFF},  range{0x1DC0, 0x1DFF},
                               range{0x200B, 0x200D}, range{0x20D0, 0x20FF},  range{0xFE00, 0xFE0F},
                               range{0xFE20, 0xFE2F}, range{0xE0100, 0xE01EF}};

bool in(std::span<range const> ranges, std::uint32_t value)
{
    return std::any_of(ranges.begin(), ranges.end(), [value](range r) { return r.first <= value && value <= r.last; });
}

std::size_t length_by_first_byte(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// RFC 3629: the first character of a text that is not empty. Not valid: one byte that starts none.
code_point first_of(std::string_view text)
{
    auto const first = static_cast<unsigned char>(text[0]);
    auto const length = length_by_first_byte(first);
    if (length == 1)
        return {first, 1, true};
    if (length == 0 || text.size() < length)
        return {first, 1, false};
    auto value = static_cast<std::uint32_t>(first & (0x7F >> length));
    for (std::size_t position = 1; position < length; ++position) {
        auto const next = static_cast<unsigned char>(text[position]);
        if ((next & 0xC0) != 0x80)
            return {first, 1, false};
        value = value << 6 | (next & 0x3F);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    auto const surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[length] || surrogate || value > 0x10FFFF)
        return {first, 1, false};
    return {value, length, true};
}

std::string hexadecimal(std::uint32_t value)
{
    std::array<char, 8> digits{};
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return {digits.data(), end};
}

std::string byte_written_out(unsigned char byte) { return (byte < 0x10 ? "\\x0" : "\\x") + hexadecimal(byte); }

bool is_control(std::uint32_t value) { return value < 0x20 || (value >= 0x7F && value <= 0x9F); }

} // namespace

std::string visible(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const character = first_of(text);
        if (!character.valid || is_control(character.value))
            result += byte_written_out(static_cast<unsigned char>(character.value));
        else if (in(steering, character.value))
            result += "\\u{" + hexadecimal(character.value) + "}";
        else
            result += text.substr(0, character.length);
        text.remove_prefix(character.length);
    }
    return result;
}

std::size_t display_width(std::string_view text)
{
    std::size_t columns = 0;
    while (!text.empty()) {
        auto const character = first_of(text);
        if (in(wide, character.value))
            columns += 2;
        else if (!in(combining, character.value))
            columns += 1;
        text.remove_prefix(character.length);
    }
    return columns;
}

} // namespace rtkhooks::cli
