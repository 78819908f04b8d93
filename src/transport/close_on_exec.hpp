// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace rtkhooks::transport {

// Sockets that no program inherits which another thread starts meanwhile: Asio 1.81 makes others.

/// Gives a socket or an acceptor its descriptor, which is closed where that fails.
/// @param descriptor what a system call has given, -1 included
template <class Socket>
void adopt(Socket& socket, boost::asio::ip::tcp protocol, int descriptor, boost::system::error_code& failure)
{
    if (descriptor < 0) {
        failure = {errno, boost::system::system_category()};
        return;
    }
    try {
        socket.assign(protocol, descriptor, failure);
    } catch (...) { // no memory
        ::close(descriptor);
        throw;
    }
    if (failure)
        ::close(descriptor);
}

/// Opens a socket or an acceptor.
template <class Socket>
void open_close_on_exec(Socket& socket, boost::asio::ip::tcp protocol, boost::system::error_code& failure)
{
#ifdef SOCK_CLOEXEC
    adopt(socket, protocol, ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol()), failure);
#else
    socket.open(protocol, failure);
    if (!failure)
        ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
#endif
}

/// Takes a connection that has come. Does not wait for it where the acceptor is non-blocking.
/// @return open where it did not fail
[[nodiscard]] inline boost::asio::ip::tcp::socket accept_close_on_exec(boost::asio::ip::tcp::acceptor& from,
                                                                       boost::asio::ip::tcp protocol,
                                                                       boost::system::error_code& failure)
{
    boost::asio::ip::tcp::socket accepted{from.get_executor()};
#ifdef SOCK_CLOEXEC
    adopt(accepted, protocol, ::accept4(from.native_handle(), nullptr, nullptr, SOCK_CLOEXEC), failure);
#else
    static_cast<void>(protocol);
    from.accept(accepted, failure);
    if (!failure)
        ::fcntl(accepted.native_handle(), F_SETFD, FD_CLOEXEC);
#endif
    return accepted;
}

} // namespace rtkhooks::transport
