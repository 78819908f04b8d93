// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/base_url.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rtkhooks::http;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_base_url)

BOOST_AUTO_TEST_CASE(good_ones)
{
    struct row {
        std::string text;
        bool tls;
        std::string host;
        bool address;
        std::uint16_t port;
        std::string authority;
        std::string path;
    };
    std::string const label(63, 'a');
    auto const longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    row const rows[] = {
        {"https://api.cloudflare.com/client/v4", true, "api.cloudflare.com", false, 443, "api.cloudflare.com",
         "/client/v4"},
        {"https://api.cloudflare.com/client/v4///", true, "api.cloudflare.com", false, 443, "api.cloudflare.com",
         "/client/v4"},
        {"HTTPS://API.Cloudflare.COM/Client", true, "api.cloudflare.com", false, 443, "api.cloudflare.com", "/Client"},
        {"https://a", true, "a", false, 443, "a", ""},
        {"https://a/", true, "a", false, 443, "a", ""},
        {"https://a:443/", true, "a", false, 443, "a", ""},
        {"https://a:0443/", true, "a", false, 443, "a", ""},
        {"https://a:80/", true, "a", false, 80, "a:80", ""},
        {"https://a:1", true, "a", false, 1, "a:1", ""},
        {"https://a:65535", true, "a", false, 65535, "a:65535", ""},
        {"http://localhost:8080/x", false, "localhost", false, 8080, "localhost:8080", "/x"},
        {"http://localhost:80", false, "localhost", false, 80, "localhost", ""},
        {"http://localhost:443", false, "localhost", false, 443, "localhost:443", ""},
        {"https://127.0.0.1:8443", true, "127.0.0.1", true, 8443, "127.0.0.1:8443", ""},
        {"https://[::1]", true, "::1", true, 443, "[::1]", ""},
        {"https://[2001:DB8::A]:8443/x", true, "2001:db8::a", true, 8443, "[2001:db8::a]:8443", "/x"},
        {"https://[::ffff:127.0.0.1]", true, "::ffff:127.0.0.1", true, 443, "[::ffff:127.0.0.1]", ""},
        {"https://a_b.c-d.e", true, "a_b.c-d.e", false, 443, "a_b.c-d.e", ""},
        {"https://1.2.3.4x", true, "1.2.3.4x", false, 443, "1.2.3.4x", ""},
        {"https://0x7f.a", true, "0x7f.a", false, 443, "0x7f.a", ""},
        {"https://1.1.example", true, "1.1.example", false, 443, "1.1.example", ""},
        {"https://a.example.", true, "a.example.", false, 443, "a.example.", ""},
        {"https://a/b%20c/~d@e:f", true, "a", false, 443, "a", "/b%20c/~d@e:f"},
        {"https://a/.../.b/c./%2e%2e%2e", true, "a", false, 443, "a", "/.../.b/c./%2e%2e%2e"},
        {"https://a//b//c/", true, "a", false, 443, "a", "//b//c"},
        {"https://" + longest, true, longest, false, 443, longest, ""},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.text)
        {
            auto const parsed = parse_base_url(each.text);
            auto const* const url = std::get_if<base_url>(&parsed);
            BOOST_REQUIRE(url != nullptr);
            BOOST_TEST(url->tls == each.tls);
            BOOST_TEST(url->host == each.host);
            BOOST_TEST(url->host_is_address == each.address);
            BOOST_TEST(url->port == each.port);
            BOOST_TEST(url->authority == each.authority);
            BOOST_TEST(url->path == each.path);
        }
    }
}

BOOST_AUTO_TEST_CASE(bad_ones)
{
    std::string const scheme = "must start with https://";
    std::string const host = "must have a host";
    std::string const character = "has a host with a character";
    std::string const number = "has a host that ends in a number";
    std::string const dots = "has a host with nothing between two dots";
    std::string const port = "has a port that is no number";
    std::string const user = "must not hold a user or password";
    std::string const query = "must have neither a query nor a fragment";
    std::string const bracket = "has something other than an IPv6 address in its brackets";
    std::string const path = "has a path with a character";
    std::string const percent = "has a path with a '%'";
    std::string const dot_segment = "has a path with '.' or '..'";
    struct row {
        std::string text;
        std::string reason;
    };
    row const rows[] = {
        {"", scheme},
        {"api.cloudflare.com", scheme},
        {"//api.cloudflare.com", scheme},
        {"://api.cloudflare.com", scheme},
        {"https:/api.cloudflare.com", scheme},
        {" https://a", scheme},
        {"ftp://a", scheme},
        {"file:///etc/passwd", scheme},
        {"httpsx://a", scheme},
        {"https\0://a"s, scheme},
        {"https://", host},
        {"https:///a", host},
        {"https://:443", host},
        {"https://" + std::string(254, 'a'), host},
        {"https://::1/", host}, // an IPv6 address needs brackets
        {"https://2001:db8::1/", number},
        {"https://user@a", user},
        {"https://user:password@a", user},
        {"https://a:443@b", user},
        {"https://a\\@b", user},
        {"https://a\\.b", character},
        {"https://a b", character},
        {"https://a%2eb", character},
        {"https://\xc3\xa9.example", character},
        {"https://a\r\nHost: b", character},
        {"https://a\0.b"s, character},
        {"https://127.0.0.1\0.evil.example"s, character},
        {"https://a,b", character},
        {"https://*.example", character},
        {"https://127.1", number},
        {"https://127.0.0.1.", number},
        {"https://127.0.0.01", number},
        {"https://2130706433", number},
        {"https://0x7f.1", number},
        {"https://0x7f000001", number},
        {"https://0X7F.0X1", number},
        {"https://0x", number},
        {"https://a.0x1f", number},
        {"https://a.1", number},
        {"https://256.256.256.256", number},
        {"https://1.2.3.4.5", number},
        {"https://.", dots},
        {"https://..", dots},
        {"https://.example.com", dots}, // would match every certificate below example.com
        {"https://a..b", dots},
        {"https://a..", dots},
        {"https://a:", port},
        {"https://a:0", port},
        {"https://a:65536", port},
        {"https://a:99999999999999999999", port},
        {"https://a:-1", port},
        {"https://a:+443", port},
        {"https://a: 443", port},
        {"https://a:443 ", port},
        {"https://a:0x1bb", port},
        {"https://a:443:443", port},
        {"https://[::1]443", port},
        {"https://[::1]:", port},
        {"https://[::1", "has no ']'"},
        {"https://[]", bracket},
        {"https://[127.0.0.1]", bracket},
        {"https://[a]", bracket},
        {"https://[::1%25eth0]", bracket},
        {"https://[fe80::1%eth0]", bracket},
        {"https://[::1\0x]"s, bracket},
        {"https://[:::1]", bracket},
        {"https://a?b", query},
        {"https://a/?", query},
        {"https://a/b?c=d", query},
        {"https://a#b", query},
        {"https://a/b#", query},
        {"https://a/b c", path},
        {"https://a/\xc3\xa9", path},
        {"https://a/\r\nHost: b", path},
        {"https://a/\0"s, path},
        {"https://a/\\b", path},
        {"https://a/\"b\"", path},
        {"https://a/<b>", path},
        {"https://a/%", percent},
        {"https://a/b%2", percent},
        {"https://a/%zz/b", percent},
        {"https://a/%%41", percent},
        {"https://a/.", dot_segment},
        {"https://a/..", dot_segment},
        {"https://a/b/../c", dot_segment},
        {"https://a/./", dot_segment},
        {"https://a/%2E/b", dot_segment},
        {"https://a/%2e%2E", dot_segment},
        {"https://a/.%2e", dot_segment},
        {"https://a/%2e.//b", dot_segment},
    };
    for (auto const& each : rows) {
        auto const parsed = parse_base_url(each.text);
        auto const* const reason = std::get_if<std::string>(&parsed);
        BOOST_TEST((reason != nullptr && reason->starts_with(each.reason)),
                   each.text << ": " << (reason != nullptr ? *reason : "taken"));
    }
}

BOOST_AUTO_TEST_CASE(only_this_machine_is_loopback)
{
    struct row {
        std::string_view text;
        bool loopback;
    };
    row const rows[] = {
        {"http://localhost", true},
        {"http://LOCALHOST:1", true},
        {"http://127.0.0.1", true},
        {"http://127.255.255.254", true},
        {"http://[::1]", true},
        {"http://[0:0:0:0:0:0:0:1]", true},
        {"http://localhost.", false},
        {"http://localhost.example.com", false},
        {"http://a.localhost", false},
        {"http://127.0.0.1.example.com", false},
        {"http://128.0.0.1", false},
        {"http://126.255.255.255", false},
        {"http://0.0.0.0", false},
        {"http://10.0.0.1", false},
        {"http://[::]", false},
        {"http://[::2]", false},
        {"http://[::ffff:127.0.0.1]", false},
        {"http://[fe80::1]", false},
    };
    for (auto const& each : rows) {
        auto const parsed = parse_base_url(each.text);
        BOOST_REQUIRE(std::holds_alternative<base_url>(parsed));
        BOOST_TEST(is_loopback(std::get<base_url>(parsed)) == each.loopback, "P36: " << each.text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
