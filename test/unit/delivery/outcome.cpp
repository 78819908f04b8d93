// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/outcome.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace rtkhooks;
using delivery::outcome;

BOOST_AUTO_TEST_SUITE(delivery_outcomes)

namespace {

struct status_row {
    outcome what;
    int status;
    bool sent_again; ///< what RealtimeKit makes of it: after 5xx alone
};

/// F14, and rows 101 to 112 of the fault matrix.
std::vector<status_row> const status_rows{
    {outcome::handled, 200, false},
    {outcome::duplicate, 200, false},
    {outcome::signature_malformed, 400, false},
    {outcome::signature_missing, 401, false},
    {outcome::signature_mismatch, 401, false},
    {outcome::of_others, 403, false},
    {outcome::wrong_path, 404, false},
    {outcome::wrong_method, 405, false},
    {outcome::wrong_type, 415, false},
    {outcome::wrong_coding, 415, false},
    {outcome::handler_failed, 500, true},
    {outcome::undecided, 503, true},
    {outcome::not_in_time, 503, true},
    {outcome::overloaded, 503, true},
    {outcome::stopping, 503, true},
};

} // namespace

BOOST_AUTO_TEST_CASE(each_outcome_has_its_status)
{
    BOOST_TEST(status_rows.size() == static_cast<std::size_t>(outcome::stopping) + 1);
    for (auto const& each : status_rows) {
        BOOST_TEST_CONTEXT(delivery::explanation_of(each.what))
        {
            BOOST_TEST(delivery::status_of(each.what) == each.status);
            BOOST_TEST((delivery::status_of(each.what) >= 500) == each.sent_again);
            BOOST_TEST(!delivery::explanation_of(each.what).empty());
        }
    }
    BOOST_TEST(delivery::explanation_of(outcome::undecided).find("no key") == std::string_view::npos,
               "there may be one");
}

BOOST_AUTO_TEST_CASE(verdicts_have_the_status_that_they_have_everywhere)
{
    BOOST_TEST(!delivery::outcome_of(verdict::genuine).has_value());
    for (auto const each :
         {verdict::signature_missing, verdict::signature_malformed, verdict::signature_mismatch, verdict::undecided}) {
        BOOST_TEST_CONTEXT(each)
        BOOST_TEST(delivery::status_of(delivery::outcome_of(each).value()) == status_for(each));
    }
}

namespace {

struct head_row {
    std::string head; ///< without its end
    std::string path;
    std::optional<outcome> objection;
};

std::string post(std::string const& target, std::string const& fields = "Content-Type: application/json")
{
    return "POST " + target + " HTTP/1.1\r\nHost: x" + (fields.empty() ? "" : "\r\n" + fields);
}

std::vector<head_row> const head_rows{
    {post("/"), "/", {}},
    {post("/hook/3f9a"), "/hook/3f9a", {}},
    {post("/hook?key=3f9a"), "/hook?key=3f9a", {}},
    {post("http://a.example/hook"), "/hook", {}},
    {post("HTTPS://a.example:8443/hook?a=b"), "/hook?a=b", {}},
    {post("http://a.example"), "/", {}},
    {post("/", ""), "/", {}},
    {post("/", "Content-Type: Application/JSON;charset=utf-8"), "/", {}},
    {post("/", "Content-Type: application/json ; charset=\"utf-8\""), "/", {}},
    {post("/", "Content-Encoding: identity"), "/", {}},
    {post("/", "Content-Type:"), "/", {}},
    {post("/", "Content-Type: \t\r\nContent-Encoding: "), "/", {}},

    {post("/"), "/hook", outcome::wrong_path},
    {post("/hook/"), "/hook", outcome::wrong_path},
    {post("/Hook"), "/hook", outcome::wrong_path},
    {post("/hooK"), "/hook", outcome::wrong_path},
    {post("/hoo"), "/hook", outcome::wrong_path},
    {post("/hook?"), "/hook", outcome::wrong_path},
    {post("/hook?key=3f9a"), "/hook", outcome::wrong_path},
    {post("/hook"), "/hook?key=3f9a", outcome::wrong_path},
    {post("/hook/../hook"), "/hook", outcome::wrong_path},
    {post("/%68ook"), "/hook", outcome::wrong_path},
    {post("*"), "/", outcome::wrong_path},
    {post("a.example:80"), "/", outcome::wrong_path},
    {"GET / HTTP/1.1\r\nHost: x", "/", outcome::wrong_method},
    {"HEAD / HTTP/1.1\r\nHost: x", "/", outcome::wrong_method},
    {"PUT / HTTP/1.1\r\nHost: x", "/", outcome::wrong_method},
    {"post / HTTP/1.1\r\nHost: x", "/", outcome::wrong_method},
    {"OPTIONS / HTTP/1.1\r\nHost: x", "/", outcome::wrong_method},
    {"GET /x HTTP/1.1\r\nHost: x", "/", outcome::wrong_path},
    {post("/", "Content-Type: text/plain"), "/", outcome::wrong_type},
    {post("/", "Content-Type:\r\nContent-Type: application/json"), "/", outcome::wrong_type},
    {post("/", "Content-Type: application/jsonx"), "/", outcome::wrong_type},
    {post("/", "Content-Type: application/x-www-form-urlencoded"), "/", outcome::wrong_type},
    {post("/", "Content-Type: application/json\r\nContent-Type: application/json"), "/", outcome::wrong_type},
    {post("/", "Content-Type: application/json;a=b\r\nContent-Type: text/html"), "/", outcome::wrong_type},
    {post("/", "Content-Encoding: gzip"), "/", outcome::wrong_coding},
    {post("/", "Content-Encoding: identity\r\nContent-Encoding: br"), "/", outcome::wrong_coding},
    {post("/", "Content-Encoding:\r\nContent-Encoding: gzip"), "/", outcome::wrong_coding},
};

} // namespace

BOOST_AUTO_TEST_CASE(what_a_header_alone_can_be_refused_for)
{
    http::request_reader reader{delivery::kept_fields};
    for (auto const& each : head_rows) {
        BOOST_TEST_CONTEXT(each.head << " at " << each.path)
        {
            reader.next();
            reader.feed(each.head + "\r\n\r\n");
            BOOST_REQUIRE(reader.header_complete());
            auto const got = delivery::objection_to(reader.request(), each.path);
            BOOST_REQUIRE(got.has_value() == each.objection.has_value());
            if (got)
                BOOST_CHECK(*got == *each.objection);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_refused_whatever_its_body_is)
{
    std::string const signature = "rtk-signature: AAAA";
    std::vector<head_row> const rows{
        {post("/", signature), "/", {}},
        {post("/", "dyte-signature: AAAA"), "/", {}},
        {post("/", ""), "/", outcome::signature_missing},
        {post("/", "rtk-signature:"), "/", outcome::signature_malformed},
        {post("/", "rtk-signature: AAA"), "/", outcome::signature_malformed},
        {post("/", signature + "\r\n" + signature), "/", outcome::signature_malformed},
        // The first of several reasons, as where the body has come.
        {post("/x", ""), "/", outcome::wrong_path},
        {"GET / HTTP/1.1\r\nHost: x", "/", outcome::wrong_method},
        {post("/", "Content-Type: text/plain"), "/", outcome::wrong_type},
        {post("/", "Content-Encoding: gzip\r\nrtk-signature: AAA"), "/", outcome::wrong_coding},
    };
    http::request_reader reader{delivery::kept_fields};
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.head)
        {
            reader.next();
            reader.feed(each.head + "\r\n\r\n");
            BOOST_CHECK(delivery::refusal_by_header(reader.request(), each.path) == each.objection);
        }
    }
}

BOOST_AUTO_TEST_CASE(fields_are_found_as_they_came)
{
    http::request_reader reader{delivery::kept_fields};
    reader.feed("POST / HTTP/1.1\r\nHost: x\r\nRTK-Signature: AAAA\r\nrtk-uuid: a\r\nrtk-uuid: b\r\nOther: c\r\n"
                "dyte-webhook-id: d\r\n\r\n");
    auto const& request = reader.request();
    BOOST_TEST(delivery::find_field(request, "rtk-signature").once().value() == "AAAA");
    BOOST_TEST(delivery::find_field(request, "rtk-uuid").is_repeated());
    BOOST_TEST(delivery::find_field(request, "dyte-webhook-id").once().value() == "d");
    BOOST_TEST(delivery::find_field(request, "dyte-signature").is_missing());
    BOOST_TEST(delivery::find_field(request, "other").is_missing());
}

BOOST_AUTO_TEST_CASE(answers_as_they_are_sent)
{
    using namespace std::chrono;
    auto const now = sys_days{year{2026} / 11 / 5} + 8h + 9min + 7s;
    BOOST_TEST(delivery::make_answer(200, "accepted", {true, true, false}, now) ==
               "HTTP/1.1 200 OK\r\nDate: Thu, 05 Nov 2026 08:09:07 GMT\r\nContent-Type: text/plain\r\n"
               "Content-Length: 9\r\n\r\naccepted\n");
    BOOST_TEST(delivery::make_answer(405, "no", {true, false, true}, now) ==
               "HTTP/1.1 405 Method Not Allowed\r\nDate: Thu, 05 Nov 2026 08:09:07 GMT\r\n"
               "Content-Type: text/plain\r\nContent-Length: 3\r\nAllow: POST\r\nConnection: close\r\n\r\n");
    BOOST_TEST(delivery::make_answer(503, "", {false, true, false}, now).find("\r\nConnection: keep-alive\r\n") !=
               std::string::npos);
    for (int const status : {200, 400, 401, 403, 404, 405, 408, 413, 414, 415, 417, 431, 500, 501, 503, 505}) {
        auto const line = delivery::make_answer(status, "", {}, now);
        BOOST_TEST(line.find(" \r\n") == std::string::npos, status << " has no reason phrase");
    }
}

BOOST_AUTO_TEST_SUITE_END()
