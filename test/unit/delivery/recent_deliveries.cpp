// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/recent_deliveries.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using rtkhooks::delivery::body_digest;
using rtkhooks::delivery::digest_of;
using rtkhooks::delivery::is_same_delivery;
using rtkhooks::delivery::recent_deliveries;
using rtkhooks::delivery::series_of;
using rtkhooks::delivery::series_turns;

BOOST_AUTO_TEST_SUITE(delivery_recent)

namespace {
constexpr recent_deliveries::time_point start{std::chrono::hours{1000}};
}

BOOST_AUTO_TEST_CASE(known_by_body_and_by_id)
{
    recent_deliveries recent{10, 24h};
    BOOST_TEST(!recent.contains(digest_of("a"), "1", start, 24h));
    recent.add(digest_of("a"), "1", start);
    BOOST_TEST(recent.contains(digest_of("a"), "1", start, 24h));
    BOOST_TEST(recent.contains(digest_of("a"), "2", start, 24h), "the same body under another id");
    BOOST_TEST(recent.contains(digest_of("a"), "", start, 24h));
    BOOST_TEST(recent.contains(digest_of("b"), "1", start, 24h), "the same id with another body");
    BOOST_TEST(!recent.contains(digest_of("b"), "2", start, 24h));
    recent.add(digest_of("b"), "", start);
    BOOST_TEST(recent.contains(digest_of("b"), "3", start, 24h));
    BOOST_TEST(!recent.contains(digest_of("c"), "", start, 24h), "no id is nobody's id");
}

BOOST_AUTO_TEST_CASE(the_same_body_under_another_id_may_be_another_delivery)
{
    recent_deliveries recent{10, 24h};
    recent.add(digest_of("a"), "1", start);
    BOOST_TEST(recent.contains(digest_of("a"), "2", start + 1min - 1ms, 1min));
    BOOST_TEST(!recent.contains(digest_of("a"), "2", start + 1min, 1min));
    BOOST_TEST(!recent.contains(digest_of("a"), "2", start, 0s));
    BOOST_TEST(recent.contains(digest_of("a"), "1", start + 1h, 1min), "the same id");
    BOOST_TEST(recent.contains(digest_of("a"), "", start + 1min - 1ms, 1min));
    BOOST_TEST(!recent.contains(digest_of("a"), "", start + 1min, 1min));
    recent.add(digest_of("a"), "2", start + 1h);
    BOOST_TEST(recent.contains(digest_of("a"), "3", start + 1h + 59s, 1min), "from the latest on");
    BOOST_TEST(recent.contains(digest_of("b"), "1", start + 2h, 1min));
    BOOST_TEST(recent.contains(digest_of("b"), "2", start + 2h, 1min));
    BOOST_TEST(recent.contains(digest_of("a"), "3", start + 24h, 24h), "the first is forgotten, and the second is not");
    BOOST_TEST(recent.size() == 1u);
    recent.add(digest_of("c"), "", start + 24h);
    BOOST_TEST(recent.contains(digest_of("c"), "4", start + 24h + 1min - 1ms, 1min));
    BOOST_TEST(!recent.contains(digest_of("c"), "4", start + 24h + 1min, 1min), "one without an id silences no other");
}

BOOST_AUTO_TEST_CASE(one_body_under_two_ids)
{
    BOOST_TEST(is_same_delivery("1", "1", 1h, 1min));
    BOOST_TEST(is_same_delivery("1", "2", 1min - 1ns, 1min));
    BOOST_TEST(!is_same_delivery("1", "2", 1min, 1min));
    BOOST_TEST(!is_same_delivery("1", "2", 0s, 0s));
    for (std::string const id : {"", "2"}) {
        BOOST_TEST(is_same_delivery("", id, 1min - 1ns, 1min));
        BOOST_TEST(is_same_delivery(id, "", 1min - 1ns, 1min));
        BOOST_TEST(!is_same_delivery("", id, 1min, 1min));
        BOOST_TEST(!is_same_delivery(id, "", 1min, 1min));
    }
}

namespace {

struct series_row {
    std::string body;
    std::string series; ///< any name; empty where the same body is the same event
};

std::vector<series_row> const series_rows{
    {R"({"event":"livestreaming.statusUpdate","streamId":"s","status":"LIVE"})", "stream s"},
    {R"({"event":"livestreaming.statusUpdate","status":"OFFLINE","streamId":"s","more":1})", "stream s"},
    {R"({"event":"livestreaming.statusUpdate","streamId":"s","status":7})", "stream s"}, // which is not known
    {R"({"event":"livestreaming.statusUpdate","streamId":"t","status":"LIVE"})", "stream t"},
    {R"({"event":"livestreaming.statusUpdate","status":"LIVE"})", "a stream"},
    {R"({"event":"livestreaming.statusUpdate","status":"OFFLINE"})", "a stream"},
    {R"({"event":"livestreaming.statusUpdate","streamId":["s"],"status":"LIVE"})", "a stream"},
    {R"({"event":"brand.new","number":1})", "new"},
    {R"({"event":"brand.new","number":2})", "new"},
    {R"({"event":"brand.new","streamId":"s"})", "new of s"},
    {R"({"event":"brand.newer","number":1})", "newer"},
    {R"({"event":"brand.news"})", "not new of s"},
    {R"({"number":1})", "nameless"},
    {"[]", "nameless"},
    {R"({"event":"meeting.started","meeting":{"id":"s"}})", ""},
    {R"({"event":"recording.statusUpdate","recording":{"id":"s","status":"UPLOADED"}})", ""},
};

} // namespace

BOOST_AUTO_TEST_CASE(what_an_event_is_about)
{
    std::map<std::string, body_digest> found;
    for (auto const& each : series_rows) {
        BOOST_TEST_CONTEXT(each.body)
        {
            auto const series = series_of(rtkhooks::decode_any_event(each.body));
            BOOST_REQUIRE(series.has_value() == !each.series.empty());
            if (!series)
                continue;
            found.emplace(each.series, *series);
            for (auto const& [name, digest] : found)
                BOOST_TEST((digest == *series) == (name == each.series), name);
        }
    }
}

namespace {

struct turn_row {
    std::string series;
    std::string body;
    int turn; ///< any number: the same where it is the same event
};

std::vector<turn_row> const turn_rows{
    {"s", "LIVE", 1},    {"s", "LIVE", 1},    {"t", "LIVE", 2}, {"s", "LIVE", 1}, // other streams do not count
    {"s", "OFFLINE", 3}, {"s", "OFFLINE", 3}, {"s", "LIVE", 4}, {"s", "LIVE", 4},
    {"t", "LIVE", 2},    {"s", "OFFLINE", 5}, {"s", "IDLE", 6}, {"t", "OFFLINE", 7},
};

} // namespace

BOOST_AUTO_TEST_CASE(what_comes_after_another_of_its_series_is_new)
{
    series_turns turns{10, 24h};
    std::map<int, body_digest> found;
    for (auto const& each : turn_rows) {
        BOOST_TEST_CONTEXT(each.series << " is " << each.body << ", turn " << each.turn)
        {
            auto const digest = turns.digest_in_turn(digest_of(each.series), digest_of(each.body), start);
            found.emplace(each.turn, digest);
            for (auto const& [turn, other] : found)
                BOOST_TEST((other == digest) == (turn == each.turn), turn);
        }
    }
    BOOST_TEST(turns.size() == 2u);
}

BOOST_AUTO_TEST_CASE(series_are_forgotten)
{
    series_turns turns{1000, 24h};
    auto const turn_of = [&](int series, recent_deliveries::time_point now) {
        return turns.digest_in_turn(digest_of(std::to_string(series)), digest_of("LIVE"), now);
    };
    auto const first = turn_of(0, start);
    for (int i = 1; i != 50'000; ++i) {
        turn_of(i, start);
        if (i == 999)
            BOOST_TEST((turn_of(0, start) == first)); // so that it is not the oldest any more
        if (i == 1998)
            BOOST_TEST((turn_of(0, start) == first));
    }
    BOOST_TEST(turns.size() == 1000u);
    BOOST_TEST((turn_of(0, start) != first), "it does not begin again");
    auto const later = turn_of(1, start + 1h);
    BOOST_TEST((turn_of(1, start + 25h - 1ms) == later));
    BOOST_TEST(turns.size() == 1u);
    BOOST_TEST((turn_of(1, start + 49h - 1ms) != later));
    BOOST_TEST(turns.size() == 1u);
}

BOOST_AUTO_TEST_CASE(forgets_what_is_old)
{
    recent_deliveries recent{10, 24h};
    recent.add(digest_of("a"), "1", start);
    recent.add(digest_of("b"), "2", start + 1h);
    BOOST_TEST(recent.contains(digest_of("a"), "1", start + 24h - 1ms, 24h));
    BOOST_TEST(!recent.contains(digest_of("a"), "1", start + 24h, 24h));
    BOOST_TEST(recent.contains(digest_of("b"), "1", start + 24h, 24h));
    BOOST_TEST(recent.size() == 1u);
    BOOST_TEST(!recent.contains(digest_of("b"), "2", start + 25h, 24h));
    BOOST_TEST(recent.size() == 0u);
}

BOOST_AUTO_TEST_CASE(remembers_so_many_and_no_more)
{
    recent_deliveries recent{1000, 24h};
    for (int i = 0; i != 50'000; ++i) {
        auto const name = std::to_string(i);
        recent.add(digest_of(name), "id" + name, start);
        if (i % 5'000 == 0)
            BOOST_TEST(recent.contains(digest_of(name), {}, start, 24h));
    }
    BOOST_TEST(recent.size() == 1000u);
    BOOST_TEST(recent.contains(digest_of("49000"), {}, start, 24h));
    BOOST_TEST(recent.contains(digest_of("other"), "id49000", start, 24h));
    BOOST_TEST(!recent.contains(digest_of("48999"), {}, start, 24h));
    BOOST_TEST(!recent.contains(digest_of("other"), "id48999", start, 24h));

    recent_deliveries none{0, 24h};
    none.add(digest_of("a"), "1", start);
    BOOST_TEST(!none.contains(digest_of("a"), "1", start, 24h));
}

BOOST_AUTO_TEST_SUITE_END()
