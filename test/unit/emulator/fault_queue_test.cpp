// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/fault_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_fault_queue)

BOOST_AUTO_TEST_CASE(gives_faults_in_order_and_number)
{
    fault_queue queue;
    BOOST_CHECK(!queue.take());
    queue.add(fail_fault{503, std::chrono::seconds{7}}, 2);
    queue.add(drop_fault{}, 0);
    queue.add(delay_fault{std::chrono::milliseconds{9}}, 1);
    queue.add(drop_fault{}, 1);
    for (int i = 0; i < 2; ++i) {
        auto const taken = queue.take();
        BOOST_REQUIRE(taken);
        BOOST_REQUIRE(std::holds_alternative<fail_fault>(*taken));
        BOOST_TEST(std::get<fail_fault>(*taken).status == 503);
        BOOST_CHECK(std::get<fail_fault>(*taken).retry_after == std::chrono::seconds{7});
    }
    auto const third = queue.take();
    BOOST_REQUIRE(third);
    BOOST_REQUIRE(std::holds_alternative<delay_fault>(*third));
    BOOST_CHECK(std::get<delay_fault>(*third).time == std::chrono::milliseconds{9});
    auto const fourth = queue.take();
    BOOST_REQUIRE(fourth);
    BOOST_CHECK(std::holds_alternative<drop_fault>(*fourth));
    BOOST_CHECK(!queue.take());
}

BOOST_AUTO_TEST_CASE(serves_several_threads)
{
    fault_queue queue;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j)
                queue.add(drop_fault{}, 2);
        });
    }
    int taken = 0;
    for (auto& each : threads) {
        taken += queue.take() ? 1 : 0;
        each.join();
    }
    while (queue.take())
        ++taken;
    BOOST_TEST(taken == 8000);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
