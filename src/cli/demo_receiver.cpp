// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/demo_receiver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rtkhooks::cli {

namespace asio = boost::asio;

namespace {

constexpr char const* path = "/deliveries";

key_store_config key_config(emulator const& of)
{
    key_store_config config;
    config.url = of.key_url();
    config.tls = of.config().tls;
    return config;
}

receiver_config config_of_receiver()
{
    receiver_config config;
    config.path = path;
    return config;
}

} // namespace

demo_receiver::demo_receiver(asio::any_io_executor executor, emulator const& of)
    : executor_{std::move(executor)},
      keys_{executor_, key_config(of)},
      receiver_{executor_, config_of_receiver(), keys_}
{
}

asio::awaitable<void> demo_receiver::start()
{
    auto const handler = [this](received_delivery what) { return take(std::move(what)); };
    asio::ip::tcp::endpoint const anywhere{asio::ip::address_v4::loopback(), 0};
    asio::co_spawn(executor_, receiver_.run(anywhere, handler),
                   [this](std::exception_ptr failure) { end_ = std::move(failure); });
    while (!receiver_.local_endpoint() && !end_)
        co_await asio::post(executor_, asio::use_awaitable);
    if (end_ && *end_)
        std::rethrow_exception(*end_);
    auto const fetched = co_await keys_.fetch();
    fetched.value();
}

asio::awaitable<void> demo_receiver::stop()
{
    keys_.close();
    return receiver_.stop();
}

std::string demo_receiver::url() const
{
    return "http://127.0.0.1:" + std::to_string(receiver_.local_endpoint().value().port()) + path;
}

asio::awaitable<void> demo_receiver::take(received_delivery what)
{
    arrivals_.emplace_back(std::move(what.event), std::chrono::steady_clock::now());
    co_return;
}

} // namespace rtkhooks::cli
