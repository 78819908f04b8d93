// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/manual_clock.hpp"
#include "integration/unreachable.hpp"
#include "transport/pool.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// The client's own pace (F15): turns in order, on a clock that the test turns, and by the server's word where it has less.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::good_answer;
using test::http_answer;
using test::manual_clock;
using test::scripted_server;
namespace net = boost::asio;
namespace responses = test::responses;

namespace {

/// A server that answers as told and notes who came, and a client that keeps a pace.
class paced_scene {
public:
    explicit paced_scene(std::vector<std::string> answers = {})
        : answers_{std::move(answers)},
          server{[this](scripted_server::session& connection) { serve(connection); }},
          config{server.config()}
    {
        config.rate_limit.enabled = true;
        config.rate_limit.requests = 2;
        config.rate_limit.window = 10s;
        config.pool.max_connections = 1;
    }

    [[nodiscard]] client make(net::any_io_executor const& executor) const
    {
        detail::environment world;
        world.make_clock = clock.factory();
        return detail::client_access::make(executor, config, std::move(world));
    }

    [[nodiscard]] std::string arrived()
    {
        std::lock_guard const lock{mutex_};
        return arrived_;
    }

private:
    void serve(scripted_server::session& connection)
    {
        descriptor = connection.descriptor();
        for (;;) {
            auto const request = connection.read_request();
            auto const marker = request.find("X-Marker: ");
            char const letter = marker == request.npos ? '.' : request[marker + 10];
            std::string answer = good_answer;
            {
                std::lock_guard const lock{mutex_};
                arrived_ += letter;
                if (!answers_.empty()) {
                    answer = answers_.front();
                    answers_.erase(answers_.begin());
                }
            }
            for (auto const patience = std::chrono::steady_clock::now() + 20s;
                 (hold || held == letter) && std::chrono::steady_clock::now() < patience;)
                std::this_thread::yield();
            connection.send(answer);
        }
    }

    std::mutex mutex_;
    std::string arrived_;
    std::vector<std::string> answers_; // to the first requests; a good one to the others

public:
    std::atomic<bool> hold = false;   ///< whether answers have to wait
    std::atomic<char> held = '-';     ///< whose answer has to wait
    std::atomic<int> descriptor = -1; ///< of the server's last connection
    manual_clock clock;
    scripted_server server;
    client_config config;
};

std::string with_fields(std::string_view fields) { return http_answer(200, responses::webhook, fields); }

/// Calls that are marked by a letter each, and what became of them.
class calls {
public:
    calls(net::any_io_executor executor, client& api)
        : executor_{std::move(executor)}, hooks_{api.webhooks(test::account, test::app)}
    {
    }

    void start(std::string_view markers, std::chrono::milliseconds timeout = 60s)
    {
        for (char const marker : markers) {
            auto& made = *all_.emplace_back(std::make_unique<entry>());
            auto options = call_options{}.timeout(timeout).header("X-Marker", {marker});
            net::co_spawn(executor_, test::get_into(hooks_, made.outcome, std::move(options)),
                          net::bind_cancellation_slot(made.signal.slot(), net::detached));
        }
    }
    void cancel(std::size_t which) { all_[which]->signal.emit(net::cancellation_type::terminal); }
    [[nodiscard]] std::optional<result<webhook>> const& outcome(std::size_t which) const
    {
        return all_[which]->outcome;
    }
    [[nodiscard]] std::size_t ended() const
    {
        std::size_t count = 0;
        for (auto const& each : all_)
            count += each->outcome ? 1U : 0U;
        return count;
    }

private:
    struct entry {
        std::optional<result<webhook>> outcome;
        net::cancellation_signal signal;
    };
    net::any_io_executor executor_;
    webhook_collection hooks_;
    std::vector<std::unique_ptr<entry>> all_;
};

void is_without_turn(std::optional<result<webhook>> const& outcome, std::chrono::seconds wait)
{
    BOOST_TEST_REQUIRE((outcome && outcome->has_error()));
    auto const& failure = outcome->error();
    BOOST_TEST_INFO(failure);
    BOOST_TEST(failure.code() == make_error_code(errc::rate_limited));
    BOOST_TEST(failure.phase() == phase::rate_limit);
    BOOST_TEST(failure.request_state() == request_state::unsent);
    BOOST_TEST(failure.attempts() == 0);
    BOOST_TEST((failure.retry_after() == wait));
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_pace)

BOOST_AUTO_TEST_CASE(turns_are_given_in_order_and_in_time)
{
    paced_scene stage;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("abcdef");
        co_await test::until([&] { return made.ended() == 2 && api.stats().pacing == 4; });
        stage.clock.advance(9999ms);
        for (int i = 0; i != 50; ++i)
            co_await net::post(executor, net::use_awaitable);
        BOOST_TEST(api.stats().pacing == 4u);
        stage.clock.advance(1ms);
        co_await test::until([&] { return made.ended() == 4; });
        BOOST_TEST(api.stats().pacing == 2u);
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 6; });
        BOOST_TEST(stage.arrived() == "abcdef");
        for (std::size_t i = 0; i != 6; ++i)
            BOOST_TEST(made.outcome(i)->has_value());
    });
}

BOOST_AUTO_TEST_CASE(who_can_have_no_turn_in_time_is_told_at_once)
{
    paced_scene stage;
    stage.config.retry.max_retries = 2; // not of this
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("ab");
        co_await test::until([&] { return made.ended() == 2; });
        made.start("c", 10s); // its turn comes when its time is over
        made.start("d", 10001ms);
        made.start("e", 10001ms);
        made.start("f", 20s);
        co_await test::until([&] { return made.ended() == 4; });
        is_without_turn(made.outcome(2), 10s);
        is_without_turn(made.outcome(5), 20s);
        BOOST_TEST(api.stats().pacing == 2u);
        BOOST_TEST(api.stats().retries == 0U);
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 6; });
        BOOST_TEST(stage.arrived() == "abde");
    });
}

/// What the wait for a turn took is not given again to what comes after it.
BOOST_AUTO_TEST_CASE(waiting_for_a_turn_counts_toward_the_deadline)
{
    paced_scene stage;
    stage.config.rate_limit.requests = 1;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        stage.hold = true;
        made.start("b", 12s);
        co_await test::until([&] { return api.stats().pacing == 1; });
        stage.clock.advance(10s);
        co_await test::until([&] { return stage.arrived() == "ab"; });
        stage.clock.advance(2s);
        co_await test::until([&] { return made.ended() == 2; });
        BOOST_TEST_REQUIRE(made.outcome(1)->has_error());
        auto const& failure = made.outcome(1)->error();
        BOOST_TEST((failure.code() == errc::timed_out), failure);
        BOOST_TEST((failure.phase() == phase::read_header), failure);
        BOOST_TEST(failure.request_state() == request_state::unknown, failure);
        stage.hold = false;
    });
}

BOOST_AUTO_TEST_CASE(one_that_is_cancelled_leaves_its_turn_to_the_next)
{
    paced_scene stage;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("abcdef");
        co_await test::until([&] { return made.ended() == 2 && api.stats().pacing == 4; });
        made.cancel(2);
        made.cancel(4);
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.clock.advance(10s);
        co_await test::until([&] { return made.outcome(5).has_value(); });
        BOOST_TEST(stage.arrived() == "abdf");
        BOOST_TEST(api.stats().pacing == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_turn_counts_from_when_the_request_goes_out)
{
    paced_scene stage;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("ab"); // two turns, one connection
        co_await test::until([&] { return stage.arrived() == "a" && api.stats().waiting == 1; });
        stage.clock.advance(8s);
        stage.hold = false;
        co_await test::until([&] { return made.ended() == 2; });
        made.start("cd");
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.clock.advance(2s);
        co_await test::until([&] { return made.ended() == 3; });
        BOOST_TEST(stage.arrived() == "abc");
        BOOST_TEST(api.stats().pacing == 1u, "b went out at 8 s");
        stage.clock.advance(8s - 1ms);
        for (int i = 0; i != 50; ++i)
            co_await net::post(executor, net::use_awaitable);
        BOOST_TEST(api.stats().pacing == 1u);
        stage.clock.advance(1ms);
        co_await test::until([&] { return made.ended() == 4; });
        BOOST_TEST(stage.arrived() == "abcd");
    });
}

BOOST_AUTO_TEST_CASE(who_would_wait_longer_than_was_foreseen_is_told_at_once)
{
    paced_scene stage;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("ab"); // two turns, one connection
        co_await test::until([&] { return stage.arrived() == "a" && api.stats().waiting == 1; });
        made.start("c");
        made.start("d", 12s); // both could have their turns at 10 s
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.clock.advance(8s);
        stage.hold = false;
        co_await test::until([&] { return made.ended() == 3; }); // b went out only now
        is_without_turn(made.outcome(3), 10s);
        BOOST_TEST(api.stats().pacing == 1u);
        stage.clock.advance(2s);
        co_await test::until([&] { return made.ended() == 4; });
        BOOST_TEST(stage.arrived() == "abc");
    });
}

BOOST_AUTO_TEST_CASE(nobody_has_a_turn_before_those_ahead)
{
    paced_scene stage;
    stage.config.rate_limit.requests = 3;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("abc"); // three turns, one connection
        co_await test::until([&] { return stage.arrived() == "a" && api.stats().waiting == 2; });
        made.start("de");
        made.start("f", 12s); // all could have their turns at 10 s
        co_await test::until([&] { return api.stats().pacing == 3; });
        stage.clock.advance(8s);
        stage.held = 'b';
        stage.hold = false;
        co_await test::until([&] { return stage.arrived() == "ab" && made.ended() == 2; });
        is_without_turn(made.outcome(5), 10s); // b's turn counts from now on, so e has to wait for it, and f for e
        stage.held = '-';
        co_await test::until([&] { return made.ended() == 4; });
        stage.clock.advance(2s);
        co_await test::until([&] { return made.ended() == 5; });
        stage.clock.advance(8s);
        co_await test::until([&] { return made.ended() == 6; });
        BOOST_TEST(stage.arrived() == "abcde");
    });
}

/// The same for who comes when turns have moved already.
BOOST_AUTO_TEST_CASE(nor_where_turns_were_used_late_before)
{
    paced_scene stage;
    stage.config.rate_limit.requests = 3;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("abc"); // three turns, one connection
        co_await test::until([&] { return stage.arrived() == "a" && api.stats().waiting == 2; });
        stage.clock.advance(8s);
        stage.held = 'b';
        stage.hold = false;
        co_await test::until([&] { return stage.arrived() == "ab" && made.ended() == 1; });
        made.start("de");    // both at 10 s
        made.start("f", 5s); // at 18 s, as b went out now
        co_await test::until([&] { return made.ended() == 2; });
        is_without_turn(made.outcome(5), 10s);
        made.cancel(4);
        co_await test::until([&] { return made.ended() == 3; });
        made.start("g", 5s); // in e's place
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.held = '-'; // c goes out now, too
        co_await test::until([&] { return made.ended() == 6; });
        is_without_turn(made.outcome(6), 10s);
        stage.clock.advance(2s);
        co_await test::until([&] { return made.outcome(3).has_value(); });
        BOOST_TEST(made.outcome(3)->has_value());
    });
}

BOOST_AUTO_TEST_CASE(an_attempt_that_sends_nothing_takes_no_turn)
{
    paced_scene stage;
    test::closed_port const nobody;
    std::atomic<std::uint16_t> port = nobody.number();
    stage.config.resolve.clear();
    stage.config.rate_limit.window = 1h;
    detail::environment world;
    world.make_clock = stage.clock.factory();
    world.lookup = [&](auto const&, auto) {
        return transport::lookup_result{std::vector{test::at("127.0.0.1", port)}};
    };
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, stage.config, std::move(world));
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != 5; ++i) {
            auto const refused = co_await hooks.get(test::some_id);
            BOOST_TEST_REQUIRE(refused.has_error());
            BOOST_TEST((refused.error().code() == errc::connect_failed), refused.error());
        }
        port = stage.server.port();
        stage.clock.advance(31s); // the look-up is made again
        for (int i = 0; i != 2; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST_INFO((got.has_error() ? got.error() : error{}));
            BOOST_TEST(got.has_value());
        }
        auto const third = co_await hooks.get(test::some_id);
        BOOST_TEST_REQUIRE(third.has_error());
        BOOST_TEST((third.error().code() == errc::rate_limited), "those did");
    });
}

/// Nor does it keep one from the attempt that takes its place.
BOOST_AUTO_TEST_CASE(an_attempt_that_sent_nothing_leaves_its_turn_to_the_next)
{
    paced_scene stage;
    test::closed_port const nobody;
    stage.config.resolve.clear();
    stage.config.rate_limit.requests = 1;
    stage.config.rate_limit.window = 1h;
    stage.config.retry.max_retries = 1;
    detail::environment world;
    world.make_clock = stage.clock.factory();
    world.lookup = [&](auto const&, auto) {
        return transport::lookup_result{std::vector{test::at("127.0.0.1", nobody.number())}};
    };
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, stage.config, std::move(world));
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1 || api.stats().retries == 1; });
        BOOST_TEST(made.ended() == 0U);
        stage.clock.advance(1s);
        co_await test::until([&] { return made.ended() == 1; });
        BOOST_TEST((made.outcome(0)->error().code() == errc::connect_failed), made.outcome(0)->error());
        BOOST_TEST(made.outcome(0)->error().attempts() == 2);
    });
}

BOOST_AUTO_TEST_CASE(nor_does_one_that_gets_no_connection)
{
    paced_scene stage;
    stage.config.rate_limit.window = 1h;
    stage.config.pool.max_waiting = 1;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return stage.arrived() == "a"; });
        for (std::size_t i = 1; i != 5; ++i) { // gets a turn, and waits for the connection
            made.start("b");
            co_await test::until([&] { return api.stats().waiting == 1; });
            made.cancel(i);
            co_await test::until([&] { return made.ended() == i; });
        }
        made.start("c");
        co_await test::until([&] { return api.stats().waiting == 1; });
        made.start("d", 1s);
        co_await test::until([&] { return made.outcome(6).has_value(); });
        is_without_turn(made.outcome(6), 3600s);
        stage.hold = false;
        co_await test::until([&] { return made.ended() == 7; });
        BOOST_TEST(made.outcome(5)->has_value());
        BOOST_TEST(stage.arrived() == "ac");
    });
}

/// Its connection turns out to be dead, and it goes on over another in its place.
BOOST_AUTO_TEST_CASE(an_attempt_that_is_replaced_keeps_its_turn)
{
    paced_scene stage;
    stage.config.retry.replace_dead_connections = false; // which is about what was sent
    stage.config.rate_limit.requests = 1;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        bool created = false;
        // Such a request is not sent before its connection was looked at.
        auto const create = [&]() -> awaitable<void> {
            auto const hooks = api.webhooks(test::account, test::app);
            webhook_spec const spec{"name", "https://example.com/", event_set::all()};
            auto options = call_options{}.header("X-Marker", "b");
            auto const got = co_await hooks.create(spec, std::move(options));
            BOOST_TEST(got.has_value());
            created = true;
        };
        net::co_spawn(executor, create(), net::detached);
        co_await test::until([&] { return api.stats().pacing == 1; });
        made.start("c");
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.clock.advance(10s);
        co_await net::post(executor, net::use_awaitable); // b has its turn, and is to be resumed after this
        ::shutdown(stage.descriptor, SHUT_WR);
        co_await test::until([&] { return created || made.ended() == 2; });
        BOOST_TEST(created);
        BOOST_TEST(stage.arrived() == "ab");
        BOOST_TEST(api.stats().pacing == 1U);
        BOOST_TEST(api.stats().retries == 1U);
        stage.clock.advance(10s);
        co_await test::until([&] { return created && made.ended() == 2; });
        BOOST_TEST(stage.arrived() == "abc");
    });
}

/// That nobody may wait for a connection is not for those whose connection is replaced, behind another's turn as they are.
BOOST_AUTO_TEST_CASE(an_attempt_that_is_replaced_may_wait)
{
    paced_scene stage;
    stage.config.pool.max_waiting = 0;
    stage.held = 'b';
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        made.start("b");
        co_await test::until([&] { return stage.arrived() == "ab"; });
        made.start("c");
        co_await test::until([&] { return api.stats().pacing == 1; });
        ::shutdown(stage.descriptor, SHUT_WR);
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.held = '-';
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 3; });
        BOOST_TEST(made.outcome(1)->has_value(), (made.outcome(1)->has_error() ? made.outcome(1)->error() : error{}));
        BOOST_TEST(made.outcome(2)->has_value());
        BOOST_TEST(stage.arrived() == "abcb");
    });
}

/// Nor is it for a webhook that is read again after a change.
BOOST_AUTO_TEST_CASE(reading_again_may_wait)
{
    paced_scene stage{{good_answer, http_answer(200, responses::data_with_id_alone)}};
    stage.config.pool.max_waiting = 0;
    stage.held = 'b';
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        std::optional<result<webhook>> replaced;
        auto const replace = [&]() -> awaitable<void> {
            auto const hooks = api.webhooks(test::account, test::app);
            webhook_spec const spec{"name", "https://example.com/", event_set::all()};
            auto got = co_await hooks.replace(test::some_id, spec, call_options{}.header("X-Marker", "b"));
            replaced = std::move(got);
        };
        net::co_spawn(executor, replace(), net::detached);
        co_await test::until([&] { return stage.arrived() == "ab"; });
        made.start("c");
        co_await test::until([&] { return api.stats().pacing == 1; });
        stage.held = 'c';
        co_await test::until([&] { return api.stats().pacing == 2; });
        stage.clock.advance(10s); // c has the connection now, and b wants it
        co_await test::until([&] { return stage.arrived() == "abc" && api.stats().pacing == 0; });
        stage.held = '-';
        co_await test::until([&] { return replaced && made.ended() == 2; });
        BOOST_TEST(replaced->has_value(), (replaced->has_error() ? replaced->error() : error{}));
        BOOST_TEST(stage.arrived() == "abcb");
    });
}

/// Who waits is looked through now and then, and not for each request that goes out.
BOOST_AUTO_TEST_CASE(turns_that_move_one_after_another)
{
    paced_scene stage;
    stage.config.rate_limit.requests = 3;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("abc");
        co_await test::until([&] { return stage.arrived() == "a" && api.stats().waiting == 2; });
        made.start("de");
        made.start("f", 18001ms);
        co_await test::until([&] { return api.stats().pacing == 3; });
        stage.clock.advance(8s);
        stage.held = 'b';
        stage.hold = false;
        co_await test::until([&] { return stage.arrived() == "ab" && made.ended() == 1; });
        BOOST_TEST(api.stats().pacing == 3u, "f's turn is at 18 s");
        stage.clock.advance(50ms);
        stage.held = '-';
        co_await test::until([&] { return made.ended() == 3; });
        BOOST_TEST(api.stats().pacing == 3u, "at 18050 ms, and nobody has looked yet");
        stage.clock.advance(50ms);
        co_await test::until([&] { return made.ended() == 4; });
        is_without_turn(made.outcome(5), 10s);
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 6; });
        BOOST_TEST(stage.arrived() == "abcde");
    });
}

/// A refusal is about all calls: another's answer does not end the pause, whichever comes first.
BOOST_AUTO_TEST_CASE(a_pause_that_is_asked_for_outlasts_anothers_answer)
{
    for (char const first : {'a', 'b'}) {
        BOOST_TEST_CONTEXT(first << " is answered first")
        {
            paced_scene stage{
                {http_answer(429, "", "Retry-After: 30\r\n"), with_fields("Ratelimit: \"default\";r=1100;t=200\r\n")}};
            stage.config.rate_limit.requests = 1000;
            stage.config.pool.max_connections = 2;
            stage.hold = true;
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                auto api = stage.make(executor);
                calls made{executor, api};
                made.start("a"); // is refused
                co_await test::until([&] { return stage.arrived() == "a"; });
                made.start("b");
                co_await test::until([&] { return stage.arrived() == "ab"; });
                stage.held = first == 'a' ? 'b' : 'a';
                stage.hold = false;
                co_await test::until([&] { return made.ended() == 1; });
                stage.held = '-';
                co_await test::until([&] { return made.ended() == 2; });
                BOOST_TEST(made.outcome(0)->has_error());
                BOOST_TEST(made.outcome(1)->has_value());
                made.start("c", 30s);
                co_await test::until([&] { return made.ended() == 3; });
                is_without_turn(made.outcome(2), 30s);
                made.start("d");
                co_await test::until([&] { return api.stats().pacing == 1; });
                stage.clock.advance(30s);
                co_await test::until([&] { return made.ended() == 4; });
                BOOST_TEST(stage.arrived() == "abd");
            });
        }
    }
}

/// Nor are calls made any more that have a turn, and only wait for a connection.
BOOST_AUTO_TEST_CASE(a_pause_that_is_asked_for_is_for_all_that_is_not_sent)
{
    paced_scene stage{{http_answer(429, "", "Retry-After: 5\r\n")}};
    stage.config.rate_limit.requests = 1000;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return stage.arrived() == "a"; });
        made.start("bc");
        made.start("d", 3s);
        made.start("e");
        co_await test::until([&] { return api.stats().waiting == 4; });
        stage.hold = false;
        co_await test::until([&] { return made.ended() == 2; }); // a, and d, which is told at once
        is_without_turn(made.outcome(3), 5s);
        BOOST_TEST(api.stats().pacing == 3U);
        BOOST_TEST(api.stats().waiting == 0U);
        made.start("f");
        co_await test::until([&] { return api.stats().pacing == 4; });
        stage.clock.advance(4999ms);
        for (int i = 0; i != 100; ++i)
            co_await net::post(executor, net::use_awaitable);
        BOOST_TEST(stage.arrived() == "a");
        stage.clock.advance(1ms);
        co_await test::until([&] { return made.ended() == 6; });
        BOOST_TEST(stage.arrived() == "abcef", "in their order");
        BOOST_TEST(api.stats().opened == 1U);
    });
}

/// It has its turn and has not looked for a connection yet.
BOOST_AUTO_TEST_CASE(a_pause_is_also_for_who_is_about_to_be_sent)
{
    manual_clock const clock;
    net::io_context context{1};
    transport::pool_settings settings;
    settings.make_clock = clock.factory();
    auto const pool = transport::pool::make(context.get_executor(), std::move(settings));
    {
        auto const deadline = pool->now() + 60s;
        transport::operation refused{pool};
        transport::operation first{pool};
        transport::operation second{pool};
        for (auto* const each : {&refused, &first, &second})
            BOOST_TEST(pool->pace(*each, deadline, false));
        pool->correct_pace(refused, {}, 5s);
        BOOST_TEST(!pool->acquire(first, deadline, false));
        BOOST_TEST(!pool->acquire(second, deadline, false));
        BOOST_TEST(pool->stats().pacing == 2U);
        BOOST_TEST(pool->stats().connecting == 0U);
        clock.advance(5s);
        context.poll();
        BOOST_TEST(pool->stats().pacing == 0U);
        BOOST_TEST((!first.failed && !second.failed));
    }
    pool->close_now();
}

/// What the server says is left is for the first of them.
BOOST_AUTO_TEST_CASE(turns_that_the_server_does_not_have_are_taken_back)
{
    paced_scene stage{{with_fields("Ratelimit: \"default\";r=2;t=10\r\n")}};
    stage.config.rate_limit.requests = 1000;
    stage.hold = true;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return stage.arrived() == "a"; });
        made.start("bcde");
        co_await test::until([&] { return api.stats().waiting == 4; });
        stage.hold = false;
        co_await test::until([&] { return made.ended() == 3; });
        BOOST_TEST(stage.arrived() == "abc");
        BOOST_TEST(api.stats().pacing == 2U);
        made.cancel(3);
        co_await test::until([&] { return made.ended() == 4; });
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 5; });
        BOOST_TEST(stage.arrived() == "abce");
    });
}

BOOST_AUTO_TEST_CASE(a_turn_that_nobody_waits_for_keeps_no_context_running)
{
    paced_scene stage{{with_fields("Ratelimit: \"default\";r=0;t=3000\r\n")}};
    stage.config.pool.idle_timeout = 60s;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        made.start("b", 2h);
        co_await test::until([&] { return api.stats().pacing == 1; });
        made.cancel(1);
        co_await test::until([&] { return made.ended() == 2; });
        stage.clock.advance(60s);
        co_await test::until([&] { return api.stats().open == 0; });
        BOOST_TEST(!stage.clock.until_alarm().has_value());
    });
}

BOOST_AUTO_TEST_CASE(the_server_has_less_left)
{
    struct row {
        char const* name;
        std::string answer;
        std::chrono::seconds wait;
    };
    row const rows[] = {
        {"row 72: Ratelimit", with_fields("Ratelimit: \"default\";r=0;t=30\r\n"), 30s},
        {"row 72: Ratelimit in two lines",
         with_fields("Ratelimit: \"burst\";r=9;t=1\r\nRatelimit: \"default\";r=0;t=30\r\n"), 30s},
        {"Ratelimit and its policy", with_fields("Ratelimit: \"d\";r=0\r\nRatelimit-Policy: \"d\";q=9;w=40\r\n"), 40s},
        {"a policy in two lines",
         with_fields("Ratelimit: \"d\";r=0\r\nRatelimit-Policy: \"burst\";q=9;w=1\r\n"
                     "Ratelimit-Policy: \"d\";q=9;w=40\r\n"),
         40s},
        {"X-RateLimit",
         with_fields("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: Tue, 24 Nov 2026 12:00:50 GMT\r\n"
                     "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n"),
         50s},
        {"row 71: 429", http_answer(429, "", "Retry-After: 35\r\n"), 35s},
        {"row 71: 429, and nothing left for as long",
         http_answer(429, "", "Retry-After: 35\r\nX-RateLimit-Remaining: 0\r\n"), 35s},
        {"row 71: 429, and what was left is there again",
         http_answer(429, "",
                     "Retry-After: 35\r\nX-RateLimit-Remaining: 0\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n"
                     "X-RateLimit-Reset: Tue, 24 Nov 2026 12:00:00 GMT\r\n"),
         35s},
        {"row 71: 429, and two pauses", http_answer(429, "", "Retry-After: 0\r\nRetry-After: 35\r\n"), 35s},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            paced_scene stage{{each.answer}};
            stage.config.rate_limit.requests = 1000;
            stage.config.rate_limit.window = 300s;
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                auto api = stage.make(executor);
                calls made{executor, api};
                made.start("a");
                co_await test::until([&] { return made.ended() == 1; });
                made.start("b", each.wait);
                co_await test::until([&] { return made.ended() == 2; });
                is_without_turn(made.outcome(1), each.wait);
                made.start("c");
                co_await test::until([&] { return api.stats().pacing == 1; });
                stage.clock.advance(each.wait);
                co_await test::until([&] { return made.ended() == 3; });
                BOOST_TEST(made.outcome(2)->has_value());
                BOOST_TEST(stage.arrived() == "ac");
            });
        }
    }
}

/// An attempt that could have no turn in time is not waited for: what the server said is the answer.
BOOST_AUTO_TEST_CASE(nothing_is_retried_without_a_turn_in_time)
{
    struct row {
        int status;
        char const* fields;
        errc code;
        std::chrono::seconds wait;
    };
    row const rows[] = {
        {429, "Ratelimit: \"default\";r=0;t=240\r\n", errc::rate_limited, 240s},
        {429, "Retry-After: 1\r\nRatelimit: \"default\";r=0;t=240\r\n", errc::rate_limited, 240s},
        {500, "Ratelimit: \"default\";r=0;t=240\r\n", errc::server_error, 240s},
        {503, "Retry-After: 300\r\nRatelimit: \"default\";r=0;t=240\r\n", errc::server_error, 300s},
        {429, "Retry-After: 100\r\nRatelimit: \"default\";r=0;t=240\r\n", errc::rate_limited, 240s},
    };
    for (auto const& [status, fields, code, wait] : rows) {
        BOOST_TEST_CONTEXT(status << ' ' << fields)
        {
            paced_scene stage{{http_answer(status, "", std::string{fields} + "cf-ray: 1-AMS\r\n")}};
            stage.config.rate_limit.requests = 1000;
            stage.config.retry.max_retries = 2;
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                auto api = stage.make(executor);
                calls made{executor, api};
                made.start("a");
                co_await test::until([&] { return made.ended() == 1 || api.stats().retries != 0; });
                BOOST_TEST(api.stats().retries == 0U);
                BOOST_TEST_REQUIRE((made.ended() == 1 && made.outcome(0)->has_error()));
                auto const& failure = made.outcome(0)->error();
                BOOST_TEST_INFO(failure);
                BOOST_TEST(failure.code() == make_error_code(code));
                BOOST_TEST(failure.http_status() == status);
                BOOST_TEST(failure.ray_id() == "1-AMS");
                BOOST_TEST(failure.attempts() == 1);
                BOOST_TEST((failure.retry_after() == wait));
            });
        }
    }
}

/// Those that wait for their turns have theirs before it.
BOOST_AUTO_TEST_CASE(nothing_is_retried_behind_those_who_wait)
{
    paced_scene stage{{http_answer(503, "")}};
    stage.config.retry.max_retries = 2;
    stage.held = 'a';
    stage.config.pool.max_connections = 2;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a", 15s);
        co_await test::until([&] { return stage.arrived() == "a"; });
        made.start("bcd", 60s);
        co_await test::until([&] { return made.ended() == 1 && api.stats().pacing == 2; });
        stage.held = '-';
        co_await test::until([&] { return made.outcome(0) || api.stats().retries != 0; });
        BOOST_TEST_REQUIRE((made.outcome(0) && made.outcome(0)->has_error()));
        BOOST_TEST(made.outcome(0)->error().http_status() == 503);
        BOOST_TEST((made.outcome(0)->error().retry_after() == 20s));
        BOOST_TEST(api.stats().retries == 0U);
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 4; });
    });
}

/// A GET whose connection has ended is not sent again without a turn, either.
BOOST_AUTO_TEST_CASE(nothing_is_replaced_without_a_turn_in_time)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        connection.read_request();
        connection.close();
    }};
    paced_scene stage;
    auto config = server.config();
    config.rate_limit = stage.config.rate_limit;
    detail::environment world;
    world.make_clock = stage.clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, std::move(world));
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        made.start("b", 10s);
        co_await test::until([&] { return made.ended() == 2; });
        BOOST_TEST_REQUIRE(made.outcome(1)->has_error());
        BOOST_TEST((made.outcome(1)->error().code() == errc::connection_lost), made.outcome(1)->error());
        BOOST_TEST((made.outcome(1)->error().retry_after() == 10s));
        BOOST_TEST(api.stats().retries == 0U);
    });
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_at_once_when_the_server_has_less)
{
    // The first answer comes only when the others wait for turns.
    paced_scene stage{{good_answer, with_fields("Ratelimit: \"default\";r=1;t=30\r\n")}};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("a");
        co_await test::until([&] { return made.ended() == 1; });
        made.start("b"); // the turn that is left
        made.start("c", 15s);
        made.start("d", 15s);
        made.start("e");
        co_await test::until([&] { return made.ended() == 3; });
        // One is left until then: for c, a window after the first two. d would have to wait for the 30 s.
        is_without_turn(made.outcome(3), 30s);
        BOOST_TEST(api.stats().pacing == 2u);
        stage.clock.advance(10s);
        co_await test::until([&] { return made.ended() == 4; });
        BOOST_TEST(made.outcome(2)->has_value());
        stage.clock.advance(20s);
        co_await test::until([&] { return made.ended() == 5; });
        BOOST_TEST(stage.arrived() == "abce");
    });
}

BOOST_AUTO_TEST_CASE(the_pace_can_be_turned_off)
{
    paced_scene stage{{with_fields("Ratelimit: \"default\";r=0;t=30\r\n")}};
    stage.config.rate_limit.enabled = false;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = stage.make(executor);
        calls made{executor, api};
        made.start("abcdef");
        co_await test::until([&] { return made.ended() == 6; });
        BOOST_TEST(stage.arrived() == "abcdef");
    });
}

BOOST_AUTO_TEST_SUITE_END()
