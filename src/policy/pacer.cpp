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
    if (ahead >= free_.size()) {
        auto const behind = ahead - free_.size(); // of those, how many take a place in the ring
        auto const within = behind % size_;
        if (turns_.size() + within >= size_) {
            auto const before = turns_.size() + within - size_; // counted from the earliest turn that is known
            auto const first = turns_.size() == size_ ? next_ : 0;
            when = std::max(when, turns_[(first + before) % size_].when + window_);
        }
        when += window_ * static_cast<std::int64_t>(behind / size_);
    }
    for (auto const& each : holds_) {
        if (each.until > now && static_cast<std::int64_t>(ahead) >= each.left)
            when = std::max(when, each.until);
    }
    return when;
}

turn pacer::take(time_point now)
{
    turn made{taken_ + 1, next_};
    if (!free_.empty()) {
        made.place = free_.back();
        free_.pop_back();
        turns_[made.place] = {now, made.number};
    } else {
        if (turns_.size() == size_) {
            turns_[next_] = {now, made.number};
        } else {
            if (free_.capacity() <= turns_.size()) // so that any can be given back
                free_.reserve(2 * free_.capacity() + 8);
            turns_.push_back({now, made.number});
        }
        next_ = (next_ + 1) % size_;
    }
    for (auto& each : holds_)
        each.left = std::max<std::int64_t>(each.left - 1, 0);
    taken_ = made.number;
    return made;
}

/// Whether it is one of the last, and not given back.
bool pacer::holds(turn const& which) const noexcept
{
    return which.number != 0 && turns_[which.place].number == which.number;
}

bool pacer::use(turn const& which, time_point now) noexcept
{
    return holds(which) && std::exchange(turns_[which.place].when, now) < now;
}

void pacer::give_back(turn const& which) noexcept
{
    if (!holds(which))
        return;
    turns_[which.place].number = 0;
    free_.push_back(which.place);
    if (which.number > corrected_by_) {
        for (auto& each : holds_) // of which it was taken off
            ++each.left;
    }
}

void pacer::correct(quota_list const& quotas, turn const& answered, time_point now)
{
    if (quotas.empty() || answered.number < corrected_by_)
        return;
    corrected_by_ = answered.number;
    auto const since = static_cast<std::int64_t>(taken_ - answered.number);
    holds_.clear();
    for (auto const& each : quotas)
        holds_.push_back({now + std::min(each.reset, longest_hold), std::max<std::int64_t>(each.remaining - since, 0)});
}

void pacer::block(std::chrono::seconds pause, time_point now) noexcept
{
    blocked_until_ = std::max(blocked_until_, now + std::min(pause, longest_hold));
}

} // namespace rtkhooks::policy
