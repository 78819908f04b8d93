// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "policy/quota.hpp"

#include <rtkhooks/config.hpp>

#include <boost/circular_buffer.hpp>
#include <boost/container/static_vector.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rtkhooks::policy {

/// The right to make one request.
struct turn {
    std::uint64_t number = 0; ///< in the order in which they were taken or, after that, used; from 1. 0: none
    bool used = false;
};

/// Tells when requests may be made so that no window of time ever holds more than the agreed number of them, wherever
/// it begins: where so many turns count, the next comes a window after the earliest of them. A turn counts from when its
/// request goes out or, until then and where that takes longer than a window, from when it was taken. Where the server says
/// that it has less left, its word counts.
/// Not synchronised: its owner's lock guards it.
class pacer {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit pacer(client_config::rate_limit_config const& config);

    /// When there is a turn, as things are. Never before that of those ahead.
    /// @param ahead how many others have theirs first
    [[nodiscard]] time_point available(std::size_t ahead, time_point now) const;
    /// Takes the turn that is available now.
    [[nodiscard]] turn take(time_point now);
    /// The request that a turn was taken for goes out only now: until then the server has not counted it.
    /// @return whether turns behind it come later now
    bool use(turn& which, time_point now) noexcept;
    /// The request that a turn was taken for was never sent: another may be, now. The turn is none afterwards.
    void give_back(turn& which) noexcept;
    /// An answer tells what the server's own count leaves. Turns taken since may not be counted in it yet.
    /// @param answered the turn of that request, as it was used: what an earlier one says is out of date
    void correct(quota_list const& quotas, turn const& answered, time_point now);
    /// The server has refused a request and asks for a pause. Whichever it was, and whatever other answers say is left,
    /// there is no turn until that is over.
    void block(std::chrono::seconds pause, time_point now) noexcept;
    /// How many of the turns that were taken should not have been, by what the server has said since. As many of those
    /// whose request is not sent yet are to be given back.
    [[nodiscard]] std::size_t excess(time_point now) const noexcept;

private:
    struct hold {
        time_point until;
        std::int64_t left;
    };

    /// One that counts.
    struct counted {
        time_point from;
        std::uint64_t number;
        bool used;
    };
    using counted_list = boost::circular_buffer<counted>;

    [[nodiscard]] counted_list::iterator find(turn const& which) noexcept;
    void remove(counted_list::iterator which) noexcept;

    counted_list turns_;      // in the order of their times, and numbers
    std::int64_t unused_ = 0; // of all that were taken and not given back, those that count no more too
    std::size_t most_;
    std::chrono::milliseconds window_;
    std::uint64_t taken_ = 0;
    std::uint64_t corrected_by_ = 0;
    time_point blocked_until_;
    boost::container::static_vector<hold, most_quotas> holds_;
};

} // namespace rtkhooks::policy
