// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#undef _FORTIFY_SOURCE // has headers define functions of these names
#include "guard/system_call_count.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdarg>

namespace {

using counter = std::atomic<long long>;
counter sends{0};
counter receives{0};
counter epoll_waits{0};
counter epoll_ctls{0};
counter timer_settings{0};
counter others{0};

template <class... Arguments>
long make(counter& which, long number, Arguments... arguments) noexcept
{
    which.fetch_add(1, std::memory_order_relaxed);
    return ::syscall(number, arguments...);
}

} // namespace

// A program's own functions take the place of the C library's, in its libraries too where they are not hidden.
#pragma GCC visibility push(default)
extern "C" {

ssize_t send(int socket, void const* data, size_t size, int flags)
{
    return make(sends, SYS_sendto, socket, data, size, flags, nullptr, 0);
}
ssize_t sendto(int socket, void const* data, size_t size, int flags, sockaddr const* to, socklen_t length)
{
    return make(sends, SYS_sendto, socket, data, size, flags, to, length);
}
ssize_t sendmsg(int socket, msghdr const* message, int flags)
{
    return make(sends, SYS_sendmsg, socket, message, flags);
}
ssize_t write(int file, void const* data, size_t size) { return make(sends, SYS_write, file, data, size); }
ssize_t writev(int file, iovec const* data, int count) { return make(sends, SYS_writev, file, data, count); }

ssize_t recv(int socket, void* data, size_t size, int flags)
{
    return make(receives, SYS_recvfrom, socket, data, size, flags, nullptr, nullptr);
}
ssize_t recvfrom(int socket, void* data, size_t size, int flags, sockaddr* from, socklen_t* length)
{
    return make(receives, SYS_recvfrom, socket, data, size, flags, from, length);
}
ssize_t recvmsg(int socket, msghdr* message, int flags) { return make(receives, SYS_recvmsg, socket, message, flags); }
ssize_t read(int file, void* data, size_t size) { return make(receives, SYS_read, file, data, size); }
ssize_t readv(int file, iovec const* data, int count) { return make(receives, SYS_readv, file, data, count); }

int epoll_pwait(int epoll, epoll_event* events, int count, int timeout, sigset_t const* mask)
{
    // Of the two forms that a kernel may have, the one that each has.
    return static_cast<int>(make(epoll_waits, SYS_epoll_pwait, epoll, events, count, timeout, mask, _NSIG / 8));
}
int epoll_wait(int epoll, epoll_event* events, int count, int timeout)
{
    return epoll_pwait(epoll, events, count, timeout, nullptr);
}
int poll(pollfd* files, nfds_t count, int timeout)
{
    timespec limit{timeout / 1000, timeout % 1000 * 1'000'000L};
    return static_cast<int>(
        make(epoll_waits, SYS_ppoll, files, count, timeout < 0 ? nullptr : &limit, nullptr, _NSIG / 8));
}
int epoll_ctl(int epoll, int operation, int file, epoll_event* event) noexcept
{
    return static_cast<int>(make(epoll_ctls, SYS_epoll_ctl, epoll, operation, file, event));
}
int timerfd_settime(int timer, int flags, itimerspec const* when, itimerspec* before) noexcept
{
    return static_cast<int>(make(timer_settings, SYS_timerfd_settime, timer, flags, when, before));
}

int ioctl(int file, unsigned long request, ...) noexcept
{
    std::va_list rest;
    va_start(rest, request);
    auto* const argument = va_arg(rest, void*);
    va_end(rest);
    return static_cast<int>(make(others, SYS_ioctl, file, request, argument));
}
int fcntl(int file, int command, ...)
{
    std::va_list rest;
    va_start(rest, command);
    auto* const argument = va_arg(rest, void*);
    va_end(rest);
    return static_cast<int>(make(others, SYS_fcntl, file, command, argument));
}
int getsockopt(int socket, int level, int name, void* value, socklen_t* size) noexcept
{
    return static_cast<int>(make(others, SYS_getsockopt, socket, level, name, value, size));
}
int setsockopt(int socket, int level, int name, void const* value, socklen_t size) noexcept
{
    return static_cast<int>(make(others, SYS_setsockopt, socket, level, name, value, size));
}
}
#pragma GCC visibility pop

rtkhooks::test::system_call_count rtkhooks::test::system_calls_now() noexcept
{
    system_call_count now;
    now.sends = sends.load(std::memory_order_relaxed);
    now.receives = receives.load(std::memory_order_relaxed);
    now.epoll_waits = epoll_waits.load(std::memory_order_relaxed);
    now.epoll_ctls = epoll_ctls.load(std::memory_order_relaxed);
    now.timer_settings = timer_settings.load(std::memory_order_relaxed);
    now.others = others.load(std::memory_order_relaxed);
    return now;
}
