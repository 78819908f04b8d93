// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/dial.hpp"

#include "transport/assured_handler.hpp"
#include "transport/close_on_exec.hpp"
#include "transport/fork_count.hpp"
#include "transport/section.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <new>
#include <system_error>
#include <utility>

namespace rtkhooks::transport {
namespace {

namespace net = boost::asio;

constexpr std::chrono::milliseconds attempt_delay{250}; // RFC 8305 section 8

bool is_shortage(boost::system::error_code const& ec)
{
    namespace errc = boost::system::errc;
    return ec == errc::too_many_files_open || ec == errc::too_many_files_open_in_system ||
           ec == errc::not_enough_memory;
}

/// Without its text where there is no memory for that: another address may do.
failure connect_failure(endpoint const& address, boost::system::error_code const& ec) noexcept
{
    failure why{is_shortage(ec) ? errc::resource_exhausted : errc::connect_failed, phase::connect, {}, ec};
    why.transient = why.code == errc::connect_failed;
    try {
        auto const name = address.address().to_string();
        why.explanation = "connecting to " + (address.address().is_v6() ? '[' + name + ']' : name) + ':' +
                          std::to_string(address.port()) + " failed";
    } catch (std::bad_alloc const&) {
        // the code says the most of it
    }
    return why;
}

/// Asio goes on to watch a socket that has connected for taking more, and epoll tells of that again whenever reading is
/// awaited: each wait for an answer would first end in vain.
void watch_anew(net::ip::tcp::socket& socket, net::ip::tcp const& protocol, boost::system::error_code& ec)
{
    auto const descriptor = socket.release(ec);
    if (!ec)
        adopt(socket, protocol, descriptor, ec);
}

} // namespace

struct pool::dial::connecting {
    std::shared_ptr<dial> self;
    std::weak_ptr<pool> pool_;
    std::size_t index;

    explicit operator bool() const noexcept { return self != nullptr; }
    void operator()(boost::system::error_code ec) const
    {
        if (auto const owner = pool_.lock()) {
            section locked{*owner};
            self->connected(index, ec, locked.ready);
        }
    }
};

void pool::dial::start(ready_list& ready)
try {
    auto const time = owner_.now();
    owner_.timers_.set(*this, time + owner_.settings_.timeouts.connect);
    if (!owner_.settings_.fixed_addresses.empty())
        return addresses(owner_.settings_.fixed_addresses, ready);
    if (auto const* known = owner_.resolver_->cached(time))
        return addresses(*known, ready);
    owner_.look_up();
} catch (std::bad_alloc const&) {
    fail(out_of_memory(where_), ready);
} catch (std::system_error const& problem) {
    failure why{errc::resource_exhausted,
                where_,
                "no thread could be had to look the host up",
                {problem.code().value(), boost::system::system_category()}};
    why.transient = false;
    fail(why, ready);
}

void pool::dial::addresses(lookup_result const& found, ready_list& ready)
{
    if (auto const* why = std::get_if<failure>(&found))
        return fail(*why, ready);
    where_ = phase::connect;
    try {
        endpoints_ = interleave(std::get<std::vector<endpoint>>(found));
        attempts_.reserve(endpoints_.size());
    } catch (std::bad_alloc const&) {
        return fail(out_of_memory(where_), ready);
    }
    attempt_next(ready);
}

/// Tries the next address, and the one after it when that has not answered for a while.
void pool::dial::attempt_next(ready_list& ready)
try {
    while (!over_ && attempts_.size() != endpoints_.size()) {
        auto const index = attempts_.size();
        auto const& address = endpoints_[index];
        auto& socket = attempts_.emplace_back(net::ip::tcp::socket{owner_.executor_});
        boost::system::error_code ec;
        open_close_on_exec(*socket, address.protocol(), ec);
        if (ec) {
            socket.reset();
            last_failure_ = connect_failure(address, ec);
            continue;
        }
        ++pending_;
        {
            handing_over const here;
            socket->async_connect(address,
                                  assured_handler{connecting{shared_from_this(), owner_.weak_from_this(), index}});
        }
        if (attempts_.size() != endpoints_.size())
            owner_.timers_.set(stagger_, owner_.now() + attempt_delay);
        return;
    }
    if (!over_ && pending_ == 0)
        fail(*last_failure_, ready);
} catch (std::bad_alloc const&) {
    if (!over_)
        fail(out_of_memory(where_), ready);
}

void pool::dial::connected(std::size_t index, boost::system::error_code ec, ready_list& ready)
{
    if (over_ || made_ || where_ != phase::connect)
        return;
    --pending_;
    auto socket = std::move(attempts_[index]);
    attempts_[index].reset();
    if (ec) {
        last_failure_ = connect_failure(endpoints_[index], ec);
        owner_.timers_.remove(stagger_);
        return attempt_next(ready);
    }
    attempts_.clear(); // the others are too late
    shake_hands(std::move(*socket), endpoints_[index], ready);
}

void pool::dial::shake_hands(net::ip::tcp::socket socket, endpoint const& address, ready_list& ready)
{
    auto& settings = owner_.settings_;
    where_ = phase::tls_handshake;
    owner_.timers_.remove(stagger_);
    owner_.timers_.set(*this, owner_.now() + settings.timeouts.tls_handshake);
    try {
        boost::system::error_code ec;
        watch_anew(socket, address.protocol(), ec);
        if (ec)
            return fail(connect_failure(address, ec), ready);
        std::unique_ptr<tls_engine> tls;
        if (settings.tls)
            tls = std::make_unique<tls_engine>(settings.tls->connect(settings.host, settings.host_is_address));
        made_ = std::make_shared<connection>(std::move(socket), std::move(tls), settings.limits,
                                             owner_.next_connection_id_++);
        begin_handshake();
    } catch (std::bad_alloc const&) {
        fail(out_of_memory(where_), ready);
    }
}

void pool::dial::begin_handshake()
{
    auto pool = owner_.weak_from_this();
    // Made here, so that starting it later takes no memory.
    connection::handshake_handler done = [self = shared_from_this(), pool](std::optional<failure> why) {
        auto const owner = pool.lock();
        if (!owner)
            return;
        section locked{*owner};
        if (std::exchange(self->over_, true))
            return;
        self->stop_timers();
        if (why)
            owner->dial_failed(*self, *why, locked.ready);
        else
            owner->dialed(*self, std::exchange(self->made_, nullptr), locked.ready);
    };
    connection::lost_handler lost = [pool](connection& which) {
        if (auto const owner = pool.lock())
            owner->lost(which);
    };
    // Posted: the connection calls back without locks, and here the pool's is held.
    net::post(owner_.executor_, [made = made_, done = std::move(done), lost = std::move(lost)]() mutable {
        made->start(std::move(done), std::move(lost));
    });
}

/// The time for this part is over.
void pool::dial::expire(ready_list& ready)
try {
    auto const ec = make_error_code(boost::system::errc::timed_out);
    switch (where_) {
    case phase::resolve:
        return fail({errc::resolve_failed, where_, "looking up the host took longer than timeouts.connect", ec}, ready);
    case phase::connect:
        return fail({errc::connect_failed, where_, "connecting took longer than timeouts.connect", ec}, ready);
    default:
        return fail({errc::tls_failed, where_, "the TLS handshake took longer than timeouts.tls_handshake", ec}, ready);
    }
} catch (std::bad_alloc const&) {
    fail(out_of_memory(where_), ready); // no text, but an end
}

void pool::dial::fail(failure const& why, ready_list& ready)
{
    auto const self = shared_from_this();
    auto const copy = copy_of(why); // it may be last_failure_
    cancel();
    owner_.dial_failed(*this, copy, ready);
}

void pool::dial::cancel()
{
    over_ = true;
    stop_timers();
    if (owner_.process_ != fork_count()) {
        for (auto& each : attempts_)
            if (each)
                leave_to_parent(each->native_handle());
    }
    attempts_.clear();
    if (made_)
        std::exchange(made_, nullptr)->close();
}

void pool::dial::stop_timers()
{
    owner_.timers_.remove(*this);
    owner_.timers_.remove(stagger_);
}

} // namespace rtkhooks::transport
