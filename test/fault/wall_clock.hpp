// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>

namespace rtkhooks::test {

/// The time of day that this program, and what it is linked with, is told in place of the system's, for as long as this
/// lives. Steady clocks go on as ever.
class wall_clock {
public:
    wall_clock();
    ~wall_clock();
    wall_clock(wall_clock const&) = delete;
    wall_clock& operator=(wall_clock const&) = delete;

    /// Turns it to so much from the system's.
    void jump(std::chrono::seconds by) const;
};

} // namespace rtkhooks::test
