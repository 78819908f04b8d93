// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <thread>

namespace rtkhooks::test {

/// Of this process, servers of the test included.
inline std::size_t open_descriptors()
{
    std::size_t count = 0;
    for ([[maybe_unused]] auto const& each : std::filesystem::directory_iterator{"/proc/self/fd"})
        ++count;
    return count;
}

/// Whether there are no more than so many, once servers have noticed what ended.
inline bool descriptors_fall_to(std::size_t count)
{
    auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (open_descriptors() > count) {
        if (std::chrono::steady_clock::now() > patience)
            return false;
        std::this_thread::yield();
    }
    return true;
}

} // namespace rtkhooks::test
