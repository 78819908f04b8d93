// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rtkhooks::delivery {

// A server's sockets. No program inherits them that this process starts, such as a handler: Asio 1.81 makes others.

/// Opens one that will listen.
void open_acceptor(boost::asio::ip::tcp::acceptor& which, boost::asio::ip::tcp protocol,
                   boost::system::error_code& failure);
/// Takes a connection that has come to one that open_acceptor() has opened. Does not wait for it.
/// @return open where it did not fail
[[nodiscard]] boost::asio::ip::tcp::socket
accept_now(boost::asio::ip::tcp::acceptor& from, boost::asio::ip::tcp protocol, boost::system::error_code& failure);
/// Whether accepting has failed because the connection is gone again, and not for want of anything.
[[nodiscard]] bool has_gone_again(boost::system::error_code const& failure) noexcept;
/// Whether it has failed for want of descriptors or memory.
[[nodiscard]] bool is_want(boost::system::error_code const& failure) noexcept;

/// How many descriptors this process may have.
[[nodiscard]] std::uint64_t descriptor_limit() noexcept;
/// Whether a descriptor is one of the last few, which are left to others: to fetch the key, and to handlers.
/// @param descriptor a new one, and so the lowest that was free
[[nodiscard]] bool is_among_the_last(int descriptor, std::uint64_t limit) noexcept;

/// How many connections there may be at once. Fewer than is configured where there are not descriptors enough, which is
/// found out by accepting: a closed connection's is the next one's, so the number of a descriptor alone does not tell.
class connection_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit connection_limit(std::size_t configured) noexcept : configured_{configured}, most_{configured} {}

    [[nodiscard]] std::size_t most() const noexcept { return most_; }
    /// One was accepted, with one of the last descriptors.
    /// @param open connections now, that one included
    void run_short(std::size_t open, time_point now) noexcept;
    /// One could not be accepted.
    /// @param open connections now
    void run_out(std::size_t open, time_point now) noexcept;
    /// Others may have given descriptors back, and it takes one connection to know: so that is tried once a second, and
    /// not while the one is there that showed the limit.
    /// @param open connections now
    void forget_in_time(std::size_t open, time_point now) noexcept;

private:
    std::size_t const configured_;
    std::size_t most_;
    time_point since_{};
};

} // namespace rtkhooks::delivery
