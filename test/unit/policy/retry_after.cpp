// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/retry_after.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace std::chrono;
using namespace std::string_literals;
using rtkhooks::policy::parse_http_date;
using rtkhooks::policy::parse_retry_after;

BOOST_AUTO_TEST_SUITE(policy_retry_after)

namespace {

constexpr sys_seconds at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0)
{
    return sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} + hours{hour} +
           minutes{minute} + seconds{second};
}

constexpr auto now = at(2026, 6, 15, 12);
constexpr std::int64_t one_year = 365 * 24 * 3600;

} // namespace

BOOST_AUTO_TEST_CASE(dates)
{
    using found = std::optional<sys_seconds>;
    struct row {
        std::string text;
        found expected;
    };
    row const rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)},
        {"Sunday, 06-Nov-94 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)},
        {"Sun Nov  6 08:49:37 1994", at(1994, 11, 6, 8, 49, 37)},
        {"Sun Nov 16 08:49:37 1994", at(1994, 11, 16, 8, 49, 37)},
        {"Wednesday, 06-Nov-26 08:49:37 GMT", at(2026, 11, 6, 8, 49, 37)},
        {"Monday, 06-Nov-76 08:49:37 GMT", at(2076, 11, 6, 8, 49, 37)}, // 50 years ahead
        {"Monday, 06-Nov-77 08:49:37 GMT", at(1977, 11, 6, 8, 49, 37)}, // more than that: in the past
        {"Monday, 06-Nov-00 08:49:37 GMT", at(2000, 11, 6, 8, 49, 37)},
        {"Thu, 29 Feb 2024 00:00:00 GMT", at(2024, 2, 29)},
        {"Sat, 31 Dec 2016 23:59:60 GMT", at(2016, 12, 31, 23, 59, 59)}, // a leap second
        {"Fri, 31 Dec 9999 23:59:59 GMT", at(9999, 12, 31, 23, 59, 59)},
        {"Sat, 01 Jan 0000 00:00:00 GMT", at(0, 1, 1)},
        {"Thu, 01 Jan 1970 00:00:00 GMT", at(1970, 1, 1)},
        {"Sat, 29 Feb 2025 00:00:00 GMT", {}},
        {"Sun, 00 Nov 1994 08:49:37 GMT", {}},
        {"Sun, 31 Nov 1994 08:49:37 GMT", {}},
        {"Sun, 32 Dec 1994 08:49:37 GMT", {}},
        {"Sun, 06 Nov 1994 24:00:00 GMT", {}},
        {"Sun, 06 Nov 1994 08:60:37 GMT", {}},
        {"Sun, 06 Nov 1994 08:49:61 GMT", {}},
        {"Sun, 6 Nov 1994 08:49:37 GMT", {}},
        {"Sun, 06 nov 1994 08:49:37 GMT", {}},
        {"Sun, 06 Foo 1994 08:49:37 GMT", {}},
        {"Sun, 06 Nov 94 08:49:37 GMT", {}},
        {"Sun, 06 Nov 1994 08:49:37 UTC", {}},
        {"Sun, 06 Nov 1994 08:49:37 +0000", {}},
        {"Sun, 06 Nov 1994 08:49:37", {}},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", {}},
        {"Sun, 06 Nov 1994 08:49:37 GMTx", {}},
        {"Sun,06 Nov 1994 08:49:37 GMT", {}},
        {"Sun, 06 Nov -994 08:49:37 GMT", {}},
        {"Sun, 06-Nov-1994 08:49:37 GMT", {}},
        {"Sunday, 06-Nov-1994 08:49:37 GMT", {}},
        {"Sun Nov  6 08:49:37 94", {}},
        {"Sun Nov 6 08:49:37 1994", {}},
        {"Sun Nov  6 08:49:37 1994 GMT", {}},
        {"1994-11-06T08:49:37Z", {}},
        {"Sun, ", {}},
        {"Sun ", {}},
        {"Sun", {}},
        {", ", {}},
        {"", {}},
        {"\0"s, {}},
        {"Sun, 06 Nov 1994 08:49:37 \0MT"s, {}},
    };
    for (auto const& each : rows) {
        auto const read = parse_http_date(each.text, now);
        BOOST_TEST((read == each.expected),
                   each.text << ": " << (read ? std::to_string(read->time_since_epoch().count()) : "nothing"));
    }
}

BOOST_AUTO_TEST_CASE(dates_that_are_cut_off)
{
    for (std::string const date :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        for (std::size_t size = 0; size != date.size(); ++size)
            BOOST_TEST(!parse_http_date(std::string_view{date}.substr(0, size), now).has_value(), date << ", " << size);
    }
}

BOOST_AUTO_TEST_CASE(how_long_to_wait)
{
    using text = std::optional<std::string_view>;
    using wait = std::optional<std::int64_t>;
    struct row {
        std::string_view name;
        std::string value;
        text date;
        wait expected;
    };
    auto const* const noon = "Mon, 15 Jun 2026 12:00:00 GMT";
    row const rows[] = {
        {"seconds", "2", {}, 2},
        {"none", "0", {}, 0},
        {"leading noughts", "0002", {}, 2},
        {"a day", "86400", {}, 86400},
        {"a year", "31536000", {}, one_year},
        {"row 71: more than a year", "31536001", {}, one_year},
        {"row 71: 10^9", "1000000000", {}, one_year},
        {"row 71: 10^12", "1000000000000", {}, one_year},
        {"row 71: 2^64", "18446744073709551616", {}, one_year},
        {"row 71: a thousand digits", std::string(1000, '9'), {}, one_year},
        {"row 71: negative", "-1", {}, {}},
        {"row 71: a sign", "+1", {}, {}},
        {"row 71: a fraction", "1.5", {}, {}},
        {"row 71: an exponent", "1e3", {}, {}},
        {"row 71: hexadecimal", "0x10", {}, {}},
        {"row 71: with a unit", "5s", {}, {}},
        {"row 71: a list, as of two headers", "5, 6", {}, {}},
        {"row 71: a space behind it", "5 ", {}, {}},
        {"row 71: garbage", "soon", {}, {}},
        {"row 71: empty", "", {}, {}},
        {"row 71: NUL", "5\0"s, {}, {}},
        {"row 71: a date", "Mon, 15 Jun 2026 12:00:30 GMT", {}, 30},
        {"row 71: a date of the second form", "Monday, 15-Jun-26 12:00:30 GMT", {}, 30},
        {"row 71: a date of the third form", "Mon Jun 15 12:00:30 2026", {}, 30},
        {"row 71: a date in the past", "Mon, 15 Jun 2026 11:59:59 GMT", {}, {}},
        {"row 71: a date that is now", "Mon, 15 Jun 2026 12:00:00 GMT", {}, {}},
        {"row 71: a date far in the past", "Sun, 06 Nov 1994 08:49:37 GMT", {}, {}},
        {"row 71: a date far ahead", "Fri, 31 Dec 9999 23:59:59 GMT", {}, one_year},
        {"P6: our clock is an hour behind", "Mon, 15 Jun 2026 13:00:30 GMT", "Mon, 15 Jun 2026 13:00:00 GMT", 30},
        {"P6: our clock is an hour ahead", "Mon, 15 Jun 2026 11:00:30 GMT", "Mon, 15 Jun 2026 11:00:00 GMT", 30},
        {"P6: the server's own date has passed it",
         "Mon, 15 Jun 2026 13:00:30 GMT",
         "Mon, 15 Jun 2026 13:00:31 GMT",
         {}},
        {"P6: the Date is garbage", "Mon, 15 Jun 2026 12:00:30 GMT", "yesterday", 30},
        {"P6: the Date is empty", "Mon, 15 Jun 2026 12:00:30 GMT", "", 30},
        {"P6: seconds need no Date", "5", noon, 5},
        {"P6: year 0 and year 9999", "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", one_year},
    };
    for (auto const& each : rows) {
        auto const read = parse_retry_after(each.value, each.date, now);
        BOOST_TEST((read.has_value() == each.expected.has_value() && (!read || read->count() == *each.expected)),
                   each.name << ": " << (read ? std::to_string(read->count()) : "nothing"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
