// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace rtkhooks::transport {

using endpoint = boost::asio::ip::tcp::endpoint;

/// The order in which to try addresses: as the resolver gave them, but the families take turns, so that one whose
/// network is broken costs one attempt's delay at most (RFC 8305 section 4).
[[nodiscard]] std::vector<endpoint> interleave(std::vector<endpoint> const& addresses);

} // namespace rtkhooks::transport
