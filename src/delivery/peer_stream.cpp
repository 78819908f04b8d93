// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/peer_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace rtkhooks::delivery {

namespace net = boost::asio;
using net::redirect_error;
using net::use_awaitable;
using net::ip::tcp;

peer_stream::peer_stream(tcp::socket socket, net::ssl::context* tls) : socket_{std::move(socket)}
{
    if (tls != nullptr)
        tls_.emplace(socket_, *tls);
}

net::awaitable<bool> peer_stream::shake_hands()
{
    failure_ = {};
    if (tls_)
        co_await tls_->async_handshake(net::ssl::stream_base::server, redirect_error(use_awaitable, failure_));
    co_return !failure_;
}

net::awaitable<std::size_t> peer_stream::read_some(net::mutable_buffer into)
{
    std::size_t size = 0;
    failure_ = {};
    if (tls_)
        size = co_await tls_->async_read_some(into, redirect_error(use_awaitable, failure_));
    else
        size = co_await socket_.async_read_some(into, redirect_error(use_awaitable, failure_));
    co_return failure_ ? 0 : size;
}

net::awaitable<bool> peer_stream::write(net::const_buffer all)
{
    failure_ = {};
    if (tls_)
        co_await net::async_write(*tls_, all, redirect_error(use_awaitable, failure_));
    else
        co_await net::async_write(socket_, all, redirect_error(use_awaitable, failure_));
    co_return !failure_;
}

net::awaitable<bool> peer_stream::end()
{
    failure_ = {};
    if (tls_)
        co_await tls_->async_shutdown(redirect_error(use_awaitable, failure_));
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return !ignored;
}

net::awaitable<bool> peer_stream::skip(net::mutable_buffer into)
{
    failure_ = {};
    co_await socket_.async_read_some(into, redirect_error(use_awaitable, failure_));
    co_return !failure_;
}

void peer_stream::cancel() noexcept
{
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void peer_stream::close() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace rtkhooks::delivery
