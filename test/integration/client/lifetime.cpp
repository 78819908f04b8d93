// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <exception>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>

// What ends before what, and what callers throw.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::answer_all;
using test::get_into;
using test::scripted_server;
namespace net = boost::asio;

namespace {

using executor_of = std::function<net::any_io_executor(net::io_context&)>;

/// What clients may be given of a context.
std::array<executor_of, 2> const executors{
    [](net::io_context& context) { return context.get_executor(); },
    [](net::io_context& context) { return net::make_strand(context); },
};

} // namespace

BOOST_AUTO_TEST_SUITE(client_lifetime)

BOOST_AUTO_TEST_CASE(contexts_may_be_destroyed_with_calls_under_way)
{
    scripted_server server{[](scripted_server::session& connection) { connection.wait_for_close(); }};
    auto config = server.config();
    config.pool.max_connections = 1;
    auto const destroy_after = [&](int steps, bool client_first, auto const& clients, auto const& callers) {
        std::optional<net::io_context> context{std::in_place, 1};
        std::optional<client> api{std::in_place, clients(*context), config};
        std::array<std::optional<result<webhook>>, 3> never;
        auto const alive = std::make_shared<int>();
        for (auto& each : never) {
            net::co_spawn(callers(*context), get_into(api->webhooks(test::account, test::app), each),
                          [alive](std::exception_ptr const&) {});
        }
        for (int i = 0; i != steps; ++i)
            context->poll_one();
        if (client_first)
            api.reset();
        context.reset();
        for (auto const& each : never)
            BOOST_TEST(!each.has_value());
        BOOST_TEST(alive.use_count() == 1, "no coroutine outlives its context");
    };
    for (auto const& clients : executors) {
        for (auto const& callers : executors) {
            for (bool const client_first : {true, false}) {
                for (int steps = 0; steps != 40; ++steps)
                    destroy_after(steps, client_first, clients, callers);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_look_up_outlives_its_context)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.resolve.clear();
    for (auto const& executor : executors) {
        for (bool const client_first : {true, false}) {
            std::latch begun{1};
            std::latch go_on{1};
            std::latch over{1};
            detail::environment world;
            world.lookup = [&](std::string const&, std::uint16_t) -> transport::lookup_result {
                begun.count_down();
                go_on.wait();
                over.count_down();
                return transport::failure{errc::resolve_failed, phase::resolve, "too late"};
            };
            std::optional<net::io_context> context{std::in_place, 1};
            std::optional<client> api{detail::client_access::make(executor(*context), config, std::move(world))};
            std::optional<result<webhook>> never;
            net::co_spawn(executor(*context), get_into(api->webhooks(test::account, test::app), never), net::detached);
            context->poll();
            begun.wait();
            if (client_first)
                api.reset();
            context.reset();
            go_on.count_down();
            over.wait(); // its result finds nobody: a sanitizer would see it looking
            BOOST_TEST(!never.has_value(), "row 95");
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_caller_throws_comes_out_of_run)
{
    scripted_server server{answer_all};
    for (auto const& executor : executors) {
        net::io_context context{1};
        std::optional<client> api{std::in_place, executor(context), server.config()};
        auto const hooks = api->webhooks(test::account, test::app);
        for (std::size_t i = 1; i != 4; ++i) {
            net::co_spawn(executor(context), hooks.get(test::some_id),
                          [](std::exception_ptr, result<webhook> const& got) {
                              BOOST_TEST(got.has_value());
                              throw std::runtime_error{"of the caller"};
                          });
            bool thrown = false;
            try {
                for (;;)
                    context.run_one();
            } catch (std::runtime_error const&) {
                thrown = true;
            }
            BOOST_TEST(thrown, "row 94");
            BOOST_TEST(api->stats().calls == i);
            BOOST_TEST(api->stats().opened == 1u); // the connection was released before
        }
        std::optional<result<webhook>> got;
        net::co_spawn(executor(context), get_into(hooks, got), net::detached);
        while (!got)
            context.run_one();
        BOOST_TEST(got->has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
