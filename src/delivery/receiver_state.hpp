// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/clock.hpp"

#include <rtkhooks/receiver.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace rtkhooks::delivery {
class receiving;
}

namespace rtkhooks::detail {

/// What a receiver and its run() share. For any thread.
class receiver_state {
public:
    receiver_state(boost::asio::any_io_executor executor, receiver_config config, key_store keys,
                   transport::clock_factory make_clock);

    boost::asio::any_io_executor const executor;
    receiver_config const config;
    key_store const keys;
    transport::clock_factory const make_clock;
    std::shared_ptr<boost::asio::ssl::context> const tls; // null: none

    /// Changes what is counted.
    template <class Function>
    void count(Function change)
    {
        std::lock_guard const lock{mutex_};
        change(stats_);
    }
    [[nodiscard]] receiver_stats stats() const
    {
        std::lock_guard const lock{mutex_};
        return stats_;
    }

    enum class start { begins, runs_already, has_no_receiver };
    [[nodiscard]] start begin(std::shared_ptr<delivery::receiving> const& which,
                              boost::asio::ip::tcp::endpoint const& where)
    {
        std::lock_guard const lock{mutex_};
        if (gone_)
            return start::has_no_receiver;
        if (!running_.expired())
            return start::runs_already;
        running_ = which;
        where_ = where;
        return start::begins;
    }
    void end()
    {
        std::lock_guard const lock{mutex_};
        running_.reset();
        where_.reset();
    }
    /// The receiver is destroyed.
    /// @return what runs
    [[nodiscard]] std::shared_ptr<delivery::receiving> abandon()
    {
        std::lock_guard const lock{mutex_};
        gone_ = true;
        return running_.lock();
    }
    /// Null where none runs.
    [[nodiscard]] std::shared_ptr<delivery::receiving> running() const
    {
        std::lock_guard const lock{mutex_};
        return running_.lock();
    }
    [[nodiscard]] std::optional<boost::asio::ip::tcp::endpoint> where() const
    {
        std::lock_guard const lock{mutex_};
        return running_.expired() ? std::nullopt : where_;
    }

private:
    mutable std::mutex mutex_; // guards what follows
    receiver_stats stats_;
    std::weak_ptr<delivery::receiving> running_; // the coroutines of run() own it
    std::optional<boost::asio::ip::tcp::endpoint> where_;
    bool gone_ = false; // the receiver
};

/// Makes receivers whose clock a test turns.
struct receiver_access {
    [[nodiscard]] static receiver make(boost::asio::any_io_executor executor, receiver_config config, key_store keys,
                                       transport::clock_factory make_clock)
    {
        return receiver{std::make_shared<receiver_state>(std::move(executor), std::move(config), std::move(keys),
                                                         std::move(make_clock))};
    }
};

} // namespace rtkhooks::detail
