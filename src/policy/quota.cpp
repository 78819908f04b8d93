// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/quota.hpp"

#include "policy/retry_after.hpp"

#include <boost/container/static_vector.hpp>

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

/// The longest window that a policy names.
/// @param name empty: of whichever policy
std::optional<std::int64_t> window_of(std::string_view policies, std::string_view name) noexcept
{
    std::optional<std::int64_t> longest;
    while (!policies.empty()) {
        auto const policy = take_item(policies);
        if (name.empty() || policy.name == name)
            longest = std::max(longest, policy.w);
    }
    return longest;
}

/// Seconds until the date of `X-RateLimit-Reset`. 0 for one that has just passed: the count has started anew by then.
std::optional<std::int64_t> until_reset(quota_fields const& fields, std::chrono::seconds window,
                                        std::chrono::sys_seconds now) noexcept
{
    if (!fields.x_reset)
        return std::nullopt;
    if (auto const until = parse_retry_after(*fields.x_reset, fields.date, now))
        return until->count();
    auto const at = parse_http_date(*fields.x_reset, now);
    auto const from = fields.date ? parse_http_date(*fields.date, now).value_or(now) : now;
    return at && from - *at < window ? std::optional<std::int64_t>{0} : std::nullopt;
}

/// The least of several numbers: each line of a field has one.
std::optional<std::int64_t> least_of(std::string_view list) noexcept
{
    std::optional<std::int64_t> least;
    while (!list.empty()) {
        if (auto const each = number(take(list, ',')))
            least = std::min(least.value_or(*each), *each);
    }
    return least;
}

using item_list = boost::container::static_vector<item, most_quotas - 1>;

/// The items of a list that tell what is left. Where there are too many, those with the least.
item_list items_of(std::string_view list) noexcept
{
    item_list found;
    while (!list.empty()) {
        auto const each = take_item(list);
        if (!each.r)
            continue;
        if (found.size() != found.capacity()) {
            found.push_back(each);
            continue;
        }
        auto const most = std::max_element(found.begin(), found.end(),
                                           [](item const& left, item const& right) { return left.r < right.r; });
        if (each.r < most->r)
            *most = each;
    }
    return found;
}

/// After how long a count starts anew: as the answer says, or when it asks to be asked again, or by a policy's window.
/// @param said in seconds, of that count
std::chrono::seconds reset_of(std::optional<std::int64_t> said, std::string_view name, quota_fields const& fields,
                              std::chrono::seconds window) noexcept
{
    if (said)
        return std::chrono::seconds{*said};
    if (fields.retry_after)
        return *fields.retry_after;
    auto const by_policy = window_of(fields.rate_limit_policy.value_or(std::string_view{}), name);
    return by_policy ? std::chrono::seconds{*by_policy} : window;
}

} // namespace

quota_list read_quotas(quota_fields const& fields, std::chrono::seconds window, std::chrono::sys_seconds now) noexcept
{
    quota_list found;
    for (auto const& each : items_of(fields.rate_limit.value_or(std::string_view{})))
        found.emplace_back(*each.r, reset_of(each.t, each.name, fields, window));
    if (!found.empty() || !fields.x_remaining)
        return found;
    if (auto const left = least_of(*fields.x_remaining))
        found.emplace_back(*left, reset_of(until_reset(fields, window, now), {}, fields, window));
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
