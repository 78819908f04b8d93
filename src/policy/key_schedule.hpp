// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace rtkhooks::policy {

/// When published keys are fetched, how long they are used, and what a delivery that none of them fits is told.
/// Arithmetic on a given time: it fetches nothing itself.
///
/// That a signature does not match is final only where a fetch that began after the delivery came has confirmed the
/// keys. Otherwise the signer may have changed its key meanwhile, and its delivery would be lost.
class key_schedule {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct settings {
        settings() = default;
        duration refresh_after = std::chrono::hours{12};
        duration max_age = std::chrono::hours{7 * 24};
        duration refetch_interval = std::chrono::seconds{2};
        duration refetch_window = std::chrono::seconds{10};
        duration retry_interval = std::chrono::seconds{1};
        duration previous_key_for = std::chrono::hours{1};
        duration mismatch_wait = std::chrono::seconds{1};
    };

    /// When a key was last what the address says, and since when it is another.
    struct key_times {
        key_times() = default;
        time_point confirmed;
        std::optional<time_point> replaced;
    };

    /// Counts fetches. 0: none.
    using fetch_number = std::uint64_t;

    /// What is to be done for a delivery.
    enum class step {
        fetch,  ///< begin one, and wait for it
        wait,   ///< for the fetch under way
        refuse, ///< nothing can be known now
        accept_mismatch,
    };

    explicit key_schedule(settings what) : settings_{what} {}

    /// Whether a key may be used to check signatures.
    [[nodiscard]] bool may_use(key_times const& key, time_point now) const noexcept;

    /// What to do for a delivery that there is no key for.
    /// @param since the number that latest() had when the delivery came
    [[nodiscard]] step without_key(fetch_number since, time_point now) const noexcept;
    /// What to do for a delivery that fits none of the keys.
    /// @param many_wait whether so many wait for a fetch that another shall not for long
    [[nodiscard]] step after_mismatch(fetch_number since, time_point now, bool many_wait) const noexcept;
    /// Until when such a delivery waits for the fetch under way where many do. An address that does not answer would have
    /// forgeries stay, and keep those out that the keys fit.
    [[nodiscard]] time_point mismatch_waits_until() const noexcept { return *began_ + settings_.mismatch_wait; }
    /// Whether a fetch shall begin that nobody waits for.
    [[nodiscard]] bool refresh_due(key_times const& current, time_point now) const noexcept;

    enum class reason { no_key, mismatch, refresh };
    /// What a fetch brought: nothing, a key that was there, or a new one.
    enum class ending { failed, confirmed, changed };
    /// Only where none is under way.
    void fetch_began(reason why, time_point now) noexcept;
    /// @param kept whether it is what a cache had kept, so that the address may have another key
    void fetch_ended(ending how, bool kept) noexcept;

    [[nodiscard]] bool fetching() const noexcept { return fetching_; }
    /// The fetch that began last.
    [[nodiscard]] fetch_number latest() const noexcept { return latest_; }

private:
    [[nodiscard]] bool passed(std::optional<time_point> since, duration pause, time_point now) const noexcept;

    settings settings_;
    fetch_number latest_ = 0;
    fetch_number succeeded_ = 0; // the last that told what the keys are
    bool fetching_ = false;
    bool failing_ = false;         // whether the last fetch that ended failed
    reason why_ = reason::refresh; // of the fetch that began last
    std::optional<time_point> began_;
    std::optional<time_point> mismatch_began_;
    // When the last two began that a delivery caused and that brought nothing new, the earlier one in front.
    std::array<std::optional<time_point>, 2> fruitless_;
};

} // namespace rtkhooks::policy
