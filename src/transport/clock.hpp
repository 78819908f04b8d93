// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/timer_queue.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace rtkhooks::transport {

/// What time it is, and one alarm. Tests put another in its place and turn its hands themselves.
/// Not synchronised but for now(), which any thread may call at any time: the pool's lock guards the alarm.
class clock {
public:
    virtual ~clock() = default;

    [[nodiscard]] virtual time_point now() const noexcept = 0;
    /// Calls the alarm at a time or soon after it, on the executor, never from within. Where the executor has no memory
    /// for that, or its context goes, it is called anywhere else, and may come before what else the executor has to run.
    /// A later call takes its place, unless it throws std::bad_alloc: then all stays as it is.
    virtual void wake_at(time_point when) = 0;
    /// Sets the alarm off, so that it keeps no context running.
    virtual void silence() = 0;
    /// The executor's context is going. Only now() is called afterwards.
    virtual void abandon() noexcept = 0;
};

/// Makes a clock for a pool.
using clock_factory =
    std::function<std::unique_ptr<clock>(boost::asio::any_io_executor const&, std::function<void()> alarm)>;

/// std::chrono::steady_clock and a timer of Asio's.
[[nodiscard]] std::unique_ptr<clock> make_steady_clock(boost::asio::any_io_executor const& executor,
                                                       std::function<void()> alarm);

} // namespace rtkhooks::transport
