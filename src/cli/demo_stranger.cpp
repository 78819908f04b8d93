// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/demo_stranger.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace rtkhooks::cli {

namespace asio = boost::asio;
using boost::system::error_code;

struct demo_stranger::state {
    state(asio::any_io_executor executor, std::string text)
        : acceptor{executor, {asio::ip::address_v4::loopback(), 0}}, socket{executor}, answer{std::move(text)}
    {
    }

    static asio::awaitable<void> serve(std::shared_ptr<state> self)
    {
        error_code failure;
        std::array<char, 4096> request;
        while (self->acceptor.is_open()) {
            co_await self->acceptor.async_accept(self->socket, asio::redirect_error(asio::use_awaitable, failure));
            co_await self->socket.async_read_some(asio::buffer(request),
                                                  asio::redirect_error(asio::use_awaitable, failure));
            co_await asio::async_write(self->socket, asio::buffer(self->answer),
                                       asio::redirect_error(asio::use_awaitable, failure));
            self->socket.close(failure);
        }
    }

    asio::ip::tcp::acceptor acceptor;
    asio::ip::tcp::socket socket;
    std::string answer;
};

demo_stranger::demo_stranger(asio::any_io_executor executor, std::string answer)
    : state_{std::make_shared<state>(executor, std::move(answer))}
{
    asio::co_spawn(executor, state::serve(state_), asio::detached);
}

demo_stranger::~demo_stranger()
{
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->socket.close(ignored);
}

std::string demo_stranger::base_url() const
{
    return "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port()) + "/client/v4";
}

} // namespace rtkhooks::cli
