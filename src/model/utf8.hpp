// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace rtkhooks::model {

/// The length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) that a text starts with: 1 to 4 bytes, or 0
/// where it starts with none. Surrogates, overlong forms and code points above U+10FFFF are not well-formed.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Where the first byte is that belongs to no well-formed sequence, or nothing.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept;

[[nodiscard]] inline bool is_valid_utf8(std::string_view text) noexcept { return !find_invalid_utf8(text); }

} // namespace rtkhooks::model
