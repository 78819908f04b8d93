// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/suggestion.hpp"

#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_suggestion)

BOOST_AUTO_TEST_CASE(distances)
{
    BOOST_TEST(edit_distance("", "") == 0u);
    BOOST_TEST(edit_distance("", "list") == 4u);
    BOOST_TEST(edit_distance("list", "") == 4u);
    BOOST_TEST(edit_distance("list", "list") == 0u);
    BOOST_TEST(edit_distance("lst", "list") == 1u);   // left out
    BOOST_TEST(edit_distance("liist", "list") == 1u); // put in
    BOOST_TEST(edit_distance("lost", "list") == 1u);  // changed
    BOOST_TEST(edit_distance("lsit", "list") == 1u);  // swapped
    BOOST_TEST(edit_distance("kitten", "sitting") == 3u);
}

BOOST_AUTO_TEST_CASE(the_nearest_candidate_if_near_enough)
{
    std::vector<std::string> const commands{"list", "create", "get", "replace", "edit", "delete"};
    BOOST_TEST(suggestion_for("craete", commands).value_or("") == "create");
    BOOST_TEST(suggestion_for("delte", commands).value_or("") == "delete");
    BOOST_TEST(suggestion_for("got", commands).value_or("") == "get");
    BOOST_TEST(!suggestion_for("frobnicate", commands));
    BOOST_TEST(!suggestion_for("", commands));
    BOOST_TEST(!suggestion_for("list", {}));
    BOOST_TEST(!suggestion_for(std::string(100'000, 'x'), commands));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
