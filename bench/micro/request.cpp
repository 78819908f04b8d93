// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// From an id to the bytes of a request.
#include "http/request.hpp"
#include "integration/ids.hpp"

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

using namespace rtkhooks;

namespace {

std::string const collection =
    std::string{"/client/v4/accounts/"} + test::account + "/realtime/kit/" + test::app + "/webhooks";

std::string item_target(std::string const& id)
{
    if (http::why_no_path_segment("id", id))
        throw std::logic_error{"the id is refused"};
    auto target = collection + '/';
    http::append_path_segment(target, id);
    return target;
}

void build_path(benchmark::State& state)
{
    std::string const id = test::some_id;
    for (auto _ : state)
        benchmark::DoNotOptimize(item_target(id));
}
BENCHMARK(build_path);

void build_request(benchmark::State& state)
{
    http::header_list constant;
    constant.emplace_back("Host", "api.cloudflare.com");
    constant.emplace_back("Authorization", std::string{"Bearer "} + test::token);
    constant.emplace_back("User-Agent", "rtkhooks/0.1");
    constant.emplace_back("Accept", "application/json");
    http::request_builder const builder{constant};
    auto const target = item_target(test::some_id);
    for (auto _ : state)
        benchmark::DoNotOptimize(builder.build(http::method::get, target, {}, {}));
}
BENCHMARK(build_request);

} // namespace
