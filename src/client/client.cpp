// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/client.hpp>

#include "client/core.hpp"
#include "transport/operation.hpp"

#include <utility>

namespace rtkhooks {
namespace {

boost::asio::awaitable<void> close_pool(std::shared_ptr<transport::pool> pool, std::chrono::milliseconds grace)
{
    transport::operation closer{pool};
    bool const ended = pool->close(closer, grace);
    if (!ended)
        co_await closer.wait();
}

} // namespace

client::client(boost::asio::any_io_executor executor, client_config config)
    : core_{std::make_shared<detail::core>(std::move(executor), std::move(config), detail::environment{})}
{
}

client::client(std::shared_ptr<detail::core> core) noexcept : core_{std::move(core)} {}

client::~client()
{
    if (core_)
        core_->pool().close_now();
}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept
{
    if (this != &other) {
        if (core_)
            core_->pool().close_now();
        core_ = std::move(other.core_);
    }
    return *this;
}

webhook_collection client::webhooks(std::string account_id, std::string app_id) const
{
    return webhook_collection{std::make_shared<detail::collection const>(core_, account_id, app_id)};
}

pool_stats client::stats() const { return core_->pool().stats(); }

boost::asio::awaitable<void> client::close(std::chrono::milliseconds grace)
{
    return close_pool(core_->shared_pool(), grace);
}

boost::asio::any_io_executor client::get_executor() const noexcept { return core_->pool().executor(); }

} // namespace rtkhooks
