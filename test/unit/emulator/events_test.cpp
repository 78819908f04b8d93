// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/service.hpp"
#include "fixtures/events.hpp"

#include <rtkhooks/delivery.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_events)

namespace {

namespace json = boost::json;

std::string const collection = "/client/v4/accounts/acc/realtime/kit/app/webhooks";
std::string const events = "/emulator/events";
std::string const public_key_document = "/.well-known/webhooks.json";
std::string const started = R"({"event":"meeting.started"})";

// The service, and a client with the right token unless it is told otherwise.
struct fixture {
    explicit fixture(emulator_options options = {}, delivery_limits limits = {})
        : served{std::move(options.token("good-token")), {}, limits}
    {
    }

    answer call(std::string_view method, std::string_view target, std::string_view body = "",
                std::optional<std::string_view> authorization = "Bearer good-token", std::string_view encoding = "")
    {
        request what;
        what.method = method;
        what.target = target;
        what.authorization = authorization;
        what.content_encoding = encoding;
        what.body = body;
        return served.handle(what, moment::now(), memory);
    }
    json::value data(std::string_view method, std::string_view target, std::string_view body, int status)
    {
        auto const given = call(method, target, body);
        BOOST_TEST_INFO(given.body);
        BOOST_REQUIRE(given.status == status);
        auto const envelope = json::parse(given.body).as_object();
        BOOST_TEST(envelope.at("success").as_bool());
        return envelope.at("data");
    }
    std::string create(std::string const& url, std::string const& event)
    {
        auto const body = R"({"name":"n","url":")" + url + R"(","events":[")" + event + R"("]})";
        return data("POST", collection, body, 201).at("id").as_string().c_str();
    }

    http::memory_budget::share memory;
    service served;
};

std::string_view field(answer const& in, std::string_view name)
{
    for (auto const& [each, value] : in.fields) {
        if (each == name)
            return value;
    }
    return {};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(an_event_becomes_deliveries, fixture)
{
    auto const id = create("http://h/1", "meeting.started");
    create("http://h/2", "meeting.ended");
    auto const added = data("POST", events, started, 202).as_array();
    BOOST_REQUIRE(added.size() == 1u);
    auto const& shown = added[0].as_object();
    BOOST_TEST(shown.at("webhook_id").as_string() == id);
    BOOST_TEST(shown.at("event").as_string() == "meeting.started");
    BOOST_TEST(shown.at("outcome").as_string() == "pending");
    BOOST_TEST(shown.at("attempts").as_array().empty());
    BOOST_TEST(served.deliveries().can_send());
    BOOST_CHECK(data("GET", events, "", 200).as_array() == added);
    auto const taken = served.deliveries().take({});
    BOOST_TEST(taken->id == std::string_view{shown.at("id").as_string()});
    BOOST_TEST(taken->url == "http://h/1");
    BOOST_TEST(taken->what->body == started);

    BOOST_TEST(data("POST", events, R"({"event":"meeting.summary"})", 202).as_array().empty());
    BOOST_TEST(data("POST", events, R"({"event":"not.documented"})", 202).as_array().size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(every_event_of_the_samples_is_taken, fixture)
{
    for (auto const body : test::events::all)
        data("POST", events, body, 202);
    for (auto const body :
         {test::events::recording_in_progress, test::events::recording_with_numbers,
          test::events::participant_with_older_id, test::events::livestream_offline, test::events::not_known})
        data("POST", events, body, 202);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_event_is_refused, fixture)
{
    for (auto const* const body : {"", "nonsense", "[]", "{}", R"({"event":null})"}) {
        auto const refused = call("POST", events, body);
        BOOST_TEST(refused.status == 400);
        BOOST_TEST(refused.body.starts_with(R"({"success":false,"error":{"code":400,"message":"BAD_REQUEST: what is )"),
                   refused.body);
    }
    BOOST_TEST(call("POST", events, started, "Bearer good-token", "gzip").status == 415);
    BOOST_TEST(data("GET", events, "", 200).as_array().empty());
}

BOOST_FIXTURE_TEST_CASE(events_need_the_token, fixture)
{
    for (auto const* const method : {"GET", "HEAD", "POST"}) {
        BOOST_TEST(call(method, events, started, {}).status == 400);
        BOOST_TEST(call(method, events, started, "Bearer other-token").status == 401);
    }
    BOOST_TEST(data("GET", events, "", 200).as_array().empty());
    for (auto const* const method : {"PUT", "PATCH", "DELETE", "OPTIONS"}) {
        auto const refused = call(method, events, started);
        BOOST_TEST(refused.status == 405);
        BOOST_TEST(field(refused, "Allow") == "GET, HEAD, POST");
    }
}

BOOST_AUTO_TEST_CASE(what_has_no_room_is_answered_by_503)
{
    delivery_limits limits;
    limits.pending = 1;
    fixture test{{}, limits};
    test.create("http://h/1", "meeting.started");
    BOOST_TEST(test.call("POST", events, started).status == 202);
    BOOST_TEST(test.call("POST", events, started).status == 503);
    BOOST_TEST(test.data("GET", events, "", 200).as_array().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(answers_are_counted_before_they_are_made, fixture)
{
    for (int i = 0; i < 100; ++i)
        create("http://h/" + std::to_string(i), "meeting.started");
    http::memory_budget budget{longest_item};
    http::memory_budget::share share{budget};
    BOOST_REQUIRE(share.resize(longest_item));
    request what;
    what.method = "POST";
    what.target = events;
    what.authorization = "Bearer good-token";
    what.body = started;
    BOOST_TEST(served.handle(what, moment::now(), share).status == 503);
    BOOST_TEST(data("GET", events, "", 200).as_array().empty()); // and nothing was done
    for (int i = 0; i < 10; ++i)
        data("POST", events, started, 202);
    what.method = "GET";
    BOOST_TEST(served.handle(what, moment::now(), share).status == 503);
}

BOOST_FIXTURE_TEST_CASE(the_key_is_public_and_as_documented, fixture)
{
    auto const given = call("GET", public_key_document, "", {});
    BOOST_TEST(given.status == 200);
    BOOST_TEST(given.content_type == "application/json");
    auto const document = json::parse(given.body).as_object();
    BOOST_TEST(document.size() == 3u);
    BOOST_TEST(document.at("success").as_bool());
    BOOST_TEST(document.at("message").as_string() == "");
    BOOST_TEST(document.at("data").as_object().size() == 1u);
    std::string const pem = document.at("data").at("publicKey").as_string().c_str();
    BOOST_TEST(pem == served.deliveries().keys().current()->public_pem());
    BOOST_TEST(public_key::from_pem(pem).has_value());
    BOOST_TEST(call("GET", public_key_document, "", {}).body == given.body);
    served.deliveries().keys().rotate();
    BOOST_TEST(call("GET", public_key_document, "", {}).body != given.body);
    auto const refused = call("POST", public_key_document, "", {});
    BOOST_TEST(refused.status == 405);
    BOOST_TEST(field(refused, "Allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(neither_counts_towards_the_rate_limit)
{
    fixture test{emulator_options{}.rate_limit(1, std::chrono::hours{1})};
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(test.call("GET", events).status == 200);
        BOOST_TEST(test.call("POST", events, started).status == 202);
        BOOST_TEST(test.call("GET", public_key_document).status == 200);
    }
    BOOST_TEST(test.call("GET", collection).status == 200);
    BOOST_TEST(test.call("GET", collection).status == 429);
    BOOST_TEST(test.call("POST", events, started).status == 202);
    BOOST_TEST(test.call("GET", public_key_document).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
