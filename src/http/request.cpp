// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/request.hpp"

#include "http/field_syntax.hpp"
#include "text/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace rtkhooks::http {
namespace {

constexpr std::size_t longest_segment = 1024;
constexpr std::size_t longest_header = 8192;

constexpr bool is_unreserved(char c) // RFC 3986 section 2.3
{
    return ascii::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// is_unreserved(), by byte: most of what is asked is a whole id.
constexpr auto unreserved = [] {
    std::array<bool, 256> table{};
    for (int byte = 0; byte != 256; ++byte)
        table[static_cast<std::size_t>(byte)] = is_unreserved(static_cast<char>(byte));
    return table;
}();

/// How many of the first characters are unreserved.
std::size_t unreserved_prefix(std::string_view text)
{
    auto const other =
        std::find_if_not(text.begin(), text.end(), [](char c) { return unreserved[static_cast<unsigned char>(c)]; });
    return static_cast<std::size_t>(other - text.begin());
}

// What frames a message or a connection, and what carries credentials: the client's own business.
constexpr std::string_view reserved_headers[]{
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-auth-email",
    "x-auth-key",
    "x-auth-user-service-key",
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
    for (char const c : value.substr(unreserved_prefix(value))) {
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
    for (;;) {
        auto const plain = unreserved_prefix(segment);
        out.append(segment.substr(0, plain));
        if (plain == segment.size())
            return;
        auto const byte = static_cast<unsigned char>(segment[plain]);
        out.append(1, '%').append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
        segment.remove_prefix(plain + 1);
    }
}

std::optional<std::string> why_no_header(std::string_view name, std::string_view value)
{
    if (!is_token(name))
        return "a header's name must be a token (letters, digits and !#$%&'*+-.^_`|~)";
    auto const because = [&](std::string_view reason) {
        return "header " + std::string{name.substr(0, 64)}.append(reason);
    };
    if (name.size() + value.size() > longest_header)
        return because(" is longer than 8192 bytes");
    if (!std::all_of(value.begin(), value.end(), is_value_character))
        return because(" has a control character in its value, which would split the request");
    if (!value.empty() &&
        (value.front() == ' ' || value.front() == '\t' || value.back() == ' ' || value.back() == '\t'))
        return because(" has white space at an end of its value");
    return std::nullopt;
}

std::optional<std::string> why_no_extra_header(std::string_view name, std::string_view value)
{
    if (auto const reason = why_no_header(name, value))
        return reason;
    auto const taken = std::any_of(std::begin(reserved_headers), std::end(reserved_headers),
                                   [&](std::string_view header) { return ascii::equal_in_any_case(header, name); });
    if (taken)
        return "header " + std::string{name} + " is set by the client itself";
    return std::nullopt;
}

request_builder::request_builder(header_list const& constant)
{
    for (auto const& [name, value] : constant)
        constant_.append(name).append(": ").append(value).append("\r\n");
}

std::pmr::string request_builder::build(method verb, std::string_view target, header_list const& extra,
                                        std::string_view body, std::pmr::memory_resource* memory) const
{
    std::size_t size = 64 + target.size() + constant_.size() + body.size() + 80;
    for (auto const& [name, value] : extra)
        size += name.size() + value.size() + 4;
    std::pmr::string out{memory};
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
