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
            act_(*this, action::destroy);
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

    // Each resumes it, once. Where the executor has no memory for that, they return false, and it goes on waiting; else
    // this object may be gone when they return, and is not touched once the coroutine runs.
    /// At once, where the calling thread may run it.
    [[nodiscard]] bool resume() { return act_(*this, action::dispatch); }
    /// Never before this returns.
    [[nodiscard]] bool resume_later() { return act_(*this, action::post); }

private:
    enum class action { dispatch, post, run, destroy };

    /// This thread's asking of an executor to resume a coroutine.
    class request {
    public:
        // clang before 19 keeps addresses of thread-local variables in coroutines that their uses are inlined into.
        [[gnu::noinline]] explicit request(suspension const& which) noexcept;
        [[gnu::noinline]] ~request();
        request(request const&) = delete;
        request& operator=(request const&) = delete;

        [[nodiscard]] bool refused() const noexcept { return refused_; }
        [[nodiscard]] bool granted() const noexcept { return which_ == nullptr; }

        /// Notes that what would resume it was destroyed instead.
        /// @return whether that was while this thread asked for it: not so where a context is destroyed
        [[gnu::noinline]] static bool refuse(suspension const& which) noexcept;
        /// Notes that it is resumed, or destroyed, by this thread.
        [[gnu::noinline]] static void grant(suspension const& which) noexcept;

    private:
        static thread_local request* innermost;

        suspension const* which_; // until it is resumed
        request* const outer_;
        bool refused_ = false;
    };

    /// What an executor takes. The handler stays where it is until this runs, as an executor that has no memory destroys
    /// what it was to take, and a handler that is destroyed destroys its coroutine.
    class resumption {
    public:
        explicit resumption(suspension& which) noexcept : which_{&which} {}
        resumption(resumption&& other) noexcept : which_{std::exchange(other.which_, nullptr)} {}
        resumption& operator=(resumption&&) = delete;
        ~resumption()
        {
            if (which_ != nullptr && !request::refuse(*which_))
                which_->act_(*which_, action::destroy);
        }

        void operator()()
        {
            auto& which = *std::exchange(which_, nullptr);
            request::grant(which);
            which.act_(which, action::run);
        }

    private:
        suspension* which_;
    };

    template <class Handler>
    static bool act_on(suspension& self, action what)
    {
        auto* const held = std::launder(reinterpret_cast<Handler*>(self.handler_));
        if (what == action::dispatch || what == action::post)
            return ask(self, *held, what);
        self.act_ = nullptr;
        auto taken = std::move(*held);
        std::destroy_at(held);
        if (what == action::run)
            std::move(taken)();
        return true;
    }

    template <class Handler>
    static bool ask(suspension& self, Handler const& held, action how)
    {
        request asked{self}; // not const: it is written to by way of `innermost`
        try {
            resumption all{self};
            // While this is held, the run() of the caller's context does not return: the call that is resumed may be
            // all that the context lives for, and Asio still touches a context that another thread runs after it has
            // taken the handler in. So nothing else of the executor may outlive it.
            auto const work =
                boost::asio::prefer(boost::asio::any_io_executor{boost::asio::get_associated_executor(held)},
                                    boost::asio::execution::outstanding_work.tracked);
            auto const executor = boost::asio::get_associated_executor(held);
            if (how == action::dispatch)
                boost::asio::dispatch(executor, std::move(all));
            else
                boost::asio::post(executor, std::move(all));
        } catch (std::bad_alloc const&) {
            if (asked.granted())
                throw; // by what was resumed
            return !asked.refused();
        } catch (...) {
            if (asked.granted())
                throw;
        }
        if (asked.refused()) { // for good: its context is going
            request::grant(self);
            self.act_(self, action::destroy);
        }
        return true;
    }

    alignas(void*) std::byte handler_[4 * sizeof(void*)];
    bool (*act_)(suspension&, action) = nullptr;
};

} // namespace rtkhooks::transport
