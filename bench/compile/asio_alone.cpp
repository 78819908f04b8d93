// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The same as operations.cpp with nothing of this library: it awaits six operations that are only declared here.
// measure.sh compiles it.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

struct item {
    item() = default;
    std::string id;
};

class items {
public:
    boost::asio::awaitable<bool> list() const;
    boost::asio::awaitable<item> create(std::string name) const;
    boost::asio::awaitable<item> get(std::string id) const;
    boost::asio::awaitable<item> replace(std::string id, std::string name) const;
    boost::asio::awaitable<item> edit(std::string id, std::string name) const;
    boost::asio::awaitable<bool> remove(std::string id) const;
};

boost::asio::awaitable<void> use(items all)
{
    std::string const name = "Audit trail";
    auto const created = co_await all.create(name);
    if (created.id.empty())
        throw std::runtime_error{"create"};
    std::string const id = created.id;
    bool const listed = co_await all.list();
    auto const got = co_await all.get(id);
    auto const replaced = co_await all.replace(id, name);
    auto const edited = co_await all.edit(id, name);
    bool const removed = co_await all.remove(id);
    if (!listed || got.id != id || replaced.id != id || edited.id != id || !removed)
        throw std::runtime_error{"use"};
}

void start(boost::asio::any_io_executor executor, items all)
{
    boost::asio::co_spawn(std::move(executor), use(std::move(all)), [](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown);
    });
}
