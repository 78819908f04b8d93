// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rtkhooks::emulation {

/// Where a webhook's url sends deliveries: how to connect, and what the request says.
struct receiver_address {
    bool tls = false;
    std::string host; ///< a name in lower case, or an address without brackets
    std::uint16_t port = 0;
    std::string authority; ///< of the Host field: the port only where it is not the scheme's (RFC 9110 section 7.2)
    std::string target;    ///< path and query

    friend bool operator==(receiver_address const&, receiver_address const&) = default;
};

/// @param url of http or https. User, password and fragment are left out of what is sent.
/// @return nothing where the text is no such url, or its port is 0
[[nodiscard]] std::optional<receiver_address> read_receiver_address(std::string_view url);

/// Whether a host is this machine by its very name: `localhost` and what ends in `.localhost` (RFC 6761 section 6.3),
/// 127.0.0.0/8 and ::1. No resolver is asked.
[[nodiscard]] bool is_loopback(std::string_view host);

} // namespace rtkhooks::emulation
