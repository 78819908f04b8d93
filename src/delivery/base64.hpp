// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace rtkhooks::delivery {

/// How many bytes a text of that size stands for at most.
[[nodiscard]] constexpr std::size_t most_bytes_of_base64(std::size_t size) noexcept { return size / 4 * 3; }

/// Decodes base64 as strictly as RFC 4648 (section 4) allows: the standard alphabet, padded, no line ends or other
/// characters (3.3), unused bits zero (3.5). So no two texts stand for the same bytes.
/// @return how many bytes were written, or nothing where the text is none, or stands for more than there is room for
[[nodiscard]] std::optional<std::size_t> decode_base64(std::string_view text, std::span<unsigned char> into) noexcept;

} // namespace rtkhooks::delivery
