// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/service.hpp"

#include "emulator/identifier.hpp"
#include "emulator/webhook_body.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_service)

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string const token = "good-token";
std::string const collection = "/client/v4/accounts/acc/realtime/kit/app/webhooks";
std::string const unknown_id = "00000000-0000-4000-8000-000000000000";
std::string const good_body = R"({"name":"n","url":"https://h/1","events":["meeting.started","meeting.ended"]})";

std::string body_with_url(std::string const& url)
{
    return R"({"name":"n","url":")" + url + R"(","events":["meeting.started"]})";
}

std::string_view field(answer const& in, std::string_view name)
{
    for (auto const& [each, value] : in.fields) {
        if (each == name)
            return value;
    }
    return {};
}

// A service, a clock that stands until it is moved, and a client with the right token.
struct fixture {
    explicit fixture(emulator_options options = {}, store_limits limits = {})
        : served{std::move(options.token(token)), limits}
    {
    }

    answer call(std::string_view method, std::string_view target, std::string_view body = "")
    {
        request what;
        what.method = method;
        what.target = target;
        what.authorization = "Bearer good-token";
        what.body = body;
        return served.handle(what, now, memory);
    }
    json::object data(std::string_view method, std::string_view target, std::string_view body = "")
    {
        auto const given = call(method, target, body);
        BOOST_TEST_INFO(given.body);
        BOOST_REQUIRE(given.status / 100 == 2);
        auto const envelope = json::parse(given.body).as_object();
        BOOST_TEST(envelope.at("success").as_bool());
        BOOST_TEST(envelope.size() == 2u);
        return envelope.at("data").as_object();
    }
    std::string create(std::string const& url)
    {
        return collection + "/" + data("POST", collection, body_with_url(url)).at("id").as_string().c_str();
    }
    std::size_t count() { return json::parse(call("GET", collection).body).at("data").as_array().size(); }

    http::memory_budget::share memory; // any number of bytes, unless it is given a budget
    service served;
    moment now{std::chrono::sys_days{std::chrono::year{2026} / 6 / 3} + 10h, std::chrono::steady_clock::time_point{1s}};
};

void check_error(answer const& given, int status, std::string_view message)
{
    BOOST_TEST(given.status == status);
    auto const body = json::parse(given.body).as_object();
    BOOST_REQUIRE(body.contains("error"));
    BOOST_TEST(!body.at("success").as_bool());
    BOOST_TEST(body.at("error").at("code").as_int64() == status);
    BOOST_TEST(body.at("error").at("message").as_string().c_str() == message);
}

void check_gateway_error(answer const& given, int status, int code)
{
    BOOST_TEST(given.status == status);
    auto const body = json::parse(given.body).as_object();
    BOOST_REQUIRE(body.contains("errors"));
    BOOST_TEST(!body.at("success").as_bool());
    BOOST_TEST(body.at("errors").at(0).at("code").as_int64() == code);
}

std::string const bad_id = "BAD_REQUEST \"id\" must be a valid GUID";
std::string const not_found = "Error: resource not found";
std::string const exists = "Error: resource already exists";

} // namespace

BOOST_AUTO_TEST_CASE(create_and_get)
{
    fixture test;
    auto const given = test.call("POST", collection, good_body);
    BOOST_TEST(given.status == 201);
    auto const created = json::parse(given.body).at("data").as_object();
    BOOST_TEST(created.size() == 7u);
    std::string const id{created.at("id").as_string().c_str()};
    BOOST_TEST(is_uuid(id));
    BOOST_TEST(created.at("name").as_string() == "n");
    BOOST_TEST(created.at("url").as_string() == "https://h/1");
    BOOST_CHECK((created.at("events") == json::value{"meeting.started", "meeting.ended"}));
    BOOST_TEST(created.at("enabled").as_bool());
    BOOST_TEST(created.at("created_at").as_string() == "2026-06-03T10:00:00.000Z");
    BOOST_TEST(created.at("updated_at").as_string() == "2026-06-03T10:00:00.000Z");
    BOOST_CHECK(test.data("GET", collection + "/" + id) == created);
    BOOST_CHECK(test.data("GET", "/accounts/acc/realtime/kit/app/webhooks/" + id) == created);
    BOOST_CHECK(test.data("HEAD", collection + "/" + id) == created); // how it is sent is another's business
}

BOOST_AUTO_TEST_CASE(create_disabled)
{
    fixture test;
    auto const made = test.data("POST", collection,
                                R"({"name":"n","url":"https://h/1","events":["meeting.started"],"enabled":false})");
    BOOST_TEST(!made.at("enabled").as_bool());
}

BOOST_AUTO_TEST_CASE(list_in_order_of_creation)
{
    fixture test;
    BOOST_TEST(test.call("GET", collection).body == R"({"success":true,"data":[]})");
    for (int i = 0; i < 20; ++i)
        test.create("https://h/" + std::to_string(i));
    auto const given = test.call("GET", collection);
    BOOST_TEST(given.status == 200);
    auto const listed = json::parse(given.body).at("data").as_array();
    BOOST_REQUIRE(listed.size() == 20u);
    for (std::size_t i = 0; i < 20; ++i)
        BOOST_TEST(listed[i].at("url").as_string().c_str() == "https://h/" + std::to_string(i));
    BOOST_TEST(test.call("HEAD", collection).status == 200);
}

BOOST_AUTO_TEST_CASE(apps_and_accounts_are_apart)
{
    fixture test;
    test.create("https://h/1");
    BOOST_TEST(test.count() == 1u);
    for (auto const* const other :
         {"/accounts/acc/realtime/kit/app2/webhooks", "/accounts/acc2/realtime/kit/app/webhooks",
          "/accounts/acc%2Frealtime/realtime/kit/app/webhooks"}) {
        BOOST_TEST(test.call("GET", other).body == R"({"success":true,"data":[]})");
        BOOST_TEST(test.call("POST", other, body_with_url("https://h/1")).status == 201);
    }
    BOOST_TEST(test.count() == 1u);
}

BOOST_AUTO_TEST_CASE(replace)
{
    fixture test;
    auto const target = test.create("https://h/1");
    test.now.wall += 7ms;
    auto expected = test.data("GET", target);
    expected["name"] = "other";
    expected["url"] = "https://h/2";
    expected["events"] = json::array{"meeting.summary"};
    expected["enabled"] = false;
    expected["updated_at"] = "2026-06-03T10:00:00.007Z";
    BOOST_CHECK(test.data("PUT", target,
                          R"({"name":"other","url":"https://h/2","events":["meeting.summary"],"enabled":false})") ==
                expected);
    BOOST_CHECK(test.data("GET", target) == expected);
    // What is left out has its default, whatever it was before.
    BOOST_TEST(test.data("PUT", target, body_with_url("https://h/2")).at("enabled").as_bool());
}

BOOST_AUTO_TEST_CASE(edit)
{
    fixture test;
    auto const target = test.create("https://h/1");
    auto expected = test.data("GET", target);
    BOOST_CHECK(test.data("PATCH", target, "{}") == expected);
    test.now.wall += 1s;
    expected["enabled"] = false;
    expected["updated_at"] = "2026-06-03T10:00:01.000Z";
    BOOST_CHECK(test.data("PATCH", target, R"({"enabled":false})") == expected);
    expected["name"] = "other";
    expected["updated_at"] = "2026-06-03T10:00:01.001Z";
    BOOST_CHECK(test.data("PATCH", target, R"({"name":"other"})") == expected); // leaves it disabled
    BOOST_CHECK(test.data("GET", target) == expected);
}

BOOST_AUTO_TEST_CASE(remove)
{
    fixture test;
    auto const target = test.create("https://h/1");
    test.create("https://h/2");
    BOOST_TEST(test.call("DELETE", target).status == 200);
    check_error(test.call("GET", target), 404, not_found);
    BOOST_TEST(test.count() == 1u);
    BOOST_TEST(test.create("https://h/1") != target);
    BOOST_TEST(test.count() == 2u);
}

BOOST_AUTO_TEST_CASE(remove_gives_what_was_removed)
{
    fixture test;
    auto const target = test.create("https://h/1");
    auto const before = test.data("GET", target);
    BOOST_CHECK(test.data("DELETE", target) == before);
    check_error(test.call("DELETE", target), 404, not_found);
}

BOOST_AUTO_TEST_CASE(event_types)
{
    fixture test;
    auto const given = test.call("GET", collection + "/all");
    BOOST_TEST(given.status == 200);
    BOOST_TEST(
        given.body ==
        R"({"success":true,"data":["meeting.started","meeting.ended","meeting.participantJoined",)"
        R"("meeting.participantLeft","meeting.chatSynced","recording.statusUpdate","livestreaming.statusUpdate",)"
        R"("meeting.transcript","meeting.summary"]})");
    for (auto const* const method : {"PUT", "PATCH", "DELETE"})
        check_error(test.call(method, collection + "/all", good_body), 400, bad_id);
}

BOOST_AUTO_TEST_CASE(bodies_are_validated)
{
    fixture test;
    auto const target = test.create("https://h/1");
    for (auto const* const where : {"POST", "PUT", "PATCH"}) {
        BOOST_TEST_CONTEXT(where)
        {
            auto const& address = std::string_view{where} == "POST" ? collection : target;
            check_error(test.call(where, address, "{"), 400, "BAD_REQUEST: the body is not valid JSON");
            check_error(test.call(where, address, R"({"name":1})"), 400, "BAD_REQUEST: \"name\" must be a string");
            check_error(test.call(where, address, R"({"name":"n","url":"x"})"), 400,
                        "BAD_REQUEST: \"url\" must be a valid uri");
        }
    }
    check_error(test.call("POST", collection, R"({"url":"https://h/9"})"), 400, "BAD_REQUEST: \"name\" is required");
    check_error(test.call("PUT", target, R"({"enabled":false})"), 400, "BAD_REQUEST: \"name\" is required");
    BOOST_TEST(test.count() == 1u);
    BOOST_TEST(test.data("GET", target).at("enabled").as_bool());
}

BOOST_AUTO_TEST_CASE(ids_are_checked_before_bodies_and_bodies_before_existence)
{
    fixture test;
    for (auto const* const method : {"GET", "HEAD", "PUT", "PATCH", "DELETE"})
        check_error(test.call(method, collection + "/7", "{"), 400, bad_id);
    for (auto const* const method : {"PUT", "PATCH"}) {
        check_error(test.call(method, collection + "/" + unknown_id, "{"), 400,
                    "BAD_REQUEST: the body is not valid JSON");
        check_error(test.call(method, collection + "/" + unknown_id, good_body), 404, not_found);
    }
    for (auto const* const method : {"GET", "HEAD", "DELETE"})
        check_error(test.call(method, collection + "/" + unknown_id), 404, not_found);
}

BOOST_AUTO_TEST_CASE(a_url_that_is_in_use)
{
    fixture test;
    auto const one = test.create("https://h/1");
    auto const two = test.create("https://h/2");
    check_error(test.call("POST", collection, body_with_url("https://h/1")), 409, exists);
    check_error(test.call("PUT", two, body_with_url("https://h/1")), 409, exists);
    check_error(test.call("PATCH", two, R"({"url":"https://h/1"})"), 409, exists);
    BOOST_TEST(test.call("PUT", one, body_with_url("https://h/1")).status == 200);
    BOOST_TEST(test.call("PATCH", one, R"({"url":"https://h/1"})").status == 200);
    BOOST_TEST(test.data("GET", two).at("url").as_string() == "https://h/2");
}

BOOST_AUTO_TEST_CASE(more_than_it_holds)
{
    store_limits limits;
    limits.webhooks_per_app = 1;
    fixture test{{}, limits};
    test.create("https://h/1");
    check_error(test.call("POST", collection, body_with_url("https://h/2")), 400,
                "BAD_REQUEST: this emulator holds no more webhooks");
}

BOOST_AUTO_TEST_CASE(a_list_takes_exactly_the_memory_that_it_asks_for)
{
    fixture test;
    auto const is_exact = [&](std::size_t webhooks) {
        BOOST_REQUIRE(test.memory.resize(0));
        auto const given = test.call("GET", collection);
        BOOST_TEST(json::parse(given.body).at("data").as_array().size() == webhooks);
        BOOST_TEST(given.body.size() + longest_header == test.memory.size());
        BOOST_TEST(given.body.capacity() == test.memory.size());
    };
    is_exact(0);
    auto const first = test.create("https://h/1");
    is_exact(1);
    auto const second = test.create("https://h/2");
    is_exact(2);
    test.data("PATCH", first, R"({"name":"quotes \" and \u0001 and \u00fc","events":["meeting.summary"]})");
    is_exact(2);
    test.data("PUT", second, R"({"name":"m","url":"https://h/long/er","events":["meeting.ended"],"enabled":false})");
    is_exact(2);
    test.data("DELETE", first);
    is_exact(1);
}

BOOST_AUTO_TEST_CASE(a_list_without_memory_is_refused)
{
    fixture test;
    test.create("https://h/1");
    request what;
    what.method = "GET";
    what.target = collection;
    what.authorization = "Bearer good-token";
    http::memory_budget budget{1000};
    http::memory_budget::share little{budget};
    auto const refused = test.served.handle(what, test.now, little);
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.closes);
    BOOST_TEST(field(refused, "Retry-After") == "1");
    BOOST_TEST(!field(refused, "cf-ray").empty());
    BOOST_TEST(budget.peak() == 0u);
    http::memory_budget enough{2000};
    http::memory_budget::share more{enough};
    BOOST_TEST(test.served.handle(what, test.now, more).status == 200);
}

BOOST_AUTO_TEST_CASE(the_longest_item_is_within_its_bound)
{
    fixture test;
    std::string name;
    for (std::size_t i = 0; i < longest_text; ++i)
        name += "\\u0001";
    auto const url = "https://h/" + std::string(longest_text - 10, 'u');
    auto const given =
        test.call("POST", collection, R"({"events":["meeting.ended"],"name":")" + name + R"(","url":")" + url + "\"}");
    BOOST_TEST(given.status == 201);
    BOOST_TEST(given.body.size() > 6 * longest_text);
    BOOST_TEST(given.body.capacity() + longest_header < longest_item);
}

BOOST_AUTO_TEST_CASE(routes_and_methods_that_are_not_there)
{
    fixture test;
    check_gateway_error(test.call("GET", "/client/v4/user/tokens/verify"), 404, 7003);
    check_gateway_error(test.call("GET", "/client/v4/accounts/acc/realtime/kit/app"), 404, 7003);
    check_gateway_error(test.call("DELETE", "/"), 404, 7003);
    auto const malformed = test.call("GET", collection + "/%zz");
    BOOST_TEST(malformed.status == 400);
    BOOST_TEST(malformed.body.find("Malformed percent-encoding") != std::string::npos);
    for (auto const* const method : {"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "FOO"}) {
        auto const given = test.call(method, collection);
        check_gateway_error(given, 405, 10405);
        BOOST_TEST(field(given, "Allow") == "GET, HEAD, POST");
    }
    for (auto const* const method : {"POST", "OPTIONS", "CONNECT"}) {
        for (auto const& id : {unknown_id, std::string{"all"}}) {
            auto const given = test.call(method, collection + "/" + id);
            check_gateway_error(given, 405, 10405);
            BOOST_TEST(field(given, "Allow") == "GET, HEAD, PUT, PATCH, DELETE");
        }
    }
}

BOOST_AUTO_TEST_CASE(encoded_bodies_are_not_read)
{
    fixture test;
    auto const target = test.create("https://h/1");
    for (auto const* const method : {"POST", "PUT", "PATCH"}) {
        request what;
        what.method = method;
        what.target = std::string_view{method} == "POST" ? collection : target;
        what.authorization = "Bearer good-token";
        what.content_encoding = "gzip";
        what.body = good_body;
        BOOST_TEST(test.served.handle(what, test.now, test.memory).status == 415);
        what.content_encoding = "identity";
        BOOST_TEST(test.served.handle(what, test.now, test.memory).status != 415);
    }
}

BOOST_AUTO_TEST_CASE(credentials)
{
    struct case_of {
        std::optional<std::string_view> authorization;
        std::optional<std::string_view> email;
        std::optional<std::string_view> key;
        int status;
        int chained_code;
    };
    std::vector<case_of> const cases{
        {"Bearer good-token", {}, {}, 200, 0},
        {"bEARER  good-token", {}, {}, 200, 0},
        {"Bearer bad-token", {}, {}, 401, 0},
        {"Bearer good-toke", {}, {}, 401, 0},
        {"Bearer good-token2", {}, {}, 401, 0},
        {"Bearer GOOD-TOKEN", {}, {}, 401, 0},
        {{}, {}, {}, 400, 6111},
        {"", {}, {}, 400, 6111},
        {"Bearer", {}, {}, 400, 6111},
        {"Bearer ", {}, {}, 400, 6111},
        {"Bearer   ", {}, {}, 400, 6111},
        {"good-token", {}, {}, 400, 6111},
        {"Basic Z29vZC10b2tlbg==", {}, {}, 400, 6111},
        {"Bearergood-token", {}, {}, 400, 6111},
        {"Bearer good token", {}, {}, 400, 6111},
        {"Bearer good-token, Bearer good-token", {}, {}, 400, 6111},
        {"Bearer g\xc3\xb6\xc3\xb6"
         "d",
         {},
         {},
         400,
         6111},
        {{}, "me@example.com", "good-token", 200, 0},
        {{}, "me@example.com", "bad-token", 401, 0},
        {{}, "me@example.com", "", 400, 6103},
        {{}, "me@example.com", "good token", 400, 6103},
        {{}, "me", "good-token", 400, 6102},
        {{}, {}, "good-token", 400, 6102},
        {{}, "me@example.com", {}, 400, 6111},
        {"Bearer bad-token", "me@example.com", "good-token", 401, 0},
        {"Bearer good-token", "me@example.com", "bad-token", 200, 0},
    };
    fixture test;
    auto const item = test.create("https://h/1");
    for (auto const& each : cases) {
        for (auto const& target : {collection, item, collection + "/all"}) {
            BOOST_TEST_CONTEXT(each.authorization.value_or("-") << ' ' << each.key.value_or("-") << ' ' << target)
            {
                request what;
                what.method = "GET";
                what.target = target;
                what.authorization = each.authorization;
                what.auth_email = each.email;
                what.auth_key = each.key;
                auto const given = test.served.handle(what, test.now, test.memory);
                BOOST_TEST(given.status == each.status);
                if (each.status == 401)
                    BOOST_TEST(given.body == R"({"message":"Unauthorized"})");
                if (each.status == 400) {
                    check_gateway_error(given, 400, 6003);
                    auto const chain = json::parse(given.body).at("errors").at(0).at("error_chain");
                    BOOST_TEST(chain.at(0).at("code").as_int64() == each.chained_code);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_happens_without_credentials)
{
    fixture test;
    auto const item = test.create("https://h/1");
    for (auto const* const authorization : {"Bearer bad-token", "nonsense"}) {
        request what;
        what.authorization = authorization;
        what.body = R"({"name":"x","url":"https://h/2","events":["meeting.ended"]})";
        what.target = item;
        for (auto const* const method : {"PUT", "PATCH", "DELETE"}) {
            what.method = method;
            BOOST_TEST(test.served.handle(what, test.now, test.memory).status / 100 == 4);
        }
        what.method = "POST";
        what.target = collection;
        BOOST_TEST(test.served.handle(what, test.now, test.memory).status / 100 == 4);
    }
    BOOST_TEST(test.count() == 1u);
    BOOST_TEST(test.data("GET", item).at("name").as_string() == "n");
}

BOOST_AUTO_TEST_CASE(every_answer_carries_a_ray_and_the_quota)
{
    fixture test;
    std::set<std::string> rays;
    for (auto const& given :
         {test.call("GET", collection), test.call("POST", collection, "{"), test.call("GET", "/"),
          test.call("POST", collection, good_body), test.served.complete(make_error(500), test.now)}) {
        std::string const ray{field(given, "cf-ray")};
        BOOST_TEST(ray.size() == 20u);
        BOOST_TEST(ray.find_first_not_of("0123456789abcdef") == 16u);
        BOOST_TEST(ray.substr(16) == "-EMU");
        rays.insert(ray);
        BOOST_TEST(field(given, "Ratelimit") == "\"default\";r=1200;t=300");
        BOOST_TEST(field(given, "Ratelimit-Policy") == "\"default\";q=1200;w=300");
        BOOST_TEST(field(given, "Retry-After").empty());
    }
    BOOST_TEST(rays.size() == 5u);
}

BOOST_AUTO_TEST_CASE(option_rate_limit)
{
    fixture test{emulator_options{}.rate_limit(2, 10s)};
    auto const check = [&](int status, std::string_view left, std::string_view pause) {
        auto const given = test.call("GET", collection);
        BOOST_TEST(given.status == status);
        BOOST_TEST(field(given, "Ratelimit") == left);
        BOOST_TEST(field(given, "Ratelimit-Policy") == "\"default\";q=2;w=10");
        BOOST_TEST(field(given, "Retry-After") == pause);
        if (status == 429)
            check_gateway_error(given, 429, 971);
    };
    check(200, "\"default\";r=1;t=10", "");
    test.now.steady += 2500ms;
    check(200, "\"default\";r=0;t=8", "");
    check(429, "\"default\";r=0;t=8", "8");
    test.now.steady += 7499ms;
    check(429, "\"default\";r=0;t=1", "1");
    test.now.steady += 1ms;
    check(200, "\"default\";r=1;t=10", "");
    test.now.steady += 1h;
    check(200, "\"default\";r=1;t=10", "");
}

BOOST_AUTO_TEST_CASE(option_list_not_found_when_empty)
{
    fixture test{emulator_options{}.list_not_found_when_empty(true)};
    check_error(test.call("GET", collection), 404, not_found);
    auto const item = test.create("https://h/1");
    BOOST_TEST(test.count() == 1u);
    test.call("DELETE", item);
    check_error(test.call("GET", collection), 404, not_found);
}

BOOST_AUTO_TEST_CASE(option_partial_replies)
{
    fixture test{emulator_options{}.partial_replies(true)};
    auto const item = test.create("https://h/1");
    auto whole = test.data("GET", item);
    BOOST_TEST(whole.size() == 7u);
    auto const replaced = test.data("PUT", item, body_with_url("https://h/2"));
    auto const edited = test.data("PATCH", item, R"({"enabled":false})");
    BOOST_TEST(edited.size() == 6u);
    BOOST_TEST(!edited.contains("enabled"));
    whole = test.data("GET", item);
    BOOST_TEST(!whole.at("enabled").as_bool());
    whole.erase("enabled");
    BOOST_CHECK(edited == whole);
    BOOST_TEST(replaced.size() == 6u);
    BOOST_TEST(!replaced.contains("enabled"));
    BOOST_TEST(replaced.at("url").as_string() == "https://h/2");
    BOOST_TEST(test.call("DELETE", item).body == R"({"success":true,"data":null})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
