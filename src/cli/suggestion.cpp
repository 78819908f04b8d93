// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/suggestion.hpp"

#include <algorithm>

namespace rtkhooks::cli {

// Optimal string alignment, a row at a time: a swap of neighbours needs the row before the previous one.
std::size_t edit_distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> two_above;
    std::vector<std::size_t> above(right.size() + 1);
    for (std::size_t column = 0; column <= right.size(); ++column)
        above[column] = column;
    for (std::size_t row = 1; row <= left.size(); ++row) {
        std::vector<std::size_t> current(right.size() + 1);
        current[0] = row;
        for (std::size_t column = 1; column <= right.size(); ++column) {
            auto const change = above[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
            current[column] = std::min({above[column] + 1, current[column - 1] + 1, change});
            auto const swapped =
                row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
            if (swapped)
                current[column] = std::min(current[column], two_above[column - 2] + 1);
        }
        two_above = std::move(above);
        above = std::move(current);
    }
    return above.back();
}

std::optional<std::string> suggestion_for(std::string_view word, std::vector<std::string> const& candidates)
{
    constexpr std::size_t longest_word = 64; // a longer one is no slip of the finger
    if (word.size() > longest_word)
        return std::nullopt;
    auto const near_enough = std::max<std::size_t>(1, word.size() / 3);
    std::optional<std::string> best;
    auto best_distance = near_enough + 1;
    for (auto const& candidate : candidates) {
        auto const distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

} // namespace rtkhooks::cli
