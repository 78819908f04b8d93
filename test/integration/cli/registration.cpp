// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/registration.hpp"

#include "fixtures/responses.hpp"
#include "integration/coroutine.hpp"
#include "integration/ids.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/client.hpp>
#include <rtkhooks/emulator.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_registration)

namespace {

using namespace std::chrono_literals;
namespace net = boost::asio;

constexpr std::string_view own_id = "7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13";
constexpr std::string_view list_of_one = R"({
  "data": [
    {
      "id": "7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13", "created_at": "2026-02-11T08:15:30.125Z", "enabled": true,
      "events": [
        "meeting.started", "meeting.ended", "meeting.participantJoined", "meeting.participantLeft",
        "meeting.chatSynced", "recording.statusUpdate", "livestreaming.statusUpdate", "meeting.transcript",
        "meeting.summary"
      ],
      "name": "mine", "updated_at": "2026-02-12T17:00:00.000Z", "url": "https://example.com/hook"
    }
  ],
  "success": true
})";

// The call that creates a webhook in a server.
template <class Server>
api_command creation(Server const& server)
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

// What a server does with a creation.
struct treatment {
    bool stores;
    int status;
    std::string_view body;
    exit_status expected;
    int requests; // up to then
};

void create_and_remove(treatment const& how)
{
    namespace responses = test::responses;
    std::atomic<bool> stored = false;
    test::scripted_server server{[&](test::scripted_server::session& connection) {
        for (;;) {
            auto const request = connection.read_request();
            if (request.starts_with("POST")) {
                stored = how.stores;
                connection.send(test::http_answer(how.status, how.body));
            } else if (request.starts_with("GET")) {
                connection.send(test::http_answer(200, stored ? list_of_one : responses::list_of_none));
            } else {
                stored = false;
                connection.send(test::http_answer(200, responses::data_with_id_alone));
            }
        }
    }};
    auto const asked = creation(server);
    test::run([&](net::any_io_executor executor) -> net::awaitable<void> {
        diagnostics complaints{asked.format};
        registration one{executor, asked, complaints};
        auto const created = co_await one.create();
        BOOST_CHECK(created == how.expected);
        BOOST_TEST(server.requests() == how.requests);
        BOOST_TEST(one.id() == (how.expected == exit_status::done ? own_id : ""));
        auto const removed = co_await one.remove();
        BOOST_CHECK(removed == exit_status::done);
        co_await one.close();
    });
    if (how.expected == exit_status::done)
        BOOST_TEST(!stored);
}

// Cancels once, when the server has so many requests.
void create_cancel_and_remove(emulator const& server, std::uint64_t requests)
{
    auto const asked = creation(server);
    net::io_context context{1};
    client watcher{context, server.config()};
    diagnostics complaints{asked.format};
    registration one{context.get_executor(), asked, complaints};
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
    net::co_spawn(context, both(), net::bind_cancellation_slot(signal.slot(), [](std::exception_ptr failure) {
                      BOOST_CHECK(failure == nullptr);
                  }));
    while (server.stats().requests < requests)
        context.run_one_for(1ms);
    signal.emit(net::cancellation_type::terminal);
    context.run();
    BOOST_CHECK(removed == exit_status::done);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_creation_whose_answer_is_lost_is_found_again_and_deleted)
{
    emulator server{emulator_options{}.token(test::token)};
    auto const asked = creation(server);
    test::run([&](net::any_io_executor executor) -> net::awaitable<void> {
        client watcher{executor, server.config()};
        diagnostics complaints{asked.format};
        registration one{executor, asked, complaints};
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

BOOST_AUTO_TEST_CASE(a_creation_that_may_have_taken_effect_is_looked_for)
{
    namespace responses = test::responses;
    for (treatment const& each : {
             treatment{true, 500, responses::internal_error, exit_status::done, 2},
             treatment{true, 502, responses::gateway_page, exit_status::done, 2},
             treatment{true, 201, responses::no_data, exit_status::done, 2},
             treatment{true, 201, "{", exit_status::done, 2},
             treatment{false, 500, responses::internal_error, exit_status::server_error, 2},
             treatment{false, 201, "{", exit_status::bad_answer, 2},
             treatment{false, 400, responses::bad_request, exit_status::invalid_request, 1},
             treatment{false, 409, responses::conflict, exit_status::conflict, 1},
         }) {
        BOOST_TEST_CONTEXT(each.status << ' ' << each.body << (each.stores ? ", stored" : ""))
        {
            create_and_remove(each);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_webhook_of_another_name_is_not_taken_for_its_own)
{
    emulator server{emulator_options{}.token(test::token)};
    auto const asked = creation(server);
    test::run([&](net::any_io_executor executor) -> net::awaitable<void> {
        client watcher{executor, server.config()};
        auto other = webhook_spec{asked.spec}.name("other");
        auto const there = co_await watcher.webhooks("account", "app").create(std::move(other));
        BOOST_TEST(there.has_value());
        diagnostics complaints{asked.format};
        registration one{executor, asked, complaints};
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
    emulator server{emulator_options{}.token(test::token)};
    server.delay_next(30s); // the creation is carried out, and not answered
    create_cancel_and_remove(server, 1);
}

BOOST_AUTO_TEST_CASE(a_creation_whose_answer_is_lost_leaves_nothing_behind_where_the_list_is_cancelled)
{
    emulator server{emulator_options{}.token(test::token)};
    server.drop_next();
    server.delay_next(500ms); // the list
    create_cancel_and_remove(server, 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
