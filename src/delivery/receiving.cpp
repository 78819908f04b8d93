// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/receiving.hpp"

#include "delivery/owners.hpp"
#include "delivery/peer_stream.hpp"
#include "http/request_reader.hpp"
#include "transport/operation.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Results of co_await are bound to names before they are tested, which g++ 12 needs.

namespace rtkhooks::delivery {

namespace net = boost::asio;
namespace this_coro = net::this_coro;
using boost::system::error_code;
using net::redirect_error;
using net::use_awaitable;
using net::ip::tcp;
using std::chrono::milliseconds;
using elapsed = transport::time_point::duration;
using progress = http::request_reader::progress;

namespace {

/// For the sender to close after the last answer, so that it can read this first.
constexpr milliseconds linger{1000};
/// To read what had come when its time was over.
constexpr milliseconds reprieve{1000};

/// What is not charged to `limits.memory_bytes`, so that others' large bodies keep no usual delivery out.
constexpr std::size_t small_body = 4096;

/// The request reader's failure where it has no memory.
constexpr int no_memory = 503;

/// Series of events that are known at least: those under way are, even where nothing is remembered.
constexpr std::size_t least_series = 1024;

/// How long a connection may be at work without a genuine delivery before it has to make room for others.
constexpr milliseconds patience{1000};
/// After which it is looked again whether one has been so long, whether there are descriptors and memory, and whether
/// one that may not be accepted is.
constexpr milliseconds eviction_pause{100};

constexpr auto never = transport::time_point::max();

std::chrono::sys_seconds wall_clock()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

http::request_limits limits_of(receiver_config const& config)
{
    http::request_limits result;
    result.start_line = std::min<std::size_t>(result.start_line, config.limits.header_bytes);
    result.header = config.limits.header_bytes;
    result.body = config.limits.body_bytes;
    return result;
}

} // namespace

// ---- what one run consists of

/// What came of waiting for a request.
enum class receiving::arrival {
    request, ///< one, or something that is none
    refused, ///< its header, and that is enough
    late,    ///< part of one
    gone,    ///< the sender has closed, or has nothing to say
};

/// What comes after an answer.
enum class receiving::sequel {
    goes_on,
    ends, ///< the answer said that it is the last
    lost, ///< it could not be sent
};

/// A sender's connection, while a coroutine attends to it.
class receiving::connection final : public transport::timer {
public:
    connection(receiving& owner, tcp::socket socket)
        : stream{std::move(socket), owner.state_->tls.get()},
          reader{kept_fields, limits_of(owner.config_), http::memory_budget::share{owner.memory_, small_body},
                 [this, &owner] { return owner.reclaim_memory(*this); }},
          wakeup{owner.strand_, never},
          owner_{owner}
    {
        owner_.connections_.insert(this);
        owner_.state_->count([](receiver_stats& stats) {
            ++stats.connections;
            ++stats.open_connections;
        });
    }
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection()
    {
        owner_.timers_.remove(*this);
        owner_.connections_.erase(this);
        owner_.state_->count([](receiver_stats& stats) { --stats.open_connections; });
        owner_.room_.cancel();
        owner_.note_change();
    }

    /// What the coroutine does next has this much time.
    void expect_within(milliseconds time)
    {
        overdue_ = false;
        stream.proceed();
        owner_.set_timer(*this, time);
    }
    [[nodiscard]] bool overdue() const noexcept { return overdue_; }
    void close() noexcept
    {
        closed_ = true;
        stream.close();
        end_wait();
    }
    [[nodiscard]] bool closed() const noexcept { return closed_; }

    /// Gives what was read to the request reader.
    void feed()
    {
        input_begin_ += reader.feed({input_.data() + input_begin_, input_end_ - input_begin_});
        if (!unproven_since && !reader.idle())
            unproven_since = owner_.clock_->now();
    }
    [[nodiscard]] net::mutable_buffer input_space() noexcept { return net::buffer(input_); }
    void set_input(std::size_t size) noexcept
    {
        input_begin_ = 0;
        input_end_ = size;
    }

    /// Whether it must make room where there is none, once it has been unproven for too long.
    [[nodiscard]] bool may_be_cut_off() const noexcept { return unproven_since && !being_judged; }
    /// Whether a part of a body that has not ended takes memory.
    [[nodiscard]] bool holds_memory() const noexcept
    {
        return unproven_since && reader.state() == progress::need_more && reader.request().body.capacity() > small_body;
    }
    /// Has the request that is being received answered by 503.
    void give_up_body()
    {
        reader.give_up_body();
        stream.interrupt();
    }

    peer_stream stream;
    http::request_reader reader;
    net::steady_timer wakeup;               // cancelled when what it waits for may have come
    net::cancellation_signal checking;      // ends the check of a signature, which may wait for a key
    std::optional<std::uint64_t> idle_turn; // while it is idle: the lower, the longer
    // Since when it has been at work, on TLS or on requests, without a genuine delivery. Other answers change nothing.
    std::optional<transport::time_point> unproven_since;
    bool being_judged = false; // its request is complete, and may yet be one

private:
    void expire(transport::ready_list&) override
    {
        overdue_ = true;
        stream.interrupt();
        end_wait();
    }
    void end_wait() noexcept
    try {
        wakeup.cancel();
        checking.emit(net::cancellation_type::terminal);
    } catch (std::bad_alloc const&) {
        // the check has a limit of its own
    }

    receiving& owner_;
    bool overdue_ = false;
    bool closed_ = false;
    std::array<char, 4096> input_;
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
};

/// A delivery on its way through a handler, and the connections that wait for it.
class receiving::handling {
public:
    enum class stage { queued, running, succeeded, failed };

    /// Of a connection among those that wait.
    class place {
    public:
        place(handling& which, connection& peer) : which_{which}, peer_{peer} { which_.waiting.push_back(&peer); }
        ~place() { std::erase(which_.waiting, &peer_); }
        place(place const&) = delete;
        place& operator=(place const&) = delete;

    private:
        handling& which_;
        connection& peer_;
    };

    /// @param memories where it is remembered once it was handled
    handling(strand_type where, received_delivery delivery, body_digest const& digest, recent_deliveries& memories,
             bool is_unknown, http::memory_budget::share share, transport::time_point now)
        : strand{std::move(where)},
          what{std::move(delivery)},
          body{digest},
          id{what->id},
          recent{memories},
          unknown{is_unknown},
          since{now},
          memory{std::in_place, std::move(share)}
    {
    }

    [[nodiscard]] bool over() const noexcept { return at == stage::succeeded || at == stage::failed; }

    strand_type const strand;              // the handler's
    std::optional<received_delivery> what; // likewise, once it runs
    body_digest const body;
    std::string const id;
    recent_deliveries& recent;
    bool const unknown;
    transport::time_point const since;
    std::optional<http::memory_budget::share> memory; // given back on the strand; the rest may go elsewhere
    stage at = stage::queued;
    std::vector<connection*> waiting;
    net::cancellation_signal cancellation; // emitted on the handler's strand
};

class receiving::grace_timer final : public transport::timer {
public:
    explicit grace_timer(receiving& owner) : owner_{owner} {}
    ~grace_timer() { owner_.timers_.remove(*this); }
    grace_timer(grace_timer const&) = delete;
    grace_timer& operator=(grace_timer const&) = delete;

private:
    void expire(transport::ready_list&) override { owner_.stop_now(); }

    receiving& owner_;
};

receiving::receiving(std::shared_ptr<detail::receiver_state> state, delivery_handler handler)
    : state_{std::move(state)},
      config_{state_->config},
      handler_{std::move(handler)},
      strand_{net::make_strand(state_->executor)},
      acceptor_{strand_},
      grace_{std::make_unique<grace_timer>(*this)},
      memory_{config_.limits.memory_bytes},
      recent_{config_.limits.remembered, config_.timeouts.remembered},
      recurring_{config_.limits.remembered, config_.timeouts.remembered},
      turns_{std::max(config_.limits.remembered, least_series),
             config_.timeouts.remembered + config_.timeouts.same_body + config_.timeouts.answer},
      changed_{strand_, never},
      room_{strand_, never}
{
}

receiving::~receiving()
{
    if (clock_)
        clock_->abandon(); // its strand must not outlive the context
}

std::shared_ptr<receiving> receiving::make(std::shared_ptr<detail::receiver_state> state, tcp::endpoint const& where,
                                           delivery_handler handler)
{
    std::shared_ptr<receiving> made{new receiving{std::move(state), std::move(handler)}};
    made->listen(where);
    made->clock_ = made->state_->make_clock(made->strand_, [weak = made->weak_from_this()] {
        auto const self = weak.lock();
        if (self && self->strand_.running_in_this_thread())
            self->alarm();
        else if (self)
            self->rang_ = true; // there was no memory to be called on it, or the context goes
    });
    return made;
}

void receiving::listen(tcp::endpoint const& where)
{
    error_code failure;
    open_acceptor(acceptor_, where.protocol(), failure);
    if (!failure)
        acceptor_.set_option(net::socket_base::reuse_address{true}, failure);
    if (!failure)
        acceptor_.bind(where, failure);
    if (!failure)
        acceptor_.listen(net::socket_base::max_listen_connections, failure);
    if (!failure)
        where_ = acceptor_.local_endpoint(failure);
    if (!failure)
        return;
    error::details what;
    what.code = errc::resource_exhausted;
    what.cause = failure;
    what.message = "the receiver cannot listen on " + where.address().to_string() + " port " +
                   std::to_string(where.port()) + ": " + failure.message(); // the code's own words are about memory
    throw exception{error{std::move(what)}};
}

// ---- time

void receiving::alarm()
{
    armed_.reset();
    transport::ready_list none;
    timers_.expire(clock_->now(), none);
    arm();
}

/// Sets the clock's alarm, if the next timer is earlier than what it is set to: most are removed before they are due.
void receiving::arm()
{
    if (rang_.exchange(false))
        armed_.reset();
    auto const next = timers_.next();
    if (!next || (armed_ && *armed_ <= *next))
        return;
    armed_.reset();
    clock_->wake_at(*next);
    armed_ = *next;
}

void receiving::set_timer(transport::timer& which, milliseconds from_now)
{
    timers_.set(which, clock_->now() + from_now);
    arm();
}

// ---- run() and stop()

/// However a run ends, who waits for that is told.
class receiving::run_end {
public:
    explicit run_end(receiving& which) : which_{which} {}
    ~run_end()
    {
        which_.state_->end();
        which_.ended_ = true;
        which_.note_change();
    }
    run_end(run_end const&) = delete;
    run_end& operator=(run_end const&) = delete;

private:
    receiving& which_;
};

net::awaitable<void> receiving::serve(std::shared_ptr<receiving> self)
{
    co_await this_coro::reset_cancellation_state(net::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    auto& own = *self;
    run_end const end{own};
    own.accepting_ = true;
    auto const accepted = [self](std::exception_ptr failure) {
        self->accepting_ = false;
        if (failure && !self->stopping_) { // no memory, and nobody else would notice
            self->problem_ = failure;
            self->begin_stop(self->config_.timeouts.stop);
        }
        self->note_change();
    };
    try {
        net::co_spawn(own.strand_, own.accept(), accepted);
    } catch (std::bad_alloc const&) {
        accepted(std::current_exception());
    }
    try {
        if (own.config_.on_listening)
            own.config_.on_listening(own.where_);
    } catch (...) {
        own.problem_ = std::current_exception();
        own.begin_stop(milliseconds{0});
    }
    while (!own.finished()) {
        bool const cancelled = co_await own.await_change(own.changed_);
        if (!cancelled)
            continue;
        if (own.stopping_)
            own.stop_now();
        else
            own.begin_stop(own.config_.timeouts.stop);
        co_await this_coro::reset_cancellation_state(net::enable_total_cancellation());
    }
    own.clock_->silence();
    if (own.problem_)
        std::rethrow_exception(own.problem_);
}

net::awaitable<void> receiving::stop(std::shared_ptr<receiving> self, milliseconds grace)
{
    co_await this_coro::reset_cancellation_state(net::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    self->begin_stop(grace);
    while (!self->ended_) {
        bool const cancelled = co_await self->await_change(self->changed_);
        if (cancelled) {
            self->stop_now();
            co_await this_coro::reset_cancellation_state(net::enable_total_cancellation());
        }
    }
}

void receiving::stop_soon()
{
    net::post(strand_, [self = shared_from_this()] { self->begin_stop(milliseconds{0}); });
}

/// @return whether the coroutine was cancelled
net::awaitable<bool> receiving::await_change(net::steady_timer& which)
{
    error_code ignored;
    co_await which.async_wait(redirect_error(use_awaitable, ignored));
    auto const state = co_await this_coro::cancellation_state;
    co_return state.cancelled() != net::cancellation_type::none;
}

bool receiving::finished() const noexcept { return stopping_ && !accepting_ && connections_.empty() && running_ == 0; }

void receiving::begin_stop(milliseconds grace)
{
    if (!stopping_) {
        stopping_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        room_.cancel();
        for (auto* const each : connections_) {
            if (each->idle_turn)
                each->close();
        }
        note_change();
    }
    if (grace.count() <= 0)
        return stop_now();
    auto const until = clock_->now() + std::min<milliseconds>(grace, std::chrono::hours{365 * 24});
    if (!grace_->is_linked() || until < grace_->when()) {
        timers_.set(*grace_, until);
        arm();
    }
}

void receiving::stop_now()
{
    for (auto* const each : connections_)
        each->close();
    for (auto const& each : std::exchange(queue_, {}))
        forget(each);
    for (auto const& each : under_way_) {
        try {
            // Asio 1.81 passes a signal from strand to strand by address: it must not be gone when it arrives.
            auto emit = [self = shared_from_this(), which = each.second] {
                which->cancellation.emit(net::cancellation_type::terminal);
            };
            net::post(each.second->strand, std::move(emit));
        } catch (std::bad_alloc const&) {
            // this one goes on until it has ended by itself
        }
    }
    note_change();
}

// ---- connections

net::awaitable<void> receiving::accept()
{
    auto const self = shared_from_this(); // this coroutine is spawned
    while (!stopping_) {
        bool const fits = co_await make_room();
        if (!fits)
            continue;
        error_code failure;
        auto socket = accept_now(acceptor_, where_.protocol(), failure);
        if (!failure) {
            bool const is_short = is_among_the_last(socket.native_handle(), descriptor_limit());
            start(std::move(socket));
            if (is_short)
                limit_.run_short(connections_.size(), clock_->now());
        } else if (is_want(failure)) { // that passes
            limit_.run_out(connections_.size(), clock_->now());
        } else if (!has_gone_again(failure)) { // such as a rule that forbids it: it may be there still, and ready
            room_.expires_after(eviction_pause);
            co_await room_.async_wait(redirect_error(use_awaitable, failure));
        }
    }
}

/// Waits until somebody wants a connection; where there is no room for another, until one has ended.
/// @return whether there is room, as far as is known
net::awaitable<bool> receiving::make_room()
{
    error_code failure;
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, redirect_error(use_awaitable, failure));
    limit_.forget_in_time(connections_.size(), clock_->now());
    while (full() && !stopping_) {
        evict();
        room_.expires_after(eviction_pause);
        co_await room_.async_wait(redirect_error(use_awaitable, failure));
        limit_.forget_in_time(connections_.size(), clock_->now());
    }
    co_return !stopping_;
}

/// Has the connection make room that has been idle longest; where none is idle, the one that has been at work longest
/// without a genuine delivery, where that is longer than is usual. One that is cut off so is sent again.
void receiving::evict()
{
    connection* idle = nullptr;
    connection* slow = nullptr;
    for (auto* const each : connections_) {
        if (each->closed())
            return; // it does already
        if (each->idle_turn && (idle == nullptr || *each->idle_turn < *idle->idle_turn))
            idle = each;
        if (each->may_be_cut_off() && (slow == nullptr || *each->unproven_since < *slow->unproven_since))
            slow = each;
    }
    if (idle != nullptr)
        idle->close();
    else if (slow != nullptr && clock_->now() - *slow->unproven_since >= patience)
        slow->close();
}

/// Has the sender that has been slowest over a body lose what has come of it, so that another has memory; unless the
/// other has been slower still.
/// @return whether there is more memory
bool receiving::reclaim_memory(connection const& other)
{
    connection* slowest = nullptr;
    for (auto* const each : connections_) {
        if (each != &other && each->holds_memory() &&
            (slowest == nullptr || *each->unproven_since < *slowest->unproven_since))
            slowest = each;
    }
    if (slowest == nullptr || (other.unproven_since && *other.unproven_since < *slowest->unproven_since))
        return false;
    slowest->give_up_body();
    return true;
}

void receiving::start(tcp::socket socket)
try {
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    net::co_spawn(strand_, attend(shared_from_this(), std::move(socket)), [](std::exception_ptr) {});
} catch (std::exception const&) {
    // no memory for this one
}

net::awaitable<void> receiving::attend(std::shared_ptr<receiving> self, tcp::socket socket)
{
    if (self->stopping_) // since it was accepted
        co_return;
    connection peer{*self, std::move(socket)};
    if (self->state_->tls) {
        peer.unproven_since = self->clock_->now();
        peer.expect_within(self->config_.timeouts.tls_handshake);
    }
    bool goes_on = co_await peer.stream.shake_hands();
    peer.unproven_since.reset();
    while (goes_on)
        goes_on = co_await self->exchange(peer);
}

/// One request and its answer.
/// @return whether the connection can serve another
net::awaitable<bool> receiving::exchange(connection& peer)
{
    auto next = sequel::lost;
    auto const what = co_await read_request(peer);
    if (what == arrival::gone)
        co_return false;
    if (what == arrival::late)
        next = co_await refuse(peer, 408, "the request came too slowly");
    else if (peer.reader.state() == progress::failed && peer.reader.failure() != no_memory)
        next = co_await refuse(peer, peer.reader.failure(), "this is no request that can be served");
    else
        next = co_await answer(peer);
    if (next == sequel::ends)
        co_await say_goodbye(peer);
    co_return next == sequel::goes_on;
}

net::awaitable<receiving::arrival> receiving::read_request(connection& peer)
{
    bool started = false;
    bool has_header = false;
    bool refused = false;
    bool continued = false;
    bool reprieved = false;
    peer.reader.next();
    peer.expect_within(config_.timeouts.idle);
    for (;;) {
        peer.feed();
        if (peer.closed())
            co_return arrival::gone;
        if (peer.reader.state() != progress::need_more)
            co_return arrival::request;
        if (!started && !peer.reader.idle()) {
            started = true;
            peer.expect_within(config_.timeouts.header);
        }
        if (!has_header && peer.reader.header_complete()) {
            has_header = true;
            peer.expect_within(config_.timeouts.body);
            refused = refusal_by_header(peer.reader.request(), config_.path).has_value();
            if (refused)
                peer.reader.skip_body();
        }
        if (peer.reader.awaits_continue() && !continued) {
            if (refused)
                co_return arrival::refused; // RFC 9110 section 10.1.1
            continued = true;
            bool const sent = co_await peer.stream.write(net::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25));
            if (!sent)
                co_return arrival::gone;
        }
        if (!started) {
            if (stopping_)
                co_return arrival::gone;
            peer.idle_turn = ++idle_turns_;
            if (full())
                room_.cancel(); // it can make some
        }
        auto const since = clock_->now();
        auto const size = co_await peer.stream.read_some(peer.input_space());
        if (peer.idle_turn && peer.unproven_since)
            *peer.unproven_since += clock_->now() - since; // idle time does not count
        peer.idle_turn.reset();
        peer.set_input(size);
        if (peer.reader.state() != progress::need_more)
            co_return arrival::request; // which had to give up its body
        if (peer.overdue() && !peer.closed()) {
            peer.feed();
            if (peer.reader.state() != progress::need_more)
                co_return arrival::request; // just in time
            if (reprieved || !peer.stream.has_more())
                co_return peer.reader.idle() ? arrival::gone : arrival::late;
            // It had come in time, and this process was late: stopped, perhaps. The sender is not to pay for that.
            reprieved = true;
            peer.expect_within(reprieve);
            continue;
        }
        if (size == 0)
            co_return arrival::gone;
    }
}

net::awaitable<receiving::sequel> receiving::answer(connection& peer)
{
    auto const& request = peer.reader.request();
    bool const whole = peer.reader.state() == progress::complete;
    bool const has_no_room = peer.reader.state() == progress::failed;
    peer.expect_within(config_.timeouts.answer);
    state_->count([&](receiver_stats& stats) { stats.requests += has_no_room ? 0 : 1; });
    auto result = outcome::overloaded;
    peer.being_judged = true;
    try {
        if (!has_no_room)
            result = co_await judge(peer);
    } catch (std::bad_alloc const&) {
        // so it is
    }
    peer.being_judged = false;
    count(result);
    if (result != outcome::handled && result != outcome::handler_failed)
        tell_unhandled(status_of(result), explanation_of(result));
    // Where others wait, who has sent no genuine delivery goes.
    bool const goes_on = request.keep_alive && whole && !stopping_ && !(full() && peer.unproven_since);
    answer_framing const how{request.http_1_1, goes_on, request.method == "HEAD"};
    peer.reader.drop_body();
    bool const sent = co_await send(peer, status_of(result), explanation_of(result), how);
    if (!sent)
        co_return sequel::lost;
    co_return how.keep_alive ? sequel::goes_on : sequel::ends;
}

/// Answers what is no request, and the connection ends.
net::awaitable<receiving::sequel> receiving::refuse(connection& peer, int status, std::string_view text)
{
    state_->count([](receiver_stats& stats) { ++stats.bad_requests; });
    tell_unhandled(status, text);
    peer.reader.drop_body();
    bool const sent = co_await send(peer, status, text, answer_framing{});
    co_return sent ? sequel::ends : sequel::lost;
}

net::awaitable<bool> receiving::send(connection& peer, int status, std::string_view text, answer_framing how)
{
    auto const output = make_answer(status, text, how, wall_clock());
    peer.expect_within(config_.timeouts.write);
    co_return co_await peer.stream.write(net::buffer(output));
}

/// Closes so that the sender gets what was sent: a socket that is closed with unread bytes resets the connection, which
/// can overtake the answer (RFC 9112 section 9.6).
net::awaitable<void> receiving::say_goodbye(connection& peer)
{
    peer.expect_within(linger);
    bool open = co_await peer.stream.end();
    while (open && !peer.overdue())
        open = co_await peer.stream.skip(peer.input_space());
}

// ---- deliveries

net::awaitable<outcome> receiving::judge(connection& peer)
{
    auto const& request = peer.reader.request();
    if (auto const objection = objection_to(request, config_.path))
        co_return *objection;
    auto const fields = [&](std::string_view name) { return find_field(request, name); };
    auto checking = net::co_spawn(strand_, state_->keys.check(fields, request.body),
                                  net::bind_cancellation_slot(peer.checking.slot(), use_awaitable));
    auto const check = co_await std::move(checking);
    if (auto const refusal = outcome_of(check.verdict))
        co_return *refusal;
    received_delivery what{decode_any_event(request.body), check.id, check.webhook_id};
    if (!config_.owners.empty() && !is_of(what.event, config_.owners))
        co_return outcome::of_others;
    peer.unproven_since.reset();
    co_return co_await handle(peer, std::move(what));
}

net::awaitable<outcome> receiving::handle(connection& peer, received_delivery what)
{
    auto const now = clock_->now();
    auto body = digest_of(what.body());
    auto const series = series_of(what.event);
    bool const recurs = series.has_value();
    auto& recent = recurs ? recurring_ : recent_;
    // What has come already begins no turn.
    if (recurs && !recent.contains(what.id, now) && !under_way_by_id_.contains(what.id))
        body = turns_.digest_in_turn(*series, body, now);
    if (recent.contains(body, what.id, now, recurs ? config_.timeouts.same_body : config_.timeouts.remembered))
        co_return outcome::duplicate;
    auto which = find_under_way(body, what.id, recurs ? elapsed{config_.timeouts.same_body} : elapsed::max());
    bool const own = !which;
    if (own) {
        if (stopping_)
            co_return outcome::stopping;
        bool const unknown = std::holds_alternative<events::unknown_event>(what.event);
        if (unknown)
            state_->count([](receiver_stats& stats) { ++stats.unknown_events; });
        http::memory_budget::share share{memory_, small_body};
        while (!share.resize(what.body().size())) {
            if (!reclaim_memory(peer))
                co_return outcome::overloaded;
        }
        which = std::make_shared<handling>(net::make_strand(state_->executor), std::move(what), body, recent, unknown,
                                           std::move(share), now);
        begin(which);
    }
    co_return co_await await_handling(peer, std::move(which), own);
}

void receiving::begin(handling_ptr const& which)
{
    try {
        under_way_.emplace(which->body, which);
        if (!which->id.empty())
            under_way_by_id_.emplace(which->id, which);
        queue_.push_back(which);
    } catch (std::bad_alloc const&) { // as if it had not come
        forget(which);
        throw;
    }
    start_handlers();
}

/// @param same_body_for for how long the same body is the same delivery without having the same id
receiving::handling_ptr receiving::find_under_way(body_digest const& body, std::string_view id,
                                                  transport::time_point::duration same_body_for) const
{
    auto const named = under_way_by_id_.find(id); // nothing for none
    if (named != under_way_by_id_.end())
        return named->second;
    auto const now = clock_->now();
    auto const [first, last] = under_way_.equal_range(body);
    auto const same = std::find_if(first, last, [&](auto const& each) {
        return is_same_delivery(each.second->id, id, now - each.second->since, same_body_for);
    });
    return same == last ? nullptr : same->second;
}

/// @param own whether this connection's request began it
net::awaitable<outcome> receiving::await_handling(connection& peer, handling_ptr which, bool own)
{
    {
        handling::place const place{*which, peer};
        while (!which->over() && !peer.overdue() && !peer.closed()) {
            error_code ignored;
            co_await peer.wakeup.async_wait(redirect_error(use_awaitable, ignored));
        }
    }
    if (which->at == handling::stage::succeeded)
        co_return own ? outcome::handled : outcome::duplicate;
    if (which->at == handling::stage::failed)
        co_return outcome::handler_failed;
    // No one waits for it any more, and nothing has begun: as if it had not come.
    if (which->at == handling::stage::queued && which->waiting.empty()) {
        std::erase(queue_, which);
        forget(which);
        co_return outcome::overloaded;
    }
    co_return outcome::not_in_time;
}

void receiving::start_handlers()
{
    while (!queue_.empty() && running_ < config_.limits.max_handlers) {
        auto const first = std::move(queue_.front());
        queue_.pop_front();
        start_handler(first);
    }
}

void receiving::start_handler(handling_ptr const& which)
{
    which->at = handling::stage::running;
    ++running_;
    state_->count([](receiver_stats& stats) { ++stats.running_handlers; });
    try {
        auto ended = [self = shared_from_this(), which](std::exception_ptr failure) {
            self->handled(which, failure == nullptr);
        };
        net::co_spawn(
            which->strand, run_handler(shared_from_this(), which),
            net::bind_cancellation_slot(which->cancellation.slot(), net::bind_executor(strand_, std::move(ended))));
    } catch (std::bad_alloc const&) {
        handled(which, false);
    }
}

net::awaitable<void> receiving::run_handler(std::shared_ptr<receiving> self, handling_ptr which)
{
    auto const& unknown = self->config_.on_unknown_event;
    auto const& handler = which->unknown && unknown ? unknown : self->handler_;
    try {
        co_await net::post(use_awaitable); // off the receiver's strand, on which co_spawn would begin it
        co_await handler(std::move(*which->what));
    } catch (...) {
        try {
            if (self->config_.on_handler_failure)
                self->config_.on_handler_failure(std::current_exception());
        } catch (...) {
            // the hook's own trouble
        }
        throw;
    }
}

void receiving::handled(handling_ptr const& which, bool succeeded) noexcept
{
    --running_;
    which->at = succeeded ? handling::stage::succeeded : handling::stage::failed;
    state_->count([&](receiver_stats& stats) {
        --stats.running_handlers;
        ++(succeeded ? stats.handled : stats.failed);
    });
    try {
        if (succeeded)
            which->recent.add(which->body, which->id, clock_->now());
    } catch (std::bad_alloc const&) {
        // it is not recognized, if it comes again
    }
    forget(which);
    for (auto* const each : which->waiting)
        each->wakeup.cancel();
    start_handlers();
    note_change();
}

void receiving::forget(handling_ptr const& which) noexcept
{
    which->memory.reset();
    under_way_by_id_.erase(which->id);
    auto const [first, last] = under_way_.equal_range(which->body);
    auto const own = std::find_if(first, last, [&](auto const& each) { return each.second == which; });
    if (own != last)
        under_way_.erase(own);
}

void receiving::tell_unhandled(int status, std::string_view reason) const noexcept
try {
    if (config_.on_unhandled)
        config_.on_unhandled(status, reason);
} catch (...) {
    // the hook's own trouble
}

void receiving::count(outcome what)
{
    state_->count([&](receiver_stats& stats) {
        switch (what) {
        case outcome::wrong_path:
        case outcome::wrong_method:
        case outcome::wrong_type:
        case outcome::wrong_coding:
            ++stats.refused;
            break;
        case outcome::signature_malformed:
        case outcome::signature_missing:
        case outcome::signature_mismatch:
            ++stats.not_genuine;
            break;
        case outcome::undecided:
            ++stats.undecided;
            break;
        case outcome::of_others:
            ++stats.of_others;
            break;
        case outcome::duplicate:
            ++stats.duplicates;
            break;
        case outcome::not_in_time:
            ++stats.unanswered_in_time;
            break;
        case outcome::overloaded:
            ++stats.overloaded;
            break;
        case outcome::handled:
        case outcome::handler_failed: // where the handler ends
        case outcome::stopping:
            break;
        }
    });
}

} // namespace rtkhooks::delivery
