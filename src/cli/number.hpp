// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

/// @file
/// Numbers as people write them on a command line. Independent of the locale; no sign, exponent, space or suffix.

namespace rtkhooks::cli {

/// A whole number, all of the text.
[[nodiscard]] std::optional<std::uint64_t> parse_whole(std::string_view text) noexcept;

/// Seconds with up to nine decimals, such as `2.5`, cut to the millisecond below.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) noexcept;

} // namespace rtkhooks::cli
