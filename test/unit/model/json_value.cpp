// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/json.hpp>

#include "fixtures/responses.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace rtkhooks;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(model_json_value)

namespace {

webhook example()
{
    webhook hook;
    hook.id = "7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13";
    hook.name = "Audit \"trail\"\n";
    hook.url = "https://hooks.example.com/audit";
    hook.events = event_type::meeting_ended | event_type{"new.event"};
    hook.enabled = false;
    hook.created_at = *parse_timestamp("2026-02-11T08:15:30.125Z");
    hook.updated_at = *parse_timestamp("2026-02-12T17:00:00.000001Z");
    return hook;
}

/// What value_to says of a text, or "fine".
template <class T>
std::string verdict(std::string_view text)
{
    try {
        (void)json::value_to<T>(json::parse({text.data(), text.size()}));
        return "fine";
    } catch (exception const& thrown) {
        BOOST_TEST(thrown.code() == errc::decode_failed);
        BOOST_TEST(thrown.error().phase() == phase::decode);
        return thrown.error().parts().explanation;
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(values_survive_the_way_there_and_back)
{
    auto const hook = example();
    BOOST_TEST(json::value_to<webhook>(json::value_from(hook)) == hook);
    webhook_spec const spec{hook};
    BOOST_TEST(json::value_to<webhook_spec>(json::value_from(spec)) == spec);
    for (auto const& patch : {webhook_patch{}, webhook_patch{}.enabled(false), webhook_patch{}.name("n").url("u"),
                              webhook_patch{}.events(event_type::meeting_summary | event_type{"x"})})
        BOOST_TEST(json::value_to<webhook_patch>(json::value_from(patch)) == patch);
    for (auto const& events : {event_set{}, event_set::all(), event_type::meeting_started | event_type{"x"}})
        BOOST_TEST(json::value_to<event_set>(json::value_from(events)) == events);
    for (auto const& event : {event_type{event_type::meeting_summary}, event_type{"x"}, event_type{""}})
        BOOST_TEST(json::value_to<event_type>(json::value_from(event)) == event);
    std::vector<webhook> const list{hook, hook};
    BOOST_TEST((json::value_to<std::vector<webhook>>(json::value_from(list)) == list));
}

BOOST_AUTO_TEST_CASE(both_ways_to_write_agree)
{
    BOOST_TEST((json::value_from(example()) == json::parse(encode(example()))));
    BOOST_TEST((json::serialize(json::value_from(example())) == encode(example())));
    BOOST_TEST((json::serialize(json::value_from(webhook_spec{example()})) == encode(webhook_spec{example()})));
    auto const patch = webhook_patch{}.enabled(true).name("n");
    BOOST_TEST((json::serialize(json::value_from(patch)) == encode(patch)));
    BOOST_TEST((json::serialize(json::value_from(event_type{"x\"y"})) == R"("x\"y")"));
}

BOOST_AUTO_TEST_CASE(values_use_the_storage_that_is_given)
{
    json::monotonic_resource resource;
    json::storage_ptr const storage{&resource}; // for a pointer, later Boosts have another meaning
    auto const value = json::value_from(example(), storage);
    BOOST_TEST((*value.storage() == resource));
    BOOST_TEST((*value.at("events").storage() == resource));
}

BOOST_AUTO_TEST_CASE(what_value_to_refuses)
{
    auto const whole = encode(example());
    BOOST_TEST(verdict<webhook>(whole) == "fine");
    BOOST_TEST(verdict<webhook>("[]") == "the whole: expected an object, found an array");
    BOOST_TEST(verdict<webhook>("null") == "the whole: expected an object, found null");
    BOOST_TEST(verdict<webhook>("1") == "the whole: expected an object, found a number");
    BOOST_TEST(verdict<webhook>("{}") == "id: missing");
    BOOST_TEST(verdict<webhook>(R"({"id":null})") == "id: expected a string, found null");
    BOOST_TEST(verdict<webhook>(R"({"id":{}})") == "id: expected a string, found an object");

    auto value = json::value_from(example());
    auto const with = [&value](json::string_view key, json::value replacement) {
        auto changed = value.as_object();
        changed[key] = std::move(replacement);
        return verdict<webhook>(json::serialize(changed));
    };
    BOOST_TEST(with("more", {1, 2, 3}) == "fine");
    BOOST_TEST(with("enabled", "true") == "enabled: expected a boolean, found a string");
    BOOST_TEST(with("events", "meeting.started") == "events: expected an array, found a string");
    BOOST_TEST(with("events", {"a", "b", 3}) == "events[2]: expected a string, found a number");
    BOOST_TEST(with("events", {"a", 2.5}) == "events[1]: expected a string, found a number");
    BOOST_TEST(with("events", json::array{true}) == "events[0]: expected a string, found a boolean");
    BOOST_TEST(with("updated_at", 5) == "updated_at: expected a string, found a number");
    BOOST_TEST(with("updated_at", "yesterday") ==
               "updated_at: expected a date-time such as 2026-06-03T10:00:00.000Z, found another text");
    for (char const* const key : {"id", "name", "url", "events", "enabled", "created_at", "updated_at"}) {
        auto changed = value.as_object();
        changed.erase(key);
        BOOST_TEST(verdict<webhook>(json::serialize(changed)) == key + std::string{": missing"});
    }

    BOOST_TEST(verdict<event_type>("5") == "the whole: expected a string, found a number");
    BOOST_TEST(verdict<event_set>(R"(["a",null])") == "[1]: expected a string, found null");
    BOOST_TEST(verdict<webhook_spec>(R"({"name":"n","url":"u"})") == "events: missing");
    BOOST_TEST(verdict<webhook_spec>(R"({"name":"n","url":"u","events":[],"enabled":0})") ==
               "enabled: expected a boolean, found a number");
    BOOST_TEST(verdict<webhook_patch>(R"({"name":1})") == "name: expected a string, found a number");
    BOOST_TEST(verdict<webhook_patch>("[]") == "the whole: expected an object, found an array");
}

BOOST_AUTO_TEST_CASE(what_may_be_missing_may_be_null)
{
    auto const spec = json::value_to<webhook_spec>(json::parse(R"({"name":"n","url":"u","events":[],"enabled":null})"));
    BOOST_TEST(spec.enabled());
    auto const patch =
        json::value_to<webhook_patch>(json::parse(R"({"name":null,"url":null,"events":null,"enabled":null,"x":1})"));
    BOOST_TEST(patch.empty());
}

BOOST_AUTO_TEST_CASE(decode_webhook_is_the_reverse_of_encode)
{
    auto const decoded = decode_webhook(encode(example()));
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST(*decoded == example());

    auto const broken = decode_webhook(R"({"id": "x", "name": 5})");
    BOOST_REQUIRE(broken.has_error());
    BOOST_TEST(broken.error().code() == errc::decode_failed);
    BOOST_TEST(broken.error().message() == "could not decode: name: expected a string, found a number, at byte 21");
    BOOST_TEST(decode_webhook("{}").error().parts().explanation == "id: missing, at byte 1");
    BOOST_TEST(decode_webhook("[]").error().parts().explanation ==
               "the whole: expected an object, found an array, at byte 0");
    BOOST_TEST(decode_webhook("").error().parts().explanation == "the body is empty");
    // An envelope is none.
    BOOST_TEST(decode_webhook(test::responses::webhook).has_error());
}

BOOST_AUTO_TEST_CASE(errors)
{
    error::details what;
    what.code = errc::not_found;
    what.http_status = 404;
    what.messages.emplace_back(404, "Error: \"x\"");
    what.messages.emplace_back(std::nullopt, "more");
    what.ray_id = "8f00ba4-AMS";
    what.attempts = 1;
    what.phase = phase::read_body;
    what.request_state = request_state::answered;
    what.message = "the line";
    BOOST_TEST((json::serialize(json::value_from(error{what})) ==
                R"({"code":"not_found","message":"the line","http_status":404,"messages":[{"code":404,)"
                R"("message":"Error: \"x\""},{"code":null,"message":"more"}],"ray_id":"8f00ba4-AMS","attempts":1,)"
                R"("phase":"read_body","request_state":"answered","retry_after_seconds":null})"));

    what = {};
    what.code = errc::rate_limited;
    what.retry_after = std::chrono::seconds{30};
    what.phase = phase::rate_limit;
    what.message = "x";
    BOOST_TEST((json::serialize(json::value_from(error{what})) ==
                R"({"code":"rate_limited","message":"x","http_status":null,"messages":[],"ray_id":null,"attempts":0,)"
                R"("phase":"rate_limit","request_state":"unsent","retry_after_seconds":30})"));
    BOOST_TEST(json::value_from(error{}).at("code").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
