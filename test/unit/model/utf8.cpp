// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rtkhooks::model;

BOOST_AUTO_TEST_SUITE(model_utf8)

namespace {

/// The definition (RFC 3629, section 3), by arithmetic where the code under test goes by ranges of bytes.
std::string encoded(unsigned code)
{
    auto const byte = [](unsigned value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80)
        return {byte(code)};
    if (code < 0x800)
        return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
    if (code < 0x10000)
        return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
    return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)),
            byte(0x80 | (code & 0x3f))};
}

} // namespace

BOOST_AUTO_TEST_CASE(every_code_point)
{
    std::size_t wrong = 0;
    for (unsigned code = 0; code < 0x120000; ++code) {
        auto const text = encoded(code);
        bool const is_scalar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
        wrong += utf8_sequence_length(text) != (is_scalar ? text.size() : 0);
        wrong += is_valid_utf8(text) != is_scalar;
        // Cut short it is none.
        for (std::size_t size = 1; size < text.size(); ++size)
            wrong += utf8_sequence_length(std::string_view{text}.substr(0, size)) != 0;
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(where_text_is_not_utf8)
{
    struct row {
        std::string_view text;
        std::optional<std::size_t> expected;
    };
    row const rows[] = {
        {"", std::nullopt},
        {"plain", std::nullopt},
        {"gr\xc3\xbc\xc3\x9f", std::nullopt},
        {"\x80", 0},
        {"a\xc0\x80", 1},          // overlong NUL
        {"ab\xe0\x80\x80", 2},     // overlong
        {"ab\xf0\x80\x80\x80", 2}, // overlong
        {"\xed\xa0\x80", 0},       // a surrogate
        {"\xf4\x90\x80\x80", 0},   // above U+10FFFF
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
        {"x\xc3", 1},
        {"x\xc3(", 1},
        {"x\xe2\x82(", 1},
        {"\xc3\xbc\xc3\xbc\xbc", 4},
    };
    for (auto const& row : rows)
        BOOST_TEST((find_invalid_utf8(row.text) == row.expected), "row " << &row - rows);
}

BOOST_AUTO_TEST_SUITE_END()
