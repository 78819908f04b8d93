// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/response.hpp"

#include <boost/test/unit_test.hpp>

using rtkhooks::http::response;

BOOST_AUTO_TEST_SUITE(http_response)

BOOST_AUTO_TEST_CASE(fields)
{
    response answer;
    BOOST_TEST(answer.field_count() == 0u);
    BOOST_TEST(!answer.field("x").has_value());
    answer.add_field("Content-Type", "text/html");
    answer.add_field("X", "");
    answer.add_field("x", "second");
    BOOST_TEST(answer.field_count() == 3u);
    BOOST_TEST(answer.field_name(0) == "Content-Type");
    BOOST_TEST(answer.field_value(0) == "text/html");
    BOOST_TEST(answer.field_name(2) == "x");
    BOOST_TEST(answer.field_value(2) == "second");
    BOOST_TEST(answer.field("cONTENT-tYPE").value_or("none") == "text/html");
    BOOST_TEST(answer.field("X").value_or("none") == "", "the first of its name");
    for (auto const* const absent : {"", "Content-Typ", "Content-Typee", "text/html", "Content_Type"})
        BOOST_TEST(!answer.field(absent).has_value(), absent);
}

BOOST_AUTO_TEST_CASE(a_cleared_one_holds_nothing)
{
    response answer;
    answer.status = 200;
    answer.keep_alive = true;
    answer.body = "hello";
    answer.add_field("A", "b");
    answer.clear();
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(!answer.keep_alive);
    BOOST_TEST(answer.body.empty());
    BOOST_TEST(answer.field_count() == 0u);
    answer.add_field("C", "d");
    BOOST_TEST(answer.field_name(0) == "C");
    BOOST_TEST(answer.field_value(0) == "d");
}

BOOST_AUTO_TEST_CASE(large_buffers_are_given_back_and_small_ones_kept)
{
    response answer;
    answer.body.assign(1'000'000, 'x');
    for (int i = 0; i != 1'000; ++i)
        answer.add_field("name", std::string(100, 'x'));
    answer.shrink();
    BOOST_TEST(answer.body.capacity() < 1000u);
    BOOST_TEST(answer.field_count() == 0u, "no field without its text");
    answer.body.assign(1'000, 'x');
    answer.add_field("A", "b");
    answer.shrink();
    BOOST_TEST(answer.body.size() == 1'000u);
    BOOST_TEST(answer.field("a").value_or("none") == "b");
}

BOOST_AUTO_TEST_SUITE_END()
