// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "driver/contest.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::bench {

/// A target of the project, and what a run says of it.
struct verdict {
    std::string what;
    double limit = 0;
    bool at_least = false; ///< else at most
    std::string unit;      ///< behind the number
    std::optional<double> figure;
    std::optional<summary> spread; ///< over the rounds, where there were some
    std::string why_none;          ///< where there is no figure

    [[nodiscard]] bool met() const { return figure && (at_least ? *figure >= limit : *figure <= limit); }
    /// met, NOT met or not measured.
    [[nodiscard]] std::string word() const;
};

/// All that this comparison can judge.
[[nodiscard]] std::vector<verdict> judge(std::vector<contest> const& contests);
/// What was measured before, from a file of lines `WHAT<tab>at_least|at_most<tab>LIMIT<tab>FIGURE<tab>UNIT`, in which a
/// figure may be empty.
/// @throws std::runtime_error where it cannot be read so
[[nodiscard]] std::vector<verdict> read_verdicts(std::filesystem::path const& from);

/// Where and with what it was measured.
struct setup {
    std::string processor;
    std::string server;
    std::string placement; ///< which processors
    double load = 0;       ///< of the machine, when it began
    std::size_t rounds = 0;
    std::vector<client> const* clients = nullptr;
};

void print(setup const& about);
void print(contest const& what);
void print(std::vector<verdict> const& verdicts);

/// @throws std::runtime_error where the file cannot be written
void write_json(std::filesystem::path const& to, setup const& about, std::vector<contest> const& contests,
                std::vector<verdict> const& verdicts);
/// A bar for each row: its processor time in terms of the raw loop's.
/// @throws std::runtime_error where the file cannot be written
void write_chart(std::filesystem::path const& to, setup const& about, std::vector<contest> const& contests);

} // namespace rtkhooks::bench
