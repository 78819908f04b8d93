// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "integration/scripted_server.hpp"

#include <sys/mman.h>
#include <sys/types.h>

#include <new>

namespace rtkhooks::test {

/// A scripted server that is a process of its own, so that this one has no thread of it: whoever forks must have no
/// other, and whoever measures wants only its own.
class forked_server {
public:
    /// @param what may tell of itself through shared_memory
    explicit forked_server(scripted_server::script what);
    ~forked_server();
    forked_server(forked_server const&) = delete;
    forked_server& operator=(forked_server const&) = delete;

    /// That of the scripted server.
    [[nodiscard]] client_config const& config() const noexcept { return config_; }

private:
    pid_t id_ = -1;
    client_config config_;
};

/// An object that this process shares with those that it forks. Never destroyed, as any of them may still use it.
template <class T>
class shared_memory {
public:
    shared_memory()
    {
        auto* const memory = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            throw std::bad_alloc{};
        object_ = new (memory) T{};
    }
    ~shared_memory() { ::munmap(object_, sizeof(T)); }
    shared_memory(shared_memory const&) = delete;
    shared_memory& operator=(shared_memory const&) = delete;

    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }

private:
    T* object_;
};

} // namespace rtkhooks::test
