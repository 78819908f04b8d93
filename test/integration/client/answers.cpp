// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fixtures/responses.hpp"
#include "integration/coroutine.hpp"
#include "integration/ids.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <vector>

// Every operation, and each body that the API is known to answer with.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::http_answer;
using test::scripted_server;
namespace responses = test::responses;

namespace {

/// How one operation ended. The value's own form is of no interest here.
struct ending {
    ending() = default;
    std::string operation;
    std::optional<error> failure;
};

template <class T>
ending ended(std::string operation, result<T> const& how)
{
    ending made;
    made.operation = std::move(operation);
    if (how.has_error())
        made.failure = how.error();
    return made;
}

awaitable<std::vector<ending>> every_operation(webhook_collection hooks)
{
    webhook_spec const spec{"name", "https://example.com/", event_set::all()};
    std::vector<ending> endings;
    auto const listed = co_await hooks.list();
    endings.push_back(ended("list", listed));
    auto const created = co_await hooks.create(spec);
    endings.push_back(ended("create", created));
    auto const got = co_await hooks.get(test::some_id);
    endings.push_back(ended("get", got));
    auto const replaced = co_await hooks.replace(test::some_id, spec);
    endings.push_back(ended("replace", replaced));
    auto const edited = co_await hooks.edit(test::some_id, webhook_patch{}.enabled(true));
    endings.push_back(ended("edit", edited));
    auto const removed = co_await hooks.remove(test::some_id);
    endings.push_back(ended("remove", removed));
    auto const types = co_await hooks.list_event_types();
    endings.push_back(ended("list_event_types", types));
    co_return endings;
}

std::vector<ending> against(std::string const& answer, bool list_not_found_is_empty = false)
{
    scripted_server server{[&](scripted_server::session& connection) {
        for (;;) {
            connection.read_request();
            connection.send(answer);
        }
    }};
    auto config = server.config();
    config.list_not_found_is_empty = list_not_found_is_empty;
    std::vector<ending> endings;
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        endings = co_await every_operation(api.webhooks(test::account, test::app));
        BOOST_TEST(api.stats().opened == 1u); // an error with a complete body keeps the connection
    });
    return endings;
}

struct error_row {
    int status;
    std::string_view body;
    errc code;
    std::optional<std::int64_t> number;
    std::string_view message;
};

} // namespace

BOOST_AUTO_TEST_SUITE(client_answers)

BOOST_AUTO_TEST_CASE(every_operation_and_every_error_body)
{
    std::array const rows{
        error_row{400, responses::bad_request, errc::invalid_request, 400, "BAD_REQUEST"},
        error_row{401, responses::unauthorized, errc::unauthorized, {}, "Unauthorized"},
        error_row{404, responses::not_found, errc::not_found, 404, "not found"},
        error_row{409, responses::conflict, errc::conflict, 409, ""},
        error_row{500, responses::internal_error, errc::server_error, 500, ""},
        error_row{400, responses::gateway_bad_header, errc::invalid_request, 6003, ""},
        error_row{403, responses::gateway_forbidden, errc::forbidden, 10000, ""},
        error_row{404, responses::gateway_no_route, errc::not_found, 7003, ""},
        error_row{422, responses::gateway_unprocessable, errc::invalid_request, 1001, ""},
        error_row{429, responses::gateway_throttled, errc::rate_limited, 971, ""},
        error_row{418, responses::gateway_without_code, errc::invalid_request, {}, ""},
        error_row{522, responses::gateway_page, errc::server_error, {}, ""},
        error_row{403, "", errc::forbidden, {}, "-"},
        error_row{502, "", errc::server_error, {}, "-"},
        error_row{302, "", errc::unexpected_redirect, {}, "-"},
    };
    for (auto const& row : rows) {
        auto const endings = against(http_answer(row.status, row.body, "cf-ray: 8f0c0ffee0000001-FRA\r\n"));
        BOOST_TEST_REQUIRE(endings.size() == 7u);
        for (auto const& each : endings) {
            BOOST_TEST_CONTEXT(each.operation << " answered by " << row.status << ' ' << row.body)
            {
                BOOST_TEST_REQUIRE(each.failure.has_value());
                BOOST_TEST_MESSAGE("said: " << *each.failure); // for scripts/test to look through
                BOOST_TEST(each.failure->code() == make_error_code(row.code));
                BOOST_TEST(each.failure->http_status() == row.status);
                BOOST_TEST(each.failure->ray_id() == "8f0c0ffee0000001-FRA");
                BOOST_TEST(each.failure->request_state() == request_state::answered);
                BOOST_TEST(each.failure->attempts() == 1);
                if (row.message == "-") {
                    BOOST_TEST(each.failure->messages().empty());
                } else {
                    BOOST_TEST_REQUIRE(!each.failure->messages().empty());
                    auto const& first = each.failure->messages().front();
                    BOOST_TEST((first.code == row.number));
                    BOOST_TEST(first.message.find(row.message) != std::string::npos);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_gateways_own_404_is_no_empty_list)
{
    auto const of_gateway = against(http_answer(404, responses::gateway_no_route), true);
    BOOST_TEST_REQUIRE(of_gateway.front().failure.has_value());
    BOOST_TEST((of_gateway.front().failure->code() == errc::not_found));
    auto const own = against(http_answer(404, responses::not_found), true);
    BOOST_TEST(!own.front().failure.has_value());
}

BOOST_AUTO_TEST_CASE(a_failure_under_200_is_a_failure)
{
    for (auto const& each : against(http_answer(200, responses::gateway_throttled))) {
        BOOST_TEST_CONTEXT(each.operation)
        {
            BOOST_TEST_REQUIRE(each.failure.has_value());
            BOOST_TEST((each.failure->code() == errc::invalid_request));
            BOOST_TEST(each.failure->http_status() == 200);
            BOOST_TEST(each.failure->messages().front().code.value() == 971);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_the_promised_json_is_named)
{
    for (auto const body : {std::string_view{}, responses::gateway_page, std::string_view{"[]"},
                            std::string_view{R"({"success":true,"data":7})"}}) {
        for (auto const& each : against(http_answer(200, body))) {
            BOOST_TEST_CONTEXT(each.operation << " answered by 200 " << body)
            {
                bool const is_success = body.empty() || body.find("true") != body.npos;
                if (is_success && each.operation == "remove") { // says all that there is to say
                    BOOST_TEST(!each.failure.has_value());
                    continue;
                }
                BOOST_TEST_REQUIRE(each.failure.has_value());
                BOOST_TEST((each.failure->code() == errc::decode_failed));
                BOOST_TEST(each.failure->phase() == phase::decode);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_great_many_lines)
{
    std::string lines;
    while (lines.size() < 2'000'000)
        lines += "Retry-After:\r\n";
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        connection.send(http_answer(404, "", lines));
    }};
    auto config = server.config();
    config.limits.header_bytes = 4 * 1024 * 1024;
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST((got.error().code() == errc::limit_exceeded), got.error()); // which bounds what each may cost
    });
}

BOOST_AUTO_TEST_CASE(the_request_is_what_the_api_documents)
{
    std::vector<std::string> requests;
    std::mutex mutex;
    scripted_server server{[&](scripted_server::session& connection) {
        for (;;) {
            auto request = connection.read_request();
            {
                std::lock_guard const lock{mutex};
                requests.push_back(std::move(request));
            }
            connection.send(http_answer(200, responses::webhook));
        }
    }};
    auto config = server.config();
    config.user_agent = "tests/1";
    test::run([&](boost::asio::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const hooks = api.webhooks("account", "app");
        webhook_spec const spec{"a \"name\"", "https://example.com/", event_type::meeting_started};
        auto const created = co_await hooks.create(spec);
        BOOST_TEST(created.has_value());
        auto const got = co_await hooks.get("an~id", call_options{}.header("X-Extra", "1"));
        BOOST_TEST(got.has_value());
    });
    std::lock_guard const lock{mutex};
    auto const host = "server.test:" + std::to_string(server.port());
    BOOST_TEST_REQUIRE(requests.size() == 2u);
    std::string const body = R"({"name":"a \"name\"","url":"https://example.com/","events":["meeting.started"],)"
                             R"("enabled":true})";
    BOOST_TEST(requests[0] == "POST /client/v4/accounts/account/realtime/kit/app/webhooks HTTP/1.1\r\n"
                              "Host: " +
                                  host +
                                  "\r\nUser-Agent: tests/1\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
                                  "Authorization: Bearer canary-token-of-the-tests\r\n"
                                  "Content-Type: application/json\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n\r\n" + body);
    BOOST_TEST(requests[1] == "GET /client/v4/accounts/account/realtime/kit/app/webhooks/an~id HTTP/1.1\r\n"
                              "Host: " +
                                  host +
                                  "\r\nUser-Agent: tests/1\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
                                  "Authorization: Bearer canary-token-of-the-tests\r\nX-Extra: 1\r\n\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
