// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/base_url.hpp"
#include "text/ascii.hpp"
#include "transport/address.hpp"

#include <rtkhooks/config.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace rtkhooks::transport {

/// The addresses of a URL's host that need no looking up: of `resolve`, or the host itself. None: it must be looked up.
/// @return the addresses, or what is wrong with `resolve`
[[nodiscard]] inline std::variant<std::vector<endpoint>, std::string>
fixed_addresses(std::vector<resolve_override> const& resolve, http::base_url const& url)
{
    std::vector<endpoint> found;
    boost::system::error_code ec;
    for (auto const& each : resolve) {
        auto const address = boost::asio::ip::make_address(each.address(), ec);
        if (ec)
            return "has '" + each.address() + "', which is neither an IPv4 nor an IPv6 address";
        if (!ascii::equal_in_any_case(each.host(), url.host) || each.port() != url.port)
            continue;
        if (!url.tls && !address.is_loopback()) // what is sent would leave this machine unencrypted
            return "leads " + url.authority + " to " + each.address() +
                   ", but http:// is for addresses of this machine only: 127.0.0.0/8 and ::1";
        found.emplace_back(address, url.port);
    }
    if (found.empty() && url.host_is_address)
        found.emplace_back(boost::asio::ip::make_address(url.host), url.port);
    // RFC 6761 section 6.3: that name is this machine, whatever a resolver says, and where there is none.
    if (found.empty() && url.host == "localhost")
        found = {{boost::asio::ip::address_v6::loopback(), url.port},
                 {boost::asio::ip::address_v4::loopback(), url.port}};
    return found;
}

} // namespace rtkhooks::transport
