// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/timer_queue.hpp"

#include <rtkhooks/config.hpp>

#include <openssl/ssl.h>

#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rtkhooks::transport {

struct openssl_deleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* connection) const noexcept { SSL_free(connection); }
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using ssl_ptr = std::unique_ptr<SSL, openssl_deleter>;
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, openssl_deleter>;

using ssl_context_ptr = std::unique_ptr<SSL_CTX, openssl_deleter>;

/// Sessions that servers handed out and that no connection has resumed yet. Each is used once, the newest first: a
/// TLS 1.3 ticket that is used twice lets an onlooker link the connections. For any thread.
class session_store {
public:
    explicit session_store(std::size_t most) : most_{most} {}

    /// Forgets all, and takes only those of a context's connections.
    void serve(SSL_CTX const* whose);
    void put(SSL_CTX const* whose, ssl_session_ptr session);
    [[nodiscard]] ssl_session_ptr take();

private:
    std::mutex mutex_;
    std::size_t most_;
    SSL_CTX const* whose_ = nullptr;
    std::vector<ssl_session_ptr> sessions_; // oldest first
};

/// What was found of the system's store. Its directories are not read before a certificate of theirs is needed.
struct system_store {
    bool file = false;
    bool directory = false;
};

/// OpenSSL's callback that has no password: without it, OpenSSL asks for an encrypted key's on the terminal.
[[nodiscard]] int no_password(char*, int, int, void*);

/// What the connections of one client share in TLS: what to trust, which versions, the sessions. Reading the system's
/// store takes tens of milliseconds. For any thread.
class tls_context {
public:
    /// @param verification_time what certificates are checked against instead of the clock, in tests
    /// @throws rtkhooks::exception with errc::invalid_argument and the member's name
    tls_context(client_config::tls_config const& config, std::optional<std::time_t> verification_time);

    /// One connection's TLS, ready to shake hands with a host. Chain and name will be verified.
    /// @param host a name or an address, as it must stand in the certificate
    [[nodiscard]] ssl_ptr connect(std::string const& host, bool host_is_address);

    /// Has later connections trust what files and directories hold now. For where TLS was refused: they may have
    /// changed, and what OpenSSL once had no memory to read of a certificate, or to do for a context, it does without ever
    /// after. Not more often than every 30 s; where it fails, or finds less of the system's store, nothing changes.
    void renew(time_point now) noexcept;

private:
    struct made {
        ssl_context_ptr context;
        system_store found;
    };
    [[nodiscard]] made make();

    client_config::tls_config const config_;
    std::optional<std::time_t> const verification_time_;
    session_store sessions_;
    std::mutex mutex_; // guards what follows
    made current_;
    std::optional<time_point> renewed_;
};

} // namespace rtkhooks::transport
