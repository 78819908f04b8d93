// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What a call pays for its connection: the pool itself, with one that is open and has served a call. Nothing is sent.
#include "transport/pool.hpp"
#include "client/core.hpp"
#include "integration/canned.hpp"
#include "integration/forked_server.hpp"
#include "integration/ids.hpp"
#include "transport/operation.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>

using namespace rtkhooks;
using namespace std::chrono_literals;
using transport::operation;
namespace net = boost::asio;

namespace {

/// A pool with one connection at most.
class open_pool {
public:
    open_pool()
    {
        first_call_ = std::make_unique<operation>(shared());
        net::co_spawn(context_, connect(), [](std::exception_ptr thrown) {
            if (thrown)
                std::rethrow_exception(thrown);
        });
        while (first_call_)
            context_.run_one();
    }

    [[nodiscard]] std::shared_ptr<transport::pool> const& shared() const noexcept { return core_.shared_pool(); }
    [[nodiscard]] net::io_context& context() noexcept { return context_; }

    [[nodiscard]] bool acquire(operation& call) { return shared()->acquire(call, deadline_, false); }
    void release(operation& call) { shared()->release(call); }

    static void must(bool holds)
    {
        if (!holds)
            throw std::logic_error{"the pool does not do what is measured"};
    }

private:
    static client_config one_connection(client_config config)
    {
        config.pool.max_connections = 1;
        return config;
    }

    net::awaitable<void> connect()
    {
        auto& call = *first_call_;
        bool ended = acquire(call);
        if (!ended)
            co_await call.wait();
        must(!call.failed && call.lease);
        ended = shared()->exchange(call, core_.requests().build(http::method::get, "/", {}, {}));
        if (!ended)
            co_await call.wait();
        must(!call.failed);
        first_call_.reset();
    }

    test::forked_server server_{test::answer_all};
    net::io_context context_{1};
    detail::core core_{context_.get_executor(), one_connection(server_.config()), detail::environment{}};
    transport::time_point deadline_ = std::chrono::steady_clock::now() + 1h;
    std::unique_ptr<operation> first_call_;
};

void acquire_and_release(benchmark::State& state)
{
    open_pool pool;
    for (auto _ : state) {
        operation call{pool.shared()};
        benchmark::DoNotOptimize(pool.acquire(call));
        pool.release(call);
    }
    pool.must(pool.shared()->stats().opened == 1);
}
BENCHMARK(acquire_and_release);

/// Each call waits for the one before it, which hands its connection over.
void acquire_and_release_waiting(benchmark::State& state)
{
    open_pool pool;
    auto current = std::make_unique<operation>(pool.shared());
    pool.must(pool.acquire(*current) && current->lease);
    for (auto _ : state) {
        auto next = std::make_unique<operation>(pool.shared());
        benchmark::DoNotOptimize(pool.acquire(*next));
        pool.release(*current);
        current = std::move(next);
    }
    pool.must(current->lease != nullptr && pool.shared()->stats().opened == 1);
}
BENCHMARK(acquire_and_release_waiting);

/// The same with the coroutine that waits, and is resumed through its executor.
void acquire_and_release_suspended(benchmark::State& state)
{
    open_pool pool;
    struct waiter {
        static net::awaitable<void> run(open_pool* pool, bool* over)
        {
            while (!*over) {
                operation call{pool->shared()};
                bool const ended = pool->acquire(call);
                if (!ended)
                    co_await call.wait();
            }
        }
    };
    auto holder = std::make_unique<operation>(pool.shared());
    pool.must(pool.acquire(*holder));
    bool over = false;
    int running = 0;
    for (; running != 2; ++running)
        net::co_spawn(pool.context(), waiter::run(&pool, &over), [&](std::exception_ptr) { --running; });
    while (pool.shared()->stats().waiting != 2)
        pool.context().run_one();
    holder.reset();
    // Each time one of them is resumed with the connection, hands it to the other, and waits for it again.
    for (auto _ : state)
        pool.context().run_one();
    pool.must(pool.shared()->stats().waiting == 1);
    over = true;
    while (running != 0)
        pool.context().run_one();
}
BENCHMARK(acquire_and_release_suspended);

} // namespace
