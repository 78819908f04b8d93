// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/answer.hpp"

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_answer)

BOOST_AUTO_TEST_CASE(error_bodies_have_the_documented_forms)
{
    struct case_of {
        answer made;
        int status;
        char const* body;
    };
    std::vector<case_of> const cases{
        {make_error(401), 401, R"({"message":"Unauthorized"})"},
        {make_error(403), 403,
         R"({"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null})"},
        {make_error(404), 404, R"({"success":false,"error":{"code":404,"message":"Error: resource not found"}})"},
        {make_error(409), 409, R"({"success":false,"error":{"code":409,"message":"Error: resource already exists"}})"},
        {make_error(429), 429,
         R"({"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}],)"
         R"("messages":[],"result":null})"},
        {make_error(500), 500, R"({"success":false,"error":{"code":500,"message":"Internal Server Error"}})"},
        {make_error(418), 418, R"({"success":false,"errors":[{"message":"Error"}],"messages":[],"result":null})"},
        {make_realtimekit_error(400, "BAD_REQUEST: \"name\" is required"), 400,
         R"({"success":false,"error":{"code":400,"message":"BAD_REQUEST: \"name\" is required"}})"},
        {make_gateway_error(404, 7003, "No route for the URI"), 404,
         R"({"success":false,"errors":[{"code":7003,"message":"No route for the URI"}],"messages":[],"result":null})"},
        {make_gateway_error(400, {}, "Something went wrong"), 400,
         R"({"success":false,"errors":[{"message":"Something went wrong"}],"messages":[],"result":null})"},
        {make_bad_credentials(6111, "Invalid format for Authorization header"), 400,
         R"({"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,)"
         R"("message":"Invalid format for Authorization header"}]}],"messages":[],"result":null})"},
    };
    for (auto const& each : cases) {
        BOOST_TEST(each.made.status == each.status);
        BOOST_TEST(each.made.body == each.body);
        BOOST_TEST(each.made.content_type == "application/json");
    }
}

BOOST_AUTO_TEST_CASE(every_error_status_has_a_body)
{
    for (int status = 400; status <= 599; ++status) {
        auto const made = make_error(status);
        BOOST_TEST(made.status == status);
        BOOST_TEST(!made.body.empty());
        bool const is_page = status == 502 || status == 504 || status >= 520;
        BOOST_TEST(made.content_type == (is_page ? "text/html; charset=UTF-8" : "application/json"));
        boost::system::error_code failure;
        boost::json::parse(made.body, failure);
        BOOST_TEST(!failure == !is_page);
    }
}

BOOST_AUTO_TEST_CASE(as_http)
{
    using namespace std::chrono;
    answer const made{201, "{}", "application/json", {{"cf-ray", "1-EMU"}, {"Retry-After", "3"}}};
    auto const sent = [&](framing how, sys_seconds now = sys_days{2026y / 6 / 3} + 9h + 5min + 1s) {
        std::string out = "before ";
        append(out, made, how, now);
        BOOST_TEST(out.starts_with("before "));
        return out.substr(7);
    };
    std::string const start = "HTTP/1.1 201 Created\r\nDate: Wed, 03 Jun 2026 09:05:01 GMT\r\n"
                              "Content-Type: application/json\r\nContent-Length: 2\r\n";
    std::string const end = "Server: rtkhooks-emulator\r\ncf-ray: 1-EMU\r\nRetry-After: 3\r\n\r\n";
    BOOST_TEST(sent({true, true, false}) == start + end + "{}");
    BOOST_TEST(sent({true, false, false}) == start + "Connection: close\r\n" + end + "{}");
    BOOST_TEST(sent({false, true, false}) == start + "Connection: keep-alive\r\n" + end + "{}");
    BOOST_TEST(sent({false, false, false}) == start + "Connection: close\r\n" + end + "{}");
    BOOST_TEST(sent({true, true, true}) == start + end);
    BOOST_TEST(sent({}, sys_days{2024y / 2 / 29}).find("Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n") != std::string::npos);
    BOOST_TEST(sent({}, sys_days{1999y / 12 / 31} + 23h + 59min + 59s).find("Fri, 31 Dec 1999 23:59:59 GMT") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_body_takes_no_more_memory_to_send)
{
    std::string const body(100'000, 'b');
    answer made{200, {}, "application/json", {{"cf-ray", "1-EMU"}}};
    made.body.reserve(body.size() + longest_header);
    made.body.append(body);
    auto const capacity = made.body.capacity();
    auto const* const place = made.body.data();
    std::string out;
    append(out, std::move(made), {}, {});
    BOOST_TEST(static_cast<void const*>(out.data()) == static_cast<void const*>(place));
    BOOST_TEST(out.capacity() == capacity);
    BOOST_TEST(out.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(out.ends_with("cf-ray: 1-EMU\r\n\r\n" + body));
    BOOST_TEST(out.find("Content-Length: 100000\r\n") != std::string::npos);
    // Behind something else, and to HEAD.
    append(out, {201, std::string(5000, 'c'), "application/json", {}}, {}, {});
    BOOST_TEST(out.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(out.ends_with("\r\n\r\n" + std::string(5000, 'c')));
    std::string head;
    append(head, {200, body, "application/json", {}}, {true, true, true}, {});
    BOOST_TEST(head.find("Content-Length: 100000\r\n") != std::string::npos);
    BOOST_TEST(head.ends_with("\r\n\r\n"));
    BOOST_TEST(head.size() < longest_header);
}

BOOST_AUTO_TEST_CASE(an_overload_is_the_last_answer)
{
    auto const made = make_overload();
    BOOST_TEST(made.status == 503);
    BOOST_TEST(made.closes);
    BOOST_TEST(!make_error(503).closes);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
