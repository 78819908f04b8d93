// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <utility>

namespace rtkhooks::test {

using body = std::function<boost::asio::awaitable<void>(boost::asio::any_io_executor)>;

/// Runs a coroutine on an io_context of its own, in this thread, until nothing is left to do. What it throws is thrown.
inline void run(body const& what)
{
    boost::asio::io_context context{1};
    std::exception_ptr problem;
    boost::asio::co_spawn(context, what(context.get_executor()),
                          [&](std::exception_ptr thrown) { problem = std::move(thrown); });
    context.run();
    if (problem)
        std::rethrow_exception(problem);
}

/// Lets everything else run until a condition holds. The condition must come true by itself.
template <class Condition>
boost::asio::awaitable<void> until(Condition condition)
{
    auto const executor = co_await boost::asio::this_coro::executor;
    for (bool holds = condition(); !holds; holds = condition())
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

} // namespace rtkhooks::test
