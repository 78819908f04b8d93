// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <semaphore>
#include <thread>
#include <utility>

using namespace rtkhooks::transport;
namespace net = boost::asio;

namespace {

/// What becomes of an executor, as its copies see it.
struct fate {
    std::binary_semaphore go{0};
    std::binary_semaphore returned{0};
    std::atomic<bool> alive = true;
    std::atomic<bool> used_afterwards = false;
};

/// An executor that takes its time to return once it has taken a function.
class slow_to_return {
public:
    slow_to_return(net::any_io_executor inner, std::shared_ptr<fate> shared)
        : inner_{std::move(inner)}, fate_{std::move(shared)}
    {
    }

    template <class Function>
    void execute(Function&& function) const
    {
        inner_.execute(std::forward<Function>(function));
        fate_->go.acquire();
        if (!fate_->alive)
            fate_->used_afterwards = true;
        fate_->returned.release();
    }

    template <class Property>
    requires net::can_require_v<net::any_io_executor, Property> slow_to_return require(Property const& what)
    const { return {net::require(inner_, what), fate_}; }
    template <class Property>
    requires net::can_prefer_v<net::any_io_executor, Property> slow_to_return prefer(Property const& what)
    const { return {net::prefer(inner_, what), fate_}; }
    template <class Property>
    requires net::can_query_v<net::any_io_executor, Property>
    decltype(auto) query(Property const& what) const { return net::query(inner_, what); }

    friend bool operator==(slow_to_return const&, slow_to_return const&) = default;

private:
    net::any_io_executor inner_;
    std::shared_ptr<fate> fate_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(resolver_threads, *boost::unit_test::label("concurrency"))

/// The thread that looks a name up has done with the executor once what it found has landed: the context may go then.
BOOST_AUTO_TEST_CASE(it_lets_go_of_the_executor)
{
    for (int round = 0; round != 100; ++round) {
        auto const shared = std::make_shared<fate>();
        net::io_context context{1};
        auto work = net::make_work_guard(context);
        resolver looks{net::any_io_executor{slow_to_return{context.get_executor(), shared}},
                       [](auto const&, auto port) {
                           return lookup_result{std::vector{endpoint{net::ip::address_v4::loopback(), port}}};
                       },
                       "host", 1};
        looks.look_up([&](lookup_result found) {
            shared->go.release();
            auto const& known = looks.landed(std::move(found), {});
            BOOST_TEST(known.index() == 0U);
            shared->alive = false;
            work.reset();
        });
        context.run();
        shared->returned.acquire();
        BOOST_TEST(!shared->used_afterwards);
    }
}

BOOST_AUTO_TEST_SUITE_END()
