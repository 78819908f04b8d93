// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "integration/not_run_here.hpp"

namespace rtkhooks::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool address_sanitizer = true;
#elif defined(__has_feature)
inline constexpr bool address_sanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool address_sanitizer = false;
#endif

/// A precondition of tests that take all descriptors: the address and undefined behaviour sanitizers make pipes to see
/// whether memory can be read.
[[nodiscard]] inline boost::test_tools::assertion_result
can_do_without_descriptors(boost::unit_test::test_unit_id which)
{
    return run_where(!address_sanitizer, which, "the sanitizer needs descriptors of its own");
}

} // namespace rtkhooks::test
