// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/operation.hpp"

#include "transport/pool.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <new>
#include <utility>

namespace rtkhooks::transport {

operation::operation(std::shared_ptr<pool> owner) noexcept : owner_{std::move(owner)} {}

operation::~operation() { owner_->end(*this); }

/// Parks the coroutine's handler in its operation.
struct operation::initiation {
    operation* self;

    void operator()(handler&& resumption) const
    {
        auto slot = boost::asio::get_associated_cancellation_slot(resumption);
        if (slot.is_connected()) {
            slot.assign([which = self](boost::asio::cancellation_type kind) {
                if (kind != boost::asio::cancellation_type::none)
                    which->owner_->interrupt(*which, errc::cancelled);
            });
        }
        self->handler_.emplace(std::move(resumption));
        auto expected = signal::none;
        if (self->signal_.compare_exchange_strong(expected, signal::awaited, std::memory_order_acq_rel))
            return; // from here on another thread may have resumed it, and self may be gone
        auto due = std::move(*self->handler_);
        self->handler_.reset();
        boost::asio::post(std::move(due));
    }
};

boost::asio::awaitable<void> operation::wait()
{
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void()>(initiation{this},
                                                                                     boost::asio::use_awaitable);
}

namespace {

/// While this is held, the run() of the caller's context does not return: the call that is resumed may be all that the
/// context lives for, and Asio still touches a context that another thread runs after it has taken the handler in.
template <class Handler>
boost::asio::any_io_executor keep_running(Handler const& resumption)
{
    return boost::asio::prefer(boost::asio::get_associated_executor(resumption),
                               boost::asio::execution::outstanding_work.tracked);
}

} // namespace

/// The handler of a call that waits already. One that does not wait yet will find its signal given.
std::optional<operation::handler> operation::give_signal()
{
    if (signal_.exchange(signal::given, std::memory_order_acq_rel) != signal::awaited)
        return std::nullopt;
    return std::exchange(handler_, std::nullopt);
}

void operation::resume()
{
    if (auto due = give_signal()) {
        auto const work = keep_running(*due);
        boost::asio::dispatch(std::move(*due));
    }
}

void operation::resume_later()
{
    if (auto due = give_signal()) {
        auto const work = keep_running(*due);
        boost::asio::post(std::move(*due));
    }
}

void operation::expire(ready_list& ready) { owner_->strike(*this, errc::timed_out, ready); }

ready_list::~ready_list()
{
    while (first_ != nullptr) {
        try {
            std::exchange(first_, first_->next_ready_)->resume_later();
        } catch (std::bad_alloc const&) {
            // Asio then destroys the coroutine: there is no other way to tell it.
        }
    }
}

void ready_list::push(operation& which) noexcept
{
    which.next_ready_ = nullptr;
    *end_ = &which;
    end_ = &which.next_ready_;
}

} // namespace rtkhooks::transport
