// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

namespace rtkhooks::test {

/// Has the system refuse this thread every further socket for as long as it lives.
class no_sockets {
public:
    /// @param error of errno.h
    explicit no_sockets(int error) noexcept;
    ~no_sockets();
    no_sockets(no_sockets const&) = delete;
    no_sockets& operator=(no_sockets const&) = delete;
};

} // namespace rtkhooks::test
