// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/pacer.hpp"

#include <algorithm>
#include <utility>

namespace rtkhooks::policy {
namespace {

// No answer, be it wrong or hostile, holds a client back for longer.
constexpr std::chrono::seconds longest_hold = std::chrono::hours{1};

} // namespace

pacer::pacer(client_config::rate_limit_config const& config)
    : size_{static_cast<std::size_t>(std::max(config.requests, 1))}, window_{config.window}
{
}

pacer::time_point pacer::available(std::size_t ahead, time_point now) const
{
    auto when = std::max(now, blocked_until_);
    auto const within = ahead % size_;
    if (turns_.size() + within >= size_) {
        auto const before = turns_.size() + within - size_; // counted from the earliest turn that is known
        auto const first = turns_.size() == size_ ? next_ : 0;
        when = std::max(when, turns_[(first + before) % size_] + window_);
    }
    when += window_ * static_cast<std::int64_t>(ahead / size_);
    for (auto const& each : holds_) {
        if (each.until > now && static_cast<std::int64_t>(ahead) >= each.left)
            when = std::max(when, each.until);
    }
    return when;
}

std::uint64_t pacer::take(time_point now)
{
    if (turns_.size() == size_)
        turns_[next_] = now;
    else
        turns_.push_back(now);
    next_ = (next_ + 1) % size_;
    for (auto& each : holds_)
        each.left = std::max<std::int64_t>(each.left - 1, 0);
    return ++taken_;
}

bool pacer::use(std::uint64_t number, time_point now) noexcept
{
    if (number == 0 || taken_ - number >= size_)
        return false;
    return std::exchange(turns_[(number - 1) % size_], now) < now;
}

void pacer::correct(quota_list const& quotas, std::uint64_t number, time_point now)
{
    if (quotas.empty() || number < corrected_by_)
        return;
    corrected_by_ = number;
    auto const since = static_cast<std::int64_t>(taken_ - number);
    holds_.clear();
    for (auto const& each : quotas)
        holds_.push_back({now + std::min(each.reset, longest_hold), std::max<std::int64_t>(each.remaining - since, 0)});
}

void pacer::block(std::chrono::seconds pause, time_point now) noexcept
{
    blocked_until_ = std::max(blocked_until_, now + std::min(pause, longest_hold));
}

} // namespace rtkhooks::policy
