// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>
#include <utility>
#include <vector>

/// @file
/// Columns that line up. Cells are made safe for a terminal here; every line ends with a line feed.

namespace rtkhooks::cli {

using table_row = std::vector<std::string>;

/// A heading and rows of as many cells, each column as wide as its widest cell.
[[nodiscard]] std::string layout_table(table_row const& heading, std::vector<table_row> const& rows);

/// A label and a value on each line. An empty label continues the value above.
[[nodiscard]] std::string layout_fields(std::vector<std::pair<std::string, std::string>> const& fields);

} // namespace rtkhooks::cli
