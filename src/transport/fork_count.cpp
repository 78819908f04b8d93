// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/fork_count.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>

namespace rtkhooks::transport {
namespace {

std::atomic<unsigned> count = 0;

} // namespace

unsigned fork_count() noexcept
{
    [[maybe_unused]] static int const registered =
        pthread_atfork(nullptr, nullptr, [] { count.fetch_add(1, std::memory_order_relaxed); });
    return count.load(std::memory_order_relaxed);
}

void leave_to_parent(int descriptor) noexcept
{
    int const nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0) { // no descriptor is free
        ::close(descriptor);
        return;
    }
    ::dup2(nowhere, descriptor);
    ::close(nowhere);
}

} // namespace rtkhooks::transport
