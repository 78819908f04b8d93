// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace rtkhooks::transport {
namespace {

class steady final : public clock {
public:
    steady(boost::asio::any_io_executor const& executor, std::function<void()> alarm)
        : timers_{{boost::asio::steady_timer{executor}, boost::asio::steady_timer{executor}}},
          alarm_{std::make_shared<std::function<void()>>(std::move(alarm))}
    {
    }

    time_point now() const noexcept override { return std::chrono::steady_clock::now(); }

    void wake_at(time_point when) override
    {
        auto& other = (*timers_)[1 - set_];
        other.expires_at(when);
        other.async_wait([alarm = alarm_](boost::system::error_code ec) {
            if (!ec)
                (*alarm)();
        });
        silence();
        set_ = 1 - set_;
    }

    void silence() override { (*timers_)[set_].cancel(); }
    void abandon() noexcept override { timers_.reset(); }

private:
    std::optional<std::array<boost::asio::steady_timer, 2>> timers_; // empty once abandoned
    std::size_t set_ = 0;                                            // of the two; by turns
    std::shared_ptr<std::function<void()>> alarm_;                   // a wait that is due already may outlive the clock
};

} // namespace

std::unique_ptr<clock> make_steady_clock(boost::asio::any_io_executor const& executor, std::function<void()> alarm)
{
    return std::make_unique<steady>(executor, std::move(alarm));
}

} // namespace rtkhooks::transport
