// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Reading answers, against Boost.JSON's reading of the same bytes into a tree; and writing a body.
#include "fixtures/responses.hpp"
#include "model/decode.hpp"
#include "model/encode.hpp"
#include "processor_time.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <string_view>

using namespace rtkhooks;

namespace {

constexpr std::size_t max_depth = 32;
constexpr int list_size = 1000;

/// The answer to a list of so many webhooks, each with an id and a url of its own.
std::string list_answer()
{
    std::string_view const one = test::responses::webhook;
    auto const begin = one.find('{', 1);
    auto const end = one.find('}') + 1;
    std::string text = "{\"data\": [";
    for (int i = 0; i != list_size; ++i) {
        if (i != 0)
            text += ", ";
        auto number = std::to_string(i);
        number.insert(0, 4 - number.size(), '0');
        std::string item{one.substr(begin, end - begin)};
        item.replace(item.find(test::responses::webhook_id), number.size(), number);
        item.insert(item.find("/audit") + 6, number);
        text += item;
    }
    return text + "], \"success\": true}";
}

void decode_one(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(model::decode_webhook_answer(test::responses::webhook, max_depth));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(test::responses::webhook.size()));
}
BENCHMARK(decode_one);

void parse_one(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(boost::json::parse(test::responses::webhook));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(test::responses::webhook.size()));
}
BENCHMARK(parse_one);

void decode_list(benchmark::State& state)
{
    auto const text = list_answer();
    if (auto const read = model::decode_list_answer(text, max_depth); !read || read->size() != list_size)
        throw std::logic_error{"the list is not read"};
    for (auto _ : state)
        benchmark::DoNotOptimize(model::decode_list_answer(text, max_depth));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode_list)->Unit(benchmark::kMicrosecond);

void parse_list(benchmark::State& state)
{
    auto const text = list_answer();
    for (auto _ : state)
        benchmark::DoNotOptimize(boost::json::parse(text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_list)->Unit(benchmark::kMicrosecond);

/// Both by turns, so that whatever else the machine does slows them alike. `speed` is that of decoding, as a share of
/// parsing's.
void decode_against_parse(benchmark::State& state)
{
    auto const text = list_answer();
    double decoding = 0;
    double parsing = 0;
    for (auto _ : state) {
        auto const begin = bench::processor_seconds();
        benchmark::DoNotOptimize(model::decode_list_answer(text, max_depth));
        auto const middle = bench::processor_seconds();
        benchmark::DoNotOptimize(boost::json::parse(text));
        decoding += middle - begin;
        parsing += bench::processor_seconds() - middle;
    }
    state.counters["speed"] = parsing / decoding;
}
BENCHMARK(decode_against_parse)->Unit(benchmark::kMicrosecond);

void encode_spec(benchmark::State& state)
{
    webhook_spec const spec{"Audit trail", "https://hooks.example.com/audit", event_set::all()};
    for (auto _ : state) {
        std::string text;
        model::append_json(text, spec);
        benchmark::DoNotOptimize(text);
    }
}
BENCHMARK(encode_spec);

} // namespace
