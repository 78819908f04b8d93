// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>

// What it costs a server that connections end with a request under way, and the request is sent again at once.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::good_answer;
using test::scripted_server;
namespace net = boost::asio;

BOOST_AUTO_TEST_SUITE(client_replacements)

BOOST_AUTO_TEST_CASE(a_server_that_answers_nothing_is_spared)
{
    std::atomic<bool> healed = false;
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        if (!healed)
            connection.reset();
        connection.send(good_answer);
        test::answer_all(connection);
    }};
    auto config = server.config();
    config.pool.max_connections = 8;
    config.pool.min_connections = 4; // so that calls find connections that the server may have closed
    constexpr int calls = 200;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != calls; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST_REQUIRE(got.has_error());
            BOOST_TEST(got.error().code() == make_error_code(errc::connection_lost));
            BOOST_TEST(got.error().request_state() == request_state::unknown);
            co_await test::until([&] { return api.stats().idle != 0; });
        }
        BOOST_TEST(api.stats().retries > 8U);
        BOOST_TEST(server.requests() > calls);
        BOOST_TEST(server.requests() <= calls + 8 + calls / 5 + config.retry.budget_reserve, "P7");
        healed = true;
        auto const good = co_await hooks.get(test::some_id);
        BOOST_TEST(good.has_value());
    });
}

/// It answers, so its connections are worth keeping, and P2 holds whatever that costs: two requests a call at most.
BOOST_AUTO_TEST_CASE(a_server_that_resets_each_connection_at_its_second_request)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(good_answer);
        connection.read_request();
        connection.reset();
    }};
    constexpr int calls = 200;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != calls; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value(), "P2");
        }
    });
    BOOST_TEST(server.requests() > calls);
    BOOST_TEST(server.requests() <= 2 * calls);
}

BOOST_AUTO_TEST_SUITE_END()
