// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/receiver.hpp>

#include "delivery/bad_member.hpp"
#include "delivery/receiver_state.hpp"
#include "delivery/receiving.hpp"
#include "delivery/server_tls.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace rtkhooks {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using std::chrono::milliseconds;

void must_be_within(std::size_t value, std::size_t least, std::size_t most, char const* member)
{
    if (value < least || value > most)
        delivery::refuse_member(member, "is " + std::to_string(value) + ", but must be from " + std::to_string(least) +
                                            " to " + std::to_string(most));
}

void must_be_time(milliseconds value, char const* member, milliseconds least = milliseconds{1})
{
    if (value < least || value > std::chrono::hours{365 * 24})
        delivery::refuse_member(member, "is " + std::to_string(value.count()) + " ms, but must be from " +
                                            std::to_string(least.count()) + " ms to a year");
}

receiver_config checked(receiver_config config)
{
    auto const& limits = config.limits;
    auto const& times = config.timeouts;
    auto const& path = config.path;
    if (!path.starts_with('/') ||
        !std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; }))
        delivery::refuse_member("path", "must begin with a slash, and have what must be percent-encoded encoded");
    must_be_within(limits.header_bytes, 1024, 1024 * 1024, "limits.header_bytes");
    must_be_within(limits.body_bytes, 1024, 64 * 1024 * 1024, "limits.body_bytes");
    must_be_within(limits.memory_bytes, 2 * limits.body_bytes, static_cast<std::size_t>(-1), "limits.memory_bytes");
    must_be_within(limits.max_connections, 1, 65535, "limits.max_connections");
    must_be_within(limits.max_handlers, 1, 65535, "limits.max_handlers");
    must_be_within(limits.remembered, 0, 100'000'000, "limits.remembered");
    must_be_time(times.header, "timeouts.header");
    must_be_time(times.body, "timeouts.body");
    must_be_time(times.idle, "timeouts.idle");
    must_be_time(times.answer, "timeouts.answer");
    must_be_time(times.write, "timeouts.write");
    must_be_time(times.tls_handshake, "timeouts.tls_handshake");
    must_be_time(times.remembered, "timeouts.remembered");
    must_be_time(times.same_body, "timeouts.same_body", milliseconds{0});
    must_be_time(times.stop, "timeouts.stop", milliseconds{0});
    if (std::any_of(config.owners.begin(), config.owners.end(), [](auto const& each) { return each.empty(); }))
        delivery::refuse_member("owners", "has an empty id");
    return config;
}

/// Where a coroutine on a run's strand is cancelled.
struct remote_cancellation {
    explicit remote_cancellation(delivery::receiving::strand_type where) : strand{std::move(where)} {}

    delivery::receiving::strand_type const strand;
    net::cancellation_signal signal; // emitted there
};

/// Awaits what works on a run's strand. The caller's cancellation goes there with a signal that is still there when it
/// arrives: Asio 1.81 passes it on by address, and what has ended meanwhile has none.
net::awaitable<void> on_strand(delivery::receiving::strand_type strand, net::awaitable<void> what)
{
    auto const remote = std::make_shared<remote_cancellation>(strand);
    auto const state = co_await net::this_coro::cancellation_state;
    auto callers = state.slot();
    if (callers.is_connected()) { // and may be there when the context is not any more
        callers.assign([weak = std::weak_ptr{remote}](net::cancellation_type how) {
            if (auto const to = weak.lock())
                net::post(to->strand, [to, how] { to->signal.emit(how); });
        });
    }
    std::exception_ptr problem;
    try {
        auto done = net::co_spawn(strand, std::move(what),
                                  net::bind_cancellation_slot(remote->signal.slot(), net::use_awaitable));
        co_await std::move(done);
    } catch (...) {
        problem = std::current_exception();
    }
    callers.clear();
    if (problem)
        std::rethrow_exception(problem);
}

net::awaitable<void> run_receiver(std::shared_ptr<detail::receiver_state> state, tcp::endpoint where,
                                  delivery_handler handler)
{
    if (!handler)
        delivery::refuse_member("handler", "is not given");
    if (state->running())
        delivery::refuse_member("run()", "is under way already");
    auto running = delivery::receiving::make(state, where, std::move(handler));
    auto const start = state->begin(running, running->where());
    if (start == detail::receiver_state::start::has_no_receiver)
        co_return;
    if (start == detail::receiver_state::start::runs_already)
        delivery::refuse_member("run()", "is under way already");
    auto const strand = running->strand();
    auto served = delivery::receiving::serve(std::move(running));
    co_await on_strand(strand, std::move(served));
}

net::awaitable<void> stop_receiver(std::shared_ptr<detail::receiver_state> state, milliseconds grace)
{
    auto running = state->running();
    if (!running)
        co_return;
    auto const strand = running->strand();
    auto stopped = delivery::receiving::stop(std::move(running), grace);
    co_await on_strand(strand, std::move(stopped));
}

} // namespace

detail::receiver_state::receiver_state(net::any_io_executor where, receiver_config what, key_store with,
                                       transport::clock_factory clock)
    : executor{std::move(where)},
      config{checked(std::move(what))},
      keys{std::move(with)},
      make_clock{std::move(clock)},
      tls{delivery::make_server_tls(config.tls)}
{
}

receiver::receiver(net::any_io_executor executor, receiver_config config, key_store keys)
    : receiver{detail::receiver_access::make(std::move(executor), std::move(config), std::move(keys),
                                             transport::make_steady_clock)}
{
}

receiver::receiver(std::shared_ptr<detail::receiver_state> state) noexcept : state_{std::move(state)} {}

receiver::~receiver()
{
    try {
        if (auto const running = state_ ? state_->abandon() : nullptr)
            running->stop_soon();
    } catch (std::bad_alloc const&) {
        // it goes on until its context ends
    }
}

receiver::receiver(receiver&&) noexcept = default;

receiver& receiver::operator=(receiver&& other) noexcept
{
    receiver replaced{std::move(other)};
    std::swap(state_, replaced.state_);
    return *this;
}

net::awaitable<void> receiver::run(tcp::endpoint where, delivery_handler handler)
{
    return run_receiver(state_, std::move(where), std::move(handler));
}

net::awaitable<void> receiver::stop(milliseconds grace) { return stop_receiver(state_, grace); }

std::optional<tcp::endpoint> receiver::local_endpoint() const { return state_->where(); }

receiver_stats receiver::stats() const { return state_->stats(); }

} // namespace rtkhooks
