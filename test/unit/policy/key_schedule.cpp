// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/key_schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <ostream>
#include <vector>

using namespace std::chrono_literals;

namespace rtkhooks::policy {

using step = key_schedule::step;
using reason = key_schedule::reason;

static std::ostream& operator<<(std::ostream& out, step what)
{
    return out << (what == step::fetch    ? "fetch"
                   : what == step::wait   ? "wait"
                   : what == step::refuse ? "refuse"
                                          : "accept_mismatch");
}

BOOST_AUTO_TEST_SUITE(key_schedule_decisions)

namespace {

constexpr key_schedule::time_point start{std::chrono::hours{1000}};

key_schedule::settings usual()
{
    key_schedule::settings result;
    result.refresh_after = 12h;
    result.max_age = 168h;
    result.refetch_interval = 60s;
    result.refetch_window = 600s;
    result.retry_interval = 5s;
    result.previous_key_for = 1h;
    result.mismatch_wait = 3s;
    return result;
}

enum class ending { success, kept, change, kept_change, failure, none };

/// A fetch that began at a time.
struct fetch {
    std::chrono::milliseconds at;
    reason why;
    ending how;
};

/// What is said at a time, to a delivery that came when so many fetches had begun, and where many wait.
struct decision {
    char const* name;
    std::vector<fetch> before;
    std::uint64_t since;
    std::chrono::milliseconds at;
    step without_key;
    step after_mismatch;
};

std::vector<decision> const decisions{
    {"nothing was fetched yet", {}, 0, 0s, step::fetch, step::fetch},
    {"a fetch is under way", {{0s, reason::no_key, ending::none}}, 0, 1s, step::wait, step::wait},
    {"one began before the delivery came", {{0s, reason::refresh, ending::none}}, 1, 1s, step::wait, step::wait},

    {"one is under way for almost too long",
     {{0s, reason::mismatch, ending::none}},
     0,
     2'999ms,
     step::wait,
     step::wait},
    {"one is under way for too long, which only what has no key waits for, and few others",
     {{0s, reason::mismatch, ending::none}},
     0,
     3s,
     step::wait,
     step::refuse},
    {"so it is for what came meanwhile", {{0s, reason::refresh, ending::none}}, 1, 3s, step::wait, step::refuse},
    {"one is under way, but another has confirmed the keys",
     {{0s, reason::no_key, ending::success}, {1s, reason::refresh, ending::none}},
     0,
     6s,
     step::wait,
     step::accept_mismatch},

    {"one has confirmed the keys since it came",
     {{0s, reason::no_key, ending::success}},
     0,
     1s,
     step::refuse,
     step::accept_mismatch},
    {"the last was before it came", {{0s, reason::no_key, ending::success}}, 1, 0s, step::fetch, step::fetch},
    {"one that began before it came proves nothing, and the next is allowed",
     {{0s, reason::refresh, ending::success}},
     1,
     1s,
     step::fetch,
     step::fetch},

    {"a mismatch has caused one already",
     {{0s, reason::mismatch, ending::success}},
     1,
     59'999ms,
     step::fetch,
     step::refuse},
    {"the interval is over", {{0s, reason::mismatch, ending::success}}, 1, 60s, step::fetch, step::fetch},
    {"other fetches do not begin the interval",
     {{0s, reason::mismatch, ending::success}, {30s, reason::refresh, ending::success}},
     2,
     60s,
     step::fetch,
     step::fetch},
    {"nor do they end it",
     {{0s, reason::mismatch, ending::success}, {30s, reason::refresh, ending::success}},
     2,
     59s,
     step::fetch,
     step::refuse},
    {"a later success decides, whatever the interval says",
     {{0s, reason::mismatch, ending::success}, {30s, reason::refresh, ending::success}},
     1,
     30s,
     step::refuse,
     step::accept_mismatch},

    {"mismatches have caused two that brought nothing new",
     {{0s, reason::mismatch, ending::success}, {60s, reason::mismatch, ending::success}},
     2,
     599'999ms,
     step::fetch,
     step::refuse},
    {"the first of the two is over",
     {{0s, reason::mismatch, ending::success}, {60s, reason::mismatch, ending::success}},
     2,
     600s,
     step::fetch,
     step::fetch},
    {"then the second counts as the first",
     {{0s, reason::mismatch, ending::success},
      {60s, reason::mismatch, ending::success},
      {600s, reason::mismatch, ending::success}},
     3,
     659'999ms,
     step::fetch,
     step::refuse},
    {"one for want of a key counts",
     {{0s, reason::no_key, ending::success}, {0s, reason::mismatch, ending::success}},
     2,
     60s,
     step::fetch,
     step::refuse},
    {"a refresh does not",
     {{0s, reason::refresh, ending::success}, {0s, reason::mismatch, ending::success}},
     2,
     60s,
     step::fetch,
     step::fetch},
    {"nor one that failed",
     {{0s, reason::mismatch, ending::failure}, {5s, reason::mismatch, ending::success}},
     2,
     65s,
     step::fetch,
     step::fetch},
    {"one that brought another key makes up for all",
     {{0s, reason::no_key, ending::success},
      {0s, reason::mismatch, ending::success},
      {600s, reason::mismatch, ending::change}},
     3,
     660s,
     step::fetch,
     step::fetch},

    {"what a cache had kept confirms nothing", {{0s, reason::no_key, ending::kept}}, 0, 1h, step::refuse, step::refuse},
    {"and the next may be made", {{0s, reason::no_key, ending::kept}}, 1, 0s, step::fetch, step::fetch},
    {"it does not undo what was confirmed",
     {{0s, reason::no_key, ending::success}, {1s, reason::mismatch, ending::kept}},
     0,
     2s,
     step::refuse,
     step::accept_mismatch},
    {"it has brought nothing new",
     {{0s, reason::mismatch, ending::kept}, {60s, reason::mismatch, ending::kept}},
     2,
     599'999ms,
     step::fetch,
     step::refuse},
    {"not even where it is new",
     {{0s, reason::no_key, ending::success}, {60s, reason::mismatch, ending::kept_change}},
     1,
     61s,
     step::refuse,
     step::refuse},
    {"which makes up for what was in vain all the same",
     {{0s, reason::no_key, ending::success},
      {0s, reason::mismatch, ending::success},
      {600s, reason::mismatch, ending::kept_change}},
     3,
     660s,
     step::fetch,
     step::fetch},
    {"nor does it hasten the next", {{0s, reason::mismatch, ending::kept}}, 1, 59'999ms, step::fetch, step::refuse},

    {"the one for it has failed", {{0s, reason::no_key, ending::failure}}, 0, 1h, step::refuse, step::refuse},
    {"one before it has failed just now",
     {{0s, reason::no_key, ending::failure}},
     1,
     4'999ms,
     step::refuse,
     step::refuse},
    {"and some time ago", {{0s, reason::no_key, ending::failure}}, 1, 5s, step::fetch, step::fetch},
    {"one for a mismatch has failed just now",
     {{0s, reason::mismatch, ending::failure}},
     1,
     4'999ms,
     step::refuse,
     step::refuse},
    {"one for a mismatch has failed some time ago",
     {{0s, reason::mismatch, ending::failure}},
     1,
     5s,
     step::fetch,
     step::fetch},
    {"a success makes up for failures",
     {{0s, reason::no_key, ending::failure}, {5s, reason::no_key, ending::success}},
     2,
     6s,
     step::fetch,
     step::fetch},
    {"a failure does not undo a success",
     {{0s, reason::no_key, ending::success}, {5s, reason::refresh, ending::failure}},
     0,
     6s,
     step::refuse,
     step::accept_mismatch},
};

key_schedule after(std::vector<fetch> const& fetches)
{
    key_schedule schedule{usual()};
    for (auto const& each : fetches) {
        schedule.fetch_began(each.why, start + each.at);
        bool const is_new = each.how == ending::change || each.how == ending::kept_change;
        if (each.how != ending::none)
            schedule.fetch_ended(is_new                        ? key_schedule::ending::changed
                                 : each.how == ending::failure ? key_schedule::ending::failed
                                                               : key_schedule::ending::confirmed,
                                 each.how == ending::kept || each.how == ending::kept_change);
    }
    return schedule;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_a_delivery_is_told)
{
    for (auto const& each : decisions) {
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const schedule = after(each.before);
            BOOST_TEST(schedule.without_key(each.since, start + each.at) == each.without_key);
            BOOST_TEST(schedule.after_mismatch(each.since, start + each.at, true) == each.after_mismatch);
            bool const waits = schedule.fetching() && each.after_mismatch == step::refuse;
            BOOST_TEST(schedule.after_mismatch(each.since, start + each.at, false) ==
                           (waits ? step::wait : each.after_mismatch),
                       "few wait as long as they may");
            BOOST_TEST(schedule.latest() == each.before.size());
            BOOST_TEST(schedule.fetching() == (!each.before.empty() && each.before.back().how == ending::none));
        }
    }
}

namespace {

struct use_case {
    char const* name;
    std::optional<std::chrono::milliseconds> replaced; ///< after it was confirmed
    std::chrono::milliseconds at;                      ///< after it was confirmed
    bool used;
};

std::vector<use_case> const use_cases{
    {"new", {}, 0s, true},
    {"almost too old", {}, 168h - 1ms, true},
    {"too old", {}, 168h, false},
    {"just replaced", 10h, 10h, true},
    {"replaced almost too long ago", 10h, 11h - 1ms, true},
    {"replaced too long ago", 10h, 11h, false},
    {"replaced, and too old", 168h - 1ms, 168h, false},
};

} // namespace

BOOST_AUTO_TEST_CASE(which_keys_are_used)
{
    for (auto const& each : use_cases) {
        BOOST_TEST_CONTEXT(each.name)
        {
            key_schedule::key_times times;
            times.confirmed = start;
            if (each.replaced)
                times.replaced = start + *each.replaced;
            BOOST_TEST(key_schedule{usual()}.may_use(times, start + each.at) == each.used);
        }
    }
    auto none = usual();
    none.previous_key_for = 0s;
    key_schedule::key_times times;
    times.confirmed = start;
    times.replaced = start;
    BOOST_TEST(!key_schedule{none}.may_use(times, start));
}

namespace {

struct refresh_case {
    char const* name;
    std::vector<fetch> before; ///< relative to the key's confirmation
    std::chrono::milliseconds at;
    bool due;
};

std::vector<refresh_case> const refresh_cases{
    {"young", {}, 12h - 1ms, false},
    {"old enough", {}, 12h, true},
    {"under way", {{12h, reason::refresh, ending::none}}, 13h, false},
    {"failed just now", {{12h, reason::refresh, ending::failure}}, 12h + 59s, false},
    {"failed a while ago", {{12h, reason::refresh, ending::failure}}, 12h + 60s, true},
    {"confirmed nothing just now", {{12h, reason::refresh, ending::kept}}, 12h + 59s, false},
    {"confirmed nothing a while ago", {{12h, reason::refresh, ending::kept}}, 12h + 60s, true},
};

} // namespace

BOOST_AUTO_TEST_CASE(when_a_key_is_refreshed)
{
    for (auto const& each : refresh_cases) {
        BOOST_TEST_CONTEXT(each.name)
        {
            key_schedule::key_times times;
            times.confirmed = start;
            BOOST_TEST(after(each.before).refresh_due(times, start + each.at) == each.due);
        }
    }
    auto often = usual();
    often.refresh_after = 10s;
    key_schedule schedule{often};
    schedule.fetch_began(reason::refresh, start);
    schedule.fetch_ended(key_schedule::ending::confirmed, false);
    key_schedule::key_times times;
    times.confirmed = start;
    BOOST_TEST(!schedule.refresh_due(times, start + 10s - 1ms));
    BOOST_TEST(schedule.refresh_due(times, start + 10s), "the pause is no longer than that");

    often.refresh_after = 1ms;
    often.retry_interval = 1s;
    key_schedule failing{often};
    failing.fetch_began(reason::refresh, start);
    failing.fetch_ended(key_schedule::ending::failed, false);
    BOOST_TEST(!failing.refresh_due(times, start + 1s - 1ms), "nor shorter than for an address that fails");
    BOOST_TEST(failing.refresh_due(times, start + 1s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::policy
