// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

namespace rtkhooks::test {

/// What this process has had of the heap since it began: by operator new, by OpenSSL, by the C library. A program that
/// links memory_count.cpp has each allocation counted.
struct memory_count {
    long long allocations = 0;
    long long by_openssl = 0; ///< of these
    long long bytes = 0;      ///< in use now, each block with what the heap itself needs for it

    friend memory_count operator-(memory_count left, memory_count const& right)
    {
        left.allocations -= right.allocations;
        left.by_openssl -= right.by_openssl;
        left.bytes -= right.bytes;
        return left;
    }
};

[[nodiscard]] memory_count memory_now() noexcept;

} // namespace rtkhooks::test
