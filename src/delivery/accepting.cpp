// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/accepting.hpp"

#include <boost/asio/error.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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

#ifdef SOCK_CLOEXEC
/// Gives a socket its new descriptor.
template <class Socket>
void adopt(Socket& socket, tcp protocol, int descriptor, error_code& failure)
{
    if (descriptor < 0) {
        failure = {errno, boost::system::system_category()};
        return;
    }
    socket.assign(protocol, descriptor, failure);
    if (failure)
        ::close(descriptor);
}
#endif

} // namespace

void open_acceptor(tcp::acceptor& which, tcp protocol, error_code& failure)
{
#ifdef SOCK_CLOEXEC
    adopt(which, protocol, ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol()), failure);
#else
    which.open(protocol, failure);
    if (!failure)
        ::fcntl(which.native_handle(), F_SETFD, FD_CLOEXEC);
#endif
    if (!failure)
        which.non_blocking(true, failure);
}

tcp::socket accept_now(tcp::acceptor& from, tcp protocol, error_code& failure)
{
    tcp::socket accepted{from.get_executor()};
#ifdef SOCK_CLOEXEC
    adopt(accepted, protocol, ::accept4(from.native_handle(), nullptr, nullptr, SOCK_CLOEXEC), failure);
#else
    static_cast<void>(protocol);
    from.accept(accepted, failure);
    if (!failure)
        ::fcntl(accepted.native_handle(), F_SETFD, FD_CLOEXEC);
#endif
    return accepted;
}

bool has_gone_again(error_code const& failure) noexcept
{
    return failure == net::error::would_block || failure == net::error::try_again ||
           failure == net::error::interrupted || failure == net::error::connection_aborted;
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
