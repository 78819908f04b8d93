// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "delivery/receiver_state.hpp"
#include "integration/delivery/sender.hpp"
#include "integration/eventually.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/receiver.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rtkhooks::test {

[[nodiscard]] inline key_store usual_keys()
{
    return key_store::pinned({public_key::from_pem(usual_key().public_pem()).value()});
}

/// A body that no other has.
[[nodiscard]] inline std::string body_number(int number)
{
    return R"({"event":"meeting.started","meeting":{"id":"meeting-)" + std::to_string(number) + R"("}})";
}

[[nodiscard]] inline delivery_request delivery_number(int number) { return delivery_request{body_number(number)}; }

/// What handlers got.
class inbox {
public:
    void put(received_delivery what)
    {
        std::lock_guard const lock{mutex_};
        got_.push_back(std::move(what));
    }
    [[nodiscard]] std::size_t size() const
    {
        std::lock_guard const lock{mutex_};
        return got_.size();
    }
    [[nodiscard]] received_delivery at(std::size_t index) const
    {
        std::lock_guard const lock{mutex_};
        return got_.at(index);
    }
    /// A handler that accepts everything.
    [[nodiscard]] delivery_handler handler()
    {
        return [this](received_delivery what) -> boost::asio::awaitable<void> {
            put(std::move(what));
            co_return;
        };
    }

private:
    mutable std::mutex mutex_;
    std::vector<received_delivery> got_;
};

/// Handlers that wait until they are told how to end.
class gate {
public:
    enum class way { shut, accept, fail };

    [[nodiscard]] delivery_handler handler()
    {
        return [this](received_delivery what) -> boost::asio::awaitable<void> {
            auto const executor = co_await boost::asio::this_coro::executor;
            ++begun;
            ++inside;
            leave const leaving{inside};
            while (open == way::shut) {
                boost::asio::steady_timer soon{executor, std::chrono::milliseconds{1}};
                co_await soon.async_wait(boost::asio::use_awaitable);
            }
            if (open == way::fail)
                throw std::runtime_error{"no"};
            box.put(std::move(what));
        };
    }

    std::atomic<way> open{way::shut};
    std::atomic<int> begun{0};
    std::atomic<int> inside{0};
    inbox box;

private:
    struct leave {
        explicit leave(std::atomic<int>& what) : count{what} {}
        ~leave() { --count; }
        std::atomic<int>& count;
    };
};

/// A receiver on a thread of its own, whose time the test turns.
class receiver_scene {
public:
    explicit receiver_scene(receiver_config config = {}, key_store keys = usual_keys(), delivery_handler handler = {},
                            int threads = 1)
    {
        std::promise<std::uint16_t> listening;
        config.on_listening = [&](boost::asio::ip::tcp::endpoint where) { listening.set_value(where.port()); };
        receiver.emplace(
            detail::receiver_access::make(context.get_executor(), std::move(config), std::move(keys), clock.factory()));
        boost::asio::co_spawn(context, receiver->run(loopback(), handler ? std::move(handler) : box.handler()),
                              [this](std::exception_ptr problem) { ended_.set_value(std::move(problem)); });
        for (int i = 0; i != threads; ++i)
            threads_.emplace_back([this] { context.run(); });
        port = listening.get_future().get();
    }
    ~receiver_scene()
    {
        receiver.reset();
        for (auto& each : threads_)
            each.join(); // everything ends by itself
    }
    receiver_scene(receiver_scene const&) = delete;
    receiver_scene& operator=(receiver_scene const&) = delete;

    [[nodiscard]] static boost::asio::ip::tcp::endpoint loopback()
    {
        return {boost::asio::ip::address_v4::loopback(), 0};
    }

    /// The status of one delivery on a connection of its own.
    int status(delivery_request const& request) { return sender{port}.status(request); }
    /// Waits until run() has ended. What it threw is thrown.
    void wait_for_end()
    {
        if (auto const problem = ended_.get_future().get())
            std::rethrow_exception(problem);
    }
    /// Nothing happens until proceed(), as where the process is stopped: but what was ready before, and what follows
    /// from that. Of a scene with one thread.
    void pause()
    {
        auto const paused = std::make_shared<std::promise<void>>();
        pause_behind(100, [paused, end = proceed_.emplace().get_future().share()] {
            paused->set_value();
            end.wait();
        });
        paused->get_future().wait();
    }
    void proceed() { proceed_->set_value(); }
    /// Waits until the clock is set to ring in so long.
    bool alarm_in(std::chrono::milliseconds time)
    {
        return eventually([&] { return clock.until_alarm() == time; });
    }

    manual_clock clock;
    boost::asio::io_context context;
    inbox box;
    std::optional<rtkhooks::receiver> receiver;
    std::uint16_t port = 0;

private:
    void pause_behind(int steps, std::function<void()> wait)
    {
        boost::asio::post(context, [this, steps, wait = std::move(wait)]() mutable {
            if (steps == 0)
                wait();
            else
                pause_behind(steps - 1, std::move(wait));
        });
    }

    std::optional<std::promise<void>> proceed_;
    std::promise<std::exception_ptr> ended_;
    std::vector<std::thread> threads_;
};

} // namespace rtkhooks::test
