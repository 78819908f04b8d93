// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/output.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

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

namespace {

attempt_info refused_attempt()
{
    attempt_info attempt;
    attempt.error = errc::connect_failed;
    attempt.phase = phase::connect;
    attempt.elapsed = 400us;
    return attempt;
}

attempt_info lost_attempt()
{
    attempt_info attempt;
    attempt.error = errc::connection_lost;
    attempt.phase = phase::read_header;
    attempt.connection_id = 1;
    attempt.connection_reused = true;
    attempt.elapsed = 1'500us;
    return attempt;
}

attempt_info answered_attempt()
{
    attempt_info attempt;
    attempt.http_status = 200;
    attempt.phase = phase::decode;
    attempt.connection_id = 2;
    attempt.tls_resumed = true;
    attempt.elapsed = 12'340us;
    return attempt;
}

call_info three_attempts()
{
    call_info info;
    info.history = {refused_attempt(), lost_attempt(), answered_attempt()};
    info.http_status = 200;
    info.attempts = 3;
    info.ray_id = "8f00-FRA";
    info.rate_limit_remaining = 42;
    return info;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_line_for_each_attempt)
{
    BOOST_TEST(print_attempts(operation::event_types, three_attempts(), output_format::table) ==
               "rtkhooks: event-types: attempt 1: connect_failed in phase connect, 0.40 ms, no connection\n"
               "rtkhooks: event-types: attempt 2: connection_lost in phase read_header, 1.50 ms, connection 1, reused\n"
               "rtkhooks: event-types: attempt 3: status 200, 12.34 ms, connection 2, new, TLS resumed, 42 requests "
               "left, ray 8f00-FRA\n");
}

BOOST_AUTO_TEST_CASE(a_json_line_for_each_attempt)
{
    std::istringstream lines{print_attempts(operation::remove, three_attempts(), output_format::json)};
    std::vector<json::object> attempts;
    for (std::string line; std::getline(lines, line);)
        attempts.push_back(json::parse(line).at("attempt").as_object());
    BOOST_REQUIRE(attempts.size() == 3u);
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        BOOST_TEST(attempts[i].at("command").as_string() == "delete");
        BOOST_TEST(attempts[i].at("number").to_number<std::size_t>() == i + 1);
    }
    BOOST_TEST(attempts[0].at("http_status").as_int64() == 0);
    BOOST_TEST(attempts[0].at("error").as_string() == "connect_failed");
    BOOST_TEST(attempts[0].at("phase").as_string() == "connect");
    BOOST_TEST(attempts[0].at("elapsed_ms").as_double() == 0.4);
    BOOST_TEST(!attempts[0].contains("ray_id"));
    BOOST_TEST(attempts[1].at("error").as_string() == "connection_lost");
    BOOST_TEST(attempts[1].at("connection").to_number<int>() == 1);
    BOOST_TEST(attempts[1].at("connection_reused").as_bool());
    BOOST_TEST(!attempts[1].at("tls_resumed").as_bool());
    BOOST_TEST(attempts[2].at("http_status").as_int64() == 200);
    BOOST_TEST(attempts[2].at("error").is_null());
    BOOST_TEST(attempts[2].at("phase").is_null());
    BOOST_TEST(attempts[2].at("tls_resumed").as_bool());
    BOOST_TEST(attempts[2].at("ray_id").as_string() == "8f00-FRA");
    BOOST_TEST(attempts[2].at("rate_limit_remaining").as_int64() == 42);
}

BOOST_AUTO_TEST_CASE(a_call_without_an_attempt_has_no_line)
{
    BOOST_TEST(print_attempts(operation::get, call_info{}, output_format::table).empty());
    BOOST_TEST(print_attempts(operation::get, call_info{}, output_format::json).empty());
}

BOOST_AUTO_TEST_CASE(a_ray_cannot_steer_the_terminal)
{
    auto info = three_attempts();
    info.ray_id = "\x1b[31m";
    BOOST_TEST(print_attempts(operation::get, info, output_format::table).find('\x1b') == std::string::npos);
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

BOOST_AUTO_TEST_CASE(an_error_in_a_context_is_the_same_with_other_words)
{
    error::details details;
    details.code = errc::not_found;
    details.http_status = 404;
    error const failure{std::move(details)};
    auto const told = in_context("webhook w was not deleted", failure);
    BOOST_CHECK(told.code() == errc::not_found);
    BOOST_TEST(told.http_status() == 404);
    BOOST_TEST(told.message() == "webhook w was not deleted: " + failure.message());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
