// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/webhook_body.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_webhook_body)

namespace {

struct bad_body {
    std::string text;
    std::string message;
};

std::string const known_events =
    "meeting.started, meeting.ended, meeting.participantJoined, meeting.participantLeft, meeting.chatSynced, "
    "recording.statusUpdate, livestreaming.statusUpdate, meeting.transcript, meeting.summary";

// Wrong in create, replace and edit alike.
std::vector<bad_body> const bad_for_all{
    {"", "BAD_REQUEST: the body is not valid JSON"},
    {"{", "BAD_REQUEST: the body is not valid JSON"},
    {"{} {}", "BAD_REQUEST: the body is not valid JSON"},
    {"{'name':'x'}", "BAD_REQUEST: the body is not valid JSON"},
    {"{\"name\":\"\xff\"}", "BAD_REQUEST: the body is not valid JSON"},
    {"\xef\xbb\xbf{}", "BAD_REQUEST: the body is not valid JSON"},
    {std::string(100, '['), "BAD_REQUEST: the body is not valid JSON"},
    {"[]", "BAD_REQUEST: \"value\" must be of type object"},
    {"\"name\"", "BAD_REQUEST: \"value\" must be of type object"},
    {"null", "BAD_REQUEST: \"value\" must be of type object"},
    {R"({"name":1})", "BAD_REQUEST: \"name\" must be a string"},
    {R"({"name":null})", "BAD_REQUEST: \"name\" must be a string"},
    {R"({"name":""})", "BAD_REQUEST: \"name\" is not allowed to be empty"},
    {R"({"name":"n","url":true})", "BAD_REQUEST: \"url\" must be a string"},
    {R"({"name":"n","url":""})", "BAD_REQUEST: \"url\" is not allowed to be empty"},
    {R"({"name":")" + std::string(longest_text + 1, 'n') + "\"}",
     "BAD_REQUEST: \"name\" must not be longer than 4096 bytes"},
    {R"({"name":"n","url":"https://h/)" + std::string(longest_text - 9, 'u') + "\"}",
     "BAD_REQUEST: \"url\" must not be longer than 4096 bytes"},
    {R"({"name":"n","url":"example.com"})", "BAD_REQUEST: \"url\" must be a valid uri"},
    {R"({"name":"n","url":"https://h","events":{}})", "BAD_REQUEST: \"events\" must be an array"},
    {R"({"name":"n","url":"https://h","events":"all"})", "BAD_REQUEST: \"events\" must be an array"},
    {R"({"name":"n","url":"https://h","events":[]})", "BAD_REQUEST: \"events\" must contain at least 1 items"},
    {R"({"name":"n","url":"https://h","events":["meeting.ended",7]})", "BAD_REQUEST: \"events[1]\" must be a string"},
    {R"({"name":"n","url":"https://h","events":["meeting.start"]})",
     "BAD_REQUEST: \"events[0]\" must be one of [" + known_events + "]"},
    {R"({"name":"n","url":"https://h","events":["meeting.ended","Meeting.Ended"]})",
     "BAD_REQUEST: \"events[1]\" must be one of [" + known_events + "]"},
    {R"({"name":"n","url":"https://h","events":["meeting.ended"],"enabled":"yes"})",
     "BAD_REQUEST: \"enabled\" must be a boolean"},
    {R"({"name":"n","url":"https://h","events":["meeting.ended"],"enabled":null})",
     "BAD_REQUEST: \"enabled\" must be a boolean"},
    {R"({"enabled":1,"events":[],"url":"x","name":2})", "BAD_REQUEST: \"name\" must be a string"}, // the first tells
};

std::vector<bad_body> const bad_for_spec{
    {R"({})", "BAD_REQUEST: \"name\" is required"},
    {R"({"url":"https://h","events":["meeting.ended"]})", "BAD_REQUEST: \"name\" is required"},
    {R"({"name":"n","events":["meeting.ended"]})", "BAD_REQUEST: \"url\" is required"},
    {R"({"name":"n","url":"https://h"})", "BAD_REQUEST: \"events\" is required"},
    {R"({"Name":"n","url":"https://h","events":["meeting.ended"]})", "BAD_REQUEST: \"name\" is required"},
};

} // namespace

BOOST_AUTO_TEST_CASE(spec)
{
    auto const read =
        read_spec(R"({"url":"https://h/","name":"n","events":["meeting.ended","recording.statusUpdate"]})");
    BOOST_REQUIRE(std::holds_alternative<webhook_spec>(read));
    webhook_spec const expected{"n", "https://h/", event_type::meeting_ended | event_type::recording_status_update};
    BOOST_CHECK(std::get<webhook_spec>(read) == expected);
}

BOOST_AUTO_TEST_CASE(spec_may_tell_enabled_and_what_nobody_knows)
{
    auto const read = read_spec(R"({"id":7,"events":["meeting.ended","meeting.ended"],"enabled":false,"name":"\u00fc",)"
                                R"("url":"http://h","secret":{}})");
    BOOST_REQUIRE(std::holds_alternative<webhook_spec>(read));
    webhook_spec const expected{"\xc3\xbc", "http://h", event_type::meeting_ended, false};
    BOOST_CHECK(std::get<webhook_spec>(read) == expected);
}

BOOST_AUTO_TEST_CASE(patch)
{
    auto const read = [](std::string_view body) {
        auto const result = read_patch(body);
        BOOST_REQUIRE(std::holds_alternative<webhook_patch>(result));
        return std::get<webhook_patch>(result);
    };
    BOOST_CHECK(read("{}") == webhook_patch{});
    BOOST_CHECK(read(R"({"whatever":1})") == webhook_patch{});
    BOOST_CHECK(read(R"({"name":"n"})") == webhook_patch{}.name("n"));
    BOOST_CHECK(read(R"({"url":"https://h"})") == webhook_patch{}.url("https://h"));
    BOOST_CHECK(read(R"({"events":["meeting.summary"]})") == webhook_patch{}.events(event_type::meeting_summary));
    BOOST_CHECK(read(R"({"enabled":false})") == webhook_patch{}.enabled(false));
    BOOST_CHECK(read(R"({"enabled":true,"name":"n"})") == webhook_patch{}.enabled(true).name("n"));
}

BOOST_AUTO_TEST_CASE(tells_what_is_wrong)
{
    for (auto const& each : bad_for_all) {
        BOOST_TEST_CONTEXT(each.text)
        {
            auto const spec = read_spec(each.text);
            BOOST_REQUIRE(std::holds_alternative<refusal>(spec));
            BOOST_TEST(std::get<refusal>(spec).message == each.message);
            auto const patch = read_patch(each.text);
            BOOST_REQUIRE(std::holds_alternative<refusal>(patch));
            BOOST_TEST(std::get<refusal>(patch).message == each.message);
        }
    }
    for (auto const& each : bad_for_spec) {
        BOOST_TEST_CONTEXT(each.text)
        {
            auto const spec = read_spec(each.text);
            BOOST_REQUIRE(std::holds_alternative<refusal>(spec));
            BOOST_TEST(std::get<refusal>(spec).message == each.message);
            BOOST_CHECK(std::holds_alternative<webhook_patch>(read_patch(each.text)));
        }
    }
}

BOOST_AUTO_TEST_CASE(uri)
{
    for (auto const* const good :
         {"https://example.com", "http://example.com", "HTTPS://EXAMPLE.COM/", "https://localhost:8443/a/b?c=d#e",
          "https://127.0.0.1/", "https://[::1]:8443/", "https://[::ffff:1.2.3.4]", "https://a:b@h/",
          "https://h:", "https://h?q", "https://h#f", "https://h/%20%C3%BC", "https://xn--bcher-kva.example/",
          "https://h/;,=()'!*$&~", "https://a_b/", "https://h:65535", "https://h/a?b?c/d:@"}) {
        BOOST_TEST_CONTEXT(good)
        BOOST_TEST(is_web_uri(good));
    }
    for (auto const* const bad : {"",
                                  "example.com",
                                  "//example.com",
                                  "https:",
                                  "https:/example.com",
                                  "https://",
                                  "https:///path",
                                  "https://:80/",
                                  "ftp://example.com/",
                                  "javascript://h",
                                  "://h",
                                  " https://h",
                                  "https://h ",
                                  "https://h/a b",
                                  "https://h/\n",
                                  "https://h/\"",
                                  "https://h/<",
                                  "https://h/\\",
                                  "https://h/^",
                                  "https://h/`",
                                  "https://h/{",
                                  "https://h/|",
                                  "https://h/\xc3\xbc",
                                  "https://\xc3\xbc/",
                                  "https://h/%",
                                  "https://h/%2",
                                  "https://h/%zz",
                                  "https://h:x",
                                  "https://h:65536",
                                  "https://h:99999999999999",
                                  "https://h:-1",
                                  "https://h/#a#b",
                                  "https://[::1",
                                  "https://[]",
                                  "https://[:]",
                                  "https://[1.2.3.4]",
                                  "https://[::g]",
                                  "https://[::1]x",
                                  "https://a@b@c",
                                  "https://h[",
                                  "https://@"}) {
        BOOST_TEST_CONTEXT(bad)
        BOOST_TEST(!is_web_uri(bad));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
