// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rtkhooks::cli {

/// The text with all that could steer a terminal written out: control characters as `\x1b`, bytes that are not UTF-8
/// likewise, and characters that reorder or break lines as `\u{202e}`.
[[nodiscard]] std::string visible(std::string_view text);

/// How many columns a terminal gives to a text that `visible` made: two to wide characters, none to combining ones.
[[nodiscard]] std::size_t display_width(std::string_view text);

} // namespace rtkhooks::cli
