// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "load/mixed_load.hpp"

#include "fixtures/responses.hpp"
#include "integration/ids.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <sys/mman.h>

#include <array>
#include <future>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks::test {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;
using boost::asio::awaitable;

constexpr std::string_view header = "X-Call";
constexpr int most_retries = 2;
constexpr int most_replacements = 1;

enum class operation { get, replace, remove, create, edit };

/// Scatters numbers over all of their range (the finalizer of MurmurHash3).
std::uint32_t scatter(std::uint64_t value)
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdU;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53U;
    value ^= value >> 33;
    return static_cast<std::uint32_t>(value);
}

operation operation_of(std::uint64_t call) { return static_cast<operation>(scatter(call) % 5); }
bool is_idempotent(operation which) { return which != operation::create && which != operation::edit; }

std::string name_of(std::uint64_t call) { return "call-" + std::to_string(call); }

std::string good_answer_to(std::uint64_t call, std::string_view headers = {})
{
    return http_answer(200,
                       R"({"success":true,"data":{"id":"7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13","name":")" +
                           name_of(call) +
                           R"(","url":"https://example.com/","events":["meeting.started"],"enabled":true,)"
                           R"("created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}})",
                       headers);
}

std::uint64_t call_of(std::string_view request)
{
    auto const line = "\r\n" + std::string{header} + ": ";
    auto const begin = request.find(line);
    if (begin == request.npos)
        throw scripted_server::over{};
    return std::stoull(std::string{request.substr(begin + line.size(), 20)});
}

/// Whether the server's faults can bring it.
bool is_possible(errc code)
{
    constexpr std::array possible{errc::connection_lost, errc::timed_out,     errc::server_error, errc::rate_limited,
                                  errc::protocol_error,  errc::not_found,     errc::tls_failed,   errc::decode_failed,
                                  errc::invalid_request, errc::limit_exceeded};
    for (auto const each : possible)
        if (each == code)
            return true;
    return false;
}

/// One call.
/// @param info is filled in
/// @return what its answer calls the webhook; empty for a removal
awaitable<result<std::string>> make_call(webhook_collection hooks, std::uint64_t call, call_info& info)
{
    auto options = call_options{}.header(std::string{header}, std::to_string(call)).info(&info);
    webhook_spec spec{name_of(call), "https://example.com/", event_set::all()};
    auto const name = [](result<webhook> const& got) -> result<std::string> {
        if (got.has_error())
            return got.error();
        return got->name;
    };
    switch (operation_of(call)) {
    case operation::get: {
        auto const got = co_await hooks.get(some_id, std::move(options));
        co_return name(got);
    }
    case operation::replace: {
        auto const got = co_await hooks.replace(some_id, std::move(spec), std::move(options));
        co_return name(got);
    }
    case operation::create: {
        auto const got = co_await hooks.create(std::move(spec), std::move(options));
        co_return name(got);
    }
    case operation::edit: {
        auto const got = co_await hooks.edit(some_id, webhook_patch{}.enabled(true), std::move(options));
        co_return name(got);
    }
    default: {
        auto const got = co_await hooks.remove(some_id, std::move(options));
        if (got.has_error())
            co_return got.error();
        co_return std::string{};
    }
    }
}

void judge(result<std::string> const& got, call_info const& info, std::uint64_t call, ledger::entry const& entry,
           tally& counts)
{
    auto const arrivals = entry.arrivals.load();
    if (arrivals > info.attempts)
        counts.violated(name_of(call) + " arrived more often than it was tried");
    if (info.attempts > 1 + most_retries + most_replacements)
        counts.violated(name_of(call) + " was tried " + std::to_string(info.attempts) + " times");
    if (got.has_value()) {
        counts.succeeded();
        if (arrivals == 0)
            counts.violated(name_of(call) + " succeeded, and the server has not heard of it");
        if (!got->empty() && *got != name_of(call))
            counts.violated(name_of(call) + " has the answer to " + *got);
        return;
    }
    auto const& problem = got.error();
    counts.failed(problem);
    if (!is_possible(static_cast<errc>(problem.code().value())))
        counts.violated(name_of(call) + ": " + problem.message());
    if (problem.request_state() == request_state::unsent && arrivals != 0)
        counts.violated(name_of(call) + " is said to be unsent, and arrived: " + problem.message());
    if (info.attempts != problem.attempts())
        counts.violated(name_of(call) + " was tried otherwise than it says: " + problem.message());
}

struct work {
    webhook_collection hooks;
    ledger& book;
    tally& counts;
    std::atomic<std::uint64_t> next;
    std::uint64_t end;
};

awaitable<void> call_again_and_again(work& all)
{
    for (auto call = all.next++; call < all.end; call = all.next++) {
        call_info info;
        auto const got = co_await make_call(all.hooks, call, info);
        judge(got, info, call, all.book[call], all.counts);
    }
}

} // namespace

// ---- ledger

ledger::ledger(std::uint64_t calls) : size_{calls}
{
    auto* const memory = ::mmap(nullptr, calls * sizeof(entry), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc{};
    entries_ = new (memory) entry[calls]{};
}

ledger::~ledger() { ::munmap(entries_, size_ * sizeof(entry)); }

// ---- server

namespace {

void misbehave(scripted_server::session& connection, ledger::entry& entry, std::uint64_t call, std::uint32_t chance)
{
    auto const good = good_answer_to(call);
    auto const more = chance / 12;
    switch (chance % 12) {
    case 0:
        connection.send_close_notify();
        return connection.close();
    case 1:
        return connection.close();
    case 2:
        return connection.reset();
    case 3:
        connection.send(std::string_view{good}.substr(0, more % good.size()));
        return connection.close();
    case 4:
        return connection.send(http_answer(503, "<html>busy</html>"));
    case 5:
        ++entry.refusals;
        return connection.send(http_answer(429, "", "Retry-After: 0\r\n"));
    case 6:
        return connection.send(http_answer(500, responses::bad_request));
    case 7:
        connection.send_raw(std::string(100, 'x'));
        return connection.wait_for_close();
    case 8:
        connection.send(good_answer_to(call, "Transfer-Encoding: chunked\r\n"));
        return connection.wait_for_close();
    case 9:
        connection.send(good);
        return more % 2 == 0 ? connection.close() : connection.reset();
    case 10:
        connection.send(good_answer_to(call, "Connection: close\r\n"));
        return connection.close();
    default:
        if (more % 8 != 0) // rare, as it takes all of an attempt's time
            return connection.send(http_answer(404, ""));
        return connection.wait_for_close();
    }
}

} // namespace

scripted_server::script faulty_script(ledger& book, unsigned faults)
{
    return [&book, faults](scripted_server::session& connection) {
        for (;;) {
            auto const call = call_of(connection.read_request());
            auto& entry = book[call];
            auto const arrivals = ++entry.arrivals;
            auto const chance = scatter(call * 256 + arrivals);
            if (chance % 1000 < faults)
                misbehave(connection, entry, call, chance / 1000);
            else if (chance % 101 == 0)
                connection.send_in_pieces(good_answer_to(call), static_cast<std::uint32_t>(chance / 1000));
            else
                connection.send(good_answer_to(call));
        }
    };
}

client_config with_retries(client_config config)
{
    config.retry = {};
    config.retry.max_retries = most_retries;
    config.retry.base_delay = 1ms;
    config.retry.max_delay = 10ms;
    config.timeouts.attempt = 1s;
    return config;
}

// ---- tally

void tally::failed(error const& how)
{
    std::lock_guard const lock{mutex_};
    ++failures_[how.code().message()];
}

void tally::violated(std::string what)
{
    std::lock_guard const lock{mutex_};
    if (violations_++ == 0)
        first_violation_ = std::move(what);
}

std::uint64_t tally::calls() const
{
    std::lock_guard const lock{mutex_};
    auto total = successes_.load();
    for (auto const& [name, count] : failures_)
        total += count;
    return total;
}

std::string tally::violation() const
{
    std::lock_guard const lock{mutex_};
    if (violations_ == 0)
        return {};
    return first_violation_ + " (and " + std::to_string(violations_ - 1) + " more)";
}

std::string tally::summary() const
{
    std::lock_guard const lock{mutex_};
    auto text = std::to_string(successes_) + " succeeded";
    for (auto const& [name, count] : failures_)
        text += ", " + std::to_string(count) + ' ' + name;
    return text;
}

// ---- calls

void make_calls(webhook_collection const& hooks, net::any_io_executor const& where, unsigned callers, ledger& book,
                std::uint64_t first, std::uint64_t end, tally& counts)
{
    work all{hooks, book, counts, {first}, end};
    std::vector<std::future<void>> running;
    for (unsigned i = 0; i != callers; ++i)
        running.push_back(net::co_spawn(where, call_again_and_again(all), net::use_future));
    for (auto& each : running)
        each.get();
}

void check_arrivals(ledger const& book, std::uint64_t end, tally& counts)
{
    for (std::uint64_t call = 0; call != end; ++call) {
        auto const& entry = book[call];
        if (!is_idempotent(operation_of(call)) && entry.arrivals > entry.refusals + 1)
            counts.violated(name_of(call) + " must not be repeated, and arrived " + std::to_string(entry.arrivals) +
                            " times");
    }
}

} // namespace rtkhooks::test
