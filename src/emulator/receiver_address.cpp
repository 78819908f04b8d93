// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/receiver_address.hpp"

#include "emulator/webhook_body.hpp"
#include "text/ascii.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>

namespace rtkhooks::emulation {

std::optional<receiver_address> read_receiver_address(std::string_view url)
{
    auto const colon = url.find("://");
    if (colon == std::string_view::npos || !is_web_uri(url)) // which knows the characters, and that a port is a number
        return {};
    receiver_address result;
    result.tls = ascii::equal_in_any_case(url.substr(0, colon), "https");
    result.port = result.tls ? 443 : 80;
    url.remove_prefix(colon + 3);
    url = url.substr(0, url.find('#'));

    auto authority = url.substr(0, url.find_first_of("/?"));
    auto const target = url.substr(authority.size());
    authority.remove_prefix(authority.rfind('@') + 1); // none is npos, and npos + 1 is 0
    auto const host_end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
    auto const host = authority.substr(0, host_end);
    result.authority = ascii::lower(host);
    result.host = host.starts_with('[') ? result.authority.substr(1, host.size() - 2) : result.authority;
    if (host.size() + 1 < authority.size()) {
        auto const port = authority.substr(host.size() + 1);
        auto const usual = result.port;
        std::from_chars(port.data(), port.data() + port.size(), result.port);
        if (result.port != usual)
            result.authority += ':' + std::to_string(result.port);
    }
    if (result.port == 0)
        return {};
    result.target = target.starts_with('/') ? std::string{target} : std::string{"/"}.append(target);
    return result;
}

bool is_loopback(std::string_view host)
{
    boost::system::error_code is_name;
    auto const address = boost::asio::ip::make_address(std::string{host}, is_name);
    if (!is_name)
        return address.is_loopback();
    return host == "localhost" || host.ends_with(".localhost");
}

} // namespace rtkhooks::emulation
