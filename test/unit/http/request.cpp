// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/request.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace rtkhooks::http;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_request)

namespace {

request_builder const& builder()
{
    static request_builder const instance{{{"Host", "api.example"}, {"Accept", "application/json"}}};
    return instance;
}

/// The reason, or "none".
std::string reason(std::optional<std::string> const& from) { return from.value_or("none"); }

std::string built(method verb, std::string_view target, header_list const& extra, std::string_view body)
{
    return std::string{builder().build(verb, target, extra, body)};
}

} // namespace

BOOST_AUTO_TEST_CASE(requests_to_the_byte)
{
    std::string const constant = "Host: api.example\r\nAccept: application/json\r\n";
    BOOST_TEST(built(method::get, "/a", {}, {}) == "GET /a HTTP/1.1\r\n" + constant + "\r\n");
    BOOST_TEST(built(method::delete_, "/a/b", {}, {}) == "DELETE /a/b HTTP/1.1\r\n" + constant + "\r\n");
    BOOST_TEST(built(method::post, "/", {}, "{}") ==
               "POST / HTTP/1.1\r\n" + constant + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    BOOST_TEST(built(method::put, "/", {{"X-A", "1"}, {"x-a", ""}}, "x") ==
               "PUT / HTTP/1.1\r\n" + constant +
                   "X-A: 1\r\nx-a: \r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\nx");
    BOOST_TEST(built(method::patch, "/", {{"X-A", "1"}}, {}) == "PATCH / HTTP/1.1\r\n" + constant + "X-A: 1\r\n\r\n");
    BOOST_TEST(std::string_view{request_builder{{}}.build(method::get, "/", {}, {})} == "GET / HTTP/1.1\r\n\r\n");

    std::string const body = "\0\r\n\r\n\xff"s + std::string(10'000'000, 'x'); // a body is no text to it
    auto const large = built(method::post, "/", {}, body);
    BOOST_TEST(large.ends_with("Content-Length: 10000006\r\n\r\n" + body));
    BOOST_TEST(built(method::post, "/", {}, body) == large, "P9: the same again");
}

BOOST_AUTO_TEST_CASE(methods)
{
    struct row {
        method verb;
        std::string_view name;
        bool idempotent;
    };
    row const rows[] = {
        {method::get, "GET", true},    {method::put, "PUT", true},      {method::delete_, "DELETE", true},
        {method::post, "POST", false}, {method::patch, "PATCH", false},
    };
    for (auto const& each : rows) {
        BOOST_TEST(to_string(each.verb) == each.name);
        BOOST_TEST(is_idempotent(each.verb) == each.idempotent, "P1: " << each.name);
    }
}

BOOST_AUTO_TEST_CASE(path_segments)
{
    struct row {
        std::string_view name;
        std::string segment;
        std::string refused; ///< how the reason goes on, or nothing
    };
    std::string const changes = ", which would change the path";
    std::string const strange = " has a character that no id has";
    row const rows[] = {
        {"an id", "0f9a1c1e-5a0b-4c52-9b5f-1d1f3d1c2b3a", {}},
        {"unreserved", "aZ09-._~", {}},
        {"three dots", "...", {}},
        {"a dot in front", ".a", {}},
        {"what a path may have", "a:b@c!$&'()*+,;=", {}},
        {"as long as allowed", std::string(1024, 'a'), {}},
        {"P34: empty", "", " is empty"},
        {"P34: one longer", std::string(1025, 'a'), " is longer than 1024 bytes"},
        {"P34: 10 MB", std::string(10'000'000, 'a'), " is longer than 1024 bytes"},
        {"P34: this folder", ".", " is a dot segment"},
        {"P34: the folder above", "..", " is a dot segment"},
        {"P34: above and on", "../x", " has a '/'" + changes},
        {"P34: a slash", "a/b", " has a '/'" + changes},
        {"P34: a slash at the end", "a/", " has a '/'" + changes},
        {"P34: a backslash", "a\\b", " has a '\\'" + changes},
        {"P34: a query", "a?b", " has a '?'" + changes},
        {"P34: a fragment", "a#b", " has a '#'" + changes},
        {"P34: an encoded dot", "%2e", " has a '%'" + changes},
        {"P34: an encoded slash", "a%2Fb", " has a '%'" + changes},
        {"P34: a percent sign", "100%", " has a '%'" + changes},
        {"F9: NUL", "a\0b"s, " has a control character"},
        {"F9: CR LF", "a\r\nHost: evil", " has a control character"},
        {"F9: LF", "a\n", " has a control character"},
        {"F9: a tab", "a\tb", " has a control character"},
        {"F9: DEL", "a\x7f", " has a control character"},
        {"F9: a space, which would end the target", "a b", strange},
        {"F9: UTF-8", "\xc3\xa9", strange},
        {"F9: a full-width slash",
         "a\xef\xbc\x8f"
         "b",
         strange},
        {"F9: no UTF-8", "\xff", strange},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const why = why_no_path_segment("id", each.segment);
            if (each.refused.empty())
                BOOST_TEST(reason(why) == "none");
            else
                BOOST_TEST(reason(why).starts_with("id" + each.refused), reason(why));
        }
    }
}

BOOST_AUTO_TEST_CASE(segments_are_encoded_whatever_they_hold)
{
    std::string out = "/";
    append_path_segment(out, "aZ09-._~/?#% \r\n\0\xff:@\\"s);
    BOOST_TEST(out == "/aZ09-._~%2F%3F%23%25%20%0D%0A%00%FF%3A%40%5C");
    for (int byte = 0; byte != 256; ++byte) {
        std::string encoded;
        append_path_segment(encoded, std::string(1, static_cast<char>(byte)));
        auto const plain = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"}.find(
                               static_cast<char>(byte)) != std::string_view::npos;
        BOOST_TEST(encoded.size() == (plain ? 1u : 3u), "byte " << byte << ": " << encoded);
    }
}

BOOST_AUTO_TEST_CASE(headers)
{
    struct row {
        std::string_view name;
        std::string header;
        std::string value;
        bool taken;
    };
    row const rows[] = {
        {"the usual one", "X-A", "b", true},
        {"every token character", "!#$%&'*+-.^_`|~09azAZ", "b", true},
        {"an empty value", "X-A", "", true},
        {"spaces and tabs within", "X-A", "a \t b", true},
        {"obs-text", "X-A", "\xc3\xa9", true},
        {"as long as allowed", "X-A", std::string(8192 - 3, 'a'), true},
        {"one longer", "X-A", std::string(8192 - 2, 'a'), false},
        {"10 MB", "X-A", std::string(10'000'000, 'a'), false},
        {"a name of 10 MB", std::string(10'000'000, 'a'), "b", false},
        {"P33: no name", "", "b", false},
        {"P33: a colon in the name", "X:A", "b", false},
        {"P33: a space in the name", "X A", "b", false},
        {"P33: a space behind the name", "X-A ", "b", false},
        {"P33: CR LF in the name", "X\r\nA", "b", false},
        {"P33: NUL in the name", "X\0A"s, "b", false},
        {"P33: UTF-8 in the name", "\xc3\xa9", "b", false},
        {"P33: CR LF in the value", "X-A", "b\r\nHost: evil", false},
        {"P33: LF in the value", "X-A", "b\nc", false},
        {"P33: CR in the value", "X-A", "b\rc", false},
        {"P33: CR at the end of the value", "X-A", "b\r", false},
        {"P33: NUL in the value", "X-A", "b\0c"s, false},
        {"P33: ESC in the value", "X-A", "\x1b[2J", false},
        {"P33: DEL in the value", "X-A", "\x7f", false},
        {"P33: a fold", "X-A", "b\r\n c", false},
        {"a space in front", "X-A", " b", false},
        {"a space behind", "X-A", "b ", false},
        {"a tab in front", "X-A", "\tb", false},
        {"a tab behind", "X-A", "b\t", false},
        {"nothing but a space", "X-A", " ", false},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            for (auto const& why :
                 {why_no_header(each.header, each.value), why_no_extra_header(each.header, each.value)}) {
                BOOST_TEST(why.has_value() != each.taken);
                BOOST_TEST(reason(why).size() < 200u, "reasons are short");
                BOOST_TEST(reason(why).find("evil") == std::string::npos, "reasons hold no value");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(headers_that_are_the_clients_own)
{
    for (std::string name :
         {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer",
          "Expect", "Content-Type", "Accept", "Accept-Encoding", "User-Agent", "Authorization", "Proxy-Authorization",
          "Proxy-Connection", "X-Auth-Key", "X-Auth-Email", "X-Auth-User-Service-Key"}) {
        BOOST_TEST(!why_no_header(name, "x").has_value(), name);
        BOOST_TEST(reason(why_no_extra_header(name, "x")) == "header " + name + " is set by the client itself");
        for (char& c : name)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        BOOST_TEST(why_no_extra_header(name, "x").has_value(), name);
    }
    for (std::string const name : {"Hosts", "X-Host", "Content-Lengt", "Accept-Language", "Idempotency-Key", "X-Auth"})
        BOOST_TEST(reason(why_no_extra_header(name, "x")) == "none");
}

BOOST_AUTO_TEST_SUITE_END()
