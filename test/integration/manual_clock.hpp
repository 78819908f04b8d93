// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/clock.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace rtkhooks::test {

/// The time that a test turns itself. Copies share it.
class manual_clock {
public:
    [[nodiscard]] transport::clock_factory factory() const
    {
        return [shared = state_](boost::asio::any_io_executor const& executor, std::function<void()> alarm) {
            std::lock_guard const lock{shared->mutex};
            shared->executor = executor;
            shared->alarm = std::move(alarm);
            return std::make_unique<view>(shared);
        };
    }

    /// Turns the time forward. What is due then happens on the executor, soon.
    void advance(std::chrono::milliseconds by) const
    {
        std::lock_guard const lock{state_->mutex};
        state_->now += by;
        state_->ring();
    }

    /// The same where the executor has no memory for that: the alarm is called here.
    /// @return whether it has set another
    bool advance_without_memory(std::chrono::milliseconds by) const
    {
        std::function<void()> alarm;
        {
            std::lock_guard const lock{state_->mutex};
            state_->now += by;
            if (!state_->due || *state_->due > state_->now)
                return false;
            state_->due.reset();
            state_->alarm_here = std::this_thread::get_id();
            state_->set_here = false;
            alarm = state_->alarm;
        }
        alarm();
        std::lock_guard const lock{state_->mutex};
        state_->alarm_here = {};
        return state_->set_here;
    }

    [[nodiscard]] transport::time_point now() const
    {
        std::lock_guard const lock{state_->mutex};
        return state_->now;
    }

    /// When the alarm is set to ring, from now.
    [[nodiscard]] std::optional<std::chrono::milliseconds> until_alarm() const
    {
        std::lock_guard const lock{state_->mutex};
        if (!state_->due)
            return std::nullopt;
        return std::chrono::ceil<std::chrono::milliseconds>(*state_->due - state_->now);
    }

private:
    struct state {
        std::mutex mutex;
        transport::time_point now = transport::time_point{} + std::chrono::hours{1};
        std::optional<transport::time_point> due;
        boost::asio::any_io_executor executor;
        std::function<void()> alarm;
        std::thread::id alarm_here; // where it is called without memory
        bool set_here = false;

        void ring()
        {
            if (due && *due <= now) {
                due.reset();
                boost::asio::post(executor, alarm);
            }
        }
    };

    class view final : public transport::clock {
    public:
        explicit view(std::shared_ptr<state> shared) : shared_{std::move(shared)} {}

        transport::time_point now() const noexcept override
        {
            std::lock_guard const lock{shared_->mutex};
            return shared_->now;
        }
        void wake_at(transport::time_point when) override
        {
            std::lock_guard const lock{shared_->mutex};
            shared_->due = when;
            if (std::this_thread::get_id() == shared_->alarm_here)
                shared_->set_here = true;
            shared_->ring();
        }
        void silence() override
        {
            std::lock_guard const lock{shared_->mutex};
            shared_->due.reset();
        }
        void abandon() noexcept override
        {
            std::lock_guard const lock{shared_->mutex};
            shared_->due.reset();
            shared_->executor = {};
        }

    private:
        std::shared_ptr<state> shared_;
    };

    std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace rtkhooks::test
