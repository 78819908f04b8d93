// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

namespace rtkhooks::test {

/// The system calls that this process has made since it began, those of input and output by kind. A program that links
/// system_call_count.cpp has them counted, where they are made through the C library's functions of the same names.
struct system_call_count {
    long long sends = 0;          ///< send, sendto, sendmsg, write, writev
    long long receives = 0;       ///< recv, recvfrom, recvmsg, read, readv: those in vain too
    long long epoll_waits = 0;    ///< and poll
    long long epoll_ctls = 0;     ///
    long long timer_settings = 0; ///< timerfd_settime
    long long others = 0;         ///< ioctl, fcntl, getsockopt, setsockopt

    friend system_call_count operator-(system_call_count left, system_call_count const& right)
    {
        left.sends -= right.sends;
        left.receives -= right.receives;
        left.epoll_waits -= right.epoll_waits;
        left.epoll_ctls -= right.epoll_ctls;
        left.timer_settings -= right.timer_settings;
        left.others -= right.others;
        return left;
    }
};

[[nodiscard]] system_call_count system_calls_now() noexcept;

} // namespace rtkhooks::test
