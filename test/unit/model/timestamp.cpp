// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/webhook.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>
#include <string>

using namespace std::chrono_literals;
using rtkhooks::format_timestamp;
using rtkhooks::parse_timestamp;
using rtkhooks::timestamp;

BOOST_AUTO_TEST_SUITE(model_timestamp)

namespace {

timestamp at(int year, unsigned month, unsigned day, std::chrono::microseconds within_day)
{
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} +
           within_day;
}

std::string shown(std::optional<timestamp> const& time) { return time ? format_timestamp(*time) : "nothing"; }

} // namespace

BOOST_AUTO_TEST_CASE(date_times_that_parse)
{
    struct row {
        std::string_view text;
        timestamp expected;
    };
    auto const noon = at(2026, 6, 3, 12h);
    row const rows[] = {
        {"2026-06-03T12:00:00.000Z", noon},
        {"2026-06-03T12:00:00Z", noon},
        {"2026-06-03t12:00:00z", noon},
        {"2026-06-03 12:00:00Z", noon},
        {"2023-01-25 04:51:35.903816Z", at(2023, 1, 25, 4h + 51min + 35s + 903816us)},
        {"2026-06-03T12:00:00.1Z", noon + 100ms},
        {"2026-06-03T12:00:00.12Z", noon + 120ms},
        {"2026-06-03T12:00:00.000001Z", noon + 1us},
        {"2026-06-03T12:00:00.000001999Z", noon + 1us},
        {"2026-06-03T12:00:00.999999999Z", noon + 999999us},
        {"2026-06-03T14:00:00+02:00", noon},
        {"2026-06-03T06:30:00-05:30", noon},
        {"2026-06-03T12:00:00-00:00", noon},
        {"2026-06-04T11:59:00+23:59", noon},
        {"2024-02-29T00:00:00Z", at(2024, 2, 29, 0h)},
        {"2000-02-29T00:00:00Z", at(2000, 2, 29, 0h)},
        {"1970-01-01T00:00:00Z", timestamp{}},
        {"1969-12-31T23:59:59.999999Z", timestamp{-1us}},
        {"0000-01-01T00:00:00Z", at(0, 1, 1, 0h)},
        {"0000-01-01T00:00:00+23:59", at(-1, 12, 31, 1min)},
        {"9999-12-31T23:59:59.999999Z", at(9999, 12, 31, 24h - 1us)},
        {"9999-12-31T23:59:59-23:59", at(10000, 1, 1, 23h + 58min + 59s)},
        // A leap second, at the end of a day in UTC.
        {"2016-12-31T23:59:60Z", at(2017, 1, 1, 0h)},
        {"2016-12-31T23:59:60.5Z", at(2017, 1, 1, 500ms)},
        {"2017-01-01T05:29:60+05:30", at(2017, 1, 1, 0h)},
    };
    for (auto const& row : rows)
        BOOST_TEST((parse_timestamp(row.text) == row.expected),
                   row.text << " gave " << shown(parse_timestamp(row.text)));
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_date_time)
{
    for (std::string_view const text : {
             "",
             "Z",
             "now",
             "2026",
             "2026-06-03",
             "2026-06-03T12:00Z",               // no seconds
             "2026-06-03T12:00:00",             // no offset
             "2026-06-03T12:00:00.Z",           // no digit after the point
             "2026-06-03T12:00:00,5Z",          // a comma
             "2026-06-03T12:00:00.0000000000Z", // ten digits
             "2026-06-03T12:00:00 Z",
             " 2026-06-03T12:00:00Z",
             "2026-06-03T12:00:00Z ",
             "2026-06-03T12:00:00ZZ",
             "2026-06-03T12:00:00+0200",
             "2026-06-03T12:00:00+02",
             "2026-06-03T12:00:00+24:00",
             "2026-06-03T12:00:00+02:60",
             "2026-06-03T12:00:00+-2:00",
             "2026-06-03_12:00:00Z",
             "2026/06/03T12:00:00Z",
             "2026-00-03T12:00:00Z",
             "2026-13-03T12:00:00Z",
             "2026-06-00T12:00:00Z",
             "2026-06-31T12:00:00Z",
             "2026-02-29T12:00:00Z",
             "1900-02-29T12:00:00Z",
             "2026-06-03T24:00:00Z",
             "2026-06-03T12:60:00Z",
             "2026-06-03T12:00:61Z",
             "2026-06-03T12:00:60Z", // no leap second at noon
             "2016-12-31T22:59:60Z",
             "2017-01-01T00:00:60Z",
             "2016-12-31T23:59:60+01:00", // 22:59:60 in UTC
             "-026-06-03T12:00:00Z",
             "+026-06-03T12:00:00Z",
             "12026-06-03T12:00:00Z",
             "2026-6-3T12:00:00Z",
             "2026-06-03T1 :00:00Z",
             "\xef\xbc\x92\x30\x32\x36-06-03T12:00:00Z", // a wide digit
         })
        BOOST_TEST(!parse_timestamp(text), text << " gave " << shown(parse_timestamp(text)));

    std::string with_nul = "2026-06-03T12:00:00Z";
    with_nul.push_back('\0');
    BOOST_TEST(!parse_timestamp(with_nul));
}

BOOST_AUTO_TEST_CASE(a_date_time_that_breaks_off_is_none)
{
    std::string_view const whole = "2026-06-03T12:34:56.789+01:30";
    BOOST_TEST(parse_timestamp(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_TEST(!parse_timestamp(whole.substr(0, size)), whole.substr(0, size));
}

BOOST_AUTO_TEST_CASE(times_are_written)
{
    struct row {
        timestamp time;
        std::string_view expected;
    };
    row const rows[] = {
        {timestamp{}, "1970-01-01T00:00:00.000Z"},
        {at(2026, 6, 3, 10h), "2026-06-03T10:00:00.000Z"},
        {at(2026, 6, 3, 10h + 75ms), "2026-06-03T10:00:00.075Z"},
        {at(2026, 6, 3, 10h + 75ms + 1us), "2026-06-03T10:00:00.075001Z"},
        {at(2026, 6, 3, 10h + 1us), "2026-06-03T10:00:00.000001Z"},
        {timestamp{-1us}, "1969-12-31T23:59:59.999999Z"},
        {timestamp{-86'400s}, "1969-12-31T00:00:00.000Z"},
        {timestamp{-86'400s - 1us}, "1969-12-30T23:59:59.999999Z"},
        {at(2000, 2, 29, 0h), "2000-02-29T00:00:00.000Z"},
        {at(2000, 3, 1, 0h), "2000-03-01T00:00:00.000Z"},
        {at(1, 1, 1, 0h), "0001-01-01T00:00:00.000Z"},
        {at(0, 1, 1, 0h), "0000-01-01T00:00:00.000Z"},
        {at(-1, 12, 31, 0h), "-000001-12-31T00:00:00.000Z"},
        {at(9999, 12, 31, 24h - 1us), "9999-12-31T23:59:59.999999Z"},
        {at(10000, 1, 1, 0h), "+010000-01-01T00:00:00.000Z"},
        {timestamp::max(), "+294247-01-10T04:00:54.775807Z"},
        {timestamp::min(), "-290308-12-21T19:59:05.224192Z"},
    };
    for (auto const& row : rows)
        BOOST_TEST(format_timestamp(row.time) == row.expected);
}

BOOST_AUTO_TEST_CASE(what_is_written_parses_to_the_same)
{
    std::mt19937_64 random{20260603};
    auto const first = at(0, 1, 1, 0h).time_since_epoch().count();
    auto const last = at(9999, 12, 31, 24h - 1us).time_since_epoch().count();
    std::uniform_int_distribution<std::int64_t> any{first, last};
    for (int i = 0; i < 20'000; ++i) {
        timestamp const time{std::chrono::microseconds{any(random)}};
        BOOST_TEST((parse_timestamp(format_timestamp(time)) == time), format_timestamp(time));
    }
}

/// Every day of 800 years against std::chrono's calendar.
BOOST_AUTO_TEST_CASE(dates_are_those_of_the_calendar)
{
    auto const end = std::chrono::sys_days{std::chrono::year{2400} / 1 / 1};
    for (auto day = std::chrono::sys_days{std::chrono::year{1600} / 1 / 1}; day < end; day += std::chrono::days{1}) {
        std::chrono::year_month_day const date{day};
        auto const text = format_timestamp(day);
        bool const good = std::stoi(text.substr(0, 4)) == static_cast<int>(date.year()) &&
                          std::stoul(text.substr(5, 2)) == static_cast<unsigned>(date.month()) &&
                          std::stoul(text.substr(8, 2)) == static_cast<unsigned>(date.day());
        if (!good)
            BOOST_ERROR(text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
