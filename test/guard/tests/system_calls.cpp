// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "guard/figures.hpp"
#include "guard/system_call_count.hpp"
#include "guard/warm_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace rtkhooks::test;

BOOST_AUTO_TEST_SUITE(system_calls)

BOOST_AUTO_TEST_CASE(a_get)
{
    constexpr int calls = 200;
    warm_client user;
    system_call_count before;
    system_call_count made;
    user.make_calls(
        operation::get, calls, [&] { before = system_calls_now(); }, [&] { made = system_calls_now() - before; });
    BOOST_TEST(made.sends >= calls, "they are counted");
    BOOST_TEST(made.receives >= calls, "they are counted");
    BOOST_TEST(made.epoll_waits >= calls, "they are counted");
    BOOST_TEST(within_bound("get.sends", made.sends, calls));
    BOOST_TEST(within_bound("get.receives", made.receives, calls));
    BOOST_TEST(within_bound("get.epoll_waits", made.epoll_waits, calls));
    BOOST_TEST(within_bound("get.epoll_ctls", made.epoll_ctls, calls));
    BOOST_TEST(within_bound("get.timer_settings", made.timer_settings, calls));
    BOOST_TEST(within_bound("get.other_input_output", made.others, calls));
}

BOOST_AUTO_TEST_SUITE_END()
