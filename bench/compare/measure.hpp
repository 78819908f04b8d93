// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// What the clients that are compared share: options, the token, measuring, the report. The clients in other languages
/// take the same options and print the same line.

namespace rtkhooks::bench {

using clock = std::chrono::steady_clock;

/// Opens nothing: the servers here take any.
inline constexpr char const* token = "bench-token-0123456789abcdefghijklmnopqr";
/// The server listens here, and its certificate is for this address: nobody looks up a name.
inline constexpr char const* host = "127.0.0.1";
/// What the answers have, and every client that decodes checks.
inline constexpr std::size_t id_length = 36;
inline constexpr std::size_t event_count = 9;
inline constexpr std::size_t list_length = 1000;

/// What is created.
inline constexpr char const* created_name = "Audit trail";
inline constexpr char const* created_url = "https://hooks.example.com/audit";
inline constexpr char const* event_names[event_count]{
    "meeting.started",    "meeting.ended",          "meeting.participantJoined",  "meeting.participantLeft",
    "meeting.chatSynced", "recording.statusUpdate", "livestreaming.statusUpdate", "meeting.transcript",
    "meeting.summary",
};

enum class operation { get, list, create };

struct options {
    std::uint16_t port = 0;
    std::string ca_file;
    std::string target; ///< the path, for all requests
    operation what = operation::get;
    int status = 200;            ///< that every answer must have
    std::size_t connections = 1; ///< at most
    std::size_t concurrent = 1;  ///< calls at once; more than connections, where a client can make calls wait
    std::size_t requests = 1000;
    std::size_t warm_up = 100; ///< requests before the measured ones
    bool resume = true;        ///< TLS sessions, where the server closes
    std::size_t threads = 1;

    [[nodiscard]] bool fails() const noexcept { return status >= 400; }
};

/// Prints what is wrong and ends with 2 where the arguments are not these.
[[nodiscard]] options parse_options(int count, char** arguments);

/// Says on standard output that this client cannot do what was asked, and ends.
[[noreturn]] void skip(std::string_view why);

/// A number of requests, shared out among those that make them, and how long each took.
class batch {
public:
    explicit batch(std::size_t requests) : latencies_(requests) {}

    [[nodiscard]] std::size_t size() const noexcept { return latencies_.size(); }
    /// Whether there is another one to make.
    [[nodiscard]] bool take() noexcept { return taken_.fetch_add(1, std::memory_order_relaxed) < size(); }
    /// One is over.
    void done(clock::time_point began, bool as_expected) noexcept
    {
        auto const took = std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - began).count();
        latencies_[done_.fetch_add(1, std::memory_order_relaxed)] = static_cast<float>(took) / 1000;
        if (!as_expected)
            failures_.fetch_add(1, std::memory_order_relaxed);
    }
    [[nodiscard]] bool complete() const noexcept { return done_.load(std::memory_order_relaxed) == size(); }

    [[nodiscard]] std::size_t failures() const noexcept { return failures_; }
    /// In µs, of those done. 0 to 1.
    [[nodiscard]] double latency_quantile(double share);

private:
    std::vector<float> latencies_; // in µs
    std::atomic<std::size_t> taken_ = 0;
    std::atomic<std::size_t> done_ = 0;
    std::atomic<std::size_t> failures_ = 0;
};

/// Connections made during a batch.
struct connection_counts {
    std::uint64_t opened = 0;
    std::optional<std::uint64_t> resumed; ///< nothing where the client does not tell
};

/// Time and processor time, from its making on.
class stopwatch {
public:
    stopwatch();
    [[nodiscard]] double wall_seconds() const;
    [[nodiscard]] double cpu_seconds() const;

private:
    clock::time_point began_;
    double cpu_;
};

/// Prints the one line of JSON that the driver reads.
void report(batch& measured, double wall_seconds, double cpu_seconds, connection_counts counts);

/// Makes the warm-up's requests, then the measured ones, and reports these.
/// @param make_requests called with a batch; returns the connections it made when the batch is complete
template <class MakeRequests>
void measure(options const& asked, MakeRequests make_requests)
{
    batch warm_up{asked.warm_up};
    make_requests(warm_up);
    batch measured{asked.requests};
    stopwatch const watch;
    connection_counts const counts = make_requests(measured);
    auto const cpu = watch.cpu_seconds();
    report(measured, watch.wall_seconds(), cpu, counts);
}

} // namespace rtkhooks::bench
