// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/response.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using rtkhooks::http::response;

namespace {

/// Keeps `NAME:VALUE;NAME:VALUE;...` as a header, and adds its fields.
void add_fields(response& answer, std::string_view header)
{
    auto rest = answer.keep_header(header);
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find(';'));
        auto const colon = line.find(':');
        answer.add_field(line.substr(0, colon), line.substr(colon + 1));
        rest.remove_prefix(line.size() + 1);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_response)

BOOST_AUTO_TEST_CASE(fields)
{
    response answer;
    BOOST_TEST(answer.field_count() == 0u);
    BOOST_TEST(!answer.field("x").has_value());
    add_fields(answer, "Content-Type:text/html;X:;x:second;");
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

BOOST_AUTO_TEST_CASE(fields_of_one_name)
{
    response answer;
    add_fields(answer, "X:1;Y:2;x:;Z:4;X:5;");
    BOOST_TEST(answer.find("x") == 0u);
    BOOST_TEST(answer.find("x", 1) == 2u);
    BOOST_TEST(answer.find("x", 3) == 4u);
    BOOST_TEST(answer.find("x", 5) == 5u);
    BOOST_TEST(answer.find("none") == answer.field_count());
    std::string room;
    BOOST_TEST(answer.list("X", room).value_or("none") == "1, , 5", "RFC 9110 section 5.3");
    std::string unused;
    BOOST_TEST(answer.list("z", unused).value_or("none") == "4");
    BOOST_TEST(!answer.list("none", unused).has_value());
    BOOST_TEST(unused.empty(), "nothing is copied where there is one");
}

BOOST_AUTO_TEST_CASE(a_cleared_one_holds_nothing)
{
    response answer;
    answer.status = 200;
    answer.keep_alive = true;
    answer.body = "hello";
    add_fields(answer, "A:b;");
    answer.clear();
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(!answer.keep_alive);
    BOOST_TEST(answer.body.empty());
    BOOST_TEST(answer.field_count() == 0u);
    add_fields(answer, "C:d;");
    BOOST_TEST(answer.field_name(0) == "C");
    BOOST_TEST(answer.field_value(0) == "d");
}

BOOST_AUTO_TEST_CASE(large_buffers_are_given_back_and_small_ones_kept)
{
    response answer;
    answer.body.assign(1'000'000, 'x');
    std::string header;
    for (int i = 0; i != 1'000; ++i)
        header.append("name:").append(100, 'x').append(1, ';');
    add_fields(answer, header);
    BOOST_TEST(answer.field_value(999) == std::string(100, 'x'));
    answer.shrink();
    BOOST_TEST(answer.body.capacity() < 1000u);
    BOOST_TEST(answer.field_count() == 0u, "no field without its text");
    answer.body.assign(1'000, 'x');
    add_fields(answer, "A:b;");
    answer.shrink();
    BOOST_TEST(answer.body.size() == 1'000u);
    BOOST_TEST(answer.field("a").value_or("none") == "b");
}

BOOST_AUTO_TEST_SUITE_END()
