// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A user's file: awaits all six operations. measure.sh compiles it.
#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <string>
#include <utility>

boost::asio::awaitable<void> use(rtkhooks::webhook_collection hooks)
{
    rtkhooks::webhook_spec spec{"Audit trail", "https://hooks.example.com/audit", rtkhooks::event_set::all()};
    auto const created = co_await hooks.create(spec);
    if (!created)
        throw rtkhooks::exception{created.error()};
    std::string const id = created->id;
    auto const listed = co_await hooks.list();
    auto const got = co_await hooks.get(id);
    auto const replaced = co_await hooks.replace(id, spec.enabled(false));
    auto const edited = co_await hooks.edit(id, rtkhooks::webhook_patch{}.enabled(true));
    auto const removed = co_await hooks.remove(id);
    if (!listed || !got || !replaced || !edited || !removed)
        throw rtkhooks::exception{rtkhooks::error{}};
}

void start(boost::asio::any_io_executor executor, rtkhooks::webhook_collection hooks)
{
    boost::asio::co_spawn(std::move(executor), use(std::move(hooks)), [](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown);
    });
}
