// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rtkhooks::http {
namespace {

constexpr std::size_t longest_segment = 1024;
constexpr std::size_t longest_header = 8192;

bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_unreserved(char c) // RFC 3986 section 2.3
{
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_token_character(char c) // RFC 9110 section 5.6.2
{
    return is_alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_control(char c)
{
    auto const value = static_cast<unsigned char>(c);
    return value < 0x20 || value == 0x7f;
}

bool equal_without_case(std::string_view left, std::string_view right)
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

// What frames a message or a connection, and what carries credentials: the client's own business.
constexpr std::array<std::string_view, 16> reserved_headers{
    "accept-encoding", "authorization", "connection", "content-length",      "content-type",        "expect",
    "host",            "keep-alive",    "te",         "proxy-authorization", "proxy-connection",    "trailer",
    "upgrade",         "user-agent",    "x-auth-key", "transfer-encoding",
};

} // namespace

std::optional<std::string> why_no_path_segment(std::string_view name, std::string_view value)
{
    auto const because = [&](std::string_view reason) { return std::string{name}.append(reason); };
    if (value.empty())
        return because(" is empty");
    if (value.size() > longest_segment)
        return because(" is longer than 1024 bytes");
    if (value == "." || value == "..")
        return because(" is a dot segment, which would change the path");
    for (char const c : value) {
        if (is_control(c))
            return because(" has a control character");
        if (c == '/' || c == '\\' || c == '?' || c == '#' || c == '%')
            return because(" has a '") + c + "', which would change the path";
        if (c == ' ' || static_cast<unsigned char>(c) >= 0x80)
            return because(" has a character that no id has: ids are letters, digits and -._~");
    }
    return std::nullopt;
}

void append_path_segment(std::string& out, std::string_view segment)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (char const c : segment) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            auto const byte = static_cast<unsigned char>(c);
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
}

std::optional<std::string> why_no_header(std::string_view name, std::string_view value)
{
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character))
        return "a header's name must be a token (letters, digits and !#$%&'*+-.^_`|~)";
    auto const because = [&](std::string_view reason) { return "header " + std::string{name}.append(reason); };
    if (name.size() + value.size() > longest_header)
        return because(" is longer than 8192 bytes");
    if (std::any_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; }))
        return because(" has a control character in its value, which would split the request");
    if (!value.empty() && (value.front() == ' ' || value.front() == '\t' || value.back() == ' ' || value.back() == '\t'))
        return because(" has white space at an end of its value");
    return std::nullopt;
}

std::optional<std::string> why_no_extra_header(std::string_view name, std::string_view value)
{
    if (auto const reason = why_no_header(name, value))
        return reason;
    auto const taken = std::any_of(reserved_headers.begin(), reserved_headers.end(),
                                   [&](std::string_view header) { return equal_without_case(header, name); });
    if (taken)
        return "header " + std::string{name} + " is set by the client itself";
    return std::nullopt;
}

request_builder::request_builder(header_list const& constant)
{
    for (auto const& [name, value] : constant)
        constant_.append(name).append(": ").append(value).append("\r\n");
}

std::string request_builder::build(method verb, std::string_view target, header_list const& extra,
                                   std::string_view body) const
{
    std::size_t size = 64 + target.size() + constant_.size() + body.size() + 80;
    for (auto const& [name, value] : extra)
        size += name.size() + value.size() + 4;
    std::string out;
    out.reserve(size);
    out.append(to_string(verb)).append(" ").append(target).append(" HTTP/1.1\r\n").append(constant_);
    for (auto const& [name, value] : extra)
        out.append(name).append(": ").append(value).append("\r\n");
    if (!body.empty()) {
        std::array<char, 24> digits;
        auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), body.size()).ptr;
        out.append("Content-Type: application/json\r\nContent-Length: ");
        out.append(digits.data(), end).append("\r\n");
    }
    out.append("\r\n").append(body);
    return out;
}

} // namespace rtkhooks::http
