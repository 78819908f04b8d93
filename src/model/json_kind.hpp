// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstdint>
#include <string>

namespace rtkhooks::model {

/// What a JSON value can be.
enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

/// `expected a string, found null`
[[nodiscard]] std::string describe_mismatch(json_kind expected, json_kind found);

/// Behind a time that is none.
inline constexpr char const* not_a_time = "expected a date-time such as 2026-06-03T10:00:00.000Z, found another text";

} // namespace rtkhooks::model
