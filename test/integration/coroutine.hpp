// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

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

} // namespace rtkhooks::test
