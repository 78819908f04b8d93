// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/accepting.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace rtkhooks;
using namespace std::chrono_literals;
namespace net = boost::asio;
using boost::system::error_code;

BOOST_AUTO_TEST_SUITE(delivery_accepting)

BOOST_AUTO_TEST_CASE(a_few_descriptors_are_left_to_others)
{
    BOOST_TEST(!delivery::is_among_the_last(3, 1024));
    BOOST_TEST(!delivery::is_among_the_last(1007, 1024));
    BOOST_TEST(delivery::is_among_the_last(1008, 1024));
    BOOST_TEST(delivery::is_among_the_last(1023, 1024));
    BOOST_TEST(delivery::is_among_the_last(2000, 1024), "the limit was lowered");
    BOOST_TEST(delivery::is_among_the_last(3, 10));
    BOOST_TEST(
        !delivery::is_among_the_last(std::numeric_limits<int>::max(), std::numeric_limits<std::uint64_t>::max()));
    BOOST_TEST(delivery::descriptor_limit() > 3u);
}

BOOST_AUTO_TEST_CASE(how_many_connections_there_may_be_is_found_out)
{
    delivery::connection_limit limit{100};
    std::chrono::steady_clock::time_point now{1h};
    BOOST_TEST(limit.most() == 100u);
    limit.run_short(40, now);
    BOOST_TEST(limit.most() == 39u);
    limit.forget_in_time(39, now + 999ms);
    BOOST_TEST(limit.most() == 39u);
    limit.forget_in_time(40, now + 1s);
    BOOST_TEST(limit.most() == 39u, "the fortieth goes first");
    limit.forget_in_time(39, now + 1s);
    BOOST_TEST(limit.most() == 100u);
    limit.run_out(40, now);
    BOOST_TEST(limit.most() == 24u, "so that there are some for others");
    limit.forget_in_time(25, now + 1h);
    BOOST_TEST(limit.most() == 24u);
    limit.forget_in_time(24, now + 1h);
    BOOST_TEST(limit.most() == 100u);
    limit.run_out(16, now);
    BOOST_TEST(limit.most() == 16u, "one has to go");
    limit.run_out(0, now);
    BOOST_TEST(limit.most() == 0u);
    limit.forget_in_time(0, now + 1s);
    BOOST_TEST(limit.most() == 100u, "it is tried again");
    for (std::size_t const open : {0U, 1U, 2U}) {
        limit.run_short(open, now);
        BOOST_TEST(limit.most() == 1u);
    }
    limit.run_short(101, now);
    BOOST_TEST(limit.most() == 100u, "never more than is configured");
}

namespace {

/// Of accept(2).
struct failure_row {
    int number;
    bool gone_again;
    bool want;
};

std::vector<failure_row> const failure_rows{
    {EAGAIN, true, false},
    {EWOULDBLOCK, true, false},
    {EINTR, true, false},
    {ECONNABORTED, true, false},
    // What the connection's network has said.
    {ENETDOWN, true, false},
    {EPROTO, true, false},
    {ENOPROTOOPT, true, false},
    {EHOSTDOWN, true, false},
#ifdef ENONET
    {ENONET, true, false},
#endif
    {EHOSTUNREACH, true, false},
    {EOPNOTSUPP, true, false},
    {ENETUNREACH, true, false},

    {EMFILE, false, true},
    {ENFILE, false, true},
    {ENOBUFS, false, true},
    {ENOMEM, false, true},

    // Neither: the connection may be there still.
    {EPERM, false, false},
    {EACCES, false, false},
    {EINVAL, false, false},
    {0, false, false},
};

} // namespace

BOOST_AUTO_TEST_CASE(what_passes_by_itself_is_no_want)
{
    for (auto const& each : failure_rows) {
        error_code const failure{each.number, boost::system::system_category()};
        BOOST_TEST(delivery::has_gone_again(failure) == each.gone_again, failure.message());
        BOOST_TEST(delivery::is_want(failure) == each.want, failure.message());
    }
}

BOOST_AUTO_TEST_CASE(accepting_does_not_wait)
{
    using net::ip::tcp;
    net::io_context context;
    tcp::acceptor acceptor{context};
    error_code failure;
    delivery::open_acceptor(acceptor, tcp::v4(), failure);
    BOOST_REQUIRE(!failure);
    acceptor.bind({net::ip::address_v4::loopback(), 0});
    acceptor.listen();
    BOOST_TEST(!delivery::accept_now(acceptor, tcp::v4(), failure).is_open());
    BOOST_TEST(delivery::has_gone_again(failure));
    tcp::socket client{context};
    client.connect(acceptor.local_endpoint());
    BOOST_TEST(delivery::accept_now(acceptor, tcp::v4(), failure).is_open());
    BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_SUITE_END()
