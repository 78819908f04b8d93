// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rtkhooks {

/// A client's connections and calls, counted. `open`, `idle`, `busy`, `connecting`, `pacing` and `waiting` are of this
/// moment, the others since the client was made.
struct pool_stats {
    pool_stats() = default;

    std::size_t open = 0;               ///< connections: idle and busy
    std::size_t idle = 0;               ///< ready for a call
    std::size_t busy = 0;               ///< in use by a call
    std::size_t connecting = 0;         ///< being made
    std::size_t pacing = 0;             ///< calls that wait for a turn of the client's own pace
    std::size_t waiting = 0;            ///< calls that wait for a connection
    std::uint64_t opened = 0;           ///< connections made, TLS included
    std::uint64_t closed = 0;           ///< of these
    std::uint64_t reused = 0;           ///< attempts on a connection that had served an earlier one
    std::uint64_t resumed = 0;          ///< connections that resumed an earlier TLS session
    std::uint64_t connect_failures = 0; ///< attempts to make a connection that failed
    std::uint64_t calls = 0;            ///< begun, besides those whose arguments were refused
    std::uint64_t retries = 0;          ///< attempts after a call's first, replacements of dead connections included
};

} // namespace rtkhooks
