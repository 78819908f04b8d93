// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/emulator.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace rtkhooks::emulation {

/// What became of the deliveries: of all that are pending, and of the last of those that are not. For several threads.
class delivery_log {
public:
    /// @param finished how many of those that are at their end are kept
    explicit delivery_log(std::size_t finished) : most_finished_{finished} {}

    void add(emulator_delivery what);
    /// Notes an attempt, and how the delivery stands then.
    /// @param id of a pending one
    void record(std::string const& id, emulator_delivery::attempt what, emulator_delivery::state then);

    /// Oldest first.
    [[nodiscard]] std::vector<emulator_delivery> list() const;
    [[nodiscard]] std::uint64_t total() const; ///< ever added
    [[nodiscard]] std::size_t pending() const;
    /// @return whether none was pending in time
    [[nodiscard]] bool wait_until_none_is_pending(std::chrono::milliseconds patience) const;

    /// As `{"success":true,"data":[…]}`.
    /// @param grant asked with the text's size before any memory is taken; where it says no, the result is empty
    template <class Grant>
    [[nodiscard]] std::string to_json(Grant grant) const;

private:
    using entries = std::list<emulator_delivery>;

    void append_json(std::string& out) const;
    [[nodiscard]] std::size_t measure_json() const;

    std::size_t most_finished_;
    mutable std::mutex mutex_;
    mutable std::condition_variable none_pending_;
    entries all_;
    std::unordered_map<std::string, entries::iterator> pending_;
    std::deque<entries::iterator> finished_; // in the order in which they came to their end
    std::uint64_t total_ = 0;
};

/// A delivery as the log shows it: `{"id":…,"webhook_id":…,"event":…,"outcome":…,"attempts":[{"status":…,"error":…}]}`.
/// Status and error are null where there is none.
void append_json(std::string& out, emulator_delivery const& what);

template <class Grant>
std::string delivery_log::to_json(Grant grant) const
{
    std::lock_guard const lock{mutex_};
    std::string text;
    auto const size = measure_json();
    if (!grant(size))
        return text;
    text.reserve(size);
    append_json(text);
    return text;
}

} // namespace rtkhooks::emulation
