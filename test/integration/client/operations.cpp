// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/coroutine.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

using namespace rtkhooks;
using boost::asio::awaitable;

namespace {

constexpr auto account = "023e105f4ecef8ad9ca31a8372d0c353";
constexpr auto app = "2b1e5f0c-4d4e-4f5e-8f52-9a6f5a0e7c11";

} // namespace

BOOST_AUTO_TEST_SUITE(client_operations)

BOOST_AUTO_TEST_CASE(life_of_a_webhook)
{
    emulator server;
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(account, app);

        webhook_spec spec{"audit", "https://example.com/hook", event_type::meeting_started | event_type::meeting_ended};
        auto const created = co_await hooks.create(spec);
        BOOST_TEST_REQUIRE(created.has_value());
        BOOST_TEST(created->name == "audit");
        BOOST_TEST(created->events == spec.events());

        auto const got = co_await hooks.get(created->id);
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST(*got == *created);
    });
}

BOOST_AUTO_TEST_SUITE_END()
