// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/delivery_log.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <sstream>
#include <string>
#include <thread>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_delivery_log, *boost::unit_test::label("concurrency"))

namespace {

using namespace std::chrono_literals;
using state = emulator_delivery::state;

emulator_delivery make(std::string id)
{
    emulator_delivery made;
    made.id = std::move(id);
    made.webhook_id = "hook";
    made.event = "meeting.started";
    return made;
}

emulator_delivery::attempt answered(int status)
{
    emulator_delivery::attempt made;
    made.status = status;
    return made;
}

emulator_delivery::attempt unanswered(std::string why)
{
    emulator_delivery::attempt made;
    made.error = std::move(why);
    return made;
}

std::string ids(delivery_log const& in)
{
    std::string all;
    for (auto const& each : in.list())
        all += each.id + ' ';
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(keeps_what_became_of_each)
{
    delivery_log log{10};
    log.add(make("a"));
    log.add(make("b"));
    BOOST_TEST(log.pending() == 2u);
    log.record("a", unanswered("refused"), state::pending);
    log.record("a", answered(503), state::pending);
    BOOST_TEST(log.pending() == 2u);
    log.record("a", answered(200), state::delivered);
    log.record("b", answered(404), state::refused);
    BOOST_TEST(log.pending() == 0u);
    BOOST_TEST(log.total() == 2u);

    auto const all = log.list();
    BOOST_REQUIRE(all.size() == 2u);
    auto wanted = make("a");
    wanted.outcome = state::delivered;
    wanted.attempts = {unanswered("refused"), answered(503), answered(200)};
    BOOST_CHECK(all[0] == wanted);
    BOOST_TEST(all[1].outcome == state::refused);
    log.record("b", answered(200), state::delivered); // too late
    BOOST_TEST(log.list()[1].outcome == state::refused);
}

BOOST_AUTO_TEST_CASE(forgets_the_oldest_that_is_at_its_end_and_none_that_is_pending)
{
    delivery_log log{2};
    for (auto const* const id : {"a", "b", "c", "d", "e"})
        log.add(make(id));
    for (auto const* const id : {"d", "b"})
        log.record(id, answered(200), state::delivered);
    BOOST_TEST(ids(log) == "a b c d e ");
    log.record("c", answered(200), state::delivered);
    BOOST_TEST(ids(log) == "a b c e ");
    log.record("a", answered(200), state::delivered);
    BOOST_TEST(ids(log) == "a c e ");
    BOOST_TEST(log.total() == 5u);
    BOOST_TEST(log.pending() == 1u);
}

BOOST_AUTO_TEST_CASE(waits_until_none_is_pending)
{
    delivery_log log{2};
    BOOST_TEST(log.wait_until_none_is_pending(0ms));
    log.add(make("a"));
    log.add(make("b"));
    BOOST_TEST(!log.wait_until_none_is_pending(0ms));
    BOOST_TEST(!log.wait_until_none_is_pending(std::chrono::milliseconds::min()));
    std::thread other{[&] {
        log.record("a", answered(200), state::delivered);
        log.record("b", answered(503), state::pending);
        log.record("b", answered(503), state::failed);
    }};
    BOOST_TEST(log.wait_until_none_is_pending(std::chrono::milliseconds::max()));
    BOOST_TEST(log.pending() == 0u);
    other.join();
}

BOOST_AUTO_TEST_CASE(is_shown_as_json)
{
    delivery_log log{2};
    auto const all = [](std::size_t) { return true; };
    BOOST_TEST(log.to_json(all) == R"({"success":true,"data":[]})");
    log.add(make("a"));
    auto odd = make("b");
    odd.event = "a \"quoted\"\n name";
    log.add(odd);
    log.record("a", unanswered("timed out"), state::pending);
    log.record("a", answered(200), state::delivered);
    auto const text = log.to_json(all);
    BOOST_TEST(
        text ==
        R"({"success":true,"data":[{"id":"a","webhook_id":"hook","event":"meeting.started","outcome":"delivered",)"
        R"("attempts":[{"status":null,"error":"timed out"},{"status":200,"error":null}]},)"
        R"({"id":"b","webhook_id":"hook","event":"a \"quoted\"\n name","outcome":"pending","attempts":[]}]})");
    std::size_t asked = 0;
    BOOST_TEST(log.to_json([&](std::size_t size) { return asked = size, false; }).empty());
    BOOST_TEST(asked >= text.size());
    BOOST_TEST(asked <= text.size() + log.list().size());
}

BOOST_AUTO_TEST_CASE(outcomes_have_names)
{
    std::ostringstream out;
    out << state::pending << ' ' << state::delivered << ' ' << state::refused << ' ' << state::failed << ' '
        << static_cast<state>(9);
    BOOST_TEST(out.str() == "pending delivered refused failed unknown");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
