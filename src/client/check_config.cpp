// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/check_config.hpp"

#include "transport/fixed_addresses.hpp"

#include <rtkhooks/error.hpp>
#include <rtkhooks/version.hpp>

#include <string>
#include <utility>
#include <variant>

namespace rtkhooks::detail {
namespace {

[[noreturn]] void refuse(std::string const& member, std::string const& reason)
{
    throw exception{error{errc::invalid_argument, member + ' ' + reason}};
}

template <class Value>
void must_be(bool holds, char const* member, Value value, char const* rule)
{
    if (!holds)
        refuse(member, "is " + std::to_string(value) + ", but must be " + rule);
}

/// Not more than a year either: added to the clock, what is called infinite would wrap.
void must_be_positive(std::chrono::milliseconds value, char const* member)
{
    if (value.count() <= 0 || value > std::chrono::hours{365 * 24})
        refuse(member, "is " + std::to_string(value.count()) + " ms, but must be more than 0, and a year at most");
}

template <class Value>
void must_be_within(Value value, Value least, Value most, char const* member)
{
    if (value < least || value > most)
        refuse(member, "is " + std::to_string(value) + ", but must be from " + std::to_string(least) + " to " +
                           std::to_string(most));
}

void check_numbers(client_config const& config)
{
    must_be_positive(config.timeouts.call, "timeouts.call");
    must_be_positive(config.timeouts.attempt, "timeouts.attempt");
    must_be_positive(config.timeouts.connect, "timeouts.connect");
    must_be_positive(config.timeouts.tls_handshake, "timeouts.tls_handshake");
    must_be_within(config.retry.max_retries, 0, 100, "retry.max_retries");
    must_be_positive(config.retry.base_delay, "retry.base_delay");
    must_be_positive(config.retry.max_delay, "retry.max_delay");
    must_be(config.retry.budget_ratio >= 0 && config.retry.budget_ratio <= 1, "retry.budget_ratio",
            config.retry.budget_ratio, "from 0 to 1");
    must_be_within(config.retry.budget_reserve, 0, 1'000'000, "retry.budget_reserve");
    if (config.rate_limit.enabled) {
        must_be_within(config.rate_limit.requests, 1, 10'000'000, "rate_limit.requests");
        must_be_positive(config.rate_limit.window, "rate_limit.window");
    }
    must_be_within<std::size_t>(config.pool.max_connections, 1, 65535, "pool.max_connections");
    must_be(config.pool.min_connections <= config.pool.max_connections, "pool.min_connections",
            config.pool.min_connections, "at most pool.max_connections");
    must_be_positive(config.pool.idle_timeout, "pool.idle_timeout");
    if (config.pool.idle_timeout >= std::chrono::seconds{400})
        refuse("pool.idle_timeout", "must be less than 400 s, when Cloudflare closes the connection itself");
    must_be_positive(config.pool.max_age, "pool.max_age");
    must_be_within<std::size_t>(config.limits.header_bytes, 1024, 16 * 1024 * 1024, "limits.header_bytes");
    must_be_within<std::size_t>(config.limits.body_bytes, 1024, 1024 * 1024 * 1024, "limits.body_bytes");
    must_be_within<std::size_t>(config.limits.json_depth, 4, 1000, "limits.json_depth");
}

} // namespace

http::base_url check(client_config const& config)
{
    auto parsed = http::parse_base_url(config.base_url);
    if (auto const* reason = std::get_if<std::string>(&parsed))
        refuse("base_url", *reason);
    auto url = std::get<http::base_url>(std::move(parsed));
    if (!url.tls && !config.insecure_http_loopback)
        refuse("base_url", "must start with https://; http:// needs insecure_http_loopback");
    if (!url.tls && !http::is_loopback(url))
        refuse("base_url", "must start with https://; http:// is for localhost, 127.0.0.0/8 and [::1] only");
    if (config.auth.empty() || config.auth.key().empty())
        refuse("auth", "is not set: use credentials::api_token, or CLOUDFLARE_API_TOKEN with from_environment()");
    check_numbers(config);
    return url;
}

http::header_list constant_headers(client_config const& config, http::base_url const& url)
{
    auto const checked = [](char const* member, std::string const& name, std::string value) {
        // Not the reason itself in the case of a secret: it must not hold a part of it, and does not.
        if (auto const reason = http::why_no_header(name, value); reason || value.empty())
            refuse(member, reason ? "cannot be sent: " + *reason : "is empty");
        return std::pair{name, std::move(value)};
    };
    http::header_list headers;
    headers.push_back(checked("base_url", "Host", url.authority));
    headers.push_back(checked("user_agent", "User-Agent",
                              config.user_agent.empty() ? "rtkhooks/" RTKHOOKS_VERSION : config.user_agent));
    headers.push_back(checked("accept", "Accept", "application/json"));
    // Without it any coding would do (RFC 9110 section 12.5.3).
    headers.push_back(checked("accept", "Accept-Encoding", "identity"));
    auto const& key = config.auth.key().reveal();
    if (config.auth.is_global_key()) {
        headers.push_back(checked("auth: the email", "X-Auth-Email", config.auth.email()));
        headers.push_back(checked("auth: the key", "X-Auth-Key", key));
    } else {
        if (key.find_first_of(" \t") != key.npos)
            refuse("auth", "holds a token with white space in it");
        headers.push_back(checked("auth: the token", "Authorization", "Bearer " + key));
    }
    return headers;
}

std::vector<transport::endpoint> fixed_addresses(client_config const& config, http::base_url const& url)
{
    auto found = transport::fixed_addresses(config.resolve, url);
    if (auto const* const reason = std::get_if<std::string>(&found))
        refuse("resolve", *reason);
    return std::get<std::vector<transport::endpoint>>(std::move(found));
}

} // namespace rtkhooks::detail
