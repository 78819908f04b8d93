// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/rate_limit.hpp"

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

} // namespace

pacer::pacer(client_config::rate_limit_config const& config)
    : size_{config.enabled ? static_cast<std::size_t>(config.requests) : 0}, window_{config.window}
{
}

std::optional<pacer::time_point> pacer::take_turn(time_point now, time_point latest)
{
    if (size_ == 0)
        return now;
    bool const full = turns_.size() == size_;
    auto const turn = full ? std::max(now, turns_[next_] + window_) : now;
    if (turn > latest)
        return std::nullopt;
    if (full)
        turns_[next_] = turn;
    else
        turns_.push_back(turn);
    next_ = (next_ + 1) % size_;
    return turn;
}

std::optional<std::int64_t> requests_remaining(std::optional<std::string_view> rate_limit,
                                               std::optional<std::string_view> x_remaining) noexcept
{
    std::optional<std::int64_t> least;
    for (auto rest = rate_limit.value_or(std::string_view{}); !rest.empty();) {
        auto item = take(rest, ',');
        take(item, ';'); // the policy's name
        while (!item.empty()) {
            auto const parameter = take(item, ';');
            auto const value = parameter.substr(0, 2) == "r=" ? number(parameter.substr(2)) : std::nullopt;
            if (value)
                least = std::min(least.value_or(*value), *value);
        }
    }
    if (!least && x_remaining)
        least = number(trim(*x_remaining));
    return least;
}

} // namespace rtkhooks::policy
