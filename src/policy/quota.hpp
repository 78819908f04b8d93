// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/container/static_vector.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rtkhooks::policy {

/// What the server has left for a client, by one of its counts.
struct quota {
    quota() = default;
    quota(std::int64_t left, std::chrono::seconds until) noexcept : remaining{left}, reset{until} {}

    std::int64_t remaining = 0;   ///< requests
    std::chrono::seconds reset{}; ///< until it starts anew
};

/// Room for one more than is read of an answer's fields: of further ones, those with the least left count.
inline constexpr std::size_t most_quotas = 5;
using quota_list = boost::container::static_vector<quota, most_quotas>;

/// The fields of an answer that tell of quotas, as far as it has them.
struct quota_fields {
    quota_fields() = default;

    std::optional<std::string_view> rate_limit;        ///< `Ratelimit`: a list such as `"default";r=50;t=30`
    std::optional<std::string_view> rate_limit_policy; ///< `Ratelimit-Policy`: such as `"default";q=100;w=60`
    std::optional<std::string_view> x_remaining;     ///< `X-RateLimit-Remaining`, where there is no `Ratelimit`: a list
    std::optional<std::string_view> x_reset;         ///< `X-RateLimit-Reset`: a date
    std::optional<std::string_view> date;            ///< `Date`, against which that is measured
    std::optional<std::chrono::seconds> retry_after; ///< `Retry-After`, of an answer that refuses the request by them
};

/// What the fields say. What is malformed is ignored, item by item.
/// @param window where nothing tells when a count starts anew, it is taken to do so after this
/// @param now of the calendar, where the answer has no `Date`
[[nodiscard]] quota_list read_quotas(quota_fields const& fields, std::chrono::seconds window,
                                     std::chrono::sys_seconds now) noexcept;

/// The least that any count has left.
[[nodiscard]] std::optional<std::int64_t> requests_remaining(quota_fields const& fields) noexcept;

} // namespace rtkhooks::policy
