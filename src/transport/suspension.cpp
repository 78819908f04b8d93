// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/suspension.hpp"

namespace rtkhooks::transport {

thread_local suspension::request* suspension::request::innermost = nullptr;

suspension::request::request(suspension const& which) noexcept : which_{&which}, outer_{innermost} { innermost = this; }

suspension::request::~request() { innermost = outer_; }

bool suspension::request::refuse(suspension const& which) noexcept
{
    if (innermost == nullptr || innermost->which_ != &which)
        return false;
    innermost->refused_ = true;
    return true;
}

void suspension::request::grant(suspension const& which) noexcept
{
    if (innermost != nullptr && innermost->which_ == &which)
        innermost->which_ = nullptr;
}

} // namespace rtkhooks::transport
