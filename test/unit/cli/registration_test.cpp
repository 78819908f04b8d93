// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/registration.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_registration)

namespace {

webhook stored(std::string id, std::string name, std::string url, event_set events)
{
    webhook result;
    result.id = std::move(id);
    result.name = std::move(name);
    result.url = std::move(url);
    result.events = events;
    return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(only_what_was_asked_for_is_taken_for_the_own_webhook)
{
    webhook_spec const spec{"n", "https://h/", event_type::meeting_started | event_type::meeting_ended};
    auto const own = stored("own", "n", "https://h/", event_type::meeting_ended | event_type::meeting_started);
    std::vector<webhook> const others{
        stored("1", "m", "https://h/", own.events),
        stored("2", "n", "https://h/x", own.events),
        stored("3", "n", "https://h/", event_type::meeting_started),
        stored("4", "n", "https://h/", event_set{}),
    };
    BOOST_TEST(find_created({}, spec) == nullptr);
    BOOST_TEST(find_created(others, spec) == nullptr);
    for (std::size_t at = 0; at <= others.size(); ++at) {
        auto all = others;
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(at), own);
        auto const* const found = find_created(all, spec);
        BOOST_TEST_REQUIRE(found != nullptr);
        BOOST_TEST(found->id == "own");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
