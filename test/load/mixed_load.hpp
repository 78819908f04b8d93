// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "integration/scripted_server.hpp"

#include <rtkhooks/client.hpp>
#include <rtkhooks/config.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace rtkhooks::test {

/// How often each call's request has reached the server. Memory that a forked server shares.
class ledger {
public:
    explicit ledger(std::uint64_t calls);
    ~ledger();
    ledger(ledger const&) = delete;
    ledger& operator=(ledger const&) = delete;

    struct entry {
        std::atomic<std::uint8_t> arrivals;
        std::atomic<std::uint8_t> refusals; ///< those that were answered by 429: not processed
    };
    [[nodiscard]] entry& operator[](std::uint64_t call) const noexcept { return entries_[call]; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
    entry* entries_;
    std::uint64_t size_;
};

/// Answers calls with a webhook that bears their number, and now and then does something else instead: closes, resets,
/// cuts, mangles, stalls, refuses, or closes behind a good answer. Some answers without a fault come in pieces.
/// @param faults of a thousand requests
[[nodiscard]] scripted_server::script faulty_script(ledger& book, unsigned faults);

/// The configuration that reaches a server, with retries as by default, but soon.
[[nodiscard]] client_config with_retries(client_config config);

/// What became of calls.
class tally {
public:
    void succeeded() { ++successes_; }
    void failed(error const& how);
    /// Something that must not be.
    void violated(std::string what);

    [[nodiscard]] std::uint64_t calls() const;
    [[nodiscard]] std::uint64_t successes() const { return successes_; }
    /// The first violation, or nothing.
    [[nodiscard]] std::string violation() const;
    /// How many of each kind, in one line.
    [[nodiscard]] std::string summary() const;

private:
    std::atomic<std::uint64_t> successes_ = 0;
    mutable std::mutex mutex_; // guards what follows
    std::map<std::string, std::uint64_t> failures_;
    std::uint64_t violations_ = 0;
    std::string first_violation_;
};

/// Makes calls of all operations, many at a time, and waits until they have ended. Checks that each answer is that of its
/// own call, that each error is one that the server's faults can bring, and that each request arrived no more often than
/// it was tried.
/// @param where callers run: more threads than this one
/// @param callers how many calls are made at a time
/// @param first of the ledger
/// @param end behind the last
void make_calls(webhook_collection const& hooks, boost::asio::any_io_executor const& where, unsigned callers,
                ledger& book, std::uint64_t first, std::uint64_t end, tally& counts);

/// Once nothing is under way: that no request that must not be repeated was.
void check_arrivals(ledger const& book, std::uint64_t end, tally& counts);

} // namespace rtkhooks::test
