// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/server.hpp"
#include "fixtures/events.hpp"
#include "integration/emulator/reach.hpp"
#include "integration/emulator/stub_receiver.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/emulator.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/event.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rtkhooks::testing {

BOOST_AUTO_TEST_SUITE(emulator_deliveries, *boost::unit_test::label("concurrency"))

namespace {

using namespace std::chrono_literals;
using state = emulator_delivery::state;

std::string const token = "token";
std::string const started = R"({"event":"meeting.started"})";
std::string const events_path = "/emulator/events";
std::string const key_path = "/.well-known/webhooks.json";

emulator_options eager(std::size_t retries = 3)
{
    emulator_options options;
    options.token(token).delivery_retries(retries, 1ms).delivery_timeout(60s);
    return options;
}

// An emulator, and a client that makes webhooks in it.
struct fixture {
    explicit fixture(emulator_options options = eager()) : served{std::move(options)} {}

    std::string create(std::string const& url, std::string const& event = "meeting.started", bool enabled = true)
    {
        return create_with(url, "\"" + event + "\"", enabled);
    }
    std::string create_for_all(std::string const& url)
    {
        std::string names;
        for (auto const event : event_set::all())
            names.append(names.empty() ? "\"" : ",\"").append(event.name()).append("\"");
        return create_with(url, names, true);
    }
    std::string create_with(std::string const& url, std::string const& events, bool enabled)
    {
        auto client = to.connect();
        client.send(to.request("POST", collection_path,
                               R"({"name":"n","url":")" + url + R"(","events":[)" + events + R"(],"enabled":)" +
                                   (enabled ? "true}" : "false}")));
        auto const answer = client.read_response();
        BOOST_TEST_INFO(answer.body);
        BOOST_REQUIRE(answer.status == 201);
        return boost::json::parse(answer.body).at("data").at("id").as_string().c_str();
    }
    // What became of the only delivery of an event.
    emulator_delivery deliver(std::string_view body = started)
    {
        auto const ids = served.emit(body);
        BOOST_REQUIRE(ids.size() == 1u);
        BOOST_REQUIRE(served.wait_for_deliveries());
        auto const last = served.deliveries().back();
        BOOST_TEST(last.id == ids.front());
        return last;
    }

    emulator served;
    reach<emulator> to{served, token};
};

header_value find(received_delivery const& in, std::string_view name)
{
    auto const found = in.fields.find(std::string{name});
    return found == in.fields.end() ? header_value{} : header_value{found->second};
}

delivery_check check(std::string const& pem, received_delivery const& what)
{
    return check_delivery(
        public_key::from_pem(pem).value(), [&](std::string_view name) { return find(what, name); }, what.body);
}

std::string outcome_of(emulator_delivery const& what)
{
    std::string text{to_string(what.outcome)};
    for (auto const& each : what.attempts)
        text += ' ' + (each.status == 0 ? '[' + each.error + ']' : std::to_string(each.status));
    return text;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(every_event_arrives_byte_for_byte_and_genuine, fixture)
{
    stub_receiver const receiver{{reaction::status(200)}};
    auto const webhook = create_for_all(receiver.url("/a/hook?b=c#d"));
    for (auto const body : test::events::all) {
        auto const ended = deliver(body);
        BOOST_TEST(outcome_of(ended) == "delivered 200");
        BOOST_TEST(ended.webhook_id == webhook);
        BOOST_TEST(ended.event == type_of(decode_any_event(body)).name());
        auto const got = receiver.received().back();
        BOOST_TEST(got.request_line == "POST /a/hook?b=c HTTP/1.1");
        BOOST_TEST(got.body == body);
        BOOST_TEST(got.fields.at("host") == "127.0.0.1:" + std::to_string(receiver.port()));
        BOOST_TEST(got.fields.at("content-type") == "application/json");
        BOOST_TEST(got.fields.at("rtk-webhook-id") == webhook);
        BOOST_TEST(got.fields.at("rtk-uuid") == ended.id);
        BOOST_TEST(!got.fields.contains("dyte-signature"));
        auto const checked = check(served.public_key_pem(), got);
        BOOST_TEST(checked.verdict == verdict::genuine);
        BOOST_TEST(checked.id == ended.id);
        BOOST_TEST(checked.webhook_id == webhook);
    }
    BOOST_TEST(receiver.received().size() == test::events::all.size());
    BOOST_TEST(served.stats().deliveries == test::events::all.size());
    BOOST_TEST(served.stats().pending_deliveries == 0u);
}

BOOST_FIXTURE_TEST_CASE(events_that_are_values_arrive_as_they_are, fixture)
{
    stub_receiver const receiver{{reaction::status(200)}};
    create_for_all(receiver.url());
    for (auto const body : test::events::all) {
        auto const what = decode_event(body).value();
        served.emit(what);
        BOOST_REQUIRE(served.wait_for_deliveries());
        BOOST_CHECK(decode_event(receiver.received().back().body).value() == what);
    }
    events::meeting_ended ended;
    ended.reason = "HOST_ENDED_MEETING";
    BOOST_TEST(served.emit(ended).size() == 1u);
    BOOST_REQUIRE(served.wait_for_deliveries());
    BOOST_TEST(receiver.received().back().body == R"({"event":"meeting.ended","reason":"HOST_ENDED_MEETING"})");
}

BOOST_FIXTURE_TEST_CASE(an_event_goes_to_those_who_want_it, fixture)
{
    stub_receiver const receiver{{reaction::status(200)}};
    auto const first = create(receiver.url("/1"));
    create(receiver.url("/2"), "meeting.ended");
    create(receiver.url("/3"), "meeting.started", false);
    auto const fourth = create(receiver.url("/4"));
    auto const lines = [&] {
        std::multiset<std::string> all;
        for (auto const& each : receiver.received())
            all.insert(each.request_line);
        return all;
    };
    auto const ids = served.emit(started);
    BOOST_TEST(ids.size() == 2u);
    BOOST_TEST(ids.front() != ids.back());
    BOOST_REQUIRE(served.wait_for_deliveries());
    BOOST_CHECK(lines() == (std::multiset<std::string>{"POST /1 HTTP/1.1", "POST /4 HTTP/1.1"}));
    auto const log = served.deliveries();
    BOOST_REQUIRE(log.size() == 2u);
    BOOST_TEST(log[0].webhook_id == first);
    BOOST_TEST(log[1].webhook_id == fourth);

    BOOST_TEST(served.emit(R"({"event":"meeting.summary"})").empty());
    // None can subscribe to it.
    BOOST_TEST(served.emit(R"({"event":"meeting.paused"})").size() == 3u);
    BOOST_REQUIRE(served.wait_for_deliveries());
    BOOST_TEST(receiver.received().size() == 5u);
}

BOOST_FIXTURE_TEST_CASE(what_fails_is_sent_again_as_it_was, fixture)
{
    stub_receiver const receiver{{reaction::status(503), {}, reaction::status(500), reaction::status(204)}};
    create(receiver.url());
    BOOST_TEST(outcome_of(deliver()) == "delivered 503 [the connection was closed without an answer] 500 204");
    auto const all = receiver.received();
    BOOST_REQUIRE(all.size() == 4u);
    for (auto const& each : all) {
        BOOST_TEST(each.body == started);
        BOOST_CHECK(each.fields == all.front().fields); // id and signature among them
    }
}

BOOST_FIXTURE_TEST_CASE(it_is_given_up_in_the_end, fixture)
{
    stub_receiver const receiver{{reaction::status(502)}};
    create(receiver.url());
    BOOST_TEST(outcome_of(deliver()) == "failed 502 502 502 502");
    BOOST_TEST(receiver.received().size() == 4u);
}

BOOST_AUTO_TEST_CASE(option_delivery_retries)
{
    stub_receiver const receiver{{reaction::status(500)}};
    fixture test{eager(0)};
    test.create(receiver.url());
    BOOST_TEST(outcome_of(test.deliver()) == "failed 500");
}

BOOST_FIXTURE_TEST_CASE(any_other_answer_is_final, fixture)
{
    for (int const status : {300, 301, 307, 400, 401, 404, 408, 410, 429, 499}) {
        BOOST_TEST_CONTEXT(status)
        {
            stub_receiver const receiver{{reaction::status(status, "Location: /elsewhere\r\nRetry-After: 0\r\n")}};
            auto const id = create(receiver.url());
            BOOST_TEST(outcome_of(deliver()) == "refused " + std::to_string(status));
            BOOST_TEST(receiver.received().size() == 1u);
            auto client = to.connect();
            client.send(to.request("DELETE", std::string{collection_path} + '/' + id));
            BOOST_REQUIRE(client.read_response().status == 200);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(answers_of_many_kinds_are_understood, fixture)
{
    stub_receiver const receiver{{
        {"HTTP/1.0 200\r\n\r\nuntil the end"},
        {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 202 Accepted\r\nTransfer-Encoding: "
         "chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x')},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut"},
    }};
    create(receiver.url());
    for (auto const* const wanted : {"delivered 200", "delivered 202", "delivered 200", "delivered 200"})
        BOOST_TEST(outcome_of(deliver()) == wanted);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_a_failure)
{
    stub_receiver const receiver{{{"SSH-2.0-x\r\n"}, {"HTTP/1.1 200 OK\r\nnever ended"}, {"HTTP/1.1 abc\r\n\r\n"}}};
    fixture test{eager(0)};
    test.create(receiver.url());
    for (auto const* const why :
         {"the answer is no HTTP/1.1", "the connection was closed without an answer", "the answer is no HTTP/1.1"})
        BOOST_TEST(outcome_of(test.deliver()) == std::string{"failed ["} + why + ']');
}

BOOST_AUTO_TEST_CASE(where_nothing_listens)
{
    closed_port const nobody;
    fixture test{eager(1)};
    test.create(nobody.url());
    BOOST_TEST(outcome_of(test.deliver()) == "failed [Connection refused] [Connection refused]");
}

BOOST_AUTO_TEST_CASE(a_receiver_has_so_much_time_to_answer)
{
    stub_receiver const receiver{{reaction::silence(), {"HTTP/1.1 100 Continue\r\n\r\n", true}, {"HTTP/1.1 2", true}}};
    fixture test{eager(2).delivery_timeout(50ms)};
    test.create(receiver.url());
    BOOST_TEST(outcome_of(test.deliver()) == "failed [timed out] [timed out] [timed out]");
}

BOOST_AUTO_TEST_CASE(an_answer_counts_though_the_receiver_holds_on_to_the_connection)
{
    // The timeout would end the test, where the body's or the connection's end were waited for.
    stub_receiver const receiver{
        {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true}, {"HTTP/1.1 404 No\r\n\r\n", true}}};
    fixture test{eager().delivery_timeout(std::chrono::hours{24})};
    test.create(receiver.url());
    BOOST_TEST(outcome_of(test.deliver()) == "delivered 200");
    BOOST_TEST(outcome_of(test.deliver()) == "refused 404");
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_silent_holds_up_no_other_nor_the_end)
{
    stub_receiver const silent{{reaction::silence()}};
    stub_receiver const good{{reaction::status(200)}};
    {
        fixture test{eager().delivery_timeout(std::chrono::hours{24})};
        test.create(silent.url(), "meeting.ended");
        test.create(good.url());
        for (int i = 0; i < 50; ++i)
            BOOST_TEST(test.served.emit(R"({"event":"meeting.ended"})").size() == 1u);
        for (int i = 0; i < 50; ++i)
            BOOST_TEST(test.served.emit(started).size() == 1u);
        BOOST_TEST(eventually([&] { return good.received().size() == 50; }));
        BOOST_TEST(eventually([&] { return test.served.stats().pending_deliveries == 50; }));
        BOOST_TEST(!test.served.wait_for_deliveries(0ms));
        BOOST_TEST(test.to.serves());
        BOOST_TEST(eventually([&] { return silent.received().size() == 4; })); // and no more at once
        BOOST_TEST(silent.connections() == 4u);
    }
    BOOST_TEST(silent.received().size() == 4u);
}

BOOST_AUTO_TEST_CASE(can_end_while_deliveries_rest)
{
    stub_receiver const receiver{{reaction::status(503)}};
    {
        emulator_options options;
        options.token(token).delivery_retries(1, 24h);
        fixture test{options};
        test.create(receiver.url());
        test.served.emit(started);
        BOOST_TEST(eventually([&] { return !test.served.deliveries().front().attempts.empty(); }));
        BOOST_TEST(outcome_of(test.served.deliveries().front()) == "pending 503");
    }
    BOOST_TEST(receiver.received().size() == 1u);
}

BOOST_AUTO_TEST_CASE(other_machines_get_nothing_unless_that_is_asked_for)
{
    fixture test{eager(3)};
    for (auto const* const url :
         {"http://192.0.2.1/", "http://receiver.invalid/", "https://0.0.0.0/", "http://[2001:db8::1]/"})
        test.create(url);
    BOOST_TEST(test.served.emit(started).size() == 4u);
    BOOST_REQUIRE(test.served.wait_for_deliveries());
    for (auto const& each : test.served.deliveries())
        BOOST_TEST(outcome_of(each) ==
                   "failed [the receiver is another machine, and deliver_to_other_machines is not set]");
}

BOOST_AUTO_TEST_CASE(option_deliver_to_other_machines)
{
    fixture test{eager(0).deliver_to_other_machines(true).delivery_timeout(5s)};
    test.create("http://receiver.invalid/");
    auto const ended = test.deliver();
    BOOST_TEST(ended.outcome == state::failed);
    BOOST_REQUIRE(ended.attempts.size() == 1u);
    // As the resolver at hand has it: it may be slow, where there is no network.
    auto const& why = ended.attempts.front().error;
    BOOST_TEST((why == "the host has no address" || why == "timed out"), why);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_looked_up)
{
    stub_receiver const receiver{{reaction::status(200)}};
    fixture test{eager(0).deliver_to_other_machines(true)};
    // No address as URLs have them, but getaddrinfo makes it one, and asks no one.
    test.create("http://127.1:" + std::to_string(receiver.port()) + "/hook");
    BOOST_TEST(outcome_of(test.deliver()) == "delivered 200");
    BOOST_TEST(receiver.received().at(0).fields.at("host") == "127.1:" + std::to_string(receiver.port()));
}

BOOST_AUTO_TEST_CASE(a_look_up_that_takes_its_time_does_not_hold_up_the_end)
{
    std::optional<fixture> test{std::in_place, eager(0).deliver_to_other_machines(true)};
    for (int i = 0; i < 10; ++i)
        test->create("http://receiver" + std::to_string(i) + ".invalid/");
    BOOST_TEST(test->served.emit(started).size() == 10u);
    test.reset(); // the sanitizers see what a thread would touch that is gone
}

BOOST_FIXTURE_TEST_CASE(localhost_is_this_machine_whatever_a_resolver_says, fixture)
{
    stub_receiver const receiver{{reaction::status(200)}};
    create("http://localhost:" + std::to_string(receiver.port()) + "/1");
    create("http://hooks.localhost:" + std::to_string(receiver.port()) + "/2");
    BOOST_TEST(served.emit(started).size() == 2u);
    BOOST_REQUIRE(served.wait_for_deliveries());
    for (auto const& each : served.deliveries())
        BOOST_TEST(outcome_of(each) == "delivered 200");
    BOOST_TEST(receiver.received().size() == 2u);
}

BOOST_AUTO_TEST_CASE(receivers_of_https_are_checked)
{
    emulation::certificate_authority const authority;
    auto const good = [](received_delivery const&) { return reaction::status(200); };
    stub_receiver const receiver{good, authority.issue()};
    {
        fixture test{eager(0).delivery_ca_pem(authority.pem())};
        auto const webhook = test.create(receiver.url());
        BOOST_TEST(outcome_of(test.deliver()) == "delivered 200");
        auto const checked = check(test.served.public_key_pem(), receiver.received().front());
        BOOST_TEST(checked.verdict == verdict::genuine);
        BOOST_TEST(checked.webhook_id == webhook);
    }
    {
        fixture test{eager(0)};
        test.create(receiver.url());
        auto const ended = test.deliver();
        BOOST_TEST(ended.outcome == state::failed);
        BOOST_TEST(ended.attempts.front().error.starts_with("the receiver's certificate is not trusted: "),
                   ended.attempts.front().error);
    }
    stub_receiver const other{good, authority.issue("DNS:example.com,IP:127.0.0.2")};
    for (auto const& host : {std::string{"127.0.0.1"}, std::string{"localhost"}}) {
        fixture test{eager(0).delivery_ca_pem(authority.pem())};
        test.create("https://" + host + ':' + std::to_string(other.port()) + "/hook");
        auto const ended = test.deliver();
        BOOST_TEST(ended.outcome == state::failed);
        BOOST_TEST(ended.attempts.front().error.find("mismatch") != std::string::npos, ended.attempts.front().error);
    }
    BOOST_TEST(receiver.received().size() == 1u);
    BOOST_TEST(other.received().empty());
}

BOOST_AUTO_TEST_CASE(option_delivery_header_names)
{
    stub_receiver const receiver{{reaction::status(200)}};
    for (auto const names : {delivery_headers::rtk, delivery_headers::dyte, delivery_headers::both}) {
        fixture test{eager().delivery_header_names(names)};
        test.create(receiver.url());
        auto const ended = test.deliver();
        auto const got = receiver.received().back();
        for (auto const* const name : {"rtk-signature", "rtk-uuid", "rtk-webhook-id"})
            BOOST_TEST(got.fields.contains(name) == (names != delivery_headers::dyte), name);
        for (auto const* const name : {"dyte-signature", "dyte-uuid", "dyte-webhook-id"})
            BOOST_TEST(got.fields.contains(name) == (names != delivery_headers::rtk), name);
        auto const checked = check(test.served.public_key_pem(), got);
        BOOST_TEST(checked.verdict == verdict::genuine);
        BOOST_TEST(checked.id == ended.id);
    }
}

BOOST_FIXTURE_TEST_CASE(the_key_is_served_and_rotated, fixture)
{
    BOOST_TEST(served.key_url() == "https://localhost:" + std::to_string(served.port()) + key_path);
    auto client = to.connect();
    auto const published = [&] {
        client.send("GET " + key_path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        auto const answer = client.read_response();
        BOOST_REQUIRE(answer.status == 200);
        return std::string{boost::json::parse(answer.body).at("data").at("publicKey").as_string().c_str()};
    };
    stub_receiver const receiver{{reaction::status(200), reaction::status(503), reaction::status(200)}};
    create(receiver.url());
    auto const first = published();
    BOOST_TEST(first == served.public_key_pem());
    deliver();
    served.rotate_key();
    auto const second = published();
    BOOST_TEST(second == served.public_key_pem());
    BOOST_TEST(second != first);
    deliver();
    auto const all = receiver.received();
    BOOST_REQUIRE(all.size() == 3u);
    BOOST_TEST(check(first, all[0]).verdict == verdict::genuine);
    BOOST_TEST(check(second, all[0]).verdict == verdict::signature_mismatch);
    for (auto const i : {1u, 2u}) {
        BOOST_TEST(check(first, all[i]).verdict == verdict::signature_mismatch);
        BOOST_TEST(check(second, all[i]).verdict == verdict::genuine);
    }
    served.fail_next(500);
    client.send("GET " + key_path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(client.read_response().status == 500);
    BOOST_TEST(published() == second);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_is_sent_again_keeps_its_signature, fixture)
{
    auto const first = served.public_key_pem();
    std::atomic<bool> rotated{false};
    stub_receiver const receiver{[&](received_delivery const&) {
        if (rotated)
            return reaction::status(200);
        served.rotate_key();
        rotated = true;
        return reaction::status(503);
    }};
    create(receiver.url());
    BOOST_TEST(outcome_of(deliver()) == "delivered 503 200");
    for (auto const& each : receiver.received())
        BOOST_TEST(check(first, each).verdict == verdict::genuine);
}

BOOST_FIXTURE_TEST_CASE(any_program_can_have_events_delivered, fixture)
{
    stub_receiver const receiver{{reaction::status(200)}};
    auto const webhook = create(receiver.url());
    BOOST_TEST(served.events_url() == "https://localhost:" + std::to_string(served.port()) + events_path);
    auto client = to.connect();
    client.send(to.request("POST", events_path, started));
    auto const taken = client.read_response();
    BOOST_REQUIRE(taken.status == 202);
    auto const data = boost::json::parse(taken.body).at("data").as_array();
    BOOST_REQUIRE(data.size() == 1u);
    BOOST_REQUIRE(served.wait_for_deliveries());
    auto const got = receiver.received().at(0);
    BOOST_TEST(got.body == started);
    BOOST_TEST(got.fields.at("rtk-uuid") == std::string_view{data[0].at("id").as_string()});
    BOOST_TEST(check(served.public_key_pem(), got).verdict == verdict::genuine);

    client.send(to.request("GET", events_path));
    auto const log = boost::json::parse(client.read_response().body).at("data").as_array();
    BOOST_REQUIRE(log.size() == 1u);
    BOOST_TEST(log[0].at("webhook_id").as_string() == webhook);
    BOOST_TEST(log[0].at("outcome").as_string() == "delivered");
    BOOST_TEST(log[0].at("attempts").at(0).at("status").as_int64() == 200);

    client.send(to.request("POST", events_path, "no event"));
    BOOST_TEST(client.read_response().status == 400);
    client.send("POST " + events_path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(started.size()) + "\r\n\r\n" + started);
    BOOST_TEST(client.read_response().status == 400); // without the token
    BOOST_REQUIRE(served.wait_for_deliveries());
    BOOST_TEST(receiver.received().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_emitted_is_refused, fixture)
{
    stub_receiver const receiver{{reaction::status(200)}};
    create(receiver.url());
    auto const is_invalid = [](exception const& failure) { return failure.code() == errc::invalid_argument; };
    BOOST_CHECK_EXCEPTION(served.emit("{}"), exception, is_invalid);
    BOOST_CHECK_EXCEPTION(served.emit(std::string{started}.append(1024 * 1024, ' ')), exception, is_invalid);
    BOOST_CHECK_EXCEPTION(served.emit(decode_any_event("nonsense")), exception, is_invalid);
    BOOST_TEST(served.deliveries().empty());
    auto largest = started;
    largest.resize(1024 * 1024, ' ');
    BOOST_TEST(outcome_of(deliver(largest)) == "delivered 200");
    BOOST_TEST(receiver.received().back().body == largest);
}

BOOST_AUTO_TEST_CASE(options_of_deliveries_that_cannot_be_are_refused)
{
    auto const refusal = [](emulator_options options) {
        try {
            emulator const served{std::move(options)};
        } catch (exception const& failure) {
            return failure.code() == errc::invalid_argument ? std::string{failure.what()} : "another error";
        }
        return std::string{};
    };
    auto const refused_for = [&](emulator_options options, std::string_view name) {
        return refusal(std::move(options)).find(name) != std::string::npos;
    };
    BOOST_TEST(refused_for(emulator_options{}.delivery_retries(11, 1s), "delivery_retries"));
    BOOST_TEST(refused_for(emulator_options{}.delivery_retries(1, -1ms), "delivery_retries"));
    BOOST_TEST(
        refused_for(emulator_options{}.delivery_retries(1, std::chrono::milliseconds::max()), "delivery_retries"));
    BOOST_TEST(refused_for(emulator_options{}.delivery_timeout(0ms), "delivery_timeout"));
    BOOST_TEST(refused_for(emulator_options{}.delivery_timeout(25h), "delivery_timeout"));
    BOOST_TEST(refused_for(emulator_options{}.delivery_ca_pem("nonsense"), "delivery_ca_pem"));
    BOOST_TEST(refusal(emulator_options{}.delivery_retries(10, 24h).delivery_timeout(24h)).empty());
}

BOOST_AUTO_TEST_CASE(what_is_pending_has_a_limit)
{
    stub_receiver const silent{{reaction::silence()}};
    emulation::server_limits limits;
    limits.deliveries.pending = 2;
    emulation::server served{eager(), limits};
    reach<emulation::server> const to{served, token};
    auto client = to.connect();
    client.send(to.request("POST", collection_path, body_with_url(silent.url())));
    BOOST_REQUIRE(client.read_response().status == 201);
    BOOST_TEST(served.emit(started).size() == 1u);
    BOOST_TEST(served.emit(started).size() == 1u);
    BOOST_CHECK_EXCEPTION(served.emit(started), exception,
                          [](exception const& failure) { return failure.code() == errc::queue_full; });
    client.send(to.request("POST", events_path, started));
    BOOST_TEST(client.read_response().status == 503);
    BOOST_TEST(served.deliveries().total() == 2u);
}

BOOST_FIXTURE_TEST_CASE(several_threads_may_emit, fixture)
{
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 50;
    stub_receiver const receiver{{reaction::status(200)}};
    create(receiver.url());
    std::vector<std::future<std::vector<std::string>>> emitting;
    for (std::size_t i = 0; i < threads; ++i) {
        emitting.push_back(std::async(std::launch::async, [&] {
            std::vector<std::string> ids;
            for (std::size_t n = 0; n < each; ++n) {
                ids.push_back(served.emit(started).at(0));
                if (n == each / 2)
                    served.rotate_key();
                static_cast<void>(served.deliveries());
                static_cast<void>(served.stats());
            }
            return ids;
        }));
    }
    std::set<std::string> ids;
    for (auto& one : emitting)
        for (auto& id : one.get())
            ids.insert(std::move(id));
    BOOST_REQUIRE(served.wait_for_deliveries());
    std::set<std::string> got;
    for (auto const& one : receiver.received())
        got.insert(one.fields.at("rtk-uuid"));
    BOOST_TEST(ids.size() == threads * each);
    BOOST_CHECK(got == ids);
    BOOST_TEST(served.deliveries().size() == threads * each);
}

BOOST_FIXTURE_TEST_CASE(goes_on_delivering_after_a_move, fixture)
{
    stub_receiver const receiver{{reaction::status(503), reaction::status(200)}};
    create(receiver.url());
    served.emit(started);
    emulator const moved{std::move(served)};
    BOOST_TEST(moved.wait_for_deliveries());
    BOOST_TEST(outcome_of(moved.deliveries().at(0)) == "delivered 503 200");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::testing
