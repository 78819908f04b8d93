// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/response.hpp"
#include "policy/pacer.hpp"
#include "transport/address.hpp"
#include "transport/clock.hpp"
#include "transport/connection.hpp"
#include "transport/failure.hpp"
#include "transport/operation.hpp"
#include "transport/resolver.hpp"
#include "transport/tls_context.hpp"

#include <rtkhooks/config.hpp>
#include <rtkhooks/pool_stats.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::transport {

/// What a pool is told. The defaults of what tests replace are the real thing.
struct pool_settings {
    pool_settings() = default;

    std::string host;
    bool host_is_address = false;
    std::uint16_t port = 443;
    /// From `client_config::resolve`, or the host itself where it is an address. Empty: the host is looked up.
    std::vector<endpoint> fixed_addresses;
    /// Null: plain HTTP.
    std::unique_ptr<tls_context> tls;
    client_config::pool_config pool;
    client_config::timeouts_config timeouts;
    client_config::rate_limit_config rate_limit;
    http::response_limits limits;
    clock_factory make_clock = make_steady_clock;
    lookup_function lookup = system_lookup;
};

/// The connections to one server, and the calls that use them or wait for them.
///
/// Connections are handed directly from the call that is done with one to the call that has waited longest. A dial
/// belongs to no call: whichever connection is there first serves the first in line, and one that comes too late is
/// kept. The most recently used idle connection is taken first.
/// For any thread. One lock guards all of it, timers and dials too; nothing that takes time happens under it.
class pool : public std::enable_shared_from_this<pool> {
public:
    static std::shared_ptr<pool> make(boost::asio::any_io_executor executor, pool_settings settings);
    ~pool();

    // The steps of a call. Each returns whether it ended at once: operation::failed tells how. If not, the caller
    // awaits operation::wait() before the next.

    /// Has the operation registered, if it is not yet, and gets it a turn of the client's own pace. Where that is at once,
    /// an idle connection too: operation::lease then has it, and acquire() has nothing to do.
    /// @param deadline of the whole call
    /// @param fresh whether idle connections are out of the question
    [[nodiscard]] bool pace(operation& which, time_point deadline, bool fresh);
    /// Has the operation registered, if it is not yet, and gets it a connection.
    /// @param deadline of the whole call
    /// @param fresh whether idle connections are out of the question
    [[nodiscard]] bool acquire(operation& which, time_point deadline, bool fresh);
    /// Sends the request over the operation's connection and reads the answer.
    [[nodiscard]] bool exchange(operation& which, std::string_view request);
    /// Waits. Has the operation registered, if it is not yet.
    [[nodiscard]] bool sleep(operation& which, time_point deadline, time_point until);
    /// Gives the connection back, or closes it where it cannot serve another. Always ends at once.
    void release(operation& which);
    /// The call is over: releases what it has and forgets it.
    void end(operation& which);

    /// Where an attempt failed in TLS, by either side's decision or for want of memory: has what is trusted, and the
    /// client's own certificate, read again soon.
    void renew_trust_after(failure const& why);
    /// An attempt is over, and its turn is another's, if no byte of it was sent.
    void leave_turn(operation& which);

    /// What the server says in its answer to an operation that it has left.
    /// @param pause that it asks for before any other request, where it has refused this one
    void correct_pace(operation const& which, policy::quota_list const& quotas,
                      std::optional<std::chrono::seconds> pause);

    /// Ends the step that the operation waits at, or else the next one.
    void interrupt(operation& which, errc code);
    /// Whether something struck while no step could be ended. `operation::failed` is set to it then.
    bool was_interrupted(operation& which);

    /// Begins to close: refuses calls that are not registered yet. The step ends when all calls have.
    /// @param grace how long running calls may go on before they are interrupted
    [[nodiscard]] bool close(operation& closer, std::chrono::milliseconds grace);
    /// Interrupts all calls and closes all connections now. Waits for nothing.
    void close_now();
    /// The executor's context is going: close_now(), and nothing of it is used afterwards.
    void abandon();

    [[nodiscard]] pool_stats stats() const;
    [[nodiscard]] time_point now() const;
    /// When a call that tries again could have its turn, as things are: behind those that wait for theirs.
    [[nodiscard]] time_point next_turn() const;
    void count_retry();
    [[nodiscard]] boost::asio::any_io_executor executor() const;

private:
    friend class operation;
    class dial;
    class section;
    /// Calls one of the pool's own functions when it is time.
    template <void (pool::*Function)(ready_list&)>
    class timer_of final : public timer {
    public:
        explicit timer_of(pool& owner) : owner_{owner} {}
        void expire(ready_list& ready) override { (owner_.*Function)(ready); }

    private:
        pool& owner_;
    };
    using connection_ptr = std::shared_ptr<connection>;
    using registered_list =
        boost::intrusive::list<operation, boost::intrusive::member_hook<operation, boost::intrusive::list_member_hook<>,
                                                                        &operation::registered_>>;
    using queued_list = boost::intrusive::list<
        operation, boost::intrusive::member_hook<operation, boost::intrusive::list_member_hook<>, &operation::queued_>>;

    pool(boost::asio::any_io_executor executor, pool_settings settings);
    void open();
    /// For an operation that there was no memory to resume: soon. Without any lock.
    void resume_again(operation& which);

    // All of these under the lock.
    void alarm();
    void arm(ready_list& ready) noexcept;
    void strike_unwatched(ready_list& ready) noexcept;
    std::size_t busy() const noexcept { return open_ - idle_.size(); }
    std::size_t room() const noexcept;
    bool enter(operation& which, time_point deadline);
    void take_in(operation& which, time_point deadline);
    connection_ptr take_idle(time_point now);
    bool lease_idle(operation& which, time_point now, ready_list& ready);
    void lease(operation& which, connection_ptr which_connection, time_point now, ready_list& ready);
    void enqueue(operation& which);
    void hand_over(connection_ptr which, ready_list& ready);
    void leave_line(operation& which);
    void put_idle(connection_ptr which);
    void discard(connection& which);
    void release_lease(operation& which, ready_list& ready);
    void take_turns_back(std::size_t count) noexcept;
    void await_another_turn(operation& which, ready_list& ready);
    void turns_moved(ready_list& ready);
    void give_turns(ready_list& ready);
    void refuse_turns(time_point now, ready_list& ready);
    void fail_waiting(operation& which, failure const& why, ready_list& ready);
    dial const* dial_for(operation const& which) const noexcept;
    void strike(operation& which, errc code, ready_list& ready);
    void strike_all(errc code, ready_list& ready);
    void resume_unresumed(ready_list& ready);
    void sweep(ready_list& ready);
    void lost(connection& which);
    std::size_t dials_wanted() const noexcept;
    void top_up(ready_list& ready);
    void dial_as_wanted(ready_list& ready);
    void dialed(dial& which, connection_ptr made, ready_list& ready);
    void dial_failed(dial& which, failure const& why, ready_list& ready);
    void disappoint(failure const& why, ready_list& ready);
    void forget(dial& which);
    void look_up();
    void looked_up(lookup_result found, ready_list& ready);
    void drained(ready_list& ready);
    void close_connections();

    boost::asio::any_io_executor executor_;
    pool_settings settings_;
    std::unique_ptr<clock> clock_;
    std::unique_ptr<resolver> resolver_;

    mutable std::mutex mutex_;
    timer_queue timers_;
    std::optional<time_point> armed_;
    registered_list calls_;
    registered_list closers_;
    queued_list pacing_;               // for a turn
    queued_list waiting_;              // for a connection
    std::vector<connection_ptr> idle_; // the most recently used last
    std::vector<std::shared_ptr<dial>> dials_;
    std::size_t open_ = 0;
    timer_of<&pool::sweep> sweeper_{*this};
    timer_of<&pool::give_turns> turn_timer_{*this};
    timer_of<&pool::top_up> redial_timer_{*this};
    ready_list unresumed_; // for want of memory
    timer_of<&pool::resume_unresumed> resume_timer_{*this};
    policy::pacer pacer_;
    bool moved_ = false;        // turns, since all who wait for one were looked through,
    time_point looked_through_; // which was then
    std::optional<failure> last_dial_failure_;
    std::minstd_rand age_jitter_;
    std::uint64_t next_connection_id_ = 1;
    unsigned const process_;
    pool_stats counted_;
    bool topping_up_ = false;
    bool closing_ = false;
    bool closed_ = false;
    bool abandoned_ = false; // the executor's context is gone
};

} // namespace rtkhooks::transport
