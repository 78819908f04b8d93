// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/answer.hpp"
#include "emulator/server.hpp"
#include "integration/emulator/reach.hpp"
#include "integration/sanitizer.hpp"

#include <rtkhooks/emulator.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace rtkhooks::testing {

BOOST_AUTO_TEST_SUITE(emulator_rude_clients)

namespace {

using namespace std::chrono_literals;
using emulation::server;
using emulation::server_limits;

std::string const token = "token";

// A server with limits that a test can wait for.
struct limited {
    explicit limited(server_limits limits) : served{emulator_options{}.token(token), limits} {}

    server served;
    reach<server> to{served, token};
};

struct unlimited {
    emulator served{emulator_options{}.token(token)};
    reach<emulator> to{served, token};
};

// Descriptors for both ends of so many connections.
// Returns how many connections there can be.
std::size_t allow_connections(std::size_t wanted)
{
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, 2 * wanted + 200));
    setrlimit(RLIMIT_NOFILE, &limit);
    return std::min<std::size_t>(wanted, (limit.rlim_cur - 200) / 2);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(what_is_no_request_is_answered_and_the_connection_closed, unlimited)
{
    std::string const head = "POST / HTTP/1.1\r\nHost: x\r\n";
    struct case_of {
        std::string text;
        int status;
    };
    std::vector<case_of> const cases{
        {"\x01\x02\x03", 400},
        {std::string(5000, '\0'), 400},
        {"GET / HTTP/1.1\n\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400},
        {head + "Transfer-Encoding: gzip\r\n\r\n", 501},
        {head + "Expect: the worst\r\n\r\n", 417},
        {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n", 414},
        {head + "A: " + std::string(20000, 'a') + "\r\n", 431},
        {head + "Content-Length: 65537\r\n\r\n", 413},
        {head + "Transfer-Encoding: chunked\r\n\r\n10001\r\n", 413},
    };
    for (auto const& each : cases) {
        BOOST_TEST_CONTEXT(each.text.substr(0, 100))
        {
            auto client = to.connect();
            client.send(each.text);
            auto answer = client.read_response();
            BOOST_TEST(answer.status == each.status);
            BOOST_TEST(answer.fields["connection"] == "close");
            BOOST_TEST(answer.body.starts_with("{\"success\":false"));
            BOOST_TEST(client.reads_orderly_end());
        }
    }
    BOOST_TEST(to.serves());
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_on_still_gets_the_refusal)
{
    server_limits limits;
    limits.linger = 20s;
    limited const test{limits};
    for (int i = 0; i < 20; ++i) {
        auto client = test.to.connect();
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n");
        // A reset would end this early, and could take the answer with it.
        for (int sent = 0; sent < 10'000'000; sent += 10'000)
            BOOST_REQUIRE(client.send(std::string(10'000, 'a')));
        BOOST_REQUIRE(client.read_response().status == 413);
    }
}

BOOST_FIXTURE_TEST_CASE(the_largest_that_is_allowed_is_served, unlimited)
{
    auto client = to.connect();
    std::string const name(4096, 'n');
    auto body = R"({"name":")" + name + R"(","url":"https://h","events":["meeting.ended"]})";
    body.resize(64 * 1024, ' ');
    client.send(to.request("POST", collection_path, body));
    BOOST_TEST(client.read_response().status == 201);
    client.send(to.request("GET", collection_path, "", "X: " + std::string(15'000, 'x') + "\r\n"));
    BOOST_TEST(client.read_response().status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_request_may_end_anywhere, unlimited)
{
    auto healthy = to.connect();
    auto const request = to.request("POST", collection_path, body_with_url("https://h/1"));
    for (std::size_t size = 0; size < request.size(); ++size) {
        auto client = to.connect();
        client.send(std::string_view{request}.substr(0, size));
        if (size % 3 == 0)
            client.connection().reset();
        else if (size % 3 == 1)
            client.shut_down();
    }
    // All of it, and gone before the answer.
    to.connect().send(request);
    BOOST_TEST(eventually([&] { return served.stats().open_connections == 1; }));
    healthy.send(to.request());
    BOOST_TEST(healthy.read_response().status == 200);
    BOOST_TEST(to.count() <= 1u);
    // One that goes at once may be gone before the server is done with the handshake.
    auto const stats = served.stats();
    BOOST_TEST(stats.connections + stats.failed_handshakes == request.size() + 3);
}

BOOST_FIXTURE_TEST_CASE(a_handshake_may_end_anywhere, unlimited)
{
    auto healthy = to.connect();
    auto const hello = make_client_hello();
    std::uint64_t failed = 0;
    for (std::size_t size = 0; size <= hello.size(); ++size, ++failed) {
        tcp_client client{served.port()};
        client.send(std::string_view{hello}.substr(0, size));
        if (size % 2 == 0)
            client.reset();
    }
    for (std::size_t place = 0; place < hello.size(); place += 7, ++failed) {
        auto broken = hello;
        broken[place] = static_cast<char>(~broken[place]);
        tcp_client client{served.port()};
        client.send(broken);
    }
    BOOST_TEST(eventually([&] { return served.stats().failed_handshakes == failed; }));
    healthy.send(to.request());
    BOOST_TEST(healthy.read_response().status == 200);
    BOOST_TEST(served.stats().connections == 1u);
}

BOOST_FIXTURE_TEST_CASE(plain_http_and_noise_on_the_tls_port_are_harmless, unlimited)
{
    std::vector<std::string> const noises{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", std::string(100'000, '\0'),
                                          std::string(100'000, '\xff'),
                                          "\x16\x03\x01\xff\xff" + std::string(70'000, 'x'),
                                          std::string("\x80\x2e\x01\x03\x01", 5) + std::string(1000, 'x')};
    for (auto const& noise : noises) {
        tcp_client const client{served.port()};
        client.send(noise);
        auto const answer = client.read_to_end();
        BOOST_TEST(answer.size() < 100u); // a TLS alert at most
    }
    BOOST_TEST(eventually([&] { return served.stats().failed_handshakes == noises.size(); }));
    BOOST_TEST(to.serves());
}

BOOST_AUTO_TEST_CASE(slow_clients_are_given_up_and_hurt_nobody)
{
    server_limits limits;
    limits.handshake = 500ms; // long enough for those who do hurry
    limits.request_time = 500ms;
    limits.idle = 10min;
    limited test{limits};
    tcp_client const silent{test.served.port()};
    tcp_client const halting{test.served.port()};
    halting.send(std::string_view{make_client_hello()}.substr(0, 20));
    auto slow = test.to.connect();
    slow.send("GET / HTTP/1.1\r\nHos");
    auto slow_body = test.to.connect();
    slow_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    BOOST_TEST(test.to.serves());
    BOOST_TEST(silent.read_to_end() == "");
    BOOST_TEST(halting.read_to_end() == "");
    for (auto* const client : {&slow, &slow_body}) {
        auto answer = client->read_response();
        BOOST_TEST(answer.status == 408);
        BOOST_TEST(answer.fields["connection"] == "close");
        BOOST_TEST(client->reads_orderly_end());
    }
    BOOST_TEST(eventually([&] { return test.served.stats().failed_handshakes == 2; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_drips_is_no_better_than_one_that_stops)
{
    server_limits limits;
    limits.request.header = std::size_t{1} << 30; // time ends it, not size
    limits.request_time = 100ms;
    limited const test{limits};
    auto client = test.to.connect();
    client.send("GET / HTTP/1.1\r\nHost: x\r\nA: ");
    // So many that they fill no socket's buffer where the server has stopped reading: the client would wait then.
    for (int i = 0; i != 20'000 && test.served.stats().open_connections != 0 && client.send("a"); ++i)
        std::this_thread::yield();
    BOOST_TEST(client.read_response().status == 408);
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed)
{
    server_limits limits;
    limits.idle = 300ms;
    limits.linger = 50ms;
    limits.request_time = 10min;
    limited test{limits};
    auto fresh = test.to.connect();
    BOOST_TEST(fresh.reads_orderly_end());
    auto used = test.to.connect();
    used.send(test.to.request());
    BOOST_TEST(used.read_response().status == 200);
    BOOST_TEST(used.reads_orderly_end());
    BOOST_TEST(eventually([&] { return test.served.stats().open_connections == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_given_up)
{
    server_limits limits;
    limits.write = 100ms;
    limits.linger = 100ms;
    limited test{limits};
    auto busy = test.to.connect();
    for (int i = 0; i < 200; ++i) {
        busy.send(test.to.request("POST", collection_path, body_with_url("https://h/" + std::to_string(i))));
        BOOST_REQUIRE(busy.read_response().status == 201);
    }
    auto deaf = test.to.connect();
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += test.to.request();
    deaf.send(requests); // about 50 MB of answers
    BOOST_TEST(eventually([&] { return test.served.stats().open_connections == 1; }));
    BOOST_TEST(test.served.stats().requests < 1200u);
    busy.send(test.to.request());
    BOOST_TEST(busy.read_response().status == 200);
}

namespace {

// A server with little memory, and an app whose list takes about a third of it.
struct little_memory {
    static server_limits limits()
    {
        server_limits result;
        result.memory = 240 * 1024;
        result.write = 10min;
        return result;
    }

    little_memory()
    {
        auto writer = test.to.connect();
        for (int i = 0; i < 20; ++i) {
            auto const number = std::to_string(i);
            auto const body = R"({"name":")" + std::string(4000, 'n') + R"(","url":"https://h/)" + number +
                              R"(","events":["meeting.ended"]})";
            writer.send(test.to.request("POST", collection_path, body));
            BOOST_REQUIRE(writer.read_response().status == 201);
        }
    }

    // A client whose list waits in the server, as it does where the client does not read: but here it is certain that
    // no socket's buffer has taken the answer.
    tls_client ask_for_a_late_list()
    {
        auto client = test.to.connect();
        test.served.faults().add(emulation::delay_fault{1h}, 1);
        auto const before = test.served.stats().requests;
        client.send(test.to.request());
        BOOST_REQUIRE(eventually([&] { return test.served.stats().requests == before + 1; }));
        return client;
    }

    limited test{limits()};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(answers_that_nobody_reads_have_a_bound, little_memory)
{
    auto const& memory = test.served.memory();
    BOOST_TEST(eventually([&] { return memory.in_use() == 0; }));
    std::vector<tls_client> holders;
    for (int i = 0; i < 2; ++i)
        holders.push_back(ask_for_a_late_list());
    BOOST_TEST(eventually([&] { return memory.in_use() > std::size_t{2} * 20 * 4000; }));
    for (int i = 0; i < 8; ++i) {
        auto client = test.to.connect();
        client.send(test.to.request());
        auto refused = client.read_response();
        BOOST_TEST(refused.status == 503);
        BOOST_REQUIRE(refused.fields["connection"] == "close");
        BOOST_TEST(refused.fields["retry-after"] == "1");
        BOOST_TEST(refused.body.starts_with("{\"success\":false,\"errors\":["));
        BOOST_TEST(client.reads_orderly_end());
    }
    BOOST_TEST(memory.peak() <= limits().memory);
    // What is short is served all the same.
    auto client = test.to.connect();
    client.send(test.to.request("GET", std::string{collection_path} + "/all"));
    BOOST_TEST(client.read_response().status == 200);
}

BOOST_AUTO_TEST_CASE(whatever_the_store_holds_can_be_listed)
{
    server_limits const limits;
    BOOST_TEST(limits.store.bytes + emulation::longest_header <= limits.memory);
}

BOOST_AUTO_TEST_CASE(memory_is_given_back_once_an_answer_is_sent)
{
    little_memory few;
    auto const& memory = few.test.served.memory();
    for (int i = 0; i < 20; ++i)
        BOOST_REQUIRE(few.test.to.serves());
    auto client = few.test.to.connect();
    client.send(few.test.to.request("POST", collection_path, std::string(60'000, ' ')));
    BOOST_TEST(client.read_response().status == 400);
    for (int i = 0; i < 20; ++i) {
        client.send(few.test.to.request());
        BOOST_REQUIRE(client.read_response().status == 200);
    }
    // What the open connection keeps: a short output and a short body.
    BOOST_TEST(eventually([&] { return memory.in_use() <= 2 * 4096; }));
    BOOST_TEST(memory.peak() >= 60'000u);
}

BOOST_FIXTURE_TEST_CASE(what_has_no_room_for_its_answer_is_not_carried_out, little_memory)
{
    auto const& memory = test.served.memory();
    // Lists, and then bodies without their last byte, until hardly anything is left.
    std::vector<tls_client> holders;
    for (int i = 0; i < 2; ++i)
        holders.push_back(ask_for_a_late_list());
    while (memory.in_use() + 64 * 1024 <= limits().memory) {
        auto const before = memory.in_use();
        holders.push_back(test.to.connect());
        holders.back().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n" + std::string(19'999, 'b'));
        BOOST_REQUIRE(eventually([&] { return memory.in_use() > before; }));
    }
    auto client = test.to.connect();
    client.send(test.to.request("POST", collection_path, body_with_url("https://h/new")));
    auto refused = client.read_response();
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.fields["connection"] == "close");
    BOOST_TEST(memory.peak() <= limits().memory);
    // A body that finds no room is refused too.
    auto other = test.to.connect();
    other.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 64000\r\n\r\n" + std::string(63'999, 'b'));
    BOOST_TEST(other.read_response().status == 503);
    // Half a body that is gone with its client leaves its room.
    while (holders.size() > 2)
        holders.pop_back();
    auto again = test.to.connect();
    BOOST_TEST(eventually([&] { return memory.in_use() + 64 * 1024 + 1024 <= limits().memory; }));
    again.send(test.to.request("POST", collection_path, body_with_url("https://h/new")));
    BOOST_TEST(again.read_response().status == 201); // so it had not been created
}

BOOST_AUTO_TEST_CASE(many_half_requests_are_given_up)
{
    server_limits limits;
    limits.request_time = 500ms;
    limits.linger = 100ms;
    limited test{limits};
    std::vector<tls_client> clients;
    for (std::size_t i = 0; i < allow_connections(300); ++i) {
        clients.push_back(test.to.connect());
        clients.back().send("GET /client/v4/acc");
    }
    BOOST_TEST(test.to.serves());
    BOOST_TEST(eventually([&] { return test.served.stats().open_connections == 0; }));
    for (auto& each : clients)
        BOOST_REQUIRE(each.read_response().status == 408);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_close_is_given_up)
{
    server_limits limits;
    limits.linger = 50ms;
    limited test{limits};
    auto client = test.to.connect();
    client.send(test.to.request("GET", collection_path, "", "Connection: close\r\n"));
    BOOST_TEST(client.read_response().status == 200);
    BOOST_TEST(client.reads_orderly_end());
    BOOST_TEST(eventually([&] { return test.served.stats().open_connections == 0; }));
}

BOOST_AUTO_TEST_CASE(connections_over_the_limit_are_refused)
{
    server_limits limits;
    limits.connections = 3;
    limited test{limits};
    std::vector<tls_client> clients;
    for (int i = 0; i < 2; ++i)
        clients.push_back(test.to.connect());
    std::optional<tcp_client> silent{test.served.port()}; // before its handshake it counts too
    tcp_client const refused{test.served.port()};
    BOOST_TEST(refused.read_to_end() == "");
    for (auto& each : clients) {
        each.send(test.to.request());
        BOOST_TEST(each.read_response().status == 200);
    }
    silent.reset();
    BOOST_TEST(eventually([&] { return test.served.stats().failed_handshakes == 1; }));
    BOOST_TEST(test.to.serves());
}

BOOST_FIXTURE_TEST_CASE(a_thousand_connections, unlimited)
{
    auto const count = allow_connections(1000);
    std::vector<tls_client> clients;
    for (std::size_t i = 0; i < count; ++i)
        clients.push_back(to.connect());
    for (auto& each : clients)
        each.send(to.request());
    for (auto& each : clients)
        BOOST_REQUIRE(each.read_response().status == 200);
    auto const stats = served.stats();
    BOOST_TEST(stats.connections == count);
    BOOST_TEST(stats.open_connections == count);
    BOOST_TEST(stats.peak_connections == count);
    BOOST_TEST(stats.requests == count);
    clients.clear();
    BOOST_TEST(eventually([&] { return served.stats().open_connections == 0; }));
    BOOST_TEST(served.stats().peak_connections == count);
    BOOST_TEST(to.serves());
}

BOOST_FIXTURE_TEST_CASE(no_descriptors_left_is_a_pause_and_not_an_end, unlimited,
                        *boost::unit_test::precondition(test::can_do_without_descriptors))
{
    BOOST_TEST(to.serves());
    int const first = tcp_client::make_socket();
    int const second = tcp_client::make_socket();
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(std::max(first, second)) + 1;
    // Whatever is free below is used up.
    std::vector<tcp_client> fillers;
    setrlimit(RLIMIT_NOFILE, &none);
    try {
        for (;;)
            fillers.emplace_back(served.port());
    } catch (std::system_error const&) {
    }
    // Neither of these can be accepted now, but the system has them connected.
    tcp_client waiting{first, served.port()};
    tcp_client other{second, served.port()};
    setrlimit(RLIMIT_NOFILE, &before);
    tls_client client{to.settings(), std::move(waiting)};
    client.send(to.request());
    BOOST_TEST(client.read_response().status == 200);
    fillers.clear();
    BOOST_TEST(to.serves());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::testing
