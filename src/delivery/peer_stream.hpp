// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>

namespace rtkhooks::delivery {

/// A server's end of a connection, with TLS or without. What failed is in failure(). Each operation is awaited before
/// the next begins.
class peer_stream {
public:
    /// @param tls null: none. Must outlive this
    peer_stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

    [[nodiscard]] boost::asio::awaitable<bool> shake_hands();
    /// @return the size, 0 where it failed
    [[nodiscard]] boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into);
    [[nodiscard]] boost::asio::awaitable<bool> write(boost::asio::const_buffer all);
    /// Says that nothing more will be sent.
    [[nodiscard]] boost::asio::awaitable<bool> end();
    /// Reads past TLS, behind end().
    [[nodiscard]] boost::asio::awaitable<bool> skip(boost::asio::mutable_buffer into);

    /// Ends the operation under way, and has those that follow fail at once, until proceed(). Where that operation
    /// consists of several, as all of TLS and each write do, one that is begun meanwhile would know nothing of it: the
    /// connection is closed then. Otherwise something can still be said.
    void interrupt() noexcept;
    void proceed() noexcept { interrupted_ = false; }
    void close() noexcept;
    /// Whether bytes have come that were not read yet.
    [[nodiscard]] bool has_more() noexcept;
    [[nodiscard]] boost::system::error_code failure() const noexcept { return failure_; }

private:
    [[nodiscard]] bool begin(bool composed) noexcept;

    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    boost::system::error_code failure_;
    bool composed_ = false; // an operation is under way that consists of several
    bool interrupted_ = false;
};

} // namespace rtkhooks::delivery
