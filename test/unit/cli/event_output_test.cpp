// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/event_output.hpp"

#include "fixtures/events.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_event_output)

namespace {

using namespace std::chrono_literals;

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

timestamp const noon{std::chrono::sys_days{2026y / 4 / 17} + 12h};

std::string row_of(std::string_view body) { return print_event_row(decode_any_event(body), noon); }

} // namespace

BOOST_AUTO_TEST_CASE(prints_no_secret_of_any_event)
{
    for (auto const body : test::events::all) {
        for (auto const format : {output_format::json, output_format::table}) {
            auto const text = print_event(decode_event(body).value(), format);
            BOOST_TEST(!contains(text, test::events::hidden), text);
            BOOST_TEST(text.ends_with('\n'));
        }
    }
    auto const live = decode_event(test::events::livestream_live).value();
    BOOST_TEST(contains(print_event(live, output_format::json), R"("streamKey":"[secret]")"));
}

BOOST_AUTO_TEST_CASE(prints_json_as_one_line_and_a_table_with_a_line_for_each_field)
{
    auto const what = decode_event(test::events::participant_joined).value();
    auto const line = print_event(what, output_format::json);
    BOOST_TEST(line.starts_with(R"({"event":"meeting.participantJoined",)"), line);
    BOOST_TEST(line.find('\n') == line.size() - 1);
    events::meeting_ended of_many_words;
    of_many_words.reason = "line\n\ttwo " + std::string(1000, 'x');
    auto const whole = decode_event(print_event(of_many_words, output_format::json));
    BOOST_TEST((whole.value() == event{of_many_words}), "a program gets texts as they are");
    auto const table = print_event(what, output_format::table);
    for (auto const* const label : {"event ", "meeting.organizedBy.name ", "participant.customParticipantId "})
        BOOST_TEST(contains('\n' + table, std::string{"\n"} + label), table);
    BOOST_TEST(contains(table, "singer-12\n"));
    auto const unknown = print_event(decode_any_event("{\"event\":\"a\\u001b[31m\"}"), output_format::table);
    BOOST_TEST(!contains(unknown, "\x1b"));
}

BOOST_AUTO_TEST_CASE(a_row_tells_when_what_and_of_which_meeting)
{
    BOOST_TEST(row_of(test::events::participant_joined) ==
               "2026-04-17T12:00:00.000Z  meeting.participantJoined   Choir practice  An alto\n");
    BOOST_TEST(row_of(test::events::livestream_live) ==
               "2026-04-17T12:00:00.000Z  livestreaming.statusUpdate  Choir practice  LIVE\n");
    BOOST_TEST(row_of(test::events::meeting_started) ==
               "2026-04-17T12:00:00.000Z  meeting.started             Choir practice\n");
    BOOST_TEST(contains(row_of(test::events::meeting_ended), "  ALL_PARTICIPANTS_LEFT\n"));
    BOOST_TEST(contains(row_of(test::events::chat_synced), "  Choir practice\n"));
    BOOST_TEST(contains(row_of(test::events::recording_uploaded), "  UPLOADED\n"));
    BOOST_TEST(contains(row_of(test::events::summary), test::events::meeting_id));
    BOOST_TEST(row_of(R"({"event":"meeting.paused","by":7})") == "2026-04-17T12:00:00.000Z  meeting.paused\n");
    auto const undecodable = std::get<events::unknown_event>(decode_any_event("nonsense"));
    BOOST_TEST(contains(row_of("nonsense"), undecodable.why->message()));
}

BOOST_AUTO_TEST_CASE(a_row_is_one_harmless_line_without_a_secret)
{
    for (auto const body : test::events::all) {
        auto const row = row_of(body);
        BOOST_TEST(!contains(row, test::events::hidden), row);
        BOOST_TEST(row.find('\n') == row.size() - 1, row);
    }
    auto const row = row_of(R"({"event":"meeting.started","meeting":{"title":"a\n\u001b[31m"}})");
    BOOST_TEST(!contains(row, "\x1b"), row);
    BOOST_TEST(row.find('\n') == row.size() - 1, row);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
