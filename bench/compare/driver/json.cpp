// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/report.hpp"

#include <boost/json.hpp>
#include <boost/version.hpp>
#include <openssl/crypto.h>

#include <fstream>
#include <stdexcept>

namespace rtkhooks::bench {
namespace {

namespace json = boost::json;

json::object to_json(summary const& from)
{
    json::object made;
    made["median"] = from.median;
    made["min"] = from.min;
    made["max"] = from.max;
    return made;
}

json::object to_json(sample const& from)
{
    json::object made;
    made["requests_per_second"] = from.requests_per_second;
    made["cpu_us"] = from.cpu_us;
    made["p50_us"] = from.p50_us;
    made["p99_us"] = from.p99_us;
    made["rss_mib"] = from.rss_mib;
    made["peak_rss_mib"] = from.peak_rss_mib;
    return made;
}

json::object to_json(contest const& what, row const& who)
{
    json::object made;
    made["client"] = who.who->name;
    made["title"] = who.title;
    made["concurrent"] = who.concurrent;
    made["threads"] = who.threads;
    if (!who.measured()) {
        made["skipped"] = who.skipped;
        return made;
    }
    made["requests_a_round"] = who.samples.front().requests;
    std::uint64_t failures = 0;
    std::uint64_t opened = 0;
    for (auto const& each : who.samples) {
        failures += each.failures;
        opened += each.opened;
    }
    made["failures"] = failures;
    made["connections_opened"] = opened;
    made["requests_per_second"] = to_json(who.of(&sample::requests_per_second));
    made["cpu_us"] = to_json(who.of(&sample::cpu_us));
    made["p50_us"] = to_json(who.of(&sample::p50_us));
    made["p99_us"] = to_json(who.of(&sample::p99_us));
    made["rss_mib"] = to_json(who.of(&sample::rss_mib));
    made["peak_rss_mib"] = to_json(who.of(&sample::peak_rss_mib));
    if (what.floor_of(who).measured())
        made["cpu_against_raw_loop"] = to_json(who.ratio(what.floor_of(who)));
    json::array rounds;
    for (auto const& each : who.samples)
        rounds.push_back(to_json(each));
    made["rounds"] = std::move(rounds);
    return made;
}

json::object to_json(contest const& what)
{
    json::object made;
    made["name"] = what.name;
    made["title"] = what.title;
    made["connections"] = what.connections;
    json::array rows;
    for (auto const& each : what.rows)
        rows.push_back(to_json(what, each));
    made["rows"] = std::move(rows);
    return made;
}

json::object to_json(verdict const& from)
{
    json::object made;
    made["target"] = from.what;
    made[from.at_least ? "at_least" : "at_most"] = from.limit;
    if (from.figure)
        made["figure"] = *from.figure;
    else
        made["figure"] = nullptr;
    if (from.spread)
        made["spread"] = to_json(*from.spread);
    made["unit"] = from.unit;
    made["verdict"] = from.word();
    return made;
}

json::object to_json(setup const& from)
{
    json::object made;
    made["processor"] = from.processor;
    made["server"] = from.server;
    made["placement"] = from.placement;
    made["load_at_start"] = from.load;
    made["rounds"] = from.rounds;
    made["compiler"] = __VERSION__;
    made["boost"] = BOOST_LIB_VERSION;
    made["openssl"] = OpenSSL_version(OPENSSL_VERSION);
    json::object missing;
    for (auto const& each : *from.clients)
        if (!each.missing.empty())
            missing[each.name] = each.missing;
    made["missing_clients"] = std::move(missing);
    return made;
}

} // namespace

void write_json(std::filesystem::path const& to, setup const& about, std::vector<contest> const& contests,
                std::vector<verdict> const& verdicts)
{
    json::array cases;
    for (auto const& each : contests)
        cases.push_back(to_json(each));
    json::array targets;
    for (auto const& each : verdicts)
        targets.push_back(to_json(each));
    json::object all;
    all["setup"] = to_json(about);
    all["cases"] = std::move(cases);
    all["targets"] = std::move(targets);
    std::ofstream file{to};
    if (!(file << json::serialize(all) << '\n' << std::flush))
        throw std::runtime_error{"cannot write " + to.string()};
}

} // namespace rtkhooks::bench
