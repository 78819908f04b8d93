// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/server_text.hpp"

#include "model/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace rtkhooks::model;

BOOST_AUTO_TEST_SUITE(model_server_text)

BOOST_AUTO_TEST_CASE(what_is_escaped)
{
    using namespace std::string_view_literals;
    struct row {
        std::string_view text;
        std::string_view expected;
    };
    row const rows[] = {
        {"", ""},
        {"BAD_REQUEST: \"name\" is required", "BAD_REQUEST: \"name\" is required"},
        {"gr\xc3\xbc\xc3\x9f dich, \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f dich, \xf0\x9f\x98\x80"},
        {"a\nb\r\n\tc", "a\\nb\\r\\n\\tc"},
        {"\x1b[2J"sv, "\\x1b[2J"},
        {"a\0b"sv, "a\\x00b"},
        {"\x7f", "\\x7f"},
        {"\xc2\x85\xc2\x9b", "\\u0085\\u009b"}, // C1: next line, control sequence introducer
        {"\xc2\x80\xc2\x9f", "\\u0080\\u009f"},
        {"\xc2\xa0", "\xc2\xa0"},                       // the first above C1
        {"\xe2\x80\xae", "\\u202e"},                    // right-to-left override
        {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"}, // line and paragraph separator
        {"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069"}, // isolates
        {"\xef\xbb\xbfx", "\\ufeffx"},
        {"\xe2\x82\xac", "\xe2\x82\xac"}, // a euro sign
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"a\\b", "a\\b"},
    };
    for (auto const& row : rows)
        BOOST_TEST(server_text(row.text) == row.expected);
}

BOOST_AUTO_TEST_CASE(long_text_ends_in_an_ellipsis)
{
    std::string const ellipsis = "\xe2\x80\xa6";
    BOOST_TEST(server_text(std::string(256, 'x')) == std::string(256, 'x'));
    BOOST_TEST(server_text(std::string(257, 'x')) == std::string(253, 'x') + ellipsis);
    BOOST_TEST(server_text(std::string(1'000'000, 'x')).size() == 256);

    BOOST_TEST(server_text("abcdef", 6) == "abcdef");
    BOOST_TEST(server_text("abcdefg", 6) == "abc" + ellipsis);
    // A sequence and an escape stay whole.
    BOOST_TEST(server_text("ab\xc3\xbc\xc3\xbc\xc3\xbc", 7) == "ab\xc3\xbc" + ellipsis);
    BOOST_TEST(server_text("ab\xc3\xbc\xc3\xbc\xc3\xbc", 8) == "ab\xc3\xbc\xc3\xbc\xc3\xbc");
    BOOST_TEST(server_text("ab\nabcdef", 6) == "ab" + ellipsis);
    BOOST_TEST(server_text("\x1b\x1b\x1b", 9) == "\\x1b" + ellipsis);
    // Caps too small for an ellipsis.
    BOOST_TEST(server_text("abcdef", 3) == ellipsis);
    BOOST_TEST(server_text("abcdef", 2) == "");
    BOOST_TEST(server_text("abcdef", 0) == "");
    BOOST_TEST(server_text("", 0) == "");
}

/// Whatever comes in: valid UTF-8 without controls within the cap goes out, and passes a second time unchanged.
BOOST_AUTO_TEST_CASE(any_bytes)
{
    std::mt19937 random{7};
    std::uniform_int_distribution<int> byte{0, 255};
    std::uniform_int_distribution<std::size_t> any_size{0, 80};
    for (int i = 0; i < 20'000; ++i) {
        std::string text(any_size(random), '\0');
        for (char& c : text)
            c = static_cast<char>(byte(random));
        std::size_t const cap = any_size(random);
        auto const shown = server_text(text, cap);
        bool good = shown.size() <= cap && is_valid_utf8(shown) && server_text(shown, cap) == shown;
        for (char const c : shown)
            good = good && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
        BOOST_TEST(good, "round " << i << ": " << shown);
    }
}

BOOST_AUTO_TEST_CASE(snippets)
{
    struct row {
        std::string_view body;
        std::string_view expected;
    };
    row const rows[] = {
        {"", ""},
        {" \n\t ", ""},
        {"upstream  connect\r\n error", "upstream connect error"},
        {"<html><head><title>502 Bad Gateway</title></head>", "502 Bad Gateway"},
        {"<HTML><TITLE lang=en>\n  Bad\n Gateway </TITLE>", "Bad Gateway"},
        {"<title>never closed", "never closed"},
        {"<title", "<title"},
        {"<title></title> <p>x", "<title></title> <p>x"},
        {"<title>\x1b[31m</title>", "\\x1b[31m"},
        {"<p>no title</p>", "<p>no title</p>"},
    };
    for (auto const& row : rows)
        BOOST_TEST(server_snippet(row.body) == row.expected);

    // A title that comes late is not looked for; a long text is capped.
    BOOST_TEST(server_snippet(std::string(100'000, '-').append("<title>late</title>")).size() == 256);
    BOOST_TEST(server_snippet(std::string(100'000, ' ').append("x")) == "x");
}

BOOST_AUTO_TEST_CASE(a_secret_that_was_sent_back)
{
    struct row {
        std::string text;
        std::string_view secret;
        std::string_view expected;
    };
    row const rows[] = {
        {"", "a-secret", ""},
        {"nothing here", "a-secret", "nothing here"},
        {"a-secret", "a-secret", "[secret]"},
        {"a-secret-and-more", "a-secret-and-more", "[secret]"},
        {"in a-secret, twice a-secret", "a-secret", "in [secret], twice [secret]"},
        {"a-secreta-secret", "a-secret", "[secret][secret]"},
        {"aaaaaaaaa", "aaaaaaaa", "[secret]a"},
        {"[secret]", "[secret]", "[secret]"},
        {R"({"in":"\u0061-secre\u0074"})", "a-secret", R"({"in":"[secret]"})"},
        {R"(\u0061\u002D\u0073\u0065\u0063\u0072\u0065\u0074)", "a-secret", "[secret]"},
        {R"(a\/s\"cr\\t)", R"(a/s"cr\t)", "[secret]"},
        {R"(a/s"cr\t)", R"(a/s"cr\t)", "[secret]"},
        {R"(\a-secret)", "a-secret", R"(\[secret])"},
        {R"(\u0061\u0061-secret)", "a-secret", R"(\u0061[secret])"},
        {R"(\u006)", "a-secret", R"(\u006)"},
        {R"(\\u0061-secret)", "a-secret", R"(\\u0061-secret)"},
        {R"(\\\u0061-secret, \\a-secret)", "a-secret", R"(\\[secret], \\[secret])"},
        {R"(\u0161-secret, \u 61-secret, \u+061-secret)", "a-secret", R"(\u0161-secret, \u 61-secret, \u+061-secret)"},
        {"a word", "a", "a word"},
        {"a word", "", "a word"},
    };
    for (auto const& row : rows) {
        auto text = row.text;
        BOOST_TEST(conceal(text, row.secret) == (row.text != row.expected || row.secret == "[secret]"));
        BOOST_TEST(text == row.expected);
    }
}

/// Time grows with the size, and not with its square: else this would take minutes.
BOOST_AUTO_TEST_CASE(a_secret_that_was_sent_back_a_million_times)
{
    std::string const secret(40, 's');
    std::string text(std::size_t{32} << 20, 's');
    BOOST_TEST(conceal(text, secret));
    BOOST_TEST(text.find(secret) == text.npos);
    std::string escapes;
    for (int i = 0; i != 5'000'000; ++i)
        escapes += "\\u0073";
    BOOST_TEST(conceal(escapes, secret));
    BOOST_TEST(escapes.size() == std::string_view{"[secret]"}.size() * (5'000'000 / secret.size()));
}

BOOST_AUTO_TEST_CASE(a_secret_that_was_cut_short)
{
    std::string const secret = "secret-0123456789";
    for (std::size_t before = 200; before != server_text_cap + 10; ++before) {
        auto text = server_text(std::string(before, 'x') + secret + "and more, so that it is cut");
        conceal_in_short_text(text, secret);
        auto const rest = text.substr(std::min(before, text.size()));
        BOOST_TEST(rest.find("secr") == (rest.find("[secret]") == rest.npos ? rest.npos : rest.find("secr")));
        BOOST_TEST(text.find("secret-") == text.npos);
    }
    std::string whole = "whole";
    conceal_in_short_text(whole, secret);
    BOOST_TEST(whole == "whole");
}

BOOST_AUTO_TEST_SUITE_END()
