// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/ids.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

// Rows 87 to 89: the server did what it was asked to, and its answer is lost.

using namespace rtkhooks;
using boost::asio::awaitable;
namespace net = boost::asio;

namespace {

webhook_spec const spec{"lost", "https://example.com/lost", event_set::all()};

/// A client of an emulator, and a webhook that is there.
struct scene {
    explicit scene(net::any_io_executor executor) : api{std::move(executor), config(server)} {}

    static client_config config(emulator const& server)
    {
        auto config = server.config();
        config.retry.base_delay = std::chrono::milliseconds{1};
        return config;
    }

    emulator server{emulator_options{}.token(test::token)};
    client api;
    webhook_collection hooks = api.webhooks(test::account, test::app);
};

} // namespace

BOOST_AUTO_TEST_SUITE(lost_answers)

BOOST_AUTO_TEST_CASE(a_replacement_is_repeated)
{
    test::run([](net::any_io_executor executor) -> awaitable<void> {
        scene on{executor};
        auto const made = co_await on.hooks.create(spec);
        BOOST_TEST_REQUIRE(made.has_value());
        on.server.drop_next();
        call_info info;
        auto changed = webhook_spec{spec}.name("changed");
        auto const got = co_await on.hooks.replace(made->id, std::move(changed), call_options{}.info(&info));
        BOOST_TEST_REQUIRE(got.has_value(), "row 87");
        BOOST_TEST(got->name == "changed");
        BOOST_TEST(info.attempts == 2);
        auto const all = co_await on.hooks.list();
        BOOST_TEST_REQUIRE(all.has_value());
        BOOST_TEST(all->size() == 1U);
        BOOST_TEST(all->front().name == "changed");
    });
}

BOOST_AUTO_TEST_CASE(a_removal_that_finds_nothing_the_second_time)
{
    test::run([](net::any_io_executor executor) -> awaitable<void> {
        scene on{executor};
        auto const made = co_await on.hooks.create(spec);
        BOOST_TEST_REQUIRE(made.has_value());
        on.server.drop_next();
        auto const got = co_await on.hooks.remove(made->id);
        BOOST_TEST_REQUIRE(got.has_error(), "row 88: it may have been someone else");
        BOOST_TEST((got.error().code() == errc::not_found));
        BOOST_TEST(got.error().attempts() == 2);
        BOOST_TEST(got.error().message().find("an earlier attempt of the same call may have taken effect") !=
                       std::string::npos,
                   got.error().message());
        // Where there was no earlier one, nothing is said of it.
        auto const again = co_await on.hooks.remove(made->id);
        BOOST_TEST_REQUIRE(again.has_error());
        BOOST_TEST(again.error().attempts() == 1);
        BOOST_TEST(again.error().message().find("earlier attempt") == std::string::npos);
        // Nor where there was one that only reads.
        on.server.drop_next();
        auto const read = co_await on.hooks.get(made->id);
        BOOST_TEST_REQUIRE(read.has_error());
        BOOST_TEST(read.error().attempts() == 2);
        BOOST_TEST(read.error().message().find("earlier attempt") == std::string::npos, read.error().message());
    });
}

/// What the caller does then: see whether it is there.
BOOST_AUTO_TEST_CASE(a_creation_is_not_repeated)
{
    test::run([](net::any_io_executor executor) -> awaitable<void> {
        scene on{executor};
        on.server.drop_next();
        auto const got = co_await on.hooks.create(spec);
        BOOST_TEST_REQUIRE(got.has_error(), "row 89");
        BOOST_TEST((got.error().code() == errc::connection_lost));
        BOOST_TEST(got.error().request_state() == request_state::unknown);
        BOOST_TEST(got.error().attempts() == 1);
        auto const all = co_await on.hooks.list();
        BOOST_TEST_REQUIRE(all.has_value());
        BOOST_TEST(all->size() == 1U, "row 89: once");
        BOOST_TEST(all->front().url == spec.url());
    });
}

/// A 429 says that the request was not processed: what fails afterwards without being sent leaves it at that.
BOOST_AUTO_TEST_CASE(a_creation_that_was_refused_and_then_not_sent)
{
    for (int const status : {429, 503}) {
        test::scripted_server server{
            [&](test::scripted_server::session& connection) {
                if (connection.number() != 1)
                    return connection.close();
                connection.shake_hands();
                connection.read_request();
                connection.send(test::http_answer(status, "{}", "Retry-After: 0\r\nConnection: close\r\n"));
            },
            test::scripted_server::protocol::raw};
        auto config = server.config();
        config.retry.max_retries = 3;
        config.retry.base_delay = std::chrono::milliseconds{1};
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, config};
            auto const hooks = api.webhooks(test::account, test::app);
            auto const created = co_await hooks.create(spec);
            BOOST_TEST_REQUIRE(created.has_error());
            auto const& why = created.error();
            BOOST_TEST_INFO(why);
            if (status == 429) {
                BOOST_TEST((why.code() == errc::tls_failed), "row 70");
                BOOST_TEST(why.request_state() == request_state::unsent, "P3: not processed");
                BOOST_TEST(why.attempts() == 4);
            } else {
                BOOST_TEST((why.code() == errc::server_error), "row 69: not sent again");
                BOOST_TEST(why.attempts() == 1);
            }
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()
