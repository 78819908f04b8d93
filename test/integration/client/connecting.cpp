// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/ids.hpp"
#include "integration/manual_clock.hpp"
#include "integration/unreachable.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <ctime>
#include <new>
#include <vector>

// Looking up, connecting, and TLS.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::answer_all;
using test::at;
using test::black_hole;
using test::closed_port;
using test::good_answer;
using test::http_answer;
using test::manual_clock;
using test::scripted_server;
namespace net = boost::asio;
namespace responses = test::responses;

namespace {

/// One get of a client of its own.
result<webhook> get_once(client_config const& config, detail::environment world = {}, pool_stats* stats = nullptr)
{
    std::optional<result<webhook>> got;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, std::move(world));
        auto answer = co_await api.webhooks(test::account, test::app).get(test::some_id);
        got = std::move(answer);
        if (stats != nullptr)
            *stats = api.stats();
    });
    return std::move(*got);
}

detail::environment resolving_to(std::vector<net::ip::tcp::endpoint> addresses)
{
    detail::environment world;
    world.lookup = [addresses = std::move(addresses)](std::string const&, std::uint16_t) {
        return transport::lookup_result{addresses};
    };
    return world;
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_connecting)

// ---- addresses

BOOST_AUTO_TEST_CASE(a_refused_connection)
{
    closed_port const nobody;
    scripted_server server{answer_all};
    auto config = server.config();
    config.base_url = "https://localhost:" + std::to_string(nobody.number());
    config.resolve.emplace_back("localhost", nobody.number(), "127.0.0.1");
    auto const got = get_once(config);
    BOOST_TEST((got.error().code() == errc::connect_failed));
    BOOST_TEST((got.error().cause() == boost::system::errc::connection_refused));
    BOOST_TEST(got.error().phase() == phase::connect);
    BOOST_TEST(got.error().request_state() == request_state::unsent);
    BOOST_TEST(got.error().attempts() == 1);
    config.retry.max_retries = 2;
    config.retry.base_delay = 1ms;
    BOOST_TEST(get_once(config).error().attempts() == 3);
}

BOOST_AUTO_TEST_CASE(a_minimum_of_connections_is_not_dialled_for_without_end)
{
    closed_port const nobody;
    scripted_server server{answer_all};
    auto config = server.config();
    config.base_url = "https://127.0.0.1:" + std::to_string(nobody.number());
    config.pool.min_connections = 3;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST((got.error().code() == errc::connect_failed));
        for (int i = 0; i != 200; ++i)
            co_await net::post(executor, net::use_awaitable);
        BOOST_TEST(api.stats().connect_failures <= 3u);
    });
}

BOOST_AUTO_TEST_CASE(the_next_address_is_tried_where_one_refuses)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.resolve.clear();
    // Nobody listens on the first two; the server does on the third.
    auto const got = get_once(config, resolving_to({at("::1", server.port()), at("127.0.0.3", server.port()),
                                                    at("127.0.0.1", server.port())}));
    BOOST_TEST(got.has_value());
}

BOOST_AUTO_TEST_CASE(an_address_that_is_silent_costs_a_quarter_of_a_second)
{
    scripted_server server{answer_all};
    black_hole const silent{at("127.0.0.2", server.port())};
    auto config = server.config();
    config.resolve.clear();
    manual_clock const clock;
    auto world = resolving_to({at("127.0.0.2", server.port()), at("127.0.0.1", server.port())});
    world.make_clock = clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, std::move(world));
        auto const hooks = api.webhooks(test::account, test::app);
        bool done = false;
        auto const call = [&]() -> awaitable<void> {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value(), "row 7");
            done = true;
        };
        net::co_spawn(executor, call(), net::detached);
        co_await test::until([&] { return clock.until_alarm() == 250ms; });
        for (int i = 0; i != 100; ++i)
            co_await net::post(executor, net::use_awaitable);
        BOOST_TEST(server.connections() == 0);
        clock.advance(250ms);
        co_await test::until([&] { return done; });
    });
}

BOOST_AUTO_TEST_CASE(connecting_ends_by_its_own_time)
{
    black_hole const silent{at("127.0.0.1", 0)};
    scripted_server server{answer_all};
    auto config = server.config();
    config.base_url = "https://127.0.0.1:" + std::to_string(silent.number());
    config.timeouts.connect = 50ms;
    auto const got = get_once(config);
    BOOST_TEST((got.error().code() == errc::connect_failed));
    BOOST_TEST((got.error().cause() == boost::system::errc::timed_out));
    BOOST_TEST(got.error().phase() == phase::connect);
    BOOST_TEST(got.error().request_state() == request_state::unsent);
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_exist_is_not_looked_for_again)
{
    std::atomic<int> lookups = 0;
    scripted_server server{answer_all};
    auto config = server.config();
    config.base_url = "https://does-not-exist.invalid";
    config.retry.max_retries = 5;
    detail::environment world;
    world.lookup = [&](std::string const& host, std::uint16_t) -> transport::lookup_result {
        ++lookups;
        transport::failure why{errc::resolve_failed, phase::resolve, "no address was found for " + host};
        why.transient = false;
        return why;
    };
    auto const got = get_once(config, std::move(world));
    BOOST_TEST((got.error().code() == errc::resolve_failed));
    BOOST_TEST(got.error().phase() == phase::resolve);
    BOOST_TEST(got.error().request_state() == request_state::unsent);
    BOOST_TEST(got.error().message().find("does-not-exist.invalid") != std::string::npos);
    BOOST_TEST(lookups == 1);
}

BOOST_AUTO_TEST_CASE(addresses_are_remembered_and_serve_on_where_looking_up_fails)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(http_answer(200, responses::webhook, "Connection: close\r\n"));
    }};
    auto config = server.config();
    config.resolve.clear();
    std::atomic<int> lookups = 0;
    manual_clock const clock;
    detail::environment world;
    world.make_clock = clock.factory();
    world.lookup = [&](std::string const&, std::uint16_t) -> transport::lookup_result {
        if (++lookups > 1)
            return transport::failure{errc::resolve_failed, phase::resolve, "broken now"};
        return std::vector{at("127.0.0.1", server.port())};
    };
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, std::move(world));
        auto const hooks = api.webhooks(test::account, test::app);
        for (int const expected : {1, 1, 2, 3}) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value());
            BOOST_TEST(lookups == expected);
            clock.advance(20s);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_look_up_without_memory_is_not_the_last)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.resolve.clear();
    std::atomic<int> lookups = 0;
    detail::environment world;
    world.lookup = [&](std::string const&, std::uint16_t) -> transport::lookup_result {
        if (++lookups == 1)
            throw std::bad_alloc{};
        return std::vector{at("127.0.0.1", server.port())};
    };
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto api = detail::client_access::make(executor, config, std::move(world));
        auto const hooks = api.webhooks(test::account, test::app);
        auto const first = co_await hooks.get(test::some_id);
        BOOST_TEST((first.error().code() == errc::resource_exhausted));
        BOOST_TEST(first.error().phase() == phase::resolve);
        auto const second = co_await hooks.get(test::some_id);
        BOOST_TEST(second.has_value());
    });
}

BOOST_AUTO_TEST_CASE(the_resolver_of_the_system)
{
    for (char const* const address : {"127.0.0.1", "::1"}) { // which it reads without asking anybody
        auto const found = transport::system_lookup(address, 8443);
        auto const* const addresses = std::get_if<std::vector<net::ip::tcp::endpoint>>(&found);
        BOOST_TEST_REQUIRE(addresses != nullptr);
        BOOST_TEST_REQUIRE(addresses->size() == 1u);
        BOOST_TEST((addresses->front() == at(address, 8443)));
    }
}

BOOST_AUTO_TEST_CASE(localhost_needs_no_resolver)
{
    emulator server{emulator_options{}.token(test::token)}; // listens on both loopback addresses
    detail::environment world;
    world.lookup = [](std::string const&, std::uint16_t) -> transport::lookup_result {
        return transport::failure{errc::resolve_failed, phase::resolve, "there is none"};
    };
    auto const got = get_once(server.config(), std::move(world));
    BOOST_TEST((got.error().code() == errc::not_found));
}

// ---- TLS

BOOST_AUTO_TEST_CASE(an_authority_that_is_not_trusted)
{
    scripted_server server{answer_all};
    scripted_server other{answer_all};
    auto config = server.config();
    config.tls.ca_pem = other.config().tls.ca_pem;
    config.retry.max_retries = 5;
    pool_stats stats;
    auto const got = get_once(config, {}, &stats);
    BOOST_TEST((got.error().code() == errc::tls_failed));
    BOOST_TEST(got.error().phase() == phase::tls_handshake);
    BOOST_TEST(got.error().request_state() == request_state::unsent);
    BOOST_TEST(got.error().attempts() == 1); // it will not be trusted the next time either (P39)
    BOOST_TEST(server.connections() == 1);
    BOOST_TEST(server.requests() == 0);
    BOOST_TEST(stats.connect_failures == 1u);
    BOOST_TEST(got.error().message().find("certificate") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_systems_store_does_not_trust_a_test_authority)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.tls.ca_pem.clear();
    BOOST_TEST((get_once(config).error().code() == errc::tls_failed));
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.base_url = "https://api.example.com:" + std::to_string(server.port());
    config.resolve.emplace_back("API.example.com", server.port(), "127.0.0.1");
    auto const got = get_once(config);
    BOOST_TEST((got.error().code() == errc::tls_failed));
    BOOST_TEST(server.requests() == 0);
    // Addresses are checked as addresses.
    config.base_url = "https://127.0.0.1:" + std::to_string(server.port());
    BOOST_TEST(get_once(config).has_value());
}

BOOST_AUTO_TEST_CASE(a_certificate_out_of_its_time)
{
    scripted_server server{answer_all};
    detail::environment world;
    world.verification_time = std::time(nullptr) + 3600L * 24 * 365;
    auto const got = get_once(server.config(), std::move(world));
    BOOST_TEST((got.error().code() == errc::tls_failed));
    BOOST_TEST(got.error().message().find("clock") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_least_version_is_kept_to)
{
    scripted_server server{answer_all, scripted_server::protocol::tls_1_2};
    auto config = server.config();
    BOOST_TEST(get_once(config).has_value());
    config.tls.min_version = tls_version::v1_3;
    BOOST_TEST((get_once(config).error().code() == errc::tls_failed));
}

BOOST_AUTO_TEST_CASE(no_tls_at_all)
{
    scripted_server server{[](scripted_server::session& connection) {
                               connection.read_some();
                               connection.send_raw(http_answer(400, "this is plain HTTP"));
                               connection.wait_for_close();
                           },
                           scripted_server::protocol::raw};
    auto config = server.config();
    config.retry.max_retries = 5;
    auto const got = get_once(config);
    BOOST_TEST((got.error().code() == errc::tls_failed));
    BOOST_TEST(got.error().attempts() == 1);
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed)
{
    for (auto const how : {scripted_server::protocol::tls, scripted_server::protocol::tls_1_2}) {
        scripted_server server{[](scripted_server::session& connection) {
                                   connection.read_request();
                                   connection.send(http_answer(200, responses::webhook, "Connection: close\r\n"));
                                   connection.wait_for_close();
                               },
                               how};
        for (bool const wanted : {true, false}) {
            auto config = server.config();
            config.tls.session_resumption = wanted;
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                client api{executor, config};
                auto const hooks = api.webhooks(test::account, test::app);
                for (int i = 0; i != 20; ++i) {
                    auto const got = co_await hooks.get(test::some_id);
                    BOOST_TEST(got.has_value());
                }
                BOOST_TEST(api.stats().opened == 20u);
                BOOST_TEST(api.stats().resumed == (wanted ? 19u : 0u));
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(plain_http_on_loopback_where_that_is_wanted)
{
    scripted_server server{answer_all, scripted_server::protocol::plain};
    auto config = server.config();
    BOOST_TEST(get_once(config).has_value());
    config.insecure_http_loopback = false;
    BOOST_CHECK_EXCEPTION(get_once(config), exception,
                          [](exception const& thrown) { return thrown.code() == errc::invalid_argument; });
}

// ---- trying again

BOOST_AUTO_TEST_CASE(what_is_tried_again)
{
    struct row {
        int status;
        bool get_again, create_again;
    };
    for (auto const& each : {row{503, true, false}, row{500, true, false}, row{429, true, true}, row{408, true, false},
                             row{404, false, false}, row{501, false, false}, row{520, false, false}}) {
        std::atomic<int> requests = 0;
        scripted_server server{[&](scripted_server::session& connection) {
            for (;;) {
                connection.read_request();
                connection.send(++requests % 2 == 1 ? http_answer(each.status, "") : good_answer);
            }
        }};
        auto config = server.config();
        config.retry.max_retries = 1;
        config.retry.base_delay = 1ms;
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, config};
            auto const hooks = api.webhooks(test::account, test::app);
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST_INFO("status " << each.status);
            BOOST_TEST(got.has_value() == each.get_again);
            requests = 0;
            webhook_spec const spec{"name", "https://example.com/", event_set::all()};
            auto const created = co_await hooks.create(spec);
            BOOST_TEST_INFO("status " << each.status);
            BOOST_TEST(created.has_value() == each.create_again);
            BOOST_TEST(requests == (each.create_again ? 2 : 1));
            BOOST_TEST(api.stats().opened == 1u);
        });
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_too_much_patience)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(http_answer(429, responses::gateway_throttled, "Retry-After: 300\r\n"));
        connection.wait_for_close();
    }};
    auto config = server.config();
    config.retry.max_retries = 5;
    auto const got = get_once(config);
    BOOST_TEST((got.error().code() == errc::rate_limited));
    BOOST_TEST((got.error().retry_after() == 300s));
    BOOST_TEST(got.error().attempts() == 1);
}

/// What the budget has is for those who may retry.
BOOST_AUTO_TEST_CASE(calls_that_do_not_retry_leave_the_budget_alone)
{
    scripted_server server{[](scripted_server::session& connection) {
        for (;;) {
            connection.read_request();
            connection.send(http_answer(503, ""));
        }
    }};
    auto config = server.config();
    config.retry.max_retries = 3;
    config.retry.base_delay = config.retry.max_delay = 1ms;
    config.retry.budget_reserve = 3;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != 20; ++i) {
            auto const got = co_await hooks.get(test::some_id, call_options{}.max_retries(0));
            BOOST_TEST(got.error().attempts() == 1);
        }
        auto const got = co_await hooks.get(test::some_id);
        BOOST_TEST(got.error().attempts() == 4);
    });
}

BOOST_AUTO_TEST_CASE(a_broken_server_costs_a_fifth_more_calls_than_were_made)
{
    scripted_server server{[](scripted_server::session& connection) {
        for (;;) {
            connection.read_request();
            connection.send(http_answer(503, ""));
        }
    }};
    auto config = server.config();
    config.retry.max_retries = 3;
    config.retry.base_delay = 1ms;
    config.retry.max_delay = 1ms;
    constexpr int calls = 300;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != calls; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST((got.error().code() == errc::server_error));
        }
    });
    BOOST_TEST(server.requests() <= calls + calls / 5 + config.retry.budget_reserve);
    BOOST_TEST(server.requests() > calls);
}

BOOST_AUTO_TEST_SUITE_END()
