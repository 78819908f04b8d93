// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/json_kind.hpp"

#include <array>
#include <string_view>

namespace rtkhooks::model {

namespace {

std::string_view with_article(json_kind kind) noexcept
{
    static constexpr std::array<std::string_view, 6> names{"null",     "a boolean", "a number",
                                                           "a string", "an array",  "an object"};
    return names[static_cast<std::size_t>(kind)];
}

} // namespace

std::string describe_mismatch(json_kind expected, json_kind found)
{
    std::string result{"expected "};
    return result.append(with_article(expected)).append(", found ").append(with_article(found));
}

} // namespace rtkhooks::model
