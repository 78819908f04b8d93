// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// A client that shares nothing with the library: blocking sockets and OpenSSL. It can be as rude as a test wants.

namespace rtkhooks::testing {

/// A TCP connection to this machine. Every wait ends after 20 s, as an end of the stream.
class tcp_client {
public:
    /// @throws std::system_error where nothing listens
    explicit tcp_client(std::uint16_t port, char const* address = "127.0.0.1");
    /// Takes a socket from make_socket and connects it to 127.0.0.1.
    tcp_client(int socket, std::uint16_t port);
    ~tcp_client();
    tcp_client(tcp_client&& other) noexcept;
    tcp_client& operator=(tcp_client&&) = delete;

    [[nodiscard]] static int make_socket();

    [[nodiscard]] int native() const noexcept { return socket_; }
    void send(std::string_view bytes) const;
    /// @return what came up to the end of the stream
    std::string read_to_end() const;
    /// Closes with a reset instead of an orderly end.
    void reset();
    void close();

private:
    int socket_;
};

struct tls_settings {
    std::string ca_pem;
    std::string host = "localhost"; ///< the name that the certificate must have
    int min_version = 0;
    int max_version = 0;
    std::vector<std::string> protocols = {"http/1.1"}; ///< ALPN
};

struct http_response {
    int status = 0;                            ///< 0: none came
    std::map<std::string, std::string> fields; ///< by name in lower case
    std::string body;
};

/// TLS over it, and as much HTTP/1.1 as reading an answer takes.
class tls_client {
public:
    /// @throws std::runtime_error where the handshake fails, with OpenSSL's reason
    tls_client(tls_settings const& settings, std::uint16_t port, char const* address = "127.0.0.1",
               SSL_SESSION* session = nullptr);
    /// Over a connection that is there.
    tls_client(tls_settings const& settings, tcp_client connection, SSL_SESSION* session = nullptr);

    [[nodiscard]] std::string version() const;
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] bool resumed() const;
    /// What a later connection can resume. Call it after an answer was read.
    [[nodiscard]] std::shared_ptr<SSL_SESSION> session() const;
    [[nodiscard]] tcp_client& connection() noexcept { return connection_; }

    /// @return whether it could be sent whole
    bool send(std::string_view bytes);
    /// @param head whether it answers HEAD: there is no body then, whatever Content-Length says
    http_response read_response(bool head = false);
    /// Reads and drops what comes up to the end.
    /// @return whether the end was an orderly one: a close_notify
    bool reads_orderly_end();
    /// @return what came, and nothing where the stream ended
    std::string read_some();
    void shut_down();

private:
    struct free_ssl {
        void operator()(SSL* ssl) const noexcept;
    };

    tcp_client connection_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    std::string buffer_;
    bool orderly_end_ = false;
};

/// The first bytes that a TLS client sends.
[[nodiscard]] std::string make_client_hello();

} // namespace rtkhooks::testing
