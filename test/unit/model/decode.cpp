// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/decode.hpp"

#include "model/encode.hpp"

#include "fixtures/responses.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <random>

using namespace rtkhooks;
namespace responses = rtkhooks::test::responses;

BOOST_AUTO_TEST_SUITE(model_decode)

namespace {

constexpr std::size_t depth = 32;

webhook audit_trail()
{
    webhook hook;
    hook.id = responses::webhook_id;
    hook.name = "Audit trail";
    hook.url = "https://hooks.example.com/audit";
    hook.events = event_set::all();
    hook.created_at = *parse_timestamp("2026-02-11T08:15:30.125Z");
    hook.updated_at = *parse_timestamp("2026-02-12T17:00:00Z");
    return hook;
}

/// A whole webhook, to be put into an envelope. Seven fields in one line.
constexpr std::string_view fields = R"("id":"i","name":"n","url":"u","events":["meeting.ended"],"enabled":true,)"
                                    R"("created_at":"2026-02-11T08:15:30Z","updated_at":"2026-02-11T08:15:30Z")";

std::string answer(std::string_view data)
{
    return std::string{R"({"success":true,"data":)"}.append(data).append(1, '}');
}
std::string answer_with_fields(std::string_view more = "")
{
    return answer(std::string{"{"}.append(fields).append(more).append(1, '}'));
}

/// The whole-webhook answer with another value for one of the fields.
std::string answer_with(std::string_view key, std::string_view value)
{
    auto text = answer_with_fields();
    auto const start = text.find(std::string{"\""}.append(key).append("\":")) + key.size() + 3;
    auto const end = key == "events" ? text.find(']', start) + 1 : text.find_first_of(",}", start);
    return text.replace(start, end - start, value);
}

std::string answer_without(std::string_view key)
{
    auto text = answer_with(key, "0");
    auto const member = std::string{"\""}.append(key).append("\":0");
    auto const start = text.find(member);
    auto const size = member.size();
    return text[start + size] == ',' ? text.erase(start, size + 1) : text.erase(start - 1, size + 1);
}

/// The explanation of a failure, which must have what all of them have; "fine" of a success.
template <class T>
std::string verdict(result<T> const& what)
{
    if (what)
        return "fine";
    auto const error = what.error();
    BOOST_TEST(error.code() == errc::decode_failed);
    BOOST_TEST(error.phase() == phase::decode);
    BOOST_TEST(error.request_state() == request_state::answered);
    return error.parts().explanation;
}
std::string webhook_verdict(std::string_view body) { return verdict(model::decode_webhook_answer(body, depth)); }

/// All decoders, to try what they have in common.
struct decoder {
    std::string_view name;
    std::function<std::string(std::string_view, std::size_t)> verdict_of;
};
std::vector<decoder> const& all_decoders()
{
    static std::vector<decoder> const all{
        {"webhook", [](auto body, auto most) { return verdict(model::decode_webhook_answer(body, most)); }},
        {"edited", [](auto body, auto most) { return verdict(model::decode_edited_answer(body, most)); }},
        {"list", [](auto body, auto most) { return verdict(model::decode_list_answer(body, most)); }},
        {"deleted", [](auto body, auto most) { return verdict(model::decode_deleted_answer(body, most)); }},
        {"event types", [](auto body, auto most) { return verdict(model::decode_event_types_answer(body, most)); }},
    };
    return all;
}

std::string nested(std::size_t levels)
{
    return R"({"success":true,"x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + '}';
}

} // namespace

// --- what the API answers ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_webhook)
{
    auto const decoded = model::decode_webhook_answer(responses::webhook, depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST(*decoded == audit_trail());
}

BOOST_AUTO_TEST_CASE(a_webhook_under_result)
{
    auto expected = audit_trail();
    expected.events = event_type::meeting_ended;
    expected.enabled = false;
    auto const decoded = model::decode_webhook_answer(responses::webhook_as_result, depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST(*decoded == expected);

    // Only where there is no `data`, in whichever order.
    auto const whole = std::string{"{"}.append(fields).append(1, '}');
    BOOST_TEST(webhook_verdict(R"({"result":5,"data":)" + whole + '}') == "fine");
    BOOST_TEST(webhook_verdict(R"({"data":)" + whole + R"(,"result":null})") == "fine");
    BOOST_TEST(webhook_verdict(R"({"result":)" + whole + R"(,"data":null})") ==
               "data: expected an object, found null, at byte " + std::to_string(whole.size() + 18));
    // The path tells which.
    BOOST_TEST(webhook_verdict(R"({"result":{"id":5}})") == "result.id: expected a string, found a number, at byte 17");
    BOOST_TEST(webhook_verdict(R"({"result":null})") == "result: expected an object, found null, at byte 10");
}

BOOST_AUTO_TEST_CASE(edited_webhooks)
{
    auto const whole = model::decode_edited_answer(responses::webhook, depth);
    BOOST_REQUIRE(whole.has_value());
    BOOST_TEST(whole->complete);
    BOOST_TEST(whole->value == audit_trail());

    auto const partial = model::decode_edited_answer(responses::webhook_without_enabled, depth);
    BOOST_REQUIRE(partial.has_value());
    BOOST_TEST(!partial->complete);
    BOOST_TEST(partial->value.name == "Audit trail");
    BOOST_TEST((partial->value.events == event_type::meeting_started));

    for (auto const body :
         {responses::null_data, responses::empty_data, responses::no_data, responses::data_with_id_alone,
          std::string_view{R"({"result":null})"}, std::string_view{"{}"}}) {
        auto const decoded = model::decode_edited_answer(body, depth);
        BOOST_TEST_CONTEXT(body)
        {
            BOOST_REQUIRE(decoded.has_value());
            BOOST_TEST(!decoded->complete);
        }
    }
    for (std::string_view const key : {"id", "name", "url", "events", "enabled", "created_at", "updated_at"}) {
        BOOST_TEST_CONTEXT(key)
        {
            for (auto const& body : {answer_without(key), answer_with(key, "null")}) {
                auto const decoded = model::decode_edited_answer(body, depth);
                BOOST_REQUIRE(decoded.has_value());
                BOOST_TEST(!decoded->complete);
            }
            // What is there must fit all the same.
            BOOST_TEST(verdict(model::decode_edited_answer(answer_with(key, "{}"), depth))
                           .starts_with("data." + std::string{key}));
        }
    }
}

BOOST_AUTO_TEST_CASE(lists)
{
    auto const none = model::decode_list_answer(responses::list_of_none, depth);
    BOOST_REQUIRE(none.has_value());
    BOOST_TEST(none->empty());

    auto const two = model::decode_list_answer(responses::list_of_two, depth);
    BOOST_REQUIRE(two.has_value());
    BOOST_REQUIRE(two->size() == 2);
    auto expected = audit_trail();
    expected.events = event_type::meeting_started | event_type::meeting_ended;
    BOOST_TEST(two->front() == expected);
    expected.id = "e94b0a6d-5c27-4f18-b3d2-90f7a1c4e865";
    expected.name = "Recordings";
    expected.url = "https://hooks.example.com/recordings?tenant=7";
    expected.events = event_type::recording_status_update;
    expected.enabled = false;
    expected.created_at = *parse_timestamp("2026-03-01T00:00:00Z");
    expected.updated_at = *parse_timestamp("2026-03-01T00:00:00.5Z");
    BOOST_TEST(two->back() == expected);

    auto const whole = std::string{"{"}.append(fields).append(1, '}');
    auto const list_verdict = [](std::string const& data) {
        return verdict(model::decode_list_answer(answer(data), depth));
    };
    BOOST_TEST(list_verdict('[' + whole + ',' + whole + ']') == "fine"); // the same id twice
    BOOST_TEST(list_verdict('[' + whole + ",{}]") ==
               "data[1].id: missing, at byte " + std::to_string(whole.size() + 26));
    BOOST_TEST(list_verdict('[' + whole + ",null]").starts_with("data[1]: expected an object, found null"));
    BOOST_TEST(list_verdict('[' + whole + ',' + whole + R"(,{"events":["a",[]]}])")
                   .starts_with("data[2].events[1]: expected a string, found an array"));
    BOOST_TEST(list_verdict(whole).starts_with("data: expected an array, found an object"));
    BOOST_TEST(list_verdict("null").starts_with("data: expected an array, found null"));
    BOOST_TEST(verdict(model::decode_list_answer(responses::no_data, depth)) == "data: missing, at byte 17");
}

BOOST_AUTO_TEST_CASE(deleted_webhooks)
{
    auto const whole = model::decode_deleted_answer(responses::webhook, depth);
    BOOST_REQUIRE(whole.has_value());
    BOOST_REQUIRE(whole->has_value());
    BOOST_TEST(**whole == audit_trail());

    for (auto const body : {responses::null_data, responses::empty_data, responses::no_data,
                            responses::data_with_id_alone, responses::webhook_without_enabled}) {
        auto const decoded = model::decode_deleted_answer(body, depth);
        BOOST_TEST_CONTEXT(body)
        {
            BOOST_REQUIRE(decoded.has_value());
            BOOST_TEST(!decoded->has_value());
        }
    }
    for (auto const data : {"[]", "\"Webhook deleted\"", "7", "true", R"({"id":7})", R"({"created_at":"today"})"}) {
        for (auto const& body : {answer(data), R"({"result":)" + std::string{data} + '}'}) {
            auto const decoded = model::decode_deleted_answer(body, depth);
            BOOST_TEST_CONTEXT(body)
            {
                BOOST_REQUIRE(decoded.has_value());
                BOOST_TEST(!decoded->has_value());
            }
        }
    }
    auto const deep = answer(std::string(depth, '[') + std::string(depth, ']'));
    BOOST_TEST(verdict(model::decode_deleted_answer(deep, depth)).starts_with("data: expected an object"));
    BOOST_TEST(verdict(model::decode_deleted_answer(R"({"data":7)", depth)).starts_with("data: expected an object"));
    BOOST_TEST(verdict(model::decode_deleted_answer(R"({"success":true,"data":7,"success":true})", depth))
                   .starts_with("data: expected an object"));
}

BOOST_AUTO_TEST_CASE(event_types)
{
    auto const decoded = model::decode_event_types_answer(responses::event_names, depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST((*decoded ==
                std::vector<event_type>{event_type::meeting_started, event_type::meeting_ended,
                                        event_type::meeting_participant_joined, event_type::meeting_participant_left,
                                        event_type::meeting_chat_synced, event_type::recording_status_update,
                                        event_type::livestreaming_status_update, event_type::meeting_transcript,
                                        event_type::meeting_summary}));

    auto const others = model::decode_event_types_answer(answer(R"(["b","meeting.ended","a\u0062"])"), depth);
    BOOST_REQUIRE(others.has_value());
    BOOST_TEST((*others == std::vector<event_type>{event_type{"b"}, event_type::meeting_ended, event_type{"ab"}}));

    BOOST_TEST(verdict(model::decode_event_types_answer(answer(R"(["a",null])"), depth))
                   .starts_with("data[1]: expected a string, found null"));
    BOOST_TEST(verdict(model::decode_event_types_answer(answer("{}"), depth))
                   .starts_with("data: expected an array, found an object"));
}

// --- fields -----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(wrong_kinds_are_refused_by_path)
{
    struct row {
        std::string_view key;
        std::string_view expected_kind;
    };
    row const rows[] = {{"id", "a string"},        {"name", "a string"},     {"url", "a string"},
                        {"events", "an array"},    {"enabled", "a boolean"}, {"created_at", "a string"},
                        {"updated_at", "a string"}};
    struct value {
        std::string_view text;
        std::string_view kind;
    };
    value const values[] = {
        {"null", "null"},      {"true", "a boolean"},          {"7", "a number"},  {"-7", "a number"},
        {"7.5", "a number"},   {"1e400", "a number"},          {"-0", "a number"}, {"9223372036854775808", "a number"},
        {"\"x\"", "a string"}, {"\"\\u0078\"", "a string"},    {"[]", "an array"}, {"[[1]]", "an array"},
        {"{}", "an object"},   {"{\"id\":\"x\"}", "an object"}};
    for (auto const& row : rows)
        for (auto const& value : values) {
            if (value.kind == row.expected_kind)
                continue;
            auto const expected = std::string{"data."}
                                      .append(row.key)
                                      .append(": expected ")
                                      .append(row.expected_kind)
                                      .append(", found ")
                                      .append(value.kind)
                                      .append(", at byte ");
            auto const said = webhook_verdict(answer_with(row.key, value.text));
            BOOST_TEST(said.starts_with(expected), said << " instead of " << expected);
        }
}

BOOST_AUTO_TEST_CASE(missing_fields_are_named)
{
    for (std::string_view const key : {"id", "name", "url", "events", "enabled", "created_at", "updated_at"})
        BOOST_TEST(
            webhook_verdict(answer_without(key)).starts_with("data." + std::string{key} + ": missing, at byte "));
    BOOST_TEST(webhook_verdict(responses::webhook_without_enabled).starts_with("data.enabled: missing"));
    BOOST_TEST(webhook_verdict(responses::no_data) == "data: missing, at byte 17");
    BOOST_TEST(webhook_verdict(responses::empty_data) == "data.id: missing, at byte 10");
    BOOST_TEST(webhook_verdict(responses::null_data) == "data: expected an object, found null, at byte 9");
}

BOOST_AUTO_TEST_CASE(elements_of_events)
{
    auto const with_events = [](std::string_view events) { return webhook_verdict(answer_with("events", events)); };
    BOOST_TEST(with_events("[]") == "fine");
    BOOST_TEST(with_events(R"(["a","b",3])") == "data.events[2]: expected a string, found a number, at byte 73");
    BOOST_TEST(with_events(R"([null])").starts_with("data.events[0]: expected a string, found null"));
    BOOST_TEST(with_events(R"(["\u0061",{}])").starts_with("data.events[1]: expected a string, found an object"));

    auto const decoded = model::decode_webhook_answer(
        answer_with("events",
                    R"(["z.new","meeting.ended","a\u002enew","meeting.ended","z.new","\u006deeting.summary"])"),
        depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST(decoded->events ==
               (event_type::meeting_ended | event_type::meeting_summary | event_type{"a.new"} | event_type{"z.new"}));
    // And back.
    std::string text;
    model::append_json(text, *decoded);
    auto const again = model::decode_webhook_answer(answer(text), depth);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(*again == *decoded);
}

BOOST_AUTO_TEST_CASE(date_times)
{
    auto const with_time = [](std::string_view text) {
        return webhook_verdict(answer_with("created_at", '"' + std::string{text} + '"'));
    };
    for (std::string_view const text : {"2026-02-11T08:15:30+02:00", "2026-02-11 08:15:30.123456789Z",
                                        "0000-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "2026-02-11\\u005408:15:30Z"})
        BOOST_TEST(with_time(text) == "fine", text);
    for (std::string_view const text : {"", "yesterday", "2026-02-30T00:00:00Z", "1770797730"})
        BOOST_TEST(
            with_time(text).starts_with(
                "data.created_at: expected a date-time such as 2026-06-03T10:00:00.000Z, found another text, at byte "),
            text);
    BOOST_TEST(webhook_verdict(answer_with("updated_at", "\"\"")).starts_with("data.updated_at: "));
}

BOOST_AUTO_TEST_CASE(strings_in_parts)
{
    auto const name_of = [](std::string_view written) {
        auto decoded = model::decode_webhook_answer(answer_with("name", '"' + std::string{written} + '"'), depth);
        return decoded ? decoded->name : "not decoded: " + decoded.error().message();
    };
    BOOST_TEST(name_of("") == "");
    BOOST_TEST(name_of(R"(a\nb\u0000\"\\\/\b\f\r\t)") == std::string("a\nb\0\"\\/\b\f\r\t", 11));
    BOOST_TEST(name_of(R"(\u00fc\u20ac\ud83d\ude00)") == "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
    BOOST_TEST(name_of("\xc3\xbc\\u00fc\xf0\x9f\x98\x80") == "\xc3\xbc\xc3\xbc\xf0\x9f\x98\x80");

    // Longer than any buffer of the parser, escapes at every distance.
    std::string written;
    std::string expected;
    for (std::size_t run = 0; run < 400; ++run) {
        written.append(run % 37, 'x').append("\\n").append("\xc3\xbc");
        expected.append(run % 37, 'x').append("\n").append("\xc3\xbc");
    }
    BOOST_TEST((name_of(written) == expected));

    // Keys too.
    std::string text = answer_with_fields();
    for (std::string_view const key : {"success", "data", "id", "name", "url", "events", "enabled", "created_at"}) {
        auto const first = static_cast<unsigned char>(key.front());
        std::string escape{"\\u00"};
        escape += "0123456789abcdef"[first >> 4];
        escape += "0123456789abcdef"[first & 0xf];
        text.replace(text.find('"' + std::string{key} + "\":") + 1, 1, escape);
    }
    BOOST_TEST(webhook_verdict(text) == "fine");
    BOOST_TEST(webhook_verdict(answer_with_fields(R"(,"i\u0064":"again")")).starts_with("data.id: given twice"));
    BOOST_TEST(webhook_verdict(answer_with_fields(R"(,"id\u0064":1,"\u0000id":1)")) == "fine");
    BOOST_TEST(webhook_verdict(answer_with_fields(R"(,"created_at\u0061":1,"created_at_\u0061bcdefghijklmnop":1)")) ==
               "fine");
    std::string const long_key(100'000, 'k');
    BOOST_TEST(webhook_verdict(answer_with_fields(",\"" + long_key + "\":1,\"\\n" + long_key + "\":1")) == "fine");
}

BOOST_AUTO_TEST_CASE(unknown_members_are_passed_over)
{
    for (std::string_view const value : {"null", "true", "-1.5e3", "\"text\"", "\"te\\u0078t\"", "[]", "{}",
                                         "[[{\"id\":[1]}],2]", R"({"id":5,"data":{"success":false},"events":"no"})"}) {
        auto const member = R"("later":)" + std::string{value};
        auto const whole = std::string{"{"}.append(fields).append(1, '}');
        BOOST_TEST(webhook_verdict(answer_with_fields("," + member)) == "fine", value);
        BOOST_TEST(webhook_verdict('{' + member + R"(,"success":true,"data":)" + whole + '}') == "fine", value);
        BOOST_TEST(webhook_verdict(R"({"success":true,"data":)" + whole + ',' + member + '}') == "fine", value);
        // Unknown ones twice are nobody's business.
        BOOST_TEST(webhook_verdict(answer_with_fields("," + member + ',' + member)) == "fine", value);
    }
}

BOOST_AUTO_TEST_CASE(known_members_may_not_be_given_twice)
{
    auto const whole = std::string{"{"}.append(fields).append(1, '}');
    for (std::string_view const member :
         {R"("id":"x")", R"("name":"x")", R"("url":"x")", R"("events":[])", R"("enabled":true)",
          R"("created_at":"2026-02-11T08:15:30Z")", R"("updated_at":null)"}) {
        auto const key = member.substr(1, member.find('"', 1) - 1);
        BOOST_TEST(webhook_verdict(answer_with_fields("," + std::string{member}))
                       .starts_with("data." + std::string{key} + ": given twice, at byte "));
    }
    BOOST_TEST(webhook_verdict(R"({"success":true,"success":true,"data":)" + whole + '}') ==
               "success: given twice, at byte 24");
    BOOST_TEST(webhook_verdict(R"({"success":true,"success":false,"data":)" + whole + '}') ==
               "success: given twice, at byte 24");
    BOOST_TEST(webhook_verdict(R"({"data":)" + whole + R"(,"success":true,"data":)" + whole + '}')
                   .starts_with("data: given twice"));
    BOOST_TEST(
        webhook_verdict(R"({"data":)" + whole + R"(,"result":1,"result":2})").starts_with("result: given twice"));
    BOOST_TEST(
        webhook_verdict(R"({"data":)" + whole + R"(,"errors":[],"errors":[]})").starts_with("errors: given twice"));
    // In a list each object counts for itself.
    BOOST_TEST(verdict(model::decode_list_answer(answer('[' + whole + ',' + whole + ']'), depth)) == "fine");
}

// --- the envelope -----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(success_is_optional_and_a_boolean)
{
    auto const whole = std::string{"{"}.append(fields).append(1, '}');
    BOOST_TEST(webhook_verdict(R"({"data":)" + whole + '}') == "fine");
    BOOST_TEST(webhook_verdict(R"({"success":null,"data":)" + whole + '}') == "fine");
    BOOST_TEST(webhook_verdict(R"({"success":"false","data":)" + whole + '}') ==
               "success: expected a boolean, found a string, at byte 17");
    BOOST_TEST(webhook_verdict(R"({"success":1,"data":)" + whole + '}') ==
               "success: expected a boolean, found a number, at byte 12");
    // What belongs to errors is no reason to refuse a success.
    BOOST_TEST(
        webhook_verdict(R"({"success":true,"errors":[],"error":null,"messages":[{"code":1}],"message":"","data":)" +
                        whole + '}') == "fine");
    BOOST_TEST(webhook_verdict(R"({"errors":{},"error":5,"message":{},"data":)" + whole + '}') == "fine");
    for (auto const& decoder : all_decoders())
        for (std::string_view const body : {"[]", "\"x\"", "5", "true", "null"})
            BOOST_TEST(decoder.verdict_of(body, depth).starts_with("the whole: expected an object, found "),
                       decoder.name);
}

BOOST_AUTO_TEST_CASE(a_success_that_says_it_is_none)
{
    struct row {
        std::string_view body;
        errc code;
        std::vector<error_message> messages;
    };
    row const rows[] = {
        {responses::not_found, errc::not_found, {{404, "Error: resource not found"}}},
        {responses::conflict, errc::conflict, {{409, "Error: url is taken"}}},
        {responses::internal_error, errc::server_error, {{500, "Internal Server Error"}}},
        {responses::gateway_forbidden, errc::invalid_request, {{10000, "Authentication error"}}},
        {responses::gateway_throttled, errc::invalid_request, {{971, "Please slow down"}}},
        {responses::gateway_bad_header,
         errc::invalid_request,
         {{6003, "Invalid request headers"}, {6111, "Invalid format for Authorization header"}}},
        {R"({"success":false})", errc::invalid_request, {}},
        {R"({"success":false,"data":null})", errc::invalid_request, {}},
        {R"({"data":null,"success":false,"message":"no"})", errc::invalid_request, {{std::nullopt, "no"}}},
        {R"({"data":{"id":5},"error":{"code":429,"message":"wait"},"success":false})",
         errc::rate_limited,
         {{429, "wait"}}},
        {R"({"data":["x"],"success":false,"errors":[{"code":401}]})", errc::unauthorized, {{401, ""}}},
        {R"({"result":"x","success":false,"errors":[{"code":399},{"code":600},{"code":403}]})",
         errc::forbidden,
         {{399, ""}, {600, ""}, {403, ""}}},
        {R"({"success":false,"error":{"code":4.04e2,"message":"m"}})", errc::invalid_request, {{std::nullopt, "m"}}},
        {R"({"success":false,"error":{"code":9223372036854775808,"message":"m"}})",
         errc::invalid_request,
         {{std::nullopt, "m"}}},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.body)
        {
            std::vector<error> const errors{model::decode_webhook_answer(row.body, depth).error(),
                                            model::decode_edited_answer(row.body, depth).error(),
                                            model::decode_deleted_answer(row.body, depth).error()};
            for (auto const& error : errors) {
                BOOST_TEST(error.parts().code == row.code);
                BOOST_TEST((error.messages() == row.messages));
                BOOST_TEST(error.request_state() == request_state::answered);
                BOOST_TEST(error.phase() == phase::decode);
                BOOST_TEST(error.message().find("\"success\": false") != std::string::npos);
            }
        }
    }
}

// --- JSON that is none ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_no_json)
{
    struct row {
        std::string_view body;
        std::string_view start; ///< where the byte is left out, it depends on the version of Boost
    };
    row const rows[] = {
        {"", "the body is empty"},
        {" \r\n\t", "the body is empty"},
        {"<html>", "not JSON: unexpected '<', at byte 0"},
        {"\xef\xbb\xbf{}", "not JSON: starts with a byte order mark, at byte 0"},
        {"{} x", "not JSON: text after the end, at byte 3"},
        {"{}{}", "not JSON: text after the end, at byte 2"},
        {std::string_view{"{}\0", 3}, "not JSON: text after the end, at byte 2"},
        {R"({"x":NaN})", "not JSON: unexpected 'N', at byte 5"},
        {R"({"x":Infinity})", "not JSON: unexpected 'I', at byte 5"},
        {R"({"x":-Infinity})", "not JSON: unexpected 'I', at byte 6"},
        {R"({"x":01})", "not JSON: unexpected '1', at byte 6"},
        {R"({"x":1.})", "not JSON: unexpected '}', at byte 7"},
        {R"({"x":.5})", "not JSON: unexpected '.', at byte 5"},
        {R"({"x":+1})", "not JSON: unexpected '+', at byte 5"},
        {R"({/*c*/"x":1})", "not JSON: unexpected '/', at byte 1"},
        {R"({"x":1}//c)", "not JSON: text after the end, at byte 7"},
        {R"({"x":1,})", "not JSON: unexpected '}', at byte 7"},
        {R"({"x":[1,]})", "not JSON: unexpected ']', at byte 8"},
        {R"({'x':1})", "not JSON: unexpected ''', at byte 1"},
        {R"({x:1})", "not JSON: unexpected 'x', at byte 1"},
        {R"({"x" 1})", "not JSON: unexpected '1', at byte 5"},
        {"{\"x\":\"a\nb\"}", "not JSON: unexpected '\\n', at byte 7"},
        {R"({"x":"\x"})", "not JSON: unexpected 'x', at byte 7"},
        {R"({"x":"\u12g4"})", "not JSON: "},
        {R"({"x":"\ud800"})", "not JSON: "},
        {R"({"x":"\ud800\u0041"})", "not JSON: "},
        {R"({"x":"\udc00"})", "not JSON: "},
        {"{\"x\":\"\xff\"}", "not JSON: a byte that belongs to no UTF-8 character, at byte 6"},
        {"{\"x\":\"ab\xed\xa0\x80\"}", "not JSON: a byte that belongs to no UTF-8 character, at byte 8"},
        {"{\"x\":\"\xc3(\"}", "not JSON: a byte that belongs to no UTF-8 character, at byte 6"},
        {"{\"\xff\":1}", "not JSON: a byte that belongs to no UTF-8 character, at byte 2"},
        {R"({"x":tru})", "not JSON: unexpected "},
        {R"({"x":"a)", "not JSON: breaks off, at byte 7"},
        {R"({"x":)", "not JSON: breaks off, at byte 5"},
        {"{", "not JSON: breaks off, at byte 1"},
    };
    for (auto const& row : rows)
        for (auto const& decoder : all_decoders()) {
            auto const said = decoder.verdict_of(row.body, depth);
            bool const is_whole = row.start.find_first_of("0123456789") != std::string_view::npos;
            BOOST_TEST((is_whole ? said == row.start : said.starts_with(row.start)),
                       decoder.name << " of " << row.body << " said " << said);
        }
}

BOOST_AUTO_TEST_CASE(white_space_is_allowed_around_everything)
{
    BOOST_TEST(webhook_verdict(" \r\n\t" + std::string{responses::webhook} + " \r\n\t") == "fine");
}

BOOST_AUTO_TEST_CASE(nesting)
{
    for (auto const& decoder : all_decoders()) {
        for (std::size_t const most : {4u, 32u, 1000u}) {
            BOOST_TEST(!decoder.verdict_of(nested(most), most).starts_with("nested"));
            BOOST_TEST(
                decoder.verdict_of(nested(most + 1), most).starts_with("nested deeper than " + std::to_string(most)));
        }
        BOOST_TEST(decoder.verdict_of(nested(100'000), 32).starts_with("nested deeper than 32 levels, at byte "));
        // However much is asked for, no more than 1000 levels are granted.
        BOOST_TEST(decoder.verdict_of(nested(100'000), 1'000'000).starts_with("nested deeper than 1000 levels"));
        BOOST_TEST(decoder.verdict_of("{}", 0).starts_with("nested deeper than 0 levels"));
    }
    // A list has four levels.
    BOOST_TEST(verdict(model::decode_list_answer(responses::list_of_two, 4)) == "fine");
    BOOST_TEST(verdict(model::decode_list_answer(responses::list_of_two, 3)).starts_with("nested deeper than 3"));
}

/// Whatever breaks off is refused, wherever it does.
BOOST_AUTO_TEST_CASE(bodies_that_break_off)
{
    struct row {
        std::string_view body;
        std::size_t decoder;
    };
    row const rows[] = {
        {responses::webhook, 0},     {responses::webhook_as_result, 0},       {responses::webhook, 1},
        {responses::list_of_two, 2}, {responses::webhook_without_enabled, 3}, {responses::event_names, 4},
        {responses::null_data, 3},
    };
    for (auto const& row : rows) {
        auto const& decoder = all_decoders()[row.decoder];
        BOOST_TEST(decoder.verdict_of(row.body, depth) == "fine");
        for (std::size_t size = 0; size < row.body.size(); ++size) {
            // In memory of its own, so that a sanitizer sees a read past its end.
            std::vector<char> const cut(row.body.begin(), row.body.begin() + static_cast<std::ptrdiff_t>(size));
            auto const said = decoder.verdict_of({cut.data(), cut.size()}, depth);
            if (said != "not JSON: breaks off, at byte " + std::to_string(size) && said != "the body is empty")
                BOOST_ERROR(decoder.name << " cut at " << size << " said " << said);
        }
    }
}

/// One byte of a valid body replaced by another: any verdict will do, as long as there is one.
BOOST_AUTO_TEST_CASE(bodies_with_a_wrong_byte)
{
    std::mt19937 random{11};
    for (std::string_view const body : {responses::webhook, responses::list_of_two, responses::event_names,
                                        responses::gateway_bad_header, responses::webhook_as_result}) {
        for (std::size_t at = 0; at < body.size(); ++at)
            for (char const c :
                 {'"', '\\', '{', '}', '[', ']', ',', ':', '0', 'n', '\0', '\x80', static_cast<char>(random())}) {
                std::string changed{body};
                changed[at] = c;
                auto const& decoder = all_decoders()[random() % all_decoders().size()];
                auto const what = model::decode_webhook_answer(changed, depth);
                if (what.has_error())
                    BOOST_REQUIRE(what.error().code().failed());
                if (body != responses::gateway_bad_header)
                    BOOST_REQUIRE(!decoder.name.empty());
                (void)model::decode_list_answer(changed, depth);
                (void)model::decode_edited_answer(changed, depth);
                (void)model::decode_error_body(changed, depth);
            }
    }
}

// --- sizes ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_long_list)
{
    constexpr std::size_t count = 20'000;
    std::string body = R"({"success":true,"data":[)";
    auto hook = audit_trail();
    for (std::size_t i = 0; i < count; ++i) {
        hook.name = "webhook " + std::to_string(i);
        if (i != 0)
            body += ',';
        model::append_json(body, hook);
    }
    body += "]}";
    auto const decoded = model::decode_list_answer(body, depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_REQUIRE(decoded->size() == count);
    BOOST_TEST(decoded->front().name == "webhook 0");
    BOOST_TEST(decoded->back().name == "webhook 19999");
    BOOST_TEST((decoded->back().events == event_set::all()));
}

/// In the order that is worst for a sorted array: quadratic time would be minutes.
BOOST_AUTO_TEST_CASE(many_events_that_are_not_known)
{
    constexpr std::size_t count = 300'000;
    std::string events = "[\"meeting.ended\"";
    for (std::size_t i = count; i > 0; --i)
        events += ",\"later." + std::to_string(1'000'000 + i) + '"';
    events += ",\"later.1000001\"]";
    auto const decoded = model::decode_webhook_answer(answer_with("events", events), depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_TEST(decoded->events.size() == count + 1);
    BOOST_TEST(decoded->events.others().front() == "later.1000001");
    BOOST_TEST(decoded->events.others().back() == "later.1300000");
}

/// Events that are not known belong to their own webhook.
BOOST_AUTO_TEST_CASE(other_events_stay_apart)
{
    auto const hook = [](std::string const& events) {
        auto const whole = answer_with("events", events);
        auto const start = std::string_view{R"({"success":true,"data":)"}.size();
        return whole.substr(start, whole.size() - start - 1);
    };
    auto const decoded = model::decode_list_answer(
        answer('[' + hook(R"(["b","a"])") + ',' + hook("[]") + ',' + hook(R"(["c"])") + ']'), depth);
    BOOST_REQUIRE(decoded.has_value());
    BOOST_REQUIRE(decoded->size() == 3);
    BOOST_TEST((decoded->at(0).events == (event_type{"a"} | event_type{"b"})));
    BOOST_TEST(decoded->at(1).events.empty());
    BOOST_TEST((decoded->at(2).events == event_type{"c"}));
}

BOOST_AUTO_TEST_CASE(long_strings)
{
    constexpr std::size_t size = 8'000'000;
    std::string const plain(size, 'x');
    std::string escaped;
    for (std::size_t i = 0; i < size / 8; ++i)
        escaped += "\\nxxxxxx";
    for (auto const& text : {plain, escaped}) {
        auto const quoted = '"' + text + '"';
        BOOST_TEST(webhook_verdict(answer_with("name", quoted)) == "fine");
        BOOST_TEST(webhook_verdict(answer_with("events", '[' + quoted + ']')) == "fine");
        BOOST_TEST(webhook_verdict(answer_with_fields(",\"later\":" + quoted)) == "fine");
        auto const said = webhook_verdict(answer_with("created_at", quoted));
        BOOST_TEST(said.starts_with("data.created_at: expected a date-time"));
        BOOST_TEST(said.size() < 200);
    }
}

/// Row 84. Ten times the text takes ten times the time, where what grows with its square would take a hundred.
BOOST_AUTO_TEST_CASE(time_grows_as_the_text_does)
{
    auto const time_of = [](std::size_t count) {
        auto const one = R"({"id":"7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13","name":"a name","url":"https://example.com/",)"
                         R"("events":["meeting.started"],"enabled":true,"created_at":"2026-01-01T00:00:00.000Z",)"
                         R"("updated_at":"2026-01-01T00:00:00.000Z"})";
        std::string text = R"({"success":true,"data":[)";
        text += one;
        for (std::size_t i = 1; i != count; ++i)
            text.append(1, ',').append(one);
        text += "]}";
        auto best = std::clock_t{} - 1;
        for (int i = 0; i != 3; ++i) {
            auto const began = std::clock(); // the processor's
            auto const got = model::decode_list_answer(text, depth);
            auto const took = std::clock() - began;
            BOOST_TEST_REQUIRE(got.has_value());
            BOOST_TEST(got->size() == count);
            best = best < 0 ? took : std::min(best, took);
        }
        return best;
    };
    auto const few = time_of(2'000);
    auto const many = time_of(20'000);
    BOOST_TEST_MESSAGE(few << " and " << many << " ticks");
    BOOST_TEST(many < 40 * few);
}

/// Short names take much more memory than text.
BOOST_AUTO_TEST_CASE(names_by_the_million)
{
    auto const names = [](std::size_t count) {
        std::string text = "[\"\"";
        for (std::size_t i = 1; i != count; ++i)
            text += R"(,"")";
        return text + ']';
    };
    auto const types = [&](std::size_t count) {
        return verdict(model::decode_event_types_answer(R"({"success":true,"data":)" + names(count) + '}', depth));
    };
    BOOST_TEST(types(1000) == "fine");
    BOOST_TEST(types(1'000'000).starts_with("data[251002]: more names of events than a text of its size could mean"));
    auto const hook = [&](std::size_t count) {
        return webhook_verdict(R"({"success":true,"data":{"events":)" + names(count) + "}}");
    };
    BOOST_TEST(hook(1000).find("more names") == std::string::npos);
    BOOST_TEST(hook(1'000'000).find("more names of events") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
