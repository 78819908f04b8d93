// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/manual_clock.hpp"
#include "policy/retry.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <boost/test/unit_test.hpp>

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

// Rows 66 to 89: answers that are HTTP as it should be, and say no, or what the API does not promise.

using namespace rtkhooks;
using test::answers;
using test::ending;
using test::endings;
using test::failure;
using test::fate;
using test::fault;
using test::fault_script;
using test::good_answer;
using test::http_answer;
using test::of;
using session = test::scripted_server::session;
namespace net = boost::asio;
namespace responses = test::responses;

namespace {

constexpr auto answered = request_state::answered;

fault_script answers_twice(std::string bytes)
{
    return [bytes = std::move(bytes)](session& connection) {
        for (int i = 0; i != 2; ++i) {
            connection.read_request();
            connection.send(bytes);
        }
    };
}

/// What this thread has had of a processor: others take nothing of it.
std::chrono::nanoseconds processor_time()
{
    timespec taken{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
    return std::chrono::seconds{taken.tv_sec} + std::chrono::nanoseconds{taken.tv_nsec};
}

/// Final, whatever the method: it was answered, and the connection is as good as before.
endings refused(errc code) { return failure(code, phase::decode, answered, fate::kept); }

/// A success at the second attempt.
ending second_time()
{
    ending how;
    how.attempts = how.arrivals = 2;
    how.connection = fate::kept;
    return how;
}

/// Methods that are safe to repeat are, and succeed.
endings repeated_where_safe(errc code)
{
    auto how = refused(code);
    how.idempotent = second_time();
    return how;
}

std::string ok(std::string_view body) { return http_answer(200, body); }

/// A webhook that is as it should be but for one member.
std::string webhook_with(std::string_view name, std::string_view value)
{
    std::string members;
    std::pair<std::string_view, std::string_view> const all[] = {
        {"id", R"("7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13")"},
        {"name", R"("n")"},
        {"url", R"("https://example.com/")"},
        {"events", R"(["meeting.started"])"},
        {"enabled", "true"},
        {"created_at", R"("2026-01-01T00:00:00.000Z")"},
        {"updated_at", R"("2026-01-01T00:00:00.000Z")"},
    };
    bool known = false;
    for (auto const& [member, usual] : all) {
        known = known || member == name;
        auto const text = member == name ? value : usual;
        if (!text.empty())
            members.append(members.empty() ? "\"" : ",\"").append(member).append("\":").append(text);
    }
    if (!known)
        members.append(",\"").append(name).append("\":").append(value);
    return R"({"success":true,"data":{)" + members + "}}";
}

constexpr std::string_view html = "<html><title>\x1b[31m502 Bad Gateway</title></html>";

} // namespace

BOOST_AUTO_TEST_SUITE(answers_that_say_no)

BOOST_AUTO_TEST_CASE(statuses)
{
    std::vector<fault> rows;
    auto const row = [&](int number, int status, std::string_view body, endings expected) {
        rows.push_back(of(number, "status " + std::to_string(status), answers(http_answer(status, body)), expected));
    };
    for (int const status : {502, 503, 504})
        row(66, status, html, repeated_where_safe(errc::server_error));
    for (int const status : {501, 505, 520, 521, 522, 523, 524, 525, 526, 527, 530})
        row(67, status, html, refused(errc::server_error));
    row(68, 500, responses::bad_request, repeated_where_safe(errc::server_error));
    row(69, 503, "", repeated_where_safe(errc::server_error));
    row(70, 429, "", test::always(second_time()));
    row(66, 408, "", repeated_where_safe(errc::invalid_request));
    row(73, 401, responses::unauthorized, refused(errc::unauthorized));
    row(73, 403, "", refused(errc::forbidden));
    row(73, 404, "", refused(errc::not_found));
    row(73, 409, "", refused(errc::conflict));
    for (int const status :
         {400, 402, 405, 406, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 425, 426, 428, 431, 451})
        row(73, status, "{}", refused(errc::invalid_request));
    row(74, 302, "", refused(errc::unexpected_redirect));
    // Another host, another path of this one, the same again for ever, and without TLS.
    auto const same = "/client/v4/accounts/" + std::string{test::account} + "/realtime/kit/" + std::string{test::app} +
                      "/webhooks/" + std::string{test::some_id};
    for (auto const& location : {std::string{"https://elsewhere.example/"}, std::string{"/client/v4/webhooks"}, same,
                                 "http://server.test" + same}) {
        for (int const status : {300, 301, 302, 303, 307, 308}) {
            auto const bytes = http_answer(status, "", "Location: " + location + "\r\n");
            rows.push_back(of(74, "status " + std::to_string(status) + " to " + location, answers(bytes),
                              refused(errc::unexpected_redirect)));
        }
    }
    test::play(rows);
}

/// play() looks for the token in what is printed.
BOOST_AUTO_TEST_CASE(the_token_sent_back)
{
    std::string const token = test::token;
    auto const envelope = [](std::string const& message) {
        return R"({"success":false,"errors":[{"code":1,"message":")" + message + R"("}]})";
    };
    auto const row = [](std::string name, std::string bytes, errc code) {
        return of(73, std::move(name), answers(std::move(bytes)), refused(code));
    };
    std::vector rows{
        row("in a message", http_answer(400, envelope("not '" + token + "', and not " + token)), errc::invalid_request),
        row("where a message is cut short", http_answer(400, envelope(std::string(240, 'x') + token)),
            errc::invalid_request),
        row("in a page", http_answer(403, "<html><title>Bearer " + token + "</title></html>"), errc::forbidden),
        row("in a text", http_answer(403, "Authorization: Bearer " + token), errc::forbidden),
        row("as the ray id", http_answer(401, "", "cf-ray: " + token + "\r\n"), errc::unauthorized),
        row("under a good status", ok(envelope(token)), errc::invalid_request),
        row("as a member's name", ok("{\"" + token + "\":1}"), errc::decode_failed),
        row("as a value", ok(webhook_with("enabled", '"' + token + '"')), errc::decode_failed),
        row("with escapes", http_answer(400, envelope("\\u0063" + token.substr(1))), errc::invalid_request),
        row("with escapes, where nobody looks for it",
            http_answer(400, "{\"detail\":\"\\u0063" + token.substr(1) + "\"}"), errc::invalid_request),
        row("with escapes, in what is cut off", http_answer(400, "{\"message\":\"\\u0063" + token.substr(1)),
            errc::invalid_request),
        row("under a good status, cut short", ok(envelope(std::string(240, 'x') + token)), errc::invalid_request),
    };
    for (auto& each : rows) {
        each.of_get_and_create_alone = each.name == "as a member's name";
        each.removal_succeeds = each.name == "as a value";
    }
    rows.push_back(row("a global key", http_answer(403, "X-Auth-Key: " + token), errc::forbidden));
    rows.back().prepare = [](client_config& config, detail::environment&) {
        config.auth = credentials::global_key("a@example.com", test::token);
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(again_and_again)
{
    auto const twice = [](errc code) {
        auto how = refused(code);
        how.idempotent.attempts = how.idempotent.arrivals = 2;
        return how;
    };
    auto limited = twice(errc::rate_limited);
    limited.other = limited.idempotent; // 429 says that it was not processed
    auto rows = std::vector{
        of(71, "429 again and again", answers_twice(http_answer(429, "")), limited),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(patience)
{
    auto const refused_for_an_hour = [](errc code) {
        auto how = refused(code);
        how.idempotent.retry_after = how.other.retry_after = std::chrono::hours{1};
        return how;
    };
    std::vector<fault> rows;
    for (char const* const value :
         {"3600", "Fri, 01 Jan 2027 01:00:00 GMT", "3600\r\nRetry-After: 0", "0\r\nRetry-After: 3600",
          "soon\r\nRetry-After: Fri, 01 Jan 2027 01:00:00 GMT\r\nRetry-After: 1"}) {
        auto const date = "Date: Fri, 01 Jan 2027 00:00:00 GMT\r\nRetry-After: ";
        auto const bytes = http_answer(429, "", date + std::string{value} + "\r\n");
        rows.push_back(of(71, std::string{"more than the deadline allows: "} + value, answers(bytes),
                          refused_for_an_hour(errc::rate_limited)));
        rows.back().prepare = [](client_config& config, detail::environment&) {
            config.rate_limit.enabled = false; // by which the next call would have no turn for an hour
        };
    }
    rows.push_back(of(71, "a 503 for longer than the deadline allows",
                      answers(http_answer(503, "", "Retry-After: 3600\r\n")), refused_for_an_hour(errc::server_error)));
    for (char const* const value : {"garbage", "-5", "0", "Thu, 01 Jan 1970 00:00:00 GMT", ""}) {
        auto const bytes = http_answer(429, "", std::string{"Retry-After: "} + value + "\r\n");
        rows.push_back(
            of(71, std::string{"the client's own pause: "} + value, answers(bytes), test::always(second_time())));
    }
    test::play(rows);
}

/// Each pause of a client that is seeded is known to the millisecond.
BOOST_AUTO_TEST_CASE(pauses_grow_and_are_drawn)
{
    using std::chrono::milliseconds;
    constexpr int retries = 5;
    for (std::uint64_t const seed : {7U, 8U, 9U}) {
        test::scripted_server server{[](session& connection) {
            for (;;) {
                connection.read_request();
                connection.send(http_answer(503, ""));
            }
        }};
        auto config = server.config();
        config.retry.max_retries = retries;
        config.retry.base_delay = milliseconds{1000};
        config.retry.max_delay = milliseconds{6000};
        std::mt19937_64 random{seed};
        std::vector<milliseconds> pauses;
        for (int i = 0; i != retries; ++i)
            pauses.push_back(policy::backoff(config.retry, i, {}, random()));
        test::manual_clock const clock;
        detail::environment world;
        world.make_clock = clock.factory();
        world.seed = seed;
        test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
            client api{detail::client_access::make(executor, config, std::move(world))};
            std::optional<result<webhook>> got;
            net::co_spawn(executor, test::get_into(api.webhooks(test::account, test::app), got), net::detached);
            for (int i = 0; i != retries; ++i) {
                auto const pause = pauses[static_cast<std::size_t>(i)];
                BOOST_TEST_INFO_SCOPE("seed " << seed << ", pause " << i << ": " << pause.count() << " ms");
                co_await test::until([&] { return api.stats().retries == static_cast<std::uint64_t>(i) + 1; });
                BOOST_TEST(server.requests() == i + 1);
                clock.advance(pause - milliseconds{1});
                for (int round = 0; round != 50; ++round)
                    co_await net::post(executor, net::use_awaitable);
                auto const meanwhile = api.stats();
                BOOST_TEST((meanwhile.busy == 0 && meanwhile.retries == static_cast<std::uint64_t>(i) + 1), "too soon");
                clock.advance(milliseconds{1});
                co_await test::until([&] { return server.requests() == i + 2; });
            }
            co_await test::until([&] { return got.has_value(); });
            BOOST_TEST_REQUIRE(got->has_error());
            BOOST_TEST((got->error().code() == errc::server_error), got->error());
            BOOST_TEST(got->error().attempts() == retries + 1);
        });
    }
}

/// There is no point in waiting where nothing can come of it.
BOOST_AUTO_TEST_CASE(a_pause_that_ends_too_late_is_not_begun)
{
    test::scripted_server server{[](session& connection) {
        connection.read_request();
        connection.send(http_answer(503, ""));
        connection.wait_for_close();
    }};
    auto config = server.config();
    config.retry.max_retries = 1;
    config.retry.base_delay = config.retry.max_delay = std::chrono::hours{1};
    test::manual_clock const clock;
    detail::environment world;
    world.make_clock = clock.factory();
    world.seed = 7;
    BOOST_TEST_REQUIRE(policy::backoff(config.retry, 0, {}, std::mt19937_64{7}()).count() > 60'000);
    test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        std::optional<result<webhook>> got;
        net::co_spawn(executor, test::get_into(api.webhooks(test::account, test::app), got), net::detached);
        co_await test::until([&] { return got || api.stats().retries != 0; });
        BOOST_TEST_REQUIRE((got && got->has_error()));
        BOOST_TEST((got->error().code() == errc::server_error), got->error());
        BOOST_TEST(got->error().attempts() == 1);
    });
}

BOOST_AUTO_TEST_CASE(what_the_server_asks_for_is_waited_for)
{
    for (int const status : {429, 503}) {
        test::scripted_server server{[&](session& connection) {
            connection.read_request();
            connection.send(http_answer(status, "", "Retry-After: 2\r\n"));
            test::answer_all(connection);
        }};
        auto config = server.config();
        config.retry.max_retries = 1;
        config.retry.base_delay = std::chrono::milliseconds{10};
        test::manual_clock clock;
        detail::environment world;
        world.make_clock = clock.factory();
        test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
            client api{detail::client_access::make(executor, config, std::move(world))};
            std::optional<result<webhook>> got;
            net::co_spawn(executor, test::get_into(api.webhooks(test::account, test::app), got), net::detached);
            co_await test::until([&] { return api.stats().retries == 1; });
            clock.advance(std::chrono::milliseconds{1999});
            for (int i = 0; i != 300; ++i)
                co_await net::post(executor, net::use_awaitable);
            BOOST_TEST(server.requests() == 1, "row 70: not before");
            clock.advance(std::chrono::milliseconds{11}); // and the jitter
            co_await test::until([&] { return got.has_value(); });
            BOOST_TEST(got->has_value(), "row 70");
            BOOST_TEST(server.requests() == 2);
        });
    }
}

/// A pause of the client's own is added to what the server asks for, but not so that the call would miss its deadline by it.
BOOST_AUTO_TEST_CASE(what_the_server_asks_for_just_fits)
{
    test::scripted_server server{[&](session& connection) {
        connection.read_request();
        connection.send(http_answer(429, "", "Retry-After: 2\r\n"));
        test::answer_all(connection);
    }};
    auto config = server.config();
    config.retry.max_retries = 1;
    config.retry.base_delay = config.retry.max_delay = std::chrono::hours{1};
    test::manual_clock const clock;
    detail::environment world;
    world.make_clock = clock.factory();
    world.seed = 7;
    BOOST_TEST_REQUIRE(policy::backoff(config.retry, 0, {}, std::mt19937_64{7}()).count() > 1);
    test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        std::optional<result<webhook>> got;
        auto options = call_options{}.timeout(std::chrono::milliseconds{2001});
        net::co_spawn(executor, test::get_into(api.webhooks(test::account, test::app), got, std::move(options)),
                      net::detached);
        co_await test::until([&] { return got || api.stats().retries == 1; });
        BOOST_TEST(!got);
        clock.advance(std::chrono::milliseconds{2000});
        co_await test::until([&] { return got.has_value(); });
        BOOST_TEST(got->has_value(), "row 70");
    });
}

BOOST_AUTO_TEST_CASE(under_a_good_status)
{
    std::vector<fault> rows;
    auto const undecodable = [&](int number, std::string name, std::string_view body) {
        rows.push_back(of(number, std::move(name), answers(ok(body)), refused(errc::decode_failed)));
    };
    rows.push_back(of(75, "success: false", answers(ok(responses::bad_request)), refused(errc::invalid_request)));
    undecodable(76, "an empty body", "");
    undecodable(76, "HTML", html);
    rows.push_back(of(76, "text/plain that is JSON",
                      answers(http_answer(200, responses::webhook, "Content-Type: text/plain\r\n")),
                      test::success(fate::kept)));
    rows.push_back(of(76, "a webhook that another status brings", answers(http_answer(202, responses::webhook)),
                      test::success(fate::kept)));
    undecodable(78, "truncated", std::string_view{responses::webhook}.substr(0, 60));
    undecodable(78, "junk behind it", std::string{responses::webhook} + "x");
    undecodable(78, "a byte order mark", "\xEF\xBB\xBF" + std::string{responses::webhook});
    undecodable(78, "invalid UTF-8", webhook_with("name", "\"\xC3\x28\""));
    undecodable(78, "NaN", webhook_with("x", "NaN"));
    undecodable(78, "a comment", "/**/" + std::string{responses::webhook});
    undecodable(79, "nested too deeply", webhook_with("x", std::string(100000, '[')));
    undecodable(80, "success twice", R"({"success":true,"success":false,"data":{}})");
    undecodable(80, "two ids", webhook_with("x", R"(1,"id":"0f9a1c1e-5a0b-4c52-9a43-5d1f1d5e0c02")"));
    undecodable(81, "a list", R"({"success":true,"data":[1]})");
    undecodable(81, "no object", R"("text")");
    undecodable(81, "a number for an id", webhook_with("id", "5"));
    undecodable(81, "a string for events", webhook_with("events", "\"meeting.started\""));
    undecodable(81, "a string for enabled", webhook_with("enabled", "\"true\""));
    undecodable(82, "null for an id", webhook_with("id", "null"));
    undecodable(85, "a number that is none", webhook_with("x", "1e999999999999999999999e"));
    undecodable(86, "a time that is none", webhook_with("created_at", "\"2026-13-01T00:00:00Z\""));
    rows.push_back(
        of(82, "members nobody knows", answers(ok(webhook_with("x", R"({"y":[null]})"))), test::success(fate::kept)));
    rows.push_back(of(83, "an event nobody knows", answers(ok(webhook_with("events", R"(["meeting.new"])"))),
                      test::success(fate::kept)));
    rows.push_back(of(85, "numbers beyond any range",
                      answers(ok(webhook_with("x", "[9223372036854775808,1e400,-0,1.0]"))), test::success(fate::kept)));
    for (char const* const time : {"2026-01-01T00:00:00Z", "2026-01-01 00:00:00.123456Z", "2026-06-30T23:59:60Z",
                                   "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.123456789Z"}) {
        auto const quoted = '"' + std::string{time} + '"';
        rows.push_back(of(86, time, answers(ok(webhook_with("created_at", quoted))), test::success(fate::kept)));
    }
    for (auto& each : rows) {
        each.of_get_and_create_alone = each.name == "an empty body" || each.name == "null for an id";
        each.removal_succeeds = each.name == "two ids" ||
                                (each.row > 80 && each.name != "no object" && each.name != "a number that is none");
    }
    test::play(rows);
}

/// Where an answer is not as it should be is told, and what nobody knew of is kept.
BOOST_AUTO_TEST_CASE(what_is_found_in_an_answer)
{
    auto const found_in = [](std::string const& body) {
        test::scripted_server server{answers(ok(body))};
        std::optional<result<webhook>> got;
        test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
            client api{executor, server.config()};
            co_await test::get_into(api.webhooks(test::account, test::app), got);
        });
        return std::move(got).value();
    };
    auto const wrong = found_in(webhook_with("id", "5"));
    BOOST_TEST_REQUIRE(wrong.has_error());
    BOOST_TEST(wrong.error().message().find("data.id: expected a string") != std::string::npos,
               "row 81: " << wrong.error());
    auto const cut = found_in(std::string{responses::webhook.substr(0, 60)});
    BOOST_TEST_REQUIRE(cut.has_error());
    BOOST_TEST(cut.error().message().find("at byte 60") != std::string::npos, "row 78: " << cut.error());
    auto const kept = found_in(webhook_with("events", R"(["meeting.new","meeting.ended"])"));
    BOOST_TEST_REQUIRE(kept.has_value());
    BOOST_TEST(kept->events.contains(event_type{"meeting.new"}), "row 83");
    BOOST_TEST(kept->events.size() == 2U, "row 83");
}

/// The gateway may have lost the server's answer, and what cannot be read may still say that it was done.
BOOST_AUTO_TEST_CASE(changes_that_may_have_been_made)
{
    struct {
        char const* name;
        std::string bytes;
        bool said;
    } const rows[] = {
        {"row 66: 502", http_answer(502, html), true}, {"row 66: 504", http_answer(504, html), true},
        {"row 67: 520", http_answer(520, html), true}, {"row 76: HTML", ok(html), true},
        {"row 73: 409", http_answer(409, ""), false},  {"row 75: success: false", ok(responses::bad_request), false},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            test::scripted_server server{[&](session& connection) {
                answers(each.bytes)(connection);
                connection.wait_for_close();
            }};
            test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
                client api{executor, server.config()};
                auto const hooks = api.webhooks(test::account, test::app);
                auto const problem = co_await test::perform(hooks, test::operation::create, {});
                BOOST_TEST_REQUIRE(problem.has_value());
                bool const said = problem->message().find("the request may have taken effect") != std::string::npos;
                BOOST_TEST(said == each.said, *problem);
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_where_something_was_expected)
{
    std::vector<fault> rows;
    for (std::string const& bytes :
         {http_answer(202, ""), http_answer(205, ""), http_answer(202, R"({"success":true})"),
          std::string{"HTTP/1.1 204 No Content\r\n\r\n"}}) {
        auto made = of(77, bytes.substr(0, 12), answers(bytes), refused(errc::decode_failed));
        made.of_get_and_create_alone = true;
        rows.push_back(std::move(made));
    }
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(a_great_many_webhooks)
{
    constexpr auto begin = responses::webhook.find('{', 1);
    constexpr auto end = responses::webhook.find('}') + 1;
    auto const one = responses::webhook.substr(begin, end - begin);
    auto const list = [&](std::size_t count) {
        std::string text = R"({"success":true,"data":[)";
        text += one;
        for (std::size_t i = 1; i != count; ++i)
            text.append(1, ',').append(one);
        return http_answer(200, text + "]}");
    };
    constexpr std::size_t few = 5000;
    constexpr std::size_t many = 8 * few;
    auto const of_few = list(few);
    auto const of_many = list(many);
    std::atomic<std::string const*> answer = nullptr; // of those, which have to outlive the server
    test::scripted_server server{[&](session& connection) {
        for (;;) {
            connection.read_request();
            connection.send(*answer);
        }
    }};
    test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
        auto config = server.config();
        client large{executor, config};
        auto const measure = [&](std::string const& bytes, std::size_t count,
                                 std::chrono::nanoseconds& least) -> boost::asio::awaitable<void> {
            answer = &bytes;
            auto const began = processor_time();
            auto const all = co_await large.webhooks(test::account, test::app).list();
            least = std::min(least, processor_time() - began);
            BOOST_TEST_REQUIRE(all.has_value(), "row 84: " << all.error());
            BOOST_TEST(all->size() == count, "row 84: each, be its id the same or not");
        };
        auto of_few_took = std::chrono::nanoseconds::max();
        auto of_many_took = std::chrono::nanoseconds::max();
        for (int i = 0; i != 5; ++i) {
            co_await measure(of_few, few, of_few_took);
            co_await measure(of_many, many, of_many_took);
        }
        BOOST_TEST(of_many_took < 3 * static_cast<int>(many / few) * of_few_took,
                   "row 84: in linear time, and not " << of_few_took.count() << " and " << of_many_took.count());
        config.limits.body_bytes = of_many.size() / 2;
        client small{executor, config};
        answer = &of_many;
        auto const none = co_await small.webhooks(test::account, test::app).list();
        BOOST_TEST_REQUIRE(none.has_error());
        BOOST_TEST((none.error().code() == errc::limit_exceeded), "row 84");
    });
}

BOOST_AUTO_TEST_CASE(a_very_long_string)
{
    constexpr std::string_view usual = "\"name\": \"";
    std::string const name(8 * 1024 * 1024, 'n');
    std::string text{responses::webhook};
    auto const place = text.find(usual);
    BOOST_TEST_REQUIRE(place != text.npos);
    text.insert(place + usual.size(), name);
    test::scripted_server server{answers_twice(http_answer(200, text))};
    test::run([&](net::any_io_executor executor) -> boost::asio::awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const got = co_await hooks.get(test::some_id);
        BOOST_TEST_REQUIRE(got.has_value(), "row 84: " << got.error());
        BOOST_TEST((got->name.starts_with(name)), "row 84");
        // And out goes one as long.
        auto const created = co_await hooks.create({name, "https://example.com/", event_set::all()});
        BOOST_TEST_REQUIRE(created.has_value(), "row 84: " << created.error());
    });
}

BOOST_AUTO_TEST_SUITE_END()
