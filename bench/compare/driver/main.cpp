// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// compare [OPTION...]: the same calls by the library and by other clients, at a server on another processor; see
// bench/README.md. Ends with 1 where a client failed or an answer was not the one expected, whatever the figures are.
#include "driver/contest.hpp"
#include "driver/process.hpp"
#include "driver/report.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

using namespace rtkhooks::bench;

namespace {

constexpr char const* usage = R"(compare [OPTION...]
  --rounds N         of each case, in which its clients take turns. Default: 5
  --requests N       a round, of the cases `get-16` and `get-64`; the others make more or fewer in proportion, slow
                     clients fewer. Default: 50000
  --only CASE,...    get-1, get-16, get-64, get-10000, list-1000, create, reconnect, get-404, get-503
  --clients NAME,... raw, rtkhooks, libcurl, beast, go, hyper, sdk
  --server NAME      nginx or emulator. Default: nginx where it is installed
  --out FOLDER       for bench-results.json and bench-results.svg. Default: the current one
  --targets FILE     what was measured before, to be shown and written with the other targets
  --quick            2 rounds of 2000: to see that everything works; the figures say little
)";

struct settings {
    std::size_t rounds = 5;
    std::size_t requests = 50'000;
    std::set<std::string> only;
    std::set<std::string> clients;
    std::string server;
    std::string out = ".";
    std::string targets;
};

[[noreturn]] void refuse(std::string const& why)
{
    std::cerr << "compare: " << why << "\n" << usage;
    std::exit(2);
}

std::size_t to_number(std::string_view text)
{
    std::size_t value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value == 0)
        refuse("no number from 1 on: " + std::string{text});
    return value;
}

std::set<std::string> to_names(std::string const& text)
{
    std::set<std::string> made;
    std::istringstream names{text};
    for (std::string name; std::getline(names, name, ',');)
        made.insert(name);
    return made;
}

settings parse(int count, char** arguments)
{
    settings made;
    for (int i = 1; i < count; ++i) {
        std::string_view const name = arguments[i];
        auto const value = [&]() -> std::string {
            if (++i == count)
                refuse(std::string{name} + " lacks its value");
            return arguments[i];
        };
        if (name == "--rounds")
            made.rounds = to_number(value());
        else if (name == "--requests")
            made.requests = to_number(value());
        else if (name == "--only")
            made.only = to_names(value());
        else if (name == "--clients")
            made.clients = to_names(value());
        else if (name == "--server")
            made.server = value();
        else if (name == "--out")
            made.out = value();
        else if (name == "--targets")
            made.targets = value();
        else if (name == "--quick")
            made.rounds = 2, made.requests = 2000;
        else if (name == "--help" || name == "-h")
            std::cout << usage, std::exit(0);
        else
            refuse("unknown: " + std::string{name});
    }
    return made;
}

/// Keeps of a list what is named, or all where nothing is; refuses names that are not in it.
template <class List>
void keep(List& list, std::set<std::string> names)
{
    if (names.empty())
        return;
    std::erase_if(list, [&](auto const& each) { return names.count(each.name) == 0; });
    for (auto const& each : list)
        names.erase(each.name);
    if (!names.empty())
        refuse("no such name: " + *names.begin());
}

std::string processor_name()
{
    std::ifstream file{"/proc/cpuinfo"};
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name"))
            return line.substr(std::min(line.find(": ") + 2, line.size()));
    return "unknown";
}

std::unique_ptr<server> start_server(settings const& asked, std::filesystem::path const& folder, int processor)
{
    if (!asked.server.empty() && asked.server != "nginx" && asked.server != "emulator")
        refuse("no such server: " + asked.server);
    if (asked.server != "emulator") {
        if (auto started = start_nginx(folder, processor))
            return started;
        if (asked.server == "nginx")
            throw std::runtime_error{"nginx is not installed"};
    }
    return start_emulator(folder, processor);
}

bool all_answered(std::vector<contest> const& contests)
{
    for (auto const& what : contests)
        for (auto const& who : what.rows)
            for (auto const& each : who.samples)
                if (each.failures != 0)
                    return false;
    return true;
}

int run(settings const& asked)
{
    std::vector<verdict> measured_before;
    if (!asked.targets.empty())
        measured_before = read_verdicts(asked.targets);
    auto clients = find_clients(std::filesystem::read_symlink("/proc/self/exe").parent_path());
    keep(clients, asked.clients);
    auto contests = make_contests(clients);
    keep(contests, asked.only);

    // The server on the first processor, clients on the second, and a third for the second thread of one.
    auto const processors = usable_processors();
    auto const last = processors.size() - 1;
    std::vector<int> const one_thread{processors[std::min<std::size_t>(1, last)]};
    auto two_threads = one_thread;
    if (last >= 2)
        two_threads.push_back(processors[2]);

    scratch_folder const folder;
    auto const server = start_server(asked, folder.path(), processors[0]);
    std::erase_if(contests, [&](contest const& each) { return server->target(each.wanted).empty(); });
    setup about;
    about.processor = processor_name() + ", " + std::to_string(processors.size()) + " usable";
    about.server = server->name();
    about.placement = last == 0 ? "ONE processor for server and clients: the figures say little"
                                : "server on processor " + std::to_string(processors[0]) + ", clients on " +
                                      std::to_string(one_thread[0]) +
                                      (last == 1 ? ", both threads of a thread_pool on it too" : "");
    if (getloadavg(&about.load, 1) != 1)
        about.load = 0;
    about.rounds = asked.rounds;
    about.clients = &clients;
    print(about);

    referee rounds{*server, asked.requests, one_thread, two_threads};
    for (auto& each : contests) {
        rounds.run(each, asked.rounds);
        print(each);
    }
    auto verdicts = judge(contests);
    verdicts.insert(verdicts.end(), measured_before.begin(), measured_before.end());
    print(verdicts);
    std::filesystem::path const out{asked.out};
    std::filesystem::create_directories(out);
    write_json(out / "bench-results.json", about, contests, verdicts);
    write_chart(out / "bench-results.svg", about, contests);
    std::printf("\nwritten: %s, %s\n", (out / "bench-results.json").c_str(), (out / "bench-results.svg").c_str());
    return all_answered(contests) ? 0 : 1;
}

} // namespace

int main(int count, char** arguments)
try {
    auto const asked = parse(count, arguments);
    catch_interrupts();
    return run(asked);
} catch (interruption const&) {
    std::cerr << "\ncompare: interrupted\n";
    return 130;
} catch (std::exception const& failure) {
    std::cerr << "\ncompare: " << failure.what() << '\n';
    return 1;
}
