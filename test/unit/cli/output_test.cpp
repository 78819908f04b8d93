// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/output.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

using namespace std::chrono_literals;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(cli_output)

namespace {

webhook example()
{
    webhook hook;
    hook.id = "0d1f069d-43bb-489a-ad8c-7eb95592ba8e";
    hook.name = "audit";
    hook.url = "https://example.com/hook";
    hook.events = event_type::meeting_started | event_type::meeting_ended;
    hook.created_at = parse_timestamp("2022-05-28T07:01:53.075Z").value();
    hook.updated_at = parse_timestamp("2022-06-02T11:15:00.000Z").value();
    return hook;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_list_as_a_table)
{
    auto second = example();
    second.id = "5a1c2b7e-3d44-4c09-9a55-2f6f0e8b7c10";
    second.name = "everything";
    second.events = event_set::all();
    second.enabled = false;
    auto third = example();
    third.events = event_type::meeting_summary;
    BOOST_TEST(print_webhooks({example(), second, third}, output_format::table) ==
               "ID                                    NAME        ENABLED  EVENTS                      URL\n"
               "0d1f069d-43bb-489a-ad8c-7eb95592ba8e  audit       yes      meeting.started and 1 more  "
               "https://example.com/hook\n"
               "5a1c2b7e-3d44-4c09-9a55-2f6f0e8b7c10  everything  no       all                         "
               "https://example.com/hook\n"
               "0d1f069d-43bb-489a-ad8c-7eb95592ba8e  audit       yes      meeting.summary             "
               "https://example.com/hook\n");
}

BOOST_AUTO_TEST_CASE(an_empty_list)
{
    BOOST_TEST(print_webhooks({}, output_format::table) == "The app has no webhooks.\n");
    BOOST_TEST(print_webhooks({}, output_format::json) == "[]\n");
}

BOOST_AUTO_TEST_CASE(a_webhook_as_a_table)
{
    BOOST_TEST(print_webhook(example(), output_format::table) == "id       0d1f069d-43bb-489a-ad8c-7eb95592ba8e\n"
                                                                 "name     audit\n"
                                                                 "url      https://example.com/hook\n"
                                                                 "enabled  yes\n"
                                                                 "events   meeting.started\n"
                                                                 "         meeting.ended\n"
                                                                 "created  2022-05-28T07:01:53.075Z\n"
                                                                 "updated  2022-06-02T11:15:00.000Z\n");
}

BOOST_AUTO_TEST_CASE(a_name_cannot_steer_the_terminal)
{
    auto hook = example();
    hook.name = "\x1b]0;owned\x07\nid  forged";
    auto const text = print_webhook(hook, output_format::table) + print_webhooks({hook}, output_format::table);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    BOOST_TEST(text.find("\nid  forged") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_webhook_as_json_has_the_fields_of_the_api)
{
    auto const text = print_webhook(example(), output_format::json);
    BOOST_TEST(text.back() == '\n');
    auto const object = json::parse(text).as_object();
    BOOST_TEST(object.size() == 7u);
    BOOST_TEST(object.at("id").as_string() == "0d1f069d-43bb-489a-ad8c-7eb95592ba8e");
    BOOST_TEST(object.at("name").as_string() == "audit");
    BOOST_TEST(object.at("url").as_string() == "https://example.com/hook");
    BOOST_TEST(object.at("events").as_array().size() == 2u);
    BOOST_TEST(object.at("enabled").as_bool());
    BOOST_TEST(object.at("created_at").as_string() == "2022-05-28T07:01:53.075Z");
    BOOST_TEST(object.at("updated_at").as_string() == "2022-06-02T11:15:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_deleted_webhook_or_its_id)
{
    BOOST_TEST(print_deleted("some-id", std::nullopt, output_format::json) == R"({"id":"some-id"})"
                                                                              "\n");
    BOOST_TEST(print_deleted("some-id", std::nullopt, output_format::table) == "Deleted webhook some-id.\n");
    BOOST_TEST(print_deleted(example().id, example(), output_format::json) ==
               print_webhook(example(), output_format::json));
    BOOST_TEST(print_deleted(example().id, example(), output_format::table) ==
               "Deleted webhook " + example().id + ":\n" + print_webhook(example(), output_format::table));
}

BOOST_AUTO_TEST_CASE(event_types)
{
    std::vector<event_type> const events{event_type::meeting_started, event_type{"meeting.paused"}};
    BOOST_TEST(print_event_types(events, output_format::table) == "meeting.started\nmeeting.paused\n");
    BOOST_TEST(print_event_types(events, output_format::json) == R"(["meeting.started","meeting.paused"])"
                                                                 "\n");
}

BOOST_AUTO_TEST_CASE(an_error_as_json_is_one_line_with_every_member)
{
    error::details what;
    what.code = errc::rate_limited;
    what.http_status = 429;
    what.messages.emplace_back(971, "Please\nwait");
    what.ray_id = "8f00-FRA";
    what.attempts = 3;
    what.phase = phase::read_body;
    what.request_state = request_state::answered;
    what.retry_after = 4s;
    auto const text = print_error(error{what}, "advice is for people", output_format::json);
    BOOST_TEST(text.find('\n') == text.size() - 1);
    auto const object = json::parse(text).at("error").as_object();
    BOOST_TEST(object.at("code").as_string() == "rate_limited");
    BOOST_TEST(!object.at("message").as_string().empty());
    BOOST_TEST(object.at("http_status").as_int64() == 429);
    BOOST_TEST(object.at("messages").at(0).at("code").as_int64() == 971);
    BOOST_TEST(object.at("ray_id").as_string() == "8f00-FRA");
    BOOST_TEST(object.at("attempts").as_int64() == 3);
    BOOST_TEST(object.at("phase").as_string() == "read_body");
    BOOST_TEST(object.at("request_state").as_string() == "answered");
    BOOST_TEST(object.at("retry_after_seconds").as_int64() == 4);
}

BOOST_AUTO_TEST_CASE(an_error_for_a_person_is_one_line_with_advice)
{
    error const failure{errc::not_found};
    BOOST_TEST(print_error(failure, "look again", output_format::table) ==
               "rtkhooks: " + failure.message() + "; look again\n");
    BOOST_TEST(print_error(failure, "", output_format::table) == "rtkhooks: " + failure.message() + "\n");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_program_itself)
{
    auto const failure = own_error(errc::invalid_argument, "there is no command 'x'");
    BOOST_TEST((failure.code() == errc::invalid_argument));
    BOOST_TEST(print_error(failure, "", output_format::table) == "rtkhooks: there is no command 'x'\n");
}

BOOST_AUTO_TEST_CASE(a_call_for_verbose)
{
    call_info info;
    info.http_status = 200;
    info.attempts = 2;
    info.connection_id = 1;
    info.connection_reused = true;
    info.elapsed = 12'340us;
    info.ray_id = "8f00-FRA";
    info.rate_limit_remaining = 42;
    BOOST_TEST(print_call(operation::event_types, info, output_format::table) ==
               "rtkhooks: event-types: status 200, 12.34 ms, 2 attempts, connection 1, reused, 42 requests left, ray "
               "8f00-FRA\n");
    auto const call = json::parse(print_call(operation::remove, info, output_format::json)).at("call").as_object();
    BOOST_TEST(call.at("command").as_string() == "delete");
    BOOST_TEST(call.at("attempts").as_int64() == 2);
    BOOST_TEST(call.at("elapsed_ms").as_double() == 12.34);
}

BOOST_AUTO_TEST_CASE(a_call_without_an_answer)
{
    call_info info;
    BOOST_TEST(print_call(operation::get, info, output_format::table) ==
               "rtkhooks: get: no answer, 0.00 ms, 0 attempts, no connection\n");
}

BOOST_AUTO_TEST_CASE(times_and_connections_in_words)
{
    BOOST_TEST(in_milliseconds(0us) == "0.00 ms");
    BOOST_TEST(in_milliseconds(4us) == "0.00 ms");
    BOOST_TEST(in_milliseconds(5us) == "0.01 ms");
    BOOST_TEST(in_milliseconds(1'234'567us) == "1234.57 ms");
    call_info info;
    info.connection_id = 3;
    BOOST_TEST(connection_in_words(info) == "connection 3, new");
    info.tls_resumed = true;
    BOOST_TEST(connection_in_words(info) == "connection 3, new, TLS resumed");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
