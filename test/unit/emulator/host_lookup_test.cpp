// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/host_lookup.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_host_lookup, *boost::unit_test::label("concurrency"))

namespace {

using boost::asio::ip::tcp;

} // namespace

BOOST_AUTO_TEST_CASE(finds_addresses_and_says_so_on_the_contexts_thread)
{
    boost::asio::io_context context{1};
    std::optional work{boost::asio::make_work_guard(context)};
    int calls = 0;
    // An address needs no resolver but goes the same way.
    host_lookup const lookup{context, "127.0.0.1", 8080, [&] {
                                 ++calls;
                                 work.reset();
                             }};
    BOOST_TEST(calls == 0);
    context.run();
    BOOST_TEST(calls == 1);
    BOOST_REQUIRE(lookup.found().size() == 1u);
    BOOST_TEST(lookup.found().front() == (tcp::endpoint{boost::asio::ip::address_v4::loopback(), 8080}));
}

BOOST_AUTO_TEST_CASE(what_is_no_name_has_no_address)
{
    boost::asio::io_context context{1};
    std::optional work{boost::asio::make_work_guard(context)};
    host_lookup const lookup{context, "", 80, [&] { work.reset(); }};
    context.run();
    BOOST_TEST(lookup.found().empty());
}

BOOST_AUTO_TEST_CASE(calls_no_one_once_it_is_gone)
{
    boost::asio::io_context context{1};
    for (int i = 0; i < 20; ++i) { // more than may be under way at once, if they came to no end
        auto work = boost::asio::make_work_guard(context);
        {
            host_lookup const unwanted{context, "127.0.0.1", 80, [] { BOOST_ERROR("called"); }};
        }
        host_lookup const wanted{context, "127.0.0.1", 80, [&] { work.reset(); }};
        context.restart();
        context.run();
        BOOST_TEST(wanted.found().size() == 1u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
