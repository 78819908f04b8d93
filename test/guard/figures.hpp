// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/test/tools/assertion_result.hpp>

#include <string>
#include <string_view>

namespace rtkhooks::test {

/// What this program was built with, in the words of figures.txt.
[[nodiscard]] std::string toolchain();

/// Whether a figure is no worse than figures.txt allows, and both in words.
/// @param per_call where it is of many calls: divided by how many
[[nodiscard]] boost::test_tools::assertion_result within_bound(std::string_view name, long long found,
                                                               long long per_call = 1);

} // namespace rtkhooks::test
