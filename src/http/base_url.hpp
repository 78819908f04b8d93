// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace rtkhooks::http {

/// Where requests go: the parts of `client_config::base_url`.
struct base_url {
    base_url() = default;

    bool tls = true;
    std::string host; ///< without brackets, lower case
    bool host_is_address = false;
    std::uint16_t port = 443;
    std::string authority; ///< as in the Host header: the port only where it is not the scheme's own
    std::string path;      ///< without a slash at the end
};

/// @return the parts, or one line that says what is wrong and what would be right
[[nodiscard]] std::variant<base_url, std::string> parse_base_url(std::string_view text);

/// Whether a host can only be this machine: `localhost`, 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(base_url const& url);

} // namespace rtkhooks::http
