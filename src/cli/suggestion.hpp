// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::cli {

/// How many letters must be put in, left out, changed or swapped with their neighbour to make one word of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that was probably meant, if one is near enough.
[[nodiscard]] std::optional<std::string> suggestion_for(std::string_view word,
                                                        std::vector<std::string> const& candidates);

} // namespace rtkhooks::cli
