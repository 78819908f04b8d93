// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/contest.hpp"

#include "driver/process.hpp"
#include "measure.hpp"

#include <boost/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace rtkhooks::bench {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

summary summarise(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    auto const half = values.size() / 2;
    auto const median = values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
    return {median, values.front(), values.back()};
}

client sdk()
{
    client made{"sdk", "Cloudflare's TypeScript SDK", {}, "", 0.04, 300};
    auto const node = find_program("node");
    auto const* const given = std::getenv("RTKHOOKS_SDK_DIR");
    fs::path const folder = given != nullptr ? given : RTKHOOKS_SOURCE_DIR "/test/sdk";
    if (node.empty())
        made.missing = "Node.js is not installed";
    else if (!fs::exists(folder / "node_modules/cloudflare"))
        made.missing = "the SDK is not installed: npm ci --ignore-scripts in " + folder.string();
    else
        made.command = {find_program("env"), "RTKHOOKS_SDK_DIR=" + folder.string(), node,
                        RTKHOOKS_SOURCE_DIR "/bench/compare/node/client.mjs"};
    return made;
}

/// The clients' numbers of a line, and the reason of one that skips.
sample to_sample(json::object const& line)
{
    auto const number = [&](char const* name) { return line.at(name).to_number<double>(); };
    sample made;
    made.requests = line.at("requests").to_number<std::uint64_t>();
    made.failures = line.at("failures").to_number<std::uint64_t>();
    made.requests_per_second = number("requests") / number("wall_s");
    made.cpu_us = number("cpu_s") * 1e6 / number("requests");
    made.p50_us = number("p50_us");
    made.p99_us = number("p99_us");
    made.rss_mib = number("rss_kib") / 1024;
    made.peak_rss_mib = std::max(number("rss_kib"), number("peak_rss_kib")) / 1024; // the kernel's peak lags
    made.opened = line.at("opened").to_number<std::uint64_t>();
    if (!line.at("resumed").is_null())
        made.resumed = line.at("resumed").to_number<std::uint64_t>();
    return made;
}

/// Adds rows to a contest. The first of each kind is the raw loop, with which others are compared.
class rows_of {
public:
    rows_of(contest& to, std::vector<client> const& clients) : to_{to}, clients_{clients} {}

    void add(std::string_view name, std::size_t concurrent, std::string const& note = "",
             std::string const& resume = "", std::size_t threads = 1)
    {
        auto const who =
            std::find_if(clients_.begin(), clients_.end(), [&](client const& c) { return c.name == name; });
        if (who == clients_.end() || !who->missing.empty())
            return;
        if (name == "raw")
            floor_ = to_.rows.size();
        to_.rows.push_back({&*who, who->title + note, concurrent, threads, resume, floor_, {}, {}});
    }
    void add_all(std::size_t concurrent, std::string const& note = "", std::string const& resume = "")
    {
        for (auto const& each : clients_)
            add(each.name, concurrent, note, resume);
    }

private:
    contest& to_;
    std::vector<client> const& clients_;
    std::size_t floor_ = 0;
};

} // namespace

summary row::of(double sample::*figure) const
{
    std::vector<double> values;
    for (auto const& each : samples)
        values.push_back(each.*figure);
    return summarise(std::move(values));
}

summary row::ratio(row const& other, double sample::*figure) const
{
    std::vector<double> values;
    for (std::size_t i = 0; i != std::min(samples.size(), other.samples.size()); ++i)
        values.push_back(samples[i].*figure / other.samples[i].*figure);
    return summarise(std::move(values));
}

row const* contest::find(std::string_view row_title) const
{
    auto const found = std::find_if(rows.begin(), rows.end(), [&](row const& r) { return r.title == row_title; });
    return found != rows.end() && found->measured() ? &*found : nullptr;
}

std::vector<client> find_clients(fs::path const& folder)
{
    auto const program = [&](std::string name, std::string title, char const* file, char const* needs) {
        auto const path = folder / file;
        client made{std::move(name), std::move(title), {path.string()}, "", 1, 0};
        if (access(path.c_str(), X_OK) != 0)
            made.missing = std::string{file} + " was not built, which needs " + needs;
        return made;
    };
    return {
        program("raw", "raw loop", "raw_loop", "nothing more"),
        program("rtkhooks", "rtkhooks", "rtkhooks_client", "nothing more"),
        program("libcurl", "libcurl multi", "libcurl_client", "libcurl's headers"),
        program("beast", "naive Beast", "beast_client", "nothing more"),
        program("go", "Go net/http", "go_client", "Go"),
        program("hyper", "Rust hyper", "hyper_client", "Cargo and the crates"),
        sdk(),
    };
}

std::vector<contest> make_contests(std::vector<client> const& clients)
{
    std::vector<contest> made;
    auto const add = [&](contest what) -> contest& { return made.emplace_back(std::move(what)); };
    auto const add_plain = [&](contest what, std::size_t concurrent) {
        rows_of{what, clients}.add_all(concurrent);
        add(std::move(what));
    };
    add_plain({"get-1", "get one webhook, 1 connection", answer::one, "get", 200, 1, 0.4, {}}, 1);
    add_plain({"get-16", "get one webhook, 16 connections", answer::one, "get", 200, 16, 1, {}}, 16);
    {
        auto& what = add({"get-64", "get one webhook, 64 connections", answer::one, "get", 200, 64, 1, {}});
        rows_of rows{what, clients};
        rows.add_all(64);
        rows.add("rtkhooks", 64, ", thread_pool of 2", "", 2);
    }
    {
        auto& what = add({"get-10000",
                          "get one webhook, 10,000 calls at once over 64 connections",
                          answer::one,
                          "get",
                          200,
                          64,
                          4,
                          {}});
        rows_of rows{what, clients};
        rows.add("raw", 64, ", 64 calls");
        rows.add("rtkhooks", 64, ", 64 calls");
        for (auto const* name : {"rtkhooks", "libcurl", "beast", "go", "hyper", "sdk"})
            rows.add(name, 10'000);
    }
    add_plain({"list-1000", "list 1,000 webhooks, 16 connections", answer::thousand, "list", 200, 16, 0.01, {}}, 16);
    add_plain({"create", "create, 16 connections", answer::created, "create", 201, 16, 0.4, {}}, 16);
    {
        auto& what =
            add({"reconnect", "get one webhook, each on a new connection", answer::closing, "get", 200, 1, 0.02, {}});
        rows_of rows{what, clients};
        rows.add_all(1, ", full handshake", "no");
        for (auto const* name : {"raw", "rtkhooks", "libcurl", "go", "sdk"}) // the others keep no sessions
            rows.add(name, 1, ", resumed", "yes");
    }
    add_plain({"get-404", "get what is not there: 404, 64 connections", answer::missing, "get", 404, 64, 0.4, {}}, 64);
    add_plain(
        {"get-503", "get, and the service is down: 503, 64 connections", answer::unavailable, "get", 503, 64, 0.4, {}},
        64);
    return made;
}

referee::referee(server& against, std::size_t requests, std::vector<int> one_thread, std::vector<int> two_threads)
    : server_{against}, requests_{requests}, one_thread_{std::move(one_thread)}, two_threads_{std::move(two_threads)}
{
}

std::size_t referee::requests(contest const& what, row const& who) const
{
    auto const wanted = static_cast<double>(requests_) * what.share * who.who->share;
    return std::max({static_cast<std::size_t>(wanted), 2 * who.concurrent, std::size_t{20}});
}

void referee::run(contest& what, std::size_t rounds)
{
    bool const shown = isatty(STDERR_FILENO) != 0;
    for (std::size_t round = 0; round != rounds; ++round)
        for (std::size_t i = 0; i != what.rows.size(); ++i) {
            auto& who = what.rows[(i + round) % what.rows.size()];
            if (!who.skipped.empty())
                continue;
            if (shown)
                std::fprintf(stderr, "\r   %s: round %zu of %zu, %s\033[K", what.name.c_str(), round + 1, rounds,
                             who.title.c_str());
            measure(what, who);
        }
    if (shown)
        std::fputs("\r\033[K", stderr);
}

void referee::measure(contest const& what, row& who)
{
    auto const count = requests(what, who);
    auto const warm_up = std::max({count / 5, 2 * who.concurrent, std::min(who.who->warm_up, 5 * count)});
    server_.prepare(what.wanted, count + warm_up);
    auto command = who.who->command;
    auto const option = [&](char const* name, std::string value) {
        command.emplace_back(name);
        command.push_back(std::move(value));
    };
    option("--port", std::to_string(server_.port()));
    option("--ca", server_.ca_file().string());
    option("--target", server_.target(what.wanted));
    option("--operation", what.operation);
    option("--status", std::to_string(what.status));
    option("--connections", std::to_string(what.connections));
    option("--concurrent", std::to_string(who.concurrent));
    option("--requests", std::to_string(count));
    option("--warm-up", std::to_string(warm_up));
    if (!who.resume.empty())
        option("--resume", who.resume);
    if (who.threads != 1)
        option("--threads", std::to_string(who.threads));

    process running{
        command, who.threads == 1 ? one_thread_ : two_threads_, {"NODE_EXTRA_CA_CERTS=" + server_.ca_file().string()}};
    std::string output;
    if (auto const status = running.finish(output, std::chrono::minutes{3}); status != 0)
        throw std::runtime_error{who.title + " ended with " + std::to_string(status) + " in " + what.name};
    auto const line = json::parse(output).as_object();
    if (auto const* const reason = line.if_contains("skipped"))
        who.skipped = reason->as_string().c_str();
    else
        who.samples.push_back(to_sample(line));
}

} // namespace rtkhooks::bench
