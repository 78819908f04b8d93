// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/certificate_authority.hpp"

#include <boost/asio/ssl/context.hpp>

namespace rtkhooks::emulation {

/// A server's: TLS 1.2 up to 1.3, HTTP/1.1 by ALPN, session tickets.
/// @throws std::exception where OpenSSL cannot
[[nodiscard]] boost::asio::ssl::context make_tls_context(certified_key const& own, bool max_tls_1_2);

} // namespace rtkhooks::emulation
