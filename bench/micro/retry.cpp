// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What is decided when an attempt has failed: whether there is another, whether the budget has it, and when.
#include "policy/retry.hpp"

#include <benchmark/benchmark.h>

#include <iterator>
#include <vector>

using namespace rtkhooks;

namespace {

std::vector<policy::attempt_outcome> outcomes()
{
    std::vector<policy::attempt_outcome> all;
    for (int const status : {404, 429, 503})
        all.emplace_back().status = status;
    auto& lost = all.emplace_back();
    lost.transient = true;
    lost.state = request_state::unknown;
    auto& stale = all.emplace_back(lost);
    stale.stale_connection = true;
    auto& unsafe = all.emplace_back(lost);
    unsafe.idempotent = false;
    return all;
}

void decide_on_retry(benchmark::State& state)
{
    client_config::retry_config const config;
    policy::retry_budget budget{config};
    auto const all = outcomes();
    std::size_t next = 0;
    std::uint64_t random = 1;
    for (auto _ : state) {
        auto const& outcome = all[next++ % all.size()];
        benchmark::DoNotOptimize(outcome);
        budget.call_made();
        if (policy::may_retry(outcome) == policy::permission::after_pause && budget.take())
            benchmark::DoNotOptimize(
                policy::backoff(config, next % 4, outcome.retry_after, random *= 6364136223846793005u));
    }
}
BENCHMARK(decide_on_retry);

} // namespace
