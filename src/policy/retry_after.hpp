// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace rtkhooks::policy {

/// Reads an HTTP date in any of the three forms that RFC 9110 section 5.6.7 has a recipient accept.
/// @param now tells which century a two-digit year belongs to
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                                      std::chrono::sys_seconds now) noexcept;

/// Reads `Retry-After`: seconds, or a date.
/// @param date the answer's own `Date`, against which a date is measured, so that no clock skew enters; else `now`
/// @return how long to wait; nothing for a date that has passed, a negative number, or anything else. Numbers past a
///         year count as a year.
[[nodiscard]] std::optional<std::chrono::seconds>
parse_retry_after(std::string_view text, std::optional<std::string_view> date, std::chrono::sys_seconds now) noexcept;

} // namespace rtkhooks::policy
