// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/table.hpp"

#include "cli/terminal_text.hpp"

#include <algorithm>
#include <cstddef>

namespace rtkhooks::cli {

namespace {

constexpr std::size_t gap = 2;

std::vector<std::size_t> widths_of(std::vector<table_row> const& rows)
{
    std::vector<std::size_t> widths;
    for (auto const& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], display_width(row[column]));
    }
    return widths;
}

std::string line_of(table_row const& row, std::vector<std::size_t> const& widths)
{
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
        line += row[column];
        line.append(widths[column] - display_width(row[column]) + gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

std::string layout(std::vector<table_row> rows)
{
    for (auto& row : rows)
        for (auto& cell : row)
            cell = visible(cell);
    auto const widths = widths_of(rows);
    std::string text;
    for (auto const& row : rows)
        text += line_of(row, widths);
    return text;
}

} // namespace

std::string layout_table(table_row const& heading, std::vector<table_row> const& rows)
{
    std::vector<table_row> all{heading};
    all.insert(all.end(), rows.begin(), rows.end());
    return layout(std::move(all));
}

std::string layout_fields(std::vector<std::pair<std::string, std::string>> const& fields)
{
    std::vector<table_row> rows;
    for (auto const& [label, value] : fields)
        rows.push_back({label, value});
    return layout(std::move(rows));
}

} // namespace rtkhooks::cli
