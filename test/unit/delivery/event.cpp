// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/event.hpp>

#include "fixtures/events.hpp"
#include "model/utf8.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

using namespace rtkhooks;
using namespace std::chrono_literals;
namespace bodies = rtkhooks::test::events;

BOOST_AUTO_TEST_SUITE(delivery_event)

namespace {

timestamp at(std::string_view text) { return parse_timestamp(text).value(); }

template <class T>
std::string shown(T const& value)
{
    std::ostringstream out;
    out << value;
    return std::move(out).str();
}

/// Why a body cannot be decoded, or "decoded".
std::string reason(std::string_view body)
{
    auto const decoded = decode_event(body);
    return decoded ? "decoded" : decoded.error().parts().explanation;
}

/// The event of a type that a body must be.
template <class T>
T decoded(std::string_view body)
{
    auto any = decode_event(body);
    BOOST_TEST_REQUIRE(any.has_value(), reason(body));
    auto* const one = std::get_if<T>(&*any);
    BOOST_TEST_REQUIRE(one != nullptr, shown(*any));
    BOOST_TEST(one->body == body);
    return *one;
}

// What the fixtures say, put together by hand.

events::organizer choir()
{
    events::organizer result;
    result.id = bodies::app_id;
    result.name = "Town choir";
    return result;
}

events::meeting meeting_that_goes_on()
{
    events::meeting result;
    result.id = bodies::meeting_id;
    result.session_id = bodies::session_id;
    result.title = "Choir practice";
    result.status = "LIVE";
    result.created_at = at("2026-04-17T18:25:00Z");
    result.started_at = at("2026-04-17T18:30:00.25Z");
    result.organized_by = choir();
    return result;
}

events::meeting meeting_that_ended()
{
    auto result = meeting_that_goes_on();
    result.ended_at = at("2026-04-17T20:00:00Z");
    return result;
}

events::participant singer()
{
    events::participant result;
    result.peer_id = bodies::peer_id;
    result.user_display_name = "An alto";
    result.custom_participant_id = "singer-12";
    result.joined_at = at("2026-04-17T18:31:02Z");
    return result;
}

auto const expiry = at("2026-04-24T20:00:00Z");

/// In the order of event_type::known.
std::vector<event> expected_events()
{
    events::meeting_started started;
    started.meeting = meeting_that_goes_on();
    events::meeting_ended ended;
    ended.meeting = meeting_that_ended();
    ended.reason = "ALL_PARTICIPANTS_LEFT";
    events::meeting_participant_joined joined;
    joined.meeting = meeting_that_goes_on();
    joined.participant = singer();
    events::meeting_participant_left left;
    left.meeting = meeting_that_ended();
    left.participant = singer();
    left.participant->left_at = at("2026-04-17T19:45:00Z");
    events::meeting_chat_synced chat;
    chat.meeting_id = bodies::meeting_id;
    chat.session_id = bodies::session_id;
    chat.title = "Choir practice";
    chat.created_at = at("2026-04-17T18:25:00Z");
    chat.started_at = at("2026-04-17T18:30:00.25Z");
    chat.ended_at = at("2026-04-17T20:00:00Z");
    chat.organized_by = choir();
    chat.chat_download_url = secret{"https://files.example.com/chat?key=do-not-show"};
    chat.chat_download_url_expiry = expiry;
    events::recording_status_update recorded;
    recorded.meeting = meeting_that_ended();
    auto& file = recorded.recording.emplace();
    file.id = bodies::recording_id;
    file.recording_id = bodies::recording_id;
    file.status = "UPLOADED";
    file.started_time = at("2026-04-17T18:30:01Z");
    file.stopped_time = at("2026-04-17T20:00:01Z");
    file.file_size = 734'003'200;
    file.download_url = secret{"https://files.example.com/video?key=do-not-show"};
    file.audio_download_url = secret{"https://files.example.com/audio?key=do-not-show"};
    file.download_url_expiry = expiry;
    file.output_file_name = "practice.mp4";
    file.recording_duration = 90min;
    file.meeting_id = bodies::meeting_id;
    file.organization_id = bodies::app_id;
    file.room_uuid = bodies::session_id;
    events::livestreaming_status_update live;
    live.stream_id = "4c6d8e0f-1a2b-4c3d-9e5f-7a8b9c0d1e2f";
    live.status = "LIVE";
    live.manual_ingest = true;
    live.playback_url = "https://live.example.com/choir.m3u8";
    live.ingest_server = "rtmps://live.example.com/in";
    live.stream_key = secret{"key-do-not-show"};
    live.meeting = meeting_that_goes_on();
    live.meeting->session_id.reset();
    live.meeting->started_at.reset();
    events::meeting_transcript words;
    words.meeting = meeting_that_ended();
    words.transcript_download_url = secret{"https://files.example.com/words.csv?key=do-not-show"};
    words.transcript_download_url_expiry = expiry;
    events::meeting_summary summary;
    auto& of = summary.meeting.emplace();
    of.id = bodies::meeting_id;
    of.session_id = bodies::session_id;
    of.organized_by = choir();
    summary.summary_download_url = secret{"https://files.example.com/summary.txt?key=do-not-show"};
    summary.summary_download_url_expiry = expiry;
    return {started, ended, joined, left, chat, recorded, live, words, summary};
}

template <class... T>
constexpr bool are_regular(std::variant<T...> const*)
{
    return (... && (std::is_copy_constructible_v<T> && std::is_nothrow_move_constructible_v<T> &&
                    std::is_copy_assignable_v<T> && !std::is_aggregate_v<T>));
}
static_assert(are_regular(static_cast<event const*>(nullptr)));
static_assert(!std::is_aggregate_v<events::meeting> && !std::is_aggregate_v<events::organizer> &&
              !std::is_aggregate_v<events::participant> && !std::is_aggregate_v<events::recording>);

} // namespace

BOOST_AUTO_TEST_CASE(each_of_the_nine_has_all_its_fields)
{
    auto const expected = expected_events();
    BOOST_TEST_REQUIRE(expected.size() == bodies::all.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        auto const got = decode_event(bodies::all[i]);
        BOOST_TEST_REQUIRE(got.has_value(), reason(bodies::all[i]));
        BOOST_TEST(*got == expected[i]);
        BOOST_TEST(got->index() == i);
        BOOST_TEST(type_of(*got) == event_type{static_cast<event_type::known>(i)});
        BOOST_TEST(base_of(*got).body == bodies::all[i]);
        BOOST_TEST(base_of(expected[i]).body.empty());
        BOOST_TEST(decode_any_event(bodies::all[i]) == expected[i]);
        // No two events are equal.
        BOOST_TEST(std::count(expected.begin(), expected.end(), *got) == 1);
    }
}

BOOST_AUTO_TEST_CASE(earlier_forms)
{
    auto const running = decoded<events::recording_status_update>(bodies::recording_in_progress);
    BOOST_TEST(!running.meeting.value().ended_at.has_value());
    BOOST_TEST(running.meeting->room_name.value() == "qwz-tkvb");
    BOOST_TEST((running.recording.value().started_time == at("2026-04-17T18:30:01.204518Z")));

    auto const numbers = decoded<events::recording_status_update>(bodies::recording_with_numbers);
    BOOST_TEST(!numbers.meeting.has_value());
    BOOST_TEST(numbers.recording.value().file_size.value() == 734'003'200u);
    BOOST_TEST((numbers.recording->stopped_time == at("2026-04-17T20:00:01.118Z")));
    BOOST_TEST((numbers.recording->recording_duration == 500ms));
    BOOST_TEST(numbers.recording->stop_reason.value() == "{'reason':'ALL_PEERS_LEFT'}");

    auto const older = decoded<events::meeting_participant_joined>(bodies::participant_with_older_id);
    BOOST_TEST(older.participant.value().client_specific_id.value() == "singer-12");
    BOOST_TEST(!older.participant->custom_participant_id.has_value());

    auto const offline = decoded<events::livestreaming_status_update>(bodies::livestream_offline);
    BOOST_TEST(offline.status.value() == "OFFLINE");
    BOOST_TEST(!offline.manual_ingest.has_value());
    BOOST_TEST(!offline.stream_key.has_value());
}

BOOST_AUTO_TEST_CASE(all_but_the_name_may_be_missing_or_null)
{
    for (std::size_t i = 0; i < event_type::known_count; ++i) {
        event_type const type{static_cast<event_type::known>(i)};
        auto const name = std::string{type.name()};
        auto const bare = decode_event("{\"event\":\"" + name + "\"}");
        BOOST_TEST_REQUIRE(bare.has_value());
        BOOST_TEST(type_of(*bare) == type);
        BOOST_TEST(encode(*bare) == "{\"event\":\"" + name + "\"}");

        // Every field of the sample as null, one after the other, then every field of its objects.
        auto const whole = boost::json::parse({bodies::all[i].data(), bodies::all[i].size()}).get_object();
        for (auto const& member : whole) {
            auto changed = whole;
            changed[member.key()] = nullptr;
            auto const body = boost::json::serialize(changed);
            BOOST_TEST(reason(body) == (member.key() == "event" ? "event: missing" : "decoded"), body);
            if (!member.value().is_object())
                continue;
            for (auto const& inner : member.value().get_object()) {
                changed[member.key()] = member.value();
                changed[member.key()].get_object()[inner.key()] = nullptr;
                BOOST_TEST(reason(boost::json::serialize(changed)) == "decoded");
                changed[member.key()].get_object().erase(inner.key());
                BOOST_TEST(reason(boost::json::serialize(changed)) == "decoded");
            }
        }
    }
}

/// Each field of each sample with a value of another kind: an error that names it, and nothing of its value. The body
/// then is a raw event, as row 111 wants it.
BOOST_AUTO_TEST_CASE(a_value_of_another_kind_is_refused_by_its_path)
{
    int refused = 0;
    auto const check = [&](boost::json::object const& body, std::string const& path, std::string_view was) {
        auto const text = boost::json::serialize(body);
        auto const why = reason(text);
        BOOST_TEST(why == path + ": expected " + std::string{was} + ", found an array", why);
        auto const any = decode_any_event(text);
        auto const* const raw = std::get_if<events::unknown_event>(&any);
        BOOST_TEST_REQUIRE(raw != nullptr);
        BOOST_TEST(raw->body == text);
        BOOST_TEST(raw->why.value().parts().explanation == why);
        BOOST_TEST((raw->why == decode_event(text).error()));
        BOOST_TEST(shown(any).find(bodies::hidden) == std::string::npos);
        ++refused;
    };
    auto const kind = [](boost::json::string_view key, boost::json::value const& value) -> std::string_view {
        if (key == "fileSize")
            return "a number";
        return value.is_object()   ? "an object"
               : value.is_bool()   ? "a boolean"
               : value.is_number() ? "a number"
                                   : "a string";
    };
    boost::json::array const other{1, "do-not-show"};
    for (auto const body : bodies::all) {
        auto const whole = boost::json::parse({body.data(), body.size()}).get_object();
        for (auto const& member : whole) {
            auto changed = whole;
            changed[member.key()] = other;
            check(changed, std::string{member.key()}, kind(member.key(), member.value()));
            if (!member.value().is_object())
                continue;
            for (auto const& inner : member.value().get_object()) {
                changed[member.key()] = member.value();
                auto& object = changed[member.key()].get_object();
                object[inner.key()] = other;
                auto const path = std::string{member.key()}.append(".").append(inner.key());
                check(changed, path, kind(inner.key(), inner.value()));
                if (!inner.value().is_object())
                    continue;
                for (auto const& innermost : inner.value().get_object()) {
                    object[inner.key()] = inner.value();
                    object[inner.key()].get_object()[innermost.key()] = other;
                    check(changed, path + '.' + std::string{innermost.key()}, "a string");
                }
            }
        }
    }
    BOOST_TEST(refused == 135);
}

BOOST_AUTO_TEST_CASE(values_that_are_refused)
{
    auto const recording = [](std::string_view member) {
        return std::string{R"({"event":"recording.statusUpdate","recording":{)"}.append(member).append("}}");
    };
    struct row {
        std::string body;
        std::string_view expected;
    };
    std::string_view const no_time =
        "expected a date-time such as 2026-06-03T10:00:00.000Z, found another text"; // as for a webhook
    row const rows[] = {
        {recording(R"("fileSize":-1)"), "recording.fileSize: expected a number of bytes, found another number"},
        {recording(R"("fileSize":1.5)"), "recording.fileSize: expected a number of bytes, found another number"},
        {recording(R"("fileSize":1e20)"), "recording.fileSize: expected a number of bytes, found another number"},
        {recording(R"("fileSize":true)"), "recording.fileSize: expected a number, found a boolean"},
        {recording(R"("fileSize":"")"), "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("fileSize":"-1")"), "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("fileSize":"+1")"), "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("fileSize":" 1")"), "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("fileSize":"1 ")"), "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("fileSize":"0x1")"), "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("fileSize":"18446744073709551616")"),
         "recording.fileSize: expected a number of bytes, found another text"},
        {recording(R"("recordingDuration":"1800")"), "recording.recordingDuration: expected a number, found a string"},
        {recording(R"("startedTime":1780480805903)"), "recording.startedTime: expected a string, found a number"},
        {R"({"event":7})", "event: expected a string, found a number"},
        {R"({"event":""})", "event: empty"},
        {R"({"type":"meeting.started"})", "event: missing"},
        {"{}", "event: missing"},
        {"[]", "the whole: expected an object, found an array"},
        {"null", "the whole: expected an object, found null"},
        {R"("meeting.started")", "the whole: expected an object, found a string"},
        {"", "the body is empty"},
        {" \r\n", "the body is empty"},
        {"{\"event\":\"meeting.started\"", "not JSON: breaks off, at byte 26"},
        {"{\"event\":\"meeting.started\"} x", "not JSON: text after the end, at byte 28"},
        {"\xef\xbb\xbf{\"event\":\"meeting.started\"}", "not JSON: starts with a byte order mark, at byte 0"},
        {"{'event':'meeting.started'}", "not JSON: unexpected ''', at byte 1"},
        {"{\"event\":\"\xff\"}", "not JSON: a byte that belongs to no UTF-8 character, at byte 10"},
    };
    for (auto const& row : rows)
        BOOST_TEST(reason(row.body) == row.expected, row.body << ": " << reason(row.body));
    BOOST_TEST(reason(recording(R"("startedTime":"yesterday")")) == "recording.startedTime: " + std::string{no_time});
    BOOST_TEST(reason(recording(R"("recordingDuration":1e999)")) != "decoded");

    auto const why = decode_event("{}").error();
    BOOST_TEST(why.code() == errc::decode_failed);
    BOOST_TEST(why.phase() == phase::decode);
    BOOST_TEST(why.request_state() == request_state::unsent);
    BOOST_TEST(why.message() == "could not decode: event: missing");
}

BOOST_AUTO_TEST_CASE(sizes_are_read_as_numbers_and_as_texts)
{
    struct row {
        std::string_view text;
        std::uint64_t expected;
    };
    row const rows[] = {
        {"0", 0},
        {"\"0\"", 0},
        {"2044680", 2044680},
        {"\"2044680\"", 2044680},
        {"\"007\"", 7},
        {"2.0e3", 2000},
        {"18446744073709551615", 18446744073709551615u},
        {"\"18446744073709551615\"", 18446744073709551615u},
    };
    for (auto const& row : rows) {
        auto const body =
            std::string{R"({"event":"recording.statusUpdate","recording":{"fileSize":)"}.append(row.text).append("}}");
        BOOST_TEST((decoded<events::recording_status_update>(body).recording.value().file_size == row.expected),
                   row.text);
    }
}

BOOST_AUTO_TEST_CASE(events_that_are_not_known)
{
    auto const got = decoded<events::unknown_event>(bodies::not_known);
    BOOST_TEST(got.type == event_type{"meeting.paused"});
    BOOST_TEST(!got.why.has_value());
    BOOST_TEST(shown(got) == R"({"event":"meeting.paused"})");
    BOOST_TEST(encode(got) == bodies::not_known);
    BOOST_TEST(type_of(got).name() == "meeting.paused");
    BOOST_TEST((decode_any_event(bodies::not_known) == event{got}));

    // Names are what they are, to the letter.
    for (std::string_view const name : {"meeting.Started", "meeting.started ", "started", "meeting.started\\u0000"}) {
        auto const body = std::string{"{\"event\":\""}.append(name).append("\"}");
        BOOST_TEST(!decoded<events::unknown_event>(body).type.as_known().has_value());
    }
    auto const named = [](std::size_t size) { return "{\"event\":\"" + std::string(size, 'n') + "\"}"; };
    BOOST_TEST(decoded<events::unknown_event>(named(256)).type.name() == std::string(256, 'n'));
    BOOST_TEST(reason(named(257)) == "event: longer than 256 bytes");

    // What cannot be decoded keeps its name, if that can be had.
    auto const wrong = decode_any_event(R"({"event":"meeting.ended","reason":7})");
    BOOST_TEST(type_of(wrong) == event_type{event_type::meeting_ended});
    BOOST_TEST(wrong.index() == event_type::known_count);
    BOOST_TEST(shown(wrong) ==
               R"({"event":"meeting.ended","why":"could not decode: reason: expected a string, found a number"})");
    BOOST_TEST(type_of(decode_any_event("")).name() == "");

    events::unknown_event const one{event_type{"a"}, "{}"};
    BOOST_TEST((one == events::unknown_event{event_type{"a"}, "{}"}));
    BOOST_TEST(!(one == events::unknown_event{event_type{"b"}, "{}"}));
    BOOST_TEST(!(one == events::unknown_event{event_type{"a"}, "{ }"}));
    BOOST_TEST(!(one == events::unknown_event{event_type{"a"}, "{}", error{errc::decode_failed}}));
}

BOOST_AUTO_TEST_CASE(members_that_are_not_known_are_kept)
{
    std::string_view const body =
        R"({"event":"meeting.started","region":{"near":[1,2]},"meeting":{"id":"a","mood":7}})";
    auto const got = decoded<events::meeting_started>(body);
    BOOST_TEST(got.meeting.value().id.value() == "a");
    auto const all = got.json();
    BOOST_TEST_REQUIRE(all.has_value());
    BOOST_TEST((all->at("region").at("near").at(1) == 2));
    BOOST_TEST((all->at("meeting").at("mood") == 7));
    // They make no difference to the value.
    BOOST_TEST((got == decoded<events::meeting_started>(R"({"event":"meeting.started","meeting":{"id":"a"}})")));

    BOOST_TEST(base_of(decode_any_event("[1]")).json().error().parts().explanation ==
               "the whole: expected an object, found an array");
    BOOST_TEST(events::meeting_started{}.json().error().code() == errc::decode_failed);
}

BOOST_AUTO_TEST_CASE(names_that_are_given_twice_are_refused)
{
    std::string_view const twice = "the whole: an object has two members of one name";
    BOOST_TEST(reason(R"({"event":"meeting.started","event":"meeting.ended"})") == twice);
    BOOST_TEST(reason(R"({"event":"meeting.started","event":"meeting.started"})") == twice);
    BOOST_TEST(reason(R"({"event":"meeting.started","\u0065vent":"meeting.ended"})") == twice);
    BOOST_TEST(reason(R"({"event":"meeting.started","meeting":{"id":"a","id":"b"}})") == twice);
    BOOST_TEST(reason(R"({"event":"meeting.started","other":[{"a":1},{"a":1,"a":2}]})") == twice);
    // Colons and quotes in texts are none of names.
    BOOST_TEST(reason(R"({"event":"meeting.started","a:\":b":"c:\\","d":["e:\\\"f:"],"g":[{"a":":"},{"a":1}]})") ==
               "decoded");
    BOOST_TEST(decode_any_event(R"({"event":"meeting.started","event":"meeting.ended"})").index() ==
               event_type::known_count);
}

BOOST_AUTO_TEST_CASE(depth_is_limited_and_time_is_linear)
{
    auto const nested = [](std::size_t levels) {
        return R"({"event":"meeting.started","x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + '}';
    };
    BOOST_TEST(reason(nested(32)) == "decoded");
    BOOST_TEST(reason(nested(33)).starts_with("nested deeper than 32 levels"), reason(nested(33)));
    BOOST_TEST(reason(nested(1'000'000)).starts_with("nested deeper than 32 levels"));

    // A hundred thousand members, values and quotes: with time that grows with the square this would not end.
    std::string members = R"({"event":"meeting.started")";
    std::string array = R"({"event":"meeting.started","x":[0)";
    for (int i = 0; i < 100'000; ++i) {
        members.append(",\"").append(std::to_string(i)).append("\":\"\\\"\"");
        array += ",{}";
    }
    BOOST_TEST(reason(members + '}') == "decoded");
    BOOST_TEST(reason(array + "]}") == "decoded");
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded_to_the_same)
{
    for (auto const& each : expected_events()) {
        auto const text = encode(each);
        auto const again = decode_event(text);
        BOOST_TEST_REQUIRE(again.has_value(), reason(text));
        BOOST_TEST(*again == each);
        BOOST_TEST(encode(*again) == text);
        BOOST_TEST(text.find('\n') == std::string::npos);
    }
    for (auto const body : {bodies::recording_in_progress, bodies::recording_with_numbers,
                            bodies::participant_with_older_id, bodies::livestream_offline}) {
        auto const first = decode_event(body).value();
        BOOST_TEST((decode_event(encode(first)).value() == first));
    }
    events::meeting_ended long_one; // not as it is printed
    long_one.reason = "\x1b[31m\n\\\"" + std::string(1000, 'x') + "\xe2\x80\xae";
    BOOST_TEST((decode_event(encode(long_one)).value() == event{long_one}));
    // All of a sample but white space, the order of members, and how times and sizes are written.
    for (auto const body : bodies::all) {
        auto const tree = boost::json::parse({body.data(), body.size()});
        BOOST_TEST((boost::json::parse(encode(decode_event(body).value())) == tree), body);
    }
}

BOOST_AUTO_TEST_CASE(secrets_never_print)
{
    int secrets = 0;
    for (auto const body : bodies::all) {
        auto const event = decode_event(body).value();
        auto const text = shown(event);
        BOOST_TEST(text.find(bodies::hidden) == std::string::npos, text);
        BOOST_TEST(encode_without_secrets(event).find(bodies::hidden) == std::string::npos);
        for (auto at = text.find("\"[secret]\""); at != text.npos; at = text.find("\"[secret]\"", at + 1))
            ++secrets;
        bool const has_any = body.find(bodies::hidden) != body.npos;
        BOOST_TEST((encode(event).find(bodies::hidden) != std::string::npos) == has_any);
    }
    BOOST_TEST(secrets == 6);
    auto const live = decoded<events::livestreaming_status_update>(bodies::livestream_live);
    BOOST_TEST(live.stream_key.value().reveal() == "key-do-not-show");
    BOOST_TEST(
        shown(*decoded<events::recording_status_update>(bodies::recording_uploaded).recording).find(bodies::hidden) ==
        std::string::npos);

    // Nor do errors show what stands at the place of which they tell.
    for (std::string_view const body :
         {R"({"event":"livestreaming.statusUpdate","streamKey":["do-not-show"]})",
          R"({"event":"meeting.summary","summaryDownloadUrlExpiry":"do-not-show"})",
          R"({"event":"recording.statusUpdate","recording":{"fileSize":"do-not-show"}})",
          R"({"event":"livestreaming.statusUpdate","streamKey":"do-not-show)",
          R"({"event":"livestreaming.statusUpdate","streamKey":"do-not-show"} do-not-show)"}) {
        BOOST_TEST(reason(body).find(bodies::hidden) == std::string::npos, reason(body));
        BOOST_TEST(reason(body) != "decoded");
        BOOST_TEST(shown(decode_any_event(body)).find(bodies::hidden) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(printing_is_one_harmless_line)
{
    auto const printed = shown(decode_event(bodies::meeting_ended).value());
    BOOST_TEST(printed == R"({"event":"meeting.ended","meeting":{"id":"5d0f7a9e-2c41-4b86-9e13-f08b6c2d7a54",)"
                          R"("sessionId":"e1b83c60-97d4-4fa2-8c05-3a6e9d1f4b72","title":"Choir practice",)"
                          R"("status":"LIVE","createdAt":"2026-04-17T18:25:00.000Z",)"
                          R"("startedAt":"2026-04-17T18:30:00.250Z","endedAt":"2026-04-17T20:00:00.000Z",)"
                          R"("organizedBy":{"id":"08f4d2b7-6e3a-4c19-b5d8-91c7e0a2f63d","name":"Town choir"}},)"
                          R"("reason":"ALL_PARTICIPANTS_LEFT"})");

    events::meeting_ended ended;
    ended.reason = "red \x1b[31m\n\xe2\x80\xae\xc2\x9b\xff\"";
    BOOST_TEST(shown(ended) == R"({"event":"meeting.ended","reason":"red \\x1b[31m\\n\\u202e\\u009b\\xff\""})");
    ended.reason = std::string(100'000, 'x');
    BOOST_TEST(shown(ended).size() < 400u);
    events::unknown_event const unknown{event_type{"\x1b[31m" + std::string(1000, 'x')}, "{}"};
    BOOST_TEST(model::is_valid_utf8(shown(unknown)));
    BOOST_TEST(shown(unknown).find('\x1b') == std::string::npos);
    BOOST_TEST(shown(unknown).size() < 400u);

    events::organizer const none;
    BOOST_TEST(shown(none) == "{}");
    BOOST_TEST(shown(choir()) == R"({"id":"08f4d2b7-6e3a-4c19-b5d8-91c7e0a2f63d","name":"Town choir"})");
    BOOST_TEST(shown(singer()).find("\"peerId\":\"b26c9e04") == 1u);
    BOOST_TEST(shown(meeting_that_goes_on()).find("{\"id\":\"5d0f7a9e") == 0u);
}

BOOST_AUTO_TEST_CASE(a_visitor_takes_the_events_that_it_wants)
{
    auto const meeting_of = overload{
        [](events::meeting_ended const& ended) { return "ended: " + ended.reason.value_or("?"); },
        [](events::unknown_event const& other) { return "unknown: " + std::string{other.type.name()}; },
        [](auto const& other) { return "other: " + std::string{event_type{other.type}.name()}; },
    };
    BOOST_TEST(std::visit(meeting_of, decode_event(bodies::meeting_ended).value()) == "ended: ALL_PARTICIPANTS_LEFT");
    BOOST_TEST(std::visit(meeting_of, decode_event(bodies::summary).value()) == "other: meeting.summary");
    BOOST_TEST(std::visit(meeting_of, decode_event(bodies::not_known).value()) == "unknown: meeting.paused");
}

BOOST_AUTO_TEST_SUITE_END()
