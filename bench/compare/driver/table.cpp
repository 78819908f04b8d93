// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace rtkhooks::bench {
namespace {

std::string number(double value)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), value < 100 ? "%.1f" : "%.0f", value);
    return text.data();
}

std::string ratio(double value)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), value < 10 ? "%.2f" : "%.1f", value);
    return text.data();
}

std::size_t width(std::string_view text) // in characters of UTF-8
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string right(std::string_view text, std::size_t room)
{
    return std::string(room - std::min(room, width(text)), ' ').append(text);
}

std::string left(std::string_view text, std::size_t room)
{
    return std::string{text}.append(room - std::min(room, width(text)), ' ');
}

std::string spread(summary const& of) { return "(" + number(of.min) + ".." + number(of.max) + ")"; }

constexpr std::size_t title_room = 42;

void print_line(std::string_view title, std::array<std::string, 8> const& columns)
{
    constexpr std::array<std::size_t, 8> rooms{11, 8, 15, 9, 9, 9, 10, 7};
    auto line = left(title, title_room);
    for (std::size_t i = 0; i != columns.size(); ++i)
        line += right(columns[i], rooms[i]);
    std::printf("%s\n", line.c_str());
}

void print_row(contest const& what, row const& who)
{
    if (!who.measured()) {
        std::printf("%s  not measured: %s\n", left(who.title, title_room).c_str(), who.skipped.c_str());
        return;
    }
    auto const& floor = what.floor_of(who);
    auto const cpu = who.of(&sample::cpu_us);
    auto const with_floor = floor.measured() && floor.who->name == "raw";
    print_line(who.title, {number(who.of(&sample::requests_per_second).median), number(cpu.median), spread(cpu),
                           number(who.of(&sample::p50_us).median), number(who.of(&sample::p99_us).median),
                           number(who.of(&sample::rss_mib).median), number(who.of(&sample::peak_rss_mib).median),
                           with_floor ? ratio(who.ratio(floor).median) : "-"});
    std::uint64_t failures = 0;
    for (auto const& each : who.samples)
        failures += each.failures;
    if (failures != 0)
        std::printf("   %llu of its requests were NOT answered as expected\n",
                    static_cast<unsigned long long>(failures));
}

} // namespace

void print(setup const& about)
{
    std::printf("processor  %s\nserver     %s\nplacement  %s\n", about.processor.c_str(), about.server.c_str(),
                about.placement.c_str());
    if (about.load > 0.5)
        std::printf("load       %.1f: OTHER PROGRAMS ARE RUNNING, and the figures will be off\n", about.load);
    for (auto const& each : *about.clients)
        if (!each.missing.empty())
            std::printf("without    %s: %s\n", each.title.c_str(), each.missing.c_str());
    std::fflush(stdout);
}

void print(contest const& what)
{
    std::printf("\n== %s: %s\n", what.name.c_str(), what.title.c_str());
    print_line("", {"requests/s", "CPU µs", "(min..max)", "p50 µs", "p99 µs", "RSS MiB", "peak MiB", "x raw"});
    for (auto const& each : what.rows)
        print_row(what, each);
    std::fflush(stdout);
}

void print(std::vector<verdict> const& verdicts)
{
    std::printf("\n== targets\n");
    for (auto const& each : verdicts) {
        auto const limit =
            std::string{each.at_least ? ">= " : "<= "} + (each.unit == " x" ? ratio(each.limit) : number(each.limit));
        auto const figure =
            !each.figure ? "" : (each.unit == " x" ? ratio(*each.figure) : number(*each.figure)) + each.unit;
        auto const spread = !each.spread ? "" : "(" + ratio(each.spread->min) + ".." + ratio(each.spread->max) + ")";
        std::printf("%s  %s  %s %s  %s%s\n", left(each.what, 68).c_str(), left(limit, 8).c_str(),
                    right(figure, 9).c_str(), left(spread, 14).c_str(), each.word().c_str(),
                    each.figure ? "" : (": " + each.why_none).c_str());
    }
    std::fflush(stdout);
}

} // namespace rtkhooks::bench
