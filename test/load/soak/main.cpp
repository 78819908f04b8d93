// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// soak [--calls N] [--faults PER_THOUSAND] [--rounds N] [--threads N] [--growth KIB]: makes calls in rounds at a server
// that fails often, which is a process of its own, and watches what this one has of memory and descriptors. Ends with 1
// where these grow, or where any call ends as it must not.
#include "load/mixed_load.hpp"

#include "integration/forked_server.hpp"
#include "integration/ids.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/thread_pool.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

using namespace rtkhooks;
namespace net = boost::asio;

namespace {

struct settings {
    std::uint64_t calls = 1'000'000;
    std::uint64_t faults = 50;
    std::uint64_t rounds = 20;
    std::uint64_t threads = 2;
    std::uint64_t growth = 2048; // that is allowed, in KiB
};

[[noreturn]] void refuse(std::string const& why)
{
    std::cerr << "soak: " << why
              << "\nusage: soak [--calls N] [--faults PER_THOUSAND] [--rounds N] [--threads N] [--growth KIB], each 1 "
                 "or more\n";
    std::exit(2);
}

settings parse(int count, char** arguments)
{
    settings made;
    for (int i = 1; i < count; i += 2) {
        std::string_view const name = arguments[i];
        auto* const value = name == "--calls"     ? &made.calls
                            : name == "--faults"  ? &made.faults
                            : name == "--rounds"  ? &made.rounds
                            : name == "--threads" ? &made.threads
                            : name == "--growth"  ? &made.growth
                                                  : nullptr;
        if (value == nullptr)
            refuse("unknown: " + std::string{name});
        std::string_view const text = i + 1 < count ? arguments[i + 1] : "";
        auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *value);
        if (problem != std::errc{} || end != text.data() + text.size() || *value == 0)
            refuse(std::string{name} + " takes a number, and got '" + std::string{text} + "'");
    }
    if (made.rounds < 3 || made.calls < made.rounds)
        refuse("there are 3 rounds at least, and a call in each");
    return made;
}

/// Of this process, in KiB.
std::int64_t resident_memory()
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stoll(line.substr(6));
    return 0;
}

std::int64_t open_descriptors()
{
    std::int64_t count = 0;
    for ([[maybe_unused]] auto const& each : std::filesystem::directory_iterator{"/proc/self/fd"})
        ++count;
    return count;
}

struct descriptors_counted {
    std::int64_t connections;
    std::int64_t others;
};

/// Once nothing changes meanwhile: the server may be closing connections, and the client be making them.
descriptors_counted count_descriptors(client const& api)
{
    for (;;) {
        auto const before = api.stats();
        auto const all = open_descriptors();
        auto const after = api.stats();
        auto const open = static_cast<std::int64_t>(after.open);
        if (before.connecting == 0 && after.connecting == 0 && before.open == after.open &&
            before.closed == after.closed)
            return {open, all - open};
        std::this_thread::yield();
    }
}

} // namespace

int main(int count, char** arguments)
{
    auto const want = parse(count, arguments);
    test::ledger book{want.calls};
    test::forked_server const server{test::faulty_script(book, static_cast<unsigned>(want.faults))};
    auto config = test::with_retries(server.config());
    config.pool.max_connections = 16;
    test::tally counts;
    net::thread_pool threads{want.threads};
    client api{threads, config};
    auto const hooks = api.webhooks(test::account, test::app);

    // A round's descriptors are compared without those of connections, of which there may be more or fewer.
    std::int64_t memory = 0;
    std::int64_t descriptors = 0;
    bool constant = true;
    std::printf("%12s %10s %10s %12s %12s\n", "calls", "calls/s", "RSS KiB", "connections", "descriptors");
    for (std::uint64_t round = 0; round != want.rounds; ++round) {
        auto const began = std::chrono::steady_clock::now();
        auto const first = want.calls * round / want.rounds;
        auto const end = want.calls * (round + 1) / want.rounds;
        test::make_calls(hooks, threads.get_executor(), 32, book, first, end, counts);
        std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
        auto const [open, others] = count_descriptors(api);
        auto const resident = resident_memory();
        std::printf("%12llu %10.0f %10lld %12lld %12lld\n", static_cast<unsigned long long>(end),
                    static_cast<double>(end - first) / took.count(), static_cast<long long>(resident),
                    static_cast<long long>(open), static_cast<long long>(others));
        std::fflush(stdout);
        if (round == 1) { // warm by now
            memory = resident;
            descriptors = others;
        }
        constant = constant && (round < 2 || others == descriptors);
    }
    auto const growth = resident_memory() - memory;
    auto const stats = api.stats();
    test::check_arrivals(book, want.calls, counts);
    std::printf("%s\n%llu connections, %llu retries\n", counts.summary().c_str(),
                static_cast<unsigned long long>(stats.opened), static_cast<unsigned long long>(stats.retries));

    bool const sound = growth < static_cast<std::int64_t>(want.growth) && constant && counts.violation().empty() &&
                       counts.calls() == want.calls;
    std::printf(
        "soak: %s: %llu calls, RSS %+lld KiB after the second round (less than %llu allowed), descriptors %s%s%s\n",
        sound ? "passed" : "FAILED", static_cast<unsigned long long>(counts.calls()), static_cast<long long>(growth),
        static_cast<unsigned long long>(want.growth), constant ? "constant" : "NOT constant",
        counts.violation().empty() ? "" : "; ", counts.violation().c_str());
    return sound ? 0 : 1;
}
