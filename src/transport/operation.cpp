// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/operation.hpp"

#include "transport/pool.hpp"

#include <boost/asio/cancellation_type.hpp>

#include <new>
#include <utility>

namespace rtkhooks::transport {

operation::operation(std::shared_ptr<pool> owner) noexcept : owner_{std::move(owner)} {}

operation::~operation() { owner_->end(*this); }

void operation::suspended(boost::asio::cancellation_slot slot)
{
    try {
        if (slot.is_connected()) {
            slot.assign([this](boost::asio::cancellation_type kind) {
                if (kind != boost::asio::cancellation_type::none)
                    owner_->interrupt(*this, errc::cancelled);
            });
        }
    } catch (std::bad_alloc const&) {
        owner_->interrupt(*this, errc::resource_exhausted); // rather than wait where it could not be cancelled
    }
    auto expected = signal::none;
    if (!signal_.compare_exchange_strong(expected, signal::awaited, std::memory_order_acq_rel) &&
        !suspension_.resume_later())
        owner_->resume_again(*this);
    // else another thread may have resumed it already, and this object may be gone
}

/// @return whether it waits already. One that does not wait yet will find its signal given.
bool operation::give_signal() { return signal_.exchange(signal::given, std::memory_order_acq_rel) == signal::awaited; }

void operation::resume()
{
    if (give_signal() && !suspension_.resume())
        owner_->resume_again(*this);
}

void operation::resume_later()
{
    if (give_signal() && !suspension_.resume_later())
        owner_->resume_again(*this);
}

void operation::expire(ready_list& ready) { owner_->strike(*this, errc::timed_out, ready); }

ready_list::~ready_list()
{
    while (first_ != nullptr)
        std::exchange(first_, first_->next_ready_)->resume_later();
}

void ready_list::push(operation& which) noexcept
{
    which.next_ready_ = nullptr;
    *end_ = &which;
    end_ = &which.next_ready_;
}

void ready_list::take(ready_list& others) noexcept
{
    while (others.first_ != nullptr)
        push(*std::exchange(others.first_, others.first_->next_ready_));
    others.end_ = &others.first_;
}

} // namespace rtkhooks::transport
