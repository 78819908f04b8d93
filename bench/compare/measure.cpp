// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace rtkhooks::bench {
namespace {

[[noreturn]] void refuse(std::string const& why)
{
    std::fprintf(stderr,
                 "%s\noptions: --port N --ca FILE --target PATH [--operation get|list|create] [--status N] "
                 "[--connections N] [--concurrent N] [--requests N] [--warm-up N] [--resume yes|no] [--threads N]\n",
                 why.c_str());
    std::exit(2);
}

template <class Number>
Number to_number(std::string_view name, std::string_view text)
{
    Number value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value == 0)
        refuse(std::string{name} + " takes a number from 1 on, and got '" + std::string{text} + "'");
    return value;
}

operation to_operation(std::string_view text)
{
    if (text == "list")
        return operation::list;
    if (text == "create")
        return operation::create;
    if (text != "get")
        refuse("no such operation: " + std::string{text});
    return operation::get;
}

/// A line of /proc/self/status, in KiB.
long long memory(std::string_view name)
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name))
            return std::stoll(line.substr(name.size()));
    return 0;
}

double cpu_now()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

} // namespace

options parse_options(int count, char** arguments)
{
    options made;
    for (int i = 1; i < count; i += 2) {
        std::string_view const name = arguments[i];
        if (i + 1 == count)
            refuse(std::string{name} + " lacks its value");
        std::string_view const value = arguments[i + 1];
        if (name == "--port")
            made.port = to_number<std::uint16_t>(name, value);
        else if (name == "--ca")
            made.ca_file = value;
        else if (name == "--target")
            made.target = value;
        else if (name == "--operation")
            made.what = to_operation(value);
        else if (name == "--status")
            made.status = to_number<int>(name, value);
        else if (name == "--connections")
            made.connections = to_number<std::size_t>(name, value);
        else if (name == "--concurrent")
            made.concurrent = to_number<std::size_t>(name, value);
        else if (name == "--requests")
            made.requests = to_number<std::size_t>(name, value);
        else if (name == "--warm-up")
            made.warm_up = to_number<std::size_t>(name, value);
        else if (name == "--threads")
            made.threads = to_number<std::size_t>(name, value);
        else if (name == "--resume")
            made.resume = value == "yes";
        else
            refuse("unknown: " + std::string{name});
    }
    if (made.port == 0 || made.ca_file.empty() || made.target.empty())
        refuse("--port, --ca and --target are needed");
    return made;
}

void skip(std::string_view why)
{
    std::printf("{\"skipped\":\"%.*s\"}\n", static_cast<int>(why.size()), why.data());
    std::exit(0);
}

double batch::latency_quantile(double share)
{
    auto const count = done_.load();
    if (count == 0)
        return 0;
    auto const rank = std::min(count - 1, static_cast<std::size_t>(share * static_cast<double>(count)));
    auto const place = latencies_.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(latencies_.begin(), place, latencies_.begin() + static_cast<std::ptrdiff_t>(count));
    return static_cast<double>(*place);
}

stopwatch::stopwatch() : began_{clock::now()}, cpu_{cpu_now()} {}

double stopwatch::wall_seconds() const { return std::chrono::duration<double>{clock::now() - began_}.count(); }

double stopwatch::cpu_seconds() const { return cpu_now() - cpu_; }

void report(batch& measured, double wall_seconds, double cpu_seconds, connection_counts counts)
{
    auto const resumed = counts.resumed ? std::to_string(*counts.resumed) : "null";
    std::printf("{\"requests\":%zu,\"failures\":%zu,\"wall_s\":%.6f,\"cpu_s\":%.6f,\"p50_us\":%.2f,\"p99_us\":%.2f,"
                "\"rss_kib\":%lld,\"peak_rss_kib\":%lld,\"opened\":%llu,\"resumed\":%s}\n",
                measured.size(), measured.failures(), wall_seconds, cpu_seconds, measured.latency_quantile(0.5),
                measured.latency_quantile(0.99), memory("VmRSS:"), memory("VmHWM:"),
                static_cast<unsigned long long>(counts.opened), resumed.c_str());
}

} // namespace rtkhooks::bench
