// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/descriptors.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Not one fault but all of its kind: at every completion, at every byte, at every moment.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::good_answer;
using test::operation;
using test::perform;
using test::scripted_server;
namespace net = boost::asio;

namespace {

enum class end { cancelled, destroyed };

/// A call that is swept over.
struct swept_call {
    operation which;
    end how;
    bool connected; ///< whether a call before has made a connection
    bool abroad;    ///< whether the caller's context is another than the client's, so that ends take their time
    std::string marker;
    bool ended_before = false;          ///< before it was to be ended
    std::optional<request_state> state; ///< that its error tells, if it has one
};

/// Ends a call when so many handlers have run since it began.
void end_after(std::size_t completions, swept_call& call, scripted_server const& server)
{
    net::io_context context{1};
    net::io_context other{1};
    auto& home = call.abroad ? other : context;
    auto config = server.config();
    config.pool.max_connections = 1; // so that a place that is lost is missed
    std::optional<client> api{std::in_place, context, config};
    auto const hooks = api->webhooks(test::account, test::app);
    auto const succeed = [&] {
        std::optional<result<webhook>> got;
        net::co_spawn(context, test::get_into(hooks, got), net::detached);
        context.restart(); // it stops by itself where there was nothing left to do
        while (!got)
            context.run_one();
        BOOST_TEST(got->has_value(), "P12: the next call works");
    };
    if (call.connected)
        succeed();
    net::cancellation_signal signal;
    int ended = 0;
    std::optional<error> problem;
    bool begun = false;
    net::co_spawn(home, test::perform_into(hooks, call.which, call_options{}.header("X-Marker", call.marker), problem),
                  net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                      ++ended;
                      begun = thrown == nullptr;
                  }));
    for (std::size_t i = 0; i != completions && ended == 0; ++i) {
        if (home.poll_one() == 0)
            context.run_one();
    }
    call.ended_before = ended != 0;
    if (call.how == end::cancelled)
        signal.emit(net::cancellation_type::terminal);
    else
        api.reset();
    try {
        while (ended == 0)
            BOOST_TEST_REQUIRE(home.poll_one() + context.poll_one() != 0U,
                               "row 91: the call ends at once, and waits for nothing");
    } catch (boost::system::system_error const& thrown) {
        // As Boost 1.83 tells of the cancellation of what has not begun.
        BOOST_TEST((thrown.code() == net::error::operation_aborted && call.how == end::cancelled && completions == 0));
        ++ended;
    }
    if (problem) {
        BOOST_TEST((problem->code() == (call.how == end::cancelled ? errc::cancelled : errc::client_closed)));
        call.state = problem->request_state();
        bool const made = problem->message().find("the change has been made") != std::string::npos;
        BOOST_TEST(made == (call.state == request_state::answered));
        BOOST_TEST((!made || call.which == operation::edit));
    } else {
        // Cancelled before it began, it need not begin.
        BOOST_TEST((begun || (call.how == end::cancelled && completions == 0)),
                   "P17: in an error, and in no exception");
    }
    if (call.how == end::destroyed) {
        context.run(); // nothing keeps it
        other.run();
    } else {
        BOOST_TEST(api->stats().busy == 0U);
        BOOST_TEST(api->stats().waiting == 0U);
        succeed();
    }
    BOOST_TEST(ended == 1, "P17: once");
}

/// A call for each completion at which it can be ended, in both ways, with and without a connection.
std::vector<swept_call> end_at_every_completion(operation which, scripted_server const& server)
{
    std::vector<swept_call> calls;
    for (int i = 0; i != 8; ++i) {
        swept_call one;
        one.which = which;
        one.how = i / 4 == 0 ? end::cancelled : end::destroyed;
        one.connected = i / 2 % 2 == 0;
        one.abroad = i % 2 == 0;
        std::size_t completions = 0;
        for (bool over = false; !over; ++completions) {
            BOOST_TEST_INFO_SCOPE("row 91, 93: after " << completions << " completions, in way " << i);
            auto& call = calls.emplace_back(one);
            call.marker = std::to_string(static_cast<int>(which)) + '-' + std::to_string(calls.size());
            auto const descriptors = test::open_descriptors();
            end_after(completions, call, server);
            BOOST_TEST(test::descriptors_fall_to(descriptors), "P12: no descriptor is left");
            over = call.ended_before;
        }
        BOOST_TEST(completions > (one.connected ? 2U : 5U));
    }
    return calls;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sweeps)

BOOST_AUTO_TEST_CASE(ended_at_every_completion)
{
    scripted_server server{test::answer_all};
    for (auto const which : {operation::get, operation::create}) {
        int sent = 0;
        for (auto const& each : end_at_every_completion(which, server)) {
            auto const arrivals = server.arrivals(each.marker);
            BOOST_TEST(arrivals <= 1, "P1: " << each.marker);
            BOOST_TEST((each.state != request_state::unsent || arrivals == 0), "P3: " << each.marker);
            sent += each.state == request_state::unknown ? 1 : 0;
        }
        BOOST_TEST(sent > 0);
    }
}

/// Once a change is answered, no error says otherwise, though the webhook is still to be read.
BOOST_AUTO_TEST_CASE(ended_while_what_was_changed_is_read)
{
    scripted_server server{[](scripted_server::session& connection) {
        for (;;) {
            bool const is_change = connection.read_request().starts_with("PATCH ");
            connection.send(
                test::http_answer(200, is_change ? test::responses::data_with_id_alone : test::responses::webhook));
        }
    }};
    int answered = 0;
    for (auto const& each : end_at_every_completion(operation::edit, server)) {
        auto const arrivals = server.arrivals(each.marker); // of the change, and of what reads it
        BOOST_TEST(arrivals <= 2, "P1: " << each.marker);
        BOOST_TEST((each.state != request_state::unsent || arrivals == 0), "P3: " << each.marker);
        BOOST_TEST((!each.state || (arrivals == 2) <= (each.state == request_state::answered)), "P3: " << each.marker);
        answered += each.state == request_state::answered ? 1 : 0;
    }
    BOOST_TEST(answered > 3);
}

/// With RTKHOOKS_LONG_TESTS, for changes too.
BOOST_AUTO_TEST_CASE(cut_at_every_byte)
{
    std::string const body{test::responses::webhook};
    std::ostringstream chunks;
    for (std::size_t i = 0; i < body.size(); i += 100)
        chunks << std::hex << std::min<std::size_t>(body.size() - i, 100) << "\r\n" << body.substr(i, 100) << "\r\n";
    struct {
        char const* name;
        std::string answer;
        bool announced; ///< whether it can be cut where the end is announced, and be known to be cut
    } const answers[] = {
        {"of a length", good_answer, true},
        {"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks.str() + "0\r\nX: y\r\n\r\n",
         true},
        {"up to the end of the connection", "HTTP/1.1 200 OK\r\n\r\n" + body, false},
        {"behind an interim one", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + good_answer, true},
    };
    std::size_t const step = std::getenv("RTKHOOKS_LONG_TESTS") != nullptr ? 1 : 16;
    for (auto const& [name, answer, can_be_announced] : answers) {
        std::atomic<std::size_t> size = 0;
        std::atomic<bool> announced = false;
        scripted_server server{[&, whole = &answer](scripted_server::session& connection) {
            connection.read_request();
            connection.send(std::string_view{*whole}.substr(0, size));
            if (announced)
                connection.send_close_notify();
            connection.close();
        }};
        int calls = 0;
        test::run([&, what = name, whole = &answer,
                   both = can_be_announced](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const hooks = api.webhooks(test::account, test::app);
            for (bool const close_notify : {false, true}) {
                if (close_notify && !both)
                    continue;
                announced = close_notify;
                for (size = 0; size != whole->size(); ++size) {
                    for (auto const which : {operation::get, operation::create}) {
                        if (which != operation::get && size % step != 0)
                            continue;
                        ++calls;
                        auto const problem = co_await perform(hooks, which, {});
                        BOOST_TEST_INFO("P32: " << what << ", cut at " << size
                                                << (close_notify ? " with close_notify" : ""));
                        BOOST_TEST_REQUIRE(problem.has_value());
                        BOOST_TEST_INFO("P32: " << what << ", cut at " << size << ": " << *problem);
                        BOOST_TEST((problem->code() == errc::connection_lost));
                        BOOST_TEST(problem->request_state() == request_state::unknown);
                    }
                }
            }
        });
        BOOST_TEST(server.requests() == calls, "P1: none was repeated");
    }
}

/// P2: the end of the connection crosses the request, or just not. Each connection is closed when it has been idle for a
/// time that its client knows, and that has the next call made at about that moment.
BOOST_AUTO_TEST_CASE(closed_while_idle_at_every_moment)
{
    constexpr unsigned callers = 20; // a client each, so that no other call takes the connection
    constexpr unsigned calls = 100;  // of each, in a round
    constexpr unsigned most_rounds = 20;
    scripted_server server{[](scripted_server::session& connection) {
        bool const at_once = connection.number() % 2 == 0;
        bool const crossed = connection.number() % 8 < 2; // the request comes as the time is over, and is not seen
        for (;;) {
            auto const request = connection.read_request();
            connection.send(good_answer);
            timespec const idle{0, std::stol(request.substr(request.find("X-Idle: ") + 8)) * 1000};
            pollfd next{connection.descriptor(), POLLIN, 0};
            if (::ppoll(&next, 1, &idle, nullptr) != 0 && !crossed)
                continue;
            ::shutdown(connection.descriptor(), SHUT_WR);
            if (!at_once)
                connection.read_request(); // what crosses the end arrives all the same
            connection.close();
        }
    }};
    auto config = server.config();
    config.pool.max_connections = 1;
    unsigned ended = 0;
    unsigned lost = 0;
    std::uint64_t opened = 0;
    std::uint64_t replaced = 0;
    auto const caller = [&](net::any_io_executor executor, unsigned number) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const round = number / callers;
        std::minstd_rand random{1000 + number};
        net::steady_timer timer{executor};
        for (unsigned i = 0; i != calls; ++i) {
            auto const which = static_cast<operation>(random() % 5);
            auto const marker = std::to_string(number) + '-' + std::to_string(i);
            std::chrono::microseconds const idle{random() % 20'001};
            auto options = call_options{}.header("X-Marker", marker).header("X-Idle", std::to_string(idle.count()));
            auto const problem = co_await perform(hooks, which, std::move(options));
            // The more rounds it takes, the slower the machine: the call has to be made earlier to be in time.
            std::chrono::microseconds const late{random() % 300};
            std::chrono::microseconds const early{random() % (500 + 500 * round)};
            timer.expires_after(idle + late - early);
            bool const idempotent = test::is_idempotent(which);
            if (problem) {
                ++lost;
                BOOST_TEST_INFO(*problem);
                BOOST_TEST(!idempotent, "P2: replaced without a word");
                BOOST_TEST(problem->request_state() == request_state::unknown);
            }
            if (!idempotent)
                BOOST_TEST(server.arrivals(marker) <= 1, "P1: never twice");
            co_await timer.async_wait(net::use_awaitable);
        }
        opened += api.stats().opened;
        replaced += api.stats().retries;
        ++ended;
    };
    unsigned made = 0;
    while (made != most_rounds * callers && (lost == 0 || replaced == 0)) {
        auto const first = made;
        made += callers;
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            for (unsigned i = first; i != made; ++i)
                net::co_spawn(executor, caller(executor, i), net::detached);
            co_await test::until([&] { return ended == made; });
        });
    }
    BOOST_TEST(opened > callers * calls / 4, "P2: many have been closed");
    BOOST_TEST(replaced > 0U, "no end has crossed a request");
    BOOST_TEST(lost > 0U, "no end has crossed a change");
    BOOST_TEST_MESSAGE(made * calls << " calls, " << opened << " connections, " << replaced << " replaced, " << lost
                                    << " changes that may have been made");
}

BOOST_AUTO_TEST_SUITE_END()
