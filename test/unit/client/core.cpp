// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/core.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(client_core)

/// P5: clients whose server has failed do not come back together.
BOOST_AUTO_TEST_CASE(no_two_draw_the_same_pauses)
{
    boost::asio::io_context context;
    client_config config;
    config.auth = credentials::api_token("t");
    config.base_url = "http://127.0.0.1/";
    config.insecure_http_loopback = true;
    std::set<std::uint64_t> drawn;
    for (int i = 0; i != 4; ++i)
        drawn.insert(detail::core{context.get_executor(), config, {}}.random());
    BOOST_TEST(drawn.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
