// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <vector>

namespace rtkhooks::emulation {

/// Listens on 127.0.0.1 and, where this machine has it, on ::1, on the same port.
/// @param port 0: any that is free on both
/// @return one or two, the one for 127.0.0.1 first
/// @throws rtkhooks::exception with `errc::resource_exhausted` and the port in the message
[[nodiscard]] std::vector<boost::asio::ip::tcp::acceptor> listen_on_loopback(boost::asio::io_context& context,
                                                                             std::uint16_t port);

} // namespace rtkhooks::emulation
