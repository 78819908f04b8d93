// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/resolver.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <netdb.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>

namespace rtkhooks::transport {
namespace {

constexpr std::chrono::seconds time_to_live{30};

/// @param system_code errno, which getaddrinfo() may leave where it lacked something, though its own code does not tell:
///        without descriptors to find out how to look names up, glibc says that there is no such host
failure describe(std::string const& host, int code, int system_code)
{
    namespace error = boost::asio::error;
    failure why{errc::resolve_failed, phase::resolve, "no address was found for " + host};
    if (code == EAI_MEMORY)
        system_code = ENOMEM;
    if (system_code == EMFILE || system_code == ENFILE || system_code == ENOMEM) {
        why.code = errc::resource_exhausted;
        why.cause = {system_code, boost::system::system_category()};
        why.transient = false;
        return why;
    }
    switch (code) {
    case EAI_AGAIN:
        why.cause = error::host_not_found_try_again;
        break;
    case EAI_FAIL:
        why.cause = error::no_recovery;
        break;
    case EAI_SYSTEM:
        why.cause = {system_code, boost::system::system_category()};
        break;
    default:
        why.cause = error::host_not_found;
        why.transient = false;
        break;
    }
    return why;
}

/// Signals are for the threads of the program that uses the library.
class signals_blocked {
public:
    signals_blocked() noexcept
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(signals_blocked const&) = delete;
    signals_blocked& operator=(signals_blocked const&) = delete;

private:
    sigset_t before_{};
};

lookup_result look_up_or_fail(lookup_function const& lookup, std::string const& host, std::uint16_t port)
{
    try {
        return lookup(host, port);
    } catch (std::bad_alloc const&) {
        return out_of_memory(phase::resolve);
    }
}

} // namespace

lookup_result system_lookup(std::string const& host, std::uint16_t port)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    errno = 0;
    auto const code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0)
        return describe(host, code, errno);
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> const owner{found, freeaddrinfo};
    std::vector<endpoint> addresses;
    for (auto const* each = found; each != nullptr; each = each->ai_next) {
        endpoint address;
        if (each->ai_addrlen > address.capacity())
            continue;
        std::memcpy(address.data(), each->ai_addr, each->ai_addrlen);
        address.resize(each->ai_addrlen);
        addresses.push_back(address);
    }
    if (addresses.empty())
        return describe(host, EAI_NONAME, 0);
    return addresses;
}

/// What a look-up's thread and its resolver share.
struct resolver::flight {
    std::atomic<bool> lost = false; // it will never land
    std::mutex mutex;
    boost::asio::any_io_executor executor;
    std::function<void(lookup_result)> done; // empty: nobody waits

    void land(lookup_result result)
    {
        // Held while posting: after cancel() the executor's context may be gone.
        std::lock_guard const lock{mutex};
        if (done)
            boost::asio::post(executor, [call = std::move(done), result = std::move(result)]() mutable {
                call(std::move(result)); // copied, it could fail where nobody would look up again
            });
        drop();
    }

    /// A strand's executor may not outlive its context.
    void drop() noexcept
    {
        done = nullptr;
        executor = {};
    }
};

resolver::resolver(boost::asio::any_io_executor executor, lookup_function lookup, std::string host, std::uint16_t port)
    : executor_{std::move(executor)}, lookup_{std::move(lookup)}, host_{std::move(host)}, port_{port}
{
}

resolver::~resolver() { cancel(); }

std::vector<endpoint> const* resolver::cached(time_point now) const noexcept
{
    if (!known_since_ || now - *known_since_ > time_to_live)
        return nullptr;
    return std::get_if<std::vector<endpoint>>(&known_);
}

void resolver::look_up(std::function<void(lookup_result)> done)
{
    if (flight_ && !flight_->lost)
        return;
    auto shared = std::make_shared<flight>();
    shared->executor = executor_;
    shared->done = std::move(done);
    signals_blocked const blocked; // the new thread inherits it
    std::thread{[shared, lookup = lookup_, host = host_, port = port_] {
        try {
            shared->land(look_up_or_fail(lookup, host, port));
        } catch (...) {
            shared->lost = true; // those who wait do so until their time is over, and then look again
        }
    }}.detach();
    flight_ = std::move(shared);
}

lookup_result const& resolver::landed(lookup_result result, time_point now)
{
    if (flight_)
        std::lock_guard const lock{flight_->mutex}; // its thread has posted this, and may still be at it
    flight_ = nullptr;
    auto const succeeded = std::holds_alternative<std::vector<endpoint>>(result);
    if (succeeded || !known_since_)
        known_ = std::move(result);
    if (succeeded)
        known_since_ = now;
    return known_;
}

void resolver::cancel() noexcept
{
    if (!flight_)
        return;
    std::lock_guard const lock{flight_->mutex};
    flight_->drop();
}

} // namespace rtkhooks::transport
