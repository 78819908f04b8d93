// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/timer_queue.hpp"

#include "transport/operation.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(transport_timer_queue)

using namespace rtkhooks::transport;
using rtkhooks::transport::time_point; // and not rtkhooks::time_point

namespace {

constexpr time_point start{100h};

/// Writes its name when it expires, and does what it is told.
class test_timer final : public timer {
public:
    test_timer(char name, std::string& log) : name_{name}, log_{log} {}

    std::function<void()> then;

private:
    void expire(ready_list&) override
    {
        BOOST_TEST(!is_linked(), "it has been removed");
        log_ += name_;
        if (then)
            then();
    }

    char name_;
    std::string& log_;
};

struct fixture {
    std::string expire(std::chrono::seconds until)
    {
        log.clear();
        queue.expire(start + until, ready);
        return log;
    }

    std::string log;
    ready_list ready;
    timer_queue queue;
    test_timer a{'a', log}, b{'b', log}, c{'c', log}, d{'d', log};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(the_earliest_comes_first, fixture)
{
    BOOST_TEST(!queue.next().has_value());
    BOOST_TEST(expire(1000s) == "");
    queue.set(b, start + 20s);
    queue.set(d, start + 40s);
    queue.set(a, start + 10s);
    queue.set(c, start + 30s);
    BOOST_TEST((queue.next() == start + 10s));
    BOOST_TEST((a.when() == start + 10s));
    BOOST_TEST(expire(9s) == "");
    BOOST_TEST(expire(20s) == "ab", "those that are due now are due");
    BOOST_TEST((queue.next() == start + 30s));
    BOOST_TEST(expire(1000s) == "cd");
    BOOST_TEST(!queue.next().has_value());
    BOOST_TEST(expire(1000s) == "", "once");
}

BOOST_FIXTURE_TEST_CASE(those_of_one_time_keep_their_order, fixture)
{
    for (auto* const each : {&c, &a, &d, &b})
        queue.set(*each, start);
    BOOST_TEST(expire(0s) == "cadb");
    queue.set(d, start + 2s);
    for (auto* const each : {&b, &c, &a}) // before one that is there
        queue.set(*each, start + 1s);
    BOOST_TEST(expire(2s) == "bcad");
}

BOOST_FIXTURE_TEST_CASE(timers_can_be_moved, fixture)
{
    queue.set(a, start + 10s);
    queue.set(b, start + 20s);
    queue.set(c, start + 30s);
    queue.set(a, start + 40s);
    BOOST_TEST((queue.next() == start + 20s));
    queue.set(c, start + 5s);
    BOOST_TEST((queue.next() == start + 5s));
    queue.set(b, start + 20s); // not at all
    BOOST_TEST(expire(100s) == "cba");
}

BOOST_FIXTURE_TEST_CASE(timers_can_be_removed, fixture)
{
    queue.remove(a); // never set
    queue.set(a, start + 10s);
    queue.set(b, start + 20s);
    queue.set(c, start + 30s);
    queue.remove(b);
    queue.remove(b);
    BOOST_TEST(!b.is_linked());
    queue.remove(a);
    BOOST_TEST((queue.next() == start + 30s));
    queue.set(b, start + 25s); // again
    BOOST_TEST(expire(100s) == "bc");
    queue.remove(c); // has expired
    BOOST_TEST(expire(100s) == "");
}

BOOST_FIXTURE_TEST_CASE(an_expiring_timer_may_change_the_others, fixture)
{
    queue.set(a, start + 10s);
    queue.set(b, start + 20s);
    queue.set(c, start + 30s);
    a.then = [this] {
        queue.remove(b);
        queue.set(c, start + 60s);
        queue.set(d, start + 15s);
        queue.set(a, start + 50s);
        a.then = nullptr;
    };
    BOOST_TEST(expire(40s) == "ad");
    BOOST_TEST(expire(100s) == "ac");
}

BOOST_AUTO_TEST_CASE(behaves_as_a_sorted_list)
{
    std::mt19937 random{79};
    std::string log;
    ready_list ready;
    timer_queue queue;
    std::deque<test_timer> timers;
    for (char name = 'A'; name <= 'Z'; ++name)
        timers.emplace_back(name, log);
    std::multimap<time_point, char> model;
    auto const forget = [&](char name) {
        auto const found =
            std::find_if(model.begin(), model.end(), [&](auto const& each) { return each.second == name; });
        if (found != model.end())
            model.erase(found);
    };
    auto now = start;
    for (int i = 0; i != 20'000; ++i) {
        auto const index = random() % timers.size();
        auto const name = static_cast<char>('A' + index);
        switch (random() % 8) {
        case 0:
            queue.remove(timers[index]);
            forget(name);
            break;
        case 1: {
            now += std::chrono::seconds{random() % 10};
            log.clear();
            queue.expire(now, ready);
            std::string expected;
            while (!model.empty() && model.begin()->first <= now) {
                expected += model.begin()->second;
                model.erase(model.begin());
            }
            BOOST_REQUIRE(log == expected);
            break;
        }
        default: {
            auto const when = now + std::chrono::seconds{random() % 20};
            queue.set(timers[index], when);
            forget(name);
            model.emplace(when, name); // behind those of the same time
        }
        }
        BOOST_REQUIRE((queue.next() == (model.empty() ? std::nullopt : std::optional{model.begin()->first})));
    }
    queue.expire(time_point::max(), ready);
}

BOOST_AUTO_TEST_SUITE_END()
