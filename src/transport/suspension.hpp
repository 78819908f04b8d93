// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace rtkhooks::transport {

/// A coroutine that waits: the handler that resumes it, whatever its type, without memory of its own.
class suspension {
public:
    suspension() = default;
    ~suspension()
    {
        if (act_ != nullptr)
            act_(handler_, action::destroy);
    }
    suspension(suspension const&) = delete;
    suspension& operator=(suspension const&) = delete;

    /// Only where none is held.
    template <class Handler>
    void hold(Handler handler) noexcept
    {
        static_assert(sizeof(Handler) <= sizeof(handler_) && alignof(Handler) <= alignof(void*));
        ::new (static_cast<void*>(handler_)) Handler(std::move(handler));
        act_ = &act_on<Handler>;
    }

    // Each resumes it, once. This object may be gone when they return, and is not touched once the coroutine runs.
    /// At once, where the calling thread may run it.
    void resume() { std::exchange(act_, nullptr)(handler_, action::dispatch); }
    /// Never before this returns.
    void resume_later() { std::exchange(act_, nullptr)(handler_, action::post); }

private:
    enum class action { dispatch, post, destroy };

    template <class Handler>
    static void act_on(std::byte* where, action what)
    {
        auto* const held = std::launder(reinterpret_cast<Handler*>(where));
        auto taken = std::move(*held);
        std::destroy_at(held);
        if (what == action::destroy)
            return;
        // While this is held, the run() of the caller's context does not return: the call that is resumed may be all
        // that the context lives for, and Asio still touches a context that another thread runs after it has taken the
        // handler in.
        auto const work = boost::asio::prefer(boost::asio::any_io_executor{boost::asio::get_associated_executor(taken)},
                                              boost::asio::execution::outstanding_work.tracked);
        if (what == action::dispatch)
            boost::asio::dispatch(std::move(taken));
        else
            boost::asio::post(std::move(taken));
    }

    alignas(void*) std::byte handler_[4 * sizeof(void*)];
    void (*act_)(std::byte*, action) = nullptr;
};

} // namespace rtkhooks::transport
