// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/pool.hpp"

#include "transport/context_watch.hpp"
#include "transport/dial.hpp"
#include "transport/fork_count.hpp"
#include "transport/section.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace rtkhooks::transport {

namespace {

/// How long calls that a busy connection may serve wait before dialling is tried again for them.
constexpr std::chrono::milliseconds redial_pause{500};
/// Until turns are given again that could not be for want of memory.
constexpr std::chrono::milliseconds turn_pause{100};
/// Between two looks through all who wait for turns: thousands of requests may go out while thousands wait.
constexpr std::chrono::milliseconds refusal_pause{100};
/// Until calls are resumed again that could not be for want of memory.
constexpr std::chrono::milliseconds resume_pause{10};
/// How often that is tried for those whose client's context has gone.
constexpr int last_resumptions = 1000;

/// Without its text where there is no memory for that.
failure no_turn(time_point::duration wait) noexcept
{
    failure why{errc::rate_limited, phase::rate_limit, {}};
    why.retry_after = std::chrono::ceil<std::chrono::seconds>(wait);
    try {
        why.explanation =
            "the client's own pace (client_config::rate_limit, and what the server says is left) has no turn for it "
            "before its deadline";
    } catch (std::bad_alloc const&) {
        // the code says the most of it
    }
    return why;
}

} // namespace

std::shared_ptr<pool> pool::make(boost::asio::any_io_executor executor, pool_settings settings)
{
    std::shared_ptr<pool> made{new pool{std::move(executor), std::move(settings)}};
    made->open();
    return made;
}

pool::pool(boost::asio::any_io_executor executor, pool_settings settings)
    : executor_{std::move(executor)},
      settings_{std::move(settings)},
      resolver_{std::make_unique<resolver>(executor_, settings_.lookup, settings_.host, settings_.port)},
      pacer_{settings_.rate_limit},
      age_jitter_{std::random_device{}()},
      process_{fork_count()}
{
}

pool::~pool() = default;

void pool::open()
{
    clock_ = settings_.make_clock(executor_, [weak = weak_from_this()] {
        if (auto const self = weak.lock())
            self->alarm();
    });
    watch_context(executor_, weak_from_this());
}

time_point pool::now() const { return clock_->now(); }

time_point pool::next_turn() const
{
    std::lock_guard const lock{mutex_};
    return pacer_.available(pacing_.size(), now());
}

boost::asio::any_io_executor pool::executor() const
{
    std::lock_guard const lock{mutex_};
    return executor_;
}

void pool::count_retry()
{
    std::lock_guard const lock{mutex_};
    ++counted_.retries;
}

pool_stats pool::stats() const
{
    std::lock_guard const lock{mutex_};
    auto result = counted_;
    result.open = open_;
    result.idle = idle_.size();
    result.busy = busy();
    result.connecting = dials_.size();
    result.pacing = pacing_.size();
    result.waiting = waiting_.size();
    return result;
}

// ---- the steps of a call

bool pool::pace(operation& which, time_point deadline, bool fresh)
{
    section locked{*this};
    if (!enter(which, deadline))
        return true;
    auto const time = now();
    which.had_turn_ = which.turn_.number != 0; // its last attempt had no use for it
    if (which.had_turn_)
        pacer_.give_back(which.turn_);
    auto const ahead = which.had_turn_ ? 0 : pacing_.size();
    auto const when = pacer_.available(ahead, time);
    if (when <= time && ahead == 0) {
        which.turn_ = pacer_.take(time);
        if (!fresh && time < deadline)
            lease_idle(which, time, locked.ready);
        return true;
    }
    if (which.had_turn_) {
        await_another_turn(which, locked.ready);
        return false;
    }
    if (when >= which.deadline_) {
        which.failed = no_turn(when - time);
        return true;
    }
    which.stage_ = operation::stage::pacing;
    pacing_.push_back(which);
    timers_.set(which, which.deadline_);
    if (pacing_.size() == 1)
        timers_.set(turn_timer_, when);
    return false;
}

bool pool::acquire(operation& which, time_point deadline, bool fresh)
{
    section locked{*this};
    if (!enter(which, deadline))
        return true;
    which.fresh_only_ = fresh;
    auto const time = now();
    if (time >= deadline) {
        which.failed = failure{errc::timed_out, phase::queue, {}};
        return true;
    }
    if (which.turn_.number != 0 && pacer_.excess(time) != 0) { // the server has said so since
        pacer_.give_back(which.turn_);
        await_another_turn(which, locked.ready);
        return false;
    }
    if (!fresh && lease_idle(which, time, locked.ready))
        return true;
    // The calls that a dial may still be made for do not count as waiting, and none is refused that had a turn before, or
    // a connection.
    auto const to_come = settings_.pool.max_connections - open_;
    if (waiting_.size() >= to_come && waiting_.size() - to_come >= settings_.pool.max_waiting && !which.had_turn_ &&
        !which.had_connection_) {
        which.failed = failure{errc::queue_full, phase::queue,
                               "pool.max_waiting (" + std::to_string(settings_.pool.max_waiting) +
                                   ") calls wait for a connection already"};
        return true;
    }
    enqueue(which);
    top_up(locked.ready);
    return false;
}

bool pool::exchange(operation& which, std::string_view request)
{
    // Not under the pool's lock: encrypting takes time, and whoever interrupts finds the connection through the lease.
    which.signal_.store(operation::signal::none, std::memory_order_relaxed);
    which.failed.reset();
    return which.lease->exchange(which, request);
}

bool pool::sleep(operation& which, time_point deadline, time_point until)
{
    section locked{*this};
    if (!enter(which, deadline))
        return true;
    which.stage_ = operation::stage::sleeping;
    which.had_connection_ = false;
    timers_.set(which, std::min(until, which.deadline_));
    return false;
}

void pool::release(operation& which)
{
    section locked{*this};
    which.had_connection_ = which.lease != nullptr;
    release_lease(which, locked.ready);
    if (which.stage_ == operation::stage::exchanging)
        which.stage_ = operation::stage::running;
    timers_.remove(which);
}

void pool::end(operation& which)
{
    if (which.stage_ == operation::stage::unregistered) // as only the operation itself registers it
        return;
    section locked{*this};
    release_lease(which, locked.ready);
    timers_.remove(which);
    if (which.queued_.is_linked())
        leave_line(which);
    bool const was_call = which.stage_ != operation::stage::closing;
    auto& list = was_call ? calls_ : closers_;
    list.erase(list.iterator_to(which));
    which.stage_ = operation::stage::unregistered;
    if (which.turn_.number != 0 && !which.sent) {
        pacer_.give_back(which.turn_);
        turns_moved(locked.ready);
    }
    if (was_call)
        drained(locked.ready);
}

/// Prepares an operation for a step.
/// @return whether it may take it: operation::failed tells why not
bool pool::enter(operation& which, time_point deadline)
{
    which.signal_.store(operation::signal::none, std::memory_order_relaxed);
    which.failed.reset();
    if (which.stage_ == operation::stage::unregistered) {
        if (process_ != fork_count()) {
            which.failed =
                failure{errc::client_closed, phase::queue, "the client was made before fork(), in the parent process"};
            return false;
        }
        if (closing_) {
            which.failed = failure{errc::client_closed, phase::queue, {}};
            return false;
        }
        take_in(which, deadline);
    }
    if (which.interrupted_) {
        which.failed = failure{*which.interrupted_, phase::queue, {}};
        return false;
    }
    return true;
}

void pool::take_in(operation& which, time_point deadline)
{
    which.deadline_ = deadline;
    which.stage_ = operation::stage::running;
    calls_.push_back(which);
    ++counted_.calls;
}

pool::connection_ptr pool::take_idle(time_point now)
{
    while (!idle_.empty()) {
        auto last = std::move(idle_.back());
        idle_.pop_back();
        if (now < last->expires && now - last->idle_since < settings_.pool.idle_timeout)
            return last;
        discard(*last);
    }
    return nullptr;
}

bool pool::lease_idle(operation& which, time_point now, ready_list& ready)
{
    auto found = take_idle(now);
    if (!found)
        return false;
    lease(which, std::move(found), now, ready);
    return true;
}

void pool::lease(operation& which, connection_ptr leased, time_point time, ready_list& ready)
{
    which.reused = leased->uses++ != 0;
    which.may_be_stale = which.reused || leased->was_idle;
    which.had_turn_ = false;
    if (settings_.rate_limit.enabled && pacer_.use(which.turn_, time))
        turns_moved(ready);
    if (which.reused)
        ++counted_.reused;
    which.lease = std::move(leased);
    which.stage_ = operation::stage::exchanging;
    timers_.set(which, std::min(which.deadline_, time + settings_.timeouts.attempt));
}

void pool::enqueue(operation& which)
{
    which.stage_ = operation::stage::queued;
    waiting_.push_back(which);
    timers_.set(which, which.deadline_);
}

/// Gives a connection to the call that has waited longest for one of its kind, or keeps it.
void pool::hand_over(connection_ptr which, ready_list& ready)
{
    bool const fresh = which->uses == 0;
    // Where the first in line wants a fresh one and none is coming, this makes room for it: calls behind could go on
    // taking it for ever.
    if (!fresh && !waiting_.empty() && waiting_.front().fresh_only_ && dials_.empty() && room() == 0)
        return discard(*which);
    auto const found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](operation const& call) { return fresh || !call.fresh_only_; });
    if (found == waiting_.end())
        return put_idle(std::move(which));
    auto& call = *found;
    waiting_.erase(found);
    lease(call, std::move(which), now(), ready);
    ready.push(call);
}

/// Takes a call out of the line that it waits in.
void pool::leave_line(operation& which)
{
    if (which.stage_ == operation::stage::pacing) {
        pacing_.erase(pacing_.iterator_to(which));
        if (pacing_.empty())
            timers_.remove(turn_timer_);
    } else {
        waiting_.erase(waiting_.iterator_to(which));
    }
}

void pool::put_idle(connection_ptr which)
{
    which->idle_since = now();
    which->was_idle = true;
    if (!sweeper_.is_linked())
        timers_.set(sweeper_, std::min(which->idle_since + settings_.pool.idle_timeout, which->expires));
    idle_.push_back(std::move(which));
}

void pool::discard(connection& which)
{
    which.close();
    ++counted_.closed;
    if (--open_ == 0)
        timers_.remove(sweeper_); // an alarm is work for the context
}

void pool::release_lease(operation& which, ready_list& ready)
{
    auto const released = std::move(which.lease);
    if (!released)
        return;
    // Asked under the lock: if the server closes it from now on, lost() will find it among the idle.
    if (released->finish() && !closed_ && now() < released->expires)
        hand_over(released, ready);
    else
        discard(*released);
    top_up(ready);
}

void pool::fail_waiting(operation& which, failure const& why, ready_list& ready)
{
    which.failed = copy_of(why);
    leave_line(which);
    timers_.remove(which);
    which.stage_ = operation::stage::running;
    ready.push(which);
}

// ---- the client's own pace

void pool::renew_trust_after(failure const& why)
{
    bool const refused = why.code == errc::tls_failed && !why.transient;
    bool const lacked_memory = why.code == errc::resource_exhausted && why.where == phase::tls_handshake;
    if (!settings_.tls || !(refused || lacked_memory))
        return;
    std::lock_guard const lock{mutex_};
    if (abandoned_)
        return;
    try {
        // Later, as it reads files, and the call that has failed is to be told before.
        boost::asio::post(executor_, [weak = weak_from_this()] {
            if (auto const self = weak.lock())
                self->settings_.tls->renew(self->now());
        });
    } catch (std::bad_alloc const&) {
        // the next that fails does it
    }
}

void pool::leave_turn(operation& which)
{
    auto left = std::exchange(which.turn_, {});
    if (left.number == 0 || which.sent)
        return;
    section locked{*this};
    pacer_.give_back(left);
    turns_moved(locked.ready);
}

/// Turns come at other times than those who wait for them were told.
void pool::turns_moved(ready_list& ready)
{
    if (pacing_.empty())
        return;
    moved_ = true;
    give_turns(ready);
}

/// Gives the turns that are there, and sets the time for the next.
void pool::give_turns(ready_list& ready)
{
    auto const time = now();
    if (moved_ && time >= looked_through_ + refusal_pause)
        refuse_turns(time, ready);
    while (!pacing_.empty()) {
        auto const when = pacer_.available(0, time);
        if (when > time)
            return timers_.set(turn_timer_, moved_ ? std::min(when, looked_through_ + refusal_pause) : when);
        auto& first = pacing_.front();
        try {
            first.turn_ = pacer_.take(time);
        } catch (std::bad_alloc const&) {
            return timers_.set(turn_timer_, time + turn_pause);
        }
        pacing_.pop_front();
        first.stage_ = operation::stage::running;
        timers_.remove(first);
        ready.push(first);
    }
    timers_.remove(turn_timer_);
}

/// Refuses those that would not have their turn in time any more.
void pool::refuse_turns(time_point time, ready_list& ready)
{
    moved_ = false;
    looked_through_ = time;
    std::size_t ahead = 0;
    for (auto each = pacing_.begin(); each != pacing_.end();) {
        auto& call = *each;
        auto const when = pacer_.available(ahead, time);
        if (when < call.deadline_) {
            ++each;
            ++ahead;
            continue;
        }
        call.failed = no_turn(when - time);
        each = pacing_.erase(each);
        call.stage_ = operation::stage::running;
        timers_.remove(call);
        ready.push(call);
    }
}

void pool::correct_pace(operation const& which, policy::quota_list const& quotas,
                        std::optional<std::chrono::seconds> pause)
{
    section locked{*this};
    auto const time = now();
    pacer_.correct(quotas, which.turn_, time);
    if (pause)
        pacer_.block(*pause, time);
    if (!waiting_.empty())
        take_turns_back(pacer_.excess(time));
    turns_moved(locked.ready);
}

/// Of the calls that wait for a connection, so many of the last wait for another turn instead, before all others.
void pool::take_turns_back(std::size_t count) noexcept
{
    for (; count != 0 && !waiting_.empty(); --count) {
        auto& last = waiting_.back();
        waiting_.pop_back();
        pacer_.give_back(last.turn_);
        last.had_turn_ = true;
        last.stage_ = operation::stage::pacing;
        pacing_.push_front(last);
    }
}

/// Has a call that has given its turn back wait for another, behind others like it.
void pool::await_another_turn(operation& which, ready_list& ready)
{
    which.had_turn_ = true;
    which.stage_ = operation::stage::pacing;
    if (pacing_.empty() || pacing_.back().had_turn_)
        pacing_.push_back(which);
    else
        pacing_.insert(std::find_if(pacing_.begin(), pacing_.end(), [](auto const& each) { return !each.had_turn_; }),
                       which);
    timers_.set(which, which.deadline_);
    turns_moved(ready);
}

// ---- interruption

void pool::interrupt(operation& which, errc code)
{
    section locked{*this};
    strike(which, code, locked.ready);
}

bool pool::was_interrupted(operation& which)
{
    std::lock_guard const lock{mutex_};
    if (which.interrupted_)
        which.failed = failure{*which.interrupted_, which.failed ? which.failed->where : phase::queue, {}};
    return which.interrupted_.has_value();
}

/// The dial that a waiting call would be served by, if each served one.
pool::dial const* pool::dial_for(operation const& which) const noexcept
{
    auto call = waiting_.begin();
    for (auto const& each : dials_) {
        if (&*call == &which)
            return each.get();
        if (++call == waiting_.end())
            break;
    }
    return nullptr;
}

/// Ends the step that an operation waits at. Where it waits at none, the next one ends before it begins.
void pool::strike(operation& which, errc code, ready_list& ready)
{
    using stage = operation::stage;
    switch (which.stage_) {
    case stage::queued: {
        // Where it waits for a dial, that is what took too long.
        auto const* const coming = dial_for(which);
        failure why{code, coming != nullptr ? coming->where() : phase::queue, {}};
        if (last_dial_failure_ && (open_ == 0 || redial_timer_.is_linked())) {
            auto reason = copy_of(*last_dial_failure_);
            why.explanation = std::move(reason.explanation);
            why.cause = reason.cause;
        }
        leave_line(which);
        which.failed = std::move(why);
        which.stage_ = stage::running;
        break;
    }
    case stage::pacing:
        if (auto const time = now(); code == errc::timed_out) // its turn was put off, and nobody has looked since
            which.failed = no_turn(pacer_.available(pacing_.size() - 1, time) - time);
        else
            which.failed = failure{code, phase::rate_limit, {}};
        leave_line(which);
        which.stage_ = stage::running;
        break;
    case stage::sleeping:
        which.stage_ = stage::running;
        // A pause that ended as it should, unless the deadline cut it short.
        if (code != errc::timed_out || which.when() >= which.deadline_)
            which.failed = failure{code, phase::backoff, {}};
        break;
    case stage::exchanging:
        if (!which.lease->abort(which, code)) {
            if (code != errc::timed_out || which.when() >= which.deadline_)
                which.interrupted_ = code;
            return;
        }
        which.stage_ = stage::running;
        break;
    case stage::closing: // the grace is over
        return strike_all(errc::client_closed, ready);
    case stage::running:
        which.interrupted_ = code;
        return;
    case stage::unregistered:
        return;
    }
    timers_.remove(which);
    ready.push(which);
}

void pool::strike_all(errc code, ready_list& ready)
{
    for (auto& call : calls_)
        strike(call, code, ready);
}

void pool::resume_again(operation& which)
{
    {
        section locked{*this};
        which.signal_.store(operation::signal::awaited, std::memory_order_relaxed);
        if (!abandoned_) {
            unresumed_.push(which);
            if (!resume_timer_.is_linked())
                timers_.set(resume_timer_, now() + resume_pause);
            return;
        }
    }
    // No alarm will ring: if not soon, then never, as to destroy it takes memory, too.
    for (int attempt = 0; attempt != last_resumptions && !which.suspension_.resume_later(); ++attempt)
        std::this_thread::yield();
}

void pool::resume_unresumed(ready_list& ready) { ready.take(unresumed_); }

// ---- connections

/// Closes what has been idle too long or is too old, and sets the time for the next round.
void pool::sweep(ready_list&)
{
    auto const time = now();
    auto const limit = settings_.pool.idle_timeout;
    auto const expiry = [&](connection_ptr const& each) { return std::min(each->idle_since + limit, each->expires); };
    std::erase_if(idle_, [&](connection_ptr const& each) {
        bool const due = expiry(each) <= time;
        if (due)
            discard(*each);
        return due;
    });
    if (idle_.empty())
        return;
    auto const next = std::min_element(idle_.begin(), idle_.end(),
                                       [&](auto const& a, auto const& b) { return expiry(a) < expiry(b); });
    timers_.set(sweeper_, expiry(*next));
}

/// A connection ended while no attempt was using it.
void pool::lost(connection& which)
{
    section locked{*this};
    auto const found = std::find_if(idle_.begin(), idle_.end(), [&](auto const& each) { return each.get() == &which; });
    if (found == idle_.end())
        return; // a call has it, and will find out
    auto const kept = std::move(*found);
    idle_.erase(found);
    discard(*kept);
}

std::size_t pool::room() const noexcept
{
    auto const used = open_ + dials_.size();
    return used < settings_.pool.max_connections ? settings_.pool.max_connections - used : 0;
}

std::size_t pool::dials_wanted() const noexcept
{
    auto const coming = dials_.size();
    // In the pause after a failure only those that no busy connection can serve.
    auto const in_need =
        redial_timer_.is_linked() && busy() != 0
            ? static_cast<std::size_t>(std::count_if(waiting_.begin(), waiting_.end(),
                                                     [](operation const& call) { return call.fresh_only_; }))
            : waiting_.size();
    auto const for_calls = in_need > coming ? in_need - coming : 0;
    auto const kept = open_ + coming;
    // Where dialling fails, only calls ask for it, each once.
    bool const short_of_minimum = !last_dial_failure_ && settings_.pool.min_connections > kept;
    auto const for_minimum = short_of_minimum ? settings_.pool.min_connections - kept : 0;
    return std::min(std::max(for_calls, for_minimum), room());
}

/// Starts as many dials as there are calls that no dial is made for yet, within the limit.
void pool::top_up(ready_list& ready)
{
    if (topping_up_ || closed_)
        return;
    topping_up_ = true;
    // Without memory for a dial, calls that nothing else can serve fail.
    try {
        dial_as_wanted(ready);
    } catch (std::bad_alloc const&) {
        if (busy() == 0 && dials_.empty()) {
            while (!waiting_.empty())
                fail_waiting(waiting_.front(), out_of_memory(phase::connect), ready);
        }
    }
    topping_up_ = false;
}

void pool::dial_as_wanted(ready_list& ready)
{
    // Only calls that want a fresh connection wait while others are idle. The one used longest ago makes room.
    while (!idle_.empty() && waiting_.size() > dials_.size() + room()) {
        auto const oldest = std::move(idle_.front());
        idle_.erase(idle_.begin());
        discard(*oldest);
    }
    // A dial can fail at once, and then one call fails with it if no other connection could serve it. So this ends.
    for (auto wanted = dials_wanted(); wanted != 0; wanted = dials_wanted()) {
        auto const waiting = waiting_.size();
        for (; wanted != 0; --wanted) {
            auto const made = dials_.emplace_back(std::make_shared<dial>(*this));
            made->start(ready);
        }
        if (waiting_.size() == waiting)
            break;
    }
}

void pool::forget(dial& which)
{
    std::erase_if(dials_, [&](auto const& each) { return each.get() == &which; });
}

void pool::dialed(dial& which, connection_ptr made, ready_list& ready)
{
    std::optional<failure> why;
    try {
        why = made->ended_early(); // and lost() could not find it here
        idle_.reserve(open_ + 1);  // so that it can be kept whatever happens
    } catch (std::bad_alloc const&) {
        why = out_of_memory(phase::tls_handshake);
    }
    if (why) {
        made->close();
        return dial_failed(which, *why, ready);
    }
    forget(which);
    ++open_;
    ++counted_.opened;
    if (made->resumed())
        ++counted_.resumed;
    last_dial_failure_.reset();
    // Up to a tenth less, so that connections made together are not all replaced together.
    auto const age = settings_.pool.max_age.count();
    made->expires = now() + settings_.pool.max_age -
                    std::chrono::milliseconds{age / 10 * static_cast<std::int64_t>(age_jitter_() % 1024) / 1024};
    hand_over(std::move(made), ready);
    top_up(ready);
}

void pool::dial_failed(dial& which, failure const& why, ready_list& ready)
{
    forget(which);
    ++counted_.connect_failures;
    last_dial_failure_ = copy_of(why);
    if (waiting_.size() > dials_.size())
        disappoint(why, ready);
    if (busy() == 0)
        top_up(ready);
}

/// A dial has failed, and there are more calls waiting than dials under way. Those that a busy connection can serve go
/// on waiting, while dialling is tried again now and then. Where none can, one call is told.
void pool::disappoint(failure const& why, ready_list& ready)
{
    bool const may_pass = why.transient || why.code == errc::resource_exhausted;
    if (busy() == 0 || !may_pass)
        return fail_waiting(waiting_.front(), why, ready);
    auto const fresh_only =
        std::find_if(waiting_.begin(), waiting_.end(), [](operation const& call) { return call.fresh_only_; });
    if (fresh_only != waiting_.end())
        return fail_waiting(*fresh_only, why, ready);
    if (!redial_timer_.is_linked())
        timers_.set(redial_timer_, now() + redial_pause);
}

void pool::look_up()
{
    resolver_->look_up([weak = weak_from_this()](lookup_result found) {
        if (auto const self = weak.lock()) {
            section locked{*self};
            self->looked_up(std::move(found), locked.ready);
        }
    });
}

void pool::looked_up(lookup_result found, ready_list& ready)
{
    auto const& addresses = resolver_->landed(std::move(found), now());
    auto const waits = [](auto const& each) { return each->where() == phase::resolve; };
    for (auto next = std::find_if(dials_.begin(), dials_.end(), waits); next != dials_.end();
         next = std::find_if(dials_.begin(), dials_.end(), waits)) { // each leaves that phase, or the list
        auto const which = *next;
        which->addresses(addresses, ready);
    }
}

// ---- time and end

void pool::alarm()
{
    section locked{*this};
    if (abandoned_)
        return;
    armed_.reset();
    timers_.expire(now(), locked.ready);
}

/// Sets the clock's alarm, if the next timer is earlier than what it is set to. Later is left alone: most timers are
/// removed before they are due, and one alarm in vain is cheaper than one a call.
void pool::arm(ready_list& ready) noexcept
{
    if (abandoned_)
        return;
    auto const next = timers_.next();
    if (!next && armed_) { // an alarm is work for the context
        armed_.reset();
        clock_->silence();
    }
    if (!next || (armed_ && *armed_ <= *next))
        return;
    try {
        clock_->wake_at(*next);
        armed_ = *next;
    } catch (std::bad_alloc const&) {
        strike_unwatched(ready);
    }
}

/// Ends what no alarm is set for: nothing else might ever happen that has it ended in time.
void pool::strike_unwatched(ready_list& ready) noexcept
{
    auto const unwatched = [&](operation const& each) {
        return each.is_linked() && (!armed_ || each.when() < *armed_);
    };
    for (auto& call : calls_) {
        if (unwatched(call))
            strike(call, errc::resource_exhausted, ready);
    }
    for (auto& closer : closers_) {
        if (unwatched(closer))
            strike(closer, errc::resource_exhausted, ready);
    }
}

bool pool::close(operation& closer, std::chrono::milliseconds grace)
{
    section locked{*this};
    closer.signal_.store(operation::signal::none, std::memory_order_relaxed);
    closing_ = true;
    if (closed_)
        return true;
    closer.stage_ = operation::stage::closing;
    closer.deadline_ = now() + std::clamp<std::chrono::milliseconds>(grace, std::chrono::milliseconds{0},
                                                                     std::chrono::hours{365 * 24});
    closers_.push_back(closer);
    if (calls_.empty()) {
        close_connections();
        return true;
    }
    if (grace.count() <= 0)
        strike_all(errc::client_closed, locked.ready);
    else
        timers_.set(closer, closer.deadline_);
    return false;
}

/// Where the pool is closing and no call is left, nothing is kept any more.
void pool::drained(ready_list& ready)
{
    if (!closing_ || !calls_.empty())
        return;
    close_connections();
    for (auto& closer : closers_) {
        timers_.remove(closer);
        ready.push(closer);
    }
}

void pool::close_connections()
{
    closed_ = true;
    for (auto const& each : idle_)
        discard(*each);
    idle_.clear();
    for (auto const& each : std::exchange(dials_, {}))
        each->cancel();
    timers_.remove(sweeper_);
    timers_.remove(turn_timer_);
    timers_.remove(redial_timer_);
    if (resolver_)
        resolver_->cancel();
}

void pool::close_now()
{
    section locked{*this};
    closing_ = true;
    strike_all(errc::client_closed, locked.ready);
    close_connections();
}

void pool::abandon()
{
    auto const last = executor(); // with which handlers may go that want the lock
    close_now();
    section locked{*this};
    timers_.remove(resume_timer_);
    locked.ready.take(unresumed_); // there is no alarm any more
    abandoned_ = true;
    clock_->abandon();
    resolver_.reset();
    executor_ = {}; // a strand's may not outlive its context
}

} // namespace rtkhooks::transport
