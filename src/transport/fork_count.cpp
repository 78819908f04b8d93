// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/fork_count.hpp"

#include <pthread.h>

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

} // namespace rtkhooks::transport
