// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fixtures/events.hpp"
#include "integration/delivery/key_server.hpp"
#include "integration/delivery/receiver_scene.hpp"

#include <rtkhooks/receiver.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

// Rows 101 to 112: what is sent to a receiver, and what happens to the key that it checks with. Each through the whole
// of it: bytes in, status out, and what the handler got.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::delivery_request;
using test::eventually;
using test::http_answer;
using test::inbox;
using test::key_server;
using test::next_key;
using test::receiver_scene;
using test::sender;
using test::signing_key;
using test::usual_key;
namespace net = boost::asio;
namespace bodies = test::events;

namespace {

std::string numbered(int number) { return R"({"event":"meeting.ended","number":)" + std::to_string(number) + '}'; }

/// A receiver that fetches its key.
struct fetching_scene {
    explicit fetching_scene(key_server& server, std::function<void(key_store_config&)> const& change = {})
    {
        auto config = server.config();
        config.retry_interval = 1ms;
        config.on_alarm = [this](key_alarm const& alarm) {
            std::lock_guard const lock{mutex};
            alarms.push_back(alarm.what.code());
        };
        if (change)
            change(config);
        keys.emplace(context, config);
        thread = std::thread{[this] { context.run(); }};
        own.emplace(receiver_config{}, *keys);
    }
    ~fetching_scene()
    {
        own.reset();
        context.stop();
        thread.join();
    }
    fetching_scene(fetching_scene const&) = delete;
    fetching_scene& operator=(fetching_scene const&) = delete;

    [[nodiscard]] std::size_t alarm_count()
    {
        std::lock_guard const lock{mutex};
        return alarms.size();
    }

    std::mutex mutex;
    std::vector<boost::system::error_code> alarms;
    net::io_context context{1};
    net::executor_work_guard<net::io_context::executor_type> work{context.get_executor()};
    std::optional<key_store> keys;
    std::thread thread;
    std::optional<receiver_scene> own;
};

} // namespace

BOOST_AUTO_TEST_SUITE(deliveries)

BOOST_AUTO_TEST_CASE(row_101_no_signature_that_could_be_one)
{
    struct sent {
        char const* name;
        std::function<void(delivery_request&)> spoil;
        int status;
    };
    auto const good = usual_key().signature_of(bodies::meeting_ended);
    std::vector<sent> const rows{
        {"missing", [](auto& r) { r.signature.clear(); }, 401},
        {"two", [&](auto& r) { r.fields = "rtk-signature: " + good + "\r\n"; }, 400},
        {"two in one", [&](auto& r) { r.signature += ", " + good; }, 400},
        {"empty", [](auto& r) { r.signature.clear(), r.fields = "rtk-signature:\r\n"; }, 400},
        {"no base64", [](auto& r) { r.signature = "!" + r.signature; }, 400},
        {"another alphabet", [](auto& r) { r.signature = "-_-_"; }, 400},
        {"without padding", [](auto& r) { r.signature.pop_back(); }, 400},
        {"half of it", [](auto& r) { r.signature = r.signature.substr(0, 172); }, 401},
        {"more than it", [](auto& r) { r.signature = r.signature.substr(0, 340) + r.signature; }, 401},
        {"of another key", [](auto& r) { r.signature = next_key().signature_of(r.body); }, 401},
    };
    receiver_scene own;
    sender connection{own.port};
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            delivery_request request{bodies::meeting_ended};
            each.spoil(request);
            BOOST_TEST(connection.status(request) == each.status);
        }
    }
    BOOST_TEST(own.box.size() == 0u);
    BOOST_TEST(own.receiver->stats().not_genuine == rows.size());
    BOOST_TEST(connection.status(delivery_request{bodies::meeting_ended}) == 200);
}

BOOST_AUTO_TEST_CASE(row_102_altered_bodies)
{
    receiver_scene own;
    sender connection{own.port};
    delivery_request const good{bodies::not_known};
    for (std::size_t bit = 0; bit != 8 * good.body.size(); ++bit) {
        auto altered = good;
        altered.body[bit / 8] = static_cast<char>(altered.body[bit / 8] ^ (1 << bit % 8));
        BOOST_TEST(connection.status(altered) == 401);
    }
    for (std::string const& body :
         {good.body + "\n", " " + good.body, good.body + std::string(1, '\0'), std::string{},
          std::string{R"({"meeting": {"id": "5d0f"}, "event": "meeting.paused", "by": 7})"}}) {
        auto altered = good;
        altered.body = body;
        BOOST_TEST(connection.status(altered) == 401);
    }
    BOOST_TEST(own.receiver->stats().unknown_events == 0u);
    BOOST_TEST(connection.status(good) == 200);
}

BOOST_AUTO_TEST_CASE(row_103_forged_signatures)
{
    receiver_scene own;
    sender connection{own.port};
    delivery_request const good{bodies::meeting_ended};
    auto const bytes = usual_key().sign(good.body);
    // Every fifth bit of it, and those of other schemes; the public vectors are in test/conformance.
    std::vector<std::string> forged;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 5) {
        forged.push_back(bytes);
        forged.back()[bit / 8] = static_cast<char>(forged.back()[bit / 8] ^ (1 << bit % 8));
    }
    forged.push_back(std::string(256, '\0'));
    forged.push_back(std::string(255, '\0') + '\1');
    forged.push_back(usual_key().sign(good.body, RSA_PKCS1_PADDING, EVP_sha1()));
    forged.push_back(usual_key().sign(good.body, RSA_PKCS1_PADDING, EVP_sha512()));
    forged.push_back(usual_key().sign(good.body, RSA_PKCS1_PSS_PADDING));
    for (auto const& each : forged) {
        auto request = good;
        request.signature = test::base64(each);
        BOOST_TEST(connection.status(request) == 401);
    }
    BOOST_TEST(own.box.size() == 0u);
}

BOOST_AUTO_TEST_CASE(row_104_where_the_key_should_be)
{
    auto const refused_redirect = std::make_unique<key_server>(usual_key());
    struct answer {
        char const* name;
        std::string text;
        errc code;
    };
    auto const with = [](int status, std::string const& body, std::string const& fields = {}) {
        return http_answer(status, body, fields + "Connection: close\r\n");
    };
    auto escaped = test::key_document(usual_key());
    std::vector<answer> const rows{
        {"404", with(404, ""), errc::not_found},
        {"500", with(500, test::key_document(usual_key())), errc::server_error},
        {"HTML", with(200, "<!DOCTYPE html><title>Maintenance</title>"), errc::decode_failed},
        {"success: false", with(200, R"({"success":false,"errors":[{"message":"no"}]})"), errc::decode_failed},
        {"an EC key", with(200, test::key_document(signing_key::ec())), errc::decode_failed},
        {"512 bits", with(200, test::key_document(signing_key::rsa(512))), errc::decode_failed},
        {"10 MB", with(200, std::string(10'000'000, ' ')), errc::limit_exceeded},
        {"redirect", with(301, "", "Location: " + refused_redirect->config().url + "\r\n"), errc::unexpected_redirect},
        {"breaks off", key_server::answer_with(usual_key()).substr(0, 300), errc::connection_lost},
        {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", errc::protocol_error},
    };
    int number = 0;
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            key_server server{each.text};
            fetching_scene scene{server};
            BOOST_TEST(scene.own->status(delivery_request{numbered(++number)}) == 503);
            BOOST_REQUIRE(eventually([&] { return scene.alarm_count() == 1; }));
            BOOST_TEST(scene.alarms.front() == each.code);
            BOOST_TEST(scene.own->box.size() == 0u);

            // And it recovers; then the key goes on being used while the address is down.
            server.publish(usual_key());
            BOOST_TEST(eventually([&] { return scene.own->status(delivery_request{numbered(number)}) == 200; }));
            server.say(each.text);
            BOOST_TEST(scene.own->status(delivery_request{numbered(++number)}) == 200);
            auto forged = delivery_request{numbered(++number)};
            forged.body += ' ';
            BOOST_TEST(scene.own->status(forged) == 503, "the key cannot be confirmed");
            BOOST_TEST(scene.own->status(delivery_request{numbered(++number)}) == 200);
        }
    }
    BOOST_TEST(refused_redirect->requests() == 0);

    // A literal backslash and n in the PEM is a key.
    for (auto at = escaped.find("\\n"); at != escaped.npos; at = escaped.find("\\n", at + 3))
        escaped.replace(at, 2, "\\\\n");
    key_server server{with(200, escaped)};
    fetching_scene scene{server};
    BOOST_TEST(scene.own->status(delivery_request{numbered(++number)}) == 200);

    // Slow.
    key_server slow{usual_key()};
    slow.hold(true);
    fetching_scene waiting{slow, [](key_store_config& config) { config.timeouts.check = 50ms; }};
    BOOST_TEST(waiting.own->status(delivery_request{numbered(++number)}) == 503);
    slow.hold(false);
    BOOST_TEST(eventually([&] { return waiting.own->status(delivery_request{numbered(number)}) == 200; }));
}

BOOST_AUTO_TEST_CASE(row_105_the_key_changes)
{
    key_server server{usual_key()};
    fetching_scene scene{server};
    sender connection{scene.own->port};
    BOOST_TEST(connection.status(delivery_request{numbered(1)}) == 200);
    server.publish(next_key());
    BOOST_TEST(connection.status(delivery_request{numbered(2), next_key()}) == 200);
    BOOST_TEST(connection.status(delivery_request{numbered(3)}) == 200, "it was on its way");
    BOOST_TEST(connection.status(delivery_request{numbered(4), next_key()}) == 200);
    BOOST_TEST(server.requests() == 2);
}

BOOST_AUTO_TEST_CASE(row_106_ten_thousand_forgeries)
{
    key_server server{usual_key()};
    fetching_scene scene{server};
    auto const began = std::chrono::steady_clock::now();
    sender connection{scene.own->port};
    auto forged = delivery_request{numbered(1)};
    forged.body += ' ';
    std::string many;
    for (int i = 0; i != 100; ++i)
        many += forged.text();
    int final = 0;
    for (int i = 0; i != 100; ++i) {
        connection.send(many);
        for (int j = 0; j != 100; ++j) {
            auto const status = connection.read().status;
            final += status == 401 ? 1 : 0;
            if (status != 401)
                BOOST_TEST(status == 503);
        }
    }
    auto const windows = (std::chrono::steady_clock::now() - began) / key_store_config{}.refetch_window;
    BOOST_TEST(server.requests() >= 2);
    BOOST_TEST(server.requests() <= 2 * (1 + windows), "two, unless this took longer than that");
    BOOST_TEST(final == server.requests());
    BOOST_TEST(scene.own->box.size() == 0u);
    BOOST_TEST(connection.status(delivery_request{numbered(1)}) == 200);
}

BOOST_AUTO_TEST_CASE(row_107_the_same_delivery_again)
{
    receiver_scene own;
    sender connection{own.port};
    delivery_request request{bodies::meeting_ended};
    request.id = "one";
    BOOST_TEST(connection.status(request) == 200);
    BOOST_TEST(connection.status(request) == 200);
    request.id = "two";
    BOOST_TEST(connection.status(request) == 200);
    request.id.clear();
    BOOST_TEST(connection.status(request) == 200);
    delivery_request rewritten{std::string{bodies::meeting_ended} + "\n"};
    rewritten.id = "one";
    BOOST_TEST(connection.status(rewritten) == 200);
    BOOST_TEST(own.box.size() == 1u);
    BOOST_TEST(own.receiver->stats().duplicates == 4u);
    // The id of a replay was nobody's, and is not remembered.
    delivery_request other{bodies::meeting_started};
    other.id = "two";
    BOOST_TEST(connection.status(other) == 200);
    BOOST_TEST(own.box.size() == 2u);
}

BOOST_AUTO_TEST_CASE(row_108_events_of_another_customer)
{
    receiver_config config;
    config.owners = {std::string{bodies::app_id}};
    receiver_scene own{config};
    sender connection{own.port};
    BOOST_TEST(connection.status(delivery_request{bodies::meeting_ended}) == 200);
    BOOST_TEST(connection.status(delivery_request{bodies::chat_synced}) == 200);
    for (std::string const& body :
         {std::string{R"({"event":"meeting.ended","meeting":{"organizedBy":{"id":"another"}}})"},
          std::string{R"({"event":"meeting.ended"})"}, std::string{bodies::not_known}})
        BOOST_TEST(connection.status(delivery_request{body}) == 403);
    BOOST_TEST(own.box.size() == 2u);
    BOOST_TEST(own.receiver->stats().of_others == 3u);
}

BOOST_AUTO_TEST_CASE(row_109_requests_that_are_no_deliveries)
{
    struct sent {
        char const* name;
        std::function<void(delivery_request&)> change;
        int status;
        bool goes_on = true;
    };
    std::vector<sent> const rows{
        {"GET", [](auto& r) { r.method = "GET"; }, 405},
        {"PUT", [](auto& r) { r.method = "PUT"; }, 405},
        {"another path", [](auto& r) { r.target = "/admin"; }, 404},
        {"text", [](auto& r) { r.type = "text/plain"; }, 415},
        {"gzip", [](auto& r) { r.fields = "Content-Encoding: gzip\r\n"; }, 415},
        {"another expectation", [](auto& r) { r.fields = "Expect: miracles\r\n"; }, 417, false},
        {"a transfer coding", [](auto& r) { r.fields = "Transfer-Encoding: gzip\r\n", r.has_length = false; }, 501,
         false},
        {"fine", [](auto&) {}, 200},
    };
    receiver_scene own;
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            sender connection{own.port};
            delivery_request request{bodies::meeting_ended};
            each.change(request);
            connection.send(request.text());
            auto const answer = connection.read();
            BOOST_TEST(answer.status == each.status);
            BOOST_TEST(answer.fields.contains("allow") == (each.status == 405));
            if (each.goes_on)
                BOOST_TEST(connection.status(delivery_request{bodies::meeting_started}) == 200);
            else
                BOOST_TEST(connection.ends());
        }
    }

    // What two parties may frame differently is refused, and nothing behind it is served.
    delivery_request const good{bodies::recording_uploaded};
    auto const smuggled = good.text();
    std::string const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    std::vector<std::string> const smuggling{
        head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        head + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
        head + "Content-Length: 0, 0\r\n\r\n",
        head + "Content-Length: +5\r\n\r\n",
        head + "Content-Length: 5 \v\r\n\r\n",
        head + "Content-Length : 0\r\n\r\n",
        head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "X: a\r\n Content-Length: 5\r\n\r\n",
        head + "X: a\nContent-Length: 5\r\n\r\n",
        head + "X: a\rContent-Length: 5\r\n\r\n",
        head + "Host: y\r\nContent-Length: 0\r\n\r\n",
        head + std::string{"X: a\0b\r\n\r\n", 10},
        "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\nHost: x\n\n",
        "POST  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n5\nabcde\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcdeX\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n5 ;a\nb\r\nabcde\r\n0\r\n\r\n",
    };
    auto const before = own.box.size();
    for (auto const& each : smuggling) {
        BOOST_TEST_CONTEXT(each)
        {
            sender connection{own.port};
            connection.send(each + smuggled);
            auto const answer = connection.read();
            BOOST_TEST(answer.status == 400);
            BOOST_TEST(answer.fields.at("connection") == "close");
            BOOST_TEST(connection.ends());
        }
    }
    BOOST_TEST(own.box.size() == before);
    BOOST_TEST(own.status(good) == 200);
}

BOOST_AUTO_TEST_CASE(row_110_too_large_too_slow_and_idle)
{
    receiver_scene own;
    sender large{own.port};
    delivery_request too_large{std::string(1024 * 1024 + 1, ' ')};
    large.send(too_large.head());
    BOOST_TEST(large.read().status == 413);
    BOOST_TEST(large.ends());
    BOOST_TEST(own.status(delivery_request{std::string(1024 * 1024, ' ')}) == 200);

    sender growing{own.port};
    too_large.has_length = false;
    too_large.fields = "Transfer-Encoding: chunked\r\n";
    growing.send(too_large.head() + "80000\r\n" + std::string(0x80000, ' ') + "\r\n80001\r\n");
    BOOST_TEST(growing.read().status == 413);
    BOOST_TEST(growing.ends());

    sender wordy{own.port};
    wordy.send("POST / HTTP/1.1\r\nHost: x\r\nX: " + std::string(16 * 1024, 'x') + "\r\n");
    BOOST_TEST(wordy.read().status == 431);
    sender far{own.port};
    far.send("POST /" + std::string(8 * 1024, 'x') + " HTTP/1.1\r\n");
    BOOST_TEST(far.read().status == 414);

    // Slow: 408. Idle: closed without a word.
    sender slow{own.port};
    delivery_request half{bodies::meeting_ended};
    half.fields = "Expect: 100-continue\r\n";
    slow.send(half.head());
    BOOST_TEST(slow.read().status == 100);
    BOOST_TEST(own.status(delivery_request{bodies::meeting_ended}) == 200); // so the receiver waits for the body by now
    own.clock.advance(receiver_config{}.timeouts.body); // and no more: the answer's own time goes by this clock too
    BOOST_TEST(slow.read().status == 408);
    sender idle{own.port};
    BOOST_TEST(eventually([&] {
        own.clock.advance(10s);
        return own.receiver->stats().open_connections == 0;
    }));
    BOOST_TEST(idle.ends());
}

BOOST_AUTO_TEST_CASE(row_111_events_of_tomorrow)
{
    inbox others;
    receiver_config config;
    config.on_unknown_event = others.handler();
    receiver_scene own{config};
    sender connection{own.port};
    std::string const misshapen = R"({"event":"meeting.ended","meeting":{"startedAt":"yesterday"}})";
    BOOST_TEST(connection.status(delivery_request{bodies::not_known}) == 200);
    BOOST_TEST(connection.status(delivery_request{misshapen}) == 200);
    BOOST_TEST(connection.status(delivery_request{R"({"event":"meeting.ended"})"}) == 200);
    BOOST_REQUIRE(others.size() == 2u);
    BOOST_TEST(others.at(0).body() == bodies::not_known);
    BOOST_TEST(others.at(1).body() == misshapen);
    BOOST_REQUIRE(own.box.size() == 1u);
    BOOST_TEST(std::holds_alternative<events::meeting_ended>(own.box.at(0).event), "a missing field is no matter");
    BOOST_TEST(connection.status(delivery_request{bodies::not_known}) == 200);
    BOOST_TEST(others.size() == 2u);
}

BOOST_AUTO_TEST_CASE(row_112_handlers_that_throw_or_take_long)
{
    std::atomic<int> calls = 0;
    auto const handler = [&](received_delivery what) -> net::awaitable<void> {
        ++calls;
        if (what.body() == bodies::meeting_ended)
            throw std::runtime_error{"no room in the queue"};
        auto const executor = co_await net::this_coro::executor;
        net::steady_timer never{executor, std::chrono::steady_clock::time_point::max()};
        co_await never.async_wait(net::use_awaitable); // until it is cancelled
    };
    receiver_scene own{{}, test::usual_keys(), handler};
    sender connection{own.port};
    BOOST_TEST(connection.status(delivery_request{bodies::meeting_ended}) == 500);
    BOOST_TEST(connection.status(delivery_request{bodies::meeting_ended}) == 500);
    BOOST_TEST(calls == 2);
    connection.send(delivery_request{bodies::meeting_started}.text());
    BOOST_TEST(eventually([&] { return calls == 3; }));
    own.clock.advance(2500ms);
    BOOST_TEST(connection.read().status == 503);
}

BOOST_AUTO_TEST_SUITE_END()
