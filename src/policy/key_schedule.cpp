// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/key_schedule.hpp"

#include <algorithm>

namespace rtkhooks::policy {

namespace {

/// Between attempts at a refresh, which nobody waits for. One that brings what a cache still has of another key confirms
/// nothing, and has not failed.
constexpr std::chrono::seconds refresh_pause{60};

} // namespace

bool key_schedule::passed(std::optional<time_point> since, duration pause, time_point now) const noexcept
{
    return !since || now - *since >= pause;
}

bool key_schedule::may_use(key_times const& key, time_point now) const noexcept
{
    return now - key.confirmed < settings_.max_age &&
           (!key.replaced || now - *key.replaced < settings_.previous_key_for);
}

key_schedule::step key_schedule::without_key(fetch_number since, time_point now) const noexcept
{
    if (fetching_)
        return step::wait;
    // One that was made for this delivery has failed, or what it brought is too old already.
    if (latest_ > since || (failing_ && !passed(began_, settings_.retry_interval, now)))
        return step::refuse;
    return step::fetch;
}

key_schedule::step key_schedule::after_mismatch(fetch_number since, time_point now, bool many_wait) const noexcept
{
    if (succeeded_ > since)
        return step::accept_mismatch;
    if (fetching_)
        return !many_wait || now < mismatch_waits_until() ? step::wait : step::refuse;
    bool const too_soon = !passed(mismatch_began_, settings_.refetch_interval, now) ||
                          (fruitless_[0] && !passed(fruitless_[0], settings_.refetch_window, now)) ||
                          (failing_ && !passed(began_, settings_.retry_interval, now));
    return latest_ > since || too_soon ? step::refuse : step::fetch;
}

bool key_schedule::refresh_due(key_times const& current, time_point now) const noexcept
{
    return !fetching_ && now - current.confirmed >= settings_.refresh_after &&
           passed(began_, std::min<duration>(refresh_pause, settings_.refresh_after), now) &&
           (!failing_ || passed(began_, settings_.retry_interval, now));
}

void key_schedule::fetch_began(reason why, time_point now) noexcept
{
    ++latest_;
    fetching_ = true;
    why_ = why;
    began_ = now;
    if (why == reason::mismatch)
        mismatch_began_ = now;
}

void key_schedule::fetch_ended(ending how, bool kept) noexcept
{
    fetching_ = false;
    failing_ = how == ending::failed;
    if (failing_) {
        mismatch_began_.reset(); // it has told nothing, so that the next need not wait longer than any that failed
        return;
    }
    if (!kept)
        succeeded_ = latest_;
    if (how == ending::changed)
        fruitless_ = {};
    else if (why_ != reason::refresh)
        fruitless_ = {fruitless_[1], began_};
}

} // namespace rtkhooks::policy
