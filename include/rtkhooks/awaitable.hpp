// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/awaitable.hpp>

// clang before 19 may keep a thread-local variable's address in a coroutine's frame while the coroutine waits (LLVM's
// issues 47179 and 63022). One that goes on in another thread then takes the memory of its callees' frames from the cache
// that Asio has for the first thread, which that thread uses at the same time. No error, as tools made of such a clang read
// what other compilers compile.
#if defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 19 && \
    !defined(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
#warning "clang before 19 damages memory without -DBOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING (rtkhooks::rtkhooks adds it)"
#endif
