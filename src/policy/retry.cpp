// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/retry.hpp"

#include <algorithm>

namespace rtkhooks::policy {
namespace {

bool is_transient_status(int status)
{
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

} // namespace

permission may_retry(attempt_outcome const& outcome) noexcept
{
    if (outcome.status == 429) // refused unprocessed: safe for every method
        return permission::after_pause;
    if (outcome.status != 0)
        return outcome.idempotent && is_transient_status(outcome.status) ? permission::after_pause : permission::no;
    if (!outcome.transient || (!outcome.idempotent && outcome.state != request_state::unsent))
        return permission::no;
    if (outcome.stale_connection && !outcome.immediate_retry_made)
        return permission::immediately;
    return permission::after_pause;
}

std::chrono::milliseconds backoff(client_config::retry_config const& config, int retries_made,
                                  std::optional<std::chrono::seconds> retry_after, std::uint64_t random) noexcept
{
    auto bound = std::min(config.base_delay, config.max_delay);
    for (int i = 0; i < retries_made && bound < config.max_delay; ++i)
        bound = bound > config.max_delay / 2 ? config.max_delay : bound * 2;
    auto const span = static_cast<std::uint64_t>(std::max<std::int64_t>(bound.count(), 0)) + 1;
    std::chrono::milliseconds const jitter{static_cast<std::int64_t>(random % span)};
    return retry_after ? std::chrono::milliseconds{*retry_after} + jitter : jitter;
}

retry_budget::retry_budget(client_config::retry_config const& config) noexcept
    : ratio_{config.budget_ratio}, most_{static_cast<double>(config.budget_reserve)}, available_{most_}
{
}

void retry_budget::call_made() noexcept { available_ = std::min(available_ + ratio_, std::max(most_, 1.0)); }

bool retry_budget::take() noexcept
{
    if (available_ < 1.0)
        return false;
    available_ -= 1.0;
    return true;
}

} // namespace rtkhooks::policy
