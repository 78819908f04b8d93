// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "policy/pacer.hpp"
#include "transport/failure.hpp"
#include "transport/suspension.hpp"
#include "transport/timer_queue.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace rtkhooks::transport {

class connection;
class pool;

/// The transport's view of one call: which step it is at, and how the last one ended. Lives in the call's coroutine
/// frame; waits at one step at a time. Steps are begun by the coroutine alone. What ends them comes from anywhere: a
/// socket, the deadline, a cancellation, the client's end. Exactly one of those wins, and resumes the coroutine.
class operation final : public timer {
public:
    explicit operation(std::shared_ptr<pool> owner) noexcept;
    ~operation();

    /// What a coroutine awaits until the step that was begun ends. Only where it did not end at once. An asynchronous
    /// operation rather than an awaitable, which would be a coroutine and have a frame to allocate.
    [[nodiscard]] auto wait() noexcept
    {
        return boost::asio::async_initiate<boost::asio::deferred_t const, void()>(initiation{this},
                                                                                  boost::asio::deferred);
    }

    /// Why the last step failed, or nothing.
    std::optional<failure> failed;
    /// The connection that the call has, if any.
    std::shared_ptr<connection> lease;
    /// Whether a byte of the attempt's request went to the socket.
    bool sent = false;
    /// Whether a byte of the attempt's answer came.
    bool answer_started = false;
    /// Whether the connection had served an attempt before.
    bool reused = false;
    /// Whether the server may have closed it before the attempt, as it had served one or was idle.
    bool may_be_stale = false;

private:
    friend class connection;
    friend class pool;
    friend class ready_list;
    struct initiation {
        operation* self;

        template <class Handler>
        void operator()(Handler&& handler) const
        {
            auto const slot = boost::asio::get_associated_cancellation_slot(handler);
            self->suspension_.hold(std::forward<Handler>(handler));
            self->suspended(slot);
        }
    };

    enum class stage : unsigned char { unregistered, running, pacing, queued, exchanging, sleeping, closing };
    enum class signal : unsigned char { none, awaited, given };

    void expire(ready_list& ready) override;
    // Each ends the step. Once per step, and the last that whoever ends it does with the operation. Without any lock.
    /// Where nothing is left to do here: at the end of a handler of our own.
    void resume();
    /// Where a caller waits for us to return: callers' coroutines run neither in emit() nor in a destructor.
    void resume_later();
    void suspended(boost::asio::cancellation_slot slot);
    [[nodiscard]] bool give_signal();

    std::shared_ptr<pool> owner_;
    suspension suspension_;
    std::atomic<signal> signal_{signal::none};

    // The pool's lock guards what follows.
    boost::intrusive::list_member_hook<> registered_;
    boost::intrusive::list_member_hook<> queued_;
    operation* next_ready_ = nullptr;
    time_point deadline_;
    policy::turn turn_; // of the attempt, where the client paces itself
    stage stage_ = stage::unregistered;
    bool fresh_only_ = false;
    bool had_turn_ = false;           // and is to have another before all that had none
    bool had_connection_ = false;     // and has not paused since: it is no newcomer to those who wait
    std::optional<errc> interrupted_; // what struck while the coroutine was running
};

/// Operations to resume, in order, once no lock is held.
class ready_list {
public:
    ready_list() = default;
    ready_list(ready_list const&) = delete;
    ready_list& operator=(ready_list const&) = delete;
    ~ready_list();

    void push(operation& which) noexcept;
    /// Those of another list, behind its own.
    void take(ready_list& others) noexcept;

private:
    operation* first_ = nullptr;
    operation** end_ = &first_;
};

} // namespace rtkhooks::transport
