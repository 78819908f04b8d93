// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/check_config.hpp"

#include <rtkhooks/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <limits>

using namespace rtkhooks;
using namespace std::chrono_literals;
using namespace std::string_literals;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(client_check_config)

namespace {

std::string const canary = "canary-token-4711";

client_config good()
{
    client_config config;
    config.auth = credentials::api_token(canary);
    return config;
}

/// All the checks. The reason, or nothing.
std::string refusal(client_config const& config)
{
    try {
        auto const url = detail::check(config);
        (void)detail::constant_headers(config, url);
        (void)detail::fixed_addresses(config, url);
        return {};
    } catch (exception const& problem) {
        BOOST_TEST((problem.error().code() == errc::invalid_argument));
        return problem.what();
    }
}

struct row {
    std::string member;
    std::string name;
    std::function<void(client_config&)> change;
};

void all_are_refused(std::vector<row> const& rows)
{
    for (auto const& each : rows) {
        auto config = good();
        each.change(config);
        auto const reason = refusal(config);
        BOOST_TEST(reason.find(each.member) != std::string::npos, each.member << ", " << each.name << ": " << reason);
        BOOST_TEST(reason.find("canary-token") == std::string::npos,
                   "P43: " << each.member << ", " << each.name << ": " << reason);
        for (char const c : reason)
            BOOST_TEST(static_cast<unsigned char>(c) >= 0x20u, "P44: " << each.member << ", " << each.name);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(numbers)
{
    BOOST_TEST(refusal(good()) == "");
    std::vector<row> rows;
    auto const add = [&](std::string member, auto pointer, auto... values) {
        (rows.push_back({member, std::to_string(values),
                         [pointer, values](client_config& config) {
                             auto& value = pointer(config);
                             value = static_cast<std::remove_reference_t<decltype(value)>>(values);
                         }}),
         ...);
    };
    auto const add_duration = [&](std::string const& member, milliseconds& (*pointer)(client_config&)) {
        for (auto const value : {0ms, -1ms, milliseconds::min(), milliseconds::max(), milliseconds{366 * 24h}}) {
            rows.push_back({member, std::to_string(value.count()) + " ms",
                            [pointer, value](client_config& config) { pointer(config) = value; }});
        }
    };
    add_duration("timeouts.call", [](client_config& c) -> milliseconds& { return c.timeouts.call; });
    add_duration("timeouts.attempt", [](client_config& c) -> milliseconds& { return c.timeouts.attempt; });
    add_duration("timeouts.connect", [](client_config& c) -> milliseconds& { return c.timeouts.connect; });
    add_duration("timeouts.tls_handshake", [](client_config& c) -> milliseconds& { return c.timeouts.tls_handshake; });
    add_duration("retry.base_delay", [](client_config& c) -> milliseconds& { return c.retry.base_delay; });
    add_duration("retry.max_delay", [](client_config& c) -> milliseconds& { return c.retry.max_delay; });
    add_duration("rate_limit.window", [](client_config& c) -> milliseconds& { return c.rate_limit.window; });
    add_duration("pool.idle_timeout", [](client_config& c) -> milliseconds& { return c.pool.idle_timeout; });
    add_duration("pool.max_age", [](client_config& c) -> milliseconds& { return c.pool.max_age; });
    add(
        "pool.idle_timeout", [](client_config& c) -> milliseconds& { return c.pool.idle_timeout; }, 400'000, 400'001);
    add(
        "retry.max_retries", [](client_config& c) -> int& { return c.retry.max_retries; }, -1, 101,
        std::numeric_limits<int>::max(), std::numeric_limits<int>::min());
    add(
        "retry.budget_ratio", [](client_config& c) -> double& { return c.retry.budget_ratio; }, -0.01, 1.01,
        std::numeric_limits<double>::infinity(), std::nan(""));
    add(
        "retry.budget_reserve", [](client_config& c) -> int& { return c.retry.budget_reserve; }, -1, 1'000'001);
    add(
        "rate_limit.requests", [](client_config& c) -> int& { return c.rate_limit.requests; }, 0, -1, 10'000'001);
    add(
        "pool.max_connections", [](client_config& c) -> std::size_t& { return c.pool.max_connections; }, 0u, 65536u,
        std::numeric_limits<std::size_t>::max());
    add(
        "pool.min_connections", [](client_config& c) -> std::size_t& { return c.pool.min_connections; }, 17u,
        std::numeric_limits<std::size_t>::max());
    add(
        "limits.header_bytes", [](client_config& c) -> std::size_t& { return c.limits.header_bytes; }, 0u, 1023u,
        16u * 1024 * 1024 + 1);
    add(
        "limits.body_bytes", [](client_config& c) -> std::size_t& { return c.limits.body_bytes; }, 0u, 1023u,
        1024u * 1024 * 1024 + 1);
    add(
        "limits.json_depth", [](client_config& c) -> std::size_t& { return c.limits.json_depth; }, 0u, 3u, 1001u);
    all_are_refused(rows);
}

BOOST_AUTO_TEST_CASE(numbers_at_their_bounds)
{
    auto config = good();
    config.timeouts.call = config.timeouts.attempt = config.timeouts.connect = config.timeouts.tls_handshake = 1ms;
    config.retry.max_retries = 0;
    config.retry.base_delay = config.retry.max_delay = 1ms;
    config.retry.budget_ratio = 0;
    config.retry.budget_reserve = 0;
    config.rate_limit.requests = 1;
    config.rate_limit.window = 1ms;
    config.pool.max_connections = config.pool.min_connections = 1;
    config.pool.max_waiting = 0;
    config.pool.idle_timeout = config.pool.max_age = 1ms;
    config.limits.header_bytes = config.limits.body_bytes = 1024;
    config.limits.json_depth = 4;
    BOOST_TEST(refusal(config) == "");

    constexpr milliseconds year = 365 * 24h;
    config.timeouts.call = config.timeouts.attempt = config.timeouts.connect = config.timeouts.tls_handshake = year;
    config.retry.max_retries = 100;
    config.retry.base_delay = config.retry.max_delay = year;
    config.retry.budget_ratio = 1;
    config.retry.budget_reserve = 1'000'000;
    config.rate_limit.requests = 10'000'000;
    config.rate_limit.window = year;
    config.pool.max_connections = config.pool.min_connections = 65535;
    config.pool.max_waiting = std::numeric_limits<std::size_t>::max();
    config.pool.idle_timeout = 399'999ms;
    config.pool.max_age = year;
    config.limits.header_bytes = 16 * 1024 * 1024;
    config.limits.body_bytes = 1024 * 1024 * 1024;
    config.limits.json_depth = 1000;
    BOOST_TEST(refusal(config) == "");

    config.rate_limit.requests = 0;
    config.rate_limit.window = 0ms;
    config.rate_limit.enabled = false;
    BOOST_TEST(refusal(config) == "", "what is off is not checked");
}

BOOST_AUTO_TEST_CASE(texts)
{
    auto const url = [](std::string name, std::string const& value, bool insecure = false) {
        return row{"base_url", std::move(name), [value, insecure](client_config& config) {
                       config.base_url = value;
                       config.insecure_http_loopback = insecure;
                   }};
    };
    auto const agent = [](std::string name, std::string const& value) {
        return row{"user_agent", std::move(name), [value](client_config& config) { config.user_agent = value; }};
    };
    auto const auth = [](std::string name, credentials const& value) {
        return row{"auth", std::move(name), [value](client_config& config) { config.auth = value; }};
    };
    auto const resolve = [](std::string name, std::string const& address) {
        return row{"resolve", std::move(name),
                   [address](client_config& config) { config.resolve.emplace_back("a", std::uint16_t{1}, address); }};
    };
    all_are_refused({
        url("empty", ""),
        url("no scheme", "api.cloudflare.com"),
        url("P36: http", "http://api.cloudflare.com"),
        url("P36: http, loopback", "http://127.0.0.1"),
        url("P36: http elsewhere, permitted for loopback", "http://api.cloudflare.com", true),
        url("P36: http to all addresses", "http://0.0.0.0", true),
        url("P36: http to a name that begins so", "http://localhost.example", true),
        url("P36: http to a short form", "http://127.1", true),
        url("a password", "https://user:canary-token@a"),
        url("a query", "https://a?token=canary-token"),
        agent("F9: CR LF", "a\r\nX: b"),
        agent("F9: NUL", "a\0b"s),
        agent("F9: a space in front", " a"),
        agent("F9: too long", std::string(9000, 'a')),
        auth("none", credentials{}),
        auth("an empty token", credentials::api_token("")),
        auth("an empty key", credentials::global_key("a@example.com", "")),
        auth("a global key without its email, which must not be sent as a token", credentials::global_key("", canary)),
        auth("a token with a line end", credentials::api_token(canary + "\n")),
        auth("F9: CR LF in a token", credentials::api_token(canary + "\r\nX: b")),
        auth("F9: NUL in a token", credentials::api_token(canary + '\0')),
        auth("a token with its scheme", credentials::api_token("Bearer " + canary)),
        auth("a space behind a token", credentials::api_token(canary + " ")),
        auth("a space before a token", credentials::api_token(" " + canary)),
        auth("a tab in a token", credentials::api_token("a\t" + canary)),
        auth("a token of 10 KB", credentials::api_token(canary + std::string(10'000, 'a'))),
        auth("F9: CR LF in a key", credentials::global_key("a@example.com", canary + "\r\nX: b")),
        auth("a space before a key", credentials::global_key("a@example.com", " " + canary)),
        auth("F9: CR LF in an email", credentials::global_key("a@example.com\r\nX: b", canary)),
        auth("F9: NUL in an email", credentials::global_key("a\0@example.com"s, canary)),
        resolve("no address", "localhost"),
        resolve("empty", ""),
        resolve("a short form", "127.1"),
        resolve("in brackets", "[::1]"),
    });
}

BOOST_AUTO_TEST_CASE(loopback_in_plain_text_is_permitted_where_it_is_asked_for)
{
    for (auto const* const text : {"http://127.0.0.1:8080", "http://localhost", "http://[::1]/x"}) {
        auto config = good();
        config.base_url = text;
        config.insecure_http_loopback = true;
        BOOST_TEST(refusal(config) == "", text);
    }
}

BOOST_AUTO_TEST_CASE(plain_text_never_leaves_this_machine)
{
    for (char const* const host : {"localhost", "127.0.0.1", "[::1]"}) {
        auto config = good();
        config.base_url = "http://" + std::string{host} + ":8080";
        config.insecure_http_loopback = true;
        auto const name = host[0] == '[' ? std::string{"::1"} : std::string{host};
        config.resolve.emplace_back(name, 8080, "127.0.0.7");
        BOOST_TEST(refusal(config) == "");
        config.resolve.emplace_back(name, 8080, "192.0.2.1");
        auto const reason = refusal(config);
        BOOST_TEST(reason.find("resolve") != std::string::npos, host << ": " << reason);
        BOOST_TEST(reason.find("192.0.2.1") != std::string::npos, host << ": " << reason);
    }
}

BOOST_AUTO_TEST_CASE(headers_of_every_request)
{
    auto const lines = [](client_config const& config) {
        std::string text;
        for (auto const& [name, value] : detail::constant_headers(config, detail::check(config)))
            text += name + ": " + value + '\n';
        return text;
    };
    auto config = good();
    config.user_agent = "me/1 (x)";
    BOOST_TEST(lines(config) == "Host: api.cloudflare.com\nUser-Agent: me/1 (x)\nAccept: application/json\n"
                                "Accept-Encoding: identity\n"
                                "Authorization: Bearer " +
                                    canary + '\n');
    config.auth = credentials::global_key("a@example.com", canary);
    config.base_url = "https://[::1]:8443";
    BOOST_TEST(lines(config) == "Host: [::1]:8443\nUser-Agent: me/1 (x)\nAccept: application/json\n"
                                "Accept-Encoding: identity\n"
                                "X-Auth-Email: a@example.com\nX-Auth-Key: " +
                                    canary + '\n');
    config.user_agent.clear();
    BOOST_TEST(lines(config).find("User-Agent: rtkhooks/") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_that_need_no_looking_up)
{
    auto const found = [](client_config const& config) {
        std::string text;
        for (auto const& each : detail::fixed_addresses(config, detail::check(config)))
            text += each.address().to_string() + '|' + std::to_string(each.port()) + ' ';
        return text;
    };
    auto config = good();
    BOOST_TEST(found(config) == "");
    config.resolve = {{"API.Cloudflare.com", 443, "127.0.0.1"},
                      {"other.example", 443, "127.0.0.2"},
                      {"api.cloudflare.com", 8443, "127.0.0.3"},
                      {"api.cloudflare.com", 443, "::1"}};
    BOOST_TEST(found(config) == "127.0.0.1|443 ::1|443 ");
    config.resolve.clear();
    config.base_url = "https://[::1]:8443";
    BOOST_TEST(found(config) == "::1|8443 ");
    config.base_url = "https://192.0.2.1";
    BOOST_TEST(found(config) == "192.0.2.1|443 ");
    config.base_url = "https://LocalHost:8443";
    BOOST_TEST(found(config) == "::1|8443 127.0.0.1|8443 ");
    config.resolve = {{"localhost", 8443, "127.0.0.9"}};
    BOOST_TEST(found(config) == "127.0.0.9|8443 ");
    config.base_url = "https://192.0.2.1";
    config.resolve = {{"192.0.2.1", 443, "127.0.0.1"}};
    BOOST_TEST(found(config) == "127.0.0.1|443 ");
}

BOOST_AUTO_TEST_SUITE_END()
