// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/pool.hpp"

namespace rtkhooks::transport {

/// The pool's lock, held. When it ends, timers are armed, the lock is released, and only then what became ready is
/// resumed: user code never runs under the lock.
class pool::section {
public:
    explicit section(pool& owner) : owner_{owner}, lock_{owner.mutex_} {}
    ~section()
    {
        owner_.arm(ready);
        lock_.unlock();
    }
    section(section const&) = delete;
    section& operator=(section const&) = delete;

    ready_list ready;

private:
    pool& owner_;
    std::unique_lock<std::mutex> lock_;
};

} // namespace rtkhooks::transport
