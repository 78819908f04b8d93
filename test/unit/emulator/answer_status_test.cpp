// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/answer_status.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_answer_status)

namespace {

using progress = answer_status_reader::progress;

// The status, 0 where it needs more, or -1 where it has failed. Whole and byte by byte.
int read(std::string_view text)
{
    auto const result = [](answer_status_reader const& reader, progress state) {
        return state == progress::complete ? reader.status() : state == progress::failed ? -1 : 0;
    };
    answer_status_reader whole;
    auto const at_once = result(whole, whole.feed(text));
    answer_status_reader bytewise;
    auto state = progress::need_more;
    for (std::size_t i = 0; i < text.size() && state == progress::need_more; ++i)
        state = bytewise.feed(text.substr(i, 1));
    BOOST_TEST(result(bytewise, state) == at_once);
    return at_once;
}

} // namespace

BOOST_AUTO_TEST_CASE(reads_the_status)
{
    struct case_of {
        std::string text;
        int status;
    };
    std::vector<case_of> const cases{
        {"HTTP/1.1 200 OK\r\n\r\n", 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200},
        {"HTTP/1.0 503 Service Unavailable\r\n\r\n", 503},
        {"HTTP/1.1 204 \r\n\r\n", 204},
        {"HTTP/1.1 404\r\n\r\n", 404}, // a blank too few, and common
        {"HTTP/1.1 299 OK\nA: b\n\n", 299},
        {"HTTP/1.1 999 ?\r\n\r\n", 999},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nA: b\r\n\r\n", 201},
        {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\n\r\n", 500},

        {"", 0},
        {"HTTP/1.1 200 OK\r\n", 0},
        {"HTTP/1.1 200 OK\r\nA: b\r\n", 0},
        {"HTTP/1.1 100 Continue\r\n\r\n", 0},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2", 0},

        {"HTTP/2 200\r\n\r\n", -1},
        {"HTTP/1.x 200 OK\r\n\r\n", -1},
        {"HTTP/1.1 20 OK\r\n\r\n", -1},
        {"HTTP/1.1 2000 OK\r\n\r\n", -1},
        {"HTTP/1.1 2a0 OK\r\n\r\n", -1},
        {"HTTP/1.1 20a OK\r\n\r\n", -1},
        {"HTTP/1.1 099 OK\r\n\r\n", -1},
        {"HTTP/1.1 +20 OK\r\n\r\n", -1},
        {"HTTP/1.1  200 OK\r\n\r\n", -1},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", -1},
        {"HTTP/1.1 100 Continue\r\n\r\nnonsense", -1},
        {"\r\n", -1},
        {"\x16\x03\x01", -1},
        {"<html>", -1},
    };
    for (auto const& [text, status] : cases) {
        BOOST_TEST_CONTEXT(text)
        BOOST_TEST(read(text) == status);
    }
}

BOOST_AUTO_TEST_CASE(a_header_has_an_end)
{
    std::string const start = "HTTP/1.1 200 OK\r\n";
    std::string const field =
        "A: " + std::string(answer_status_reader::longest_header - start.size() - 7, 'a') + "\r\n";
    BOOST_TEST(read(start + field + "\r\n") == 200);
    BOOST_TEST(read(start + "B" + field + "\r\n") == -1);
    std::string interim;
    while (interim.size() <= answer_status_reader::longest_header)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    BOOST_TEST(read(interim) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
