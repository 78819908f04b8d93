// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/certificate_authority.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// @file
/// A receiver of deliveries that shares nothing with the library: blocking sockets, OpenSSL, a thread for each
/// connection. It does what a test says.

namespace rtkhooks::testing {

struct received_delivery {
    std::string request_line;
    std::map<std::string, std::string> fields; ///< by name in lower case; values of one name are joined by |
    std::string body;
};

/// What a receiver does about a delivery.
struct reaction {
    /// Sent as it is. Nothing: the connection is closed without an answer.
    std::string bytes;
    /// Waits, before it closes, until the sender has.
    bool holds_on = false;

    /// An answer without a body.
    [[nodiscard]] static reaction status(int value, std::string const& fields = "");
    /// Nothing at all, for as long as the sender waits.
    [[nodiscard]] static reaction silence() { return {"", true}; }
};

/// Listens on 127.0.0.1 until destroyed. Deliveries are reacted to by a function, called on the receiver's threads one
/// at a time.
class stub_receiver {
public:
    using function = std::function<reaction(received_delivery const&)>;

    explicit stub_receiver(function react, std::optional<emulation::certified_key> own = {});
    /// Reacts to each in turn, and to those that follow as to the last.
    explicit stub_receiver(std::vector<reaction> reactions);
    ~stub_receiver();
    stub_receiver(stub_receiver const&) = delete;
    stub_receiver& operator=(stub_receiver const&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// `http://127.0.0.1:PORT` and this
    [[nodiscard]] std::string url(std::string const& path = "/hook") const;
    [[nodiscard]] std::vector<received_delivery> received() const;
    /// How many connections there were, with a request or without.
    [[nodiscard]] std::size_t connections() const noexcept { return connections_; }

private:
    void accept();
    void serve(int socket);
    [[nodiscard]] reaction react(received_delivery what);

    function react_;
    std::optional<emulation::certified_key> own_;
    std::uint16_t port_ = 0;
    int listener_; // behind the port, which comes with it
    std::atomic<std::size_t> connections_{0};
    mutable std::mutex mutex_; // of what follows
    std::vector<received_delivery> received_;
    std::vector<int> sockets_; // open
    bool stopping_ = false;
    std::mutex reacting_;
    std::vector<std::thread> threads_; // of accept(), until it has ended
    std::thread accepting_;
};

/// A port of 127.0.0.1 on which nothing listens, for as long as this lives.
class closed_port {
public:
    closed_port();
    ~closed_port();
    closed_port(closed_port const&) = delete;
    closed_port& operator=(closed_port const&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }

private:
    std::uint16_t port_ = 0;
    int socket_; // as above
};

} // namespace rtkhooks::testing
