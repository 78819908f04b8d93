// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/delivery_log.hpp"
#include "emulator/signing_key.hpp"
#include "http/memory_budget.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::emulation {

/// How much an outbox holds and sends.
struct delivery_limits {
    std::size_t pending = 10'000;
    std::size_t finished = 1'000;          ///< kept in the log
    std::size_t memory = 16 * 1024 * 1024; ///< bytes of what is pending: bodies, urls and what goes with them
    std::size_t body = 1024 * 1024;        ///< bytes of one
    std::size_t at_once = 256;             ///< deliveries under way, for all receivers
    std::size_t at_once_per_webhook = 4;   ///< so that a slow receiver holds up no other
};

/// When a delivery is sent again, and when it is at its end.
/// @param status the answer's, or 0 where none came
/// @param attempts how many there were, this one included
/// @param retries how many may follow the first
[[nodiscard]] emulator_delivery::state judge(int status, std::size_t attempts, std::size_t retries) noexcept;

/// An event, ready to be sent: to every webhook the same bytes.
struct signed_event {
    std::string name;
    std::string body;
    std::string signature; ///< in base64
};

/// Whom an event goes to.
struct subscriber {
    std::string webhook_id;
    std::string url;
};

/// A delivery that is pending.
struct outgoing_delivery {
    std::string id;
    std::string webhook_id;
    std::string url;
    std::shared_ptr<signed_event const> what;
    std::shared_ptr<http::memory_budget::share> memory; ///< for all deliveries of the event
    std::size_t attempts = 0;
};
using outgoing_ptr = std::shared_ptr<outgoing_delivery>;

/// What is to be delivered, and in which order: no sockets, no clock of its own. Each webhook has a lane with its turn,
/// so that one whose receiver is slow holds up no other. Not for several threads, unless a member says so.
class outbox {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// @param retries how often a delivery is sent again
    /// @param pause before each of these
    outbox(std::size_t retries, std::chrono::milliseconds pause, delivery_limits limits = {});

    /// Signs an event with the key that is in use. For several threads.
    /// @throws rtkhooks::exception with `errc::invalid_argument` where the body is no event, or too long
    [[nodiscard]] std::shared_ptr<signed_event const> sign(std::string_view body);
    /// The keys to sign with. For several threads.
    [[nodiscard]] signing_key_ring& keys() noexcept { return keys_; }
    /// What became of it all. For several threads.
    [[nodiscard]] delivery_log const& log() const noexcept { return log_; }

    /// Takes an event for its subscribers.
    /// @return a pending delivery for each
    /// @throws rtkhooks::exception with `errc::queue_full` where there is no room for all of them; none is taken then
    std::vector<emulator_delivery> add(std::shared_ptr<signed_event const> what, std::vector<subscriber> to);

    /// Whether one may be sent now, save those that rest.
    [[nodiscard]] bool can_send() const noexcept { return !turns_.empty() && under_way_ < limits_.at_once; }
    /// The next one to send, if one may be sent now.
    [[nodiscard]] outgoing_ptr take(time_point now);
    /// Notes what came of sending it. It is at its end, or rests until it is sent again.
    /// @param hopeless whether another attempt would fail as this one has
    void record(outgoing_ptr const& what, emulator_delivery::attempt attempt, bool hopeless, time_point now);
    /// It is no longer under way: its lane may send another.
    void release(std::string const& webhook_id);
    /// When the next one that rests is to be sent.
    [[nodiscard]] std::optional<time_point> next_due() const;

private:
    struct lane {
        std::deque<outgoing_ptr> waiting;
        std::size_t under_way = 0;
        bool has_turn = false; // it is in turns_
    };
    struct rest {
        time_point until;
        outgoing_ptr what;
    };

    void put_into_lane(outgoing_ptr what);
    void give_turn(lane& to);

    std::size_t retries_;
    std::chrono::milliseconds pause_;
    delivery_limits limits_;
    signing_key_ring keys_;
    delivery_log log_;
    http::memory_budget memory_;
    std::map<std::string, lane, std::less<>> lanes_; // by webhook; those with something in them
    std::deque<lane*> turns_;                        // those that may send
    std::deque<rest> resting_;                       // the pause is the same for all: in the order in which it ends
    std::size_t under_way_ = 0;
};

} // namespace rtkhooks::emulation
