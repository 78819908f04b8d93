// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "driver/server.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::bench {

/// A program that makes calls, with the options of measure.hpp.
struct client {
    std::string name;                 ///< as --clients has it
    std::string title;                ///< as the tables have it
    std::vector<std::string> command; ///< without options
    std::string missing;              ///< why there is none, or nothing
    double share = 1;                 ///< of a contest's requests: a slow one needs fewer
    std::size_t warm_up = 0;          ///< requests that it needs at least, to compile itself
};

/// What a client reported of one round.
struct sample {
    double requests_per_second = 0;
    double cpu_us = 0; ///< a request, user and system
    double p50_us = 0;
    double p99_us = 0;
    double rss_mib = 0;
    double peak_rss_mib = 0;
    std::uint64_t requests = 0;
    std::uint64_t failures = 0;
    std::uint64_t opened = 0;             ///< connections
    std::optional<std::uint64_t> resumed; ///< of these
};

struct summary {
    double median = 0;
    double min = 0;
    double max = 0;
};

/// A client in a contest.
struct row {
    client const* who = nullptr;
    std::string title;
    std::size_t concurrent = 1;
    std::size_t threads = 1;
    std::string resume;          ///< yes, no or not said
    std::size_t floor = 0;       ///< the index of the row with the raw loop that it is compared with
    std::vector<sample> samples; ///< one a round
    std::string skipped;         ///< why there are none

    [[nodiscard]] bool measured() const noexcept { return !samples.empty(); }
    [[nodiscard]] summary of(double sample::*figure) const;
    /// How many times the other's, round by round: what a machine does in one round it does to both.
    [[nodiscard]] summary ratio(row const& other, double sample::*figure = &sample::cpu_us) const;
};

/// The same requests by several clients.
struct contest {
    std::string name;  ///< as --only has it
    std::string title; ///< for people
    answer wanted = answer::one;
    std::string operation = "get";
    int status = 200;
    std::size_t connections = 1;
    double share = 1; ///< of the requests asked for
    std::vector<row> rows;

    /// By title, where it was measured.
    [[nodiscard]] row const* find(std::string_view row_title) const;
    [[nodiscard]] row const& floor_of(row const& of) const { return rows[of.floor]; }
};

/// The clients beside this program.
[[nodiscard]] std::vector<client> find_clients(std::filesystem::path const& folder);

/// @param clients which must outlive the result; only those that are there take part
[[nodiscard]] std::vector<contest> make_contests(std::vector<client> const& clients);

/// Rounds of all rows: each begins with another row.
class referee {
public:
    /// @param processors for one thread, and for two
    referee(server& against, std::size_t requests, std::vector<int> one_thread, std::vector<int> two_threads);

    /// @throws std::runtime_error where a client ends badly
    void run(contest& what, std::size_t rounds);

private:
    void measure(contest const& what, row& who);
    [[nodiscard]] std::size_t requests(contest const& what, row const& who) const;

    server& server_;
    std::size_t requests_;
    std::vector<int> one_thread_;
    std::vector<int> two_threads_;
};

} // namespace rtkhooks::bench
