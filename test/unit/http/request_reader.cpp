// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/request_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace rtkhooks::http {

BOOST_AUTO_TEST_SUITE(http_request_reader)

namespace {

using progress = request_reader::progress;

std::array<std::string_view, 4> const kept{"authorization", "x-auth-email", "x-auth-key", "content-encoding"};

// Feeds a text in pieces.
// Returns how much was taken.
std::size_t feed(request_reader& reader, std::string_view text, std::size_t piece)
{
    std::size_t taken = 0;
    while (taken < text.size() && reader.state() == progress::need_more) {
        auto const part = text.substr(taken, piece);
        auto const now = reader.feed(part);
        taken += now;
        if (now < part.size())
            break;
    }
    return taken;
}

std::vector<std::size_t> const pieces{1, 2, 3, 5, 7, 16, 100000};

struct good_case {
    std::string text;
    std::string method;
    std::string target;
    std::string body;
    bool http_1_1;
    bool keep_alive;
};

std::vector<good_case> const good_cases{
    {"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/a", "", true, true},
    {"\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/a", "", true, true},
    {"GET http://x/a?b HTTP/1.1\r\nHost:x\r\n\r\n", "GET", "http://x/a?b", "", true, true},
    {"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n", "OPTIONS", "*", "", true, true},
    {"m-search / HTTP/1.1\r\nHost:\r\n\r\n", "m-search", "/", "", true, true},
    {"GET / HTTP/1.1\r\nHost: [::1]:80\r\nX:\t a \xc3\xbc \t\r\nY:\r\n\r\n", "GET", "/", "", true, true},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET", "/", "", true, false},
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: a ,CLOSE, b\r\n\r\n", "GET", "/", "", true,
     false},
    {"GET / HTTP/1.9\r\nHost: x\r\n\r\n", "GET", "/", "", true, true},
    {"GET / HTTP/1.0\r\n\r\n", "GET", "/", "", false, false},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", "", false, true},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, a\r\n\r\n", "GET", "/", "", false, true},
    {"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", "POST", "/", "ab", false, false},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "POST", "/", "", true, true},
    {"POST / HTTP/1.1\r\nHost: x\r\nCONTENT-LENGTH:0005 \r\n\r\na\r\nbc", "POST", "/", "a\r\nbc", true, true},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST", "/", "", true, true},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A;x=\"y;z\";q\r\n0123456789\r\n"
     "0 ; end\r\nContent-Length: 7\r\nHost: of no account\r\nConnection: close\r\n\r\n",
     "POST", "/", "abc0123456789", true, true},
};

struct bad_case {
    std::string text;
    int status;
};

std::string header(std::string const& fields) { return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n"; }

std::string chunked(std::string const& body) { return header("Transfer-Encoding: chunked") + body; }

std::vector<bad_case> const bad_cases{
    // start line
    {"\x16\x03\x01\x02", 400},
    {" GET / HTTP/1.1\r\n", 400},
    {"GET\r\n", 400},
    {"GET /\r\n", 400},
    {"GET / \r\n", 400},
    {"GET  HTTP/1.1\r\n", 400},
    {"GET / HTTP/1.1 \r\n", 400},
    {"GET /a b HTTP/1.1\r\n", 400},
    {"GET /\x7f HTTP/1.1\r\n", 400},
    {"GET /\xc3\xbc HTTP/1.1\r\n", 400},
    {"G(T / HTTP/1.1\r\n", 400},
    {"GET / HTTP/1.1\n", 400},
    {"GET / HTTP/1.x\r\n", 505},
    {"GET / http/1.1\r\n", 400},
    {"GET / HTTP/11.1\r\n", 400},
    {"GET / HTTP/2.0\r\n", 505},
    {"PRI * HTTP/2.0\r\n", 505},
    // header
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x y\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x/y\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x,y\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: me@x\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\n", 400},
    {header("No colon"), 400},
    {header(": no name"), 400},
    {header("A : b"), 400},
    {header("A: b\r\n folded"), 400},
    {header("A: b\r\n\tfolded: c"), 400},
    {header(std::string{"A: \0", 4}), 400},
    {header("A: \x01"), 400},
    {header("A: \x1b[2J"), 400},
    {header("A: b\rC: d"), 400},
    {header("Expect: 200-maybe"), 417},
    // framing
    {header("Content-Length: -1"), 400},
    {header("Content-Length: +1"), 400},
    {header("Content-Length: 0x1"), 400},
    {header("Content-Length: 1 2"), 400},
    {header("Content-Length: 1,1"), 400},
    {header("Content-Length: "), 400},
    {header("Content-Length: 1\r\nContent-Length: 1"), 400},
    {header("Content-Length: 1\r\nContent-Length: 2"), 400},
    {header("Content-Length: 0\r\nContent-Length: 0"), 400},
    {header("Content-Length: 99999999999999999999"), 413},
    {header("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400},
    {header("Transfer-Encoding: chunked\r\nContent-Length: 1"), 400},
    {header("Content-Length: 0\r\nTransfer-Encoding: chunked"), 400},
    {header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
    {header("Transfer-Encoding: chunked, chunked"), 501},
    {header("Transfer-Encoding: gzip, chunked"), 501},
    {header("Transfer-Encoding: gzip"), 501},
    {header("Transfer-Encoding: identity"), 501},
    {header("Transfer-Encoding:"), 501},
    {header("Transfer-Encoding: xchunked"), 501},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    // chunks
    {chunked("\r\n"), 400},
    {chunked("g\r\n"), 400},
    {chunked("-1\r\n"), 400},
    {chunked("0x1\r\n"), 400},
    {chunked(" 1\r\n"), 400},
    {chunked("1 1\r\n"), 400},
    {chunked("1;\x01\r\n"), 400},
    {chunked("1\n"), 400},
    {chunked("1\r\nab\r\n"), 400},
    {chunked("1\r\na\n"), 400},
    {chunked("1\r\na0\r\n"), 400},
    {chunked("10000000000000000\r\n"), 413},
    {chunked("ffffffffffffffff\r\n"), 413},
    {chunked("1\r\na\r\nffffffffffffffff\r\n"), 413},
    {chunked("0\r\nNo colon\r\n"), 400},
    {chunked("0\r\n folded: x\r\n"), 400},
};

std::string_view describe(std::string_view text) { return text.substr(0, 80); }

} // namespace

BOOST_AUTO_TEST_CASE(reads_requests_however_they_are_cut)
{
    request_reader reader{kept};
    for (auto const& each : good_cases) {
        for (auto const piece : pieces) {
            BOOST_TEST_CONTEXT(describe(each.text) << " in pieces of " << piece)
            {
                reader.next();
                BOOST_TEST(feed(reader, each.text, piece) == each.text.size());
                BOOST_REQUIRE(reader.state() == progress::complete);
                auto const& request = reader.request();
                BOOST_TEST(request.method == each.method);
                BOOST_TEST(request.target == each.target);
                BOOST_TEST(request.body == each.body);
                BOOST_TEST(request.http_1_1 == each.http_1_1);
                BOOST_TEST(request.keep_alive == each.keep_alive);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_request)
{
    for (auto const& each : bad_cases) {
        for (auto const piece : pieces) {
            BOOST_TEST_CONTEXT(describe(each.text) << " in pieces of " << piece)
            {
                request_reader reader{kept};
                feed(reader, each.text, piece);
                BOOST_CHECK(reader.state() == progress::failed);
                BOOST_TEST(reader.failure() == each.status);
                BOOST_TEST(reader.feed("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == 0u);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_what_is_not_kept_as_any_other)
{
    auto const check = [](std::string const& text) {
        for (auto const piece : pieces) {
            BOOST_TEST_CONTEXT(describe(text) << " in pieces of " << piece)
            {
                request_reader keeping{kept};
                request_reader skipping{kept};
                std::size_t taken = 0;
                while (taken < text.size() && skipping.state() == progress::need_more) {
                    taken += skipping.feed(std::string_view{text}.substr(taken, piece));
                    if (skipping.header_complete())
                        skipping.skip_body();
                }
                BOOST_TEST(feed(keeping, text, piece) == taken);
                BOOST_CHECK(keeping.state() == skipping.state());
                BOOST_TEST(keeping.failure() == skipping.failure());
                if (skipping.header_complete())
                    BOOST_TEST(skipping.request().body == "");
            }
        }
    };
    for (auto const& each : good_cases)
        check(each.text);
    for (auto const& each : bad_cases)
        check(each.text);

    request_reader reader{kept};
    reader.feed(header("Content-Length: 4"));
    reader.skip_body();
    reader.feed("abcd");
    BOOST_CHECK(reader.state() == progress::complete);
    reader.next();
    reader.feed(header("Content-Length: 4") + "abcd");
    BOOST_TEST(reader.request().body == "abcd", "of one request alone");
}

BOOST_AUTO_TEST_CASE(wants_more_of_every_beginning)
{
    for (auto const& each : good_cases) {
        for (std::size_t size = 0; size < each.text.size(); ++size) {
            request_reader reader{kept};
            feed(reader, std::string_view{each.text}.substr(0, size), 100000);
            BOOST_TEST_CONTEXT(describe(each.text) << " up to " << size)
            BOOST_CHECK(reader.state() == progress::need_more);
        }
    }
}

BOOST_AUTO_TEST_CASE(keeps_the_fields_that_matter)
{
    request_reader reader{kept};
    reader.feed(header("authorization: Bearer a\r\nX-Auth-Email: b@c\r\nx-auth-KEY: d\r\nContent-Encoding: gzip"));
    BOOST_REQUIRE(reader.state() == progress::complete);
    BOOST_TEST(reader.request().fields[0].value == "Bearer a");
    BOOST_TEST(reader.request().fields[1].value == "b@c");
    BOOST_TEST(reader.request().fields[2].value == "d");
    BOOST_TEST(reader.request().fields[3].value == "gzip");

    reader.next();
    reader.feed(header("Authorization: Bearer a\r\nAuthorization: Bearer b"));
    BOOST_TEST(reader.request().fields[0].value == "Bearer a, Bearer b");
    BOOST_TEST(!reader.request().fields[1].present());
    BOOST_TEST(!reader.request().fields[2].present());
    BOOST_TEST(!reader.request().fields[3].present());
}

BOOST_AUTO_TEST_CASE(leaves_what_follows_a_request)
{
    std::string const one = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na";
    std::string const two = "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n";
    std::string const all = one + two + "GET";
    request_reader reader{kept};
    BOOST_TEST(reader.feed(all) == one.size());
    BOOST_TEST(reader.feed("more") == 0u);
    BOOST_TEST(reader.request().body == "a");
    reader.next();
    BOOST_TEST(reader.feed(std::string_view{all}.substr(one.size())) == two.size());
    BOOST_TEST(reader.request().target == "/2");
    BOOST_TEST(reader.request().body == "b");
    reader.next();
    BOOST_TEST(reader.feed("GET") == 3u);
    BOOST_CHECK(reader.state() == progress::need_more);
}

BOOST_AUTO_TEST_CASE(knows_whether_a_request_has_begun)
{
    request_reader reader{kept};
    BOOST_TEST(reader.idle());
    reader.feed("\r\n");
    BOOST_TEST(reader.idle());
    reader.feed("G");
    BOOST_TEST(!reader.idle());
    reader.feed("ET / HTTP/1.1\r\n");
    BOOST_TEST(!reader.idle());
    reader.next();
    BOOST_TEST(reader.idle());
}

BOOST_AUTO_TEST_CASE(knows_when_the_client_waits_for_100)
{
    request_reader reader{kept};
    auto const begin = [&](std::string_view version, std::string_view fields) {
        reader.next();
        reader.feed(
            std::string{"POST / HTTP/"}.append(version).append("\r\nHost: x\r\n").append(fields).append("\r\n"));
    };
    begin("1.1", "Expect: 100-Continue\r\nContent-Length: 2\r\n");
    BOOST_TEST(reader.awaits_continue());
    reader.feed("a");
    BOOST_TEST(!reader.awaits_continue());
    begin("1.1", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n");
    BOOST_TEST(reader.awaits_continue());
    reader.feed("1\r\n");
    BOOST_TEST(!reader.awaits_continue());
    begin("1.1", "Expect: 100-continue\r\n");
    BOOST_TEST(!reader.awaits_continue());
    BOOST_CHECK(reader.state() == progress::complete);
    begin("1.0", "Expect: 100-continue\r\nContent-Length: 2\r\n");
    BOOST_TEST(!reader.awaits_continue());
    begin("1.1", "Content-Length: 2\r\n");
    BOOST_TEST(!reader.awaits_continue());
}

BOOST_AUTO_TEST_SUITE(limits)

namespace {

request_limits small_limits()
{
    request_limits limits;
    limits.start_line = 40;
    limits.header = 100;
    limits.body = 10;
    limits.chunk_line = 20;
    return limits;
}

// Feeds a beginning and then an endless repetition, up to a megabyte.
// Returns the status that ends it, or 0.
int feed_endlessly(std::string_view beginning, std::string_view repeated)
{
    request_reader reader{kept, small_limits()};
    reader.feed(beginning);
    for (std::size_t i = 0; i < (1 << 20) / repeated.size() && reader.state() == progress::need_more; ++i)
        reader.feed(repeated);
    return reader.failure();
}

} // namespace

BOOST_AUTO_TEST_CASE(end_what_has_no_end)
{
    BOOST_TEST(feed_endlessly("GET /", "a") == 414);
    BOOST_TEST(feed_endlessly("", "a") == 414);
    BOOST_TEST(feed_endlessly("", "\r\n") == 414);
    BOOST_TEST(feed_endlessly("GET / HTTP/1.1\r\nA: ", "a") == 431);
    BOOST_TEST(feed_endlessly("GET / HTTP/1.1\r\n", "A: b\r\n") == 431);
    BOOST_TEST(feed_endlessly(chunked("1;"), "a") == 400);
    BOOST_TEST(feed_endlessly(chunked("0;"), "a") == 400);
    BOOST_TEST(feed_endlessly(chunked(""), "0") == 400);
    BOOST_TEST(feed_endlessly(chunked(""), "1\r\na\r\n") == 413);
    BOOST_TEST(feed_endlessly(chunked("0\r\n"), "A: b\r\n") == 431);
    BOOST_TEST(feed_endlessly(chunked("0\r\nA: "), "a") == 431);
}

BOOST_AUTO_TEST_CASE(are_exact)
{
    auto const status_of = [](std::string const& text) {
        std::vector<int> statuses;
        for (auto const piece : pieces) {
            request_reader reader{kept, small_limits()};
            feed(reader, text, piece);
            statuses.push_back(reader.state() == progress::complete ? 200 : reader.failure());
        }
        BOOST_TEST(std::equal(statuses.begin() + 1, statuses.end(), statuses.begin()));
        return statuses.front();
    };
    auto const start_line = [](std::size_t size) {
        return "GET /" + std::string(size - 16, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
    };
    BOOST_TEST(status_of(start_line(40)) == 200);
    BOOST_TEST(status_of(start_line(41)) == 414);
    auto const whole_header = [](std::size_t size) {
        return "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(size - 32, 'a') + "\r\n\r\n";
    };
    BOOST_TEST(status_of(whole_header(100)) == 200);
    BOOST_TEST(status_of(whole_header(101)) == 431);
    BOOST_TEST(status_of(header("Content-Length: 10") + "0123456789") == 200);
    BOOST_TEST(status_of(header("Content-Length: 11") + "0123456789a") == 413);
    BOOST_TEST(status_of(chunked("a\r\n0123456789\r\n0\r\n\r\n")) == 200);
    BOOST_TEST(status_of(chunked("b\r\n0123456789a\r\n0\r\n\r\n")) == 413);
    BOOST_TEST(status_of(chunked("9\r\n012345678\r\n1\r\na\r\n0\r\n\r\n")) == 200);
    BOOST_TEST(status_of(chunked("9\r\n012345678\r\n2\r\nab\r\n0\r\n\r\n")) == 413);
    request_reader skipping{kept, small_limits()};
    skipping.feed(chunked(""));
    skipping.skip_body();
    skipping.feed("9\r\n012345678\r\n2\r\n");
    BOOST_TEST(skipping.failure() == 413, "of what is not kept too");
    BOOST_TEST(status_of(chunked("1;" + std::string(16, 'x') + "\r\na\r\n0\r\n\r\n")) == 200);
    BOOST_TEST(status_of(chunked("1;" + std::string(17, 'x') + "\r\na\r\n0\r\n\r\n")) == 400);
}

BOOST_AUTO_TEST_CASE(hold_for_each_request_anew)
{
    request_reader reader{kept, small_limits()};
    for (int i = 0; i < 20; ++i) {
        reader.next();
        reader.feed(header("Content-Length: 10") + "0123456789");
        BOOST_CHECK(reader.state() == progress::complete);
    }
}

BOOST_AUTO_TEST_CASE(of_memory_are_shared)
{
    memory_budget budget{10'000};
    memory_budget::share others{budget};
    request_limits const limits;
    for (auto const& request : {header("Content-Length: 5000") + std::string(5000, 'b'),
                                chunked("1388\r\n" + std::string(5000, 'b') + "\r\n0\r\n\r\n")})
        for (auto const piece : pieces) {
            BOOST_TEST_CONTEXT(request.substr(0, 60) << " in pieces of " << piece)
            {
                request_reader reader{kept, limits, memory_budget::share{budget}};
                feed(reader, request, piece);
                BOOST_REQUIRE(reader.state() == progress::complete);
                BOOST_TEST(reader.request().body.size() == 5000u);
                BOOST_TEST(budget.in_use() >= 5000u);
                reader.drop_body();
                BOOST_TEST(budget.in_use() <= 4096u);
                BOOST_REQUIRE(others.resize(7000));
                reader.next();
                feed(reader, request, piece);
                BOOST_TEST(reader.failure() == 503);
                BOOST_REQUIRE(others.resize(0));
            }
            BOOST_TEST(budget.in_use() == 0u);
        }
    BOOST_TEST(budget.peak() <= 10'000u);
}

BOOST_AUTO_TEST_CASE(of_memory_concern_what_came_and_not_what_is_announced)
{
    memory_budget budget{70'000};
    request_reader reader{kept, {}, memory_budget::share{budget}};
    reader.feed(header("Content-Length: 60000"));
    BOOST_TEST(budget.in_use() == 0u);
    reader.feed("b");
    BOOST_TEST(budget.in_use() <= 100u);
    reader.feed(std::string(59'999, 'b'));
    BOOST_TEST(budget.in_use() == 60'000u); // no more than it will be
    request_reader second{kept, {}, memory_budget::share{budget}};
    second.feed(header("Content-Length: 60000"));
    second.feed(std::string(9'000, 'b'));
    BOOST_TEST(second.failure() == 0);
    second.feed(std::string(9'000, 'b'));
    BOOST_TEST(second.failure() == 503);
}

BOOST_AUTO_TEST_CASE(of_memory_can_be_met_by_others)
{
    auto const half = std::string(5'000, 'b');
    memory_budget budget{10'000};
    request_reader first{kept, {}, memory_budget::share{budget}};
    first.feed(header("Content-Length: 10000") + half);
    BOOST_TEST(budget.in_use() >= 5'000u);
    int asked = 0;
    request_reader second{kept, {}, memory_budget::share{budget}, [&] {
                              first.give_up_body();
                              return ++asked == 1;
                          }};
    auto const all = header("Content-Length: 9000") + half;
    BOOST_TEST(second.feed(all) == all.size());
    second.feed(half.substr(0, 4'000));
    BOOST_TEST(asked == 1);
    BOOST_CHECK(second.state() == progress::complete);
    BOOST_TEST(second.request().body == std::string(9'000, 'b'));
    BOOST_TEST(first.failure() == 503);
    BOOST_TEST(first.request().body == "");
    BOOST_TEST(first.feed("b") == 0u);
    BOOST_TEST(budget.in_use() <= 9'100u);

    first.next();
    first.feed(header("Content-Length: 9000") + half);
    BOOST_TEST(first.failure() == 503, "who has no one to ask");
    BOOST_TEST(second.request().body.size() == 9'000u);
    second.next();
    BOOST_TEST(second.feed(header("Content-Length: 2") + "ab") > 0u);
    BOOST_CHECK(second.state() == progress::complete);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::http
