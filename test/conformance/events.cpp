// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "conformance/vectors.hpp"

#include <rtkhooks/event.hpp>

#include <boost/test/tree/test_case_counter.hpp>
#include <boost/test/tree/traverse.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>
#include <vector>

// Sample events of RealtimeKit's guide, and in variants/ the forms of its earlier texts: null and missing fields, numbers
// for texts, times with a space. They lie in api/events beside the folder that RTKHOOKS_VECTORS names.

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(event_samples)

namespace json = boost::json;

namespace {

/// Where they are missing, the program ends as one that is skipped, if this is all that it runs, as CTest has it.
std::filesystem::path samples()
{
    auto const folder = test::beside_vectors("api/events");
    if (std::filesystem::exists(folder))
        return folder;
    std::cout << "skipped: there is no " << folder << std::endl;
    boost::unit_test::test_case_counter enabled;
    boost::unit_test::traverse_test_tree(boost::unit_test::framework::master_test_suite(), enabled);
    if (enabled.p_count == 1)
        std::exit(77);
    return {};
}

std::vector<std::filesystem::path> files_of(std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> files;
    for (auto const& each : std::filesystem::directory_iterator{folder})
        if (each.path().extension() == ".json")
            files.push_back(each.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// The paths of all members that are not null.
void add_members(std::set<std::string>& to, std::string const& at, json::value const& from)
{
    if (!from.is_object())
        return;
    for (auto const& each : from.get_object()) {
        if (each.value().is_null())
            continue;
        auto const path = at + '.' + std::string{each.key()};
        to.insert(path);
        add_members(to, path, each.value());
    }
}

std::set<std::string> members_of(json::value const& from)
{
    std::set<std::string> members;
    add_members(members, "", from);
    return members;
}

/// @return the event that it is of
std::optional<event_type::known> check(std::filesystem::path const& file)
{
    auto const text = test::content(file);
    auto const tree = json::parse(text);
    auto const name = test::text_of(tree.as_object(), "event");
    auto const decoded = decode_event(text);
    BOOST_TEST_REQUIRE(decoded.has_value(), decoded.error());
    BOOST_TEST(type_of(*decoded).name() == name);
    BOOST_TEST(!std::holds_alternative<events::unknown_event>(*decoded));
    BOOST_TEST((decode_any_event(text) == *decoded));
    BOOST_TEST(base_of(*decoded).body == text);
    auto const encoded = encode(*decoded);
    BOOST_TEST((members_of(json::parse(encoded)) == members_of(tree)), "nothing is passed over: " << encoded);
    auto const again = decode_event(encoded);
    BOOST_TEST_REQUIRE(again.has_value(), again.error());
    BOOST_TEST((*again == *decoded));
    return type_of(*decoded).as_known();
}

} // namespace

BOOST_AUTO_TEST_CASE(samples_and_their_variants)
{
    auto const folder = samples();
    if (folder.empty())
        return;
    std::set<event_type::known> seen;
    auto const files = files_of(folder);
    for (auto const& each : files)
        BOOST_TEST_CONTEXT(each)
        {
            auto const type = check(each);
            BOOST_TEST_REQUIRE(type.has_value());
            BOOST_TEST(each.stem() == event_type{*type}.name());
            seen.insert(*type);
        }
    BOOST_TEST(files.size() == 9u);
    BOOST_TEST(seen.size() == event_set::all().size()); // each is among them

    auto const variants = files_of(folder / "variants");
    for (auto const& each : variants)
        BOOST_TEST_CONTEXT(each) { BOOST_TEST(check(each).has_value()); }
    BOOST_TEST(variants.size() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
