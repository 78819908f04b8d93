// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/why_invalid.hpp"

#include <boost/test/unit_test.hpp>

using namespace rtkhooks;
using model::why_invalid;

BOOST_AUTO_TEST_SUITE(model_why_invalid)

namespace {

constexpr char const* good_url = "https://example.com/hook";

/// The reason's start, or "none".
std::string reason(std::optional<std::string> const& why) { return why.value_or("none"); }

} // namespace

BOOST_AUTO_TEST_CASE(urls)
{
    struct row {
        std::string_view url;
        bool is_good;
    };
    row const rows[] = {
        {"https://example.com", true},
        {"http://example.com/", true},
        {"HTTPS://Example.COM/a?b=c#d", true},
        {"https://user:password@example.com:8443/x", true},
        {"https://example.com:/x", true},
        {"https://example.com:65535", true},
        {"https://[2001:db8::1]:443/x", true},
        {"https://192.0.2.1", true},
        {"https://example.com?x", true},
        {"https://example.com/%20", true},
        {"https://b\xc3\xbc"
         "cher.example/",
         true},

        {"", false},
        {"example.com", false},
        {"/hook", false},
        {"//example.com/hook", false},
        {"ftp://example.com/", false},
        {"https:/example.com", false},
        {"https://", false},
        {"https:///path", false},
        {"https://?query", false},
        {"https://:443/", false},
        {"https://user@/", false},
        {"https://[]/", false},
        {"https://[2001:db8::1/", false},
        {"https://[2001:db8::1]x/", false},
        {"https://example.com:x/", false},
        {"https://example.com:65536/", false},
        {"https://example.com:123456/", false},
        {"https://exa mple.com/", false},
        {" https://example.com/", false},
        {"https://example.com/\n", false},
        {"https://example.com/\x7f", false},
        {"https://example.com/\xff", false},
        {std::string_view{"https://example.com/\0", 21}, false},
    };
    for (auto const& row : rows) {
        auto const why = why_invalid(webhook_spec{"n", std::string{row.url}, event_type::meeting_started});
        BOOST_TEST(!why.has_value() == row.is_good, row.url << ": " << reason(why));
        if (why)
            BOOST_TEST(why->starts_with("url: "));
        BOOST_TEST((why_invalid(webhook_patch{}.url(std::string{row.url})) == why));
    }
}

BOOST_AUTO_TEST_CASE(names)
{
    for (std::string_view const name : {"n", " ", "gr\xc3\xbc\xc3\x9f", "two\nlines"})
        BOOST_TEST(reason(why_invalid(webhook_spec{std::string{name}, good_url, event_type::meeting_started})) ==
                   "none");

    BOOST_TEST(reason(why_invalid(webhook_spec{"", good_url, event_type::meeting_started})) ==
               "name: is empty; give the webhook a name");
    BOOST_TEST(reason(why_invalid(webhook_spec{"abc\xff", good_url, event_type::meeting_started})) ==
               "name: byte 3 is not UTF-8; give UTF-8 text");
    BOOST_TEST(why_invalid(webhook_patch{}.name("")).has_value());
    BOOST_TEST(why_invalid(webhook_patch{}.name("\xff")).has_value());
}

BOOST_AUTO_TEST_CASE(event_sets)
{
    BOOST_TEST(reason(why_invalid(webhook_spec{"n", good_url, event_set::all()})) == "none");
    BOOST_TEST(reason(why_invalid(webhook_spec{"n", good_url, event_type{"unknown.yet"}})) == "none");

    event_set const bad[] = {{},
                             event_type{""},
                             event_type{"a\nb"},
                             event_type{"a\x7f"},
                             event_type{"\xff"},
                             event_type::meeting_started | event_type{"a\tb"}};
    for (auto const& events : bad) {
        auto const why = why_invalid(webhook_spec{"n", good_url, events});
        BOOST_TEST(reason(why).starts_with("events: "), events << ": " << reason(why));
        BOOST_TEST((why_invalid(webhook_patch{}.events(events)) == why));
    }
}

BOOST_AUTO_TEST_CASE(patches)
{
    BOOST_TEST(reason(why_invalid(webhook_patch{})) ==
               "the patch is empty; set at least one of name, url, events and enabled");
    BOOST_TEST(reason(why_invalid(webhook_patch{}.enabled(false))) == "none");
    BOOST_TEST(reason(why_invalid(webhook_patch{}.name("n"))) == "none");
    BOOST_TEST(reason(why_invalid(webhook_patch{}.url(good_url))) == "none");
    BOOST_TEST(reason(why_invalid(webhook_patch{}.events(event_set::all()))) == "none");
    BOOST_TEST(reason(why_invalid(webhook_patch{}.enabled(true).name("n").url("x"))).starts_with("url: "));
}

/// A url can hold a password, so no reason repeats a value.
BOOST_AUTO_TEST_CASE(reasons_do_not_repeat_values)
{
    auto const why = why_invalid(webhook_spec{"n", "ftp://user:hunter2@example.com/", event_type::meeting_started});
    BOOST_REQUIRE(why.has_value());
    BOOST_TEST(why->find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
