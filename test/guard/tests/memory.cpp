// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "guard/figures.hpp"
#include "guard/memory_count.hpp"
#include "guard/warm_client.hpp"

#include "integration/ids.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <malloc.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <latch>
#include <memory>
#include <utility>

using namespace rtkhooks;
using namespace rtkhooks::test;
namespace net = boost::asio;

namespace {

constexpr int connections = 64;
constexpr int waiting_calls = 1000;

long long resident_bytes()
{
    long long pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> pages;
    return pages * ::sysconf(_SC_PAGESIZE);
}

/// A client of many connections, and all that runs it.
struct busy_client {
    explicit busy_client(client_config config) : api{context, std::move(config)} {}

    void get(int times)
    {
        for (int i = 0; i != times; ++i) {
            net::co_spawn(context, api.webhooks(account, app).get(some_id),
                          [this](std::exception_ptr thrown, result<webhook> got) {
                              ++ended;
                              if (!thrown && got)
                                  ++succeeded;
                          });
        }
    }
    template <class Condition>
    void run_until(Condition holds)
    {
        while (!holds())
            context.run_one();
    }

    net::io_context context{1};
    int ended = 0;
    int succeeded = 0;
    client api;
};

} // namespace

BOOST_AUTO_TEST_SUITE(memory)

/// All of the heap, OpenSSL's too, and the sessions that it keeps for the next connections.
BOOST_AUTO_TEST_CASE(an_idle_connection)
{
    // Answers when every connection of a client has its request, so that each call has one of its own.
    auto const all_are_there = std::make_shared<std::pair<std::latch, std::latch>>(connections, connections);
    forked_server const server{[all_are_there](scripted_server::session& connection) {
        auto const answer = everyday_answer();
        connection.read_request();
        (connection.number() <= connections ? all_are_there->first : all_are_there->second).arrive_and_wait();
        for (;; connection.read_request())
            connection.send(answer);
    }};
    auto config = everyday_config(server.config());
    config.pool.max_connections = connections;
    // The first client has done once what is done once in a process.
    for (bool const first : {true, false}) {
        busy_client user{config};
        ::malloc_trim(0); // so that what is resident is in use
        auto const heap = memory_now();
        auto const resident = resident_bytes();
        user.get(connections);
        user.run_until([&] { return user.ended == connections; });
        BOOST_TEST(user.succeeded == connections);
        BOOST_TEST_REQUIRE(user.api.stats().idle == std::size_t{connections});
        if (first)
            continue;
        auto const more = (memory_now() - heap).bytes;
        BOOST_TEST(more > connections * 8192, "they are counted");
        BOOST_TEST(within_bound("idle_connection.bytes", more, connections));
        BOOST_TEST_MESSAGE("resident: " << (resident_bytes() - resident) / connections << " more bytes a connection");
    }
}

/// Memory that a connection had for a large request and a large answer is not kept for the next.
BOOST_AUTO_TEST_CASE(a_large_call_before)
{
    forked_server const server{[](scripted_server::session& connection) {
        auto const answer = everyday_answer();
        auto const large = http_answer(404, std::string(std::size_t{4} << 20, ' '));
        for (;;)
            connection.send(connection.read_request().starts_with("GET ") ? answer : large);
    }};
    busy_client user{everyday_config(server.config())};
    user.get(1);
    user.run_until([&] { return user.ended == 1; });
    auto const heap = memory_now();
    webhook_spec large{std::string(std::size_t{4} << 20, 'x'), "https://example.com/", event_set::all()};
    net::co_spawn(user.context, user.api.webhooks(account, app).create(std::move(large)),
                  [&](std::exception_ptr, result<webhook>) { ++user.ended; });
    user.run_until([&] { return user.ended == 2; });
    user.get(1);
    user.run_until([&] { return user.ended == 3; });
    BOOST_TEST(user.succeeded == 2);
    BOOST_TEST(user.api.stats().opened == 1U);
    BOOST_TEST((memory_now() - heap).bytes < 64 * 1024);
}

/// With the coroutine that makes it.
BOOST_AUTO_TEST_CASE(a_waiting_call)
{
    forked_server const server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.stall();
    }};
    auto config = everyday_config(server.config());
    config.rate_limit.requests = 2 * waiting_calls;
    config.pool.max_connections = 1;
    busy_client user{config};
    user.get(1);
    user.run_until([&] { return user.api.stats().busy == 1; });
    auto const heap = memory_now();
    auto const resident = resident_bytes();
    user.get(waiting_calls);
    user.run_until([&] { return user.api.stats().waiting == waiting_calls; });
    auto const more = (memory_now() - heap).bytes;
    BOOST_TEST(more > waiting_calls * 512, "they are counted");
    BOOST_TEST(within_bound("waiting_call.bytes", more, waiting_calls));
    BOOST_TEST_MESSAGE("resident: " << (resident_bytes() - resident) / waiting_calls << " more bytes a call");
    BOOST_TEST(user.ended == 0);
}

BOOST_AUTO_TEST_SUITE_END()
