// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/receiver.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace rtkhooks::delivery {

/// A server's TLS: 1.2 and 1.3, HTTP/1.1 by ALPN, session tickets.
/// @return null where no certificate is given
/// @throws rtkhooks::exception with errc::invalid_argument and the member's name
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_server_tls(receiver_config::tls_config const& config);

} // namespace rtkhooks::delivery
