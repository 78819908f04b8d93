// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "conformance/vectors.hpp"
#include "unit/http/feed.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>

// The responses of llhttp's own tests (https://github.com/nodejs/llhttp), with what that parser makes of them.

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(llhttp)

using test::ending;
using test::verdict;

namespace {

std::string from_base64(std::string_view text)
{
    std::string out(text.size() / 4 * 3, '\0');
    auto const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    BOOST_TEST_REQUIRE(size >= 0);
    auto const padding = std::count(text.begin(), text.end(), '=');
    out.resize(static_cast<std::size_t>(size - padding));
    return out;
}

/// Where another verdict than llhttp's is right, and why. All of RFC 9112 unless it says otherwise.
struct exception_row {
    std::string_view id;
    std::string_view ours;
};

constexpr auto refused = "protocol_error";

constexpr exception_row exceptions[] = {
    // Section 2.2: to skip an empty line is for a server that waits for a request-line. A client that did so would take
    // the end of an answer for the beginning of the next.
    {"sample::Response starting with CRLF", refused},
    {"connection::HTTP 100 first, then 400", refused},
    // Section 2.2: a bare CR is no line end. A bare LF may be taken for one, and need not be.
    {"invalid::Bare CR after response line (lenient)", refused},
    {"invalid::Invalid space after start line / Only LFs present and no body (lenient)", refused},
    {"invalid::Invalid space after start line / Only LFs present (lenient)", refused},
    {"sample::No carriage ret (lenient)", refused},
    // Section 2.3: HTTP-version is `HTTP/` and two digits, and what is not 1.x has another syntax or none.
    {"lenient-version::Invalid HTTP version (lenient)", refused},
    {"sample::HTTP version 0.9", refused},
    {"sample::RTSP response", refused},
    {"sample::ICE response", refused},
    // Section 4: the space behind the status is there even where there is no reason-phrase.
    {"sample::No reason phrase", refused},
    // Section 5.2: a folded line is to be unfolded. `Transfer-Encoding: chunked abc` is then no coding that was asked
    // for, so that to refuse all folded lines comes to the same.
    {"transfer-encoding::Invalid OBS fold after chunked value", refused},
    // Section 7.4: a request without TE asks for no coding but chunked. What such a body holds could not be decoded.
    {"transfer-encoding::`chunked` before other transfer-encoding", refused},
    {"transfer-encoding::multiple transfer-encoding where chunked is not the last one", refused},
    {"transfer-encoding::`chunkedchunked` transfer-encoding does not enable chunked enconding", refused},
    // RFC 9110 section 7.8: a server must not switch to a protocol that the client did not name.
    {"connection::HTTP 101 response with Upgrade and Content-Length header", refused},
    {"connection::HTTP 101 response with Upgrade and Transfer-Encoding header", refused},
    // Section 9.6: the answer with `close` is the connection's last, and what comes behind it is not read.
    {"connection::HTTP/1.1 with keep-alive disabled and 204 status", "204 close [] +15"},
    {"connection::HTTP/1.1 with keep-alive disabled, content-length", "200 close [2ad73] +31"},
    // Section 2.2: white space before the first field. It is refused once the line is there to be judged.
    {"invalid::Invalid space after start line", "incomplete"},
    // There the parser is told that a body is missing, as in the answer to HEAD. This client sends none.
    {"content-length::Content-Length reset when no body is received", "incomplete"},
};

/// Whether the end of the connection can be the answer's: its header is whole, and gives the body no length (section 6.3).
bool may_end(std::string bytes)
{
    if (bytes.find("\r\n\r\n") == bytes.npos)
        return false;
    std::transform(bytes.begin(), bytes.end(), bytes.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return bytes.find("\r\ncontent-length:") == bytes.npos && bytes.find("\r\ntransfer-encoding:") == bytes.npos;
}

/// What llhttp says of the first answer that is no interim one.
struct opinion {
    bool refused = false;
    bool complete = false;
    std::string status; ///< empty: it saw none
};

opinion opinion_of(boost::json::object const& from)
{
    opinion theirs;
    auto finished = from.at("llhttp_messages_complete").as_int64();
    for (auto const& each : from.at("llhttp_statuses").as_array()) {
        auto const status = each.as_int64();
        if (status >= 200 || status == 101) {
            theirs.status = std::to_string(status);
            break;
        }
        --finished;
    }
    theirs.complete = finished > 0;
    theirs.refused = !from.at("llhttp_error").is_null();
    return theirs;
}

std::string first_header(std::string_view bytes) { return std::string{bytes.substr(0, bytes.find("\r\n\r\n") + 4)}; }

verdict feed_two(std::string_view bytes, std::size_t first, ending how)
{
    test::feeder fed;
    fed.give(bytes.substr(0, first));
    fed.give(bytes.substr(first));
    return fed.end(how);
}

/// The verdict on the whole, which every other way of splitting must give too.
verdict judge(std::string const& bytes, ending end, std::mt19937& random)
{
    auto const whole = test::feed_whole(bytes, end, {});
    BOOST_TEST(test::feed_bytewise(bytes, end, {}) == whole);
    for (std::size_t first = 1; first < bytes.size(); ++first)
        if (auto const split = feed_two(bytes, first, end); split != whole)
            BOOST_ERROR("split behind byte " << first << ": " << split << ", whole: " << whole);
    for (int i = 0; i != 50; ++i)
        BOOST_TEST(test::feed_split(bytes, end, {}, random) == whole);
    return whole;
}

} // namespace

BOOST_AUTO_TEST_CASE(responses)
{
    auto const data = test::json_vectors("llhttp-response/cases.json");
    std::map<std::string_view, std::string_view> unused;
    for (auto const& each : exceptions)
        unused.emplace(each.id, each.ours);

    std::mt19937 random{85};
    int cases = 0;
    std::map<std::string_view, int> verdicts;
    for (auto const& each : data.at("cases").as_array()) {
        std::string_view const id{each.at("id").as_string()};
        BOOST_TEST_CONTEXT(id)
        {
            ++cases;
            auto const bytes = from_base64(each.at("bytes_b64").as_string());
            auto const open = judge(bytes, ending::open, random);
            auto const clean = judge(bytes, ending::clean, random);
            auto const unclean = judge(bytes, ending::unclean, random);

            auto const theirs = opinion_of(each.as_object());
            if (auto const own = unused.find(id); own != unused.end()) {
                BOOST_TEST(open.summary == own->second, open);
                if (theirs.status == "101") // what follows it would be refused for itself
                    BOOST_TEST(judge(first_header(bytes), ending::open, random).summary == refused);
                if (theirs.refused && own->second == "incomplete")
                    BOOST_TEST(judge(bytes + "\r\n\r\n", ending::open, random).summary == refused);
                unused.erase(own);
                ++verdicts["exception"];
            } else if (theirs.refused) {
                BOOST_TEST(open.summary == refused, open);
                ++verdicts["refused"];
            } else if (theirs.complete) {
                BOOST_TEST(open.summary.substr(0, 3) == theirs.status, open);
                ++verdicts["complete"];
            } else {
                BOOST_TEST(open.summary == "incomplete", open);
                ++verdicts["incomplete"];
            }

            // What the end of the connection makes of it (sections 6.3 and 8).
            if (open.summary != "incomplete") {
                BOOST_TEST(clean == open);
                BOOST_TEST(unclean == open);
            } else {
                BOOST_TEST(unclean.summary == "connection_lost", unclean);
                if (may_end(bytes))
                    BOOST_TEST(clean.summary.starts_with(theirs.status + " close ["), clean);
                else
                    BOOST_TEST(clean.summary == "connection_lost", clean);
            }
        }
    }
    for (auto const& each : unused)
        BOOST_ERROR("no case has the name " << each.first);
    BOOST_TEST(cases == 85);
    BOOST_TEST(verdicts["refused"] == 21);
    BOOST_TEST(verdicts["complete"] == 29);
    BOOST_TEST(verdicts["incomplete"] == 14);
    BOOST_TEST(verdicts["exception"] == std::ssize(exceptions));
}

BOOST_AUTO_TEST_SUITE_END()
