// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>

// Rows 12 and 99: every single allocation of a call fails once. The call ends, by an error or an exception; the client
// is as good as before, and nothing leaks (which a sanitizer sees). And rows 51, 53, 54 and 60: how much is allocated for
// answers without end.

namespace {

// Of this thread alone: the server's have their memory.
thread_local long allocations_until_failure = -1;
thread_local bool failed = false;
thread_local long long in_use = 0;
thread_local long long most_in_use = 0;

void* allocate(std::size_t size)
{
    if (allocations_until_failure >= 0 && allocations_until_failure-- == 0) {
        failed = true;
        throw std::bad_alloc{};
    }
    auto* const memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr)
        throw std::bad_alloc{};
    in_use += static_cast<long long>(malloc_usable_size(memory));
    most_in_use = std::max(in_use, most_in_use);
    return memory;
}

void give_back(void* memory) noexcept
{
    in_use -= static_cast<long long>(malloc_usable_size(memory));
    std::free(memory);
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// Has one of the next allocations fail. -1: none.
void fail_allocation(long which)
{
    failed = false;
    allocations_until_failure = which;
}

/// Runs until a call has ended in whichever way: where memory lacks, an exception may come out of run(), too.
struct one_call {
    std::optional<result<webhook>> outcome;
    net::cancellation_signal cancellation; // connected, as it is for most callers
    std::shared_ptr<int> const alive = std::make_shared<int>();
    bool threw = false;
    bool ended = false;

    void perform(net::io_context& context, webhook_collection const& hooks, long failing)
    {
        fail_allocation(failing);
        begin(context, hooks, {});
        go_on(context, &net::io_context::run_one);
    }

    void begin(net::io_context& context, webhook_collection const& hooks, call_options options)
    {
        context.restart();
        try {
            net::co_spawn(context, hooks.get(test::some_id, std::move(options)),
                          net::bind_cancellation_slot(
                              cancellation.slot(),
                              [this, alive = alive](std::exception_ptr thrown, std::optional<result<webhook>> got) {
                                  allocations_until_failure = -1;
                                  threw = threw || thrown != nullptr;
                                  if (!thrown)
                                      outcome = std::move(got);
                              }));
        } catch (std::bad_alloc const&) {
            threw = true;
        }
    }

    /// @param step runs a handler, or none where there is none to wait for
    void go_on(net::io_context& context, std::size_t (net::io_context::*step)())
    {
        for (std::size_t ran = 1; alive.use_count() != 1 && ran != 0;) {
            try {
                ran = (context.*step)();
            } catch (std::bad_alloc const&) {
                threw = true;
            }
        }
        allocations_until_failure = -1;
        ended = alive.use_count() == 1;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(each_fails_once)
{
    scripted_server server{[](scripted_server::session& connection) {
        for (;;) { // with a list in two lines, which are joined
            connection.read_request();
            connection.send(
                test::http_answer(200, test::responses::webhook,
                                  "Ratelimit: \"burst\";r=900;t=1\r\nRatelimit: \"default\";r=900;t=30\r\n"));
        }
    }};
    auto config = server.config();
    config.timeouts.call = 5s;
    enum class kind { first, reused, after_a_look_up };
    for (auto const which : {kind::first, kind::reused, kind::after_a_look_up}) {
        bool const connected = which == kind::reused;
        int failures = 0;
        for (long failing = 0; failing == 0 || failed; ++failing) {
            BOOST_TEST_CONTEXT("allocation " << failing << " of kind " << static_cast<int>(which))
            {
                detail::environment world;
                world.lookup = [port = server.port()](auto const&, auto) {
                    return transport::lookup_result{
                        std::vector{transport::endpoint{net::ip::make_address("127.0.0.1"), port}}};
                };
                if (which == kind::after_a_look_up)
                    config.resolve.clear();
                net::io_context context{1};
                client api{detail::client_access::make(context.get_executor(), config, std::move(world))};
                auto const hooks = api.webhooks(test::account, test::app);
                if (connected) {
                    one_call before;
                    before.perform(context, hooks, -1);
                    BOOST_TEST((before.outcome && before.outcome->has_value()));
                }
                one_call broken;
                broken.perform(context, hooks, failing);
                bool const struck = failed;
                failures += struck ? 1 : 0;
                BOOST_TEST(broken.ended, "P17: it ends");
                if (broken.outcome && broken.outcome->has_error()) {
                    auto const& why = broken.outcome->error();
                    BOOST_TEST((why.code() == errc::resource_exhausted), why);
                    BOOST_TEST((why.phase() != phase::prepare || why.request_state() == request_state::unsent), why);
                } else
                    BOOST_TEST((broken.threw || broken.outcome), "rows 12, 99: it ends");
                one_call after;
                after.perform(context, hooks, -1);
                BOOST_TEST_INFO((after.outcome && after.outcome->has_error() ? after.outcome->error() : error{}));
                BOOST_TEST((after.outcome && after.outcome->has_value()), "row 12: the client works on");
                BOOST_TEST(api.stats().busy == 0U);
                failed = struck;
            }
        }
        BOOST_TEST_MESSAGE(failures << " allocations");
        BOOST_TEST(failures > (connected ? 3 : 20));
    }
}

/// Its turn comes, but there is no memory for it, and then its time is over.
BOOST_AUTO_TEST_CASE(a_turn_that_is_put_off)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(test::http_answer(200, test::responses::webhook, "Ratelimit: \"default\";r=0;t=10\r\n"));
        test::answer_all(connection);
    }};
    auto config = server.config();
    config.rate_limit.requests = 1000;
    config.rate_limit.window = 10s;
    int failures = 0;
    for (long failing = 0; failing == 0 || failed; ++failing) {
        BOOST_TEST_CONTEXT("allocation " << failing << " when the time is over")
        {
            test::manual_clock const clock;
            detail::environment world;
            world.make_clock = clock.factory();
            net::io_context context{1};
            client api{detail::client_access::make(context.get_executor(), config, std::move(world))};
            auto const hooks = api.webhooks(test::account, test::app);
            one_call before;
            before.perform(context, hooks, -1);
            BOOST_TEST((before.outcome && before.outcome->has_value()));
            one_call waiting;
            waiting.begin(context, hooks, call_options{}.timeout(10050ms));
            while (api.stats().pacing != 1)
                context.run_one();
            context.poll();
            clock.advance(10s);
            fail_allocation(0);
            context.run_one();
            allocations_until_failure = -1;
            BOOST_TEST_REQUIRE((failed && api.stats().pacing == 1), "the turn could not be taken");
            clock.advance(50ms);
            fail_allocation(failing);
            waiting.go_on(context, &net::io_context::poll_one);
            bool const struck = failed;
            failures += struck ? 1 : 0;
            BOOST_TEST(waiting.ended, "rows 12, 99: it ends");
            if (waiting.outcome) {
                BOOST_TEST_REQUIRE(waiting.outcome->has_error());
                auto const& why = waiting.outcome->error();
                BOOST_TEST((why.code() == errc::rate_limited || why.code() == errc::resource_exhausted), why);
                BOOST_TEST(why.request_state() == request_state::unsent, why);
            }
            BOOST_TEST(api.stats().pacing == 0U);
            one_call after;
            after.perform(context, hooks, -1);
            BOOST_TEST((after.outcome && after.outcome->has_value()), "row 12: the client works on");
            failed = struck;
        }
    }
    BOOST_TEST(failures > 2);
}

BOOST_AUTO_TEST_CASE(answers_without_end)
{
    constexpr long long mebibyte = 1 << 20;
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    std::string const kilobyte(1024, 'x');
    auto const header = &client_config::limits_config::header_bytes;
    auto const body = &client_config::limits_config::body_bytes;
    struct {
        char const* name;
        std::string begin;
        std::string then;
        std::size_t client_config::limits_config::*limit;
    } const rows[] = {
        {"row 53: a header line", ok + "X: ", kilobyte, header},
        {"row 53: header lines", ok, "X: " + kilobyte + "\r\n", header},
        {"row 53: short header lines", ok, "X:\r\n", header},
        {"row 54: interim answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n", header},
        {"row 54: interim answers with headers", "", "HTTP/1.1 103 X\r\nX: " + kilobyte + "\r\n\r\n", header},
        {"row 51: a chunk extension", chunked + "5;x=", kilobyte, header},
        {"row 51: chunk extensions", chunked, "1;x=" + kilobyte + "\r\n{\r\n", header},
        {"row 51: chunks of one byte", chunked, "1\r\n{\r\n", body},
        {"row 51: trailers", chunked + "0\r\n", "X: " + kilobyte + "\r\n", header},
        {"row 60: chunks", chunked, "400\r\n" + kilobyte + "\r\n", body},
        {"row 60: a body", ok + "\r\n", kilobyte, body},
        {"row 60: a body of a length", ok + "Content-Length: 4194304\r\n\r\n", kilobyte, body},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            scripted_server server{[&](scripted_server::session& connection) {
                connection.read_request();
                connection.send(each.begin);
                std::string more;
                while (more.size() < 16 * 1024)
                    more += each.then;
                for (int i = 0; i != 4096; ++i) // 64 MiB, as good as without end
                    connection.send(more);
            }};
            auto config = server.config();
            config.limits.body_bytes = 4 * mebibyte;
            net::io_context context{1};
            client api{context, config};
            auto const hooks = api.webhooks(test::account, test::app);
            one_call endless;
            auto const before = most_in_use = in_use;
            endless.perform(context, hooks, -1);
            BOOST_TEST_REQUIRE(endless.ended);
            BOOST_TEST((endless.outcome && endless.outcome->has_error()));
            BOOST_TEST(most_in_use - before < static_cast<long long>(config.limits.*each.limit) + mebibyte);
            BOOST_TEST_MESSAGE(each.name << ": " << (most_in_use - before) / 1024 << " KiB");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
