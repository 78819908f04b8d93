// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/emulator/reach.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/error.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

namespace rtkhooks::testing {

BOOST_AUTO_TEST_SUITE(emulator_lifetime)

namespace {

using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;

reach<emulator> reach_of(emulator const& served) { return {served, served.token().reveal()}; }

bool is_refused_for(emulator_options options, std::string_view name)
{
    try {
        emulator const served{std::move(options)};
    } catch (exception const& failure) {
        return failure.code() == errc::invalid_argument &&
               std::string_view{failure.what()}.find(name) != std::string_view::npos;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(tells_how_to_reach_it)
{
    emulator const served;
    BOOST_TEST(served.port() != 0);
    BOOST_TEST(served.base_url() == "https://localhost:" + std::to_string(served.port()) + "/client/v4");
    BOOST_TEST(served.ca_pem().starts_with("-----BEGIN CERTIFICATE-----\n"));
    BOOST_TEST(served.token().reveal().size() == 40u);
    auto const config = served.config();
    BOOST_TEST(config.base_url == served.base_url());
    BOOST_TEST(config.tls.ca_pem == served.ca_pem());
    BOOST_TEST(!config.auth.is_global_key());
    BOOST_CHECK(config.auth.key() == served.token());
    BOOST_TEST(!config.rate_limit.enabled);
    BOOST_TEST(reach_of(served).serves());
    BOOST_TEST((emulator{}.token().reveal() != served.token().reveal()));
}

BOOST_AUTO_TEST_CASE(option_token)
{
    emulator const served{emulator_options{}.token("my-token")};
    BOOST_TEST(served.token().reveal() == "my-token");
    BOOST_TEST((reach<emulator>{served, "my-token"}.serves()));
    BOOST_TEST(!(reach<emulator>{served, "my-other-token"}.serves()));
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be_are_refused)
{
    for (auto const* const token : {"two words", "line\nend", "gr\xc3\xbcn", " "})
        BOOST_TEST(is_refused_for(emulator_options{}.token(token), "token"));
    BOOST_TEST(is_refused_for(emulator_options{}.rate_limit(1, 0s), "rate_limit"));
    BOOST_TEST(is_refused_for(emulator_options{}.rate_limit(1, -1s), "rate_limit"));
    BOOST_TEST(is_refused_for(emulator_options{}.rate_limit(1, std::chrono::seconds::max()), "rate_limit"));
    BOOST_TEST(!is_refused_for(emulator_options{}.rate_limit(0, 0s), "rate_limit"));
}

BOOST_AUTO_TEST_CASE(option_rate_limit)
{
    emulator const served{emulator_options{}.rate_limit(3, 60s)};
    auto const to = reach_of(served);
    auto client = to.connect();
    for (int i = 0; i < 3; ++i) {
        client.send(to.request());
        BOOST_TEST(client.read_response().status == 200);
    }
    client.send(to.request());
    auto refused = client.read_response();
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.fields["ratelimit-policy"] == "\"default\";q=3;w=60");
    auto const pause = std::stoi(refused.fields["retry-after"]);
    BOOST_TEST(pause > 0);
    BOOST_TEST(pause <= 60);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_an_error_that_names_it)
{
    std::optional<emulator> first{std::in_place};
    auto const port = first->port();
    BOOST_CHECK_EXCEPTION(emulator{emulator_options{}.port(port)}, exception, [&](exception const& failure) {
        BOOST_TEST_INFO(failure.what());
        return failure.code() == errc::resource_exhausted &&
               std::string_view{failure.what()}.find(std::to_string(port)) != std::string_view::npos;
    });
    BOOST_TEST(reach_of(*first).serves());
    // A port that was given up can be had, connections or not.
    auto const client = reach_of(*first).connect();
    first.reset();
    emulator const again{emulator_options{}.port(port)};
    BOOST_TEST(again.port() == port);
    BOOST_TEST(reach_of(again).serves());
}

BOOST_AUTO_TEST_CASE(can_be_moved)
{
    static_assert(std::is_nothrow_move_constructible_v<emulator> && std::is_nothrow_move_assignable_v<emulator>);
    emulator first;
    auto const to_first = reach_of(first);
    auto client = to_first.connect();
    emulator moved{std::move(first)};
    client.send(to_first.request());
    BOOST_TEST(client.read_response().status == 200);
    emulator second;
    auto const to_second = reach_of(second);
    moved = std::move(second);
    BOOST_TEST(client.read_some() == ""); // the first has ended
    BOOST_TEST(to_second.serves());
    BOOST_TEST(moved.stats().requests == 1u);
}

BOOST_AUTO_TEST_CASE(stops_within_a_second_whatever_goes_on)
{
    for (int round = 0; round < 5; ++round) {
        std::optional<emulator> served{std::in_place};
        auto const to = reach_of(*served);
        tcp_client const silent{served->port()};
        auto idle = to.connect();
        auto halfway = to.connect();
        halfway.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
        auto delayed = to.connect();
        served->delay_next(1h);
        delayed.send(to.request());
        auto lingering = to.connect();
        BOOST_TEST(eventually([&] { return served->stats().requests == 1; }));
        lingering.send("nonsense\r\n");
        auto const start = steady_clock::now();
        served.reset();
        BOOST_CHECK(steady_clock::now() - start < 1s);
        BOOST_TEST(silent.read_to_end() == "");
        for (auto* const client : {&idle, &halfway, &delayed})
            BOOST_TEST(client->read_some() == "");
        BOOST_CHECK_THROW(static_cast<void>(to.connect()), std::exception);
    }
}

BOOST_AUTO_TEST_CASE(starts_and_stops_often)
{
    for (int i = 0; i < 200; ++i) {
        std::optional<emulator> served{std::in_place};
        std::optional<tcp_client> client; // comes while it stops
        if (i % 2 == 0)
            client.emplace(served->port());
        auto const start = steady_clock::now();
        served.reset();
        BOOST_CHECK(steady_clock::now() - start < 1s);
    }
}

BOOST_AUTO_TEST_CASE(stops_while_clients_are_busy)
{
    for (int round = 0; round < 5; ++round) {
        std::optional<emulator> served{std::in_place};
        auto const to = reach_of(*served);
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&to] {
                try {
                    for (;;) {
                        auto client = to.connect();
                        for (int j = 0; j < 10; ++j) {
                            if (!client.send(to.request()) || client.read_response().status != 200)
                                return;
                        }
                    }
                } catch (std::exception const&) { // it is gone
                }
            });
        }
        BOOST_TEST(eventually([&] { return served->stats().requests > 100; }));
        served.reset();
        for (auto& each : clients)
            each.join();
    }
}

BOOST_AUTO_TEST_CASE(may_be_asked_from_any_thread)
{
    emulator served;
    auto const to = reach_of(served);
    std::atomic<bool> done{false};
    std::vector<std::thread> askers;
    for (int i = 0; i < 3; ++i) {
        askers.emplace_back([&] {
            while (!done) {
                served.delay_next(0ms);
                auto const stats = served.stats();
                if (stats.open_connections > stats.peak_connections + 1)
                    std::abort();
            }
        });
    }
    for (int i = 0; i < 20; ++i)
        BOOST_TEST(to.serves());
    done = true;
    for (auto& each : askers)
        each.join();
}

// --- what shall go wrong ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(fails_the_next_requests)
{
    emulator served;
    auto const to = reach_of(served);
    auto client = to.connect();
    auto const create = [&] {
        client.send(to.request("POST", collection_path, body_with_url("https://h/1")));
        return client.read_response();
    };
    served.fail_next(500);
    served.fail_next(429, 2, 7s);
    auto first = create();
    BOOST_TEST(first.status == 500);
    BOOST_TEST(first.body == R"({"success":false,"error":{"code":500,"message":"Internal Server Error"}})");
    BOOST_TEST(first.fields["cf-ray"].size() == 20u);
    BOOST_TEST(!first.fields.contains("retry-after"));
    for (int i = 0; i < 2; ++i) {
        auto refused = create();
        BOOST_TEST(refused.status == 429);
        BOOST_TEST(refused.fields["retry-after"] == "7");
    }
    BOOST_TEST(to.count() == 0u); // they were not carried out
    BOOST_TEST(create().status == 201);
    served.fail_next(401);
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); // whatever they ask
    BOOST_TEST(client.read_response().status == 401);
    served.fail_next(522);
    auto page = create();
    BOOST_TEST(page.status == 522);
    BOOST_TEST(page.fields["content-type"] == "text/html; charset=UTF-8");
    BOOST_TEST(served.stats().connections == 2u);
    for (int const status : {-1, 0, 200, 399, 600}) {
        BOOST_CHECK_EXCEPTION(served.fail_next(status), exception,
                              [](exception const& failure) { return failure.code() == errc::invalid_argument; });
    }
    BOOST_TEST(create().status == 409);
}

BOOST_AUTO_TEST_CASE(drops_the_answers_of_the_next_requests)
{
    emulator served;
    auto const to = reach_of(served);
    served.drop_next(2);
    for (int i = 0; i < 2; ++i) {
        auto client = to.connect();
        client.send(to.request("POST", collection_path, body_with_url("https://h/" + std::to_string(i))));
        BOOST_TEST(!client.reads_orderly_end());
    }
    BOOST_TEST(to.count() == 2u); // they were carried out
}

BOOST_AUTO_TEST_CASE(delays_the_answers_of_the_next_requests)
{
    emulator served;
    auto const to = reach_of(served);
    auto slow = to.connect();
    served.delay_next(1h);
    slow.send(to.request("POST", collection_path, body_with_url("https://h/1")));
    BOOST_TEST(eventually([&] { return served.stats().requests == 1; }));
    BOOST_TEST(to.count() == 1u); // it was carried out, and others are not delayed
    served.delay_next(30ms, 2);
    auto client = to.connect();
    auto const start = steady_clock::now();
    for (int i = 0; i < 2; ++i) {
        client.send(to.request());
        BOOST_TEST(client.read_response().status == 200);
    }
    BOOST_CHECK(steady_clock::now() - start >= 60ms);
    for (auto const bad : {std::chrono::milliseconds{-1}, std::chrono::milliseconds::max()}) {
        BOOST_CHECK_EXCEPTION(served.delay_next(bad), exception,
                              [](exception const& failure) { return failure.code() == errc::invalid_argument; });
    }
}

// --- another's client ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(serves_curl)
{
    if (std::system("curl --version >/dev/null 2>&1") != 0) {
        BOOST_TEST_MESSAGE("curl is not installed: skipped");
        return;
    }
    emulator const served;
    auto const folder = std::filesystem::temp_directory_path() / ("rtkhooks-curl-" + std::to_string(served.port()));
    std::filesystem::create_directory(folder);
    std::ofstream{folder / "ca.pem"} << served.ca_pem();
    auto const url = served.base_url() + "/accounts/acc/realtime/kit/app/webhooks";
    std::ofstream{folder / "options"} << "header = \"Authorization: Bearer " << served.token().reveal() << "\"\n";
    auto const curl = "curl --silent --show-error --fail --cacert '" + (folder / "ca.pem").string() + "' --config '" +
                      (folder / "options").string() + "' ";
    auto const output = (folder / "out").string();
    BOOST_TEST(
        std::system((curl + "--data '" + body_with_url("https://h/1") + "' '" + url + "' >'" + output + "'").c_str()) ==
        0);
    BOOST_TEST(std::system((curl + "'" + url + "' '" + url + "/all' >'" + output + "'").c_str()) == 0);
    std::ifstream file{output};
    std::string const printed{std::istreambuf_iterator<char>{file}, {}};
    BOOST_TEST(printed.find("https://h/1") != std::string::npos);
    BOOST_TEST(printed.find("meeting.summary") != std::string::npos);
    BOOST_TEST(served.stats().connections == 2u); // both of the second command on one
    BOOST_TEST(served.stats().requests == 3u);
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::testing
