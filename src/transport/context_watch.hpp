// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace rtkhooks::transport {

class pool;

/// Has a pool abandoned when its executor's context is destroyed, before the sockets and timers that it holds lose
/// what they work with. Has it closed when the context is told that it is in a forked process.
void watch_context(boost::asio::any_io_executor const& executor, std::weak_ptr<pool> which);

} // namespace rtkhooks::transport
