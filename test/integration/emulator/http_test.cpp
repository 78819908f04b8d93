// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/emulator/reach.hpp"

#include <rtkhooks/emulator.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace rtkhooks::testing {

BOOST_AUTO_TEST_SUITE(emulator_http)

namespace {

std::string const item_path = std::string{collection_path} + '/';

struct fixture {
    emulator served;
    reach<emulator> to{served, served.token().reveal()};
    tls_client client = to.connect();

    http_response call(std::string const& method, std::string const& target = collection_path,
                       std::string const& body = "", std::string const& fields = "")
    {
        BOOST_TEST(client.send(to.request(method, target, body, fields)));
        return client.read_response(method == "HEAD");
    }
};

std::string id_of(http_response const& answer)
{
    return boost::json::parse(answer.body).at("data").at("id").as_string().c_str();
}

} // namespace

BOOST_FIXTURE_TEST_CASE(serves_every_operation_on_one_connection, fixture)
{
    auto const created = call("POST", collection_path, body_with_url("https://h/1"));
    BOOST_TEST(created.status == 201);
    auto const item = item_path + id_of(created);
    BOOST_TEST(call("GET").status == 200);
    BOOST_TEST(call("GET", item).body == created.body);
    BOOST_TEST(call("PUT", item, body_with_url("https://h/2")).status == 200);
    BOOST_TEST(call("PATCH", item, R"({"enabled":false})").status == 200);
    BOOST_TEST(call("DELETE", item).status == 200);
    BOOST_TEST(call("DELETE", item).status == 404);
    BOOST_TEST(call("GET", item_path + "all").status == 200);
    BOOST_TEST(call("GET", "/").status == 404);
    BOOST_TEST(call("GET").body == R"({"success":true,"data":[]})");
    auto const stats = served.stats();
    BOOST_TEST(stats.connections == 1u);
    BOOST_TEST(stats.open_connections == 1u);
    BOOST_TEST(stats.peak_connections == 1u);
    BOOST_TEST(stats.requests == 10u);
}

BOOST_FIXTURE_TEST_CASE(answers_carry_the_header_fields_of_the_real_service, fixture)
{
    for (auto const* const target : {collection_path, "/nowhere"}) {
        auto answer = call("GET", target);
        BOOST_TEST(answer.fields["content-type"] == "application/json");
        BOOST_TEST(answer.fields["cf-ray"].size() == 20u);
        BOOST_TEST(answer.fields["ratelimit"] == "\"default\";r=1200;t=300");
        BOOST_TEST(answer.fields["ratelimit-policy"] == "\"default\";q=1200;w=300");
        BOOST_TEST(answer.fields["server"] == "rtkhooks-emulator");
        BOOST_TEST(answer.fields["date"].size() == 29u);
        BOOST_TEST(!answer.fields.contains("connection"));
    }
}

BOOST_FIXTURE_TEST_CASE(refuses_a_wrong_token, fixture)
{
    BOOST_TEST(client.send(request_text{"GET", collection_path, "wrong", "", ""}.text()));
    auto const answer = client.read_response();
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.body == R"({"message":"Unauthorized"})");
    BOOST_TEST(call("GET").status == 200); // the connection is still good
}

BOOST_FIXTURE_TEST_CASE(keeps_a_connection_for_many_requests, fixture)
{
    for (int i = 0; i < 2000; ++i)
        BOOST_REQUIRE(call("GET").status == 200);
    BOOST_TEST(served.stats().connections == 1u);
    BOOST_TEST(served.stats().requests == 2000u);
}

BOOST_FIXTURE_TEST_CASE(head_is_get_without_the_body, fixture)
{
    BOOST_TEST(call("POST", collection_path, body_with_url("https://h/1")).status == 201);
    auto got = call("GET");
    auto head = call("HEAD");
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.fields["content-length"] == got.fields["content-length"]);
    BOOST_TEST(head.body.empty());
    BOOST_TEST(call("GET").body == got.body); // nothing was left on the connection
}

BOOST_FIXTURE_TEST_CASE(reads_chunked_requests, fixture)
{
    auto const head = [&](std::string const& method, std::string const& target) {
        return request_text{method, target, served.token().reveal(), "Transfer-Encoding: chunked\r\n", ""}.text();
    };
    auto const body = body_with_url("https://h/1");
    // In one piece, byte by byte, and with all that is allowed about it.
    BOOST_REQUIRE(body.size() == 0x3du);
    BOOST_TEST(client.send(head("POST", collection_path) + "3D\r\n" + body + "\r\n0\r\n\r\n"));
    auto const created = client.read_response();
    BOOST_TEST(created.status == 201);
    std::string pieces = head("PUT", item_path + id_of(created));
    for (char const c : body)
        pieces.append("1;x=\"y\"\r\n").append(1, c).append("\r\n");
    pieces.append("000;z\r\nTrailer: x\r\n\r\n");
    for (char const c : pieces)
        BOOST_REQUIRE(client.send({&c, 1}));
    BOOST_TEST(client.read_response().status == 200);
    // An empty body, its end cut everywhere.
    for (auto const* const part : {"0", "\r", "\n", "\r", "\n"})
        BOOST_TEST(client.send(part == std::string_view{"0"} ? head("GET", collection_path) + part : part));
    BOOST_TEST(client.read_response().status == 200);
}

BOOST_FIXTURE_TEST_CASE(invites_a_body_that_waits_for_it, fixture)
{
    auto const body = body_with_url("https://h/1");
    auto const request = to.request("POST", collection_path, body, "Expect: 100-continue\r\n");
    BOOST_TEST(client.send(request.substr(0, request.size() - body.size())));
    BOOST_TEST(client.read_response().status == 100);
    BOOST_TEST(client.send(body));
    BOOST_TEST(client.read_response().status == 201);
    // Not where the body comes anyway,
    BOOST_TEST(client.send(to.request("POST", collection_path, body, "Expect: 100-continue\r\n")));
    BOOST_TEST(client.read_response().status == 409);
    // and not where it would be refused.
    BOOST_TEST(client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 65537\r\n\r\n"));
    BOOST_TEST(client.read_response().status == 413);
    BOOST_TEST(client.reads_orderly_end());
}

BOOST_FIXTURE_TEST_CASE(answers_pipelined_requests_in_order, fixture)
{
    std::string all;
    for (int i = 0; i < 50; ++i) {
        all += to.request("POST", collection_path, body_with_url("https://h/" + std::to_string(i)));
        all += to.request("GET");
    }
    BOOST_TEST(client.send(all));
    for (std::size_t i = 0; i < 50; ++i) {
        BOOST_TEST(client.read_response().status == 201);
        auto const listed = boost::json::parse(client.read_response().body).at("data").as_array();
        BOOST_TEST(listed.size() == i + 1);
    }
}

BOOST_FIXTURE_TEST_CASE(closes_where_the_client_asks_for_it, fixture)
{
    auto answer = call("GET", collection_path, "", "Connection: close\r\n");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.fields["connection"] == "close");
    BOOST_TEST(client.reads_orderly_end());
}

BOOST_FIXTURE_TEST_CASE(speaks_with_http_1_0, fixture)
{
    auto const old = [&](std::string const& fields) {
        return request_text{"GET", collection_path, served.token().reveal(), fields, "", "1.0"}.text();
    };
    BOOST_TEST(client.send(old("Connection: keep-alive\r\n")));
    auto kept = client.read_response();
    BOOST_TEST(kept.status == 200);
    BOOST_TEST(kept.fields["connection"] == "keep-alive");
    BOOST_TEST(client.send(old("")));
    auto last = client.read_response();
    BOOST_TEST(last.status == 200);
    BOOST_TEST(last.fields["connection"] == "close");
    BOOST_TEST(client.reads_orderly_end());
}

BOOST_FIXTURE_TEST_CASE(answers_a_client_that_says_goodbye_at_once, fixture)
{
    BOOST_TEST(client.send(to.request()));
    client.shut_down();
    BOOST_TEST(client.read_response().status == 200);
    BOOST_TEST(client.reads_orderly_end());
}

BOOST_FIXTURE_TEST_CASE(sends_long_lists, fixture)
{
    constexpr std::size_t count = 3000;
    for (std::size_t i = 0; i < count; ++i)
        BOOST_REQUIRE(call("POST", collection_path, body_with_url("https://h/" + std::to_string(i))).status == 201);
    auto const answer = call("GET");
    BOOST_TEST(answer.body.size() > 500'000u);
    BOOST_TEST(boost::json::parse(answer.body).at("data").as_array().size() == count);
}

BOOST_FIXTURE_TEST_CASE(serves_many_clients_at_once, fixture)
{
    constexpr int threads = 8;
    constexpr int rounds = 50;
    std::vector<std::thread> running;
    std::atomic<int> good{0};
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            auto own = to.connect();
            for (int j = 0; j < rounds; ++j) {
                own.send(to.request("POST", collection_path,
                                    body_with_url("https://h/" + std::to_string(i) + '/' + std::to_string(j))));
                auto const created = own.read_response();
                own.send(to.request("GET", item_path + id_of(created)));
                auto const got = own.read_response();
                own.send(to.request("DELETE", item_path + id_of(created)));
                auto const removed = own.read_response();
                good += created.status == 201 && got.body == created.body && removed.status == 200 ? 1 : 0;
            }
        });
    }
    for (auto& each : running)
        each.join();
    BOOST_TEST(good == threads * rounds);
    BOOST_TEST(to.count() == 0u);
    BOOST_TEST(served.stats().requests == std::uint64_t{threads * rounds * 3 + 1});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::testing
