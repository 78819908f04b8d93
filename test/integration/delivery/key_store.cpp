// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/key_store_access.hpp"
#include "fixtures/signing_key.hpp"
#include "integration/coroutine.hpp"
#include "integration/delivery/key_server.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/key_store.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// How keys are fetched, kept and replaced. Time is the tests' own: all that takes time is skipped over.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::check;
using test::http_answer;
using test::key_server;
using test::manual_clock;
using test::next_key;
using test::signing_key;
using test::usual_key;
namespace net = boost::asio;

namespace {

std::string const body = R"({"event":"meeting.started"})";

/// The signature of the body by each key, made once.
std::string const& by(signing_key const& key)
{
    static std::map<signing_key const*, std::string> made;
    auto& text = made[&key];
    if (text.empty())
        text = key.signature_of(body);
    return text;
}

/// Of another body.
std::string const& forgery()
{
    static auto const text = usual_key().signature_of("another body");
    return text;
}

/// The document with a key, as a cache gives it.
std::string kept(signing_key const& key, std::string const& age)
{
    return http_answer(200, test::key_document(key), "Age: " + age + "\r\nConnection: close\r\n");
}

/// A store on a context of its own, whose time the test turns.
struct scene {
    explicit scene(key_store_config config) : keys{make(std::move(config))} {}

    key_store make(key_store_config config)
    {
        config.on_alarm = [this](key_alarm const& alarm) { alarms.push_back(alarm); };
        delivery::key_environment world;
        world.make_clock = clock.factory();
        return detail::key_store_access::make(context.get_executor(), std::move(config), std::move(world));
    }

    /// Runs a check to its end.
    verdict verdict_of(std::string const& signature)
    {
        std::optional<verdict> got;
        start(signature, got);
        run_until([&] { return got.has_value(); });
        return *got;
    }
    void start(std::string const& signature, std::optional<verdict>& got)
    {
        net::co_spawn(context, check(*keys, body, signature), [&got](std::exception_ptr thrown, delivery_check result) {
            BOOST_TEST(!thrown);
            got = result.verdict;
        });
    }
    template <class Condition>
    void run_until(Condition condition)
    {
        auto const end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) { // which may also depend on the server's thread
            context.restart();
            context.run_one_for(1ms);
            if (std::chrono::steady_clock::now() > end)
                BOOST_FAIL("nothing happens");
        }
    }
    /// Lets what is ready happen.
    void settle()
    {
        context.restart();
        while (context.poll_one() != 0) {}
    }

    manual_clock clock;
    net::io_context context{1};
    std::vector<key_alarm> alarms;
    std::optional<key_store> keys;
};

} // namespace

BOOST_AUTO_TEST_SUITE(key_store_fetching)

BOOST_AUTO_TEST_CASE(the_first_delivery_has_the_key_fetched_and_all_wait_for_that)
{
    key_server server{usual_key()};
    server.hold(true);
    scene own{server.config()};
    std::vector<std::optional<verdict>> got(20);
    for (auto& each : got)
        own.start(by(usual_key()), each);
    own.run_until([&] { return server.requests() == 1; });
    own.settle();
    for (auto const& each : got)
        BOOST_TEST(!each.has_value());
    server.hold(false);
    own.run_until(
        [&] { return std::all_of(got.begin(), got.end(), [](auto const& each) { return each.has_value(); }); });
    for (auto const& each : got)
        BOOST_TEST(*each == verdict::genuine);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 1);
    BOOST_TEST(own.keys->keys().size() == 1u);
    auto const stats = own.keys->stats();
    BOOST_TEST(stats.checks == 21u);
    BOOST_TEST(stats.genuine == 21u);
    BOOST_TEST(stats.fetches == 1u);
    BOOST_TEST(own.alarms.empty());
    auto const request = server.last_request();
    BOOST_TEST(request.starts_with("GET /.well-known/webhooks.json HTTP/1.1\r\nHost: 127.0.0.1:"), request);
    BOOST_TEST(request.find("Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_needs_no_key_causes_no_fetch)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of("no base64") == verdict::signature_malformed);
    std::optional<verdict> got;
    net::co_spawn(own.context, own.keys->check([](std::string_view) { return header_value{}; }, body),
                  [&](std::exception_ptr, delivery_check result) { got = result.verdict; });
    own.run_until([&] { return got.has_value(); });
    BOOST_TEST(*got == verdict::signature_missing);
    BOOST_TEST(server.requests() == 0);
}

BOOST_AUTO_TEST_CASE(headers_are_read_when_the_check_is_made)
{
    auto const keys = key_store::pinned({public_key::from_pem(usual_key().public_pem()).value()});
    test::run([&](net::any_io_executor) -> awaitable<void> {
        std::optional<awaitable<delivery_check>> kept;
        {
            auto signature = std::make_unique<std::string>(by(usual_key()));
            std::string id = "delivery-1";
            auto const headers = [&](std::string_view name) -> header_value {
                if (name == "rtk-signature")
                    return std::string_view{*signature};
                if (name == "dyte-uuid")
                    return std::string_view{id};
                return name == "rtk-webhook-id" ? header_value::repeated() : header_value{};
            };
            kept.emplace(keys.check(headers, body));
            signature.reset();
        }
        auto const got = co_await std::move(*kept);
        BOOST_TEST(got.verdict == verdict::genuine);
        BOOST_TEST(got.id == "delivery-1");
        BOOST_TEST(got.webhook_id == "");
    });
}

BOOST_AUTO_TEST_CASE(row_105_a_new_key_costs_one_fetch_and_no_delivery)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    server.publish(next_key());
    server.hold(true);
    // A hundred deliveries of the new key, and of the old that were on their way.
    std::vector<std::optional<verdict>> got(200);
    for (std::size_t i = 0; i != got.size(); ++i)
        own.start(by(i % 2 == 0 ? next_key() : usual_key()), got[i]);
    own.run_until([&] { return server.requests() == 2; });
    server.hold(false);
    own.run_until(
        [&] { return std::all_of(got.begin(), got.end(), [](auto const& each) { return each.has_value(); }); });
    for (auto const& each : got)
        BOOST_TEST(*each == verdict::genuine);
    BOOST_TEST(server.requests() == 2);
    BOOST_TEST(own.keys->stats().key_changes == 1u);
    BOOST_TEST(own.keys->keys().size() == 2u);
    BOOST_CHECK(own.keys->keys().front() == public_key::from_pem(next_key().public_pem()).value());

    // The old one goes on for an hour.
    own.clock.advance(1h - 1ms);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.clock.advance(1ms);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::signature_mismatch);
    BOOST_TEST(server.requests() == 3, "a mismatch is final only once the keys are confirmed");
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(own.keys->keys().size() == 1u);
}

/// As SECURITY.md says: nothing tells it from a forgery.
BOOST_AUTO_TEST_CASE(a_key_that_the_address_does_not_have_yet_is_a_mismatch)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::signature_mismatch);
    server.publish(next_key());
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
}

BOOST_AUTO_TEST_CASE(row_106_forgeries_cause_two_fetches)
{
    key_server server{usual_key()};
    scene own{server.config()};
    std::map<verdict, int> verdicts;
    for (int i = 0; i != 10'000; ++i)
        ++verdicts[own.verdict_of(forgery())];
    BOOST_TEST(server.requests() == 2, "one for want of a key, one because of a mismatch");
    BOOST_TEST(verdicts[verdict::genuine] == 0);
    BOOST_TEST(verdicts[verdict::signature_mismatch] == 2);
    BOOST_TEST(verdicts[verdict::undecided] == 9'998, "the keys were not confirmed since they came");
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);

    own.clock.advance(10s - 1ms);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 2);
    own.clock.advance(1ms);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::signature_mismatch);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 3);
    own.clock.advance(2s - 1ms);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided, "two do not come at once");
    own.clock.advance(1ms);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::signature_mismatch);
    own.clock.advance(8s - 1ms);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 4);
    auto const stats = own.keys->stats();
    BOOST_TEST(stats.mismatches == 4u);
    BOOST_TEST(stats.undecided == 10'002u);
}

/// Whether a sender gets a delivery through that sends it again three times, a second apart.
bool gets_through(scene& own, std::string const& signature)
{
    for (int attempt = 0; attempt != 4; ++attempt) {
        if (attempt != 0)
            own.clock.advance(1s);
        auto const said = own.verdict_of(signature);
        if (said != verdict::undecided)
            return said == verdict::genuine;
        BOOST_TEST(own.verdict_of(forgery()) != verdict::genuine); // there are always some
    }
    return false;
}

BOOST_AUTO_TEST_CASE(a_key_that_changes_after_a_forgery_loses_nothing)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.clock.advance(10s);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::signature_mismatch);
    server.publish(next_key());
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(gets_through(own, by(next_key())));
    BOOST_TEST(server.requests() == 3);
}

BOOST_AUTO_TEST_CASE(a_key_that_changes_after_two_forgeries_is_noticed_when_the_window_is_over)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.clock.advance(10s);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::signature_mismatch);
    own.clock.advance(2s);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::signature_mismatch);
    server.publish(next_key());
    own.clock.advance(8s - 1ms);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided, "never a mismatch");
    own.clock.advance(1ms);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 4);
}

BOOST_AUTO_TEST_CASE(forgeries_while_the_address_gives_now_one_key_now_another_cause_two_fetches)
{
    for (auto const previous_key_for : {3'600'000ms, 0ms}) { // both are held; or the last alone
        BOOST_TEST_CONTEXT("for " << previous_key_for.count() << " ms")
        {
            key_server server{usual_key()};
            auto config = server.config();
            config.previous_key_for = previous_key_for;
            scene own{config};
            BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
            server.publish(next_key());
            BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
            BOOST_TEST(server.requests() == 2);
            for (int i = 0; i != 5; ++i) { // both are known
                server.publish(i % 2 == 0 ? usual_key() : next_key());
                own.clock.advance(2s - 1ms);
                own.verdict_of(forgery());
                own.clock.advance(1ms);
                own.verdict_of(forgery());
            }
            BOOST_TEST(server.requests() == 4);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_the_user_has_fetched_leaves_deliveries_theirs)
{
    key_server server{usual_key()};
    scene own{server.config()};
    for (int i = 1; i != 4; ++i) {
        bool ended = false;
        net::co_spawn(own.context, own.keys->fetch(), [&](std::exception_ptr, auto const&...) { ended = true; });
        own.run_until([&] { return ended; });
        BOOST_TEST(server.requests() == i);
    }
    server.publish(next_key());
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 4);
}

BOOST_AUTO_TEST_CASE(what_a_cache_has_kept_makes_no_mismatch_final)
{
    key_server server{kept(usual_key(), "1")};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    BOOST_TEST(server.last_request().find("\r\nCache-Control: no-cache\r\n") != std::string::npos);
    BOOST_TEST(server.last_request().find("\r\nAccept-Encoding: identity\r\n") != std::string::npos);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided);
    BOOST_TEST(server.requests() == 2);
    own.clock.advance(10s - 1ms);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 2, "no more than two in ten seconds");
    own.clock.advance(1ms);
    server.say(kept(usual_key(), "0\r\nAge: 1"));
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 3);
    own.clock.advance(10s);
    server.say(kept(next_key(), "3600"));
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine, "a key is a key, however old");
    BOOST_TEST(server.requests() == 4);
    own.clock.advance(2s);
    server.say(kept(next_key(), "0"));
    BOOST_TEST(own.verdict_of(forgery()) == verdict::signature_mismatch);
    BOOST_TEST(server.requests() == 5);
    BOOST_TEST(own.alarms.empty());
}

/// A cache may have kept the last key but one, or the last.
BOOST_AUTO_TEST_CASE(a_new_key_that_a_cache_has_kept_makes_no_mismatch_final)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    server.say(kept(next_key(), "600"));
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 2);
}

BOOST_AUTO_TEST_CASE(a_key_that_a_cache_has_kept_since_before_takes_no_later_ones_place)
{
    key_server server{usual_key()};
    auto config = server.config();
    config.previous_key_for = 0ms;
    scene own{config};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.clock.advance(1min);
    server.publish(next_key());
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    own.clock.advance(1min);
    server.say(kept(usual_key(), "61"));
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 3);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::undecided, "it may be stolen");
    // What the address had after that is another matter.
    own.clock.advance(1min);
    server.say(kept(usual_key(), "119"));
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 4);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided);
}

/// As where this process has begun after the key was replaced.
BOOST_AUTO_TEST_CASE(a_key_never_seen_that_a_cache_has_kept_since_before_takes_no_later_ones_place)
{
    struct row {
        std::chrono::milliseconds previous_key_for;
        std::chrono::milliseconds at;
        bool accepted;
    };
    for (auto const& [previous_key_for, at, accepted] :
         {row{0ms, 1min, false}, row{1h, 1min, true}, row{1h, 1h, false}}) {
        BOOST_TEST_CONTEXT("previous_key_for " << previous_key_for.count() << " ms, at " << at.count() << " ms")
        {
            key_server server{usual_key()};
            auto config = server.config();
            config.previous_key_for = previous_key_for;
            scene own{config};
            BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
            own.clock.advance(at);
            server.say(kept(next_key(), "10000"));
            BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
            BOOST_TEST(server.requests() == 2);
            BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
            BOOST_TEST(own.verdict_of(by(next_key())) == (accepted ? verdict::genuine : verdict::undecided));
            own.clock.advance(1h);
            BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided, "for so long");
            BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
            BOOST_TEST(own.keys->stats().key_changes == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refresh_that_brings_what_a_cache_still_has_is_not_repeated_at_once)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.clock.advance(1min);
    server.publish(next_key());
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    own.clock.advance(12h);
    server.say(kept(usual_key(), "50000"));
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided); // waits for it, and has its own
    BOOST_TEST(own.keys->stats().fetches == 4u);
    for (int i = 0; i != 5; ++i)
        BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(own.keys->stats().fetches == 4u);
    own.clock.advance(1min);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(own.keys->stats().fetches == 5u);
}

BOOST_AUTO_TEST_CASE(a_fetch_that_fails_while_the_key_changes_loses_nothing)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    server.say(http_answer(503, "out of order", "Connection: close\r\n"));
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided);
    BOOST_TEST(server.requests() == 2);
    server.publish(next_key());
    own.clock.advance(999ms);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided);
    BOOST_TEST(server.requests() == 2, "not at once");
    BOOST_TEST(gets_through(own, by(next_key())));
    BOOST_TEST(server.requests() == 3);
}

BOOST_AUTO_TEST_CASE(keys_that_alternate_are_all_accepted)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    for (int i = 0; i != 5; ++i) {
        own.clock.advance(12h);
        auto const& now = i % 2 == 0 ? next_key() : usual_key();
        server.publish(now);
        auto const before = server.requests();
        BOOST_TEST(own.verdict_of(by(i % 2 == 0 ? usual_key() : next_key())) == verdict::genuine, "none waits");
        own.run_until([&] { return own.keys->keys().size() == 2; });
        BOOST_TEST(server.requests() == before + 1);
        BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
        BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    }
    // Many keys one after the other: four are held at most.
    for (int i = 0; i != 6; ++i) {
        auto const another = signing_key::rsa(2048);
        server.publish(another);
        own.clock.advance(60s);
        auto const signature = another.signature_of(body);
        BOOST_TEST(own.verdict_of(signature) == verdict::genuine);
        BOOST_TEST(own.keys->keys().size() <= 4u);
    }
    BOOST_TEST(own.keys->keys().size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_refresh_is_waited_for_by_nobody_and_keeps_an_old_key_while_it_fails)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.clock.advance(12h - 1ms);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.settle();
    BOOST_TEST(server.requests() == 1);
    own.clock.advance(1ms);
    server.hold(true);
    server.say(http_answer(500, "out of order", "Connection: close\r\n"));
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.run_until([&] { return server.requests() == 2; });
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine, "while the fetch is under way");
    server.hold(false);
    own.run_until([&] { return own.alarms.size() == 1; });
    BOOST_TEST(own.alarms.front().what.code() == errc::server_error);
    BOOST_TEST(own.alarms.front().what.http_status() == 500);
    BOOST_REQUIRE(own.alarms.front().key_age.has_value());
    BOOST_TEST(own.alarms.front().key_age->count() == std::chrono::seconds{12h}.count());

    // Down for days: one attempt a minute at most, and only where deliveries come.
    own.clock.advance(59s);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.settle();
    BOOST_TEST(server.requests() == 2);
    own.clock.advance(156h - 59s - 1ms); // a week, less a moment, since it was confirmed
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.run_until([&] { return own.alarms.size() == 2; });
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided, "the keys cannot be confirmed");
    auto const before = server.requests();

    own.clock.advance(5s); // more than a week
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::undecided);
    BOOST_TEST(server.requests() == before + 1);
    BOOST_TEST(!own.alarms.back().key_age.has_value());
    BOOST_TEST(own.keys->keys().empty());
    server.publish(usual_key());
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::undecided, "not before the pause is over");
    own.clock.advance(5s);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
}

BOOST_AUTO_TEST_CASE(without_a_key_attempts_are_apart)
{
    key_server server{http_answer(503, "", "Connection: close\r\n")};
    scene own{server.config()};
    for (int i = 0; i != 100; ++i)
        BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::undecided);
    BOOST_TEST(server.requests() == 1);
    BOOST_TEST(own.alarms.size() == 1u);
    own.clock.advance(5s);
    for (int i = 0; i != 100; ++i)
        BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 2);
    BOOST_TEST(own.keys->stats().failed_fetches == 2u);
}

BOOST_AUTO_TEST_CASE(a_check_waits_so_long_and_the_fetch_goes_on)
{
    key_server server{usual_key()};
    server.hold(true);
    scene own{server.config()};
    std::optional<verdict> first;
    std::optional<verdict> second;
    own.start(by(usual_key()), first);
    own.run_until([&] { return server.requests() == 1; });
    own.clock.advance(1s);
    own.start(by(usual_key()), second);
    own.settle();
    own.clock.advance(1s);
    own.run_until([&] { return first.has_value(); });
    BOOST_TEST(*first == verdict::undecided);
    BOOST_TEST(!second.has_value(), "each has its own time");
    server.hold(false);
    own.run_until([&] { return second.has_value(); });
    BOOST_TEST(*second == verdict::genuine);
    BOOST_TEST(server.requests() == 1);

    // A fetch has its own time too.
    own.clock.advance(12h);
    server.hold(true);
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.run_until([&] { return server.requests() == 2; });
    own.clock.advance(10s);
    own.run_until([&] { return own.alarms.size() == 1; });
    BOOST_TEST(own.alarms.front().what.code() == errc::timed_out);
}

BOOST_AUTO_TEST_CASE(what_does_not_match_waits_for_an_answer_where_few_do_or_it_comes_soon)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    server.hold(true);
    std::array<std::optional<verdict>, 4> patient;
    own.start(forgery(), patient[0]);
    own.run_until([&] { return server.requests() == 2; });
    own.clock.advance(999ms);
    for (std::size_t i = 1; i != patient.size(); ++i)
        own.start(forgery(), patient[i]);
    own.settle();
    std::optional<verdict> another;
    own.start(forgery(), another);
    own.settle();
    BOOST_TEST(!another.has_value());
    own.clock.advance(1ms);
    own.run_until([&] { return another.has_value(); });
    BOOST_TEST(*another == verdict::undecided);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided, "and later ones not at all");
    for (auto const& each : patient)
        BOOST_TEST(!each.has_value());
    own.clock.advance(1s);
    own.run_until([&] { return patient[0].has_value(); });
    BOOST_TEST(*patient[0] == verdict::undecided);
    std::optional<verdict> next;
    own.start(by(next_key()), next); // takes its place
    own.settle();
    BOOST_TEST(!next.has_value());
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::undecided, "many wait again");
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 2);
    // It goes on, and what it brings is used.
    server.publish(next_key());
    server.hold(false);
    own.run_until([&] { return next.has_value(); });
    BOOST_TEST(*next == verdict::genuine);
    BOOST_TEST(own.verdict_of(by(next_key())) == verdict::genuine);
    BOOST_TEST(server.requests() == 2);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_not_followed)
{
    key_server elsewhere{usual_key()};
    key_server server{http_answer(302, "", "Location: " + elsewhere.config().url + "\r\nConnection: close\r\n")};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::undecided);
    BOOST_TEST(own.alarms.front().what.code() == errc::unexpected_redirect);
    BOOST_TEST(elsewhere.requests() == 0);
}

BOOST_AUTO_TEST_CASE(fetch_tells_why_not)
{
    key_server server{http_answer(404, "<title>Nothing here</title>", "Connection: close\r\n")};
    scene own{server.config()};
    auto const fetched = [&] {
        std::optional<result<void>> got;
        net::co_spawn(own.context, own.keys->fetch(), [&](std::exception_ptr thrown, result<void> outcome) {
            BOOST_TEST(!thrown);
            got = outcome;
        });
        own.run_until([&] { return got.has_value(); });
        return *got;
    };
    auto const failed = fetched();
    BOOST_TEST(failed.error().code() == errc::not_found);
    BOOST_TEST(failed.error().message().find("Nothing here") != std::string::npos, failed.error().message());
    server.publish(usual_key());
    BOOST_TEST(fetched().has_value());
    BOOST_TEST(own.keys->keys().size() == 1u);

    server.hold(true);
    std::optional<result<void>> late;
    net::co_spawn(own.context, own.keys->fetch(), [&](std::exception_ptr, result<void> outcome) { late = outcome; });
    own.run_until([&] { return server.requests() == 3; });
    own.clock.advance(2s);
    own.run_until([&] { return late.has_value(); });
    BOOST_TEST(late->error().code() == errc::timed_out);
    own.keys->close();
    BOOST_TEST(fetched().error().code() == errc::client_closed);
}

BOOST_AUTO_TEST_CASE(a_hook_that_throws_harms_nobody)
{
    key_server server{http_answer(500, "", "Connection: close\r\n")};
    auto config = server.config();
    config.on_alarm = [](key_alarm const&) { throw std::runtime_error{"no"}; };
    net::io_context context{1};
    key_store const keys{context, config};
    std::optional<verdict> got;
    net::co_spawn(context, check(keys, body, by(usual_key())), [&](std::exception_ptr thrown, delivery_check result) {
        BOOST_TEST(!thrown);
        got = result.verdict;
    });
    while (!got)
        context.run_one();
    BOOST_TEST(*got == verdict::undecided);
}

BOOST_AUTO_TEST_CASE(pinned_keys_are_never_fetched)
{
    auto const one = public_key::from_pem(usual_key().public_pem()).value();
    auto const two = public_key::from_pem(next_key().public_pem()).value();
    auto const keys = key_store::pinned({one, two});
    test::run([&](net::any_io_executor) -> awaitable<void> {
        auto got = co_await check(keys, body, by(usual_key()));
        BOOST_TEST(got.verdict == verdict::genuine);
        got = co_await check(keys, body, by(next_key()));
        BOOST_TEST(got.verdict == verdict::genuine);
        got = co_await check(keys, body, forgery());
        BOOST_TEST(got.verdict == verdict::signature_mismatch);
        auto const fetched = co_await keys.fetch();
        BOOST_TEST(fetched.has_value());
    });
    BOOST_TEST(keys.keys().size() == 2u);
    BOOST_TEST(keys.stats().fetches == 0u);
    BOOST_CHECK_THROW(static_cast<void>(key_store::pinned({})), rtkhooks::exception);
    BOOST_CHECK_THROW(static_cast<void>(key_store::pinned(std::vector<public_key>(17, one))), rtkhooks::exception);
}

BOOST_AUTO_TEST_CASE(bad_configurations_are_refused_by_name)
{
    struct row {
        std::function<void(key_store_config&)> spoil;
        std::string member;
    };
    std::vector<row> const rows{
        {[](auto& c) { c.url = ""; }, "url"},
        {[](auto& c) { c.url = "https://"; }, "url"},
        {[](auto& c) { c.url = "http://127.0.0.1/keys"; }, "url"},
        {[](auto& c) { c.url = "http://keys.example/", c.insecure_http_loopback = true; }, "url"},
        {[](auto& c) { c.user_agent = "a\r\nb"; }, "user_agent"},
        {[](auto& c) { c.refresh_after = 0ms; }, "refresh_after"},
        {[](auto& c) { c.refresh_after = c.max_age + 1ms; }, "refresh_after"},
        {[](auto& c) { c.max_age = 0ms; }, "max_age"},
        {[](auto& c) { c.max_age = std::chrono::milliseconds::max(); }, "max_age"},
        {[](auto& c) { c.refetch_interval = 0ms; }, "refetch_interval"},
        {[](auto& c) { c.refetch_window = c.refetch_interval - 1ms; }, "refetch_window"},
        {[](auto& c) { c.retry_interval = -1ms; }, "retry_interval"},
        {[](auto& c) { c.previous_key_for = c.max_age + 1ms; }, "previous_key_for"},
        {[](auto& c) { c.previous_key_for = -1ms; }, "previous_key_for"},
        {[](auto& c) { c.timeouts.check = 0ms; }, "timeouts.check"},
        {[](auto& c) { c.timeouts.fetch = 0ms; }, "timeouts.fetch"},
        {[](auto& c) { c.timeouts.connect = 0ms; }, "timeouts.connect"},
        {[](auto& c) { c.timeouts.tls_handshake = 0ms; }, "timeouts.tls_handshake"},
        {[](auto& c) { c.body_bytes = 1023; }, "body_bytes"},
        {[](auto& c) { c.body_bytes = 2 * 1024 * 1024; }, "body_bytes"},
        {[](auto& c) { c.tls.ca_file = "/nowhere/ca.pem"; }, "tls.ca_file"},
        {[](auto& c) { c.resolve.emplace_back("a.example", std::uint16_t{443}, "nowhere"); }, "resolve"},
    };
    net::io_context context;
    for (auto const& each : rows) {
        key_store_config config;
        each.spoil(config);
        BOOST_CHECK_EXCEPTION(key_store(context, config), rtkhooks::exception, [&](rtkhooks::exception const& thrown) {
            BOOST_TEST_CONTEXT(thrown.what())
            {
                BOOST_TEST(thrown.error().code() == errc::invalid_argument);
                BOOST_TEST(std::string{thrown.what()}.find(each.member) != std::string::npos);
            }
            return true;
        });
    }
    key_store const fine{context, key_store_config{}};
    BOOST_TEST(fine.keys().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(key_store_lifetime)

BOOST_AUTO_TEST_CASE(one_that_is_cancelled_leaves_the_others_waiting)
{
    key_server server{usual_key()};
    server.hold(true);
    scene own{server.config()};
    net::cancellation_signal signal;
    std::optional<verdict> cancelled;
    std::optional<verdict> other;
    net::co_spawn(own.context, check(*own.keys, body, by(usual_key())),
                  net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown, delivery_check got) {
                      BOOST_TEST(!thrown);
                      cancelled = got.verdict;
                  }));
    own.start(by(usual_key()), other);
    own.run_until([&] { return server.requests() == 1; });
    signal.emit(net::cancellation_type::terminal);
    own.run_until([&] { return cancelled.has_value(); });
    BOOST_TEST(*cancelled == verdict::undecided);
    BOOST_TEST(!other.has_value());
    server.hold(false);
    own.run_until([&] { return other.has_value(); });
    BOOST_TEST(*other == verdict::genuine);
    BOOST_TEST(server.requests() == 1);
}

/// Where it would have to wait for one more, and is on another context than the fetch.
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_while_a_fetch_lands_has_no_other_begun)
{
    key_server server{usual_key()};
    server.hold(true);
    scene own{server.config()};
    net::io_context callers{1};
    net::cancellation_signal signal;
    std::optional<verdict> first;
    std::optional<verdict> cancelled;
    own.start(by(usual_key()), first);
    own.run_until([&] { return server.requests() == 1; });
    net::co_spawn(callers, check(*own.keys, body, forgery()),
                  net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown, delivery_check const& got) {
                      BOOST_TEST(!thrown);
                      cancelled = got.verdict;
                  }));
    callers.poll();
    net::post(callers, [&] { signal.emit(net::cancellation_type::terminal); }); // which is done in turn, below
    server.hold(false);
    own.run_until([&] { return first.has_value(); });
    BOOST_TEST(*first == verdict::genuine);
    BOOST_TEST_REQUIRE(!cancelled.has_value());
    callers.restart();
    callers.poll();
    BOOST_TEST_REQUIRE(cancelled.has_value());
    BOOST_TEST(*cancelled == verdict::undecided);
    BOOST_TEST(own.keys->stats().fetches == 1u);
}

/// As one that cleans up after a cancellation is.
BOOST_AUTO_TEST_CASE(one_whose_caller_was_cancelled_before_waits_like_any_other)
{
    key_server server{usual_key()};
    scene own{server.config()};
    net::cancellation_signal signal;
    std::optional<verdict> got;
    auto const cancelled_first = [&]() -> awaitable<void> {
        co_await net::this_coro::throw_if_cancelled(false);
        signal.emit(net::cancellation_type::terminal);
        auto const result = co_await check(*own.keys, body, by(usual_key()));
        got = result.verdict;
    };
    net::co_spawn(own.context, cancelled_first(),
                  net::bind_cancellation_slot(signal.slot(), [](std::exception_ptr thrown) { BOOST_TEST(!thrown); }));
    own.run_until([&] { return got.has_value(); });
    BOOST_TEST(*got == verdict::genuine);
    BOOST_TEST(server.requests() == 1);
}

BOOST_AUTO_TEST_CASE(closing_and_the_end_of_the_last_copy_end_what_waits)
{
    for (bool const closes : {true, false}) {
        key_server server{usual_key()};
        server.hold(true);
        scene own{server.config()};
        std::optional<key_store> copy{*own.keys};
        std::optional<verdict> got;
        own.start(by(usual_key()), got);
        own.run_until([&] { return server.requests() == 1; });
        own.keys.reset();
        own.settle();
        BOOST_TEST(!got.has_value(), "a copy is left");
        if (closes)
            copy->close();
        else
            copy.reset();
        own.run_until([&] { return got.has_value(); });
        BOOST_TEST(*got == verdict::undecided);
        BOOST_TEST(own.alarms.empty());
        if (copy) {
            own.keys = copy;
            BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::undecided);
            copy->close();
        }
        own.keys.reset();
        copy.reset();
        own.context.restart();
        own.context.run(); // nothing keeps it going
    }
}

BOOST_AUTO_TEST_CASE(a_closed_store_decides_with_what_it_has)
{
    key_server server{usual_key()};
    scene own{server.config()};
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    own.keys->close();
    BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
    BOOST_TEST(own.verdict_of(forgery()) == verdict::undecided);
    BOOST_TEST(server.requests() == 1);
}

namespace {

enum class end { cancelled, destroyed };

/// Ends a check after so many handlers have run.
/// @return whether it was over before
bool end_after(int handlers, end how, bool rotated, key_server& server)
{
    scene own{server.config()};
    if (rotated) {
        server.publish(usual_key());
        BOOST_TEST(own.verdict_of(by(usual_key())) == verdict::genuine);
        server.publish(next_key());
    }
    net::io_context context{1}; // the caller's own
    net::cancellation_signal signal;
    std::optional<verdict> got;
    net::co_spawn(context, check(*own.keys, body, by(rotated ? next_key() : usual_key())),
                  net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, delivery_check result) {
                      BOOST_TEST(!got.has_value(), "once");
                      got = result.verdict;
                  }));
    own.context.restart();
    context.poll_one(); // Asio itself may throw, out of poll(), where a coroutine is cancelled before it begins
    for (int i = 0; i != handlers && !got; ++i) {
        context.poll_one();
        own.context.poll_one();
        std::this_thread::yield();
    }
    bool const over = got.has_value();
    if (how == end::cancelled)
        signal.emit(net::cancellation_type::total | net::cancellation_type::terminal);
    else
        own.keys.reset();
    own.run_until([&] {
        context.restart();
        context.poll();
        return got.has_value();
    });
    own.keys.reset();
    return over;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_check_may_end_at_any_moment)
{
    key_server server{usual_key()};
    for (auto const how : {end::cancelled, end::destroyed}) {
        for (bool const rotated : {false, true}) {
            int handlers = 0;
            while (!end_after(handlers, how, rotated, server) && handlers < 10'000)
                handlers += handlers < 40 ? 1 : handlers / 4;
            BOOST_TEST(handlers > 3);
            server.publish(usual_key());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_context_may_be_destroyed_with_checks_under_way)
{
    for (bool const store_first : {true, false}) {
        for (int steps = 0; steps != 40; ++steps) {
            key_server server{usual_key()};
            server.hold(steps % 3 == 0);
            std::optional<net::io_context> context{std::in_place, 1};
            std::optional<key_store> keys{std::in_place, *context, server.config()};
            for (int i = 0; i != 3; ++i)
                net::co_spawn(*context, check(*keys, body, by(usual_key())), net::detached);
            for (int i = 0; i != steps; ++i)
                context->run_one_for(1ms);
            if (store_first)
                keys.reset();
            context.reset();
        }
    }
}

BOOST_AUTO_TEST_CASE(the_stores_own_context_may_go_first)
{
    for (bool const strand : {false, true}) {
        for (int steps = 0; steps != 30; ++steps) {
            key_server server{usual_key()};
            server.hold(steps % 2 == 0);
            net::io_context callers{1};
            std::optional<net::io_context> context{std::in_place, 1};
            net::any_io_executor executor = context->get_executor();
            if (strand)
                executor = net::make_strand(*context);
            std::optional<key_store> keys{std::in_place, executor, server.config()};
            executor = {};
            std::vector<std::optional<verdict>> got(3);
            for (auto& each : got)
                net::co_spawn(callers, check(*keys, body, by(usual_key())),
                              [&each](std::exception_ptr, delivery_check result) { each = result.verdict; });
            for (int i = 0; i != steps; ++i) {
                callers.poll_one();
                context->poll_one();
            }
            context.reset();
            callers.restart();
            callers.run();
            for (auto const& each : got)
                BOOST_REQUIRE(each.has_value());
            std::optional<verdict> later;
            net::co_spawn(callers, check(*keys, body, by(usual_key())),
                          [&](std::exception_ptr, delivery_check result) { later = result.verdict; });
            callers.restart();
            callers.run();
            BOOST_REQUIRE(later.has_value());
            BOOST_TEST((*later == verdict::undecided || *later == verdict::genuine));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(key_store_threads, *boost::unit_test::label("concurrency"))

BOOST_AUTO_TEST_CASE(keys_that_change_under_load_lose_no_delivery)
{
    key_server server{usual_key()};
    auto config = server.config();
    config.refetch_interval = 1ms;
    config.retry_interval = 1ms;
    config.timeouts.check = 20s;
    net::io_context context{4};
    auto const work = net::make_work_guard(context);
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
        threads.emplace_back([&] { context.run(); });
    {
        key_store const keys{context, config};
        std::atomic<bool> rotating = false;
        std::atomic<bool> rotated = false;
        std::atomic<int> genuine = 0;
        std::atomic<int> lost = 0;
        std::atomic<int> left = 8;
        std::string const old_signature = by(usual_key());
        std::string const new_signature = by(next_key());
        auto const load = [&]() -> awaitable<void> {
            auto const executor = co_await net::this_coro::executor;
            for (int i = 0; i != 300; ++i) {
                if (i == 100 && !rotating.exchange(true)) {
                    server.publish(next_key()); // before it is used
                    rotated = true;
                }
                std::string const& signature = rotated ? new_signature : old_signature;
                // As RealtimeKit does after 503, it is sent again, and a few times in all: what stays undecided is lost.
                auto what = verdict::undecided;
                for (int attempt = 0; attempt != 4 && what == verdict::undecided; ++attempt) {
                    if (attempt != 0) {
                        net::steady_timer pause{executor, 1s};
                        co_await pause.async_wait(net::use_awaitable);
                    }
                    auto const got = co_await check(keys, body, signature);
                    what = got.verdict;
                }
                ++(what == verdict::genuine ? genuine : lost);
            }
            --left;
        };
        for (int i = 0; i != 8; ++i)
            net::co_spawn(net::make_strand(context), load, net::detached);
        while (left != 0)
            std::this_thread::yield();
        BOOST_TEST(lost == 0);
        BOOST_TEST(genuine == 8 * 300);
        BOOST_TEST(server.requests() <= 10);
    }
    context.stop();
    for (auto& each : threads)
        each.join();
}

BOOST_AUTO_TEST_SUITE_END()
