// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <utility>

namespace rtkhooks::transport {

/// While one is there, this thread hands handlers over: one that could not be is destroyed, and an exception tells.
class handing_over {
public:
    // clang before 19 keeps addresses of thread-local variables in coroutines that their uses are inlined into.
    [[gnu::noinline]] handing_over() noexcept { ++depth; }
    [[gnu::noinline]] ~handing_over() { --depth; }
    handing_over(handing_over const&) = delete;
    handing_over& operator=(handing_over const&) = delete;

    [[nodiscard, gnu::noinline]] static bool on_this_thread() noexcept { return depth != 0; }

private:
    inline static constinit thread_local int depth = 0;
};

/// A handler of an asynchronous operation that is called in any case. Asio destroys handlers instead where it has no memory
/// to run them, as it needs on a strand, and where their context goes. Then it is called with `not_enough_memory`, within
/// Asio and perhaps while an exception is on its way: it must not run what is not ours.
/// An operation is to be begun with it while a `handing_over` is there.
/// @tparam Function is false once it was moved from
template <std::invocable<boost::system::error_code> Function>
class assured_handler {
public:
    explicit assured_handler(Function what) noexcept : what_{std::move(what)} {}
    assured_handler(assured_handler&& other) noexcept : what_{std::move(other.what_)} {}
    assured_handler& operator=(assured_handler&&) = delete;
    ~assured_handler()
    {
        if (!what_ || handing_over::on_this_thread())
            return;
        try {
            what_(make_error_code(boost::system::errc::not_enough_memory));
        } catch (...) {
            // there is no one to tell
        }
    }

    void operator()(boost::system::error_code ec)
    {
        auto what = std::move(what_);
        what(ec);
    }

private:
    Function what_;
};

} // namespace rtkhooks::transport
