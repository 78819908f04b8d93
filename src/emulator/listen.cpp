// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/listen.hpp"

#include <rtkhooks/error.hpp>

#include <boost/asio/ip/v6_only.hpp>

#include <string>
#include <utility>

namespace rtkhooks::emulation {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

tcp::acceptor listen(net::io_context& context, tcp::endpoint const& where, error_code& failure)
{
    tcp::acceptor acceptor{context};
    acceptor.open(where.protocol(), failure);
    if (!failure)
        acceptor.set_option(net::socket_base::reuse_address{true}, failure);
    if (!failure && where.address().is_v6())
        acceptor.set_option(net::ip::v6_only{true}, failure);
    if (!failure)
        acceptor.bind(where, failure);
    if (!failure)
        acceptor.listen(net::socket_base::max_listen_connections, failure);
    return acceptor;
}

// Whether the machine has no IPv6 loopback at all.
bool is_unsupported(error_code failure)
{
    return failure == net::error::address_family_not_supported ||
           failure == boost::system::errc::address_not_available ||
           failure == boost::system::errc::protocol_not_supported;
}

std::string explain(std::uint16_t port, error_code failure)
{
    auto const start = "the emulator cannot listen on port " + std::to_string(port) + " of this machine: ";
    auto const advice = "; give another port, or 0 for any that is free";
    if (failure == net::error::address_in_use)
        return start + "another program has it" + advice;
    if (failure == net::error::access_denied)
        return start + "this process may not take it" + advice;
    return start + failure.message();
}

[[noreturn]] void refuse(std::uint16_t port, error_code failure)
{
    error::details what;
    what.code = errc::resource_exhausted;
    what.cause = failure;
    what.message = explain(port, failure); // the code's own words are about descriptors and memory
    throw exception{error{std::move(what)}};
}

} // namespace

std::vector<tcp::acceptor> listen_on_loopback(net::io_context& context, std::uint16_t port)
{
    constexpr int most_attempts = 32; // a free port of one family can be taken in the other
    for (int attempt = 1;; ++attempt) {
        error_code failure;
        std::vector<tcp::acceptor> acceptors;
        acceptors.push_back(listen(context, {net::ip::address_v4::loopback(), port}, failure));
        if (failure)
            refuse(port, failure);
        auto const chosen = acceptors.front().local_endpoint().port();
        auto second = listen(context, {net::ip::address_v6::loopback(), chosen}, failure);
        if (!failure)
            acceptors.push_back(std::move(second));
        if (!failure || is_unsupported(failure))
            return acceptors;
        if (port != 0 || attempt == most_attempts)
            refuse(chosen, failure);
    }
}

} // namespace rtkhooks::emulation
