// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

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

/// Sessions that servers handed out and that no connection has resumed yet. Each is used once, the newest first: a
/// TLS 1.3 ticket that is used twice lets an onlooker link the connections. For any thread.
class session_store {
public:
    explicit session_store(std::size_t most) : most_{most} {}

    void put(ssl_session_ptr session);
    [[nodiscard]] ssl_session_ptr take();

private:
    std::mutex mutex_;
    std::size_t most_;
    std::vector<ssl_session_ptr> sessions_; // oldest first
};

/// OpenSSL's callback that has no password: without it, OpenSSL asks for an encrypted key's on the terminal.
[[nodiscard]] int no_password(char*, int, int, void*);

/// What OpenSSL once had no memory to read of a certificate it takes for unreadable ever after. Called where a certificate
/// was refused, this has those that come from a directory read again when one is needed.
void forget_certificates_of_directories(SSL* connection) noexcept;

/// What the connections of one client share in TLS: what to trust, which versions, the sessions. Built once: reading
/// the system's store takes tens of milliseconds.
class tls_context {
public:
    /// @param verification_time what certificates are checked against instead of the clock, in tests
    /// @throws rtkhooks::exception with errc::invalid_argument and the member's name
    tls_context(client_config::tls_config const& config, std::optional<std::time_t> verification_time);

    /// One connection's TLS, ready to shake hands with a host. Chain and name will be verified.
    /// @param host a name or an address, as it must stand in the certificate
    [[nodiscard]] ssl_ptr connect(std::string const& host, bool host_is_address);

private:
    void trust(client_config::tls_config const& config);
    void read_what_is_trusted();
    void identify(client_config::tls_config const& config);

    std::unique_ptr<SSL_CTX, openssl_deleter> context_;
    session_store sessions_;
    bool resumption_;
};

} // namespace rtkhooks::transport
