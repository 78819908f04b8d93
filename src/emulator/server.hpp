// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/fault_queue.hpp"
#include "emulator/outbox.hpp"
#include "emulator/store.hpp"
#include "http/memory_budget.hpp"
#include "http/request_reader.hpp"

#include <rtkhooks/emulator.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::emulation {

/// What keeps one client from being a burden to the others.
struct server_limits {
    http::request_limits request;
    store_limits store;
    delivery_limits deliveries;
    std::size_t connections = 1024; ///< more are closed at once
    /// Bytes of all answers and request bodies that are under way. A request that has no room is answered by 503, and
    /// not carried out.
    std::size_t memory = 64 * 1024 * 1024;
    std::chrono::milliseconds handshake = std::chrono::seconds{10};
    /// Between requests. As Cloudflare has it.
    std::chrono::milliseconds idle = std::chrono::seconds{400};
    /// From a request's first byte to its last. Then 408.
    std::chrono::milliseconds request_time = std::chrono::seconds{30};
    /// For the client to take an answer.
    std::chrono::milliseconds write = std::chrono::seconds{30};
    /// For the client to close after the last answer, so that it can read this first.
    std::chrono::milliseconds linger = std::chrono::seconds{1};
};

/// The service on a loopback port: TLS, HTTP/1.1 and a thread that serves, and delivers, until destruction.
class server {
public:
    /// @throws rtkhooks::exception with `errc::resource_exhausted` where it cannot listen
    server(emulator_options options, server_limits limits);
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::string const& ca_pem() const noexcept;
    [[nodiscard]] fault_queue& faults() noexcept;
    [[nodiscard]] emulator_stats stats() const;
    [[nodiscard]] http::memory_budget const& memory() const noexcept;

    /// Delivers an event, as emulator::emit() does.
    std::vector<std::string> emit(std::string_view body);
    [[nodiscard]] delivery_log const& deliveries() const noexcept;
    /// The keys that deliveries are signed with.
    [[nodiscard]] signing_key_ring& keys() noexcept;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rtkhooks::emulation
