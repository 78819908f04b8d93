// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/key_store_access.hpp"
#include "emulator/certificate_authority.hpp"
#include "fixtures/events.hpp"
#include "fixtures/signing_key.hpp"
#include "integration/coroutine.hpp"
#include "integration/delivery/key_server.hpp"
#include "integration/delivery/receiver_scene.hpp"
#include "integration/emulator/tls_client.hpp"

#include <rtkhooks/receiver.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/pem.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

// What a receiver answers, what its handlers get, and how it ends. Time is the tests' own.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::body_number;
using test::delivery_number;
using test::delivery_request;
using test::eventually;
using test::gate;
using test::inbox;
using test::receiver_scene;
using test::sender;
namespace net = boost::asio;
namespace bodies = test::events;

namespace {

awaitable<void> accept_all(received_delivery) { co_return; }

/// A store without a key, whose address gives none until it is told to, and whose time stands still.
struct keys_to_come {
    keys_to_come() { address.hold(true); }
    ~keys_to_come()
    {
        context.stop();
        thread.join();
    }
    keys_to_come(keys_to_come const&) = delete;
    keys_to_come& operator=(keys_to_come const&) = delete;

    [[nodiscard]] key_store make()
    {
        delivery::key_environment world;
        world.make_clock = clock.factory();
        return detail::key_store_access::make(context.get_executor(), address.config(), std::move(world));
    }

    test::key_server address{test::usual_key()};
    test::manual_clock clock;
    net::io_context context{1};
    net::executor_work_guard<net::io_context::executor_type> work = net::make_work_guard(context);
    key_store keys = make();
    std::thread thread{[this] { context.run(); }};
};

} // namespace

namespace {

/// Sends a header, and waits until it is known to have been read.
void begin(sender& connection, int number = 1)
{
    auto request = delivery_number(number);
    request.fields = "Expect: 100-continue\r\n";
    connection.send(request.head());
    BOOST_TEST(connection.read().status == 100);
}

} // namespace

BOOST_AUTO_TEST_SUITE(receiver_answers)

BOOST_AUTO_TEST_CASE(a_delivery_reaches_its_handler)
{
    receiver_scene own;
    sender connection{own.port};
    for (auto const& each : bodies::all) {
        delivery_request request{each};
        request.id = "delivery-" + std::to_string(own.box.size());
        request.fields = "rtk-webhook-id: hook-1\r\n";
        BOOST_TEST_CONTEXT(each)
        {
            connection.send(request.text());
            auto const answer = connection.read();
            BOOST_TEST(answer.status == 200);
            BOOST_TEST(answer.fields.contains("date"));
            auto const got = own.box.at(own.box.size() - 1);
            BOOST_TEST(got.body() == each);
            BOOST_TEST(got.id == request.id);
            BOOST_TEST(got.webhook_id == "hook-1");
            BOOST_CHECK(got.event == decode_event(each).value());
        }
    }
    auto const stats = own.receiver->stats();
    BOOST_TEST(stats.connections == 1u);
    BOOST_TEST(stats.requests == bodies::all.size());
    BOOST_TEST(stats.handled == bodies::all.size());
    BOOST_TEST(own.receiver->local_endpoint()->port() == own.port);
}

BOOST_AUTO_TEST_CASE(requests_however_they_are_framed)
{
    receiver_scene own;
    sender connection{own.port};
    int number = 0;
    auto const next = [&] { return delivery_number(++number); };

    // Byte by byte.
    auto const slow = next().text();
    for (char const c : slow)
        connection.send({&c, 1});
    BOOST_TEST(connection.read().status == 200);

    // Three at once.
    connection.send(next().text() + next().text() + next().text());
    for (int i = 0; i != 3; ++i)
        BOOST_TEST(connection.read().status == 200);

    // In chunks.
    auto chunked = next();
    chunked.has_length = false;
    chunked.fields = "Transfer-Encoding: chunked\r\n";
    auto const cut = chunked.body.size() - 10;
    connection.send(chunked.head() + "a;x=y\r\n" + chunked.body.substr(0, 10) + "\r\n");
    std::string size(16, '\0');
    size.resize(static_cast<std::size_t>(std::snprintf(size.data(), size.size(), "%zx", cut)));
    connection.send(size + "\r\n" + chunked.body.substr(10) + "\r\n0\r\nTrailer: of no account\r\n\r\n");
    BOOST_TEST(connection.read().status == 200);

    // After 100 Continue.
    auto asking = next();
    asking.fields = "Expect: 100-continue\r\n";
    connection.send(asking.head());
    BOOST_TEST(connection.read().status == 100);
    connection.send(asking.body);
    BOOST_TEST(connection.read().status == 200);

    // Without a type, and by the older names.
    auto bare = next();
    bare.type.clear();
    bare.fields = "dyte-signature: " + bare.signature + "\r\ndyte-uuid: older\r\n";
    bare.signature.clear();
    BOOST_TEST(connection.status(bare) == 200);
    BOOST_TEST(own.box.at(own.box.size() - 1).id == "older");

    // HTTP/1.0, which ends the connection.
    auto old = next().text();
    old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
    connection.send(old);
    auto const answer = connection.read();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.fields.at("connection") == "close");
    BOOST_TEST(connection.ends());
    BOOST_TEST(own.box.size() == static_cast<std::size_t>(number));
    BOOST_TEST(own.receiver->stats().connections == 1u);
}

BOOST_AUTO_TEST_CASE(who_asks_first_is_refused_before_the_body)
{
    receiver_config config;
    config.path = "/hook";
    receiver_scene own{config};
    auto asking = delivery_number(1);
    asking.fields = "Expect: 100-continue\r\n";
    auto not_signed = asking;
    not_signed.target = "/hook";
    not_signed.signature.clear();
    for (auto const& each : {asking, not_signed}) {
        sender connection{own.port};
        connection.send(each.head());
        auto const answer = connection.read();
        BOOST_TEST(answer.status == (each.target == "/hook" ? 401 : 404));
        BOOST_TEST(answer.fields.at("connection") == "close");
        BOOST_TEST(connection.ends());
    }
}

BOOST_AUTO_TEST_CASE(head_is_answered_without_a_body)
{
    receiver_scene own;
    sender connection{own.port};
    connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(connection.read(true).status == 405);
    BOOST_TEST(connection.status(delivery_number(1)) == 200);
}

BOOST_AUTO_TEST_CASE(events_that_are_not_known)
{
    std::vector<std::string> const unknown{std::string{bodies::not_known}, R"({"event":"meeting.started","meeting":7})",
                                           R"({"no":"event"})", "not JSON", ""};
    inbox others;
    receiver_config config;
    config.on_unknown_event = others.handler();
    receiver_scene own{config};
    receiver_scene without;
    for (auto const& each : unknown) {
        BOOST_TEST_CONTEXT(each)
        {
            BOOST_TEST(own.status(delivery_request{each}) == 200);
            BOOST_TEST(others.at(others.size() - 1).body() == each);
            BOOST_TEST(std::holds_alternative<events::unknown_event>(others.at(others.size() - 1).event));
            BOOST_TEST(without.status(delivery_request{each}) == 200);
            BOOST_TEST(without.box.at(without.box.size() - 1).body() == each);
            BOOST_TEST(std::holds_alternative<events::unknown_event>(without.box.at(without.box.size() - 1).event));
        }
    }
    BOOST_TEST(own.box.size() == 0u);
    BOOST_TEST(own.receiver->stats().unknown_events == unknown.size());
    BOOST_TEST(without.receiver->stats().unknown_events == unknown.size());
    BOOST_TEST(without.receiver->stats().handled == unknown.size());
}

BOOST_AUTO_TEST_CASE(without_a_key_it_is_503_and_never_401)
{
    test::key_server server{test::http_answer(500, "", "Connection: close\r\n")};
    net::io_context context;
    auto const work = net::make_work_guard(context);
    std::thread thread{[&] { context.run(); }};
    {
        receiver_scene own{{}, key_store{context, server.config()}};
        BOOST_TEST(own.status(delivery_number(1)) == 503);
        auto forged = delivery_number(1);
        forged.body += ' ';
        BOOST_TEST(own.status(forged) == 503);
        BOOST_TEST(own.receiver->stats().undecided == 2u);
        BOOST_TEST(own.box.size() == 0u);
    }
    context.stop();
    thread.join();
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_come_in_time_is_503)
{
    keys_to_come store;
    receiver_scene own{{}, store.keys};
    sender connection{own.port};
    connection.send(delivery_number(1).text());
    BOOST_TEST(eventually([&] { return store.address.requests() == 1; }));
    own.clock.advance(2500ms);
    BOOST_TEST(connection.read().status == 503);
    BOOST_TEST(own.receiver->stats().undecided == 1u);
    connection.send(delivery_number(1).text());
    BOOST_TEST(eventually([&] { return own.receiver->stats().requests == 2; }));
    store.address.hold(false);
    BOOST_TEST(connection.read().status == 200);
    BOOST_TEST(own.box.size() == 1u);
}

BOOST_AUTO_TEST_CASE(over_tls)
{
    emulation::certificate_authority const authority;
    auto const own_key = authority.issue();
    auto const text_of = [](auto write) {
        std::unique_ptr<BIO, decltype(&BIO_free)> const to{BIO_new(BIO_s_mem()), &BIO_free};
        write(to.get());
        char* text = nullptr;
        auto const size = BIO_get_mem_data(to.get(), &text);
        return std::string(text, static_cast<std::size_t>(size));
    };
    receiver_config config;
    config.tls.certificate_chain_pem = text_of([&](BIO* to) { PEM_write_bio_X509(to, own_key.certificate.get()); });
    config.tls.private_key_pem = secret{text_of(
        [&](BIO* to) { PEM_write_bio_PrivateKey(to, own_key.key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
    receiver_scene own{config};
    testing::tls_settings settings;
    settings.ca_pem = authority.pem();
    {
        testing::tls_client client{settings, own.port};
        BOOST_TEST(client.protocol() == "http/1.1");
        for (int i = 0; i != 3; ++i) {
            client.send(delivery_number(i).text());
            BOOST_TEST(client.read_response().status == 200);
        }
        client.send("GET / HTTP/2.0\r\n\r\n");
        BOOST_TEST(client.read_response().status == 505);
        BOOST_TEST(client.reads_orderly_end());
    }
    settings.protocols = {"h2"};
    BOOST_CHECK_THROW((testing::tls_client{settings, own.port}), std::runtime_error);
    sender plain{own.port};
    plain.send(delivery_number(4).text());
    BOOST_TEST(plain.read().status == 0);
    BOOST_TEST(own.box.size() == 3u);

    // A handshake that halts is given up.
    auto const connections = own.receiver->stats().connections;
    sender halting{own.port};
    BOOST_TEST(eventually([&] { return own.receiver->stats().connections == connections + 1; }));
    BOOST_TEST(eventually([&] {
        own.clock.advance(10s);
        return own.receiver->stats().open_connections == 0;
    }));
    BOOST_TEST(halting.ends());
}

BOOST_AUTO_TEST_CASE(bad_configurations_are_refused_by_name)
{
    struct row {
        std::function<void(receiver_config&)> spoil;
        std::string member;
    };
    auto const pem = test::usual_key().private_pem();
    std::vector<row> const rows{
        {[](auto& c) { c.path = ""; }, "path"},
        {[](auto& c) { c.path = "hook"; }, "path"},
        {[](auto& c) { c.path = "/a b"; }, "path"},
        {[](auto& c) { c.path = "/a#b"; }, "path"},
        {[](auto& c) {
             c.owners = {"a", ""};
         },
         "owners"},
        {[](auto& c) { c.limits.header_bytes = 100; }, "limits.header_bytes"},
        {[](auto& c) { c.limits.body_bytes = 100; }, "limits.body_bytes"},
        {[](auto& c) { c.limits.memory_bytes = 2 * c.limits.body_bytes - 1; }, "limits.memory_bytes"},
        {[](auto& c) { c.limits.max_connections = 0; }, "limits.max_connections"},
        {[](auto& c) { c.limits.max_handlers = 0; }, "limits.max_handlers"},
        {[](auto& c) { c.timeouts.header = 0ms; }, "timeouts.header"},
        {[](auto& c) { c.timeouts.body = 0ms; }, "timeouts.body"},
        {[](auto& c) { c.timeouts.idle = 0ms; }, "timeouts.idle"},
        {[](auto& c) { c.timeouts.answer = 0ms; }, "timeouts.answer"},
        {[](auto& c) { c.timeouts.write = 0ms; }, "timeouts.write"},
        {[](auto& c) { c.timeouts.tls_handshake = 0ms; }, "timeouts.tls_handshake"},
        {[](auto& c) { c.timeouts.remembered = std::chrono::milliseconds::max(); }, "timeouts.remembered"},
        {[](auto& c) { c.timeouts.stop = -1ms; }, "timeouts.stop"},
        {[](auto& c) { c.tls.certificate_chain_file = "/nowhere.pem"; }, "tls.private_key_file"},
        {[&](auto& c) { c.tls.private_key_pem = secret{pem}; }, "tls.certificate_chain_file"},
        {[&](auto& c) { c.tls.certificate_chain_file = "/nowhere.pem", c.tls.private_key_pem = secret{pem}; },
         "tls.certificate_chain_file"},
        {[&](auto& c) { c.tls.certificate_chain_pem = "nonsense", c.tls.private_key_pem = secret{pem}; },
         "tls.certificate_chain_pem"},
    };
    net::io_context context;
    for (auto const& each : rows) {
        receiver_config config;
        each.spoil(config);
        BOOST_CHECK_EXCEPTION(
            receiver(context, config, test::usual_keys()), rtkhooks::exception, [&](rtkhooks::exception const& thrown) {
                BOOST_TEST_CONTEXT(thrown.what())
                {
                    BOOST_TEST(thrown.error().code() == errc::invalid_argument);
                    BOOST_TEST(std::string{thrown.what()}.find(each.member + ' ') != std::string::npos);
                }
                return true;
            });
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(receiver_handling)

BOOST_AUTO_TEST_CASE(a_duplicate_waits_for_the_handler_that_runs)
{
    gate handlers;
    receiver_scene own{{}, test::usual_keys(), handlers.handler()};
    auto request = delivery_number(1);
    request.id = "a";
    sender first{own.port};
    first.send(request.text());
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    sender second{own.port};
    request.id = "b";
    second.send(request.text());
    sender third{own.port};
    delivery_request other{body_number(2)};
    other.id = "a";
    third.send(other.text());
    BOOST_TEST(eventually([&] { return own.receiver->stats().requests == 3; }));
    handlers.open = gate::way::accept;
    for (auto* const each : {&first, &second, &third})
        BOOST_TEST(each->read().status == 200);
    BOOST_TEST(handlers.begun == 1);
    BOOST_TEST(own.receiver->stats().duplicates == 2u);
}

BOOST_AUTO_TEST_CASE(what_failed_is_handled_again_when_it_comes_again)
{
    gate handlers;
    std::atomic<int> failures = 0;
    receiver_config config;
    config.on_handler_failure = [&](std::exception_ptr problem) {
        BOOST_CHECK_THROW(std::rethrow_exception(problem), std::runtime_error);
        ++failures;
        throw 7;
    };
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    auto const request = delivery_number(1);
    handlers.open = gate::way::fail;
    sender connection{own.port};
    BOOST_TEST(connection.status(request) == 500);
    BOOST_TEST(connection.status(request) == 500);
    handlers.open = gate::way::accept;
    BOOST_TEST(connection.status(request) == 200);
    BOOST_TEST(connection.status(request) == 200);
    BOOST_TEST(handlers.begun == 3);
    BOOST_TEST(failures == 2);
    auto const stats = own.receiver->stats();
    BOOST_TEST(stats.failed == 2u);
    BOOST_TEST(stats.handled == 1u);
    BOOST_TEST(stats.duplicates == 1u);
}

BOOST_AUTO_TEST_CASE(what_no_handler_was_called_for_is_told)
{
    std::mutex mutex;
    std::vector<std::string> told;
    receiver_config config;
    config.on_unhandled = [&](int status, std::string_view reason) {
        std::lock_guard const lock{mutex};
        told.push_back(std::to_string(status) + ' ' + std::string{reason});
        throw std::runtime_error{"the log is full"};
    };
    receiver_scene own{config};
    BOOST_TEST(own.status(delivery_number(1)) == 200);
    BOOST_TEST(own.status(delivery_number(1)) == 200);
    auto forged = delivery_number(2);
    forged.signature = test::usual_key().signature_of("another");
    BOOST_TEST(own.status(forged) == 401);
    sender rude{own.port};
    rude.send("what?\r\n\r\n");
    BOOST_TEST(rude.read().status == 400);
    std::vector<std::string> const expected{"200 accepted before", "401 the signature does not match",
                                            "400 this is no request that can be served"};
    std::lock_guard const lock{mutex};
    BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_before_it_is_a_coroutine)
{
    receiver_scene own{{}, test::usual_keys(), [](received_delivery) -> awaitable<void> { throw 1; }};
    BOOST_TEST(own.status(delivery_number(1)) == 500);
}

BOOST_AUTO_TEST_CASE(a_slow_handler_goes_on_and_its_delivery_is_not_handled_twice)
{
    gate handlers;
    receiver_scene own{{}, test::usual_keys(), handlers.handler()};
    auto const request = delivery_number(1);
    sender connection{own.port};
    connection.send(request.text());
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    own.clock.advance(2500ms);
    BOOST_TEST(connection.read().status == 503);
    connection.send(request.text());
    BOOST_TEST(eventually([&] { return own.receiver->stats().requests == 2; }));
    handlers.open = gate::way::accept;
    BOOST_TEST(connection.read().status == 200);
    BOOST_TEST(connection.status(request) == 200);
    BOOST_TEST(handlers.begun == 1);
    BOOST_TEST(own.receiver->stats().unanswered_in_time == 1u);
}

BOOST_AUTO_TEST_CASE(so_many_handlers_at_once)
{
    gate handlers;
    receiver_config config;
    config.limits.max_handlers = 2;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    std::vector<std::unique_ptr<sender>> senders;
    for (int i = 0; i != 5; ++i) {
        senders.push_back(std::make_unique<sender>(own.port));
        senders.back()->send(delivery_number(i).text());
        BOOST_TEST(eventually([&] { return own.receiver->stats().requests == static_cast<std::size_t>(i) + 1; }));
    }
    BOOST_TEST(eventually([&] { return handlers.begun == 2; }));
    BOOST_TEST(own.receiver->stats().running_handlers == 2u);
    own.clock.advance(2500ms);
    for (auto const& each : senders)
        BOOST_TEST(each->read().status == 503);
    handlers.open = gate::way::accept;
    BOOST_TEST(eventually([&] { return own.receiver->stats().handled == 2; }));
    BOOST_TEST(handlers.begun == 2, "what nobody waits for any more is not begun");
    for (int i = 0; i != 5; ++i)
        BOOST_TEST(own.status(delivery_number(i)) == 200);
    BOOST_TEST(handlers.begun == 5);
}

BOOST_AUTO_TEST_CASE(handlers_take_their_turns)
{
    gate handlers;
    receiver_config config;
    config.limits.max_handlers = 1;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    std::vector<std::unique_ptr<sender>> senders;
    for (int i = 0; i != 6; ++i) {
        senders.push_back(std::make_unique<sender>(own.port));
        senders.back()->send(delivery_number(i).text());
        BOOST_TEST(eventually([&] { return own.receiver->stats().requests == static_cast<std::size_t>(i) + 1; }));
    }
    handlers.open = gate::way::accept;
    for (auto const& each : senders)
        BOOST_TEST(each->read().status == 200);
    for (std::size_t i = 0; i != 6; ++i)
        BOOST_TEST(handlers.box.at(i).body() == body_number(static_cast<int>(i)));
}

BOOST_AUTO_TEST_CASE(what_is_remembered_is_forgotten_in_time)
{
    receiver_config config;
    config.limits.remembered = 3;
    receiver_scene own{config};
    sender connection{own.port};
    for (int i = 0; i != 4; ++i)
        BOOST_TEST(connection.status(delivery_number(i)) == 200);
    BOOST_TEST(connection.status(delivery_number(3)) == 200);
    BOOST_TEST(own.box.size() == 4u);
    BOOST_TEST(connection.status(delivery_number(0)) == 200);
    BOOST_TEST(own.box.size() == 5u, "there was room for three");
    own.clock.advance(24h);
    BOOST_TEST(own.status(delivery_number(0)) == 200);
    BOOST_TEST(own.box.size() == 6u, "a day ago");
}

BOOST_AUTO_TEST_CASE(bodies_have_so_much_memory_and_no_more)
{
    receiver_config config;
    config.limits.body_bytes = 64 * 1024;
    config.limits.memory_bytes = 2 * 64 * 1024;
    gate handlers;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    auto const large = [](int number) {
        return delivery_request{R"({"event":"meeting.started","x":")" + std::string(60'000, 'x') +
                                std::to_string(number) + "\"}"};
    };
    sender first{own.port};
    first.send(large(1).text());
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    BOOST_TEST(own.status(large(2)) == 503);
    sender small{own.port};
    small.send(delivery_number(9).text());
    BOOST_TEST(eventually([&] { return handlers.begun == 2; }), "there always is room for a usual one");
    handlers.open = gate::way::accept;
    BOOST_TEST(first.read().status == 200);
    BOOST_TEST(own.status(large(2)) == 200);
}

BOOST_AUTO_TEST_CASE(who_only_says_that_a_body_will_be_large_keeps_nobody_out)
{
    receiver_config config;
    config.limits.memory_bytes = 2 * config.limits.body_bytes;
    receiver_scene own{config};
    std::string const large(config.limits.body_bytes, ' ');
    std::vector<std::unique_ptr<sender>> senders;
    for (int i = 0; i != 20; ++i) {
        senders.push_back(std::make_unique<sender>(own.port));
        senders.back()->send(delivery_request{large}.head() + "{");
    }
    BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 20; }));
    BOOST_TEST(own.status(delivery_number(1)) == 200);
    // Nor does who really sends it.
    int refused = 0;
    for (auto const& each : senders)
        each->send(large.substr(0, large.size() - 2));
    BOOST_TEST(eventually([&] { return own.receiver->stats().overloaded >= 18; }), "two have room");
    for (int i = 0; i != 20; ++i) {
        BOOST_TEST(own.status(delivery_number(2 + i)) == 200);
        senders[static_cast<std::size_t>(i)]->send(" ");
        refused += senders[static_cast<std::size_t>(i)]->read().status == 503 ? 1 : 0;
    }
    BOOST_TEST(refused >= 18);
    BOOST_TEST(own.receiver->stats().bad_requests == 0u);
}

BOOST_AUTO_TEST_CASE(large_bodies_that_come_slowly_keep_nobody_out)
{
    receiver_config config;
    config.limits.body_bytes = 64 * 1024;
    config.limits.memory_bytes = 64 * config.limits.body_bytes;
    delivery_request const genuine{R"({"event":"meeting.started","x":")" + std::string(5'000, 'x') + "\"}"};
    delivery_request held{std::string(config.limits.body_bytes, ' ')};
    for (auto const& signature : {std::string{}, test::usual_key().signature_of("another")}) {
        BOOST_TEST_CONTEXT("signature: " << signature)
        {
            bool const keeps_no_body = signature.empty(); // as it is refused whatever that is
            held.signature = signature;
            held.fields = keeps_no_body ? "" : "Expect: 100-continue\r\n";
            receiver_scene own{config};
            std::vector<std::unique_ptr<sender>> holders;
            for (int i = 0; i != 66; ++i) {
                holders.push_back(std::make_unique<sender>(own.port));
                holders.back()->send(held.head());
                if (!keeps_no_body)
                    BOOST_TEST(holders.back()->read().status == 100); // so it is known when it began
                own.clock.advance(1ms);
                holders.back()->send(held.body.substr(1));
            }
            own.pause(); // all of it has been read
            own.proceed();
            BOOST_TEST(own.status(genuine) == 200);
            BOOST_TEST(own.box.size() == 1u);
            // Who has been slowest makes room, where there has to be some.
            holders.front()->send(" ");
            BOOST_TEST(holders.front()->read().status == (keeps_no_body ? 401 : 503));
            holders.back()->send(" ");
            BOOST_TEST(holders.back()->read().status == 401);
            BOOST_TEST((own.receiver->stats().overloaded == 0u) == keeps_no_body);
            BOOST_TEST(own.receiver->stats().bad_requests == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_goes_live_again_is_another_event)
{
    receiver_scene own;
    auto const say = [&](std::string_view status, std::string id) {
        delivery_request request{R"({"event":"livestreaming.statusUpdate","streamId":"s","status":")" +
                                 std::string{status} + "\"}"};
        request.id = std::move(id);
        return own.status(request);
    };
    BOOST_TEST(say("LIVE", "1") == 200);
    BOOST_TEST(say("LIVE", "1") == 200);
    BOOST_TEST(say("LIVE", "2") == 200);
    BOOST_TEST(say("LIVE", "") == 200);
    BOOST_TEST(own.box.size() == 1u, "within a minute it is the same");
    own.clock.advance(59s);
    BOOST_TEST(say("LIVE", "3") == 200);
    BOOST_TEST(own.box.size() == 1u);
    own.clock.advance(1s);
    BOOST_TEST(say("LIVE", "1") == 200);
    BOOST_TEST(own.box.size() == 1u, "sent again, however late");
    BOOST_TEST(say("LIVE", "") == 200);
    BOOST_TEST(own.box.size() == 2u);
    own.clock.advance(1min);
    BOOST_TEST(say("LIVE", "4") == 200);
    BOOST_TEST(own.box.size() == 3u, "one without an id silences no other");
    // What has a time in it is the same for a day.
    delivery_request other{body_number(1)};
    other.id = "5";
    BOOST_TEST(own.status(other) == 200);
    BOOST_TEST(own.box.size() == 4u);
    own.clock.advance(23h);
    for (std::string const id : {"6", ""}) {
        other.id = id;
        BOOST_TEST(own.status(other) == 200);
        BOOST_TEST(own.box.size() == 4u);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_goes_off_and_live_again_at_once_is_another_event)
{
    receiver_scene own;
    std::size_t expected = 0;
    auto const say = [&](std::string_view body, std::string id, bool is_new) {
        delivery_request request{body};
        request.id = std::move(id);
        expected += is_new ? 1 : 0;
        BOOST_TEST_CONTEXT(body << " with the id '" << request.id << "'")
        {
            BOOST_TEST(own.status(request) == 200);
            BOOST_TEST(own.box.size() == expected);
        }
    };
    auto const live = R"({"event":"livestreaming.statusUpdate","streamId":"s","status":"LIVE"})";
    auto const offline = R"({"event":"livestreaming.statusUpdate","streamId":"s","status":"OFFLINE"})";
    auto const other = R"({"event":"livestreaming.statusUpdate","streamId":"t","status":"LIVE"})";
    say(live, "1", true);
    say(offline, "2", true);
    say(live, "3", true);
    say(live, "4", false);
    say(other, "5", true);
    say(live, "6", false);
    say(offline, "2", false);
    say(live, "8", false);
    say(live, "1", false);
    say(offline, "2", false);
    say(offline, "7", true);
    // Nor without ids.
    say(live, "", true);
    say(live, "", false);
    say(offline, "", true);
    say(live, "", true);
    // What is not known may be like that too.
    say(R"({"event":"brand.new","is":"on"})", "14", true);
    say(R"({"event":"brand.new","is":"off"})", "9", true);
    say(R"({"event":"brand.new","is":"on"})", "10", true);
    // What has a time in it is not.
    say(body_number(1), "11", true);
    say(body_number(2), "12", true);
    say(body_number(1), "13", false);
}

BOOST_AUTO_TEST_CASE(a_stream_that_goes_off_and_live_again_before_the_first_was_handled)
{
    gate handlers;
    receiver_config config;
    config.timeouts.answer = 1h;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    std::vector<std::unique_ptr<sender>> senders;
    auto const say = [&](std::string const& status, std::string id, int events) {
        delivery_request request{R"({"event":"livestreaming.statusUpdate","streamId":"s","status":")" + status + "\"}"};
        request.id = std::move(id);
        senders.push_back(std::make_unique<sender>(own.port));
        senders.back()->send(request.text());
        BOOST_TEST(eventually([&] { return own.receiver->stats().requests == senders.size(); }));
        BOOST_TEST(eventually([&] { return handlers.begun == events; }));
    };
    say("LIVE", "1", 1);
    say("OFFLINE", "2", 2);
    say("LIVE", "3", 3);
    say("LIVE", "4", 3);
    say("LIVE", "1", 3);
    say("OFFLINE", "2", 3); // sent again, so that it begins no turn
    say("LIVE", "", 3);
    handlers.open = gate::way::accept;
    for (auto const& each : senders)
        BOOST_TEST(each->read().status == 200);
    BOOST_TEST(own.receiver->stats().handled == 3u);
    BOOST_TEST(own.receiver->stats().duplicates == 4u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_goes_live_again_is_the_same_as_long_as_its_delivery_is_remembered)
{
    gate handlers;
    receiver_config config;
    config.timeouts.remembered = 2s;
    config.timeouts.answer = 1h;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    delivery_request live{R"({"event":"livestreaming.statusUpdate","streamId":"s","status":"LIVE"})"};
    live.id.clear();
    sender first{own.port};
    first.send(live.text());
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    own.clock.advance(1500ms);
    handlers.open = gate::way::accept;
    BOOST_TEST(first.read().status == 200);
    own.clock.advance(1s); // 2.5 s after it came, and 1 s after it was handled
    BOOST_TEST(own.status(live) == 200);
    BOOST_TEST(own.receiver->stats().duplicates == 1u);
    BOOST_TEST(handlers.begun == 1);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_replayed_by_turns_has_no_other_event_forgotten)
{
    receiver_config config;
    config.limits.remembered = 3;
    receiver_scene own{config};
    auto const say = [&](std::string_view body, std::string id) {
        delivery_request request{body};
        request.id = std::move(id);
        BOOST_TEST(own.status(request) == 200);
        return own.box.size();
    };
    BOOST_TEST(say(body_number(1), "1") == 1u);
    for (std::size_t i = 0; i != 4; ++i) {
        BOOST_TEST(say(R"({"event":"brand.new","is":"on"})", "") == 2 + 2 * i);
        BOOST_TEST(say(R"({"event":"brand.new","is":"off"})", "") == 3 + 2 * i);
    }
    BOOST_TEST(say(body_number(1), "2") == 9u);
    // Nor the other way round.
    for (int i = 2; i != 6; ++i)
        say(body_number(i), std::to_string(i + 1));
    BOOST_TEST(say(R"({"event":"brand.new","is":"off"})", "") == 13u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_goes_live_again_before_the_first_was_handled)
{
    for (auto const same_body : {0ms, 60'000ms}) {
        BOOST_TEST_CONTEXT("within " << same_body.count() << " ms")
        {
            gate handlers;
            receiver_config config;
            config.timeouts.same_body = same_body;
            config.timeouts.answer = 1h;
            receiver_scene own{config, test::usual_keys(), handlers.handler()};
            std::vector<std::unique_ptr<sender>> senders;
            auto const say = [&](std::string id) {
                delivery_request request{R"({"event":"livestreaming.statusUpdate","streamId":"s","status":"LIVE"})"};
                request.id = std::move(id);
                senders.push_back(std::make_unique<sender>(own.port));
                senders.back()->send(request.text());
                BOOST_TEST(eventually([&] { return own.receiver->stats().requests == senders.size(); }));
            };
            say("1");
            BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
            if (same_body > 0ms) {
                own.clock.advance(same_body - 1ms);
                say("within it");
                own.clock.advance(1ms);
            }
            say("2");
            BOOST_TEST(eventually([&] { return handlers.begun == 2; }));
            say("1");
            say(""); // is another where nothing is the same by its body alone
            std::size_t const events = same_body > 0ms ? 2 : 3;
            BOOST_TEST(eventually([&] { return handlers.begun == static_cast<int>(events); }));
            handlers.open = gate::way::accept;
            for (auto const& each : senders)
                BOOST_TEST(each->read().status == 200);
            BOOST_TEST(handlers.begun == static_cast<int>(events));
            BOOST_TEST(own.receiver->stats().handled == events);
            BOOST_TEST(own.receiver->stats().duplicates == senders.size() - events);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(receiver_connections)

BOOST_AUTO_TEST_CASE(slow_senders_are_given_up)
{
    receiver_scene own;
    sender header{own.port};
    header.send("POST / HTTP/1.1\r\nHos");
    BOOST_TEST(own.alarm_in(10s));
    own.clock.advance(10s);
    auto const answer = header.read();
    BOOST_TEST(answer.status == 408);
    BOOST_TEST(answer.fields.at("connection") == "close");
    BOOST_TEST(header.ends());
    header.close();
    BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 0; }));

    sender body{own.port};
    begin(body);
    body.send("{");
    own.clock.advance(20s - 1ms);
    BOOST_TEST(own.status(delivery_number(2)) == 200);
    BOOST_TEST(own.receiver->stats().bad_requests == 1u, "it still has a moment");
    own.clock.advance(1ms);
    BOOST_TEST(body.read().status == 408);
    BOOST_TEST(body.ends());
}

/// An alarm that there was no memory to call on the receiver's strand touches nothing of it, and is not forgotten.
BOOST_AUTO_TEST_CASE(slow_senders_are_given_up_where_memory_lacks)
{
    receiver_scene own;
    sender idle{own.port};
    BOOST_TEST(own.alarm_in(60s));
    sender slow{own.port};
    slow.send("POST / HTTP/1.1\r\nHos");
    BOOST_TEST(own.alarm_in(10s));
    BOOST_TEST(!own.clock.advance_without_memory(10s));
    BOOST_TEST(idle.status(delivery_number(1)) == 200);
    BOOST_TEST(slow.read().status == 408);
    BOOST_TEST(slow.ends());
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed)
{
    receiver_scene own;
    sender fresh{own.port};
    BOOST_TEST(own.alarm_in(60s));
    sender used{own.port};
    BOOST_TEST(used.status(delivery_number(1)) == 200);
    own.clock.advance(60s);
    BOOST_TEST(fresh.ends());
    BOOST_TEST(eventually([&] {
        own.clock.advance(1s);
        return own.receiver->stats().open_connections == 0;
    }));
    BOOST_TEST(used.ends());
    BOOST_TEST(own.receiver->stats().bad_requests == 0u);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_makes_room_for_another)
{
    receiver_config config;
    config.limits.max_connections = 3;
    receiver_scene own{config};
    std::vector<std::unique_ptr<sender>> idle;
    for (int i = 0; i != 3; ++i) {
        idle.push_back(std::make_unique<sender>(own.port));
        BOOST_TEST(idle.back()->status(delivery_number(i)) == 200);
        own.clock.advance(1s);
    }
    for (int i = 3; i != 6; ++i) {
        sender another{own.port};
        BOOST_TEST(another.status(delivery_number(i)) == 200);
        BOOST_TEST(own.receiver->stats().open_connections <= 3u);
        if (i == 3) {
            BOOST_TEST(idle[0]->ends(), "the one that was idle longest");
            BOOST_TEST(idle[1]->status(delivery_number(10)) == 200);
        }
    }
}

BOOST_AUTO_TEST_CASE(where_all_are_busy_the_next_waits)
{
    gate handlers;
    receiver_config config;
    config.limits.max_connections = 2;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    sender one{own.port};
    sender two{own.port};
    one.send(delivery_number(1).text());
    two.send(delivery_number(2).text());
    BOOST_TEST(eventually([&] { return handlers.begun == 2; }));
    sender next{own.port};
    next.send(delivery_number(3).text());
    own.clock.advance(2s);
    BOOST_TEST(own.receiver->stats().open_connections == 2u);
    handlers.open = gate::way::accept;
    BOOST_TEST(one.read().status == 200);
    BOOST_TEST(two.read().status == 200);
    BOOST_TEST(next.read().status == 200);
}

/// They may be the next key's, and so may be worth waiting for.
BOOST_AUTO_TEST_CASE(forgeries_keep_nobody_out_while_the_address_of_the_key_does_not_answer)
{
    keys_to_come store;
    store.address.hold(false);
    receiver_config config;
    config.limits.max_connections = 5;
    receiver_scene own{config, store.keys};
    BOOST_TEST(own.status(delivery_number(1)) == 200);
    BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 0; }));
    store.address.hold(true);
    auto forged = delivery_number(2);
    forged.signature = test::usual_key().signature_of("another");
    std::vector<std::unique_ptr<sender>> forgers;
    for (std::size_t i = 0; i != config.limits.max_connections; ++i) {
        forgers.push_back(std::make_unique<sender>(own.port));
        forgers.back()->send(forged.text());
    }
    BOOST_TEST(eventually([&] { return own.receiver->stats().requests == 6 && store.address.requests() == 2; }));
    sender next{own.port};
    next.send(delivery_number(3).text());
    store.clock.advance(1s);
    BOOST_TEST(eventually([&] { return own.receiver->stats().undecided == 1; }), "but four, who wait longer");
    own.clock.advance(1s); // whose connection makes room
    BOOST_TEST(next.read().status == 200);
    BOOST_TEST(own.status(forged) == 503, "at once");
    BOOST_TEST(own.status(delivery_number(4)) == 200);
    BOOST_TEST(store.address.requests() == 2);
    store.clock.advance(1s);
    for (auto const& each : forgers)
        BOOST_TEST(each->read().status == 503);
}

BOOST_AUTO_TEST_CASE(a_slow_sender_makes_room_for_another)
{
    receiver_config config;
    config.limits.max_connections = 3;
    receiver_scene own{config};
    sender header{own.port};
    header.send("POST / HTTP/1.1\r\nHos");
    BOOST_TEST(own.alarm_in(10s));
    own.clock.advance(1ms);
    sender body{own.port};
    begin(body, 2);
    own.clock.advance(1ms);
    sender second{own.port};
    begin(second, 3);
    BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 3; }));
    sender next{own.port};
    next.send(delivery_number(4).text());
    own.clock.advance(1s - 2ms);
    BOOST_TEST(header.ends(), "after a second, and without an answer: that is no reason not to send it again");
    BOOST_TEST(next.read().status == 200);
    BOOST_TEST(own.receiver->stats().open_connections == 3u);
    second.send(body_number(3));
    BOOST_TEST(second.read().status == 200, "only as much room is made as is needed");
}

BOOST_AUTO_TEST_CASE(what_had_come_when_its_time_was_over_is_read)
{
    receiver_scene own;
    auto large = delivery_request{R"({"event":"meeting.started","x":")" + std::string(20'000, 'x') + "\"}"};
    large.fields = "Expect: 100-continue\r\n";
    sender one{own.port};
    one.send(large.head());
    BOOST_TEST(one.read().status == 100);
    own.pause(); // as a stopped process
    one.send(large.body);
    own.clock.advance(20s);
    own.proceed();
    BOOST_TEST(one.read().status == 200);
    BOOST_TEST(own.box.size() == 1u);

    sender idle{own.port}; // nor is the idle time too short for what has come
    BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 2; }));
    own.pause();
    idle.send(delivery_number(1).text());
    own.clock.advance(60s);
    own.proceed();
    BOOST_TEST(idle.read().status == 200);

    sender half{own.port}; // which is still to end
    half.send(large.head());
    BOOST_TEST(half.read().status == 100);
    own.pause();
    half.send(large.body.substr(2));
    own.clock.advance(20s);
    own.proceed();
    own.pause();    // it has been read
    half.send(" "); // for which there is no third time
    own.clock.advance(1s);
    own.proceed();
    BOOST_TEST(half.read().status == 408);
}

BOOST_AUTO_TEST_CASE(a_thousand_slow_and_idle_connections_hold_nobody_up)
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, 2'400));
    ::setrlimit(RLIMIT_NOFILE, &limit);
    auto const crowd = std::min<std::size_t>(1'100, (limit.rlim_cur - 200) / 2);
    BOOST_TEST(crowd >= 400u);

    receiver_config config;
    config.limits.max_connections = std::min(config.limits.max_connections, crowd - 76);
    receiver_scene own{config};
    std::vector<std::unique_ptr<sender>> senders;
    for (std::size_t i = 0; i != crowd; ++i) {
        senders.push_back(std::make_unique<sender>(own.port));
        if (i % 4 == 1)
            senders.back()->send("POST / HTTP/1.1\r\nHost");
        else if (i % 4 == 2)
            senders.back()->send(delivery_number(1).head() + "{\"event\"");
        else if (i % 4 == 3)
            senders.back()->send("\r\n");
    }
    BOOST_TEST(eventually([&] { return own.receiver->stats().connections == crowd; }), "idle ones make room");
    BOOST_TEST(own.receiver->stats().open_connections == config.limits.max_connections);
    sender kept{own.port};
    for (int i = 0; i != 200; ++i)
        BOOST_TEST(kept.status(delivery_number(i)) == 200);
    for (int i = 200; i != 300; ++i)
        BOOST_TEST(own.status(delivery_number(i)) == 200);
    BOOST_TEST(own.receiver->stats().handled == 300u);
    BOOST_TEST(own.receiver->stats().open_connections <= config.limits.max_connections);
    BOOST_TEST(eventually([&] {
        own.clock.advance(10s);
        return own.receiver->stats().open_connections == 0;
    }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(receiver_end)

namespace {

/// Runs stop() on the receiver's context.
std::future<void> stop(receiver_scene& own, std::chrono::milliseconds grace)
{
    auto done = std::make_shared<std::promise<void>>();
    net::co_spawn(own.context, own.receiver->stop(grace), [done](std::exception_ptr problem) {
        BOOST_TEST(!problem);
        done->set_value();
    });
    return done->get_future();
}

} // namespace

BOOST_AUTO_TEST_CASE(stopping_lets_what_has_come_be_handled)
{
    gate handlers;
    receiver_scene own{{}, test::usual_keys(), handlers.handler()};
    sender idle{own.port};
    sender busy{own.port};
    busy.send(delivery_number(1).text());
    sender half{own.port};
    begin(half, 2);
    BOOST_TEST(eventually([&] { return handlers.begun == 1 && own.receiver->stats().open_connections == 3; }));
    auto stopped = stop(own, 5s);
    BOOST_TEST(idle.ends());
    BOOST_TEST((stopped.wait_for(0s) == std::future_status::timeout));
    half.send(body_number(2));
    BOOST_TEST(half.read().status == 503);
    BOOST_TEST(half.ends());
    half.close();
    handlers.open = gate::way::accept;
    auto const answer = busy.read();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.fields.at("connection") == "close");
    busy.close();
    stopped.get();
    own.wait_for_end();
    BOOST_TEST(!own.receiver->local_endpoint().has_value());
    BOOST_CHECK_THROW(sender{own.port}, boost::system::system_error);
    stop(own, 5s); // once more
}

BOOST_AUTO_TEST_CASE(stopping_lets_what_waits_for_its_turn_be_handled)
{
    gate handlers;
    receiver_config config;
    config.limits.max_handlers = 1;
    receiver_scene own{config, test::usual_keys(), handlers.handler()};
    std::vector<std::unique_ptr<sender>> senders;
    for (int i = 0; i != 3; ++i) {
        senders.push_back(std::make_unique<sender>(own.port));
        senders.back()->send(delivery_number(i).text());
        BOOST_TEST(eventually([&] { return own.receiver->stats().requests == static_cast<std::size_t>(i) + 1; }));
    }
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    auto stopped = stop(own, 5s);
    handlers.open = gate::way::accept;
    for (auto const& each : senders) {
        BOOST_TEST(each->read().status == 200);
        each->close();
    }
    stopped.get();
    BOOST_TEST(handlers.box.size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_grace_ends_what_does_not)
{
    for (bool const at_once : {true, false}) {
        gate handlers;
        receiver_scene own{{}, test::usual_keys(), handlers.handler()};
        sender busy{own.port};
        busy.send(delivery_number(1).text());
        BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
        auto stopped = stop(own, at_once ? 0s : 1s);
        if (!at_once) {
            BOOST_TEST(own.alarm_in(1s));
            own.clock.advance(1s);
        }
        stopped.get();
        own.wait_for_end();
        BOOST_TEST(handlers.inside == 0, "it was cancelled");
        BOOST_TEST(busy.read().status == 0);
        BOOST_TEST(own.receiver->stats().failed == 1u);
    }
}

BOOST_AUTO_TEST_CASE(stopping_now_waits_for_no_key)
{
    keys_to_come store;
    receiver_scene own{{}, store.keys};
    sender waiting{own.port};
    waiting.send(delivery_number(1).text());
    BOOST_TEST(eventually([&] { return store.address.requests() == 1; }));
    auto const stopped = stop(own, 0s);
    BOOST_TEST((stopped.wait_for(10s) == std::future_status::ready));
    store.address.hold(false);
    own.wait_for_end();
    BOOST_TEST(waiting.read().status == 0);
    BOOST_TEST(own.box.size() == 0u);
}

BOOST_AUTO_TEST_CASE(cancelling_run_stops_it)
{
    for (int const signals : {1, 2}) {
        net::io_context context{1};
        gate handlers;
        receiver_config config;
        std::uint16_t port = 0;
        config.on_listening = [&](net::ip::tcp::endpoint where) { port = where.port(); };
        receiver own{context, config, test::usual_keys()};
        net::cancellation_signal signal;
        bool ended = false;
        net::co_spawn(context, own.run(receiver_scene::loopback(), handlers.handler()),
                      net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended = true; }));
        while (port == 0)
            context.run_one();
        sender busy{port};
        busy.send(delivery_number(1).text());
        while (handlers.begun == 0)
            context.run_one();
        signal.emit(net::cancellation_type::terminal);
        for (int i = 0; i != 100; ++i)
            context.run_one_for(10ms);
        BOOST_TEST(!ended);
        BOOST_CHECK_THROW(sender{port}, boost::system::system_error);
        if (signals == 2)
            signal.emit(net::cancellation_type::terminal);
        else
            handlers.open = gate::way::accept;
        if (signals == 1) {
            while (own.stats().handled == 0)
                context.run_one();
            busy.close();
        }
        context.run();
        BOOST_TEST(ended);
        BOOST_TEST(own.stats().handled == (signals == 1 ? 1u : 0u));
    }
}

BOOST_AUTO_TEST_CASE(it_runs_once_at_a_time_and_where_it_can_listen)
{
    receiver_scene own;
    auto const failure_of = [&](receiver& which, net::ip::tcp::endpoint where, delivery_handler handler) {
        std::optional<errc> code;
        test::run([&](net::any_io_executor) -> awaitable<void> {
            try {
                co_await which.run(where, handler);
            } catch (rtkhooks::exception const& thrown) {
                code = static_cast<errc>(thrown.error().code().value());
            }
        });
        return code;
    };
    BOOST_TEST((failure_of(*own.receiver, receiver_scene::loopback(), own.box.handler()) == errc::invalid_argument));
    net::io_context context;
    receiver other{context, {}, test::usual_keys()};
    BOOST_TEST((failure_of(other, {net::ip::address_v4::loopback(), own.port}, own.box.handler()) ==
                errc::resource_exhausted));
    BOOST_TEST((failure_of(other, receiver_scene::loopback(), {}) == errc::invalid_argument));
    BOOST_TEST(own.status(delivery_number(1)) == 200);

    // And once it has ended, again.
    int listened = 0;
    receiver_config config;
    config.on_listening = [&](net::ip::tcp::endpoint) { ++listened; };
    receiver twice{context, config, test::usual_keys()};
    for (int i = 1; i != 3; ++i) {
        net::co_spawn(context, twice.run(receiver_scene::loopback(), own.box.handler()), net::detached);
        context.restart();
        while (listened != i)
            context.run_one();
        net::co_spawn(context, twice.stop(0s), net::detached);
        context.run();
        BOOST_TEST(!twice.local_endpoint().has_value());
    }
}

BOOST_AUTO_TEST_CASE(destroying_it_ends_run)
{
    gate handlers;
    auto own = std::make_unique<receiver_scene>(receiver_config{}, test::usual_keys(), handlers.handler());
    sender busy{own->port};
    busy.send(delivery_number(1).text());
    sender idle{own->port};
    BOOST_TEST(eventually([&] { return handlers.begun == 1; }));
    own->receiver.reset();
    own->wait_for_end();
    BOOST_TEST(handlers.inside == 0);
    own.reset();
    BOOST_TEST(busy.read().status == 0);
}

BOOST_AUTO_TEST_CASE(destroying_it_keeps_run_from_beginning)
{
    net::io_context context{1};
    receiver_config config;
    config.on_listening = [](net::ip::tcp::endpoint) { BOOST_ERROR("it listens"); };
    std::optional<receiver> own{std::in_place, context, config, test::usual_keys()};
    bool ended = false;
    net::co_spawn(context, own->run(receiver_scene::loopback(), accept_all),
                  [&](std::exception_ptr failure) { ended = !failure; });
    own.reset();
    context.poll();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(its_context_may_be_destroyed_at_any_moment)
{
    for (int steps = 0; steps != 60; ++steps) {
        gate handlers;
        net::cancellation_signal signal; // which is there longer
        std::optional<net::io_context> context{std::in_place, 1};
        std::uint16_t port = 0;
        receiver_config config;
        config.on_listening = [&](net::ip::tcp::endpoint where) { port = where.port(); };
        std::optional<receiver> own{std::in_place, *context, config, test::usual_keys()};
        net::co_spawn(*context, own->run(receiver_scene::loopback(), handlers.handler()),
                      net::bind_cancellation_slot(signal.slot(), net::detached));
        std::optional<sender> client;
        for (int i = 0; i != steps; ++i) {
            context->run_one_for(1ms);
            if (port != 0 && !client) {
                client.emplace(port);
                client->send(delivery_number(1).text());
            }
        }
        if (steps % 2 == 0)
            own.reset(); // else run() goes with the context, and the receiver after it
        context.reset();
        BOOST_TEST(handlers.inside == 0);
        own.reset();
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(receiver_threads, *boost::unit_test::label("concurrency"))

BOOST_AUTO_TEST_CASE(many_senders_on_several_threads)
{
    std::atomic<int> handled = 0;
    auto const handler = [&](received_delivery) -> awaitable<void> {
        auto const executor = co_await net::this_coro::executor;
        co_await net::post(executor, net::use_awaitable);
        ++handled;
    };
    receiver_scene own{{}, test::usual_keys(), handler, 3};
    std::vector<std::thread> senders;
    std::atomic<int> good = 0;
    for (int i = 0; i != 4; ++i) {
        senders.emplace_back([&, i] {
            sender connection{own.port};
            for (int j = 0; j != 200; ++j)
                good += connection.status(delivery_number(i / 2 * 1000 + j)) == 200 ? 1 : 0;
        });
    }
    for (auto& each : senders)
        each.join();
    BOOST_TEST(good == 800);
    BOOST_TEST(handled == 400, "each was sent twice");
    BOOST_TEST(own.receiver->stats().duplicates == 400u);
    net::co_spawn(own.context, own.receiver->stop(5s), net::detached);
    own.wait_for_end();
}

BOOST_AUTO_TEST_CASE(a_handler_that_blocks_holds_no_other_up)
{
    std::promise<void> release;
    std::atomic<bool> blocked = false;
    auto const handler = [&, released = release.get_future().share()](received_delivery what) -> awaitable<void> {
        if (what.body() == body_number(1)) {
            blocked = true;
            released.wait_for(10s);
            blocked = false;
        }
        co_return;
    };
    receiver_scene own{{}, test::usual_keys(), handler, 2};
    sender first{own.port};
    first.send(delivery_number(1).text());
    BOOST_TEST(eventually([&] { return blocked.load(); }));
    BOOST_TEST(own.status(delivery_number(2)) == 200);
    BOOST_TEST(blocked.load());
    release.set_value();
    BOOST_TEST(first.read().status == 200);
}

BOOST_AUTO_TEST_CASE(a_handler_may_return_before_it_is_cancelled)
{
    for (int i = 0; i != 20; ++i) {
        std::promise<void> release;
        std::atomic<bool> blocked = false;
        auto const handler = [&, released = release.get_future().share()](received_delivery) -> awaitable<void> {
            auto const executor = co_await net::this_coro::executor;
            co_await net::post(executor, net::use_awaitable);
            blocked = true;
            released.wait_for(10s);
        };
        receiver_scene own{{}, test::usual_keys(), handler, 2};
        sender busy{own.port};
        busy.send(delivery_number(1).text());
        BOOST_TEST(eventually([&] { return blocked.load(); }));
        net::co_spawn(own.context, own.receiver->stop(0s), net::detached);
        BOOST_TEST(eventually([&] { return own.receiver->stats().open_connections == 0; }), "the signal is on its way");
        release.set_value();
        own.wait_for_end();
        BOOST_TEST(own.receiver->stats().handled == 1u);
    }
}

/// A signal that finds nobody any more where it goes.
BOOST_AUTO_TEST_CASE(run_may_be_cancelled_while_it_ends)
{
    for (int i = 0; i != 200; ++i) {
        net::thread_pool pool{2};
        auto const user = net::make_strand(pool);
        std::promise<void> listens;
        std::promise<void> ended;
        receiver_config config;
        config.on_listening = [&](net::ip::tcp::endpoint) { listens.set_value(); };
        receiver own{pool, config, test::usual_keys()};
        net::cancellation_signal signal;
        net::co_spawn(user, own.run(receiver_scene::loopback(), accept_all),
                      net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended.set_value(); }));
        listens.get_future().wait();
        for (int j = 0; j != 20; ++j)
            net::post(user, [&] { signal.emit(net::cancellation_type::terminal); });
        ended.get_future().wait();
        pool.join();
        BOOST_TEST(!own.local_endpoint().has_value());
    }
}

BOOST_AUTO_TEST_CASE(it_can_run_again_once_stop_has_completed)
{
    net::thread_pool pool{2};
    gate handlers;
    std::atomic<int> listening = 0;
    receiver_config config;
    config.on_listening = [&](net::ip::tcp::endpoint) { ++listening; };
    receiver own{pool, config, test::usual_keys()};
    auto const stop = [&]() -> awaitable<bool> {
        co_await own.stop();
        co_return !own.local_endpoint().has_value();
    };
    for (int i = 1; i != 200; ++i) {
        handlers.open = gate::way::shut;
        auto run = net::co_spawn(pool, own.run(receiver_scene::loopback(), handlers.handler()), net::use_future);
        BOOST_TEST_REQUIRE(eventually([&] { return listening == i; }));
        sender busy{own.local_endpoint()->port()};
        busy.send(delivery_number(i).text());
        BOOST_TEST_REQUIRE(eventually([&] { return handlers.inside == 1; }));
        auto stopped = net::co_spawn(pool, stop(), net::use_future);
        handlers.open = gate::way::accept;
        BOOST_TEST(busy.read().status == 200);
        busy.close();
        BOOST_TEST_REQUIRE(stopped.get());
        run.get();
    }
    pool.join();
}

BOOST_AUTO_TEST_CASE(a_key_may_come_while_it_stops)
{
    for (int i = 0; i != 20; ++i) {
        keys_to_come store;
        receiver_scene own{{}, store.keys, {}, 2};
        sender waiting{own.port};
        waiting.send(delivery_number(1).text());
        BOOST_TEST(eventually([&] { return store.address.requests() == 1; }));
        store.address.hold(false);
        net::co_spawn(own.context, own.receiver->stop(0s), net::detached);
        own.wait_for_end();
        BOOST_TEST(own.receiver->stats().open_connections == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
