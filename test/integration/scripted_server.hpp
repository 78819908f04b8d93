// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>

#include <openssl/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
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
        /// What the server says first in a handshake, to what the client has said. For raw servers.
        [[nodiscard]] std::string first_flight();
        /// Whole: header and body. Throws over. One that has a header `X-Marker` is an arrival of it, even in part.
        std::string read_request();
        /// Bytes as they are, in one record.
        void send(std::string_view bytes);
        void send_byte_by_byte(std::string_view bytes);
        /// In records of random sizes.
        void send_in_pieces(std::string_view bytes, std::uint32_t seed);
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
        /// A FIN, and at once an RST behind it. The script goes on.
        void reset_behind_the_end() const;
        /// What send() would send.
        std::string encrypt(std::string_view bytes);
        /// What a function would send.
        std::string records_of(std::function<bool(SSL*)> const& write);
        /// Bytes past TLS.
        void send_raw(std::string_view bytes);
        /// For what only TLS itself can do.
        [[nodiscard]] SSL* tls() const noexcept { return tls_.get(); }
        [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    private:
        friend class scripted_server;
        session(scripted_server& owner, int descriptor, int number);
        /// @param request from its beginning, at least
        void note_arrival(std::string_view request, bool whole);

        scripted_server& owner_;
        int descriptor_;
        int number_;
        std::shared_ptr<SSL> tls_;
        std::string buffered_;
    };

    using script = std::function<void(session&)>;
    /// Changes what the server's TLS is like.
    using tls_setup = std::function<void(SSL_CTX*)>;

    enum class protocol { tls, tls_1_2, plain, raw };

    explicit scripted_server(script what, protocol how = protocol::tls, tls_setup const& setup = {});
    ~scripted_server();
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Reaches this server, trusts it, does not retry, and keeps a pace that nothing has to wait for.
    [[nodiscard]] client_config config() const;
    /// The same of one that speaks TLS, by what tells it from others.
    [[nodiscard]] static client_config config_for(std::uint16_t port, std::string ca_pem);
    [[nodiscard]] int connections() const noexcept { return connections_; }
    /// Complete ones.
    [[nodiscard]] int requests() const noexcept { return requests_; }
    /// How often a request with this `X-Marker` came, in part at least.
    [[nodiscard]] int arrivals(std::string const& marker) const;
    /// How many requests that came whole with this `X-Marker` differ from the others.
    [[nodiscard]] std::size_t different_arrivals(std::string const& marker) const;

private:
    struct running {
        std::thread thread;
        std::atomic<bool> over = false;
    };

    void accept();
    void join_finished();
    void serve(int descriptor, int number);

    script script_;
    protocol protocol_;
    std::string ca_pem_;
    std::shared_ptr<SSL_CTX> tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    mutable std::mutex mutex_; // guards what follows
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::vector<int> open_;
    struct arrived {
        int count = 0;
        std::set<std::size_t> whole; // by their hashes
    };
    [[nodiscard]] arrived const* find(std::string const& marker) const;
    std::map<std::string, arrived> arrivals_;
    std::list<running> sessions_;
    std::thread acceptor_;
};

} // namespace rtkhooks::test
