// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rtkhooks::policy {

/// How one attempt ended, as far as it matters to another.
struct attempt_outcome {
    attempt_outcome() = default;

    bool idempotent = true;
    int status = 0;         ///< of a complete answer, or 0
    bool transient = false; ///< where there is no complete answer: whether trying again may end otherwise
    request_state state = request_state::unsent;
    /// Whether the connection had served an earlier attempt and ended before the answer's first byte.
    bool stale_connection = false;
    std::optional<std::chrono::seconds> retry_after;
    bool immediate_retry_made = false;
};

/// Whether an outcome allows another attempt at all, budget, number and time aside (P1, P2, P4).
enum class permission {
    no,
    immediately, ///< at once, on a connection that is made for it
    after_pause,
};
[[nodiscard]] permission may_retry(attempt_outcome const& outcome) noexcept;

/// The pause before a retry: drawn evenly from 0 to a bound that doubles with every retry (full jitter), and never
/// shorter than what the server asked for: that is then the least, and the jitter comes on top of it.
/// @param retries_made before this pause, from 0
/// @param random evenly drawn, any value
[[nodiscard]] std::chrono::milliseconds backoff(client_config::retry_config const& config, int retries_made,
                                                std::optional<std::chrono::seconds> retry_after,
                                                std::uint64_t random) noexcept;

/// What retries may cost in all (P7): each call pays in a share, each retry takes one out.
/// Not synchronised: its owner's lock guards it.
class retry_budget {
public:
    explicit retry_budget(client_config::retry_config const& config) noexcept;

    void call_made() noexcept;
    /// @return whether there was one to take
    [[nodiscard]] bool take() noexcept;
    [[nodiscard]] double available() const noexcept { return available_; }

private:
    double ratio_;
    double most_;
    double available_;
};

/// How many requests may be sent again at once, beside the budget, because their connections had ended (P2). Until the
/// server answers anything, each connection can end once: so as many as there may be are enough for a server that works,
/// and one that answers nothing gets no more. For any thread.
class replacement_allowance {
public:
    /// @param connections that there may be at once
    explicit replacement_allowance(std::size_t connections) noexcept : most_{connections} {}

    /// The server has answered, whatever that was.
    void answered() noexcept
    {
        if (made_.load(std::memory_order_relaxed) != 0)
            made_.store(0, std::memory_order_relaxed);
    }
    /// @return whether there was one to take
    [[nodiscard]] bool take() noexcept { return made_.fetch_add(1, std::memory_order_relaxed) < most_; }

private:
    std::size_t const most_;
    std::atomic<std::size_t> made_ = 0; // since the last answer
};

} // namespace rtkhooks::policy
