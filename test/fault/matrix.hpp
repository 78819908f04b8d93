// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "client/core.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/client.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rtkhooks::test {

/// What became of the last connection that a call had.
enum class fate { kept, discarded, none };

/// The operations by method. They all take the same answer.
enum class operation { get, replace, remove, create, edit };
[[nodiscard]] bool is_idempotent(operation which) noexcept;
/// Performs one. How it ended: an error, or none.
[[nodiscard]] boost::asio::awaitable<std::optional<error>> perform(webhook_collection hooks, operation which,
                                                                   call_options options);
/// The same, for who does not await it.
[[nodiscard]] boost::asio::awaitable<void> perform_into(webhook_collection hooks, operation which, call_options options,
                                                        std::optional<error>& problem);

/// How a call ends.
struct ending {
    std::optional<errc> code; ///< none: it succeeds
    phase where = phase::prepare;
    request_state state = request_state::answered;
    int attempts = 1;
    int arrivals = 1; ///< requests that the server saw, in part at least
    fate connection = fate::discarded;
    std::optional<std::chrono::seconds> retry_after = {}; ///< what the error says of it
};

/// How calls end: those of GET, PUT and DELETE, and those of POST and PATCH.
struct endings {
    ending idempotent;
    ending other;
};

/// The same for every method.
[[nodiscard]] endings always(ending how);
/// It succeeds at the first attempt.
[[nodiscard]] endings success(fate connection);
/// It fails, and trying again would not help, or not be safe.
[[nodiscard]] endings failure(errc code, phase where, request_state state, fate connection = fate::discarded);
/// The same, but methods that are safe to repeat are tried once more (the tests' clients do not retry more often).
[[nodiscard]] endings retried(errc code, phase where, fate connection = fate::discarded);
/// No byte was sent, so every method is tried once more.
[[nodiscard]] endings unsent(errc code, phase where);

/// What a scripted fault does to a connection. A connection whose script returns goes on as a good one.
using fault_script = std::function<void(scripted_server::session&)>;
/// What looking the server's host up gives while the fault lasts. On a thread that may outlive the test.
/// @param server where the server is
/// @param healed whether the fault is over, which notifies
using look_up_script = std::function<transport::lookup_result(
    std::string const& host, transport::endpoint const& server, std::atomic<bool> const& healed)>;
/// Changes what the client is told, or lives in.
using preparation = std::function<void(client_config&, detail::environment&)>;

/// A row of the fault matrix.
struct fault {
    int row;
    std::string name;
    fault_script script;
    endings expected;
    scripted_server::protocol protocol = scripted_server::protocol::tls;
    scripted_server::tls_setup tls = {};
    preparation prepare = {};
    look_up_script look_up = {};
    /// Whether the first connection serves a good call before it. Others have no fault then.
    bool after_a_good_call = false;
    /// Whether the call is stuck from the start, and only time goes on.
    bool only_time_ends_it = false;
    /// And what the client's alarm is set to then, so that it is known to be where it is stuck. None: from the start.
    std::optional<std::chrono::milliseconds> stuck_at_alarm = {};
    /// Whether a good call succeeds once the server has recovered. Not where it is the client's own configuration that
    /// is at odds with the server.
    bool recovers = true;
    /// Whether a removal, to which every answer of 2xx says all that there is to say, and a change, which is read again
    /// where the answer leaves something out, end otherwise. They have tests of their own.
    bool of_get_and_create_alone = false;
    /// Whether a removal succeeds: only what the answer says of a webhook is not as it should be.
    bool removal_succeeds = false;
};

/// A row that needs no more than this.
[[nodiscard]] fault of(int row, std::string name, fault_script script, endings expected);

/// Plays each fault to every method and compares: the error, its phase, state and attempts, what the server saw, what
/// became of the connection; that the call completes once and by its deadline, on a clock of its own; that the next call
/// works; that nothing leaks and no token shows.
void play(std::span<fault const> faults);

/// Tells play() that the call is stuck until time ends it.
void only_time_helps();
/// Says nothing more, but goes on reading.
void fall_silent(scripted_server::session& connection);
/// A request that is answered as it should be.
void answer_one(scripted_server::session& connection);
/// Answers once with these bytes; then as a good server does.
[[nodiscard]] fault_script answers(std::string bytes);

} // namespace rtkhooks::test
