// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace rtkhooks::transport {
namespace {

class steady final : public clock {
public:
    steady(boost::asio::any_io_executor const& executor, std::function<void()> alarm)
        : timer_{std::in_place, executor}, alarm_{std::make_shared<std::function<void()>>(std::move(alarm))}
    {
    }

    time_point now() const noexcept override { return std::chrono::steady_clock::now(); }

    void wake_at(time_point when) override
    {
        timer_->expires_at(when);
        timer_->async_wait([alarm = alarm_](boost::system::error_code ec) {
            if (!ec)
                (*alarm)();
        });
    }

    void silence() override { timer_->cancel(); }
    void abandon() noexcept override { timer_.reset(); }

private:
    std::optional<boost::asio::steady_timer> timer_; // empty once abandoned
    std::shared_ptr<std::function<void()>> alarm_;   // a wait that is due already may outlive the clock
};

} // namespace

std::unique_ptr<clock> make_steady_clock(boost::asio::any_io_executor const& executor, std::function<void()> alarm)
{
    return std::make_unique<steady>(executor, std::move(alarm));
}

} // namespace rtkhooks::transport
