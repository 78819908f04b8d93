// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/outbox.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_outbox)

namespace {

using namespace std::chrono_literals;
using state = emulator_delivery::state;

outbox::time_point const start{1h};

std::shared_ptr<signed_event const> event_of(std::size_t size)
{
    return std::make_shared<signed_event const>(signed_event{"meeting.started", std::string(size, 'b'), "signature"});
}

std::vector<subscriber> hooks(std::string const& names)
{
    std::vector<subscriber> result;
    for (char const name : names)
        result.push_back({std::string{name}, std::string{"http://h/"} + name});
    return result;
}

emulator_delivery::attempt answered(int status)
{
    emulator_delivery::attempt made;
    made.status = status;
    return made;
}

// Whom what can be sent now goes to.
std::string take_all(outbox& from, outbox::time_point now = start)
{
    std::string names;
    while (auto const what = from.take(now))
        names += what->webhook_id;
    return names;
}

bool is_full(outbox& to, std::string const& names, std::size_t size = 10)
{
    try {
        to.add(event_of(size), hooks(names));
    } catch (exception const& failure) {
        return failure.code() == errc::queue_full;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_follows_an_attempt)
{
    struct case_of {
        int status;
        std::size_t attempts;
        state then;
    };
    std::vector<case_of> const cases{
        {200, 1, state::delivered}, {204, 3, state::delivered}, {299, 9, state::delivered}, {100, 1, state::refused},
        {199, 1, state::refused},   {300, 1, state::refused},   {301, 1, state::refused},   {400, 1, state::refused},
        {408, 1, state::refused},   {429, 1, state::refused},   {499, 1, state::refused},   {500, 1, state::pending},
        {503, 2, state::pending},   {599, 1, state::pending},   {999, 1, state::pending},   {0, 1, state::pending},
        {0, 2, state::pending},     {0, 3, state::failed},      {500, 3, state::failed},    {503, 4, state::failed},
    };
    for (auto const& [status, attempts, then] : cases) {
        BOOST_TEST_CONTEXT(status << " after " << attempts)
        BOOST_TEST(judge(status, attempts, 2) == then);
    }
    BOOST_TEST(judge(503, 1, 0) == state::failed);
}

BOOST_AUTO_TEST_CASE(signs_events_and_nothing_else)
{
    delivery_limits limits;
    limits.body = 100;
    outbox out{0, 0ms, limits};
    std::string const body = "{ \"event\" : \"meeting.ended\" }\n";
    auto const made = out.sign(body);
    BOOST_TEST(made->name == "meeting.ended");
    BOOST_TEST(made->body == body);
    auto const key = public_key::from_pem(out.keys().current()->public_pem()).value();
    BOOST_TEST(verify(key, body, made->signature) == verdict::genuine);
    BOOST_TEST(out.sign(R"({"event":"meeting.started","meeting":7})")->name == "meeting.started"); // as it is
    BOOST_TEST(out.sign(R"({"event":"meeting.paused"})")->name == "meeting.paused");

    auto const complaint = [&](std::string const& text) {
        try {
            static_cast<void>(out.sign(text));
        } catch (exception const& failure) {
            return (failure.code() == errc::invalid_argument ? "" : "not as an argument: ") +
                   failure.error().parts().explanation;
        }
        return std::string{};
    };
    for (auto const* const text : {"", "nonsense", "[]", "{}", R"({"event":7})", R"({"event":""})"})
        BOOST_TEST(complaint(text).starts_with("what is emitted must be an event: "), text);
    BOOST_TEST(complaint(body + std::string(100, ' ')) == "what is emitted must not be longer than 100 bytes");
}

BOOST_AUTO_TEST_CASE(each_subscriber_gets_a_delivery_of_its_own)
{
    outbox out{0, 0ms};
    auto const what = event_of(10);
    BOOST_TEST(out.add(what, {}).empty());
    BOOST_TEST(!out.can_send());
    auto const added = out.add(what, hooks("abc"));
    BOOST_TEST(out.can_send());
    std::set<std::string> ids;
    std::string names;
    for (auto const& each : added) {
        ids.insert(each.id);
        names += each.webhook_id;
        BOOST_TEST(each.event == "meeting.started");
        BOOST_TEST(each.outcome == state::pending);
        BOOST_TEST(each.attempts.empty());
    }
    BOOST_TEST(ids.size() == 3u);
    BOOST_TEST(names == "abc");
    BOOST_CHECK(out.log().list() == added);
    for (auto const& each : added) {
        auto const taken = out.take(start);
        BOOST_REQUIRE(taken);
        BOOST_TEST(taken->id == each.id);
        BOOST_TEST(taken->webhook_id == each.webhook_id);
        BOOST_TEST(taken->url == "http://h/" + each.webhook_id);
        BOOST_TEST(taken->what == what);
    }
    BOOST_TEST(!out.take(start));
}

BOOST_AUTO_TEST_CASE(webhooks_take_turns_and_none_has_more_than_its_share)
{
    delivery_limits limits;
    limits.at_once_per_webhook = 2;
    outbox out{0, 0ms, limits};
    for (int i = 0; i < 5; ++i)
        out.add(event_of(1), hooks("a"));
    out.add(event_of(1), hooks("b"));
    BOOST_TEST(take_all(out) == "aba"); // and b, which is later, before the second of a
    out.add(event_of(1), hooks("c"));
    BOOST_TEST(take_all(out) == "c");
    out.release("a");
    BOOST_TEST(out.can_send());
    BOOST_TEST(take_all(out) == "a");
    out.release("b");
    BOOST_TEST(take_all(out) == "");
    out.release("a");
    out.release("a");
    BOOST_TEST(take_all(out) == "aa");
    out.release("a");
    out.release("a");
    BOOST_TEST(take_all(out) == "");
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_under_way)
{
    delivery_limits limits;
    limits.at_once = 3;
    outbox out{0, 0ms, limits};
    out.add(event_of(1), hooks("abcde"));
    BOOST_TEST(take_all(out) == "abc");
    BOOST_TEST(!out.can_send());
    out.release("b");
    BOOST_TEST(take_all(out) == "d");
    out.release("a");
    out.release("c");
    BOOST_TEST(take_all(out) == "e");
}

BOOST_AUTO_TEST_CASE(what_failed_is_sent_again_after_a_pause)
{
    outbox out{2, 100ms};
    out.add(event_of(1), hooks("ab"));
    auto const a = out.take(start);
    auto const b = out.take(start);
    BOOST_TEST(!out.next_due());
    out.record(a, answered(503), false, start);
    out.release("a");
    out.record(b, answered(0), false, start + 10ms);
    out.release("b");
    BOOST_CHECK(out.next_due() == start + 100ms);
    BOOST_TEST(take_all(out, start + 99ms) == "");
    BOOST_TEST(out.take(start + 100ms) == a);
    BOOST_CHECK(out.next_due() == start + 110ms);
    out.record(a, answered(200), false, start + 100ms);
    out.release("a");
    BOOST_TEST(out.take(start + 200ms) == b);
    BOOST_TEST(!out.next_due());
    out.record(b, answered(500), false, start + 200ms);
    out.release("b");
    BOOST_TEST(out.take(start + 300ms) == b);
    out.record(b, answered(500), false, start + 300ms);
    out.release("b");
    BOOST_TEST(!out.next_due());
    BOOST_TEST(!out.take(start + 1h));

    auto const log = out.log().list();
    BOOST_TEST(log[0].outcome == state::delivered);
    BOOST_TEST(log[0].attempts.size() == 2u);
    BOOST_TEST(log[1].outcome == state::failed);
    BOOST_TEST(log[1].attempts.size() == 3u);
    BOOST_TEST(out.log().pending() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_hopeless_is_not_sent_again)
{
    outbox out{2, 100ms};
    out.add(event_of(1), hooks("a"));
    out.record(out.take(start), answered(0), true, start);
    out.release("a");
    BOOST_TEST(!out.next_due());
    BOOST_TEST(out.log().list().front().outcome == state::failed);
}

BOOST_AUTO_TEST_CASE(holds_so_many)
{
    delivery_limits limits;
    limits.pending = 3;
    outbox out{0, 0ms, limits};
    BOOST_TEST(is_full(out, "abcd"));
    BOOST_TEST(out.log().total() == 0u); // all or none
    BOOST_TEST(!is_full(out, "ab"));
    BOOST_TEST(is_full(out, "ab"));
    BOOST_TEST(!is_full(out, "a"));
    BOOST_TEST(is_full(out, "a"));
    out.record(out.take(start), answered(200), false, start);
    BOOST_TEST(!is_full(out, "a"));
}

BOOST_AUTO_TEST_CASE(holds_so_many_bytes)
{
    delivery_limits limits;
    limits.memory = 100'000;
    outbox out{1, 0ms, limits};
    BOOST_TEST(is_full(out, "a", 100'000));
    BOOST_TEST(!is_full(out, "ab", 90'000));
    BOOST_TEST(is_full(out, "a", 10'000));
    auto const a = out.take(start);
    auto const b = out.take(start);
    out.record(a, answered(200), false, start);
    BOOST_TEST(is_full(out, "a", 90'000)); // the event is still to go to b
    out.record(b, answered(503), false, start);
    BOOST_TEST(is_full(out, "a", 90'000));      // again
    out.record(b, answered(404), false, start); // though the two are still to say goodbye
    BOOST_TEST(take_all(out) == "b");           // so far as the outbox knows
    BOOST_TEST(!is_full(out, "a", 90'000));
}

BOOST_AUTO_TEST_CASE(the_log_forgets_what_is_long_done)
{
    delivery_limits limits;
    limits.finished = 2;
    outbox out{0, 0ms, limits};
    out.add(event_of(1), hooks("abcd"));
    while (auto const what = out.take(start))
        out.record(what, answered(200), false, start);
    auto const left = out.log().list();
    BOOST_REQUIRE(left.size() == 2u);
    BOOST_TEST(left[0].webhook_id == "c");
    BOOST_TEST(left[1].webhook_id == "d");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
