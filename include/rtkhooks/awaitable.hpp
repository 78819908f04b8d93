// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/awaitable.hpp>

// clang before 19 may keep a thread-local variable's address in a coroutine's frame while the coroutine waits (LLVM's
// issues 47179 and 63022). One that goes on in another thread then uses the first thread's variable, and Asio has one,
// with the memory that it recycles for coroutines and handlers: two threads take the same. With this definition Asio asks
// the system for it each time. A warning, and not for tools, which read what other compilers compile.
#if defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 19 && !defined(__clang_analyzer__) && \
    defined(BOOST_ASIO_HAS_THREAD_KEYWORD_EXTENSION)
#warning "clang before 19: build rtkhooks and all that uses Asio with -DBOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION"
#endif
