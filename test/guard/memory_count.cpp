// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "guard/memory_count.hpp"

#include <malloc.h>
#include <openssl/crypto.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

// A program's own malloc takes the place of glibc's in all of its libraries where it is not hidden, and libstdc++'s
// operator new calls it too.

extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* memory, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
void __libc_free(void* memory) noexcept;
}

namespace {

std::atomic<long long> allocations{0};
std::atomic<long long> by_openssl{0};
std::atomic<long long> bytes{0};

// A block, and the word that the heap keeps in front of it.
long long whole_size(void* memory) noexcept
{
    return memory != nullptr ? static_cast<long long>(::malloc_usable_size(memory) + sizeof(std::size_t)) : 0;
}

void* counted(void* memory) noexcept
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(whole_size(memory), std::memory_order_relaxed);
    return memory;
}

} // namespace

#pragma GCC visibility push(default)
extern "C" {
void* malloc(std::size_t size) noexcept { return counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) noexcept { return counted(__libc_calloc(count, size)); }
void* memalign(std::size_t alignment, std::size_t size) noexcept { return counted(__libc_memalign(alignment, size)); }
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept { return memalign(alignment, size); }
int posix_memalign(void** where, std::size_t alignment, std::size_t size) noexcept
{
    auto* const memory = memalign(alignment, size);
    if (memory == nullptr)
        return ENOMEM;
    *where = memory;
    return 0;
}
void* realloc(void* memory, std::size_t size) noexcept
{
    auto const before = whole_size(memory);
    auto* const moved = __libc_realloc(memory, size);
    if (moved != nullptr || size == 0)
        bytes.fetch_sub(before, std::memory_order_relaxed);
    return counted(moved);
}
void free(void* memory) noexcept
{
    bytes.fetch_sub(whole_size(memory), std::memory_order_relaxed);
    __libc_free(memory);
}
}
#pragma GCC visibility pop

namespace {

// OpenSSL's own, told apart from the others: accepted before its first allocation only.
void* openssl_malloc(std::size_t size, char const*, int)
{
    by_openssl.fetch_add(1, std::memory_order_relaxed);
    return std::malloc(size);
}
void* openssl_realloc(void* memory, std::size_t size, char const*, int)
{
    by_openssl.fetch_add(1, std::memory_order_relaxed);
    return std::realloc(memory, size);
}
void openssl_free(void* memory, char const*, int) { std::free(memory); }

[[maybe_unused]] bool const openssl_is_counted =
    CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1;

} // namespace

rtkhooks::test::memory_count rtkhooks::test::memory_now() noexcept
{
    memory_count now;
    now.allocations = allocations.load(std::memory_order_relaxed);
    now.by_openssl = by_openssl.load(std::memory_order_relaxed);
    now.bytes = bytes.load(std::memory_order_relaxed);
    return now;
}
