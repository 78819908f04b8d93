// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/fault_queue.hpp"

namespace rtkhooks::emulation {

void fault_queue::add(fault what, std::size_t count)
{
    if (count == 0)
        return;
    std::lock_guard const lock{mutex_};
    entries_.push_back({what, count});
}

std::optional<fault> fault_queue::take()
{
    std::lock_guard const lock{mutex_};
    if (entries_.empty())
        return {};
    auto const what = entries_.front().what;
    if (--entries_.front().count == 0)
        entries_.pop_front();
    return what;
}

} // namespace rtkhooks::emulation
