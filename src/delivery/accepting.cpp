// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/accepting.hpp"

#include "transport/close_on_exec.hpp"

#include <boost/asio/error.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace rtkhooks::delivery {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

/// What accepting leaves to others.
constexpr std::size_t spare_descriptors = 16;
constexpr std::chrono::seconds limit_is_known_for{1};

} // namespace

void open_acceptor(tcp::acceptor& which, tcp protocol, error_code& failure)
{
    transport::open_close_on_exec(which, protocol, failure);
    if (!failure)
        which.non_blocking(true, failure);
}

tcp::socket accept_now(tcp::acceptor& from, tcp protocol, error_code& failure)
{
    return transport::accept_close_on_exec(from, protocol, failure);
}

bool has_gone_again(error_code const& failure) noexcept
{
    auto const is = [&](int number) { return failure == error_code{number, boost::system::system_category()}; };
#ifdef ENONET
    if (is(ENONET))
        return true;
#endif
    return failure == net::error::would_block || failure == net::error::try_again ||
           failure == net::error::interrupted || failure == net::error::connection_aborted ||
           // what its network has said before it was accepted: accept(2)
           failure == net::error::network_down || failure == net::error::network_unreachable ||
           failure == net::error::host_unreachable || failure == net::error::no_protocol_option ||
           failure == net::error::operation_not_supported || is(EPROTO) || is(EHOSTDOWN);
}

bool is_want(error_code const& failure) noexcept
{
    return failure == net::error::no_descriptors || failure == boost::system::errc::too_many_files_open_in_system ||
           failure == net::error::no_buffer_space || failure == net::error::no_memory;
}

std::uint64_t descriptor_limit() noexcept
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : std::numeric_limits<std::uint64_t>::max();
}

void connection_limit::run_short(std::size_t open, time_point now) noexcept
{
    most_ = std::min(configured_, std::max<std::size_t>(open, 2) - 1);
    since_ = now;
}

void connection_limit::run_out(std::size_t open, time_point now) noexcept
{
    most_ = std::min(configured_, open > spare_descriptors ? open - spare_descriptors : open);
    since_ = now;
}

void connection_limit::forget_in_time(std::size_t open, time_point now) noexcept
{
    if (open <= most_ && now - since_ >= limit_is_known_for)
        most_ = configured_;
}

bool is_among_the_last(int descriptor, std::uint64_t limit) noexcept
{
    return static_cast<std::uint64_t>(descriptor) + spare_descriptors >= limit;
}

} // namespace rtkhooks::delivery
