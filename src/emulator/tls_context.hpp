// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/certificate_authority.hpp"

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace rtkhooks::emulation {

/// A server's: TLS 1.2 up to 1.3, HTTP/1.1 by ALPN, session tickets.
/// @throws std::exception where OpenSSL cannot
[[nodiscard]] boost::asio::ssl::context make_tls_context(certified_key const& own, bool max_tls_1_2);

/// For a client that checks its servers: against the system's certificate authorities and these. TLS 1.2 or later.
/// Reading the system's takes a while.
/// @param ca_pem any number of certificates
/// @throws std::exception where OpenSSL cannot
[[nodiscard]] boost::asio::ssl::context make_client_tls_context(std::string const& ca_pem);

/// Whether a text has certificates as PEM, each of which can be read.
[[nodiscard]] bool has_certificates(std::string const& pem);

} // namespace rtkhooks::emulation
