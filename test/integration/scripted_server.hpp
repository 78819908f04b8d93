// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>

#include <openssl/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rtkhooks::test {

/// A complete HTTP/1.1 answer.
/// @param headers whole lines, each with its line end
[[nodiscard]] std::string http_answer(int status, std::string_view body, std::string_view headers = {});

/// A server on loopback that does with each connection what a script says, byte for byte. Each connection has a thread,
/// so that a script is written down in the order in which it happens.
class scripted_server {
public:
    /// The client has closed the connection, or the server is being destroyed. Ends a script.
    struct over {};

    /// One accepted connection.
    class session {
    public:
        /// Counted from 1 in the order of acceptance.
        [[nodiscard]] int number() const noexcept { return number_; }
        /// Done before the script begins, unless the server is raw.
        void shake_hands();
        /// Whole: header and body. Throws over.
        std::string read_request();
        /// Bytes as they are, in one record.
        void send(std::string_view bytes);
        void send_byte_by_byte(std::string_view bytes);
        /// What has come and was not asked for by read_request, at least a byte.
        std::string read_some();
        /// Reads, and forgets, until the client closes.
        void wait_for_close();
        /// Does not even read, until the server is destroyed.
        void stall();
        void send_close_notify();
        /// A FIN, without close_notify.
        void close();
        /// An RST.
        void reset();
        /// What send() would send.
        std::string encrypt(std::string_view bytes);
        /// Bytes past TLS.
        void send_raw(std::string_view bytes);

    private:
        friend class scripted_server;
        session(scripted_server& owner, int descriptor, int number);

        scripted_server& owner_;
        int descriptor_;
        int number_;
        std::shared_ptr<SSL> tls_;
        std::string buffered_;
    };

    using script = std::function<void(session&)>;

    enum class protocol { tls, tls_1_2, plain, raw };

    explicit scripted_server(script what, protocol how = protocol::tls);
    ~scripted_server();
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Reaches this server, trusts it, does not retry and has no pace of its own.
    [[nodiscard]] client_config config() const;
    [[nodiscard]] int connections() const noexcept { return connections_; }
    [[nodiscard]] int requests() const noexcept { return requests_; }

private:
    void accept();
    void serve(int descriptor, int number);

    script script_;
    protocol protocol_;
    std::string ca_pem_;
    std::shared_ptr<SSL_CTX> tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    std::mutex mutex_; // guards what follows
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::vector<int> open_;
    std::vector<std::thread> sessions_;
    std::thread acceptor_;
};

} // namespace rtkhooks::test
