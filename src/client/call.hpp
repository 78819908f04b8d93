// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "client/core.hpp"
#include "http/method.hpp"
#include "http/response.hpp"
#include "transport/operation.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::detail {

/// One call of an operation: paces, gets a connection, exchanges, judges, and backs off and does it again where that is
/// allowed, until the deadline. Lives in the operation's coroutine frame.
class call {
public:
    call(std::shared_ptr<core> owner, call_options options);
    ~call();
    call(call const&) = delete;
    call& operator=(call const&) = delete;

    /// Checks the options.
    [[nodiscard]] std::optional<error> refusal() const;

    /// What to send.
    void prepare(http::method verb, std::string target, std::string body);
    /// To get, once that is done, what it was sent to. The deadline remains.
    void prepare_reading();
    /// Sends it until there is an answer of 2xx, or none to be had. failure() tells which.
    [[nodiscard]] boost::asio::awaitable<void> perform();

    /// Why there is no answer of 2xx, or nothing.
    [[nodiscard]] std::optional<error> const& failure() const noexcept { return failure_; }
    /// The last answer, while failure() has none or says that there was one.
    [[nodiscard]] http::response& answer() noexcept;
    /// Before an error is made of the answer: a server may send back whatever it was sent.
    /// @return whether the secret was in it
    bool conceal_secret();
    /// What an answer of 2xx means that could not be decoded.
    [[nodiscard]] error undecoded(error const& from);
    /// Where a change has been made, and the webhook could not be read again.
    [[nodiscard]] error unread_change(error const& why) const;

private:
    enum class next_step { finish, again, again_later };

    // The steps of an attempt. Each tells whether it ended at once.
    [[nodiscard]] bool pace();
    [[nodiscard]] bool acquire();
    [[nodiscard]] bool exchange();
    [[nodiscard]] bool back_off();
    [[nodiscard]] transport::time_point measured_now() const;

    [[nodiscard]] next_step judge();
    [[nodiscard]] next_step judge_failure();
    [[nodiscard]] next_step judge_answer();
    [[nodiscard]] next_step decide(policy::attempt_outcome outcome);
    void fail(transport::failure const& why);
    void fail_by_status();
    void describe_answer(error::details& what);
    [[nodiscard]] std::string const& secret() const noexcept;
    void conceal_secret(error::details& what) const;
    [[nodiscard]] bool has_turn_in_time();
    [[nodiscard]] std::optional<std::chrono::seconds> wait_for_turn() const;
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after();
    void correct_pace();
    void note_attempt() noexcept;
    void report() noexcept;

    std::shared_ptr<core> owner_;
    call_options options_;
    http::method verb_ = http::method::get;
    std::string target_;
    std::string body_;
    transport::time_point began_;
    transport::time_point deadline_;
    transport::time_point resume_at_;
    transport::time_point attempt_began_;
    std::vector<attempt_info> history_;            // where call_info is wanted, as
    std::chrono::steady_clock::duration waited_{}; // for turns and connections, where call_info is wanted
    int attempts_ = 0;
    int retries_ = 0;
    bool fresh_connection_ = false; // from when one was replaced: the next could be as dead, and is not replaced again
    bool ever_sent_ = false;        // whether an attempt that has no answer may have been processed
    bool has_answer_ = false;
    bool has_no_turn_ = false; // for another attempt in time, and would have one at resume_at_
    std::optional<error> failure_;
    transport::operation operation_; // last: its end needs the others
};

} // namespace rtkhooks::detail
