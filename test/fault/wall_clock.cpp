// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/wall_clock.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

namespace rtkhooks::test {
namespace {

std::atomic<std::time_t> offset = 0;

} // namespace

wall_clock::wall_clock() { offset = 0; }
wall_clock::~wall_clock() { offset = 0; }
void wall_clock::jump(std::chrono::seconds by) const { offset = by.count(); }

} // namespace rtkhooks::test

// Definitions in the program take the place of the C library's.

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t which, timespec* now)
{
    auto const status = static_cast<int>(::syscall(SYS_clock_gettime, which, now));
    if (status == 0 && which == CLOCK_REALTIME)
        now->tv_sec += rtkhooks::test::offset;
    return status;
}

extern "C" __attribute__((visibility("default"))) std::time_t time(std::time_t* where)
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (where != nullptr)
        *where = now.tv_sec;
    return now.tv_sec;
}
