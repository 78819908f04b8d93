// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A consumer: makes a webhook on an emulator and reads it back.
#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>

namespace net = boost::asio;
using rtkhooks::event_type;

namespace {

net::awaitable<void> round_trip(rtkhooks::client_config config)
{
    auto executor = co_await net::this_coro::executor;
    rtkhooks::client client{executor, config};
    auto hooks = client.webhooks("023e105f4ecef8ad9ca31a8372d0c353", "2b1e5f0c-8e5d-4d0f-9a51-0f4a7c1c9d11");

    rtkhooks::webhook_spec spec{"audit", "https://example.com/hook", event_type::meeting_started};
    auto created = co_await hooks.create(spec);
    auto read = co_await hooks.get(created.value().id);
    std::cout << read.value() << '\n';
    co_await client.close();
}

} // namespace

int main()
{
    try {
        rtkhooks::emulator emulator;
        net::io_context context;
        net::co_spawn(context, round_trip(emulator.config()), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        context.run();
    } catch (std::exception const& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
