// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/eventually.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Rows 44 to 65: bytes that are no answer, or not all of it, or more than it.

using namespace rtkhooks;
using test::answers;
using test::endings;
using test::failure;
using test::fate;
using test::fault;
using test::fault_script;
using test::good_answer;
using test::http_answer;
using test::of;
using test::retried;
using test::scripted_server;
using test::success;
using session = scripted_server::session;
namespace net = boost::asio;
namespace responses = test::responses;

namespace {

constexpr auto unknown = request_state::unknown;

// ---- what a server does instead of answering well

fault_script answers_byte_by_byte(std::string bytes)
{
    return [bytes = std::move(bytes)](session& connection) {
        connection.read_request();
        connection.send_byte_by_byte(bytes);
    };
}

/// A FIN without close_notify.
fault_script answers_and_breaks_off(std::string bytes)
{
    return [bytes = std::move(bytes)](session& connection) {
        connection.read_request();
        connection.send(bytes);
        connection.close();
    };
}

fault_script answers_and_closes(std::string bytes)
{
    return [bytes = std::move(bytes)](session& connection) {
        connection.read_request();
        connection.send(bytes);
        connection.send_close_notify();
        connection.close();
    };
}

fault_script answers_and_falls_silent(std::string bytes)
{
    return [bytes = std::move(bytes)](session& connection) {
        connection.read_request();
        connection.send(bytes);
        test::fall_silent(connection);
    };
}

/// The same piece again and again, until the client has had enough.
fault_script answers_without_end(std::string begin, std::string piece)
{
    return [begin = std::move(begin), piece = std::move(piece)](session& connection) {
        connection.read_request();
        connection.send(begin);
        for (;;)
            connection.send(piece);
    };
}

/// And reads none of what TLS answers.
void asks_tls_without_end(session& connection)
{
    connection.read_request();
    while (SSL_key_update(connection.tls(), SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(connection.tls()) == 1) {
    }
    throw scripted_server::over{};
}

// ---- bytes

std::string const body{responses::webhook};

std::string with_header(std::string_view lines) { return "HTTP/1.1 200 OK\r\n" + std::string{lines} + "\r\n" + body; }

std::string const length = "Content-Length: " + std::to_string(body.size()) + "\r\n";

std::string chunk(std::string_view data)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string size;
    for (auto rest = data.size(); rest != 0; rest /= 16)
        size.insert(0, 1, digits[rest % 16]);
    return size + "\r\n" + std::string{data} + "\r\n";
}

std::string chunked(std::string_view chunks)
{
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string{chunks};
}

std::string times(int count, std::string_view text)
{
    std::string all;
    for (int i = 0; i != count; ++i)
        all += text;
    return all;
}

// ---- endings

endings lost(phase where) { return retried(errc::connection_lost, where); }
endings malformed(phase where = phase::read_header) { return failure(errc::protocol_error, where, unknown); }
endings too_large(phase where) { return failure(errc::limit_exceeded, where, unknown); }
endings late(phase where) { return retried(errc::timed_out, where); }

} // namespace

BOOST_AUTO_TEST_SUITE(response_bytes)

BOOST_AUTO_TEST_CASE(cut_short)
{
    auto const header_end = good_answer.find("\r\n\r\n") + 4;
    std::vector const rows{
        of(
            35, "reset on a fresh connection",
            [](session& connection) {
                connection.read_request();
                connection.reset();
            },
            lost(phase::read_header)),
        of(44, "nothing", answers_and_breaks_off(""), lost(phase::read_header)),
        of(44, "nothing but close_notify", answers_and_closes(""), lost(phase::read_header)),
        of(45, "half a status line", answers_and_breaks_off(good_answer.substr(0, 12)), lost(phase::read_header)),
        of(45, "half a header", answers_and_closes(good_answer.substr(0, header_end - 3)), lost(phase::read_header)),
        of(46, "no byte of the body", answers_and_breaks_off(good_answer.substr(0, header_end)),
           lost(phase::read_body)),
        of(46, "half a body", answers_and_closes(good_answer.substr(0, header_end + 9)), lost(phase::read_body)),
        of(47, "a length that is more than the body",
           answers_and_closes(http_answer(200, body + "xxx").substr(0, good_answer.size())), lost(phase::read_body)),
        of(47, "a length that is less than the body", answers_and_breaks_off(good_answer + "more"),
           success(fate::discarded)),
        of(50, "the last chunk is missing", answers_and_closes(chunked(chunk(body))), lost(phase::read_body)),
        of(50, "half a chunk", answers_and_closes(chunked(chunk(body).substr(0, 40))), lost(phase::read_body)),
        of(27, "a whole body, and then no close_notify", answers_and_breaks_off(good_answer), success(fate::discarded)),
        of(27, "a whole chunked body, and then no close_notify",
           answers_and_breaks_off(chunked(chunk(body) + "0\r\n\r\n")), success(fate::discarded)),
        of(28, "a body that only its end delimits, without close_notify", answers_and_breaks_off(with_header("")),
           lost(phase::read_body)),
        of(28, "the same with close_notify", answers_and_closes(with_header("")), success(fate::discarded)),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(framed_ambiguously)
{
    std::vector<fault> rows;
    for (std::string const& value :
         {std::string{"+5"}, std::string{"-1"}, std::string{"0x20"}, std::string{""},
          std::string{"18446744073709551616"}, std::string{"5, 5"}, std::string{"5 5"}, std::string{"five"}}) {
        rows.push_back(
            of(48, "Content-Length: " + value, answers(with_header("Content-Length: " + value + "\r\n")), malformed()));
    }
    rows.push_back(of(48, "two lengths", answers(with_header(length + "Content-Length: 7\r\n")), malformed()));
    rows.push_back(of(48, "the same length twice", answers(with_header(length + length)), malformed()));
    for (std::string const& coding :
         {std::string{"gzip"}, std::string{"chunked, chunked"}, std::string{"gzip, chunked"},
          std::string{"chunked;q=1"}, std::string{"identity"}, std::string{"xchunked"}}) {
        auto const line = "Transfer-Encoding: " + coding + "\r\n";
        rows.push_back(of(49, line, answers(with_header(line)), malformed()));
        rows.push_back(of(49, "before a length: " + line, answers(with_header(line + length)), malformed()));
        rows.push_back(of(49, "behind a length: " + line, answers(with_header(length + line)), malformed()));
    }
    std::string const lone = "Transfer-Encoding: chunked\r\n";
    rows.push_back(of(49, "chunked before a length", answers(with_header(lone + length)), malformed()));
    rows.push_back(of(49, "chunked behind a length", answers(with_header(length + lone)), malformed()));
    rows.push_back(of(49, "chunked twice", answers(with_header(lone + lone)), malformed()));
    for (std::string const& bad : {std::string{"x\r\n"}, std::string{"-1\r\n"}, std::string{"0x5\r\nhello\r\n"},
                                   std::string{"10000000000000000\r\n"}, std::string{"5\nhello\r\n"},
                                   std::string{"5\r\nhellos\r\n"}, std::string{"5\r\nhello\n"}, std::string{"\r\n"},
                                   std::string{" 5\r\nhello\r\n"}, std::string{"5 x\r\nhello\r\n"}}) {
        rows.push_back(of(50, "chunks: " + bad, answers(chunked(bad)), malformed(phase::read_body)));
    }
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(malformed_headers)
{
    std::vector<fault> rows;
    auto const refused = [&](int row, std::string name, std::string bytes) {
        rows.push_back(of(row, std::move(name), answers(std::move(bytes)), malformed()));
    };
    refused(55, "101 unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    for (char const* const status : {"000", "099", "600", "999", "2000", "20", "+20", "abc"})
        refused(56, std::string{"status "} + status,
                "HTTP/1.1 " + std::string{status} + " X\r\n" + length + "\r\n" + body);
    for (char const* const version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/2", "RTSP/1.0", "http/1.1", "ICY"})
        refused(56, version, std::string{version} + " 200 OK\r\n" + length + "\r\n" + body);
    refused(56, "a body alone", body);
    refused(57, "NUL in a value", with_header("X: a" + std::string(1, '\0') + "b\r\n" + length));
    refused(57, "a bare CR in a value", with_header("X: a\rb\r\n" + length));
    refused(57, "a bare LF behind a line", with_header("X: a\n" + length));
    refused(57, "a folded line", with_header("X: a\r\n b\r\n" + length));
    refused(57, "a space before the colon", with_header("X : a\r\n" + length));
    refused(57, "no colon", with_header("X\r\n" + length));
    refused(57, "no name", with_header(": a\r\n" + length));
    refused(57, "a name that is none", with_header("X(: a\r\n" + length));
    refused(54, "six interim answers", times(6, "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n") + good_answer);
    refused(62, "an encoding that was not asked for", with_header("Content-Encoding: gzip\r\n" + length));
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(odd_but_sound)
{
    std::string const interim =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n";
    auto const small_chunks = [] {
        std::string all;
        for (char const c : body)
            all += chunk({&c, 1});
        return chunked(all + "0\r\n\r\n");
    };
    std::vector rows{
        of(54, "100, 102 and 103 before it", answers(interim + good_answer), success(fate::kept)),
        of(54, "five interim answers", answers(times(5, "HTTP/1.1 103 Early Hints\r\n\r\n") + good_answer),
           success(fate::kept)),
        of(51, "chunks of one byte", answers(small_chunks()), success(fate::kept)),
        of(51, "extensions and trailers",
           answers(chunked("1;a=b;c=\"d\"\r\n{\r\n" + chunk(std::string_view{body}.substr(1)) +
                           "0;x\r\nTrailer: x\r\n\r\n")),
           success(fate::kept)),
        of(52, "an empty chunked body in single bytes, which is no JSON", answers_byte_by_byte(chunked("0\r\n\r\n")),
           failure(errc::decode_failed, phase::decode, request_state::answered, fate::kept)),
        of(58, "another answer glued on", answers(good_answer + http_answer(200, responses::webhook)),
           success(fate::discarded)),
        of(
            58, "an answer to nobody in a record of its own",
            [](session& connection) {
                connection.read_request();
                auto const first = connection.encrypt(good_answer);
                connection.send_raw(first + connection.encrypt(good_answer));
            },
            success(fate::discarded)),
        of(61, "204 with a length", answers("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
           failure(errc::decode_failed, phase::decode, request_state::answered)),
        of(61, "304 with a body", answers("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
           failure(errc::unexpected_redirect, phase::decode, request_state::answered)),
        of(65, "in single bytes", answers_byte_by_byte(good_answer), success(fate::kept)),
        of(65, "chunked, in single bytes", answers_byte_by_byte(small_chunks()), success(fate::kept)),
        of(
            65, "in TCP segments of one byte",
            [](session& connection) {
                connection.read_request();
                auto const records = connection.encrypt(good_answer);
                for (std::size_t i = 0; i != records.size(); ++i)
                    connection.send_raw(std::string_view{records}.substr(i, 1));
            },
            success(fate::kept)),
        of(37, "Connection: close", answers(with_header("Connection: close\r\n" + length)), success(fate::discarded)),
        of(37, "in odd case, in a list", answers(with_header("connection: x, CLOSE\r\n" + length)),
           success(fate::discarded)),
        of(37, "HTTP/1.0", answers("HTTP/1.0" + good_answer.substr(8)), success(fate::discarded)),
        of(37, "HTTP/1.0 that offers to stay",
           answers("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length + "\r\n" + body), success(fate::discarded)),
        of(39, "Keep-Alive, a hint", answers(with_header("Keep-Alive: timeout=1, max=2\r\n" + length)),
           success(fate::kept)),
    };
    for (auto& each : rows)
        each.of_get_and_create_alone = each.expected.other.code.has_value();
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(too_much)
{
    std::string const kilobyte(1024, 'x');
    std::string const head = "HTTP/1.1 200 OK\r\n";
    std::vector const rows{
        of(53, "a header line without end", answers_without_end(head + "X: ", kilobyte), too_large(phase::read_header)),
        of(53, "header lines without end", answers_without_end(head, "X: " + kilobyte + "\r\n"),
           too_large(phase::read_header)),
        of(53, "short header lines without end", answers_without_end(head, times(100, "X: y\r\n")),
           too_large(phase::read_header)),
        of(53, "a status line without end", answers_without_end("HTTP/1.1 200 ", kilobyte),
           too_large(phase::read_header)),
        of(54, "interim answers without end", answers_without_end("", "HTTP/1.1 103 Early Hints\r\n\r\n"), malformed()),
        of(51, "a chunk extension without end", answers_without_end(chunked("5;x="), kilobyte),
           too_large(phase::read_body)),
        of(51, "trailers without end", answers_without_end(chunked("0\r\n"), "X: " + kilobyte + "\r\n"),
           too_large(phase::read_body)),
        of(51, "extensions of many chunks without end",
           answers_without_end(chunked(""), "1;x=" + kilobyte + "\r\n{\r\n"), too_large(phase::read_body)),
        of(60, "a length of 10^18", answers(with_header("Content-Length: 1000000000000000000\r\n")),
           too_large(phase::read_header)),
        of(60, "a chunk of 10^18", answers(chunked("de0b6b3a7640000\r\n")), too_large(phase::read_body)),
        of(60, "chunks without end", answers_without_end(chunked(""), chunk(kilobyte)), too_large(phase::read_body)),
        of(60, "a body without end", answers_without_end(with_header(""), kilobyte), too_large(phase::read_body)),
        of(60, "TLS messages without end that want an answer", asks_tls_without_end, too_large(phase::read_header)),
    };
    auto limited = rows;
    for (auto& each : limited) {
        each.prepare = [](client_config& config, auto&) {
            config.limits.header_bytes = 8 * 1024;
            config.limits.body_bytes = 64 * 1024;
        };
    }
    test::play(limited);
}

BOOST_AUTO_TEST_CASE(too_slow)
{
    std::vector rows{
        of(42, "no answer: the peer has vanished", answers_and_falls_silent(""), late(phase::read_header)),
        of(59, "half a header", answers_and_falls_silent(good_answer.substr(0, 20)), late(phase::read_header)),
        of(59, "half a body", answers_and_falls_silent(good_answer.substr(0, good_answer.size() - 1)),
           late(phase::read_body)),
        of(59, "half a chunk", answers_and_falls_silent(chunked(chunk(body).substr(0, 40))), late(phase::read_body)),
        of(59, "no end of a body that only its end delimits", answers_and_falls_silent(with_header("")),
           late(phase::read_body)),
    };
    test::play(rows);
}

/// A byte a second is no reason to wait longer.
BOOST_AUTO_TEST_CASE(alive_and_too_slow)
{
    for (auto const& [where, which] :
         {std::pair{phase::read_header, test::operation::get}, std::pair{phase::read_body, test::operation::get},
          std::pair{phase::read_body, test::operation::create}}) {
        auto const begin = where == phase::read_header ? 0U : good_answer.size() - body.size();
        std::atomic<std::size_t> allowed = begin;
        test::scripted_server server{[&](session& connection) {
            connection.read_request();
            connection.send(std::string_view{good_answer}.substr(0, begin));
            for (auto sent = begin; sent != good_answer.size(); ++sent) {
                while (sent == allowed)
                    std::this_thread::yield();
                connection.send(std::string_view{good_answer}.substr(sent, 1));
            }
            connection.wait_for_close();
        }};
        auto config = server.config();
        config.timeouts.call = config.timeouts.attempt = std::chrono::seconds{30};
        test::manual_clock clock;
        detail::environment world;
        world.make_clock = clock.factory();
        test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
            client api{detail::client_access::make(executor, config, std::move(world))};
            bool ended = false;
            std::optional<error> why;
            net::co_spawn(executor, test::perform_into(api.webhooks(test::account, test::app), which, {}, why),
                          [&](std::exception_ptr) { ended = true; });
            co_await test::until([&] { return server.requests() == 1; });
            auto const began = clock.now();
            while (!ended) {
                ++allowed;
                for (int i = 0; i != 100 && !ended; ++i)
                    co_await net::post(executor, net::use_awaitable);
                clock.advance(std::chrono::seconds{1});
            }
            BOOST_TEST_REQUIRE(why.has_value());
            BOOST_TEST_INFO("row 59: " << *why);
            BOOST_TEST((why->code() == errc::timed_out));
            BOOST_TEST((why->phase() == where));
            BOOST_TEST(why->request_state() == request_state::unknown);
            BOOST_TEST((clock.now() - began <= std::chrono::seconds{31}), "P11: no later than the deadline");
        });
        allowed = good_answer.size();
    }
}

namespace {

/// The socket of this process that is connected to a port of its own.
int socket_to(std::uint16_t port)
{
    for (int each = 3; each != 1024; ++each) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(each, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && ntohs(peer.sin_port) == port)
            return each;
    }
    return -1;
}

} // namespace

/// What comes as fast as it is read must stop neither deadlines nor other calls: a handler reads so much, and no more.
BOOST_AUTO_TEST_CASE(as_fast_as_it_is_read)
{
    constexpr int most = 4 * 16 * 1024;
    std::atomic<bool> go = false;
    test::scripted_server server{[&](session& connection) {
                                     connection.read_request();
                                     while (!go)
                                         std::this_thread::yield();
                                     connection.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(3 * most, ' '));
                                     connection.wait_for_close();
                                 },
                                 test::scripted_server::protocol::plain};
    net::io_context context{1};
    client api{context, server.config()};
    std::optional<result<webhook>> got;
    net::co_spawn(context, test::get_into(api.webhooks(test::account, test::app), got), net::detached);
    int descriptor = -1;
    while (server.requests() == 0) {
        context.poll_one();
        if (descriptor < 0 && api.stats().busy == 1) {
            descriptor = socket_to(server.port());
            int const room = 1024 * 1024;
            ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_WINDOW_CLAMP, &room, sizeof room);
        }
    }
    go = true;
    BOOST_TEST_REQUIRE(descriptor >= 0);
    auto const unread = [&] {
        int size = 0;
        ::ioctl(descriptor, FIONREAD, &size);
        return size;
    };
    BOOST_TEST_REQUIRE(test::eventually([&] { return unread() > most + most / 4; }));
    int rounds = 0;
    for (int before = unread(); before > most; before = unread()) {
        context.poll_one();
        BOOST_TEST_REQUIRE(before - unread() <= most);
        ++rounds;
    }
    BOOST_TEST(rounds >= 1);
}

/// An answer that comes before the request was read, and the end of the connection with it.
BOOST_AUTO_TEST_CASE(answered_before_it_was_asked)
{
    enum class then { reads_on, stops_reading, closes, resets };
    auto const changes = [](webhook_collection hooks, bool creates, call_info& info) {
        webhook_spec large{std::string(std::size_t{16} << 20, 'x'), "https://example.com/", event_set::all()};
        auto options = call_options{}.info(&info);
        return creates ? hooks.create(std::move(large), std::move(options))
                       : hooks.replace(test::some_id, std::move(large), std::move(options));
    };
    for (int i = 0; i != 8; ++i) {
        auto const what = static_cast<then>(i / 2);
        test::scripted_server server{[&](session& connection) {
            connection.read_some();
            connection.send(http_answer(413, ""));
            if (what == then::reads_on)
                connection.wait_for_close();
            if (what == then::stops_reading)
                connection.stall();
            connection.send_close_notify();
            if (what == then::resets) {
                // The client has what was sent, and then no more.
                for (int unacknowledged = 1; unacknowledged != 0;)
                    ::ioctl(connection.descriptor(), SIOCOUTQ, &unacknowledged);
                connection.reset();
            }
            connection.close();
        }};
        test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
            client api{executor, server.config()};
            call_info info;
            auto const got = co_await changes(api.webhooks(test::account, test::app), i % 2 == 0, info);
            BOOST_TEST_REQUIRE(got.has_error());
            BOOST_TEST_INFO(got.error());
            BOOST_TEST(got.error().http_status() == 413, "row 63: the answer counts");
            BOOST_TEST(got.error().request_state() == request_state::answered);
            BOOST_TEST(info.attempts == 1);
            BOOST_TEST(server.connections() == 1, "P1: it came once");
            if (what != then::reads_on) // who may have had all of it by then
                BOOST_TEST(api.stats().open == 0U, "row 63: and not the connection");
        });
    }
}

/// The system tells the end of a connection that was reset once. Writing learns of it first, and reading sees an end then.
BOOST_AUTO_TEST_CASE(reset_is_no_end_of_an_answer)
{
    test::scripted_server server{[](session& connection) {
                                     connection.read_some();
                                     connection.send("HTTP/1.1 200 OK\r\n\r\n" + std::string{responses::webhook});
                                     for (int unacknowledged = 1; unacknowledged != 0;)
                                         ::ioctl(connection.descriptor(), SIOCOUTQ, &unacknowledged);
                                     connection.reset();
                                     connection.close();
                                 },
                                 test::scripted_server::protocol::plain};
    test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
        client api{executor, server.config()};
        webhook_spec large{std::string(std::size_t{16} << 20, 'x'), "https://example.com/", event_set::all()};
        auto const got = co_await api.webhooks(test::account, test::app).create(std::move(large));
        BOOST_TEST_REQUIRE(got.has_error());
        BOOST_TEST_INFO(got.error());
        BOOST_TEST(got.error().code() == errc::connection_lost);
        BOOST_TEST(got.error().request_state() == request_state::unknown);
        BOOST_TEST(server.connections() == 1);
    });
}

/// What came before the end counts, though the server takes nothing of the request any more and says so by a reset.
BOOST_AUTO_TEST_CASE(reset_behind_the_end_of_an_answer)
{
    std::atomic<bool> asked = false;
    std::atomic<bool> go = false;
    std::atomic<bool> done = false;
    test::scripted_server server{[&](session& connection) {
                                     connection.read_some();
                                     asked = true;
                                     while (!go)
                                         std::this_thread::yield();
                                     connection.send("HTTP/1.1 200 OK\r\n\r\n" + std::string{responses::webhook});
                                     connection.reset_behind_the_end();
                                     done = true;
                                     connection.stall();
                                 },
                                 test::scripted_server::protocol::plain};
    net::io_context context{1};
    client api{context, server.config()};
    auto const hooks = api.webhooks(test::account, test::app);
    std::optional<result<webhook>> got;
    auto const create = [&]() -> boost::asio::awaitable<void> {
        webhook_spec large{std::string(std::size_t{16} << 20, 'x'), "https://example.com/", event_set::all()};
        auto made = co_await hooks.create(std::move(large));
        got = std::move(made);
    };
    net::co_spawn(context, create(), net::detached);
    BOOST_TEST_REQUIRE(test::eventually([&] {
        context.poll();
        return asked.load();
    }));
    context.poll(); // until no more can be written
    go = true;
    BOOST_TEST_REQUIRE(test::eventually([&] { return done.load(); })); // and is heard of at once
    BOOST_TEST_REQUIRE(test::eventually([&] {
        context.poll();
        return got.has_value();
    }));
    BOOST_TEST(got->has_value(), (got->has_error() ? got->error() : error{}));
}

BOOST_AUTO_TEST_SUITE_END()
