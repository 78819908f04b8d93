// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/clock.hpp"

#include "transport/assured_handler.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace rtkhooks::transport {
namespace {

/// Memory for a few waits, so that an alarm can be set where there is none; for more, the heap's. Waits that were
/// cancelled have theirs until their context runs again. For any thread.
class wait_memory {
public:
    void* take(std::size_t size)
    {
        for (auto& each : slots_) {
            if (size <= sizeof each.bytes && !each.taken.exchange(true, std::memory_order_acquire))
                return each.bytes;
        }
        return ::operator new(size);
    }

    void give_back(void* memory) noexcept
    {
        for (auto& each : slots_) {
            if (memory == each.bytes)
                return each.taken.store(false, std::memory_order_release);
        }
        ::operator delete(memory);
    }

private:
    struct slot {
        alignas(std::max_align_t) std::byte bytes[256];
        std::atomic<bool> taken = false;
    };
    std::array<slot, 4> slots_;
};

template <class T>
class wait_allocator {
public:
    using value_type = T;

    explicit wait_allocator(std::shared_ptr<wait_memory> memory) noexcept : memory_{std::move(memory)} {}
    wait_allocator(wait_allocator const&) = default; // no move: Asio asks a handler that it has moved from for it
    template <class U>
    wait_allocator(wait_allocator<U> const& other) noexcept : memory_{other.memory_}
    {
    }

    T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(count * sizeof(T))); }
    void deallocate(T* what, std::size_t) noexcept { memory_->give_back(what); }

    template <class U>
    bool operator==(wait_allocator<U> const& other) const noexcept
    {
        return memory_ == other.memory_;
    }

private:
    template <class>
    friend class wait_allocator;

    std::shared_ptr<wait_memory> memory_;
};

/// What all waits of a clock share, and may outlive it with.
struct shared_by_waits {
    explicit shared_by_waits(std::function<void()> what) : alarm{std::move(what)} {}

    std::function<void()> const alarm;
    wait_memory memory;
};

/// What a wait ends with.
struct ring {
    std::shared_ptr<shared_by_waits> waits;
    time_point when;

    explicit operator bool() const noexcept { return waits != nullptr; }
    void operator()(boost::system::error_code ec) const
    {
        // One that is lost does not know whether it was cancelled. Only one that was can be too early.
        bool const lost = ec == boost::system::errc::not_enough_memory;
        if (lost ? std::chrono::steady_clock::now() >= when : !ec)
            waits->alarm();
    }
};

class steady final : public clock {
public:
    steady(boost::asio::any_io_executor const& executor, std::function<void()> alarm)
        : timers_{{boost::asio::steady_timer{executor}, boost::asio::steady_timer{executor}}},
          waits_{std::make_shared<shared_by_waits>(std::move(alarm))}
    {
    }

    time_point now() const noexcept override { return std::chrono::steady_clock::now(); }

    void wake_at(time_point when) override
    {
        auto& other = (*timers_)[1 - set_];
        other.expires_at(when);
        {
            handing_over const here;
            // A ring that was lost would leave calls without an end.
            other.async_wait(boost::asio::bind_allocator(wait_allocator<void>{{waits_, &waits_->memory}},
                                                         assured_handler{ring{waits_, when}}));
        }
        silence();
        set_ = 1 - set_;
    }

    void silence() override { (*timers_)[set_].cancel(); }
    void abandon() noexcept override { timers_.reset(); }

private:
    std::optional<std::array<boost::asio::steady_timer, 2>> timers_; // empty once abandoned
    std::size_t set_ = 0;                                            // of the two; by turns
    std::shared_ptr<shared_by_waits> waits_;
};

} // namespace

std::unique_ptr<clock> make_steady_clock(boost::asio::any_io_executor const& executor, std::function<void()> alarm)
{
    return std::make_unique<steady>(executor, std::move(alarm));
}

} // namespace rtkhooks::transport
