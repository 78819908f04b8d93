// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/base_url.hpp"

#include "text/ascii.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace rtkhooks::http {
namespace {

bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_path_character(char c)
{
    return is_host_character(ascii::lower(c)) || std::string_view{"/~!$&'()*+,;=:@%"}.find(c) != std::string_view::npos;
}

enum class address_kind { none, v4, v6 };

address_kind classify(std::string const& host)
{
    unsigned char bytes[16];
    if (host.find('\0') != host.npos) // inet_pton would see what is before it
        return address_kind::none;
    if (inet_pton(AF_INET, host.c_str(), bytes) == 1)
        return address_kind::v4;
    return inet_pton(AF_INET6, host.c_str(), bytes) == 1 ? address_kind::v6 : address_kind::none;
}

/// Whether a server may take a path's segment for the folder itself or the one above.
bool is_dot_segment(std::string_view segment)
{
    constexpr std::string_view forms[] = {".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"};
    return std::find(std::begin(forms), std::end(forms), ascii::lower(segment)) != std::end(forms);
}

/// Why a path of allowed characters cannot be one, or could reach the server as another, if so.
char const* why_no_path(std::string_view path)
{
    for (std::size_t i = 0; (i = path.find('%', i)) != path.npos; ++i)
        if (path.size() < i + 3 || !ascii::is_hexadecimal(path[i + 1]) || !ascii::is_hexadecimal(path[i + 2]))
            return "has a path with a '%' that no two hexadecimal digits follow";
    while (!path.empty()) {
        path.remove_prefix(1); // the slash
        auto const segment = path.substr(0, path.find('/'));
        if (is_dot_segment(segment))
            return "has a path with '.' or '..' between its slashes";
        path.remove_prefix(segment.size());
    }
    return nullptr;
}

/// Whether a host's last label is a number, as in 127.1 and 0x7f.1. A resolver would take these for addresses in short
/// form, a certificate check for names.
bool ends_in_number(std::string_view host)
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    auto label = host.substr(host.rfind('.') + 1);
    bool const hexadecimal = label.starts_with("0x");
    if (hexadecimal)
        label.remove_prefix(2);
    return (hexadecimal || !label.empty()) &&
           label.find_first_not_of(hexadecimal ? "0123456789abcdef" : "0123456789") == label.npos;
}

} // namespace

std::variant<base_url, std::string> parse_base_url(std::string_view text)
{
    base_url url;
    auto const scheme_end = text.find("://");
    auto const scheme = ascii::lower(text.substr(0, scheme_end == text.npos ? 0 : scheme_end));
    if (scheme != "https" && scheme != "http")
        return "must start with https://, as in https://api.cloudflare.com/client/v4";
    url.tls = scheme == "https";
    auto rest = text.substr(scheme_end + 3);
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    auto path = rest.substr(authority.size());

    if (authority.find('@') != authority.npos)
        return "must not hold a user or password; set credentials in client_config::auth";
    std::string_view port_text;
    if (!authority.empty() && authority.front() == '[') {
        auto const bracket = authority.find(']');
        if (bracket == authority.npos)
            return "has no ']' after its IPv6 address";
        url.host = authority.substr(1, bracket - 1);
        port_text = authority.substr(bracket + 1);
        if (classify(url.host) != address_kind::v6)
            return "has something other than an IPv6 address in its brackets";
    } else {
        auto const colon = authority.find(':');
        url.host = authority.substr(0, colon);
        port_text = colon == authority.npos ? std::string_view{} : authority.substr(colon);
    }
    url.host = ascii::lower(url.host);
    auto const kind = classify(url.host);
    url.host_is_address = kind != address_kind::none;
    if (url.host.empty() || url.host.size() > 253)
        return "must have a host, as in https://api.cloudflare.com/client/v4";
    if (kind != address_kind::v6 && !std::all_of(url.host.begin(), url.host.end(), is_host_character))
        return "has a host with a character that no host name has";
    // A dot in front would have OpenSSL accept a certificate for any name that ends so.
    if (kind == address_kind::none && (url.host.front() == '.' || url.host.find("..") != url.host.npos))
        return "has a host with nothing between two dots, or before the first";
    if (kind == address_kind::none && ends_in_number(url.host))
        return "has a host that ends in a number and is no IPv4 address";

    std::uint16_t const default_port = url.tls ? 443 : 80;
    url.port = default_port;
    if (!port_text.empty()) {
        auto const digits = port_text.substr(1);
        unsigned value = 0;
        auto const [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (port_text.front() != ':' || problem != std::errc{} || end != digits.data() + digits.size() || value == 0 ||
            value > 65535)
            return "has a port that is no number from 1 to 65535";
        url.port = static_cast<std::uint16_t>(value);
    }

    if (path.find_first_of("?#") != path.npos)
        return "must have neither a query nor a fragment";
    if (!std::all_of(path.begin(), path.end(), is_path_character))
        return "has a path with a character that must be percent-encoded";
    if (auto const* const reason = why_no_path(path))
        return reason;
    while (!path.empty() && path.back() == '/')
        path.remove_suffix(1);
    url.path = path;
    url.authority = kind == address_kind::v6 ? '[' + url.host + ']' : url.host;
    if (url.port != default_port)
        url.authority += ':' + std::to_string(url.port);
    return url;
}

bool is_loopback(base_url const& url)
{
    if (!url.host_is_address)
        return url.host == "localhost";
    in_addr v4{};
    if (inet_pton(AF_INET, url.host.c_str(), &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    return inet_pton(AF_INET6, url.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

} // namespace rtkhooks::http
