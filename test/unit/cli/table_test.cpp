// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/table.hpp"

#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_table)

BOOST_AUTO_TEST_CASE(columns_line_up)
{
    BOOST_TEST(layout_table({"ID", "NAME", "URL"}, {{"1", "audit", "https://a.example"}, {"22", "x", "https://b"}}) ==
               "ID  NAME   URL\n"
               "1   audit  https://a.example\n"
               "22  x      https://b\n");
}

BOOST_AUTO_TEST_CASE(a_table_without_rows_is_its_heading)
{
    BOOST_TEST(layout_table({"ID", "NAME"}, {}) == "ID  NAME\n");
}

BOOST_AUTO_TEST_CASE(columns_line_up_by_what_a_terminal_shows)
{
    BOOST_TEST(layout_table({"NAME", "ON"}, {{"会議", "yes"}, {"Ü", "no"}, {"a\x1b", "no"}}) == "NAME   ON\n"
                                                                                                "会議   yes\n"
                                                                                                "Ü      no\n"
                                                                                                "a\\x1b  no\n");
}

BOOST_AUTO_TEST_CASE(nothing_trails_an_empty_cell) { BOOST_TEST(layout_table({"A", "B"}, {{"1", ""}}) == "A  B\n1\n"); }

BOOST_AUTO_TEST_CASE(fields_with_a_value_of_two_lines)
{
    BOOST_TEST(layout_fields({{"name", "audit"}, {"events", "meeting.started"}, {"", "meeting.ended"}}) ==
               "name    audit\n"
               "events  meeting.started\n"
               "        meeting.ended\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
