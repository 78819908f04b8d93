// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/pacer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

using namespace rtkhooks;
using namespace std::chrono_literals;
using policy::pacer;

BOOST_AUTO_TEST_SUITE(policy_pacer)

using time_point = pacer::time_point;

namespace {

constexpr time_point start{100h};

client_config::rate_limit_config pace(int requests, std::chrono::milliseconds window)
{
    client_config::rate_limit_config config;
    config.requests = requests;
    config.window = window;
    return config;
}

policy::quota_list left(std::int64_t remaining, std::chrono::seconds reset)
{
    policy::quota_list list;
    list.push_back({});
    list.back().remaining = remaining;
    list.back().reset = reset;
    return list;
}

/// Of a request that goes out at once.
policy::turn take_and_use(pacer& paced, time_point now)
{
    auto taken = paced.take(now);
    paced.use(taken, now);
    return taken;
}

/// When there is a turn, in milliseconds from the start.
std::int64_t turn(pacer const& paced, std::size_t ahead, time_point now = start)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(paced.available(ahead, now) - start).count();
}

} // namespace

BOOST_AUTO_TEST_CASE(as_many_at_once_then_one_window_later)
{
    pacer paced{pace(3, 10s)};
    std::array const at_first{0, 0, 0, 10000, 10000, 10000, 20000};
    for (std::size_t i = 0; i != at_first.size(); ++i)
        BOOST_TEST(turn(paced, i) == at_first[i]);
    std::ignore = paced.take(start);
    std::ignore = paced.take(start + 1s);
    std::array const after_two{2000, 10000, 11000, 12000, 20000};
    for (std::size_t i = 0; i != after_two.size(); ++i)
        BOOST_TEST(turn(paced, i, start + 2s) == after_two[i]);
    std::ignore = paced.take(start + 2s);
    std::array const after_three{10000, 11000, 12000, 20000, 21000, 22000, 30000};
    for (std::size_t i = 0; i != after_three.size(); ++i)
        BOOST_TEST(turn(paced, i, start + 5s) == after_three[i]);
    BOOST_TEST(turn(paced, 2, start + 60s) == 60000);
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
            now = std::max(now, paced.available(0, now));
            // What those behind are told holds, as long as everybody comes in time.
            auto const told = paced.available(1, now);
            std::ignore = paced.take(now);
            BOOST_TEST_REQUIRE((told == paced.available(0, now)), "round " << round << ", call " << call);
            turns.push_back(now);
        }
        for (std::size_t i = most; i < turns.size(); ++i) {
            if (turns[i] - turns[i - most] < window)
                BOOST_ERROR("F15: round " << round << ": " << most + 1 << " in a window, at " << i);
        }
    }
}

BOOST_AUTO_TEST_CASE(no_window_ever_holds_more_where_turns_are_used_late)
{
    std::mt19937 random{16};
    for (int round = 0; round != 300; ++round) {
        auto const most = static_cast<std::size_t>(1 + random() % 12);
        auto const window = std::chrono::milliseconds{1 + random() % 1000};
        pacer paced{pace(static_cast<int>(most), window)};
        auto now = start;
        struct waiting {
            policy::turn turn;
            time_point since;
        };
        std::vector<waiting> pending; // for a connection
        std::vector<time_point> sent;
        auto const send = [&](std::size_t which) {
            paced.use(pending[which].turn, now);
            pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(which));
            sent.push_back(now);
        };
        // None waits for longer than a window lasts.
        auto const go_to = [&](time_point when) {
            for (std::size_t i = pending.size(); i-- != 0;)
                if (when - pending[i].since >= window)
                    send(i);
            now = when;
        };
        // Neither later than it has to be: what counts is what was sent, or may be.
        auto const expected = [&] {
            auto all = sent;
            for (auto const& each : pending)
                all.push_back(each.since);
            std::sort(all.begin(), all.end());
            return all.size() < most ? now : std::max(now, all[all.size() - most] + window);
        };
        for (int call = 0; call != 200; ++call) {
            go_to(now + std::chrono::milliseconds{random() % 4 != 0 ? 0 : random() % 700});
            BOOST_REQUIRE((paced.available(0, now) == expected()));
            for (auto turn = paced.available(0, now); turn > now; turn = paced.available(0, now))
                go_to(turn);
            pending.push_back({paced.take(now), now});
            if (random() % 2 == 0)
                send(random() % pending.size());
            if (random() % 8 == 0 && !pending.empty()) {
                auto const which = pending.begin() + static_cast<std::ptrdiff_t>(random() % pending.size());
                paced.give_back(which->turn);
                pending.erase(which);
            }
        }
        for (std::size_t i = most; i < sent.size(); ++i) {
            if (sent[i] - sent[i - most] < window)
                BOOST_ERROR("F15: round " << round << ": " << most + 1 << " in a window, at " << i);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_turn_counts_from_when_it_is_used)
{
    pacer paced{pace(2, 10s)};
    policy::turn none;
    auto first = paced.take(start);
    auto second = paced.take(start);
    BOOST_TEST(!paced.use(second, start), "nothing moves");
    BOOST_TEST(paced.use(second, start + 8s));
    BOOST_TEST(turn(paced, 0, start + 8s) == 10000, "the first was used when it was taken");
    BOOST_TEST(paced.use(first, start + 9s));
    BOOST_TEST(turn(paced, 0, start + 9s) == 18000);
    std::ignore = paced.take(start + 18s);
    BOOST_TEST(turn(paced, 0, start + 18s) == 19000);
    BOOST_TEST(!paced.use(second, start + 30s), "another has its place");
    BOOST_TEST(!paced.use(none, start + 30s), "which is none");
    BOOST_TEST(turn(paced, 0, start + 19s) == 19000);
    BOOST_TEST(turn(paced, 1, start + 19s) == 28000);
}

BOOST_AUTO_TEST_CASE(a_turn_that_is_given_back_is_anothers_at_once)
{
    pacer paced{pace(3, 10s)};
    auto first = paced.take(start);
    auto second = paced.take(start);
    auto third = paced.take(start + 1s);
    BOOST_TEST(turn(paced, 0, start + 2s) == 10'000);
    paced.give_back(second);
    paced.give_back(second); // which is nobody's any more
    BOOST_TEST(turn(paced, 0, start + 2s) == 2'000);
    BOOST_TEST(turn(paced, 1, start + 2s) == 10'000, "after the first");
    auto fourth = paced.take(start + 2s);
    BOOST_TEST(turn(paced, 0, start + 2s) == 10'000);
    paced.give_back(second);
    BOOST_TEST(!paced.use(second, start + 5s));
    BOOST_TEST(turn(paced, 0, start + 2s) == 10'000);
    paced.give_back(first);
    paced.give_back(third);
    paced.give_back(fourth);
    for (std::size_t ahead = 0; ahead != 3; ++ahead)
        BOOST_TEST(turn(paced, ahead, start + 3s) == 3'000, ahead);
    BOOST_TEST(turn(paced, 3, start + 3s) > 3'000);
}

BOOST_AUTO_TEST_CASE(a_turn_that_is_given_back_is_not_counted_by_the_server)
{
    pacer paced{pace(100, 60s)};
    auto answered = take_and_use(paced, start);
    auto unsent = paced.take(start);
    paced.correct(left(2, 60s), answered, start); // and one may be the second's
    BOOST_TEST(turn(paced, 0) == 0);
    BOOST_TEST(turn(paced, 1) == 60'000);
    paced.give_back(unsent);
    BOOST_TEST(turn(paced, 1) == 0);
    BOOST_TEST(turn(paced, 2) == 60'000);
    paced.give_back(answered); // of which that count knew
    BOOST_TEST(turn(paced, 2) == 60'000);
}

/// Nor does it make up for one that went out.
BOOST_AUTO_TEST_CASE(more_are_under_way_than_the_server_has_left)
{
    pacer paced{pace(100, 60s)};
    auto const answered = take_and_use(paced, start);
    std::array<policy::turn, 5> under_way;
    for (auto& each : under_way)
        each = paced.take(start);
    paced.correct(left(2, 60s), answered, start);
    BOOST_TEST(turn(paced, 0) == 60'000);
    for (std::size_t i = 0; i != 3; ++i)
        paced.give_back(under_way[i]);
    BOOST_TEST(turn(paced, 0) == 60'000, "two are left, and under way");
    paced.give_back(under_way[3]);
    BOOST_TEST(turn(paced, 0) == 0);
    BOOST_TEST(turn(paced, 1) == 60'000);
}

BOOST_AUTO_TEST_CASE(turns_that_should_not_have_been_taken)
{
    pacer paced{pace(100, 60s)};
    auto const answered = take_and_use(paced, start);
    std::array<policy::turn, 5> waiting;
    for (auto& each : waiting)
        each = paced.take(start);
    BOOST_TEST(paced.excess(start) == 0U);
    auto strictest = left(2, 60s);
    strictest.push_back(left(9, 90s).front());
    paced.correct(strictest, answered, start);
    BOOST_TEST(paced.excess(start) == 3U);
    for (std::size_t i = 2; i != 5; ++i)
        paced.give_back(waiting[i]);
    BOOST_TEST(paced.excess(start) == 0U);
    BOOST_TEST(turn(paced, 0) == 60'000);
    paced.block(5s, start);
    BOOST_TEST(paced.excess(start + 4s) > 100U, "all of them");
    BOOST_TEST(paced.excess(start + 5s) == 0U);
}

/// Turns that were taken before the answered one, and are used after it.
BOOST_AUTO_TEST_CASE(overtaken_turns_are_not_counted_by_the_server)
{
    pacer paced{pace(100, 60s)};
    auto overtaken = paced.take(start);
    auto answered = paced.take(start);
    auto last = paced.take(start);
    paced.use(answered, start);
    paced.use(last, start);
    paced.correct(left(2, 60s), answered, start);
    BOOST_TEST(turn(paced, 0) == 60'000, "both are for these two");
    BOOST_TEST(paced.excess(start) == 0U);
    paced.use(overtaken, start + 1s);
    BOOST_TEST(turn(paced, 0, start + 1s) == 60'000);
    paced.correct(left(0, 59s), last, start + 2s);
    BOOST_TEST(paced.excess(start + 2s) == 1U, "it went out after that one");
    paced.correct(left(5, 58s), overtaken, start + 3s);
    BOOST_TEST(turn(paced, 4, start + 3s) == 3'000, "and is the last to be answered");
    BOOST_TEST(turn(paced, 5, start + 3s) == 61'000);
}

/// They wait for longer than a window lasts, and others take their places, but they still go out.
BOOST_AUTO_TEST_CASE(turns_that_count_no_more_are_still_to_be_used)
{
    pacer paced{pace(3, 1s)};
    auto const answered = take_and_use(paced, start);
    std::array<policy::turn, 6> waiting;
    for (std::size_t i = 0; i != waiting.size(); ++i)
        waiting[i] = paced.take(start + i / 3 * 1s + 1s);
    auto newest = take_and_use(paced, start + 3s);
    paced.correct(left(4, 60s), answered, start + 3s);
    BOOST_TEST(paced.excess(start + 3s) == 3U, "six, and the one that was sent since");
    paced.use(waiting[0], start + 4s);
    BOOST_TEST(waiting[0].number > newest.number, "it was sent last");
    paced.correct(left(9, 60s), newest, start + 4s);
    BOOST_TEST(paced.excess(start + 4s) == 0U);
    BOOST_TEST(turn(paced, 2, start + 4s) < 10'000);
    paced.correct(left(5, 60s), waiting[0], start + 5s);
    BOOST_TEST(paced.excess(start + 5s) == 0U);
    BOOST_TEST(turn(paced, 0, start + 5s) == 63'000 + 2'000, "five wait for these five");
    paced.give_back(waiting[1]);
    BOOST_TEST(turn(paced, 0, start + 5s) == 5'000);
}

BOOST_AUTO_TEST_CASE(an_excess_ends_when_the_server_counts_anew)
{
    pacer paced{pace(100, 60s)};
    auto const answered = take_and_use(paced, start);
    auto const under_way = paced.take(start);
    BOOST_TEST(under_way.number == 2U);
    paced.correct(left(0, 60s), answered, start);
    BOOST_TEST(paced.excess(start + 59s) == 1U);
    BOOST_TEST(paced.excess(start + 60s) == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_given_back_before_the_answer_is_not_under_way)
{
    pacer paced{pace(1000, 60s)};
    auto const answered = take_and_use(paced, start);
    for (int i = 0; i != 100; ++i) {
        auto unsent = paced.take(start + 1s);
        paced.give_back(unsent);
    }
    paced.correct(left(50, 60s), answered, start + 2s);
    BOOST_TEST(turn(paced, 49, start + 2s) == 2'000);
    BOOST_TEST(turn(paced, 50, start + 2s) == 62'000);
}

/// As many as may be made at once, and one of them given back and taken much later.
BOOST_AUTO_TEST_CASE(one_that_is_given_back_late_holds_up_no_others)
{
    pacer paced{pace(1200, 300s)};
    std::vector<policy::turn> all;
    for (int i = 0; i != 1200; ++i)
        all.push_back(paced.take(start));
    paced.give_back(all[5]);
    std::ignore = paced.take(start + 299s);
    for (int i = 0; i != 1199; ++i) {
        BOOST_REQUIRE(turn(paced, 0, start + 300s) == 300'000);
        std::ignore = paced.take(start + 300s);
    }
    BOOST_TEST(turn(paced, 0, start + 300s) == 599'000);
}

BOOST_AUTO_TEST_CASE(the_servers_own_count_goes_first)
{
    pacer paced{pace(100, 10s)};
    paced.correct(left(2, 60s), take_and_use(paced, start), start);
    BOOST_TEST(turn(paced, 0) == 0);
    BOOST_TEST(turn(paced, 1) == 0);
    BOOST_TEST(turn(paced, 2) == 60000);
    std::ignore = paced.take(start);
    BOOST_TEST(turn(paced, 0) == 0);
    BOOST_TEST(turn(paced, 1) == 60000);
    std::ignore = paced.take(start);
    BOOST_TEST(turn(paced, 0, start + 59s) == 60000);
    BOOST_TEST(turn(paced, 5, start + 60s) == 60000, "its time has come");
}

BOOST_AUTO_TEST_CASE(but_not_where_it_has_more_than_was_agreed)
{
    pacer paced{pace(1, 10s)};
    paced.correct(left(100, 60s), take_and_use(paced, start), start);
    BOOST_TEST(turn(paced, 0) == 10000);
}

BOOST_AUTO_TEST_CASE(requests_that_the_server_has_not_counted_yet)
{
    pacer paced{pace(100, 10s)};
    auto const first = take_and_use(paced, start);
    std::ignore = take_and_use(paced, start);
    std::ignore = paced.take(start);
    paced.correct(left(3, 60s), first, start); // as of the first: the two others may come out of these three
    BOOST_TEST(turn(paced, 0) == 0);
    BOOST_TEST(turn(paced, 1) == 60000);
}

BOOST_AUTO_TEST_CASE(an_older_answer_does_not_undo_a_newer_one)
{
    pacer paced{pace(100, 10s)};
    auto const first = take_and_use(paced, start);
    auto const second = take_and_use(paced, start);
    paced.correct(left(0, 60s), second, start);
    paced.correct(left(50, 60s), first, start);
    BOOST_TEST(turn(paced, 0) == 60000);
    paced.correct({}, second, start);
    BOOST_TEST(turn(paced, 0) == 60000, "one that says nothing changes nothing");
    paced.correct(left(50, 60s), second, start);
    BOOST_TEST(turn(paced, 0) == 0);
}

BOOST_AUTO_TEST_CASE(the_strictest_of_several_counts)
{
    pacer paced{pace(100, 10s)};
    auto both = left(1, 5s);
    both.push_back(left(2, 60s).front());
    paced.correct(both, take_and_use(paced, start), start);
    BOOST_TEST(turn(paced, 0) == 0);
    BOOST_TEST(turn(paced, 1) == 5000);
    BOOST_TEST(turn(paced, 2) == 60000);
}

BOOST_AUTO_TEST_CASE(a_pause_that_is_asked_for_outlasts_what_others_are_told)
{
    for (bool const refused_first : {true, false}) {
        BOOST_TEST_CONTEXT("the refusal comes " << (refused_first ? "first" : "last"))
        {
            pacer paced{pace(1200, 300s)};
            auto const refused = take_and_use(paced, start);
            auto const served = take_and_use(paced, start);
            if (refused_first)
                paced.block(30s, start);
            paced.correct(left(1100, 200s), served, start);
            if (!refused_first) {
                paced.correct(left(0, 200s), refused, start); // out of date, and what it says is left does not count
                paced.block(30s, start);
            }
            BOOST_TEST(turn(paced, 0) == 30000);
            BOOST_TEST(turn(paced, 1000) == 30000);
            BOOST_TEST(turn(paced, 0, start + 29s) == 30000);
            BOOST_TEST(turn(paced, 0, start + 30s) == 30000, "time alone ends it");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_longest_pause_counts)
{
    pacer paced{pace(2, 10s)};
    paced.block(30s, start);
    paced.block(5s, start + 1s);
    BOOST_TEST(turn(paced, 0, start + 2s) == 30000);
    BOOST_TEST(turn(paced, 1, start + 2s) == 30000);
    BOOST_TEST(turn(paced, 2, start + 2s) == 40000, "as many at once as ever, and no more");
    paced.block(40s, start + 1s);
    BOOST_TEST(turn(paced, 0, start + 2s) == 41000);
    paced.block(0s, start + 50s);
    BOOST_TEST(turn(paced, 0, start + 50s) == 50000);
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_server_counts_anew_is_as_many_as_ever)
{
    pacer paced{pace(4, 1s)};
    paced.correct(left(0, 30s), take_and_use(paced, start), start);
    BOOST_TEST(turn(paced, 3) == 30000);
    BOOST_TEST(turn(paced, 4) == 31000);
    BOOST_TEST(turn(paced, 8) == 32000);
    pacer with_too_many_under_way{pace(4, 1s)};
    auto const answered = take_and_use(with_too_many_under_way, start);
    for (int i = 0; i != 3; ++i)
        take_and_use(with_too_many_under_way, start);
    with_too_many_under_way.correct(left(0, 30s), answered, start);
    BOOST_TEST(turn(with_too_many_under_way, 3) == 30000);
    BOOST_TEST(turn(with_too_many_under_way, 4) == 31000);
    pacer with_some_left{pace(4, 10s)};
    with_some_left.correct(left(2, 13s), take_and_use(with_some_left, start), start);
    BOOST_TEST(turn(with_some_left, 1) == 0);
    BOOST_TEST(turn(with_some_left, 2) == 13000);
    BOOST_TEST(turn(with_some_left, 5) == 13000);
    BOOST_TEST(turn(with_some_left, 6) == 23000);
}

BOOST_AUTO_TEST_CASE(an_hour_at_most)
{
    pacer paced{pace(100, 10s)};
    paced.correct(left(0, std::chrono::seconds::max()), take_and_use(paced, start), start);
    BOOST_TEST(turn(paced, 0) == 3600000);
    pacer blocked{pace(100, 10s)};
    blocked.block(std::chrono::seconds::max(), start);
    BOOST_TEST(turn(blocked, 0) == 3600000);
}

BOOST_AUTO_TEST_SUITE_END()
