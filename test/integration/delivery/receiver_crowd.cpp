// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fixtures/signing_key.hpp"
#include "integration/delivery/key_server.hpp"
#include "integration/delivery/receiver_scene.hpp"
#include "integration/delivery/sender.hpp"
#include "integration/sanitizer.hpp"

#include <rtkhooks/receiver.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Who keeps a receiver busy on purpose, and what a process has no more of: a delivery gets through. Time is the tests'
// own.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::delivery_number;
using test::delivery_request;
using test::eventually;
using test::gate;
using test::key_server;
using test::receiver_scene;
using test::sender;
namespace net = boost::asio;

BOOST_AUTO_TEST_SUITE(receiver_crowd)

namespace {

delivery_request without_signature()
{
    delivery_request request;
    request.body = "{}";
    return request;
}

/// A receiver with room for three.
receiver_config small_room()
{
    receiver_config config;
    config.limits.max_connections = 3;
    return config;
}

/// Sends requests for ever, and reads no answer.
class talker {
public:
    explicit talker(std::uint16_t port) : connection_{port}
    {
        char first = 0;
        BOOST_TEST(::recv(connection_.native(), &first, 1, MSG_PEEK) == 1, "it is answered");
    }
    ~talker()
    {
        ::shutdown(connection_.native(), SHUT_RDWR);
        thread_.join();
    }
    talker(talker const&) = delete;
    talker& operator=(talker const&) = delete;

private:
    void talk()
    {
        std::string many;
        for (int i = 0; i != 100; ++i)
            many += without_signature().text();
        while (connection_.send(many)) {}
    }

    sender connection_;
    std::thread thread_{[this] { talk(); }};
};

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

/// Lets this process have so many descriptors more and no others, for as long as it lives.
class few_descriptors {
public:
    explicit few_descriptors(int more)
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto few = before_;
        for (few.rlim_cur = 0; is_open(static_cast<int>(few.rlim_cur)) || more-- > 0;)
            ++few.rlim_cur;
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    few_descriptors(few_descriptors const&) = delete;
    few_descriptors& operator=(few_descriptors const&) = delete;

private:
    rlimit before_{};
};

std::set<int> open_sockets()
{
    std::set<int> found;
    for (int descriptor = 0; descriptor != 1024; ++descriptor) {
        struct stat what {};
        if (::fstat(descriptor, &what) == 0 && S_ISSOCK(what.st_mode))
            found.insert(descriptor);
    }
    return found;
}

} // namespace

/// Each has always begun a request, and none for long.
BOOST_AUTO_TEST_CASE(one_refused_request_after_another_keeps_nobody_out)
{
    receiver_scene own{small_room()};
    auto elsewhere = delivery_number(1);
    elsewhere.target = "/elsewhere";
    auto forged = delivery_number(1);
    forged.signature = test::usual_key().signature_of("another");
    std::vector<std::string> const requests{elsewhere.text(), without_signature().text(), forged.text()};
    std::vector<std::unique_ptr<sender>> tricksters;
    for (auto const& each : requests) {
        tricksters.push_back(std::make_unique<sender>(own.port));
        tricksters.back()->send(each + each[0]);
        BOOST_TEST(tricksters.back()->read().status / 100 == 4);
    }
    sender next{own.port};
    next.send(delivery_number(2).text());
    for (int i = 0; i != 5; ++i) {
        own.clock.advance(600ms);
        for (std::size_t j = 0; j != tricksters.size(); ++j) {
            tricksters[j]->send(requests[j].substr(1) + requests[j][0]);
            tricksters[j]->read();
        }
    }
    BOOST_TEST(next.read().status == 200, "within three seconds");
}

BOOST_AUTO_TEST_CASE(where_all_are_taken_who_is_refused_has_to_go)
{
    receiver_scene own{small_room()};
    sender first{own.port};
    BOOST_TEST(first.status(without_signature()) == 401);
    BOOST_TEST(first.status(without_signature()) == 401, "there is room");
    sender second{own.port};
    BOOST_TEST(second.status(delivery_number(1)) == 200);
    sender third{own.port};
    BOOST_TEST(third.status(delivery_number(2)) == 200);
    BOOST_TEST(third.status(delivery_number(1)) == 200, "who brings deliveries stays");
    first.send(without_signature().text());
    auto const answer = first.read();
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.fields.at("connection") == "close");
    BOOST_TEST(first.ends());
}

BOOST_AUTO_TEST_CASE(who_reads_no_answer_keeps_nobody_out)
{
    receiver_scene own{small_room()};
    talker const one{own.port};
    talker const two{own.port};
    talker const three{own.port};
    sender next{own.port};
    next.send(delivery_number(1).text());
    own.clock.advance(3s);
    BOOST_TEST(next.read().status == 200);
}

BOOST_AUTO_TEST_CASE(whose_delivery_is_handled_makes_no_room)
{
    gate handlers;
    auto config = small_room();
    config.timeouts.answer = 1h;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    sender busy{own.port};
    busy.send(delivery_number(1).text());
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    own.clock.advance(1s); // so that it has been there longest
    talker const one{own.port};
    talker const two{own.port};
    sender next{own.port};
    next.send(delivery_number(2).text());
    own.clock.advance(3s);
    BOOST_TEST(eventually([&] { return handlers.begun == 2; }));
    handlers.open = gate::way::accept;
    BOOST_TEST(next.read().status == 200);
    BOOST_TEST(busy.read().status == 200);
}

BOOST_AUTO_TEST_CASE(idle_time_is_no_reason_to_make_room)
{
    gate handlers;
    auto config = small_room();
    config.timeouts.answer = 1h;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    sender first{own.port};
    BOOST_TEST(first.status(without_signature()) == 401);
    BOOST_TEST(sender{own.port}.status(without_signature()) == 401); // by then the first is idle
    BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 1; }));
    own.clock.advance(30s);
    sender second{own.port};
    sender third{own.port};
    second.send(delivery_number(1).text());
    third.send(delivery_number(2).text());
    BOOST_TEST(eventually([&] { return handlers.begun == 2; }));
    auto slow = delivery_number(3);
    slow.fields = "Expect: 100-continue\r\n";
    first.send(slow.head());
    BOOST_TEST(first.read().status == 100);
    sender const next{own.port}; // wants room
    first.send(slow.body);
    handlers.open = gate::way::accept;
    BOOST_TEST(first.read().status == 200);
}

BOOST_AUTO_TEST_CASE(more_idle_connections_than_descriptors_keep_nobody_out)
{
    key_server server{test::usual_key()};
    net::io_context context;
    auto const work = net::make_work_guard(context);
    std::thread thread{[&] { context.run(); }};
    {
        receiver_scene own{{}, key_store{context, server.config()}};
        own.pause();
        std::vector<std::unique_ptr<sender>> idle;
        for (int i = 0; i != 100; ++i)
            idle.push_back(std::make_unique<sender>(own.port));
        sender next{own.port};
        next.send(delivery_number(1).text());
        few_descriptors const limit{50};
        own.proceed();
        BOOST_TEST(next.read().status == 200); // though it takes some to fetch the key
        auto const stats = own.receiver->stats();
        BOOST_TEST(stats.connections == 101u);
        BOOST_TEST(stats.open_connections < 50u);
    }
    context.stop();
    thread.join();
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_an_idle_connection_gives_its_own,
                     *boost::unit_test::precondition(test::can_do_without_descriptors))
{
    receiver_scene own;
    sender idle{own.port};
    BOOST_TEST(idle.status(delivery_number(1)) == 200);
    own.pause();
    sender next{own.port};
    next.send(delivery_number(2).text());
    few_descriptors const none{0};
    own.proceed();
    BOOST_TEST(next.read().status == 200);
    BOOST_TEST(idle.ends());
}

BOOST_AUTO_TEST_CASE(no_program_inherits_the_port_or_a_connection)
{
    auto const before = open_sockets();
    receiver_scene own;
    sender connection{own.port};
    BOOST_TEST(connection.status(delivery_number(1)) == 200);
    int count = 0;
    for (int const each : open_sockets()) {
        if (before.contains(each) || each == connection.native())
            continue;
        ++count;
        BOOST_TEST((::fcntl(each, F_GETFD) & FD_CLOEXEC) != 0);
    }
    BOOST_TEST(count == 2, "what listens, and what it has accepted");
}

BOOST_AUTO_TEST_SUITE_END()
