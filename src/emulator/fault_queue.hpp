// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>

namespace rtkhooks::emulation {

/// Answered with a status instead of being carried out.
struct fail_fault {
    int status = 500;
    std::optional<std::chrono::seconds> retry_after;
};
/// Carried out, and the connection closed instead of an answer.
struct drop_fault {};
/// Carried out, and answered after a time.
struct delay_fault {
    std::chrono::milliseconds time{};
};
using fault = std::variant<fail_fault, drop_fault, delay_fault>;

/// What shall go wrong with the next requests, in the order in which it was asked for. For several threads.
class fault_queue {
public:
    void add(fault what, std::size_t count);
    /// What the next request meets.
    [[nodiscard]] std::optional<fault> take();

private:
    struct entry {
        fault what;
        std::size_t count;
    };

    std::mutex mutex_;
    std::deque<entry> entries_;
};

} // namespace rtkhooks::emulation
