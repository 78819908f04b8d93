// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <signal.h>

namespace rtkhooks::emulation {

/// While it lives, threads that are started take no signal that is meant for the program's own.
class blocked_signals {
public:
    blocked_signals()
    {
        sigset_t all;
        sigfillset(&all);
        for (int const each : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF})
            sigdelset(&all, each);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    blocked_signals(blocked_signals const&) = delete;
    blocked_signals& operator=(blocked_signals const&) = delete;
    ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

} // namespace rtkhooks::emulation
