// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/registration.hpp"

#include "integration/coroutine.hpp"

#include <rtkhooks/client.hpp>
#include <rtkhooks/emulator.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_registration)

namespace {

using namespace std::chrono_literals;
namespace net = boost::asio;

// The call that creates a webhook in an emulator.
api_command creation(emulator const& server)
{
    api_command result;
    result.what = operation::create;
    result.account_id = "account";
    result.app_id = "app";
    result.spec = {"mine", "https://example.com/hook", event_set::all()};
    result.config = server.config();
    return result;
}

net::awaitable<std::vector<webhook>> webhooks_of(client& caller)
{
    auto const all = co_await caller.webhooks("account", "app").list();
    co_return all.value();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_creation_whose_answer_is_lost_is_found_again_and_deleted)
{
    emulator server;
    auto const asked = creation(server);
    test::run([&](net::any_io_executor executor) -> net::awaitable<void> {
        client watcher{executor, server.config()};
        registration one{executor, asked};
        server.drop_next();
        auto const created = co_await one.create();
        BOOST_CHECK(created == exit_status::done);
        auto const all = co_await webhooks_of(watcher);
        BOOST_TEST(all.size() == 1u);
        BOOST_TEST(one.id() == all.at(0).id);
        auto const removed = co_await one.remove();
        BOOST_CHECK(removed == exit_status::done);
        auto const left = co_await webhooks_of(watcher);
        BOOST_TEST(left.empty());
        co_await one.close();
        co_await watcher.close();
    });
}

BOOST_AUTO_TEST_CASE(a_webhook_of_another_name_is_not_taken_for_its_own)
{
    emulator server;
    auto const asked = creation(server);
    test::run([&](net::any_io_executor executor) -> net::awaitable<void> {
        client watcher{executor, server.config()};
        auto other = webhook_spec{asked.spec}.name("other");
        auto const there = co_await watcher.webhooks("account", "app").create(std::move(other));
        BOOST_TEST(there.has_value());
        registration one{executor, asked};
        server.drop_next();
        auto const created = co_await one.create();
        BOOST_CHECK(created == exit_status::unreachable);
        BOOST_TEST(one.id().empty());
        auto const removed = co_await one.remove();
        BOOST_CHECK(removed == exit_status::done);
        auto const left = co_await webhooks_of(watcher);
        BOOST_TEST(left.size() == 1u);
        co_await one.close();
        co_await watcher.close();
    });
}

BOOST_AUTO_TEST_CASE(a_creation_that_is_cancelled_under_way_leaves_nothing_behind)
{
    emulator server;
    auto const asked = creation(server);
    net::io_context context{1};
    client watcher{context, server.config()};
    registration one{context.get_executor(), asked};
    net::cancellation_signal signal;
    std::optional<exit_status> removed;
    auto const both = [&]() -> net::awaitable<void> {
        co_await net::this_coro::throw_if_cancelled(false);
        auto const created = co_await one.create();
        BOOST_CHECK(created == exit_status::done);
        removed = co_await one.remove();
        auto const left = co_await webhooks_of(watcher);
        BOOST_TEST(left.empty());
        co_await one.close();
        co_await watcher.close();
    };
    server.delay_next(30s); // the creation is carried out, and not answered
    net::co_spawn(context, both(), net::bind_cancellation_slot(signal.slot(), [](std::exception_ptr failure) {
                      BOOST_CHECK(failure == nullptr);
                  }));
    while (server.stats().requests == 0)
        context.run_one_for(1ms);
    signal.emit(net::cancellation_type::terminal);
    context.run();
    BOOST_CHECK(removed == exit_status::done);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
