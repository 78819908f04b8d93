// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "policy/key_schedule.hpp"
#include "transport/operation.hpp"
#include "transport/pool.hpp"

#include <rtkhooks/key_store.hpp>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::delivery {

/// What a key store works with besides its configuration. The defaults are the real thing; tests put others in.
struct key_environment {
    key_environment() = default;

    transport::clock_factory make_clock = transport::make_steady_clock;
    transport::lookup_function lookup = transport::system_lookup;
    /// What certificates are checked against instead of the time of day.
    std::optional<std::time_t> verification_time;
};

/// The keys as they are now.
using key_list = std::shared_ptr<std::vector<public_key> const>;

/// The keys of one store, and the fetch that all who need one wait for. For any thread.
class key_keeper : public std::enable_shared_from_this<key_keeper> {
public:
    using schedule = policy::key_schedule;
    using fetch_number = schedule::fetch_number;

    /// One who waits for a fetch. Waits once.
    class waiter {
    public:
        explicit waiter(std::shared_ptr<key_keeper> owner);
        ~waiter();
        waiter(waiter const&) = delete;
        waiter& operator=(waiter const&) = delete;

        /// @param has_key whether it is for a delivery that does not fit the keys, and so does not wait for long where
        ///        many do
        /// @return whether there is nothing to wait for. If not, the caller awaits operation::wait()
        [[nodiscard]] bool begin(transport::time_point deadline, bool has_key);
        /// Whether it ended because a fetch did.
        [[nodiscard]] bool landed() const;
        [[nodiscard]] transport::operation& operation() noexcept { return operation_; }

    private:
        friend class key_keeper;

        std::shared_ptr<key_keeper> owner_;
        transport::operation operation_;
        bool listed_ = false; // the keeper's lock guards this and the next
        bool landed_ = false;
    };

    key_keeper(boost::asio::any_io_executor executor, key_store_config config, key_environment world);
    explicit key_keeper(std::vector<public_key> pinned);

    [[nodiscard]] bool is_pinned() const noexcept { return pool_ == nullptr; }
    [[nodiscard]] transport::time_point check_deadline() const;

    /// The keys that may be used now, the newest first; and has them fetched where it is time to, which nobody waits
    /// for.
    [[nodiscard]] key_list usable();
    [[nodiscard]] fetch_number latest() const;

    enum class step { try_again, wait, refuse, accept_mismatch };
    /// What is to be done where a delivery could not be decided.
    /// @param tried the keys that did not do; empty where there was none
    /// @param since what latest() was when it came
    [[nodiscard]] step next(key_list const& tried, fetch_number since);
    /// Begins a fetch unless one is under way.
    void fetch_now();
    /// Why the last fetch failed, or nothing.
    [[nodiscard]] std::optional<error> last_failure() const;
    [[nodiscard]] bool closed() const;

    void count(verdict what);
    [[nodiscard]] key_store_stats stats() const;
    void close();

private:
    struct held_key {
        public_key key;
        schedule::key_times times;
        transport::time_point since; // when the address is known to have had it first, or again
    };
    using kept_time = std::optional<std::chrono::seconds>; // of what a cache had kept

    // All of these under the lock.
    [[nodiscard]] key_list usable_at(transport::time_point now);
    [[nodiscard]] bool many_wait() const noexcept;
    [[nodiscard]] bool is_outdated(public_key const& fetched, kept_time kept, transport::time_point now) const;
    bool keep(public_key const& fetched, kept_time kept, transport::time_point now);
    [[nodiscard]] bool was_seen(public_key const& fetched) const;
    void land();
    [[nodiscard]] bool begin_fetch(schedule::reason why, transport::time_point now);

    void start_fetch();
    void fetched(result<public_key> const& outcome, kept_time kept);
    void raise_alarm(error const& why) noexcept;

    error const out_of_memory_{errc::resource_exhausted}; // made while there is some
    key_store_config const config_;
    std::string request_;
    std::shared_ptr<transport::pool> pool_; // none where the keys are pinned

    mutable std::mutex mutex_; // guards what follows; the pool's lock may be taken under it, and never the reverse
    schedule schedule_;
    std::vector<held_key> held_;   // the one that was fetched last in front
    std::vector<public_key> seen_; // some that were fetched, the one that was new last at the end
    key_list usable_;
    std::vector<waiter*> waiting_;
    std::optional<error> last_failure_;
    key_store_stats counted_;
    bool closed_ = false;
};

} // namespace rtkhooks::delivery
