// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/rate_limit.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace rtkhooks;
using namespace std::chrono_literals;
using policy::pacer;
using policy::requests_remaining;
using time_point = pacer::time_point;

BOOST_AUTO_TEST_SUITE(policy_rate_limit)

namespace {

constexpr auto never = time_point::max();
constexpr time_point start{100h};

client_config::rate_limit_config pace(int requests, std::chrono::milliseconds window)
{
    client_config::rate_limit_config config;
    config.requests = requests;
    config.window = window;
    return config;
}

} // namespace

BOOST_AUTO_TEST_CASE(as_many_at_once_then_evenly)
{
    pacer paced{pace(3, 10s)};
    for (auto const expected : {0s, 0s, 0s, 10s, 10s, 10s, 20s})
        BOOST_TEST((paced.take_turn(start, never) == start + expected));
    BOOST_TEST((paced.take_turn(start + 15s, never) == start + 20s));
    BOOST_TEST((paced.take_turn(start + 29s, never) == start + 29s));
    BOOST_TEST((paced.take_turn(start + 29s, never) == start + 30s));
}

BOOST_AUTO_TEST_CASE(no_window_ever_holds_more)
{
    std::mt19937 random{15};
    for (int round = 0; round != 300; ++round) {
        auto const most = static_cast<std::size_t>(1 + random() % 12);
        auto const window = std::chrono::milliseconds{1 + random() % 1000};
        pacer paced{pace(static_cast<int>(most), window)};
        auto now = start;
        std::vector<time_point> turns;
        for (int call = 0; call != 200; ++call) {
            now += std::chrono::milliseconds{random() % 4 != 0 ? 0 : random() % 700};
            auto const latest = random() % 3 != 0 ? never : now + std::chrono::milliseconds{random() % 1500};
            auto const turn = paced.take_turn(now, latest);
            if (!turn)
                continue;
            if (*turn < now || *turn > latest)
                BOOST_ERROR("F15: round " << round << ", call " << call << ": too early or too late");
            turns.push_back(*turn);
        }
        if (!std::is_sorted(turns.begin(), turns.end()))
            BOOST_ERROR("F15: round " << round << ": out of order");
        for (std::size_t i = most; i < turns.size(); ++i) {
            if (turns[i] - turns[i - most] < window)
                BOOST_ERROR("F15: round " << round << ": " << most + 1 << " in a window, at " << i);
        }
    }
}

BOOST_AUTO_TEST_CASE(threads_whose_clocks_differ_a_little_break_no_window)
{
    std::mt19937 random{16};
    constexpr std::size_t most = 5;
    pacer paced{pace(most, 100ms)};
    auto now = start;
    std::vector<time_point> turns;
    for (int call = 0; call != 2000; ++call) {
        now += std::chrono::milliseconds{random() % 30};
        turns.push_back(*paced.take_turn(now - std::chrono::milliseconds{random() % 5}, never));
    }
    std::sort(turns.begin(), turns.end());
    for (std::size_t i = most; i < turns.size(); ++i)
        BOOST_REQUIRE((turns[i] - turns[i - most] >= 100ms));
}

BOOST_AUTO_TEST_CASE(a_turn_that_comes_too_late_is_not_taken)
{
    pacer paced{pace(1, 10s)};
    BOOST_TEST(paced.take_turn(start, start).has_value(), "now is not too late");
    for (int i = 0; i != 5; ++i)
        BOOST_TEST(!paced.take_turn(start, start + 10s - 1ns).has_value());
    BOOST_TEST((paced.take_turn(start, start + 10s) == start + 10s), "nobody took it in the meantime");
    BOOST_TEST(!paced.take_turn(start + 30s, start + 29s).has_value(), "the deadline has passed");
    BOOST_TEST((paced.take_turn(start + 30s, never) == start + 30s));
}

BOOST_AUTO_TEST_CASE(can_be_turned_off)
{
    auto config = pace(1, 10s);
    config.enabled = false;
    pacer paced{config};
    for (int i = 0; i != 100; ++i)
        BOOST_TEST((paced.take_turn(start, start) == start));
}

BOOST_AUTO_TEST_CASE(what_is_left)
{
    using text = std::optional<std::string_view>;
    using count = std::optional<std::int64_t>;
    struct row {
        std::string_view name;
        text rate_limit;
        text x_remaining;
        count expected;
    };
    row const rows[] = {
        {"neither", {}, {}, {}},
        {"row 72: as documented", R"("default";r=50;t=30)", {}, 50},
        {"row 72: none left", R"("default";r=0;t=30)", {}, 0},
        {"other order", R"("default";t=30;r=50)", {}, 50},
        {"white space", R"( "default" ; t=30 ;	r=50 )", {}, 50},
        {"a token for a name", "default;r=50", {}, 50},
        {"the least of a list", R"("burst";r=7;t=1, "daily";r=3;t=9,"x";r=5)", {}, 3},
        {"an item without r", R"("burst";t=1, "daily";r=3)", {}, 3},
        {"separators in quotes", R"("a,b;r=1";r=5)", {}, 5},
        {"an escaped quote", R"("a\";r=1";r=5)", {}, 5},
        {"an escaped backslash", R"("a\\";r=5)", {}, 5},
        {"a quote without end", R"("a;r=5)", {}, {}},
        {"a backslash at the end", R"("a\)", {}, {}},
        {"r as a name", "r=5", {}, {}},
        {"another parameter that ends so", R"("a";ttr=5)", {}, {}},
        {"negative", R"("a";r=-5)", {}, {}},
        {"a sign", R"("a";r=+5)", {}, {}},
        {"no number", R"("a";r=x)", {}, {}},
        {"nothing", R"("a";r=)", {}, {}},
        {"more than a number", R"("a";r=5x)", {}, {}},
        {"a fraction", R"("a";r=5.5)", {}, {}},
        {"the largest", R"("a";r=9223372036854775807)", {}, 9223372036854775807},
        {"larger than the largest", R"("a";r=9223372036854775808)", {}, {}},
        {"separators alone", ",;,,;;", {}, {}},
        {"empty", "", {}, {}},
        {"the older header", {}, "49", 49},
        {"the older header, with white space", {}, " 49\t", 49},
        {"the older header, garbage", {}, "many", {}},
        {"the older header, negative", {}, "-1", {}},
        {"the older header, empty", {}, "", {}},
        {"both: the newer counts", R"("default";r=50)", "49", 50},
        {"both: the newer is garbage", "garbage", "49", 49},
    };
    for (auto const& each : rows) {
        auto const left = requests_remaining(each.rate_limit, each.x_remaining);
        BOOST_TEST((left == each.expected), each.name << ": " << left.value_or(-1));
    }
}

BOOST_AUTO_TEST_SUITE_END()
