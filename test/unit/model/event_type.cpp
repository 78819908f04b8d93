// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/webhook.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <unordered_map>

using rtkhooks::event_set;
using rtkhooks::event_type;

BOOST_AUTO_TEST_SUITE(model_event_type)

namespace {

struct documented {
    event_type::known event;
    std::string_view name;
};
constexpr documented all_documented[] = {
    {event_type::meeting_started, "meeting.started"},
    {event_type::meeting_ended, "meeting.ended"},
    {event_type::meeting_participant_joined, "meeting.participantJoined"},
    {event_type::meeting_participant_left, "meeting.participantLeft"},
    {event_type::meeting_chat_synced, "meeting.chatSynced"},
    {event_type::recording_status_update, "recording.statusUpdate"},
    {event_type::livestreaming_status_update, "livestreaming.statusUpdate"},
    {event_type::meeting_transcript, "meeting.transcript"},
    {event_type::meeting_summary, "meeting.summary"},
};

std::vector<std::string> names_of(event_set const& events)
{
    std::vector<std::string> result;
    for (auto const& event : events)
        result.emplace_back(event.name());
    return result;
}

template <class T>
std::string printed(T const& value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

} // namespace

BOOST_AUTO_TEST_CASE(documented_events_have_their_names)
{
    BOOST_TEST(std::size(all_documented) == event_type::known_count);
    for (auto const& [event, name] : all_documented) {
        BOOST_TEST_CONTEXT(name)
        {
            BOOST_TEST(event_type{event}.name() == name);
            BOOST_TEST(event_type{name} == event_type{event});
            BOOST_REQUIRE(event_type{name}.as_known().has_value());
            BOOST_TEST(*event_type{name}.as_known() == event);
            BOOST_TEST(printed(event) == name);
            BOOST_TEST(printed(event_type{event}) == name);
        }
    }
}

BOOST_AUTO_TEST_CASE(other_names_are_kept)
{
    for (std::string_view const name :
         {"meeting.recorded", "", "Meeting.started", "meeting.starte", "meeting.started "}) {
        BOOST_TEST_CONTEXT('"' << name << '"')
        {
            event_type const event{name};
            BOOST_TEST(event.name() == name);
            BOOST_TEST(!event.as_known().has_value());
            BOOST_TEST(event != event_type{event_type::meeting_started});
            BOOST_TEST(event == event_type{name});
        }
    }
    BOOST_TEST(printed(event_type{"a\nb"}) == "a\\nb");
}

BOOST_AUTO_TEST_CASE(sets_are_built_with_or)
{
    auto const known = event_type::meeting_started | event_type::meeting_summary;
    BOOST_TEST(known.size() == 2);
    BOOST_TEST(known.contains(event_type::meeting_started));
    BOOST_TEST(known.contains(event_type{"meeting.summary"}));
    BOOST_TEST(!known.contains(event_type::meeting_ended));
    BOOST_TEST(!known.contains(event_type{"x"}));

    auto const mixed = event_type{"x"} | event_type{event_type::meeting_ended};
    BOOST_TEST(mixed.size() == 2);
    BOOST_TEST(mixed.contains(event_type{"x"}));
    BOOST_TEST((known | mixed).size() == 4);
    BOOST_TEST((known | mixed) == (mixed | known));
    BOOST_TEST((known | known) == known);
    BOOST_TEST((known | event_set{}) == known);
    BOOST_TEST((event_set{} | mixed) == mixed);
}

BOOST_AUTO_TEST_CASE(all_are_the_documented_ones)
{
    BOOST_TEST(event_set::all().size() == event_type::known_count);
    std::size_t i = 0;
    for (auto const& event : event_set::all())
        BOOST_TEST(event.name() == all_documented[i++].name);
    BOOST_TEST(i == event_type::known_count);
}

BOOST_AUTO_TEST_CASE(iteration_goes_by_number_and_then_by_name)
{
    event_set events;
    for (std::string_view const name : {"zeta", "meeting.summary", "alpha", "meeting.ended", "mid", "alpha"})
        events.insert(name);
    BOOST_TEST(names_of(events) ==
                   (std::vector<std::string>{"meeting.ended", "meeting.summary", "alpha", "mid", "zeta"}),
               boost::test_tools::per_element());
    BOOST_TEST(events.others() == (std::vector<std::string>{"alpha", "mid", "zeta"}), boost::test_tools::per_element());
    BOOST_TEST(printed(events) == "meeting.ended|meeting.summary|alpha|mid|zeta");

    BOOST_TEST(names_of({}).empty());
    BOOST_TEST((event_set{}.begin() == event_set{}.begin()) == false); // of two sets
    event_set const none;
    BOOST_TEST((none.begin() == none.end()));

    event_set unknown_only;
    unknown_only.insert(event_type{"only"});
    BOOST_TEST(names_of(unknown_only) == std::vector<std::string>{"only"}, boost::test_tools::per_element());
    auto position = unknown_only.begin();
    BOOST_TEST((*position++).name() == "only");
    BOOST_TEST((position == unknown_only.end()));
}

/// Every subset of the documented events, with and without another one: insert, iterate, compare, erase.
BOOST_AUTO_TEST_CASE(every_subset)
{
    for (unsigned bits = 0; bits < 1u << event_type::known_count; ++bits) {
        event_set events;
        std::vector<std::string> expected;
        for (std::size_t i = 0; i < event_type::known_count; ++i)
            if ((bits >> i & 1u) != 0) {
                events.insert(all_documented[i].event);
                expected.emplace_back(all_documented[i].name);
            }
        bool const good =
            names_of(events) == expected && events.size() == expected.size() && events.empty() == expected.empty();
        BOOST_TEST(good, "subset " << bits);
        auto with_other = events | event_type{"other"};
        expected.emplace_back("other");
        BOOST_TEST((names_of(with_other) == expected), "subset " << bits << " and another");
        with_other.erase(event_type{"other"});
        BOOST_TEST((with_other == events));
    }
}

BOOST_AUTO_TEST_CASE(erase_of_what_is_not_there_does_nothing)
{
    auto events = event_type::meeting_started | event_type{"b"};
    auto const before = events;
    events.erase(event_type::meeting_ended);
    events.erase(event_type{"a"});
    events.erase(event_type{"c"});
    BOOST_TEST((events == before));
    events.erase(event_type::meeting_started);
    events.erase(event_type{"b"});
    BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_SUITE_END()
