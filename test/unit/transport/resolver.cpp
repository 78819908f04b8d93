// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/resolver.hpp"

#include "integration/decorated_executor.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
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

/// An executor that takes its time to return once it has taken a function, and what becomes of it.
struct slow_to_return {
    template <class Function>
    void execute(net::any_io_executor const& inner, Function&& function)
    {
        inner.execute(std::forward<Function>(function));
        go.acquire();
        if (!alive)
            used_afterwards = true;
        returned.release();
    }

    std::binary_semaphore go{0};
    std::binary_semaphore returned{0};
    std::atomic<bool> alive = true;
    std::atomic<bool> used_afterwards = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(resolver_threads, *boost::unit_test::label("concurrency"))

/// The thread that looks a name up has done with the executor once what it found has landed: the context may go then.
BOOST_AUTO_TEST_CASE(it_lets_go_of_the_executor)
{
    for (int round = 0; round != 100; ++round) {
        auto const shared = std::make_shared<slow_to_return>();
        net::io_context context{1};
        auto work = net::make_work_guard(context);
        resolver looks{rtkhooks::test::decorated_executor{context.get_executor(), shared},
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
