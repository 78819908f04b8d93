// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/number.hpp"

#include <charconv>

namespace rtkhooks::cli {

namespace {

constexpr std::uint64_t most_seconds = 1'000'000'000;

// The first three decimals as milliseconds.
std::optional<std::uint64_t> parse_decimals(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 9 || !parse_whole(text))
        return std::nullopt;
    std::uint64_t milliseconds = 0;
    for (std::size_t place = 0; place < 3; ++place)
        milliseconds = milliseconds * 10 + (place < text.size() ? static_cast<std::uint64_t>(text[place] - '0') : 0);
    return milliseconds;
}

} // namespace

std::optional<std::uint64_t> parse_whole(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    auto const* end = text.data() + text.size();
    auto const [stopped, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stopped != end)
        return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) noexcept
{
    auto const point = text.find('.');
    auto const whole = parse_whole(text.substr(0, point));
    auto const decimals =
        point == std::string_view::npos ? std::optional<std::uint64_t>{0} : parse_decimals(text.substr(point + 1));
    if (!whole || !decimals || *whole > most_seconds)
        return std::nullopt;
    return std::chrono::milliseconds{*whole * 1000 + *decimals};
}

} // namespace rtkhooks::cli
