// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/receiver.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::cli {

/// The receiving side of the demo: a receiver in this process that has fetched an emulator's key.
class demo_receiver {
public:
    struct arrival {
        arrival(rtkhooks::event event, std::chrono::steady_clock::time_point time) : what{std::move(event)}, when{time}
        {
        }

        rtkhooks::event what;
        std::chrono::steady_clock::time_point when;
    };

    /// @param of the emulator whose key is trusted
    demo_receiver(boost::asio::any_io_executor executor, emulator const& of);

    /// Completes when it listens and has the key.
    /// @throws rtkhooks::exception
    boost::asio::awaitable<void> start();
    boost::asio::awaitable<void> stop();
    /// For a webhook.
    [[nodiscard]] std::string url() const;

    /// The deliveries that were genuine, in their order.
    [[nodiscard]] std::vector<arrival> const& arrivals() const noexcept { return arrivals_; }
    [[nodiscard]] receiver_stats stats() const { return receiver_.stats(); }

private:
    boost::asio::awaitable<void> take(received_delivery what);

    boost::asio::any_io_executor executor_;
    key_store keys_;
    receiver receiver_;
    std::optional<std::exception_ptr> end_;
    std::vector<arrival> arrivals_;
};

} // namespace rtkhooks::cli
