// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/base_url.hpp"
#include "http/request.hpp"
#include "transport/address.hpp"

#include <rtkhooks/config.hpp>

#include <vector>

namespace rtkhooks::detail {

/// Checks all of a configuration that can be checked without reading files.
/// @return its base URL, taken apart
/// @throws exception with errc::invalid_argument; the message begins with the member's name
[[nodiscard]] http::base_url check(client_config const& config);

/// The headers of every request.
/// @throws exception as above, where a secret or the user agent cannot be sent
[[nodiscard]] http::header_list constant_headers(client_config const& config, http::base_url const& url);

/// The addresses that need no looking up: of `client_config::resolve`, or the host itself.
/// @throws exception as above
[[nodiscard]] std::vector<transport::endpoint> fixed_addresses(client_config const& config, http::base_url const& url);

} // namespace rtkhooks::detail
