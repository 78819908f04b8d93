// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rtkhooks::policy {

/// Gives turns so that no window of time ever holds more than the agreed number of them, wherever it begins: turn n
/// comes no earlier than a window after turn n minus that number. Turns are given in order.
/// Not synchronised: its owner's lock guards it.
class pacer {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit pacer(client_config::rate_limit_config const& config);

    /// When a call may be made that wants to be made now.
    /// @param latest by when it must be made: if that is too early, no turn is taken
    [[nodiscard]] std::optional<time_point> take_turn(time_point now, time_point latest);

private:
    std::vector<time_point> turns_; // the last ones, as a ring
    std::size_t size_;
    std::size_t next_ = 0;
    std::chrono::milliseconds window_;
};

/// How many requests are left, by an answer's `Ratelimit` (a list such as `"default";r=50;t=30`: the least of its
/// items) or else its `X-RateLimit-Remaining`.
[[nodiscard]] std::optional<std::int64_t> requests_remaining(std::optional<std::string_view> rate_limit,
                                                             std::optional<std::string_view> x_remaining) noexcept;

} // namespace rtkhooks::policy
