// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/receiver_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_receiver_address)

BOOST_AUTO_TEST_CASE(reads_urls)
{
    struct case_of {
        std::string url;
        receiver_address read;
    };
    std::vector<case_of> const cases{
        {"http://h", {false, "h", 80, "h", "/"}},
        {"https://h", {true, "h", 443, "h", "/"}},
        {"HTTPS://Example.COM/Path?Query=1#fragment", {true, "example.com", 443, "example.com", "/Path?Query=1"}},
        {"http://h:8080/a/b", {false, "h", 8080, "h:8080", "/a/b"}},
        {"http://h:80/", {false, "h", 80, "h", "/"}},
        {"https://h:80/", {true, "h", 80, "h:80", "/"}},
        {"https://h:443", {true, "h", 443, "h", "/"}},
        {"http://h:/a", {false, "h", 80, "h", "/a"}},
        {"http://h?a=b", {false, "h", 80, "h", "/?a=b"}},
        {"http://h#f", {false, "h", 80, "h", "/"}},
        {"http://127.0.0.1:1", {false, "127.0.0.1", 1, "127.0.0.1:1", "/"}},
        {"http://[::1]:81/a", {false, "::1", 81, "[::1]:81", "/a"}},
        {"http://[2001:DB8::1]", {false, "2001:db8::1", 80, "[2001:db8::1]", "/"}},
        {"http://[::1]:", {false, "::1", 80, "[::1]", "/"}},
        {"http://user:word@h:81/a@b", {false, "h", 81, "h:81", "/a@b"}},
        {"http://user@[::1]", {false, "::1", 80, "[::1]", "/"}},
        {"http://h/%41%20?%23#%41", {false, "h", 80, "h", "/%41%20?%23"}},
    };
    for (auto const& [url, wanted] : cases) {
        BOOST_TEST_CONTEXT(url)
        {
            auto const read = read_receiver_address(url);
            BOOST_REQUIRE(read.has_value());
            BOOST_TEST(read->tls == wanted.tls);
            BOOST_TEST(read->host == wanted.host);
            BOOST_TEST(read->port == wanted.port);
            BOOST_TEST(read->authority == wanted.authority);
            BOOST_TEST(read->target == wanted.target);
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_nothing_can_be_sent_to)
{
    for (auto const* const url : {"", "h", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536",
                                  "http://h/a b", "http://h/\r\nX: y", "http://[::1", "http://a b"})
        BOOST_TEST(!read_receiver_address(url).has_value(), url);
}

BOOST_AUTO_TEST_CASE(knows_this_machine_by_name)
{
    for (auto const* const host : {"localhost", "a.localhost", "127.0.0.1", "127.255.0.3", "::1"})
        BOOST_TEST(is_loopback(host), host);
    for (auto const* const host : {"", "localhost.example", "notlocalhost", "example.com", "10.0.0.1", "0.0.0.0",
                                   "::", "::ffff:10.0.0.1", "2130706433", "0x7f.1", "128.0.0.1"})
        BOOST_TEST(!is_loopback(host), host);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
