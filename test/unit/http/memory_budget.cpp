// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/memory_budget.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <utility>

namespace rtkhooks::http {

BOOST_AUTO_TEST_SUITE(http_memory_budget)

BOOST_AUTO_TEST_CASE(grants_what_is_left_and_no_more)
{
    memory_budget budget{100};
    memory_budget::share one{budget};
    memory_budget::share two{budget};
    BOOST_TEST(one.resize(60));
    BOOST_TEST(!two.resize(41));
    BOOST_TEST(two.size() == 0u);
    BOOST_TEST(two.resize(40));
    BOOST_TEST(budget.in_use() == 100u);
    BOOST_TEST(!one.resize(61));
    BOOST_TEST(one.size() == 60u);
    BOOST_TEST(!two.resize(SIZE_MAX)); // no sum overflows
    BOOST_TEST(one.resize(10));
    BOOST_TEST(two.resize(90));
    BOOST_TEST(budget.in_use() == 100u);
    BOOST_TEST(two.resize(0));
    BOOST_TEST(budget.in_use() == 10u);
    BOOST_TEST(budget.peak() == 100u);
}

BOOST_AUTO_TEST_CASE(a_share_is_given_back_once)
{
    memory_budget budget{100};
    {
        memory_budget::share one{budget};
        BOOST_TEST(one.resize(70));
        memory_budget::share const moved{std::move(one)};
        BOOST_TEST(moved.size() == 70u);
        BOOST_TEST(budget.in_use() == 70u);
    }
    BOOST_TEST(budget.in_use() == 0u);
    BOOST_TEST(budget.peak() == 70u);
}

BOOST_AUTO_TEST_CASE(little_may_cost_nothing)
{
    memory_budget budget{100};
    memory_budget::share others{budget};
    BOOST_TEST(others.resize(100));
    memory_budget::share small{budget, 10};
    BOOST_TEST(small.resize(10));
    BOOST_TEST(budget.in_use() == 100u);
    BOOST_TEST(!small.resize(11));
    BOOST_TEST(small.size() == 10u);
    BOOST_TEST(others.resize(89));
    BOOST_TEST(small.resize(11)); // all of it
    BOOST_TEST(budget.in_use() == 100u);
    BOOST_TEST(small.resize(10));
    BOOST_TEST(budget.in_use() == 89u);
}

BOOST_AUTO_TEST_CASE(without_a_budget_there_is_always_more)
{
    memory_budget::share any;
    BOOST_TEST(any.resize(SIZE_MAX));
    BOOST_TEST(any.size() == SIZE_MAX);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::http
