// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fixtures/responses.hpp"
#include "integration/coroutine.hpp"
#include "integration/ids.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <utility>

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::account;
using test::app;
using test::some_id;

namespace {

webhook_spec const audit{"audit", "https://example.com/audit", event_type::meeting_started | event_type::meeting_ended,
                         false};

/// Runs a coroutine with a collection of an emulator.
void with_hooks(emulator& server, std::function<awaitable<void>(webhook_collection)> const& what)
{
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        co_await what(api.webhooks(account, app));
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_operations)

BOOST_AUTO_TEST_CASE(life_of_a_webhook)
{
    emulator server{emulator_options{}.token(test::token)};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto const created = co_await hooks.create(audit);
        BOOST_TEST_REQUIRE(created.has_value());
        BOOST_TEST(webhook_spec{*created} == audit);
        BOOST_TEST((created->created_at == created->updated_at));

        auto const got = co_await hooks.get(created->id);
        BOOST_TEST(got.value() == *created);

        auto const listed = co_await hooks.list();
        BOOST_TEST_REQUIRE(listed.value().size() == 1u);
        BOOST_TEST(listed->front() == *created);

        webhook_spec other{"other", "https://example.com/other", event_type::recording_status_update};
        auto const replaced = co_await hooks.replace(created->id, other);
        BOOST_TEST(webhook_spec{replaced.value()} == other);
        BOOST_TEST(replaced->id == created->id);

        auto const edited = co_await hooks.edit(created->id, webhook_patch{}.enabled(false).name("renamed"));
        BOOST_TEST(webhook_spec{edited.value()} == webhook_spec{other}.name("renamed").enabled(false));

        auto const removed = co_await hooks.remove(created->id);
        BOOST_TEST_REQUIRE(removed.value().has_value());
        BOOST_TEST(**removed == *edited);

        auto const gone = co_await hooks.get(created->id);
        BOOST_TEST((gone.error().code() == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(event_types)
{
    emulator server{emulator_options{}.token(test::token)};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto const offered = co_await hooks.list_event_types();
        event_set all;
        for (auto const& each : offered.value())
            all.insert(each);
        BOOST_TEST(all == event_set::all());
    });
}

BOOST_AUTO_TEST_CASE(an_empty_app_is_an_empty_list)
{
    emulator server{emulator_options{}.token(test::token)};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto const listed = co_await hooks.list();
        BOOST_TEST(listed.value().empty());
    });
}

BOOST_AUTO_TEST_CASE(an_empty_app_that_is_not_found_is_an_empty_list)
{
    emulator server{emulator_options{}.token(test::token).list_not_found_when_empty(true)};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto const listed = co_await hooks.list();
        BOOST_TEST(listed.value().empty());
    });
}

BOOST_AUTO_TEST_CASE(an_empty_app_that_is_not_found_is_an_error_where_that_is_wanted)
{
    emulator server{emulator_options{}.token(test::token).list_not_found_when_empty(true)};
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        auto config = server.config();
        config.list_not_found_is_empty = false;
        client api{executor, config};
        auto const listed = co_await api.webhooks(account, app).list();
        BOOST_TEST((listed.error().code() == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(partial_replies_are_completed_by_reading_again)
{
    emulator server{emulator_options{}.token(test::token).partial_replies(true)};
    with_hooks(server, [&](webhook_collection hooks) -> awaitable<void> {
        auto const created = co_await hooks.create(audit);
        auto const before = server.stats().requests;
        auto const replaced = co_await hooks.replace(created.value().id, webhook_spec{audit}.name("replaced"));
        BOOST_TEST(replaced.value().enabled == false);
        BOOST_TEST(server.stats().requests == before + 2);
        auto const edited = co_await hooks.edit(created->id, webhook_patch{}.name("edited"));
        BOOST_TEST(edited.value().enabled == false);
        BOOST_TEST(edited->name == "edited");
        auto const removed = co_await hooks.remove(created->id);
        BOOST_TEST(!removed.value().has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_change_that_cannot_be_read_again)
{
    emulator server{emulator_options{}.token(test::token).partial_replies(true).rate_limit(2, std::chrono::hours{1})};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto const created = co_await hooks.create(audit);
        auto const edited = co_await hooks.edit(created.value().id, webhook_patch{}.name("edited"));
        BOOST_TEST((edited.error().code() == errc::rate_limited));
        BOOST_TEST(edited.error().request_state() == request_state::answered);
        BOOST_TEST(edited.error().message().find("the change has been made") != std::string::npos);
        BOOST_TEST(edited.error().attempts() == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_change_whose_second_answer_is_no_webhook)
{
    namespace responses = test::responses;
    for (auto const& [body, code] : {std::pair{responses::gateway_page, errc::decode_failed},
                                     std::pair{responses::webhook_without_enabled, errc::decode_failed},
                                     std::pair{responses::not_found, errc::not_found}}) {
        test::scripted_server server{[&](test::scripted_server::session& connection) {
            for (;;) {
                bool const is_change = !connection.read_request().starts_with("GET");
                connection.send(test::http_answer(200, is_change ? responses::data_with_id_alone : body));
            }
        }};
        test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const edited = co_await api.webhooks(account, app).edit(some_id, webhook_patch{}.name("edited"));
            BOOST_TEST_CONTEXT(edited.error())
            {
                BOOST_TEST((edited.error().code() == code));
                BOOST_TEST(edited.error().request_state() == request_state::answered);
                BOOST_TEST(edited.error().message().find("the change has been made") != std::string::npos);
                BOOST_TEST(edited.error().attempts() == 2);
            }
        });
    }
}

BOOST_AUTO_TEST_CASE(refused_before_sending)
{
    emulator server{emulator_options{}.token(test::token)};
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(account, app);
        std::vector<error> refusals;
        auto const keep = [&](auto const& got) { refusals.push_back(got.error()); };
        keep(co_await hooks.get(""));
        keep(co_await hooks.get(".."));
        keep(co_await hooks.get("a/b"));
        keep(co_await hooks.get("a?b"));
        keep(co_await hooks.get("a\r\nX: y"));
        keep(co_await hooks.get(std::string("a\0b", 3)));
        keep(co_await hooks.get("all"));
        keep(co_await hooks.remove("a#b"));
        keep(co_await hooks.replace("%2e%2e", audit));
        keep(co_await hooks.edit(some_id, webhook_patch{}));
        keep(co_await hooks.create(webhook_spec{"", "https://example.com/", event_set::all()}));
        keep(co_await hooks.create(webhook_spec{"name", "no url", event_set::all()}));
        keep(co_await hooks.create(webhook_spec{"name", "https://example.com/", event_set{}}));
        keep(co_await api.webhooks("..", app).list());
        keep(co_await api.webhooks(account, "a/b").list());
        keep(co_await api.webhooks("", app).list_event_types());
        keep(co_await hooks.list(call_options{}.header("Bad Name", "x")));
        keep(co_await hooks.list(call_options{}.header("X-Split", "a\r\nb")));
        keep(co_await hooks.list(call_options{}.header("authorization", "Bearer other")));
        keep(co_await hooks.list(call_options{}.timeout(std::chrono::milliseconds{0})));
        keep(co_await hooks.list(call_options{}.timeout(std::chrono::milliseconds::max())));
        keep(co_await hooks.list(call_options{}.max_retries(-1)));
        for (std::size_t i = 0; i != refusals.size(); ++i) {
            BOOST_TEST_CONTEXT("refusal " << i << ": " << refusals[i])
            {
                BOOST_TEST((refusals[i].code() == errc::invalid_argument));
                BOOST_TEST(refusals[i].phase() == phase::prepare);
                BOOST_TEST(refusals[i].request_state() == request_state::unsent);
                BOOST_TEST(refusals[i].attempts() == 0);
                BOOST_TEST(refusals[i].message().size() > 20u);
            }
        }
        BOOST_TEST(api.stats().opened == 0u);
        BOOST_TEST(server.stats().requests == 0u);
    });
}

BOOST_AUTO_TEST_CASE(awaitables_may_be_kept_and_awaited_later)
{
    emulator server{emulator_options{}.token(test::token)};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto later = [&] {
            std::string const short_lived = some_id;
            webhook_spec const gone{"gone", "https://example.com/gone", event_set::all()};
            return std::pair{hooks.get(short_lived), hooks.create(gone)};
        }();
        auto const created = co_await std::move(later.second);
        BOOST_TEST(created.value().name == "gone");
        auto const got = co_await std::move(later.first);
        BOOST_TEST((got.error().code() == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(a_collection_may_outlive_its_client)
{
    emulator server{emulator_options{}.token(test::token)};
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        std::optional<client> api{std::in_place, executor, server.config()};
        auto const hooks = api->webhooks(account, app);
        api.reset();
        auto const listed = co_await hooks.list();
        BOOST_TEST((listed.error().code() == errc::client_closed));
        BOOST_TEST(listed.error().request_state() == request_state::unsent);
    });
}

BOOST_AUTO_TEST_CASE(what_a_call_tells_of_itself)
{
    emulator server{emulator_options{}.token(test::token).rate_limit(100, std::chrono::seconds{60})};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        call_info first;
        auto const listed = co_await hooks.list(call_options{}.info(&first));
        BOOST_TEST(listed.has_value());
        BOOST_TEST(first.http_status == 200);
        BOOST_TEST(first.attempts == 1);
        BOOST_TEST(first.connection_id == 1u);
        BOOST_TEST(!first.connection_reused);
        BOOST_TEST(!first.ray_id.empty());
        BOOST_TEST(first.body.find("\"data\"") != std::string::npos);
        BOOST_TEST(first.rate_limit_remaining.value() == 99);
        BOOST_TEST(first.elapsed.count() > 0);
        BOOST_TEST((first.queued <= first.elapsed));
        BOOST_TEST(std::any_of(first.headers.begin(), first.headers.end(),
                               [](auto const& each) { return each.first == "Content-Type"; }));
        call_info second;
        auto const got = co_await hooks.get(some_id, call_options{}.info(&second));
        BOOST_TEST(got.has_error());
        BOOST_TEST(second.http_status == 404);
        BOOST_TEST(second.connection_id == 1u);
        BOOST_TEST(second.connection_reused);
        BOOST_TEST(got.error().ray_id() == second.ray_id);
    });
}

BOOST_AUTO_TEST_CASE(what_a_call_tells_of_each_attempt)
{
    emulator server{emulator_options{}.token(test::token)};
    auto config = server.config();
    config.retry.base_delay = 1ms;
    server.fail_next(503);
    server.drop_next();
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        call_info info;
        auto const listed = co_await api.webhooks(account, app).list(call_options{}.info(&info));
        BOOST_TEST(listed.has_value());
        BOOST_TEST(info.attempts == 3); // the last replaces a connection that had ended, at once
        BOOST_TEST_REQUIRE(info.history.size() == 3U);
        auto const& failed = info.history[0];
        auto const& dropped = info.history[1];
        auto const& last = info.history[2];
        BOOST_TEST(failed.http_status == 503);
        BOOST_TEST(!failed.error);
        BOOST_TEST(failed.connection_id == 1U);
        BOOST_TEST(dropped.http_status == 0);
        BOOST_TEST((dropped.error == errc::connection_lost));
        BOOST_TEST(dropped.phase == phase::read_header);
        BOOST_TEST(dropped.connection_reused);
        BOOST_TEST(last.http_status == 200);
        BOOST_TEST(last.connection_id == 2U);
        BOOST_TEST(!last.connection_reused);
    });
}

BOOST_AUTO_TEST_CASE(errors_throw_when_the_value_is_taken)
{
    emulator server{emulator_options{}.token(test::token)};
    with_hooks(server, [](webhook_collection hooks) -> awaitable<void> {
        auto const got = co_await hooks.get(some_id);
        BOOST_CHECK_EXCEPTION(got.value(), exception, [](exception const& thrown) {
            return thrown.code() == errc::not_found && thrown.error().http_status() == 404;
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
