// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/quota.hpp"

#include "policy/retry_after.hpp"

#include <algorithm>
#include <charconv>

namespace rtkhooks::policy {
namespace {

std::optional<std::int64_t> number(std::string_view text) noexcept
{
    std::int64_t value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool const valid = problem == std::errc{} && end == text.data() + text.size() && value >= 0;
    return valid ? std::optional{value} : std::nullopt;
}

std::string_view trim(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Takes what stands before a separator from the front, and the separator too. Separators in quotes are none (RFC 8941
/// section 3.3.3).
std::string_view take(std::string_view& rest, char separator) noexcept
{
    bool quoted = false;
    std::size_t end = 0;
    for (; end != rest.size(); ++end) {
        if (rest[end] == '"')
            quoted = !quoted;
        else if (rest[end] == '\\' && quoted && end + 1 != rest.size())
            ++end;
        else if (rest[end] == separator && !quoted)
            break;
    }
    auto const taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return trim(taken);
}

/// A member of one of the lists.
struct item {
    std::string_view name;
    std::optional<std::int64_t> r; // left
    std::optional<std::int64_t> t; // seconds until it starts anew
    std::optional<std::int64_t> w; // seconds in its window
};

item take_item(std::string_view& list) noexcept
{
    auto text = take(list, ',');
    item taken;
    taken.name = take(text, ';');
    while (!text.empty()) {
        auto const parameter = take(text, ';');
        if (parameter.size() < 3 || parameter[1] != '=')
            continue;
        auto const value = number(parameter.substr(2));
        switch (parameter[0]) {
        case 'r':
            taken.r = value;
            break;
        case 't':
            taken.t = value;
            break;
        case 'w':
            taken.w = value;
            break;
        default:
            break;
        }
    }
    return taken;
}

/// The window that a policy names.
/// @param name empty: of whichever policy comes first
std::optional<std::int64_t> window_of(std::string_view policies, std::string_view name) noexcept
{
    while (!policies.empty()) {
        auto const policy = take_item(policies);
        if (policy.w && (name.empty() || policy.name == name))
            return policy.w;
    }
    return std::nullopt;
}

quota make(std::int64_t remaining, std::optional<std::int64_t> reset, std::chrono::seconds otherwise) noexcept
{
    quota made;
    made.remaining = remaining;
    made.reset = reset ? std::chrono::seconds{*reset} : otherwise;
    return made;
}

} // namespace

quota_list read_quotas(quota_fields const& fields, std::chrono::seconds window, std::chrono::sys_seconds now) noexcept
{
    quota_list found;
    auto const policies = fields.rate_limit_policy.value_or(std::string_view{});
    for (auto rest = fields.rate_limit.value_or(std::string_view{}); !rest.empty();) {
        auto const each = take_item(rest);
        if (each.r && found.size() + 1 != most_quotas)
            found.push_back(make(*each.r, each.t ? each.t : window_of(policies, each.name), window));
    }
    if (!found.empty() || !fields.x_remaining)
        return found;
    if (auto const left = number(trim(*fields.x_remaining))) {
        auto reset = window_of(policies, {});
        if (fields.x_reset) {
            if (auto const until = parse_retry_after(*fields.x_reset, fields.date, now))
                reset = until->count();
        }
        found.push_back(make(*left, reset, window));
    }
    return found;
}

std::optional<std::int64_t> requests_remaining(quota_fields const& fields) noexcept
{
    std::optional<std::int64_t> least;
    for (auto const& each : read_quotas(fields, {}, {}))
        least = std::min(least.value_or(each.remaining), each.remaining);
    return least;
}

} // namespace rtkhooks::policy
