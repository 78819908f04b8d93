// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/eventually.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Rows 32 to 43: what the server does to a connection that has served a call before.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::endings;
using test::failure;
using test::fate;
using test::fault;
using test::fault_script;
using test::http_answer;
using test::scripted_server;
using test::success;
namespace net = boost::asio;
using session = test::scripted_server::session;

namespace {

fault_script sends_of_a_record(std::size_t bytes)
{
    return [bytes](session& connection) {
        connection.send_raw(std::string_view{connection.encrypt(test::good_answer)}.substr(0, bytes));
    };
}

/// What becomes of a call over a connection that has served another.
fault on_a_used_connection(int row, std::string name, fault_script script, endings expected)
{
    auto made = test::of(row, std::move(name), std::move(script), expected);
    made.after_a_good_call = true;
    return made;
}

/// Repeated at once on a fresh connection where that is safe (R1); otherwise it may have taken effect.
endings replaced(errc code, phase where)
{
    auto how = failure(code, where, request_state::unknown);
    how.idempotent = {};
    how.idempotent.attempts = how.idempotent.arrivals = 2;
    how.idempotent.connection = fate::kept;
    return how;
}

/// Repeated after a pause where that is safe: it was not the connection's age that ended it.
endings again(errc code, phase where) { return replaced(code, where); }

/// What a firewall does to a connection that has been idle for long: it is not told of the end, and what it sends is
/// answered by an RST. Takes the privilege to administer the network.
/// @return whether that was allowed
bool forget(session& connection)
{
    // Else it is the acknowledgement of the last answer that is answered by an RST, soon.
    for (int unacknowledged = 1; unacknowledged != 0;)
        ::ioctl(connection.descriptor(), SIOCOUTQ, &unacknowledged);
    int const on = 1;
    if (::setsockopt(connection.descriptor(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0)
        return false;
    sockaddr const nobody{};
    return ::connect(connection.descriptor(), &nobody, sizeof nobody) == 0; // AF_UNSPEC: ends it
}

endings again_after_a_timeout() { return replaced(errc::timed_out, phase::read_header); }

// What the server does with the second request of a connection.

void closes(session& connection)
{
    connection.read_request();
    connection.close();
}

void resets(session& connection)
{
    connection.read_request();
    connection.reset();
}

void falls_silent(session& connection)
{
    connection.read_request();
    test::fall_silent(connection);
}

void closes_within_the_answer(session& connection)
{
    connection.read_request();
    connection.send(std::string_view{test::good_answer}.substr(0, 40));
    connection.close();
}

} // namespace

BOOST_AUTO_TEST_SUITE(keep_alive)

BOOST_AUTO_TEST_CASE(it_ends_when_the_request_comes)
{
    std::vector const rows{
        on_a_used_connection(
            33, "closed",
            [](session& connection) {
                connection.read_request();
                connection.send_close_notify();
                connection.close();
            },
            replaced(errc::connection_lost, phase::read_header)),
        on_a_used_connection(33, "closed without close_notify", closes,
                             replaced(errc::connection_lost, phase::read_header)),
        on_a_used_connection(34, "reset", resets, replaced(errc::connection_lost, phase::read_header)),
        on_a_used_connection(42, "silence", falls_silent, again_after_a_timeout()),
        on_a_used_connection(46, "closed within the answer", closes_within_the_answer,
                             again(errc::connection_lost, phase::read_header)),
        on_a_used_connection(
            63, "an answer, and the connection is closed",
            [](session& connection) {
                connection.read_request();
                connection.send(http_answer(413, ""));
                connection.close();
            },
            failure(errc::invalid_request, phase::decode, request_state::answered)),
        on_a_used_connection(
            39, "as good as ever", [](session& connection) { test::answer_one(connection); }, success(fate::kept)),
    };
    test::play(rows);
}

/// Replacing a connection that has ended is not for the policy of retries to allow. Anything else is.
BOOST_AUTO_TEST_CASE(it_ends_where_nothing_is_retried)
{
    std::vector rows{
        on_a_used_connection(33, "closed", closes, replaced(errc::connection_lost, phase::read_header)),
        on_a_used_connection(34, "reset", resets, replaced(errc::connection_lost, phase::read_header)),
        on_a_used_connection(42, "silence", falls_silent,
                             failure(errc::timed_out, phase::read_header, request_state::unknown)),
        on_a_used_connection(
            26, "a broken record",
            [](session& connection) {
                connection.read_request();
                connection.send_raw(std::string(100, 'x'));
                connection.wait_for_close();
            },
            failure(errc::tls_failed, phase::read_header, request_state::unknown)),
        on_a_used_connection(46, "closed within the answer", closes_within_the_answer,
                             failure(errc::connection_lost, phase::read_header, request_state::unknown)),
    };
    for (auto& each : rows)
        each.prepare = [](client_config& config, detail::environment&) { config.retry.max_retries = 0; };
    test::play(rows);
}

/// What has arrived by the time of the next call is seen before that uses the connection: no call has anything to repeat.
BOOST_AUTO_TEST_CASE(it_ended_before)
{
    struct row {
        char const* name;
        fault_script script;
    };
    row const rows[] = {
        {"row 32: closed", [](session& connection) { connection.close(); }},
        {"row 32: close_notify", [](session& connection) { connection.send_close_notify(); }},
        {"row 32: reset", [](session& connection) { connection.reset(); }},
        {"row 40: 408 unasked", [](session& connection) { connection.send(http_answer(408, "")); }},
        {"row 41: a whole answer unasked", [](session& connection) { connection.send(test::good_answer); }},
        {"row 41: one byte unasked", [](session& connection) { connection.send("H"); }},
        {"row 41: a byte of a record unasked", sends_of_a_record(1)},
        {"row 41: less than a record's header unasked", sends_of_a_record(4)},
        {"row 41: a record's header unasked", sends_of_a_record(5)},
        {"row 41: a byte more unasked", sends_of_a_record(6)},
        {"row 41: half a record unasked", sends_of_a_record(50)},
        {"row 41: garbage", [](session& connection) { connection.send_raw(std::string(100, 'x')); }},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            std::atomic<int> done = 0;
            scripted_server server{[&](session& connection) {
                test::answer_one(connection);
                try {
                    each.script(connection);
                    ++done;
                } catch (scripted_server::over const&) {
                    ++done;
                    throw;
                }
                connection.wait_for_close();
            }};
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                client api{executor, server.config()};
                auto const hooks = api.webhooks(test::account, test::app);
                webhook_spec const spec{"name", "https://example.com/", event_set::all()};
                for (int i = 1; i != 4; ++i) {
                    // A create is never repeated: that it succeeds shows that the connection was not used.
                    auto const created = co_await hooks.create(spec);
                    BOOST_TEST(created.has_value());
                    co_await test::until([&] { return done == i; });
                    for (int round = 0; round != 100; ++round)
                        co_await net::post(executor, net::use_awaitable);
                }
                BOOST_TEST(api.stats().opened == 3U);
            });
            BOOST_TEST(server.requests() == 3);
        }
    }
}

BOOST_AUTO_TEST_CASE(it_is_forgotten_without_a_word)
{
    for (auto const which : {test::operation::get, test::operation::create}) {
        std::atomic<bool> forgotten = false;
        scripted_server server{[&](session& connection) {
            test::answer_one(connection);
            if (connection.number() != 1)
                test::answer_all(connection);
            bool const silently = forget(connection);
            forgotten = true;
            if (!silently) // the RST follows the request all the same
                connection.read_some();
            connection.reset();
        }};
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const hooks = api.webhooks(test::account, test::app);
            auto const before = co_await test::perform(hooks, test::operation::get, {});
            BOOST_TEST(!before);
            co_await test::until([&] { return forgotten.load(); });
            auto const problem = co_await test::perform(hooks, which, {});
            if (test::is_idempotent(which)) {
                BOOST_TEST(!problem, "row 43: replaced at once");
                BOOST_TEST(api.stats().retries == 1U);
            } else {
                BOOST_TEST_REQUIRE(problem.has_value(), "row 43");
                BOOST_TEST((problem->code() == errc::connection_lost), *problem);
                BOOST_TEST(problem->request_state() == request_state::unknown);
                BOOST_TEST(problem->attempts() == 1);
            }
        });
    }
}

/// All at once, and each call replaces its own by a new one, not by the next dead one.
BOOST_AUTO_TEST_CASE(all_of_them_are_dead)
{
    constexpr int connections = 8;
    for (auto const which : {test::operation::get, test::operation::create}) {
        bool const idempotent = test::is_idempotent(which);
        std::latch all{connections};
        scripted_server server{[&](session& connection) {
            connection.read_request();
            if (connection.number() <= connections) {
                all.arrive_and_wait(); // so that there are as many
                connection.send(test::good_answer);
                connection.read_request();
                connection.reset();
            }
            connection.send(test::good_answer);
            test::answer_all(connection);
        }};
        auto config = server.config();
        config.pool.max_connections = connections;
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, config};
            auto const hooks = api.webhooks(test::account, test::app);
            int failures = 0;
            for (int round = 0; round != 2; ++round) {
                int ended = 0;
                for (int i = 0; i != connections; ++i) {
                    net::co_spawn(executor, test::perform(hooks, which, {}),
                                  [&](std::exception_ptr thrown, std::optional<error> const& problem) {
                                      BOOST_TEST(!thrown);
                                      ++ended;
                                      failures += problem ? 1 : 0;
                                      BOOST_TEST((!problem || problem->request_state() == request_state::unknown));
                                  });
                }
                co_await test::until([&] { return ended == connections; });
            }
            BOOST_TEST(failures == (idempotent ? 0 : connections), "row 36");
            BOOST_TEST(api.stats().opened == (idempotent ? 2U : 1U) * connections);
            BOOST_TEST(api.stats().retries == (idempotent ? 1U : 0U) * connections);
        });
        BOOST_TEST(server.requests() == connections * (idempotent ? 3 : 2), "row 36: a change is not repeated");
    }
}

/// It can be turned off: then a GET, too, fails where its connection is dead and it may not be repeated.
BOOST_AUTO_TEST_CASE(nothing_is_replaced_where_that_is_turned_off)
{
    for (bool const replaced : {true, false}) {
        scripted_server server{[](session& connection) {
            test::answer_one(connection);
            connection.read_request();
            connection.reset();
        }};
        auto config = server.config();
        config.retry.replace_dead_connections = replaced;
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, config};
            auto const hooks = api.webhooks(test::account, test::app);
            for (int i = 0; i != 2; ++i) {
                call_info info;
                auto const got = co_await hooks.get(test::some_id, call_options{}.info(&info));
                BOOST_TEST(got.has_value() == (i == 0 || replaced));
                BOOST_TEST(info.attempts == (i == 1 && replaced ? 2 : 1));
            }
        });
        BOOST_TEST(server.requests() == (replaced ? 3 : 2));
    }
}

BOOST_AUTO_TEST_CASE(closed_after_every_answer_unannounced)
{
    for (auto const which : {test::operation::get, test::operation::create}) {
        std::atomic<int> closed = 0;
        scripted_server server{[&](session& connection) {
            test::answer_one(connection);
            ::shutdown(connection.descriptor(), SHUT_WR);
            ++closed;
            throw scripted_server::over{};
        }};
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const hooks = api.webhooks(test::account, test::app);
            for (int i = 0; i != 50; ++i) {
                auto const problem = co_await test::perform(hooks, which, {});
                BOOST_TEST(!problem, "row 38");
                if (which == test::operation::create) // what may be sent once alone: the end has come before it
                    co_await test::until([&] { return closed == i + 1; });
            }
            BOOST_TEST(api.stats().opened == 50U);
        });
        if (which == test::operation::create)
            BOOST_TEST(server.requests() == 50, "P1: never twice");
    }
}

BOOST_AUTO_TEST_SUITE_END()

// Not for the thread sanitizer, which does not see the fence by which Asio counts the uses of a strand's executor.
BOOST_AUTO_TEST_SUITE(unasked_answers)

namespace {

std::string wrong_answer()
{
    std::string wrong = test::good_answer;
    auto const name = wrong.find("Audit");
    BOOST_TEST_REQUIRE(name != wrong.npos);
    wrong.replace(name, 5, "WRONG");
    return wrong;
}

awaitable<result<webhook>> create(webhook_collection hooks)
{
    co_return co_await hooks.create({"name", "https://example.com/", event_set::all()});
}

awaitable<result<webhook>> get_after_a_while(webhook_collection hooks)
{
    auto const later = std::chrono::steady_clock::now() + std::chrono::milliseconds{1};
    while (std::chrono::steady_clock::now() < later)
        std::this_thread::yield();
    co_return co_await hooks.get(test::some_id);
}

/// Has the server say something unasked between a good answer and another call.
/// @param threads of the context
/// @param yields between what the server says and the call, in which other threads read, if they do
void say_something_unasked(int rounds, unsigned threads, int yields,
                           awaitable<result<webhook>> (*call)(webhook_collection))
{
    auto const wrong = wrong_answer();
    for (int round = 0; round != rounds; ++round) {
        std::atomic<bool> asked = false;
        std::atomic<bool> said = false;
        scripted_server server{[&](session& connection) {
            test::answer_one(connection);
            if (connection.number() != 1)
                test::answer_all(connection);
            while (!asked)
                std::this_thread::yield();
            connection.send(wrong);
            said = true;
            connection.wait_for_close();
        }};
        net::thread_pool pool{threads};
        auto const strand = net::make_strand(pool);
        client api{strand, server.config()};
        auto const body = [&]() -> awaitable<void> {
            auto const hooks = api.webhooks(test::account, test::app);
            auto const first = co_await hooks.get(test::some_id);
            BOOST_TEST(first.has_value());
            asked = true;
            while (!said)
                std::this_thread::yield();
            for (int i = 0; i != yields; ++i)
                std::this_thread::yield();
            auto const second = co_await call(hooks);
            BOOST_TEST_REQUIRE(second.has_value(), "row 41: " << second.error());
            BOOST_TEST(second->name.find("WRONG") == std::string::npos, "row 41");
        };
        net::co_spawn(strand, body(), net::use_future).get();
        BOOST_TEST(server.requests() == 2, "row 41: on another connection");
    }
}

} // namespace

/// What another thread of the context could have read already, but not judged, must not answer the next request.
BOOST_AUTO_TEST_CASE(on_several_threads) { say_something_unasked(20, 2, 5000, create); }

/// A change looks, however recently the connection was read to its end.
BOOST_AUTO_TEST_CASE(just_before_a_change) { say_something_unasked(100, 1, 0, create); }

/// So does what changes nothing, where that is a while ago.
BOOST_AUTO_TEST_CASE(before_a_get) { say_something_unasked(10, 1, 0, get_after_a_while); }

/// Half of a session ticket is half of something all the same: but a sound server's, so that the call is repeated at once.
BOOST_AUTO_TEST_CASE(half_a_ticket_before_the_first_request)
{
    std::atomic<bool> said = false;
    scripted_server server{[&](session& connection) {
                               if (connection.number() == 1) {
                                   auto const ticket = connection.records_of([](SSL* tls) {
                                       return SSL_new_session_ticket(tls) == 1 && SSL_do_handshake(tls) == 1;
                                   });
                                   connection.send_raw(std::string_view{ticket}.substr(0, ticket.size() / 2));
                                   said = true;
                               }
                               test::answer_all(connection);
                           },
                           scripted_server::protocol::tls, [](SSL_CTX* tls) { SSL_CTX_set_num_tickets(tls, 0); }};
    net::io_context context{1};
    client api{context, server.config()};
    std::optional<result<webhook>> got;
    net::co_spawn(context, test::get_into(api.webhooks(test::account, test::app), got), net::detached);
    while (api.stats().opened == 0)
        context.run_one();
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST_REQUIRE(test::eventually([&] { return said.load(); }));
    while (!got)
        context.run_one();
    BOOST_TEST_REQUIRE(got->has_value(), got->error());
    BOOST_TEST(api.stats().opened == 2U);
}

/// Nor does it answer the first request of all.
BOOST_AUTO_TEST_CASE(before_the_first_request)
{
    std::atomic<bool> said = false;
    scripted_server server{[&](session& connection) {
                               if (connection.number() == 1) {
                                   connection.send(wrong_answer());
                                   said = true;
                               }
                               test::answer_all(connection);
                           },
                           scripted_server::protocol::plain};
    net::io_context context{1};
    client api{context, server.config()};
    auto const hooks = api.webhooks(test::account, test::app);
    for (bool const is_first : {true, false}) {
        std::optional<result<webhook>> got;
        net::co_spawn(context, create(hooks), [&](std::exception_ptr thrown, result<webhook> outcome) {
            BOOST_TEST(!thrown);
            got = std::move(outcome);
        });
        context.run_one(); // which begins to connect
        BOOST_TEST_REQUIRE(test::eventually([&] { return said.load(); }));
        while (!got)
            context.run_one();
        BOOST_TEST(got->has_value() != is_first);
        if (is_first && got->has_error()) {
            BOOST_TEST((got->error().code() == errc::connection_lost), got->error());
            BOOST_TEST((got->error().request_state() == request_state::unsent), got->error());
        }
    }
    BOOST_TEST(server.requests() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
