// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/not_run_here.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

// Rows 3 and 11: what only a network of its own can be like. To have one takes root; others are told that they are not run.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// Runs something on a thread that, with all that it starts, has a network of its own: a loopback device that is down.
/// @return whether it may have one
bool in_a_network_of_its_own(std::function<void()> const& what)
{
    bool allowed = false;
    std::exception_ptr problem;
    std::thread{[&] {
        allowed = ::unshare(CLONE_NEWNET) == 0;
        try {
            if (allowed)
                what();
        } catch (...) {
            problem = std::current_exception();
        }
    }}.join();
    if (problem)
        std::rethrow_exception(problem);
    return allowed;
}

/// Where the system lets this program have one.
boost::test_tools::assertion_result own_network(boost::unit_test::test_unit_id which)
{
    return test::run_where(in_a_network_of_its_own([] {}), which, "a network namespace cannot be made: not root");
}

void bring_up_loopback()
{
    int const any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::string{"lo"}.copy(request.ifr_name, sizeof request.ifr_name - 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    BOOST_TEST_REQUIRE(::ioctl(any, SIOCSIFFLAGS, &request) == 0);
    ::close(any);
}

/// Retries at once.
client_config patient(client_config config)
{
    config.retry.max_retries = 1;
    config.retry.base_delay = std::chrono::milliseconds{1};
    return config;
}

void check_unsent(result<webhook> const& got, int row)
{
    BOOST_TEST_REQUIRE(got.has_error(), "row " << row);
    BOOST_TEST_INFO(got.error());
    BOOST_TEST((got.error().code() == errc::connect_failed));
    BOOST_TEST((got.error().phase() == phase::connect));
    BOOST_TEST(got.error().request_state() == request_state::unsent);
    BOOST_TEST(got.error().attempts() == 2);
}

} // namespace

BOOST_AUTO_TEST_SUITE(network, *boost::unit_test::precondition(own_network))

BOOST_AUTO_TEST_CASE(no_route)
{
    in_a_network_of_its_own([] {
        client_config config;
        config.base_url = "https://server.test:8443";
        config.resolve.emplace_back("server.test", std::uint16_t{8443}, "127.0.0.1");
        config.auth = credentials::api_token(test::token);
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, patient(config)};
            auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
            check_unsent(got, 3);
            BOOST_TEST((got.error().cause() == net::error::network_unreachable), "row 3");
            webhook_spec const spec{"name", "https://example.com/", event_set::all()};
            auto const created = co_await api.webhooks(test::account, test::app).create(spec);
            check_unsent(created, 3);
        });
    });
}

BOOST_AUTO_TEST_CASE(no_port_is_left)
{
    in_a_network_of_its_own([] {
        bring_up_loopback();
        scripted_server server{[](scripted_server::session& connection) {
            test::answer_one(connection);
            connection.read_request();
            connection.reset(); // so that the port is free at once
        }};
        std::ofstream{"/proc/sys/net/ipv4/ip_local_port_range"} << "40000 40000"; // one
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client first{executor, server.config()};
            client second{executor, patient(server.config())};
            auto const webhooks_of = [](client& api) { return api.webhooks(test::account, test::app); };
            auto const before = co_await webhooks_of(first).get(test::some_id);
            BOOST_TEST_REQUIRE(before.has_value());
            auto const got = co_await webhooks_of(second).get(test::some_id);
            check_unsent(got, 11);
            BOOST_TEST((got.error().cause() == boost::system::errc::address_not_available), "row 11");

            webhook_spec const spec{"name", "https://example.com/", event_set::all()};
            auto const reset = co_await webhooks_of(first).create(spec);
            BOOST_TEST(reset.has_error());
            auto const next = co_await webhooks_of(second).get(test::some_id);
            BOOST_TEST_INFO((next.has_error() ? next.error() : error{}));
            BOOST_TEST(next.has_value(), "row 11: it recovers");
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
