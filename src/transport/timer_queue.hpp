// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/intrusive/set.hpp>

#include <chrono>
#include <optional>

namespace rtkhooks::transport {

using time_point = std::chrono::steady_clock::time_point;

class ready_list;

/// Something that happens at a time unless it is removed from its queue before.
class timer : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>> {
public:
    timer() = default;
    timer(timer const&) = delete;
    timer& operator=(timer const&) = delete;

    [[nodiscard]] time_point when() const noexcept { return when_; }

    /// Called under the queue's lock, once the timer has been removed.
    /// @param ready takes the operations that are to be resumed once the lock is gone
    virtual void expire(ready_list& ready) = 0;

protected:
    ~timer() = default;

private:
    friend class timer_queue;
    friend bool operator<(timer const& left, timer const& right) noexcept { return left.when_ < right.when_; }

    time_point when_;
};

/// Timers in order of time. One system timer serves them all: most are removed before they are due, and cost no system
/// call then. Not synchronised: the pool's lock guards it.
class timer_queue {
public:
    /// Adds a timer, or moves it.
    void set(timer& which, time_point when) noexcept
    {
        remove(which);
        which.when_ = when;
        // Deadlines mostly come in order, so that the end is where to look first.
        if (timers_.empty() || !(which < *timers_.rbegin()))
            timers_.push_back(which);
        else
            timers_.insert(which);
    }

    void remove(timer& which) noexcept
    {
        if (which.is_linked())
            timers_.erase(timers_.iterator_to(which));
    }

    [[nodiscard]] std::optional<time_point> next() const noexcept
    {
        return timers_.empty() ? std::nullopt : std::optional{timers_.begin()->when_};
    }

    /// Removes the timers that are due and calls them, the earliest first.
    void expire(time_point now, ready_list& ready)
    {
        while (!timers_.empty() && timers_.begin()->when_ <= now) {
            auto& due = *timers_.begin();
            timers_.erase(timers_.begin());
            due.expire(ready);
        }
    }

private:
    boost::intrusive::multiset<timer, boost::intrusive::constant_time_size<false>> timers_;
};

} // namespace rtkhooks::transport
