// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/context_watch.hpp"

#include "transport/pool.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>

#include <mutex>
#include <vector>

namespace rtkhooks::transport {
namespace {

namespace net = boost::asio;

/// A context shuts its services down in the order opposite to the one they were added in, before it destroys any.
class watch final : public net::execution_context::service {
public:
    static net::execution_context::id id;

    explicit watch(net::execution_context& owner) : service{owner} {}

    void add(std::weak_ptr<pool> which)
    {
        std::lock_guard const lock{mutex_};
        std::erase_if(pools_, [](auto const& each) { return each.expired(); });
        pools_.push_back(std::move(which));
    }

private:
    void shutdown() override
    {
        for (auto const& each : pools_) {
            if (auto const alive = each.lock())
                alive->abandon();
        }
    }

    void notify_fork(net::execution_context::fork_event event) override
    {
        if (event != net::execution_context::fork_child)
            return;
        for (auto const& each : pools_) {
            if (auto const alive = each.lock())
                alive->close_now();
        }
    }

    std::mutex mutex_;
    std::vector<std::weak_ptr<pool>> pools_;
};

net::execution_context::id watch::id;

} // namespace

void watch_context(net::any_io_executor const& executor, std::weak_ptr<pool> which)
{
    // Their services first, so that they are still whole when ours is shut down.
    net::ip::tcp::socket const socket{executor};
    net::steady_timer const timer{executor};
    net::use_service<watch>(net::query(executor, net::execution::context)).add(std::move(which));
}

} // namespace rtkhooks::transport
