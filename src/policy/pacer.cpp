// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/pacer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rtkhooks::policy {
namespace {

// No answer, be it wrong or hostile, holds a client back for longer.
constexpr std::chrono::seconds longest_hold = std::chrono::hours{1};

} // namespace

pacer::pacer(client_config::rate_limit_config const& config)
    : most_{static_cast<std::size_t>(std::max(config.requests, 1))}, window_{config.window}
{
}

pacer::time_point pacer::available(std::size_t ahead, time_point now) const
{
    auto when = std::max(now, blocked_until_);
    auto const within = ahead % most_;
    if (turns_.size() + within >= most_)
        when = std::max(when, turns_[turns_.size() + within - most_].from + window_);
    when += window_ * static_cast<std::int64_t>(ahead / most_);
    for (auto const& each : holds_) {
        auto const beyond = static_cast<std::int64_t>(ahead) - std::max<std::int64_t>(each.left, 0);
        if (each.until > now && beyond >= 0)
            when = std::max(when, each.until + window_ * (beyond / static_cast<std::int64_t>(most_)));
    }
    return when;
}

turn pacer::take(time_point now)
{
    if (turns_.full() && turns_.size() != most_)
        turns_.set_capacity(std::min(most_, 2 * turns_.size() + 16));
    turns_.push_back({now, ++taken_, false}); // in the place of the earliest, where all count
    ++unused_;
    for (auto& each : holds_)
        --each.left;
    return {taken_};
}

pacer::counted_list::iterator pacer::find(turn const& which) noexcept
{
    if (!turns_.empty() && turns_.back().number == which.number) // the most usual
        return turns_.end() - 1;
    auto const at = std::lower_bound(turns_.begin(), turns_.end(), which.number,
                                     [](counted const& each, std::uint64_t number) { return each.number < number; });
    return at != turns_.end() && at->number == which.number ? at : turns_.end();
}

void pacer::remove(counted_list::iterator which) noexcept
{
    if (which - turns_.begin() < turns_.end() - which)
        turns_.rerase(which); // moves those before it
    else
        turns_.erase(which);
}

bool pacer::use(turn& which, time_point now) noexcept
{
    if (which.number == 0)
        return false;
    if (!std::exchange(which.used, true))
        --unused_;
    auto const found = find(which);
    if (found == turns_.end()) { // it waited for so long that another has its place, and goes out all the same
        which.number = ++taken_;
        return false;
    }
    bool const counts_from_now = found->from == now;
    if (counts_from_now && found + 1 == turns_.end()) { // as it was taken just now
        found->used = true;
        return false;
    }
    remove(found);
    turns_.push_back({now, ++taken_, true});
    which.number = taken_;
    return !counts_from_now;
}

void pacer::give_back(turn& which) noexcept
{
    auto const given = std::exchange(which, {});
    auto const found = find(given);
    if (given.number != 0 && !given.used)
        --unused_;
    if (given.number != 0 && (!given.used || given.number > corrected_by_)) {
        for (auto& each : holds_) // of which it was taken off
            ++each.left;
    }
    if (found != turns_.end())
        remove(found);
}

void pacer::correct(quota_list const& quotas, turn const& answered, time_point now)
{
    if (quotas.empty() || answered.number < corrected_by_)
        return;
    corrected_by_ = answered.number;
    auto since = unused_;
    for (auto each = turns_.rbegin(); each != turns_.rend() && each->number > answered.number; ++each)
        since += each->used ? 1 : 0;
    holds_.clear();
    for (auto const& each : quotas)
        holds_.push_back({now + std::min(each.reset, longest_hold), each.remaining - since});
}

void pacer::block(std::chrono::seconds pause, time_point now) noexcept
{
    blocked_until_ = std::max(blocked_until_, now + std::min(pause, longest_hold));
}

std::size_t pacer::excess(time_point now) const noexcept
{
    if (blocked_until_ > now)
        return std::numeric_limits<std::size_t>::max();
    std::int64_t most = 0;
    for (auto const& each : holds_) {
        if (each.until > now)
            most = std::max(most, -each.left);
    }
    return static_cast<std::size_t>(most);
}

} // namespace rtkhooks::policy
