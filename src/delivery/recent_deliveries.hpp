// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/event.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace rtkhooks::delivery {

/// SHA-256 of a delivery's body.
using body_digest = std::array<unsigned char, 32>;
/// @throws std::bad_alloc where OpenSSL cannot
[[nodiscard]] body_digest digest_of(std::string_view body);

struct body_digest_hash {
    [[nodiscard]] std::size_t operator()(body_digest const& value) const noexcept
    {
        std::size_t result = 0; // the digest is as good as a hash can be
        std::memcpy(&result, value.data(), sizeof result);
        return result;
    }
};

/// Where the same bytes may be another event, because nothing in it tells one time from another: what it is about, which
/// is its name and its stream, if it has one. Nothing where they are the same event, whenever they come.
/// @throws std::bad_alloc
[[nodiscard]] std::optional<body_digest> series_of(event const& what);

/// Tells one event of a series from another that has the same body: what comes after another body of its series is new,
/// as a stream is that is `LIVE` after it was `OFFLINE`. Knows so many series, and each for so long.
class series_turns {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// @param most 1 at least
    series_turns(std::size_t most, duration age) : most_{most}, age_{age} {}
    series_turns(series_turns const&) = delete;
    series_turns& operator=(series_turns const&) = delete;

    /// @return to be used as a body's digest: the same as the last time where no other body of the series came since
    [[nodiscard]] body_digest digest_in_turn(body_digest const& series, body_digest const& body, time_point now);
    [[nodiscard]] std::size_t size() const noexcept { return turns_.size(); }

private:
    struct turn {
        turn(body_digest const& which, body_digest const& latest, std::uint64_t count, time_point when)
            : series{which}, body{latest}, number{count}, since{when}
        {
        }
        body_digest series;
        body_digest body; // that came last
        std::uint64_t number;
        time_point since;
    };

    void forget_oldest() noexcept;

    std::size_t most_;
    duration age_;
    std::uint64_t turns_so_far_ = 0; // of all series, so that one which was forgotten does not begin again
    std::list<turn> turns_;          // the one that has been silent longest first
    std::unordered_map<body_digest, std::list<turn>::iterator, body_digest_hash> by_series_;
};

/// Whether the same body is the same delivery.
/// @param id and `other`: empty where it has none, as where it was taken off what is sent again by somebody else
/// @param since how long after the one the other came
/// @param same_body_for for how long it is, unless both have the same id
[[nodiscard]] bool is_same_delivery(std::string_view id, std::string_view other,
                                    std::chrono::steady_clock::duration since,
                                    std::chrono::steady_clock::duration same_body_for) noexcept;

/// The deliveries that were handled, to recognize them when they come again (F13, P52): by the body, which is signed,
/// and by the delivery's id, which is not, but stays the same where the sender writes the body anew. Remembers so many,
/// and for so long.
class recent_deliveries {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    recent_deliveries(std::size_t most, duration age) : most_{most}, age_{age} {}
    recent_deliveries(recent_deliveries const&) = delete;
    recent_deliveries& operator=(recent_deliveries const&) = delete;

    /// Whether one has that id. None has an empty one.
    [[nodiscard]] bool contains(std::string_view id, time_point now);
    /// @param id empty: it has none
    /// @param same_body_for for how long the same body is the same delivery without having the same id
    [[nodiscard]] bool contains(body_digest const& body, std::string_view id, time_point now, duration same_body_for);
    /// Remembers one. The oldest makes room.
    void add(body_digest const& body, std::string id, time_point now);
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct entry {
        entry(body_digest const& what, std::string named, time_point when)
            : body{what}, id{std::move(named)}, since{when}
        {
        }
        body_digest body;
        std::string id;
        time_point since;
    };

    void forget_oldest() noexcept;

    std::size_t most_;
    duration age_;
    std::deque<entry> entries_;                                              // the oldest first; the ids are read there
    std::unordered_map<body_digest, entry const*, body_digest_hash> bodies_; // the latest of each
    std::unordered_set<std::string_view> ids_;
};

} // namespace rtkhooks::delivery
