// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/encode.hpp"

#include <rtkhooks/json.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <sstream>

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(model_encode)

namespace {

std::string encoded(std::string_view text)
{
    std::string result = "x"; // it appends
    model::append_json(result, text);
    return result.substr(1);
}

webhook example()
{
    webhook hook;
    hook.id = "7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13";
    hook.name = "Audit \"trail\"";
    hook.url = "https://hooks.example.com/audit";
    hook.events = event_type::meeting_ended | event_type{"new.event"};
    hook.enabled = false;
    hook.created_at = *parse_timestamp("2026-02-11T08:15:30.125Z");
    hook.updated_at = *parse_timestamp("2026-02-12T17:00:00.000001Z");
    return hook;
}

} // namespace

BOOST_AUTO_TEST_CASE(strings)
{
    using namespace std::string_view_literals;
    struct row {
        std::string_view text;
        std::string_view expected;
    };
    row const rows[] = {
        {"", R"("")"},
        {"plain", R"("plain")"},
        {"\"\\/", R"("\"\\/")"},
        {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {"\0\x01\x1f"sv, R"("\u0000\u0001\u001f")"},
        {"\x0e\x10", R"("\u000e\u0010")"},
        {"\x7f", "\"\x7f\""},
        {"gr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80", "\"gr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80\""},
        {"a\xff\xc3z", "\"a\xef\xbf\xbd\xef\xbf\xbdz\""},
        {"\xc3", "\"\xef\xbf\xbd\""},
    };
    for (auto const& row : rows)
        BOOST_TEST(encoded(row.text) == row.expected);
}

BOOST_AUTO_TEST_CASE(any_string_is_json_and_valid_ones_come_back)
{
    std::mt19937 random{3};
    std::uniform_int_distribution<int> byte{0, 255};
    for (int i = 0; i < 5'000; ++i) {
        bool const ascii = i % 2 == 0;
        std::string text(static_cast<std::size_t>(i % 64), '\0');
        for (char& c : text)
            c = static_cast<char>(ascii ? byte(random) & 0x7f : byte(random));
        boost::system::error_code ec;
        auto const value = boost::json::parse(encoded(text), ec);
        BOOST_REQUIRE(!ec);
        if (ascii)
            BOOST_TEST((value.get_string() == text));
    }
}

BOOST_AUTO_TEST_CASE(objects)
{
    BOOST_TEST(encode(example()) ==
               R"({"id":"7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13","name":"Audit \"trail\"",)"
               R"("url":"https://hooks.example.com/audit","events":["meeting.ended","new.event"],"enabled":false,)"
               R"("created_at":"2026-02-11T08:15:30.125Z","updated_at":"2026-02-12T17:00:00.000001Z"})");
    BOOST_TEST(encode(webhook_spec{"n", "https://x.example/", event_type::meeting_started}) ==
               R"({"name":"n","url":"https://x.example/","events":["meeting.started"],"enabled":true})");
    BOOST_TEST(encode(webhook_spec{example()}) ==
               R"({"name":"Audit \"trail\"","url":"https://hooks.example.com/audit",)"
               R"("events":["meeting.ended","new.event"],"enabled":false})");
    BOOST_TEST(encode(webhook_spec{}) == R"({"name":"","url":"","events":[],"enabled":true})");
}

BOOST_AUTO_TEST_CASE(a_patch_has_what_was_set)
{
    webhook_patch patch;
    BOOST_TEST(encode(patch) == "{}");
    patch.enabled(false);
    BOOST_TEST(encode(patch) == R"({"enabled":false})");
    patch.name("n");
    BOOST_TEST(encode(patch) == R"({"name":"n","enabled":false})");
    patch.events({});
    BOOST_TEST(encode(patch) == R"({"name":"n","events":[],"enabled":false})");
    patch.url("u").name("").enabled(true).events(event_type::meeting_summary);
    BOOST_TEST(encode(patch) == R"({"name":"","url":"u","events":["meeting.summary"],"enabled":true})");

    BOOST_TEST(encode(webhook_patch{}.url("u")) == R"({"url":"u"})");
    BOOST_TEST(encode(webhook_patch{}.events(event_set::all())).starts_with(R"({"events":["meeting.started",)"));
}

BOOST_AUTO_TEST_CASE(values_print_as_json)
{
    std::ostringstream out;
    out << example() << '\n' << webhook_spec{example()} << '\n' << webhook_patch{}.enabled(false);
    BOOST_TEST(out.str() == encode(example()) + '\n' + encode(webhook_spec{example()}) + "\n{\"enabled\":false}");
}

BOOST_AUTO_TEST_SUITE_END()
