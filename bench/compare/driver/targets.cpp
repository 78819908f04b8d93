// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/report.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rtkhooks::bench {
namespace {

/// Finds what a verdict needs, and leaves it without a figure where something was not measured.
class judgement {
public:
    judgement(std::vector<contest> const& contests, std::string what, double limit)
        : contests_{contests}, made_{std::move(what), limit, false, " x", {}, {}, ""}
    {
    }

    row const* find(std::string_view contest_name, std::string_view title)
    {
        for (auto const& each : contests_)
            if (each.name == contest_name)
                if (auto const* const found = each.find(title))
                    return found;
        made_.why_none.append(made_.why_none.empty() ? "" : ", ").append(title).append(" in ").append(contest_name);
        return nullptr;
    }
    judgement& ratio(std::string_view contest_name, std::string_view title, std::string_view to,
                     double sample::*figure = &sample::cpu_us)
    {
        auto const* const left = find(contest_name, title);
        auto const* const right = find(contest_name, to);
        if (left != nullptr && right != nullptr) {
            made_.spread = left->ratio(*right, figure);
            made_.figure = made_.spread->median;
        }
        return *this;
    }
    [[nodiscard]] verdict& made() noexcept { return made_; }

private:
    std::vector<contest> const& contests_;
    verdict made_;
};

verdict peak_memory(std::vector<contest> const& contests)
{
    judgement made{contests, "10,000 calls over 64 connections: peak RSS", 80};
    made.made().unit = " MB";
    if (auto const* const found = made.find("get-10000", "rtkhooks"))
        made.made().figure = found->of(&sample::peak_rss_mib).max * 1.048576;
    return made.made();
}

verdict resumed_share(std::vector<contest> const& contests)
{
    judgement made{contests, "reconnects that resumed their TLS session", 95};
    made.made().unit = " %";
    made.made().at_least = true;
    std::uint64_t opened = 0;
    std::uint64_t resumed = 0;
    if (auto const* const found = made.find("reconnect", "rtkhooks, resumed"))
        for (auto const& each : found->samples) {
            opened += each.opened;
            resumed += each.resumed.value_or(0);
        }
    if (opened != 0)
        made.made().figure = 100 * static_cast<double>(resumed) / static_cast<double>(opened);
    return made.made();
}

double to_number(std::string const& text)
{
    std::size_t used = 0;
    double value = 0;
    try {
        value = std::stod(text, &used);
    } catch (std::logic_error const&) {
        used = 0;
    }
    if (used == 0 || used != text.size())
        throw std::runtime_error{"no number: " + text};
    return value;
}

} // namespace

std::string verdict::word() const { return !figure ? "not measured" : met() ? "met" : "NOT met"; }

std::vector<verdict> judge(std::vector<contest> const& contests)
{
    constexpr std::string_view raw = "raw loop";
    constexpr std::string_view own = "rtkhooks";
    auto const ratio = [&](std::string what, double limit, std::string_view in, std::string_view of,
                           std::string_view to, double sample::*figure = &sample::cpu_us) {
        return judgement{contests, std::move(what), limit}.ratio(in, of, to, figure).made();
    };
    return {
        ratio("CPU a request at 64 connections, against the raw loop", 1.25, "get-64", own, raw),
        ratio("CPU a request at 64 connections, against libcurl multi", 0.4, "get-64", own, "libcurl multi"),
        ratio("CPU a request at 64 connections, against Rust hyper", 0.6, "get-64", own, "Rust hyper"),
        ratio("CPU a request at 64 connections, against Go net/http", 0.33, "get-64", own, "Go net/http"),
        ratio("CPU a request at 1 connection, against the raw loop", 1.25, "get-1", own, raw),
        ratio("p50 latency at 1 connection, against the raw loop", 1.15, "get-1", own, raw, &sample::p50_us),
        ratio("p99 latency at 1 connection, against the raw loop", 1.15, "get-1", own, raw, &sample::p99_us),
        ratio("10,000 calls over 64 connections: CPU a request, against 64 calls", 1.1, "get-10000", own,
              "rtkhooks, 64 calls"),
        peak_memory(contests),
        ratio("CPU a request on a thread_pool of 2, against one thread", 1.2, "get-64", "rtkhooks, thread_pool of 2",
              own),
        resumed_share(contests),
        ratio("CPU a reconnect and its request, resumed against full handshake", 0.6, "reconnect", "rtkhooks, resumed",
              "rtkhooks, full handshake"),
    };
}

std::vector<verdict> read_verdicts(std::filesystem::path const& from)
{
    std::vector<verdict> made;
    std::ifstream file{from};
    for (std::string line; std::getline(file, line);) {
        std::array<std::string, 5> part;
        std::istringstream parts{line};
        for (auto& each : part)
            std::getline(parts, each, '\t');
        auto const& [what, relation, limit, figure, unit] = part;
        verdict next{what, to_number(limit), relation == "at_least", unit, {}, {}, "see above"};
        if (!figure.empty())
            next.figure = to_number(figure);
        if (what.empty() || (relation != "at_least" && relation != "at_most"))
            throw std::runtime_error{"no target: " + line};
        made.push_back(std::move(next));
    }
    if (made.empty())
        throw std::runtime_error{"no targets in " + from.string()};
    return made;
}

} // namespace rtkhooks::bench
