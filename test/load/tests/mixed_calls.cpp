// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "load/mixed_load.hpp"

#include "integration/ids.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <optional>

using namespace rtkhooks;
namespace net = boost::asio;

BOOST_AUTO_TEST_SUITE(mixed_calls, *boost::unit_test::label("concurrency"))

/// Row 96. RTKHOOKS_LONG_TESTS has it make as many calls per thread as otherwise in all.
BOOST_AUTO_TEST_CASE(eight_threads_and_a_server_that_fails_often)
{
    constexpr unsigned threads = 8;
    constexpr unsigned callers = 32;
    std::uint64_t const calls = std::getenv("RTKHOOKS_LONG_TESTS") != nullptr ? threads * 100'000 : 100'000;
    test::ledger book{calls};
    test::tally counts;
    test::scripted_server const server{test::faulty_script(book, 100)};
    auto config = test::with_retries(server.config());
    config.pool.max_connections = 16;
    net::thread_pool pool{threads};
    {
        client api{pool, config};
        make_calls(api.webhooks(test::account, test::app), pool.get_executor(), callers, book, 0, calls, counts);
        auto const stats = api.stats();
        BOOST_TEST(stats.busy == 0U);
        BOOST_TEST(stats.waiting == 0U);
        BOOST_TEST(stats.open <= config.pool.max_connections);
        BOOST_TEST_MESSAGE(counts.summary() << "; " << stats.opened << " connections, " << stats.retries << " retries");
    }
    pool.join();
    test::check_arrivals(book, calls, counts);
    BOOST_TEST(counts.violation() == "", "row 96: " << counts.violation());
    BOOST_TEST(counts.calls() == calls, "P17: each ended once");
    BOOST_TEST(counts.successes() > calls * 9 / 10);
}

BOOST_AUTO_TEST_SUITE_END()
