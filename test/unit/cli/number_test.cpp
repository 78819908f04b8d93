// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/number.hpp"

#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_number)

namespace {

// Milliseconds, or -1 where the text is refused.
std::int64_t milliseconds_in(std::string_view text)
{
    auto const time = parse_seconds(text);
    return time ? static_cast<std::int64_t>(time->count()) : -1;
}

} // namespace

BOOST_AUTO_TEST_CASE(whole_numbers)
{
    BOOST_TEST(parse_whole("0").value() == 0u);
    BOOST_TEST(parse_whole("65535").value() == 65535u);
    BOOST_TEST(parse_whole("18446744073709551615").value() == 18446744073709551615u);
    for (auto const* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x10", "1e3", "18446744073709551616", "one"})
        BOOST_TEST_CONTEXT('\'' << text << '\'')
    BOOST_TEST(!parse_whole(text));
}

BOOST_AUTO_TEST_CASE(seconds)
{
    BOOST_TEST(milliseconds_in("30") == 30'000);
    BOOST_TEST(milliseconds_in("2.5") == 2'500);
    BOOST_TEST(milliseconds_in("0.05") == 50);
    BOOST_TEST(milliseconds_in("0.001") == 1);
    BOOST_TEST(milliseconds_in("1.0019") == 1'001);
    BOOST_TEST(milliseconds_in("0.0009") == 0);
    BOOST_TEST(milliseconds_in("1000000000.999999999") == 1'000'000'000'999);
    for (auto const* text : {"", ".", ".5", "5.", "-1", "1,5", "1e3", "inf", "nan", "2s", "1.2.3", "1. 5", "0.-1",
                             "1000000001", "0.0000000001", "99999999999999999999"})
        BOOST_TEST_CONTEXT('\'' << text << '\'')
    BOOST_TEST(milliseconds_in(text) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
