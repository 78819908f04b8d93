// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/why_invalid.hpp"

#include "model/utf8.hpp"
#include "text/ascii.hpp"

#include <algorithm>

namespace rtkhooks::model {

namespace {

using reason = std::optional<std::string>;

bool is_control(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

/// Removes a scheme in any case (RFC 3986, 3.1).
bool take_scheme(std::string_view& url, std::string_view scheme) noexcept
{
    bool const starts = ascii::equal_in_any_case(url.substr(0, scheme.size()), scheme);
    if (starts)
        url.remove_prefix(scheme.size());
    return starts;
}

/// A port is decimal, at most 65535, and may be empty (RFC 3986, 3.2.3).
bool is_port(std::string_view text) noexcept
{
    if (text.size() > 5 || !std::all_of(text.begin(), text.end(), ascii::is_digit))
        return false;
    int value = 0;
    for (char const c : text)
        value = value * 10 + (c - '0');
    return value <= 65535;
}

/// `user@host:port` (RFC 3986, 3.2), of which the host must not be empty.
bool is_authority(std::string_view authority) noexcept
{
    if (auto const at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    std::size_t host_end = 0;
    if (authority.starts_with('[')) {
        host_end = authority.find(']');
        if (host_end == std::string_view::npos || host_end == 1)
            return false;
        ++host_end;
    } else {
        host_end = std::min(authority.find(':'), authority.size());
    }
    if (host_end == 0)
        return false;
    auto const after_host = authority.substr(host_end);
    return after_host.empty() || (after_host.front() == ':' && is_port(after_host.substr(1)));
}

bool is_web_url(std::string_view url) noexcept
{
    if (!take_scheme(url, "https://") && !take_scheme(url, "http://"))
        return false;
    return is_authority(url.substr(0, url.find_first_of("/?#")));
}

reason why_not_text(std::string_view field, std::string_view value)
{
    if (auto const at = find_invalid_utf8(value))
        return std::string{field} + ": byte " + std::to_string(*at) + " is not UTF-8; give UTF-8 text";
    return std::nullopt;
}

reason why_invalid_name(std::string_view name)
{
    if (name.empty())
        return "name: is empty; give the webhook a name";
    return why_not_text("name", name);
}

reason why_invalid_url(std::string_view url)
{
    if (url.empty())
        return "url: is empty; give an absolute URL such as https://example.com/hook";
    if (auto why = why_not_text("url", url))
        return why;
    auto const bad = std::find_if(url.begin(), url.end(), [](char c) { return is_control(c) || c == ' '; });
    if (bad != url.end())
        return "url: has a space or a control character at byte " + std::to_string(bad - url.begin()) +
               "; percent-encode it";
    if (!is_web_url(url))
        return "url: is no absolute http or https URL; give one such as https://example.com/hook";
    return std::nullopt;
}

reason why_invalid_events(event_set const& events)
{
    if (events.empty())
        return "events: is empty; give at least one, such as meeting.started, or event_set::all()";
    for (auto const& name : events.others()) {
        if (name.empty())
            return "events: one of them is empty; give names such as meeting.started";
        if (auto why = why_not_text("events", name))
            return why;
        if (std::any_of(name.begin(), name.end(), is_control))
            return "events: one of them has a control character; give names such as meeting.started";
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> why_invalid(webhook_spec const& spec)
{
    if (auto why = why_invalid_name(spec.name()))
        return why;
    if (auto why = why_invalid_url(spec.url()))
        return why;
    return why_invalid_events(spec.events());
}

std::optional<std::string> why_invalid(webhook_patch const& patch)
{
    if (patch.empty())
        return "the patch is empty; set at least one of name, url, events and enabled";
    reason why;
    if (patch.name())
        why = why_invalid_name(*patch.name());
    if (!why && patch.url())
        why = why_invalid_url(*patch.url());
    if (!why && patch.events())
        why = why_invalid_events(*patch.events());
    return why;
}

} // namespace rtkhooks::model
