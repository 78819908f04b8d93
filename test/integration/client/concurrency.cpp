// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/coroutine.hpp"
#include "integration/ids.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using namespace rtkhooks;
using boost::asio::awaitable;
namespace net = boost::asio;
using test::account;
using test::app;

namespace {

awaitable<void> get_once(webhook_collection hooks, webhook expected, std::atomic<int>& succeeded)
{
    auto const got = co_await hooks.get(expected.id);
    if (got && *got == expected)
        ++succeeded;
}

awaitable<webhook> create_one(webhook_collection hooks)
{
    webhook_spec spec{"busy", "https://example.com/busy", event_set::all()};
    auto created = co_await hooks.create(spec);
    co_return created.value();
}

struct busy_server {
    emulator server{emulator_options{}.token(test::token)};
    client_config config = server.config();

    explicit busy_server(std::size_t connections) { config.pool.max_connections = connections; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(client_concurrency, *boost::unit_test::label("concurrency"))

BOOST_AUTO_TEST_CASE(a_thousand_calls_over_eight_connections_on_one_thread)
{
    busy_server busy{8};
    net::io_context context{1};
    client api{context, busy.config};
    auto const hooks = api.webhooks(account, app);
    std::atomic<int> succeeded = 0;
    int under_way = 1000;
    auto const close = [](client& which) -> awaitable<void> { co_await which.close(); };
    net::co_spawn(context, create_one(hooks), [&](std::exception_ptr, webhook const& made) {
        for (int i = 0; i != 1000; ++i) {
            net::co_spawn(context, get_once(hooks, made, succeeded), [&](std::exception_ptr) {
                if (--under_way == 0)
                    net::co_spawn(context, close(api), net::detached);
            });
        }
    });
    context.run();
    BOOST_TEST(succeeded == 1000);
    BOOST_TEST(api.stats().opened == 8u);
    BOOST_TEST(busy.server.stats().peak_connections == 8u);
    BOOST_TEST(busy.server.stats().requests == 1001u);
}

BOOST_AUTO_TEST_CASE(a_thousand_calls_over_eight_connections_on_a_thread_pool)
{
    busy_server busy{8};
    net::thread_pool threads{4};
    std::optional<client> owner{std::in_place, threads.get_executor(), busy.config};
    auto& api = *owner;
    auto const hooks = api.webhooks(account, app);
    auto const made = net::co_spawn(threads, create_one(hooks), net::use_future).get();
    std::atomic<int> succeeded = 0;
    std::vector<std::future<void>> calls;
    for (int i = 0; i != 1000; ++i)
        calls.push_back(net::co_spawn(threads, get_once(hooks, made, succeeded), net::use_future));
    for (auto& each : calls)
        each.get();
    BOOST_TEST(succeeded == 1000);
    BOOST_TEST(api.stats().opened == 8u);
    BOOST_TEST(busy.server.stats().peak_connections == 8u);
    owner.reset();
    threads.join();
}

BOOST_AUTO_TEST_CASE(callers_of_other_contexts_resume_on_their_own)
{
    busy_server busy{4};
    net::thread_pool threads{2};
    std::optional<client> owner{std::in_place, threads.get_executor(), busy.config};
    auto& api = *owner;
    auto const hooks = api.webhooks(account, app);
    auto const made = net::co_spawn(threads, create_one(hooks), net::use_future).get();
    std::atomic<int> at_home = 0;
    auto const caller = [&] {
        net::io_context own{1};
        auto const body = [&]() -> awaitable<void> {
            for (int i = 0; i != 50; ++i) {
                auto const got = co_await hooks.get(made.id);
                if (got && own.get_executor().running_in_this_thread())
                    ++at_home;
            }
        };
        net::co_spawn(own, body(), net::detached);
        own.run();
    };
    std::vector<std::thread> callers;
    for (int i = 0; i != 6; ++i)
        callers.emplace_back(caller);
    for (auto& each : callers)
        each.join();
    BOOST_TEST(at_home == 300);
    owner.reset();
    threads.join();
}

/// P14: whoever is cancelled on one thread while another hands it a connection takes none along. A hundred wait, half of
/// them are cancelled; with RTKHOOKS_LONG_TESTS, a thousand times.
BOOST_AUTO_TEST_CASE(waiting_calls_that_are_cancelled_on_other_threads_lose_no_connection)
{
    busy_server busy{2};
    net::thread_pool threads{2};
    std::optional<client> owner{std::in_place, threads.get_executor(), busy.config};
    auto& api = *owner;
    auto const hooks = api.webhooks(account, app);
    auto const made = net::co_spawn(threads, create_one(hooks), net::use_future).get();
    constexpr std::size_t calls = 26; // each
    int const rounds = std::getenv("RTKHOOKS_LONG_TESTS") != nullptr ? 1000 : 100;
    std::atomic<int> wrong = 0;
    std::atomic<int> cancelled = 0;
    auto const caller = [&](unsigned seed) {
        std::mt19937 random{seed};
        net::io_context own{1};
        for (int round = 0; round != rounds; ++round) {
            std::vector<std::optional<result<webhook>>> got(calls);
            std::vector<net::cancellation_signal> signals(calls);
            auto const call = [&hooks, &made](std::optional<result<webhook>>& where) -> awaitable<void> {
                auto answer = co_await hooks.get(made.id);
                where = std::move(answer);
            };
            for (std::size_t i = 0; i != calls; ++i)
                net::co_spawn(own, call(got[i]), net::bind_cancellation_slot(signals[i].slot(), net::detached));
            // All begin: Asio may throw, out of poll_one(), where a coroutine is cancelled before that.
            for (auto polls = calls + random() % 60; polls != 0; --polls)
                own.poll_one();
            std::vector<bool> chosen(calls);
            for (std::size_t i = 0; i != calls / 2; ++i)
                chosen[i] = true;
            std::shuffle(chosen.begin(), chosen.end(), random);
            for (std::size_t i = 0; i != calls; ++i) {
                if (chosen[i])
                    signals[i].emit(net::cancellation_type::terminal);
                own.poll_one();
            }
            own.run();
            own.restart();
            for (std::size_t i = 0; i != calls; ++i) {
                bool const served = got[i] && got[i]->has_value();
                bool const gave_up = got[i] && got[i]->has_error() && got[i]->error().code() == errc::cancelled;
                wrong += served || (chosen[i] && gave_up) ? 0 : 1;
                cancelled += gave_up ? 1 : 0;
            }
        }
    };
    std::vector<std::thread> callers;
    for (unsigned i = 0; i != 4; ++i)
        callers.emplace_back(caller, i);
    for (auto& each : callers)
        each.join();
    BOOST_TEST(wrong == 0);
    BOOST_TEST(cancelled > 100);
    auto const stats = api.stats();
    BOOST_TEST(stats.busy == 0u);
    BOOST_TEST(stats.waiting == 0u);
    BOOST_TEST(stats.open <= 2u);
    owner.reset();
    threads.join();
}

BOOST_AUTO_TEST_CASE(destroyed_while_a_hundred_calls_are_under_way)
{
    busy_server busy{4};
    busy.server.delay_next(std::chrono::seconds{20}, 1000);
    net::thread_pool threads{4};
    std::optional<client> api{std::in_place, threads, busy.config};
    auto const hooks = api->webhooks(account, app);
    std::vector<std::future<result<webhook>>> calls;
    for (int i = 0; i != 100; ++i)
        calls.push_back(net::co_spawn(threads, hooks.get(test::some_id), net::use_future));
    api.reset();
    for (auto& each : calls) {
        auto const got = each.get();
        BOOST_TEST((got.has_error() && got.error().code() == errc::client_closed));
    }
    threads.join();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_of_an_ended_context, *boost::unit_test::label("concurrency"))

BOOST_AUTO_TEST_CASE(the_clients_context_ends_while_others_call)
{
    busy_server busy{4};
    for (int round = 0; round != 20; ++round) {
        net::thread_pool callers{3};
        std::optional<net::io_context> own{std::in_place, 1};
        client api{*own, busy.config};
        auto const hooks = api.webhooks(account, app);
        std::vector<std::future<result<webhook>>> calls;
        for (int i = 0; i != 50; ++i)
            calls.push_back(net::co_spawn(callers, hooks.get(test::some_id), net::use_future));
        for (int i = 0; i != 300 * round; ++i)
            own->poll_one();
        own.reset();
        for (auto& each : calls) {
            auto const got = each.get();
            BOOST_TEST_REQUIRE(got.has_error());
            BOOST_TEST((got.error().code() == errc::not_found || got.error().code() == errc::client_closed));
        }
        callers.join();
    }
}

BOOST_AUTO_TEST_SUITE_END()
