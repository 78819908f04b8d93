// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/response.hpp"

#include "unit/http/feed.hpp"

#include <boost/test/unit_test.hpp>

#include <cctype>

using namespace rtkhooks;
using test::ending;
using test::feeder;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_response_reader)

namespace {

constexpr std::size_t small_limit = 1024;
constexpr std::size_t longest_chunk_line = 16 * 1024;

struct row {
    std::string name;
    std::string bytes;
    std::string expected;
    ending end = ending::open;
    http::response_limits limits = {};
};

/// Every row whole, byte by byte, and at 200 random splits: one verdict, the expected one.
void check(std::vector<row> const& rows)
{
    std::mt19937 random{20240517};
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const whole = test::feed_whole(each.bytes, each.end, each.limits);
            BOOST_TEST(whole.summary == each.expected, whole << ", expected " << each.expected);
            auto const bytewise = test::feed_bytewise(each.bytes, each.end, each.limits);
            BOOST_TEST(bytewise == whole, "byte by byte: " << bytewise << ", whole: " << whole);
            for (int i = 0; i != 200; ++i) {
                auto const split = test::feed_split(each.bytes, each.end, each.limits, random);
                if (split != whole) {
                    BOOST_ERROR("split " << i << ": " << split << ", whole: " << whole);
                    break;
                }
            }
        }
    }
}

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const empty = "Content-Length: 0\r\n\r\n";
std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

/// A header of a certain size in all, for a body of nothing.
std::string header_of(std::size_t size)
{
    auto const fixed = (ok + "X: \r\n" + empty).size();
    return ok + "X: " + std::string(size - fixed, 'x') + "\r\n" + empty;
}

std::string repeat(std::string_view text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i != times; ++i)
        out += text;
    return out;
}

http::response_limits limited() { return {small_limit, small_limit}; }

} // namespace

BOOST_AUTO_TEST_CASE(status_lines)
{
    auto const line = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), text + "\r\n" + empty, std::move(expected)};
    };
    check({
        line("the usual one", "HTTP/1.1 200 OK", "200 keep []"),
        line("no reason phrase", "HTTP/1.1 200 ", "200 keep []"),
        line("spaces and tabs in the reason phrase", "HTTP/1.1 200  a \t b", "200 keep []"),
        line("obs-text in the reason phrase", "HTTP/1.1 500 Ori\xebntatie", "500 keep []"),
        line("row 56: the space before the reason phrase is missing", "HTTP/1.1 200", "protocol_error"),
        line("row 56: HTTP/0.9", "HTTP/0.9 200 OK", "protocol_error"),
        line("row 56: HTTP/1.2", "HTTP/1.2 200 OK", "protocol_error"),
        line("row 56: HTTP/1.9", "HTTP/1.9 200 OK", "protocol_error"),
        line("row 56: HTTP/1.10", "HTTP/1.10 200 OK", "protocol_error"),
        line("row 56: HTTP/1.", "HTTP/1. 200 OK", "protocol_error"),
        line("row 56: HTTP/1.x", "HTTP/1.x 200 OK", "protocol_error"),
        line("row 56: HTTP/01.1", "HTTP/01.1 200 OK", "protocol_error"),
        line("row 56: HTTP/1,1", "HTTP/1,1 200 OK", "protocol_error"),
        line("row 56: HTTP/2.0", "HTTP/2.0 200 OK", "protocol_error"),
        line("row 56: HTTP/2", "HTTP/2 200", "protocol_error"),
        line("row 56: lower case", "http/1.1 200 OK", "protocol_error"),
        line("row 56: RTSP", "RTSP/1.1 200 OK", "protocol_error"),
        line("row 56: ICY", "ICY 200 OK", "protocol_error"),
        line("row 56: a body alone, as in HTTP/0.9", "<html>hello</html>", "protocol_error"),
        line("row 56: another protocol", "SSH-2.0-OpenSSH_9.2", "protocol_error"),
        line("row 56: a TLS alert", "\x15\x03\x01\x00\x02\x02\x46"s, "protocol_error"),
        line("row 56: white space before it", " HTTP/1.1 200 OK", "protocol_error"),
        line("row 56: an empty line before it", "\r\nHTTP/1.1 200 OK", "protocol_error"),
        line("row 56: a line feed before it", "\nHTTP/1.1 200 OK", "protocol_error"),
        line("row 56: a byte order mark before it", "\xef\xbb\xbfHTTP/1.1 200 OK", "protocol_error"),
        line("row 56: two spaces before the status", "HTTP/1.1  200 OK", "protocol_error"),
        line("row 56: a tab before the status", "HTTP/1.1\t200 OK", "protocol_error"),
        line("row 56: a tab after the status", "HTTP/1.1 200\tOK", "protocol_error"),
        line("row 56: status 000", "HTTP/1.1 000 OK", "protocol_error"),
        line("row 56: status 099", "HTTP/1.1 099 OK", "protocol_error"),
        line("row 56: status 600", "HTTP/1.1 600 OK", "protocol_error"),
        line("row 56: status 999", "HTTP/1.1 999 OK", "protocol_error"),
        line("row 56: a status of one digit", "HTTP/1.1 2 OK", "protocol_error"),
        line("row 56: a status of two digits", "HTTP/1.1 20 OK", "protocol_error"),
        line("row 56: a status of four digits", "HTTP/1.1 2000 OK", "protocol_error"),
        line("row 56: no status", "HTTP/1.1 OK", "protocol_error"),
        line("row 56: nothing but the version", "HTTP/1.1", "protocol_error"),
        line("row 56: a status with a sign", "HTTP/1.1 +20 OK", "protocol_error"),
        line("row 56: a hexadecimal status", "HTTP/1.1 2a0 OK", "protocol_error"),
        line("row 55: 101 that was not asked for", "HTTP/1.1 101 Switching Protocols", "protocol_error"),
        line("row 57: NUL in the reason phrase", "HTTP/1.1 200 O\0K"s, "protocol_error"),
        line("row 57: DEL in the reason phrase", "HTTP/1.1 200 O\x7fK", "protocol_error"),
        line("row 57: CR in the reason phrase", "HTTP/1.1 200 O\rK", "protocol_error"),
        line("row 57: two CR at the end", "HTTP/1.1 200 OK\r", "protocol_error"),
        {"row 57: bare LF", "HTTP/1.1 200 OK\n" + empty, "protocol_error"},
        {"row 57: bare CR", "HTTP/1.1 200 OK\r" + empty, "protocol_error"},
        {"row 56: it begins well", "HTTP/1.", "incomplete"},
        {"row 56: it does not begin well", "HTTP/2", "protocol_error"},
    });
}

BOOST_AUTO_TEST_CASE(every_status)
{
    for (int status = 0; status != 1000; ++status) {
        auto digits = std::to_string(status);
        digits.insert(0, 3 - digits.size(), '0');
        auto expected = digits + " keep []";
        if (status < 100 || status > 599 || status == 101)
            expected = "protocol_error";
        else if (status < 200)
            expected = "incomplete";
        auto const result = test::feed_whole("HTTP/1.1 " + digits + " X\r\n" + empty, ending::open, {});
        BOOST_TEST(result.summary == expected, "row 56: status " << digits << ": " << result);
    }
}

BOOST_AUTO_TEST_CASE(interim_answers)
{
    std::string const hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    std::string const last = ok + "Content-Length: 2\r\n\r\nhi";
    check({
        {"row 54: one", "HTTP/1.1 100 Continue\r\n\r\n" + last, "200 keep [hi]"},
        {"row 54: 102 and 103", "HTTP/1.1 102 Processing\r\n\r\n" + hints + last, "200 keep [hi]"},
        {"row 54: 199", "HTTP/1.1 199 X\r\n\r\n" + last, "200 keep [hi]"},
        {"row 54: five", repeat(hints, 5) + last, "200 keep [hi]"},
        {"row 54: six", repeat(hints, 6) + last, "protocol_error"},
        {"row 54: endless", repeat(hints, 100), "protocol_error"},
        {"row 54: one and no more", hints, "connection_lost", ending::clean},
        {"row 54: one and half another", hints + "HTTP/1.1 20", "connection_lost", ending::clean},
        {"row 54: Connection: close in one does not count", "HTTP/1.1 103 X\r\nConnection: close\r\n\r\n" + last,
         "200 keep [hi]"},
        {"row 54: a Content-Length in one has no body", "HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\n" + last,
         "200 keep [hi]"},
        {"row 54: a body behind one", "HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nhello" + last, "protocol_error"},
        {"row 55: 101 behind one", hints + "HTTP/1.1 101 X\r\n\r\n", "protocol_error"},
        {"row 54: the limit holds for each", repeat(header_of(small_limit).replace(9, 3, "103"), 5) + last,
         "200 keep [hi]", ending::open, limited()},
    });
    auto const result = test::feed_whole(hints + last, ending::open, {});
    BOOST_TEST(result.detail == "Content-Length=2|", "its fields are not the answer's");
}

BOOST_AUTO_TEST_CASE(header_fields)
{
    auto const field = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), ok + text + "\r\n" + empty, std::move(expected)};
    };
    check({
        field("an empty value", "X:", "200 keep []"),
        field("white space around a value", "X: \t a b \t ", "200 keep []"),
        field("all that a token may have", "!#$%&'*+-.^_`|~09azAZ: 1", "200 keep []"),
        field("obs-text in a value", "X: \xc3\xa9\xff\x80", "200 keep []"),
        field("a colon in a value", "X: a:b", "200 keep []"),
        {"no field at all", ok + "\r\nhi", "200 close [hi]", ending::clean},
        field("row 57: a folded line (obs-fold)", "X: a\r\n b", "protocol_error"),
        field("row 57: folded by a tab", "X: a\r\n\tb", "protocol_error"),
        field("row 57: folded with nothing in it", "X: a\r\n ", "protocol_error"),
        field("row 57: white space before the first field", " X: a", "protocol_error"),
        {"row 57: the last field is folded", ok + "Content-Length: 0\r\n \r\n\r\n", "protocol_error"},
        field("row 57: bare LF", "X: a\nY: b", "protocol_error"),
        field("row 57: bare CR", "X: a\rY: b", "protocol_error"),
        field("row 57: CR at the end of a value", "X: a\r", "protocol_error"),
        {"row 57: the header ends in bare LF", ok + "Content-Length: 0\r\n\n", "protocol_error"},
        {"row 57: the header ends in CR CR LF", ok + "Content-Length: 0\r\n\r\r\n", "protocol_error"},
        {"row 57: two bare LF", ok + "Content-Length: 0\n\n", "protocol_error"},
        field("row 57: NUL in a value", "X: a\0b"s, "protocol_error"),
        field("row 57: NUL in a name", "X\0Y: b"s, "protocol_error"),
        field("row 57: ESC in a value", "X: \x1b[2J", "protocol_error"),
        field("row 57: DEL in a value", "X: \x7f", "protocol_error"),
        field("row 57: a space before the colon", "X : a", "protocol_error"),
        field("row 57: a tab before the colon", "X\t: a", "protocol_error"),
        field("row 57: a space before the colon of Content-Length", "Content-Length : 5", "protocol_error"),
        field("row 57: a space before the colon of Transfer-Encoding", "Transfer-Encoding : chunked", "protocol_error"),
        field("row 57: no colon", "X", "protocol_error"),
        field("row 57: no name", ": a", "protocol_error"),
        field("row 57: a space in a name", "en-US X: a", "protocol_error"),
        field("row 57: a quote in a name", "\"X\": a", "protocol_error"),
        field("row 57: obs-text in a name", "\xc3\xa9: a", "protocol_error"),
        {"row 53: exactly as large as allowed", header_of(small_limit), "200 keep []", ending::open, limited()},
        {"row 53: exactly as large as allowed, with a body",
         header_of(small_limit).replace(small_limit - 5, 1, "9") + "123456789", "200 keep [123456789]", ending::open,
         limited()},
        {"row 53: one more", header_of(small_limit + 1), "limit_exceeded", ending::open, limited()},
        {"row 53: a line without end", ok + "X: " + std::string(2 * small_limit, 'x'), "limit_exceeded", ending::open,
         limited()},
        {"row 53: a status line without end", "HTTP/1.1 200 " + std::string(2 * small_limit, 'x'), "limit_exceeded",
         ending::open, limited()},
        {"row 53: fields without end", ok + repeat("a: b\r\n", small_limit), "limit_exceeded", ending::open, limited()},
        {"row 53: a malformed line behind the limit", header_of(small_limit + 1) + "\n", "limit_exceeded", ending::open,
         limited()},
    });
    auto const result = test::feed_whole(ok + "A:  b \t\r\na: \r\nX-Y:c\r\n" + empty, ending::open, {});
    BOOST_TEST(result.detail == "A=b|a=|X-Y=c|Content-Length=0|", result);
}

BOOST_AUTO_TEST_CASE(no_byte_that_is_no_text_is_taken_into_a_header)
{
    for (int byte = 0; byte != 256; ++byte) {
        auto const c = static_cast<char>(byte);
        bool const control = (byte < 0x20 && c != '\t') || byte == 0x7f;
        bool const token = std::isalnum(byte) != 0 ||
                           (c != 0 && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos);
        auto const in_value = test::feed_whole(ok + "X: a" + c + "b\r\n" + empty, ending::open, {});
        BOOST_TEST(in_value.summary == (control ? "protocol_error" : "200 keep []"), "row 57: value, byte " << byte);
        auto const in_name = test::feed_whole(ok + "a" + c + "b: 1\r\n" + empty, ending::open, {});
        BOOST_TEST(in_name.summary == (token || c == ':' ? "200 keep []" : "protocol_error"),
                   "row 57: name, byte " << byte);
    }
}

BOOST_AUTO_TEST_CASE(content_length)
{
    auto const length = [](std::string name, std::string const& value, std::string expected) {
        return row{std::move(name), ok + "Content-Length:" + value + "\r\n\r\nhello", std::move(expected)};
    };
    auto const announced = [](std::size_t size, std::size_t sent) {
        return ok + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(sent, 'x');
    };
    std::string const thousand(small_limit, 'x');
    check({
        length("the usual one", " 5", "200 keep [hello]"),
        length("without a space", "5", "200 keep [hello]"),
        length("tabs around it", "\t5\t", "200 keep [hello]"),
        length("leading zeros", " 0000000000000000000000005", "200 keep [hello]"),
        length("row 47: smaller than the body", " 3", "200 keep [hel] +2"),
        length("row 47: nothing, and a body", " 0", "200 keep [] +5"),
        {"row 47: larger than the body, clean end", announced(6, 5), "connection_lost", ending::clean},
        {"row 47: larger than the body, unclean end", announced(6, 5), "connection_lost", ending::unclean},
        {"row 47: larger than the body, no end", announced(6, 5), "incomplete"},
        length("row 48: a list of equal ones", " 5, 5", "protocol_error"),
        length("row 48: a list of unequal ones", " 5, 6", "protocol_error"),
        length("row 48: a list's comma", " 5,", "protocol_error"),
        length("row 48: +5", " +5", "protocol_error"),
        length("row 48: -1", " -1", "protocol_error"),
        length("row 48: -0", " -0", "protocol_error"),
        length("row 48: 0x20", " 0x20", "protocol_error"),
        length("row 48: 5.0", " 5.0", "protocol_error"),
        length("row 48: 5e0", " 5e0", "protocol_error"),
        length("row 48: 1_000", " 1_000", "protocol_error"),
        length("row 48: two words", " 5 5", "protocol_error"),
        length("row 48: in quotes", " \"5\"", "protocol_error"),
        length("row 48: a digit that is no ASCII", " \xef\xbc\x95", "protocol_error"),
        length("row 48: blank", " ", "protocol_error"),
        length("row 48: absent", "", "protocol_error"),
        length("row 48: 2^64", " 18446744073709551616", "protocol_error"),
        length("row 48: 10^40", " 1" + std::string(40, '0'), "protocol_error"),
        length("row 60: 2^64 - 1", " 18446744073709551615", "limit_exceeded"),
        length("row 60: 2^63", " 9223372036854775808", "limit_exceeded"),
        length("row 60: 10^18", " 1000000000000000000", "limit_exceeded"),
        length("row 48: twice, unequal", " 5\r\nContent-Length: 6", "protocol_error"),
        length("row 48: twice, equal", " 5\r\nContent-Length: 5", "protocol_error"),
        length("row 48: twice, in other cases", " 5\r\ncontent-length: 5", "protocol_error"),
        length("a name that is longer", " 5\r\nContent-Length-X: 6", "200 keep [hello]"),
        {"row 60: a body exactly as large as allowed", announced(small_limit, small_limit),
         "200 keep [" + thousand + "]", ending::open, limited()},
        {"row 60: one more, not even sent", announced(small_limit + 1, 0), "limit_exceeded", ending::open, limited()},
    });
}

BOOST_AUTO_TEST_CASE(transfer_encoding)
{
    auto const coded = [](std::string name, std::string const& fields, std::string expected) {
        return row{std::move(name), ok + fields + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n", std::move(expected),
                   ending::clean};
    };
    check({
        coded("chunked", "Transfer-Encoding: chunked", "200 keep [hello]"),
        coded("in odd case", "transfer-ENCODING: cHuNkEd", "200 keep [hello]"),
        coded("row 49: F6: with a Content-Length before it", "Content-Length: 5\r\nTransfer-Encoding: chunked",
              "protocol_error"),
        coded("row 49: F6: with a Content-Length behind it", "Transfer-Encoding: chunked\r\nContent-Length: 5",
              "protocol_error"),
        coded("row 49: F6: gzip, then a Content-Length", "Transfer-Encoding: gzip\r\nContent-Length: 5",
              "protocol_error"),
        coded("row 49: F6: a Content-Length, then gzip", "Content-Length: 5\r\nTransfer-Encoding: gzip",
              "protocol_error"),
        coded("row 49: F6: identity, then a Content-Length", "Transfer-Encoding: identity\r\nContent-Length: 5",
              "protocol_error"),
        coded("row 49: F6: blank, then a Content-Length", "Transfer-Encoding:\r\nContent-Length: 5", "protocol_error"),
        coded("row 49: F6: a Content-Length of 0 and chunked", "Content-Length: 0\r\nTransfer-Encoding: chunked",
              "protocol_error"),
        coded("row 49: gzip", "Transfer-Encoding: gzip", "protocol_error"),
        coded("row 49: identity", "Transfer-Encoding: identity", "protocol_error"),
        coded("row 49: blank", "Transfer-Encoding:", "protocol_error"),
        coded("row 49: F5: gzip, chunked", "Transfer-Encoding: gzip, chunked", "protocol_error"),
        coded("row 49: F5: gzip and chunked in two fields", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
              "protocol_error"),
        coded("row 49: chunked, gzip", "Transfer-Encoding: chunked, gzip", "protocol_error"),
        coded("row 49: chunked and gzip in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
              "protocol_error"),
        coded("row 49: chunked, chunked", "Transfer-Encoding: chunked, chunked", "protocol_error"),
        coded("row 49: chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
              "protocol_error"),
        coded("row 49: chunked with a comma", "Transfer-Encoding: chunked,", "protocol_error"),
        coded("row 49: a comma, chunked", "Transfer-Encoding: , chunked", "protocol_error"),
        coded("row 49: chunked with a parameter", "Transfer-Encoding: chunked;q=1", "protocol_error"),
        coded("row 49: chunked in quotes", "Transfer-Encoding: \"chunked\"", "protocol_error"),
        coded("row 49: xchunked", "Transfer-Encoding: xchunked", "protocol_error"),
        coded("row 49: a vertical tab before it",
              "Transfer-Encoding: \x0b"
              "chunked",
              "protocol_error"),
        {"row 49: chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "protocol_error"},
        coded("row 62: Content-Encoding: gzip", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked",
              "protocol_error"),
        coded("row 62: Content-Encoding: identity", "Content-Encoding: identity\r\nTransfer-Encoding: chunked",
              "200 keep [hello]"),
        coded("row 62: one of two is not identity",
              "Content-Encoding: br\r\nContent-Encoding: identity\r\nTransfer-Encoding: chunked", "protocol_error"),
        {"row 62: gzip, and framed by Content-Length",
         ok + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", "protocol_error"},
        coded("Content-Encoding: none", "Content-Encoding:\r\nTransfer-Encoding: chunked", "200 keep [hello]"),
        {"gzip, and no body", "HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n", "204 keep []"},
        {"gzip, and an interim answer",
         "HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok",
         "200 keep [ok]"},
        {"row 53: as many lines as there may be", ok + repeat("X:\r\n", 998) + "Content-Length: 0\r\n\r\n",
         "200 keep []"},
        {"row 53: one more", ok + repeat("X:\r\n", 999) + "Content-Length: 0\r\n\r\n", "limit_exceeded"},
    });
}

BOOST_AUTO_TEST_CASE(chunks)
{
    auto const body = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), chunked + text, std::move(expected), ending::clean};
    };
    auto const size = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), chunked + text + "\r\nhello\r\n0\r\n\r\n", std::move(expected), ending::clean};
    };
    check({
        body("one chunk", "5\r\nhello\r\n0\r\n\r\n", "200 keep [hello]"),
        body("several chunks", "1\r\nh\r\n2\r\nel\r\n0002\r\nlo\r\n0\r\n\r\n", "200 keep [hello]"),
        body("sizes in both cases", "a\r\n0123456789\r\nB\r\n01234567890\r\n0\r\n\r\n",
             "200 keep [012345678901234567890]"),
        body("what looks like framing is data", "5\r\n\r\n0\r\n\r\n0\r\n\r\n", "200 keep [\r\n0\r\n]"),
        body("row 52, F8: an empty body", "0\r\n\r\n", "200 keep []"),
        body("row 52, F8: an empty body of many noughts", "00000000000000000000\r\n\r\n", "200 keep []"),
        body("row 58: more behind it", "0\r\n\r\nHTTP/1.1 200 OK", "200 keep [] +15"),
        size("noughts in front", std::string(100, '0') + "5", "200 keep [hello]"),
        size("row 50: no size", "", "protocol_error"),
        size("row 50: no number", "g", "protocol_error"),
        size("row 50: a number and more", "5g", "protocol_error"),
        size("row 50: negative", "-5", "protocol_error"),
        size("row 50: a sign", "+5", "protocol_error"),
        size("row 50: 0x5", "0x5", "protocol_error"),
        size("row 50: a space before it", " 5", "protocol_error"),
        size("row 50: a space behind it", "5 ", "protocol_error"),
        size("row 50: a tab behind it", "5\t", "protocol_error"),
        size("row 50: a list", "5,5", "protocol_error"),
        size("row 50: NUL behind it", "5\0"s, "protocol_error"),
        size("row 50: in quotes", "\"5\"", "protocol_error"),
        size("row 50: 2^64", "10000000000000000", "protocol_error"),
        size("row 50: 2^64 and 5, which wraps to 5", "10000000000000005", "protocol_error"),
        size("row 50: 17 digits", "fffffffffffffffff", "protocol_error"),
        size("row 60: 2^64 - 1", "FFFFFFFFFFFFFFFF", "limit_exceeded"),
        size("row 60: 2^63", "8000000000000000", "limit_exceeded"),
        body("row 60: a sum that wraps", "5\r\nhello\r\nFFFFFFFFFFFFFFFB\r\nhello\r\n0\r\n\r\n", "limit_exceeded"),
        body("row 50: bare LF behind the size", "5\nhello\r\n0\r\n\r\n", "protocol_error"),
        body("row 50: bare CR behind the size", "5\rhello\r\n0\r\n\r\n", "protocol_error"),
        body("row 50: two CR behind the size", "5\r\r\nhello\r\n0\r\n\r\n", "protocol_error"),
        body("row 50: no line end behind the data", "5\r\nhello0\r\n\r\n", "protocol_error"),
        body("row 50: bare LF behind the data", "5\r\nhello\n0\r\n\r\n", "protocol_error"),
        body("row 50: bare CR behind the data", "5\r\nhello\r0\r\n\r\n", "protocol_error"),
        body("row 50: a size too small by one", "4\r\nhello\r\n0\r\n\r\n", "protocol_error"),
        body("row 50: a size too large by one", "6\r\nhello\r\n0\r\n\r\n", "protocol_error"),
        body("row 50: a malformed end, and the connection's end", "5\r\nhelloXX", "protocol_error"),
        body("row 50: the last chunk is missing", "5\r\nhello\r\n", "connection_lost"),
        body("row 50: the last line is missing", "5\r\nhello\r\n0\r\n", "connection_lost"),
        body("row 50: the last line is bare LF", "5\r\nhello\r\n0\r\n\n", "protocol_error"),
        body("row 50: the last line is CR CR LF", "5\r\nhello\r\n0\r\n\r\r\n", "protocol_error"),
        body("row 50: the last chunk ends in bare LF", "5\r\nhello\r\n0\n\r\n", "protocol_error"),
        body("row 50: a body of one byte", "0", "connection_lost"),
        body("row 50: no body", "", "connection_lost"),
    });
}

BOOST_AUTO_TEST_CASE(chunk_extensions)
{
    auto const extended = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), chunked + "5" + text + "\r\nhello\r\n0" + text + "\r\n\r\n", std::move(expected),
                   ending::clean};
    };
    check({
        extended("a name", ";a", "200 keep [hello]"),
        extended("a name and a value", ";a=b", "200 keep [hello]"),
        extended("several", ";a;b=c;d=\"e\"", "200 keep [hello]"),
        extended("white space", " ; a = b\t;\tc", "200 keep [hello]"),
        extended("a quoted value with all that it may have", ";a=\"\t ;=,\\\"\\\\\xc3\xa9\"", "200 keep [hello]"),
        extended("an empty quoted value", ";a=\"\"", "200 keep [hello]"),
        extended("row 50: no name", ";", "protocol_error"),
        extended("row 50: no name, but a value", ";=b", "protocol_error"),
        extended("row 50: no value", ";a=", "protocol_error"),
        extended("row 50: no semicolon", " a", "protocol_error"),
        extended("row 50: two words", ";a b", "protocol_error"),
        extended("row 50: two values", ";a=b c", "protocol_error"),
        extended("row 50: white space behind it", ";a ", "protocol_error"),
        extended("row 50: a quote in the middle", ";a=b\"c\"", "protocol_error"),
        extended("row 50: more behind a quote", ";a=\"b\"c", "protocol_error"),
        extended("row 50: a quote without end", ";a=\"b", "protocol_error"),
        extended("row 50: a backslash at the end", ";a=\"b\\", "protocol_error"),
        extended("row 50: a quote that spans lines", ";a=\"\r\n\"", "protocol_error"),
        extended("row 50: NUL", ";a\0"s, "protocol_error"),
        extended("row 50: NUL in a quote", ";a=\"\0\""s, "protocol_error"),
        extended("row 50: an escaped NUL in a quote", ";a=\"\\\0\""s, "protocol_error"),
        extended("row 50: LF in a quote", ";a=\"\n\"", "protocol_error"),
        extended("row 50: CR in a quote", ";a=\"\r\"", "protocol_error"),
        extended("row 50: bare LF (CVE-2025-22871)", ";a\n", "protocol_error"),
        extended("row 50: bare LF and a chunk in the extension", ";\n1", "protocol_error"),
        {"row 50: a quote without end, and the connection's end", chunked + "5;a=\"b\r\nhello", "protocol_error",
         ending::clean},
        {"row 51: exactly as long as allowed",
         chunked + "5;" + std::string(longest_chunk_line - 4, 'a') + "\r\nhello\r\n0\r\n\r\n", "200 keep [hello]"},
        {"row 51, F7: one longer", chunked + "5;" + std::string(longest_chunk_line - 3, 'a') + "\r\nhello\r\n0\r\n\r\n",
         "limit_exceeded"},
        {"row 51, F7: one longer, of the last chunk",
         chunked + "0;" + std::string(longest_chunk_line - 3, 'a') + "\r\n\r\n", "limit_exceeded"},
        {"row 51, F7: much longer, malformed at its end", chunked + "5;" + std::string(20'000, 'a') + "=\r\n",
         "limit_exceeded"},
        {"row 51: noughts without end", chunked + std::string(20'000, '0'), "limit_exceeded"},
        {"row 51: white space without end", chunked + "5" + std::string(20'000, ' '), "limit_exceeded"},
    });
}

BOOST_AUTO_TEST_CASE(trailers)
{
    auto const trailed = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), chunked + "5\r\nhello\r\n0\r\n" + text + "\r\n\r\n", std::move(expected)};
    };
    auto const flood = [](std::size_t size) { // with the last, empty line
        return chunked + "0\r\n" + repeat("X: " + std::string(1019, 'x') + "\r\n", size / 1024 - 1) +
               "X: " + std::string(1024 + size % 1024 - 7, 'x') + "\r\n\r\n";
    };
    check({
        trailed("one", "X: a", "200 keep [hello]"),
        trailed("several", "X: a\r\nY:\r\nZ: \xc3\xa9 \t b", "200 keep [hello]"),
        trailed("what would frame the message is not looked at",
                "Content-Length: 7\r\nTransfer-Encoding: gzip\r\n"
                "Connection: close\r\nContent-Encoding: gzip",
                "200 keep [hello]"),
        trailed("row 57: no colon", "X", "protocol_error"),
        trailed("row 57: no name", ": a", "protocol_error"),
        trailed("row 57: a space before the colon", "X : a", "protocol_error"),
        trailed("row 57: folded", "X: a\r\n b", "protocol_error"),
        trailed("row 57: white space first", " X: a", "protocol_error"),
        trailed("row 57: NUL", "X: \0"s, "protocol_error"),
        trailed("row 57: DEL", "X: \x7f", "protocol_error"),
        trailed("row 57: bare LF", "X: a\nY: b", "protocol_error"),
        trailed("row 57: bare CR", "X: a\rY: b", "protocol_error"),
        trailed("row 57: CR CR LF", "X: a\r", "protocol_error"),
        {"row 51: exactly as long as allowed", flood(longest_chunk_line), "200 keep []"},
        {"row 51, F7: one longer", flood(longest_chunk_line + 1), "limit_exceeded"},
        {"row 51, F7: one without end", chunked + "0\r\nX: " + std::string(20'000, 'x'), "limit_exceeded"},
        {"row 51, F7: many short ones", chunked + "0\r\n" + repeat("a:\r\n", 5'000), "limit_exceeded"},
        {"row 50: cut within one", chunked + "0\r\nX: a", "connection_lost", ending::clean},
    });
    auto const result = test::feed_whole(chunked + "0\r\nX: a\r\n\r\n", ending::open, {});
    BOOST_TEST(result.detail == "Transfer-Encoding=chunked|", "they are not the answer's fields");
}

BOOST_AUTO_TEST_CASE(an_endless_chunk_extension_or_trailer_takes_no_memory)
{
    for (auto const* const begin : {"5;a=", "0\r\n"}) {
        feeder fed;
        fed.give(chunked + begin);
        std::string const piece(1024, 'a');
        std::size_t given = 0;
        for (; given < 64 * 1024 * 1024 && !fed.reader().failure(); given += piece.size())
            fed.give(piece);
        BOOST_TEST(given <= 2 * longest_chunk_line, "F7: " << given);
        BOOST_TEST(fed.end(ending::open).summary == "limit_exceeded");
    }
}

BOOST_AUTO_TEST_CASE(body_limits)
{
    std::string const thousand(small_limit, 'x');
    auto const one_byte_chunks = [](std::size_t count) { return chunked + repeat("1\r\nx\r\n", count) + "0\r\n\r\n"; };
    check({
        {"row 60: one chunk, exactly as large as allowed", chunked + "400\r\n" + thousand + "\r\n0\r\n\r\n",
         "200 keep [" + thousand + "]", ending::open, limited()},
        {"row 60: one chunk, one more, not even sent", chunked + "401\r\n", "limit_exceeded", ending::open, limited()},
        {"row 60: chunks of a byte, exactly as many as allowed", one_byte_chunks(small_limit),
         "200 keep [" + thousand + "]", ending::open, limited()},
        {"row 60: chunks of a byte, one more", one_byte_chunks(small_limit + 1), "limit_exceeded", ending::open,
         limited()},
        {"row 60: until the end, exactly as large as allowed", ok + "\r\n" + thousand, "200 close [" + thousand + "]",
         ending::clean, limited()},
        {"row 60: until the end, one more", ok + "\r\n" + thousand + "x", "limit_exceeded", ending::clean, limited()},
        {"row 60: until the end, endless", ok + "\r\n" + repeat(thousand, 10), "limit_exceeded", ending::open,
         limited()},
    });
}

BOOST_AUTO_TEST_CASE(bodies_that_end_with_the_connection)
{
    std::string const begin = ok + "Server: x\r\n\r\n";
    check({
        {"row 28: a clean end", begin + "hello", "200 close [hello]", ending::clean},
        {"row 28: an unclean end", begin + "hello", "connection_lost", ending::unclean},
        {"row 28: no body and a clean end", begin, "200 close []", ending::clean},
        {"row 28: no body and an unclean end", begin, "connection_lost", ending::unclean},
        {"no end yet", begin + "hello", "incomplete"},
        {"F10: keep-alive does not help", ok + "Connection: keep-alive\r\n\r\nhello", "200 close [hello]",
         ending::clean},
        {"row 58: a second answer is body here", ok + "\r\n" + ok + empty, "200 close [" + ok + empty + "]",
         ending::clean},
        {"row 44: nothing at all, clean", "", "connection_lost", ending::clean},
        {"row 44: nothing at all, unclean", "", "connection_lost", ending::unclean},
        {"nothing yet", "", "incomplete"},
        {"row 27: an unclean end behind a complete answer", ok + "Content-Length: 5\r\n\r\nhello", "200 keep [hello]",
         ending::unclean},
    });
}

BOOST_AUTO_TEST_CASE(answers_without_a_body)
{
    auto const none = [](std::string name, std::string const& head, std::string expected) {
        return row{std::move(name), "HTTP/1.1 " + head + "\r\n\r\n", std::move(expected)};
    };
    check({
        none("204", "204 No Content", "204 keep []"),
        none("304", "304 Not Modified", "304 keep []"),
        none("row 61: 204 with a Content-Length of nothing", "204 X\r\nContent-Length: 0", "204 keep []"),
        // What it announces may come, late, and would then be taken for the next answer.
        none("row 61: 204 with a Content-Length", "204 X\r\nContent-Length: 5", "204 close []"),
        none("row 61: 304 with a Content-Length", "304 X\r\nContent-Length: 5", "304 close []"),
        none("row 61: 204 with a Content-Length far beyond the limit", "204 X\r\nContent-Length: 999999999999",
             "204 close []"),
        none("row 61: 204, chunked", "204 X\r\nTransfer-Encoding: chunked", "204 close []"),
        none("row 61: 304, chunked", "304 X\r\nTransfer-Encoding: chunked", "304 close []"),
        none("row 61: 204 with a bad Content-Length", "204 X\r\nContent-Length: -5", "protocol_error"),
        none("row 61: 204 with both", "204 X\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "protocol_error"),
        {"row 61: 204 with a body", "HTTP/1.1 204 X\r\n\r\nhello", "204 keep [] +5"},
        {"row 61: 304 with a body", "HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\nhello", "304 close [] +5"},
        {"205 has a body like any other", "HTTP/1.1 205 X\r\nContent-Length: 2\r\n\r\nhi", "205 keep [hi]"},
    });
}

BOOST_AUTO_TEST_CASE(keeping_the_connection)
{
    auto const field = [](std::string name, std::string const& text, std::string expected) {
        return row{std::move(name), ok + text + "\r\n" + empty, std::move(expected)};
    };
    check({
        field("row 37: close", "Connection: close", "200 close []"),
        field("row 37: in odd case", "cONNECTION: cLoSe", "200 close []"),
        field("row 37: in a list", "Connection: x, close", "200 close []"),
        field("row 37: first of a list", "Connection: close ,x", "200 close []"),
        field("row 37: in a list with holes", "Connection: , close,", "200 close []"),
        field("row 37: with keep-alive", "Connection: keep-alive, close", "200 close []"),
        field("row 37: in a second field", "Connection: keep-alive\r\nConnection: close", "200 close []"),
        field("row 37: in a first field", "Connection: close\r\nConnection: keep-alive", "200 close []"),
        field("row 37: of a proxy", "Proxy-Connection: close", "200 close []"),
        field("keep-alive", "Connection: keep-alive", "200 keep []"),
        field("another word", "Connection: closed", "200 keep []"),
        field("row 57: no list at all", "Connection: @", "protocol_error"),
        field("row 39: Keep-Alive says nothing here", "Keep-Alive: timeout=1, max=2", "200 keep []"),
        {"row 37: HTTP/1.0", "HTTP/1.0 200 OK\r\n" + empty, "200 close []"},
        {"row 37, F10: HTTP/1.0 with keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + empty,
         "200 close []"},
        {"HTTP/1.0 until the end", "HTTP/1.0 200 OK\r\n\r\nhello", "200 close [hello]", ending::clean},
        {"row 58: a second answer behind it", ok + "Content-Length: 2\r\n\r\nhi" + ok + empty, "200 keep [hi] +38"},
        {"row 58: a line end behind it", ok + "Content-Length: 2\r\n\r\nhi\r\n", "200 keep [hi] +2"},
        {"row 41: a byte behind it", ok + "Content-Length: 2\r\n\r\nhi\0"s, "200 keep [hi] +1"},
    });
}

BOOST_AUTO_TEST_CASE(cut_at_every_byte)
{
    struct answer {
        char const* name;
        std::string bytes;
        std::size_t body_may_end_at = std::string::npos; // from there on, a clean end is the answer's
    };
    std::string const until_the_end = ok + "Server: x\r\n\r\n";
    answer const answers[] = {
        {"Content-Length", ok + "Content-Length: 11\r\n\r\nhello world"},
        {"chunked, with extensions and trailers",
         chunked + "5;a=\"b\"\r\nhello\r\n6\r\n world\r\n0;c\r\nX: y\r\nZ: \r\n\r\n"},
        {"behind interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: y\r\n\r\n" + ok + empty},
        {"204", "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"},
        {"until the end", until_the_end + "hello", until_the_end.size()},
    };
    for (auto const& each : answers) {
        for (std::size_t size = 0; size != each.bytes.size(); ++size) {
            auto const cut = std::string_view{each.bytes}.substr(0, size);
            for (auto const end : {ending::clean, ending::unclean}) {
                auto const result = test::feed_whole(cut, end, {});
                bool const ends_well = end == ending::clean && size >= each.body_may_end_at;
                BOOST_TEST((result.summary == "connection_lost") == !ends_well,
                           "rows 45, 46: " << each.name << " cut at " << size << ": " << result);
                BOOST_TEST(test::feed_bytewise(cut, end, {}) == result, each.name << " cut at " << size);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_chunked_body_in_single_bytes_does_not_abort)
{
    // In builds with assertions Beast 1.81 aborts here: `0 CR LF`, then CR, then LF, in reads of their own.
    feeder fed;
    fed.give(chunked);
    for (auto const* const piece : {"0\r\n", "\r", "\n"})
        fed.give(piece);
    BOOST_TEST(fed.end(ending::open).summary == "200 keep []", "F8, row 52");
}

BOOST_AUTO_TEST_CASE(no_body_byte_is_held_back)
{
    // The connection keeps what is not read: what a body holds must not be buffered twice.
    for (auto const& begin : {chunked + "100000\r\n", ok + "Content-Length: 1000\r\n\r\n", ok + "\r\n"}) {
        feeder fed;
        fed.give(begin + "x");
        BOOST_TEST(fed.held_back() == 0u, begin);
        BOOST_TEST(fed.reader().answer().body == "x");
        fed.give("yz");
        BOOST_TEST(fed.held_back() == 0u, begin);
        BOOST_TEST(fed.reader().answer().body == "xyz");
    }
}

BOOST_AUTO_TEST_CASE(tells_where_it_is)
{
    feeder fed;
    auto& reader = fed.reader();
    BOOST_TEST(!reader.started());
    BOOST_TEST(reader.where() == phase::read_header);
    fed.give("HTTP/1.1 103 X\r\n\r\n");
    BOOST_TEST(reader.started());
    BOOST_TEST(reader.where() == phase::read_header);
    fed.give(ok + "Content-Length: 2\r\n\r");
    BOOST_TEST(reader.where() == phase::read_header);
    fed.give("\n");
    BOOST_TEST(reader.where() == phase::read_body);
    BOOST_TEST(!reader.complete());
    fed.give("hi");
    BOOST_TEST(reader.complete());
    BOOST_TEST(!reader.failure());
    reader.end(false); // too late to matter
    BOOST_TEST(!reader.failure());
}

BOOST_AUTO_TEST_CASE(violations_say_where_they_were_seen)
{
    auto const where = [](std::string const& bytes, ending end) {
        return test::feed_whole(bytes, end, limited()).detail;
    };
    auto const begins = [](std::string const& text, std::string_view with) { return text.starts_with(with); };
    BOOST_TEST(begins(where("HTTP/2", ending::open), "read_header: "));
    BOOST_TEST(begins(where(ok + "Content-Length: -1\r\n\r\n", ending::open), "read_header: "));
    BOOST_TEST(begins(where(header_of(small_limit + 1), ending::open), "read_header: "));
    BOOST_TEST(begins(where(ok, ending::clean), "read_header: "));
    BOOST_TEST(begins(where(ok + "Content-Length: 5\r\n\r\nhell", ending::clean), "read_body: "));
    BOOST_TEST(begins(where(chunked + "g\r\n", ending::open), "read_body: "));
    BOOST_TEST(begins(where(chunked + "401\r\n", ending::open), "read_body: "));
    for (auto const& bytes : {"HTTP/1.1 200 OK\r\nX\x1b[2J: a\r\n\r\n"s, chunked + "\x1b\r\n"})
        BOOST_TEST(where(bytes, ending::open).find('\x1b') == std::string::npos, "P44: no server text in reasons");
}

BOOST_AUTO_TEST_CASE(one_reader_reads_one_answer_after_another)
{
    http::response_reader reader{limited()};
    auto const read = [&](std::string_view bytes) {
        reader.start();
        BOOST_TEST(!reader.started());
        BOOST_TEST(!reader.complete());
        BOOST_TEST(!reader.failure().has_value());
        BOOST_TEST(reader.answer().field_count() == 0u);
        BOOST_TEST(reader.answer().body.empty());
        return reader.read(bytes);
    };
    std::string const five = repeat("HTTP/1.1 103 X\r\n\r\n", 5) + ok;
    for (int i = 0; i != 3; ++i) {
        read(ok + "A: b\r\nContent-Length: 5\r\n\r\nhello");
        BOOST_TEST(reader.complete());
        BOOST_TEST(reader.answer().body == "hello");
        BOOST_TEST(reader.answer().field("a").value_or("") == "b");
        read(five);                // and it is given up
        read(chunked + "5\r\nhe"); // and this one
        read(chunked + "2;a=b\r\nhi\r\n0\r\nX: y\r\n\r\n");
        BOOST_TEST(reader.complete());
        BOOST_TEST(reader.answer().body == "hi");
        read("HTTP/1.1 20x");     // and this one
        read(chunked + "zz\r\n"); // and this one fails
        BOOST_TEST(reader.failure().has_value());
        BOOST_TEST(reader.read("more") == 0u);
        read("HTTP/1.1 204 X\r\n\r\n");
        BOOST_TEST(reader.complete());
        BOOST_TEST(reader.answer().status == 204);
        BOOST_TEST(reader.answer().field("a").has_value() == false);
    }
    // The counts of interim answers, of a body's size and of trailers begin anew.
    for (int i = 0; i != 3; ++i) {
        read(repeat("HTTP/1.1 103 X\r\n\r\n", 5) + chunked + "400\r\n" + std::string(small_limit, 'x') +
             "\r\n0\r\nX: " + std::string(longest_chunk_line - 100, 'x') + "\r\n\r\n");
        BOOST_TEST(reader.complete());
        BOOST_TEST(reader.answer().body.size() == small_limit);
    }
}

BOOST_AUTO_TEST_CASE(no_bytes_whatever_bring_it_down)
{
    // Mutations of good answers: no crash, no verdict that depends on how they are split.
    std::string const seeds[] = {
        "HTTP/1.1 103 X\r\nLink: y\r\n\r\n" + ok + "Content-Length: 5\r\nConnection: keep-alive, x\r\n\r\nhello",
        chunked + "5;a=\"b\\\"\";c=d\r\nhello\r\n0;e\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ok + "Server: x\r\n\r\nhello",
    };
    constexpr std::string_view spice = "\r\n\r\n\0 \t:;=\"\\,0123456789abcdefgxX-+\x7f\xff";
    std::mt19937 random{8};
    for (int i = 0; i != 4'000; ++i) {
        auto bytes = seeds[random() % std::size(seeds)];
        for (auto changes = 1 + random() % 4; changes != 0; --changes) {
            auto const at = random() % bytes.size();
            auto const c = spice[random() % spice.size()];
            switch (random() % 4) {
            case 0:
                bytes[at] = c;
                break;
            case 1:
                bytes.insert(at, 1, c);
                break;
            case 2:
                bytes.erase(at, 1);
                break;
            default:
                bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 8));
            }
        }
        auto const end = static_cast<ending>(random() % 3);
        auto const whole = test::feed_whole(bytes, end, limited());
        auto const bytewise = test::feed_bytewise(bytes, end, limited());
        auto const split = test::feed_split(bytes, end, limited(), random);
        if (whole != bytewise || whole != split) {
            BOOST_ERROR("mutation " << i << ": " << whole << ", byte by byte: " << bytewise << ", split: " << split
                                    << " of\n"
                                    << bytes);
            break;
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
