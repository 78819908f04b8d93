// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/manual_clock.hpp"
#include "policy/retry.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <random>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::answer_all;
using test::get_into;
using test::good_answer;
using test::http_answer;
using test::manual_clock;
using test::scripted_server;
namespace net = boost::asio;
namespace responses = test::responses;

namespace {

detail::environment with_clock(manual_clock const& clock)
{
    detail::environment world;
    world.make_clock = clock.factory();
    return world;
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_pool)

BOOST_AUTO_TEST_CASE(one_connection_serves_one_call_after_the_other)
{
    scripted_server server{answer_all};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != 5; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value());
        }
        auto const stats = api.stats();
        BOOST_TEST(stats.opened == 1u);
        BOOST_TEST(stats.reused == 4u);
        BOOST_TEST(stats.calls == 5u);
        BOOST_TEST(stats.idle == 1u);
        BOOST_TEST(stats.open == 1u);
        BOOST_TEST(stats.busy == 0u);
    });
}

BOOST_AUTO_TEST_CASE(the_most_recently_used_connection_is_taken_first)
{
    std::binary_semaphore both{0};
    std::atomic<int> waiting = 0;
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        if (++waiting == 2)
            both.release(1);
        both.acquire();
        both.release(1);
        connection.send(good_answer);
        answer_all(connection);
    }};
    auto config = server.config();
    config.pool.max_connections = 2;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        std::optional<result<webhook>> other;
        net::co_spawn(executor, get_into(hooks, other), net::detached);
        call_info info;
        auto const got = co_await hooks.get(test::some_id, call_options{}.info(&info));
        BOOST_TEST(got.has_value());
        co_await test::until([&] { return other.has_value(); });
        BOOST_TEST(api.stats().idle == 2u);
        call_info third;
        auto const again = co_await hooks.get(test::some_id, call_options{}.info(&third));
        BOOST_TEST(again.has_value());
        call_info fourth;
        auto const once_more = co_await hooks.get(test::some_id, call_options{}.info(&fourth));
        BOOST_TEST(once_more.has_value());
        BOOST_TEST(third.connection_id == fourth.connection_id);
    });
}

BOOST_AUTO_TEST_CASE(waiting_calls_are_served_in_order)
{
    std::vector<std::string> order;
    scripted_server server{[&](scripted_server::session& connection) {
        for (;;) {
            auto const request = connection.read_request();
            order.push_back(request.substr(request.find("X-Order: ") + 9, 3));
            connection.send(good_answer);
        }
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    constexpr int calls = 500;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        std::vector<std::optional<result<webhook>>> results(calls);
        for (int i = 0; i != calls; ++i) {
            net::co_spawn(executor,
                          get_into(hooks, results[static_cast<std::size_t>(i)],
                                   call_options{}.header("X-Order", std::to_string(100 + i))),
                          net::detached);
        }
        co_await test::until([&] { return results.back().has_value(); });
        for (auto const& each : results)
            BOOST_TEST((each && each->has_value()));
        BOOST_TEST(api.stats().opened == 1u);
    });
    BOOST_TEST_REQUIRE(order.size() == static_cast<std::size_t>(calls));
    for (int i = 0; i != calls; ++i)
        BOOST_TEST(order[static_cast<std::size_t>(i)] == std::to_string(100 + i));
}

/// What the wait for a connection took is not given again to what comes after it.
BOOST_AUTO_TEST_CASE(waiting_for_a_connection_counts_toward_the_deadline)
{
    std::atomic<bool> go = false;
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        while (!go)
            std::this_thread::yield();
        connection.send(good_answer);
        connection.read_request();
        connection.stall();
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    manual_clock const clock;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto const api = detail::client_access::make(executor, config, with_clock(clock));
        auto const hooks = api.webhooks(test::account, test::app);
        std::optional<result<webhook>> first;
        std::optional<result<webhook>> second;
        net::co_spawn(executor, get_into(hooks, first), net::detached);
        net::co_spawn(executor, get_into(hooks, second, call_options{}.timeout(12s)), net::detached);
        co_await test::until([&] { return api.stats().waiting == 1U; });
        clock.advance(10s);
        go = true;
        co_await test::until([&] { return server.requests() == 2; });
        clock.advance(2s);
        co_await test::until([&] { return second.has_value(); });
        BOOST_TEST((first && first->has_value()));
        BOOST_TEST_REQUIRE(second->has_error());
        BOOST_TEST((second->error().code() == errc::timed_out), second->error());
        BOOST_TEST((second->error().phase() == phase::read_header), second->error());
    });
}

BOOST_AUTO_TEST_CASE(the_queue_is_bounded)
{
    std::binary_semaphore go{0};
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        go.acquire();
        connection.send(good_answer);
        answer_all(connection);
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    config.pool.max_waiting = 2;
    config.retry.max_retries = 2; // not of this
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        std::array<std::optional<result<webhook>>, 3> served;
        net::co_spawn(executor, get_into(hooks, served[0]), net::detached);
        co_await test::until([&] { return api.stats().busy == 1; });
        net::co_spawn(executor, get_into(hooks, served[1]), net::detached);
        net::co_spawn(executor, get_into(hooks, served[2]), net::detached);
        co_await test::until([&] { return api.stats().waiting == 2; });
        auto const refused = co_await hooks.get(test::some_id);
        BOOST_TEST((refused.error().code() == errc::queue_full));
        BOOST_TEST(refused.error().request_state() == request_state::unsent);
        BOOST_TEST(refused.error().phase() == phase::queue);
        BOOST_TEST(refused.error().attempts() == 0);
        BOOST_TEST(api.stats().retries == 0U);
        go.release(1);
        co_await test::until([&] { return served[2].has_value(); });
        for (auto const& each : served)
            BOOST_TEST((each && each->has_value()));
    });
}

BOOST_AUTO_TEST_CASE(the_queue_may_be_without_bounds)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.pool.max_connections = 2;
    config.pool.max_waiting = std::numeric_limits<std::size_t>::max();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        std::vector<std::optional<result<webhook>>> got(50);
        for (auto& each : got)
            net::co_spawn(executor, get_into(hooks, each), net::detached);
        for (auto const& each : got)
            co_await test::until([&] { return each.has_value(); });
        for (auto const& each : got)
            BOOST_TEST((each && each->has_value()));
    });
}

/// mysql#509, P14: whoever is cancelled while it waits, or has just been handed a connection, takes none along.
BOOST_AUTO_TEST_CASE(waiting_calls_that_are_cancelled_lose_no_connection)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.pool.max_connections = 1;
    constexpr std::size_t calls = 100;
    constexpr int rounds = 1000;
    int cancelled = 0;
    std::mt19937 random{509};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int round = 0; round != rounds; ++round) {
            std::vector<std::optional<result<webhook>>> got(calls);
            std::vector<net::cancellation_signal> signals(calls);
            for (std::size_t i = 0; i != calls; ++i) {
                net::co_spawn(executor, get_into(hooks, got[i]),
                              net::bind_cancellation_slot(signals[i].slot(), net::detached));
            }
            std::vector<bool> chosen(calls);
            for (std::size_t i = 0; i != calls; ++i)
                chosen[i] = i < calls / 2;
            std::shuffle(chosen.begin(), chosen.end(), random);
            auto const patience = random() % 20;
            for (unsigned turn = 0; turn != patience; ++turn)
                co_await net::post(executor, net::use_awaitable);
            for (std::size_t i = 0; i != calls; ++i) {
                if (!chosen[i])
                    continue;
                signals[i].emit(net::cancellation_type::terminal);
                if (random() % 8 == 0)
                    co_await net::post(executor, net::use_awaitable);
            }
            for (std::size_t i = 0; i != calls; ++i) {
                co_await test::until([&] { return got[i].has_value(); });
                bool const as_expected =
                    got[i]->has_value() || (chosen[i] && got[i]->error().code() == errc::cancelled);
                BOOST_TEST_REQUIRE(as_expected, "round " << round << ", call " << i << ": " << got[i]->error());
                cancelled += got[i]->has_error() ? 1 : 0;
            }
            auto const stats = api.stats();
            BOOST_TEST_REQUIRE(stats.busy == 0U);
            BOOST_TEST_REQUIRE(stats.waiting == 0U);
            BOOST_TEST_REQUIRE(stats.open <= 1U);
        }
    });
    BOOST_TEST_MESSAGE(cancelled << " of " << rounds * calls / 2 << " were cancelled in time");
    BOOST_TEST(cancelled > rounds);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_that_the_server_closes_is_noticed)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        connection.close();
    }};
    manual_clock const clock;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, server.config(), with_clock(clock));
        auto const hooks = api.webhooks(test::account, test::app);
        webhook_spec const spec{"name", "https://example.com/", event_set::all()};
        for (std::size_t i = 1; i != 4; ++i) {
            auto const created = co_await hooks.create(spec); // never retried: so it was not sent on a dead connection
            BOOST_TEST(created.has_value());
            co_await test::until([&] { return api.stats().idle == 0; });
            BOOST_TEST(api.stats().opened == i);
            BOOST_TEST(api.stats().open == 0u);
            BOOST_TEST(api.stats().closed == i);
            BOOST_TEST(!clock.until_alarm().has_value()); // nothing keeps the context running
        }
        BOOST_TEST(api.stats().retries == 0u);
    });
}

BOOST_AUTO_TEST_CASE(what_an_idle_connection_says_unasked_answers_nobody)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        connection.send(http_answer(408, "too late"));
        connection.wait_for_close();
    }};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != 3; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value());
            co_await test::until([&] { return api.stats().idle == 0; });
        }
        BOOST_TEST(server.connections() == 3);
    });
}

BOOST_AUTO_TEST_CASE(answers_that_end_their_connection)
{
    for (auto const& answer :
         {http_answer(200, responses::webhook, "Connection: close\r\n"),
          http_answer(200, responses::webhook, "connection: Keep-Alive, CLOSE\r\n"),
          good_answer + "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0" + good_answer.substr(8), good_answer + "x"}) {
        scripted_server server{[&](scripted_server::session& connection) {
            connection.read_request();
            connection.send(answer);
            connection.wait_for_close();
        }};
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const hooks = api.webhooks(test::account, test::app);
            for (int i = 0; i != 2; ++i) {
                auto const got = co_await hooks.get(test::some_id);
                BOOST_TEST(got.has_value());
                BOOST_TEST(api.stats().open == 0u);
            }
        });
        BOOST_TEST(server.connections() == 2);
    }
}

BOOST_AUTO_TEST_CASE(idle_connections_expire)
{
    scripted_server server{answer_all};
    manual_clock const clock;
    auto config = server.config();
    config.pool.idle_timeout = 30s;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, with_clock(clock));
        auto const hooks = api.webhooks(test::account, test::app);
        auto const first = co_await hooks.get(test::some_id);
        BOOST_TEST(first.has_value());
        clock.advance(29s);
        auto const second = co_await hooks.get(test::some_id);
        BOOST_TEST(second.has_value());
        BOOST_TEST(api.stats().opened == 1u);
        clock.advance(29s);
        BOOST_TEST(api.stats().idle == 1u);
        clock.advance(2s);
        co_await test::until([&] { return api.stats().idle == 0; });
        BOOST_TEST(api.stats().closed == 1u);
        auto const third = co_await hooks.get(test::some_id);
        BOOST_TEST(third.has_value());
        BOOST_TEST(api.stats().opened == 2u);
    });
}

BOOST_AUTO_TEST_CASE(old_connections_are_replaced)
{
    scripted_server server{answer_all};
    manual_clock const clock;
    auto config = server.config();
    config.pool.max_age = 60s;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, with_clock(clock));
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != 13; ++i) { // used all the time, and never idle for long
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value());
            clock.advance(10s);
        }
        BOOST_TEST(api.stats().opened == 3u);
    });
}

BOOST_AUTO_TEST_CASE(a_minimum_of_connections_is_kept)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.pool.min_connections = 3;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST(got.has_value());
        co_await test::until([&] { return api.stats().idle == 3; });
        BOOST_TEST(api.stats().opened == 3u);
    });
}

BOOST_AUTO_TEST_CASE(a_stale_connection_is_replaced_once)
{
    // Closes in answer to the second request: the client cannot know before.
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        connection.read_request();
        connection.close();
    }};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const first = co_await hooks.get(test::some_id);
        BOOST_TEST(first.has_value());
        call_info info;
        auto const second = co_await hooks.get(test::some_id, call_options{}.info(&info));
        BOOST_TEST(second.has_value());
        BOOST_TEST(info.attempts == 2);
        BOOST_TEST(info.connection_id == 2u);
        // What must not be sent twice is not.
        webhook_spec const spec{"name", "https://example.com/", event_set::all()};
        auto const before = server.requests();
        auto const created = co_await hooks.create(spec);
        BOOST_TEST((created.error().code() == errc::connection_lost));
        BOOST_TEST(created.error().request_state() == request_state::unknown);
        BOOST_TEST(created.error().attempts() == 1);
        BOOST_TEST(server.requests() == before + 1);
    });
}

BOOST_AUTO_TEST_CASE(half_a_record_behind_an_answer_answers_nobody)
{
    // The rest of the record, which holds an answer too, would come when the next request does (F4).
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        auto const first = connection.encrypt(good_answer);
        auto const second = connection.encrypt(http_answer(200, responses::gateway_throttled));
        connection.send_raw(first + second.substr(0, second.size() / 2));
        connection.read_request();
        connection.send_raw(second.substr(second.size() / 2));
        connection.wait_for_close();
    }};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 1; i != 4; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value());
            BOOST_TEST(server.connections() == i);
        }
        BOOST_TEST(api.stats().retries == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_retry_on_a_fresh_connection_gets_one_from_a_full_pool)
{
    // The first connection ends in answer to its second request. The second is another call's by then.
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        if (connection.number() != 1)
            answer_all(connection);
        connection.read_request();
        connection.close();
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const warm = co_await hooks.get(test::some_id);
        BOOST_TEST(warm.has_value());
        std::optional<result<webhook>> retried;
        std::optional<result<webhook>> other;
        call_info info;
        net::co_spawn(executor, get_into(hooks, retried, call_options{}.info(&info)), net::detached);
        net::co_spawn(executor, get_into(hooks, other), net::detached);
        co_await test::until([&] { return retried && other; });
        BOOST_TEST(retried->has_value());
        BOOST_TEST(other->has_value());
        BOOST_TEST(info.attempts == 2);
        BOOST_TEST(info.connection_id == 3u);
        BOOST_TEST(!info.connection_reused);
        BOOST_TEST(api.stats().open == 1u);
    });
}

/// Who comes back from a pause has no more right to wait than others.
BOOST_AUTO_TEST_CASE(a_retry_after_a_pause_is_refused_where_nobody_may_wait)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        if (connection.number() == 1) {
            connection.send(good_answer);
            connection.read_request();
            connection.reset();
        }
        connection.send(http_answer(503, ""));
        connection.read_request();
        connection.stall();
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    config.pool.max_waiting = 0;
    config.retry.max_retries = 1;
    config.retry.base_delay = config.retry.max_delay = 10s;
    manual_clock const clock;
    auto world = with_clock(clock);
    world.seed = 7;
    BOOST_TEST_REQUIRE(policy::backoff(config.retry, 0, {}, std::mt19937_64{7}()).count() > 1);
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto const api = detail::client_access::make(executor, config, std::move(world));
        auto const hooks = api.webhooks(test::account, test::app);
        auto const warm = co_await hooks.get(test::some_id);
        BOOST_TEST(warm.has_value());
        std::optional<result<webhook>> retried;
        std::optional<result<webhook>> other;
        net::co_spawn(executor, get_into(hooks, retried), net::detached);
        co_await test::until([&] { return api.stats().retries == 2U && api.stats().idle == 1U; });
        net::co_spawn(executor, get_into(hooks, other), net::detached);
        co_await test::until([&] { return server.requests() == 4; });
        clock.advance(10s);
        co_await test::until([&] { return retried || api.stats().waiting != 0; });
        clock.advance(60s);
        co_await test::until([&] { return retried && other; });
        BOOST_TEST_REQUIRE(retried->has_error());
        BOOST_TEST((retried->error().code() == errc::queue_full), retried->error());
    });
}

BOOST_AUTO_TEST_CASE(a_retry_on_a_fresh_connection_is_not_overtaken_for_ever)
{
    // The first connection ends in answer to its second request, and others never let it stand idle.
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        if (connection.number() != 1)
            answer_all(connection);
        connection.read_request();
        connection.close();
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const warm = co_await hooks.get(test::some_id);
        BOOST_TEST(warm.has_value());
        std::optional<result<webhook>> retried;
        int calls = 0;
        int running = 2;
        auto const go_on = [&]() -> awaitable<void> {
            while (!retried && calls != 1000) {
                ++calls;
                auto const got = co_await hooks.get(test::some_id);
                BOOST_TEST(got.has_value());
            }
            --running;
        };
        net::co_spawn(executor, get_into(hooks, retried), net::detached);
        net::co_spawn(executor, go_on(), net::detached);
        net::co_spawn(executor, go_on(), net::detached);
        co_await test::until([&] { return retried && running == 0; });
        BOOST_TEST(retried->has_value());
        BOOST_TEST(calls < 20);
        BOOST_TEST(api.stats().open == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_connection_that_died_before_it_was_ever_used_is_replaced)
{
    std::atomic<bool> armed = false;
    std::atomic<int> killed = 0;
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        if (armed && killed++ == 0)
            return connection.reset();
        connection.send(good_answer);
        answer_all(connection);
    }};
    auto config = server.config();
    config.pool.min_connections = 2;
    config.pool.max_connections = 2;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const warm = co_await hooks.get(test::some_id);
        BOOST_TEST(warm.has_value());
        co_await test::until([&] { return api.stats().idle == 2; });
        armed = true;
        std::array<std::optional<result<webhook>>, 2> got;
        for (auto& each : got)
            net::co_spawn(executor, get_into(hooks, each), net::detached);
        co_await test::until([&] { return got[0] && got[1]; });
        BOOST_TEST((got[0]->has_value() && got[1]->has_value()), "without any retry of the policy's");
        BOOST_TEST(api.stats().opened == 3u);
    });
}

BOOST_AUTO_TEST_CASE(what_comes_before_a_connection_is_ever_used_answers_nobody)
{
    std::string wrong = good_answer;
    wrong.replace(wrong.find("Audit"), 5, "WRONG");
    std::atomic<bool> warm = false;
    std::atomic<bool> asked = false;
    std::atomic<bool> said = false;
    auto const wait_for = [](std::atomic<bool> const& what) {
        while (!what)
            std::this_thread::yield();
    };
    scripted_server server{[&](scripted_server::session& connection) {
                               if (connection.number() == 2)
                                   wait_for(warm);
                               connection.shake_hands();
                               if (connection.number() != 2)
                                   answer_all(connection);
                               wait_for(asked);
                               connection.send(wrong);
                               said = true;
                               connection.wait_for_close();
                           },
                           scripted_server::protocol::raw};
    auto config = server.config();
    config.pool.min_connections = 2;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const first = co_await hooks.get(test::some_id);
        BOOST_TEST(first.has_value());
        warm = true;
        co_await test::until([&] { return api.stats().idle == 2; });
        asked = true;
        wait_for(said);
        webhook_spec const spec{"name", "https://example.com/", event_set::all()};
        auto const created = co_await hooks.create(spec);
        BOOST_TEST_REQUIRE(created.has_value());
        BOOST_TEST(created->name.find("WRONG") == std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(closing_lets_calls_finish)
{
    std::binary_semaphore go{0};
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        go.acquire();
        connection.send(good_answer);
        connection.wait_for_close();
    }};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        std::optional<result<webhook>> running;
        net::co_spawn(executor, get_into(hooks, running), net::detached);
        co_await test::until([&] { return server.requests() == 1; });
        bool closed = false;
        auto const close = [&]() -> awaitable<void> {
            co_await api.close(1h);
            closed = true;
        };
        net::co_spawn(executor, close(), net::detached);
        std::optional<result<webhook>> late;
        net::co_spawn(executor, get_into(hooks, late), net::detached);
        co_await test::until([&] { return late.has_value(); });
        BOOST_TEST((late->error().code() == errc::client_closed));
        BOOST_TEST(!closed);
        go.release(1);
        co_await test::until([&] { return closed; });
        BOOST_TEST((running && running->has_value()));
        BOOST_TEST(api.stats().open == 0u);
        co_await api.close(1h); // again
    });
}

BOOST_AUTO_TEST_CASE(closing_ends_calls_at_the_grace)
{
    scripted_server server{[](scripted_server::session& connection) { connection.wait_for_close(); }};
    manual_clock const clock;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, server.config(), with_clock(clock));
        auto const hooks = api.webhooks(test::account, test::app);
        std::optional<result<webhook>> running;
        net::co_spawn(executor, get_into(hooks, running), net::detached);
        co_await test::until([&] { return api.stats().busy == 1; });
        bool closed = false;
        auto const close = [&]() -> awaitable<void> {
            co_await api.close(5s);
            closed = true;
        };
        net::co_spawn(executor, close(), net::detached);
        co_await test::until([&] { return clock.until_alarm() == 5s; });
        BOOST_TEST(!running.has_value());
        clock.advance(5s);
        co_await test::until([&] { return closed; });
        BOOST_TEST_REQUIRE(running.has_value());
        BOOST_TEST((running->error().code() == errc::client_closed));
        BOOST_TEST(running->error().request_state() == request_state::unknown);
    });
}

BOOST_AUTO_TEST_SUITE_END()
