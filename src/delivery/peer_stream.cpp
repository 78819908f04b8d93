// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/peer_stream.hpp"

#include <boost/asio/error.hpp>
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

/// @return whether an operation may begin
bool peer_stream::begin(bool composed) noexcept
{
    failure_ = {};
    if (interrupted_)
        failure_ = net::error::operation_aborted;
    composed_ = composed && !interrupted_;
    return !interrupted_;
}

net::awaitable<bool> peer_stream::shake_hands()
{
    if (begin(true) && tls_)
        co_await tls_->async_handshake(net::ssl::stream_base::server, redirect_error(use_awaitable, failure_));
    composed_ = false;
    co_return !failure_;
}

net::awaitable<std::size_t> peer_stream::read_some(net::mutable_buffer into)
{
    std::size_t size = 0;
    bool const may = begin(tls_.has_value());
    if (may && tls_)
        size = co_await tls_->async_read_some(into, redirect_error(use_awaitable, failure_));
    else if (may)
        size = co_await socket_.async_read_some(into, redirect_error(use_awaitable, failure_));
    composed_ = false;
    co_return failure_ ? 0 : size;
}

net::awaitable<bool> peer_stream::write(net::const_buffer all)
{
    bool const may = begin(true);
    if (may && tls_)
        co_await net::async_write(*tls_, all, redirect_error(use_awaitable, failure_));
    else if (may)
        co_await net::async_write(socket_, all, redirect_error(use_awaitable, failure_));
    composed_ = false;
    co_return !failure_;
}

net::awaitable<bool> peer_stream::end()
{
    if (begin(true) && tls_)
        co_await tls_->async_shutdown(redirect_error(use_awaitable, failure_));
    composed_ = false;
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return !ignored;
}

net::awaitable<bool> peer_stream::skip(net::mutable_buffer into)
{
    if (begin(false))
        co_await socket_.async_read_some(into, redirect_error(use_awaitable, failure_));
    co_return !failure_;
}

void peer_stream::interrupt() noexcept
{
    interrupted_ = true;
    boost::system::error_code ignored;
    if (composed_)
        socket_.close(ignored);
    else
        socket_.cancel(ignored);
}

bool peer_stream::has_more() noexcept
{
    boost::system::error_code failure;
    return socket_.available(failure) > 0 && !failure;
}

void peer_stream::close() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace rtkhooks::delivery
