// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/terminal_text.hpp"

#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_terminal_text)

BOOST_AUTO_TEST_CASE(plain_text_stays)
{
    for (auto const* text : {"", "audit", "Übertragung", "会議", "\xF0\x9F\x8E\xA5 recordings", "back\\slash"})
        BOOST_TEST(visible(text) == text);
}

BOOST_AUTO_TEST_CASE(what_steers_a_terminal_is_written_out)
{
    using namespace std::string_view_literals;
    BOOST_TEST(visible("a\x1b[31mb") == R"(a\x1b[31mb)");
    BOOST_TEST(visible("a\r\nb\tc\x7f") == R"(a\x0d\x0ab\x09c\x7f)");
    BOOST_TEST(visible("a\0b"sv) == R"(a\x00b)");
    BOOST_TEST(visible("\xC2\x9B"
                       "31m") == R"(\x9b31m)"); // CSI as one C1 character
    BOOST_TEST(visible("\xE2\x80\xAE"
                       "gnp.exe") == R"(\u{202e}gnp.exe)"); // right-to-left override
    BOOST_TEST(visible("\xE2\x80\xA8"
                       "x") == R"(\u{2028}x)"); // line separator
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf_8_are_written_out)
{
    BOOST_TEST(visible("\xff") == R"(\xff)");
    BOOST_TEST(visible("\xC3") == R"(\xc3)");                         // cut short
    BOOST_TEST(visible("\xC3(") == R"(\xc3()");                       // no continuation
    BOOST_TEST(visible("\xC0\xAF") == R"(\xc0\xaf)");                 // longer than needed
    BOOST_TEST(visible("\xE0\x80\xAF") == R"(\xe0\x80\xaf)");         // likewise
    BOOST_TEST(visible("\xED\xA0\x80") == R"(\xed\xa0\x80)");         // half of a surrogate pair
    BOOST_TEST(visible("\xF4\x90\x80\x80") == R"(\xf4\x90\x80\x80)"); // beyond U+10FFFF
}

BOOST_AUTO_TEST_CASE(widths)
{
    BOOST_TEST(display_width("") == 0u);
    BOOST_TEST(display_width("audit") == 5u);
    BOOST_TEST(display_width("Übertragung") == 11u);
    BOOST_TEST(display_width("会議") == 4u);
    BOOST_TEST(display_width("e\xCC\x81") == 1u); // e and a combining accent
    BOOST_TEST(display_width("\xF0\x9F\x8E\xA5") == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
