// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/owners.hpp"

#include "fixtures/events.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(delivery_owners)

namespace {

struct row {
    std::string body;
    bool ours;
};

std::vector<std::string> const ours{"other", "app-1"};

std::vector<row> const rows{
    {R"({"event":"meeting.started","meeting":{"organizedBy":{"id":"app-1","name":"x"}}})", true},
    {R"({"event":"meeting.chatSynced","organizedBy":{"id":"app-1"}})", true},
    {R"({"event":"recording.statusUpdate","recording":{"organizationId":"app-1"}})", true},
    {R"({"event":"x","recording":{"organizationId":"org-9"},"meeting":{"organizedBy":{"id":"app-1"}}})", true},
    {R"({"event":"brand.new","meeting":{"organizedBy":{"id":"app-1"}}})", true},
    {R"({"event":"meeting.started","meeting":{"organizedBy":{"id":"app-2"}}})", false},
    {R"({"event":"meeting.started","meeting":{"organizedBy":{"id":"app-1 "}}})", false},
    {R"({"event":"meeting.started","meeting":{"organizedBy":{"name":"app-1"}}})", false},
    {R"({"event":"meeting.started","meeting":{"id":"app-1","title":"app-1"}})", false},
    {R"({"event":"meeting.started","meeting":{"organizedBy":{"id":["app-1"]}}})", false},
    {R"({"event":"meeting.started","meeting":{"organizedBy":"app-1"}})", false},
    {R"({"event":"livestreaming.statusUpdate","streamId":"app-1"})", false},
    {R"({"event":"brand.new"})", false},
    {R"(["app-1"])", false},
    {"app-1", false},
};

} // namespace

BOOST_AUTO_TEST_CASE(row_108_events_of_others)
{
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.body)
        BOOST_TEST(delivery::is_of(decode_any_event(each.body), ours) == each.ours);
    }
}

BOOST_AUTO_TEST_SUITE_END()
