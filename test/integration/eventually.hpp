// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>
#include <thread>

namespace rtkhooks::test {

/// Waits for what another thread does, without a guess at how long that takes.
/// @return whether it came within 20 s
template <class Condition>
bool eventually(Condition condition)
{
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::yield();
    }
    return true;
}

} // namespace rtkhooks::test
