// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/emulator/tls_client.hpp"

#include "integration/emulator/system_error.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace rtkhooks::testing {
namespace {

void configure(int socket)
{
    timeval const patience{20, 0};
    int const yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

void connect_to(int socket, std::uint16_t port, char const* address)
{
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    int result = -1;
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        result = ::connect(socket, reinterpret_cast<sockaddr const*>(&v4), sizeof v4);
    else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
        result = ::connect(socket, reinterpret_cast<sockaddr const*>(&v6), sizeof v6);
    if (result != 0) {
        auto const failure = errno;
        ::close(socket);
        errno = failure;
        throw_system_error("connect");
    }
}

int open_socket(int family)
{
    int const socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        throw_system_error("socket");
    configure(socket);
    return socket;
}

std::string last_openssl_error()
{
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return text.data();
}

using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

context_ptr make_context(tls_settings const& settings)
{
    context_ptr context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    std::unique_ptr<BIO, decltype(&BIO_free)> const pem{
        BIO_new_mem_buf(settings.ca_pem.data(), static_cast<int>(settings.ca_pem.size())), &BIO_free};
    std::unique_ptr<X509, decltype(&X509_free)> const authority{PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr),
                                                                &X509_free};
    if (authority)
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context.get(), settings.min_version);
    SSL_CTX_set_max_proto_version(context.get(), settings.max_version);
    SSL_CTX_set_security_level(context.get(),
                               settings.max_version != 0 && settings.max_version < TLS1_2_VERSION ? 0 : 2);
    std::string protocols;
    for (auto const& each : settings.protocols)
        protocols.append(1, static_cast<char>(each.size())).append(each);
    if (!protocols.empty())
        SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<unsigned char const*>(protocols.data()),
                                static_cast<unsigned>(protocols.size()));
    return context;
}

// A peer that is gone is an error to see, not a signal to die of.
void ignore_broken_pipes()
{
    static auto const before = std::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(before);
}

} // namespace

tcp_client::tcp_client(std::uint16_t port, char const* address)
    : socket_{open_socket(std::string_view{address}.find(':') == std::string_view::npos ? AF_INET : AF_INET6)}
{
    connect_to(socket_, port, address);
}

tcp_client::tcp_client(int socket, std::uint16_t port) : socket_{socket} { connect_to(socket_, port, "127.0.0.1"); }

tcp_client::tcp_client(tcp_client&& other) noexcept : socket_{std::exchange(other.socket_, -1)} {}

tcp_client::~tcp_client() { close(); }

int tcp_client::make_socket() { return open_socket(AF_INET); }

void tcp_client::send(std::string_view bytes) const
{
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string tcp_client::read_to_end() const
{
    std::string all;
    std::array<char, 4096> part;
    for (;;) {
        auto const size = ::recv(socket_, part.data(), part.size(), 0);
        if (size <= 0)
            return all;
        all.append(part.data(), static_cast<std::size_t>(size));
    }
}

void tcp_client::reset()
{
    linger const at_once{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void tcp_client::close()
{
    if (socket_ >= 0)
        ::close(std::exchange(socket_, -1));
}

void tls_client::free_ssl::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

tls_client::tls_client(tls_settings const& settings, std::uint16_t port, char const* address, SSL_SESSION* session)
    : tls_client{settings, tcp_client{port, address}, session}
{
}

tls_client::tls_client(tls_settings const& settings, tcp_client connection, SSL_SESSION* session)
    : connection_{std::move(connection)}
{
    ignore_broken_pipes();
    auto const context = make_context(settings);
    ssl_.reset(SSL_new(context.get()));
    SSL_set_fd(ssl_.get(), connection_.native());
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), settings.host.c_str()) != 1) {
        SSL_set1_host(ssl_.get(), settings.host.c_str());
        SSL_set_tlsext_host_name(ssl_.get(), settings.host.c_str());
    }
    if (session)
        SSL_set_session(ssl_.get(), session);
    ERR_clear_error();
    if (SSL_connect(ssl_.get()) != 1)
        throw std::runtime_error{"handshake: " + last_openssl_error()};
}

std::string tls_client::version() const { return SSL_get_version(ssl_.get()); }

std::string tls_client::protocol() const
{
    unsigned char const* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
    return {reinterpret_cast<char const*>(chosen), size};
}

bool tls_client::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

std::shared_ptr<SSL_SESSION> tls_client::session() const { return {SSL_get1_session(ssl_.get()), &SSL_SESSION_free}; }

bool tls_client::send(std::string_view bytes)
{
    ERR_clear_error();
    return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

std::string tls_client::read_some()
{
    if (!buffer_.empty())
        return std::exchange(buffer_, {});
    std::array<char, 16384> part;
    ERR_clear_error();
    int const size = SSL_read(ssl_.get(), part.data(), part.size());
    orderly_end_ = size <= 0 && SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
    return {part.data(), static_cast<std::size_t>(std::max(size, 0))};
}

http_response tls_client::read_response(bool head)
{
    std::string text = read_some();
    auto const fill = [&] {
        auto const more = read_some();
        text += more;
        return !more.empty();
    };
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) {
        if (!fill())
            return {};
    }
    http_response result;
    auto line = text.find("\r\n");
    while (line != end) {
        auto const next = text.find("\r\n", line + 2);
        auto const colon = text.find(": ", line);
        auto name = text.substr(line + 2, colon - line - 2);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        result.fields[name] = text.substr(colon + 2, next - colon - 2);
        line = next;
    }
    auto const length = result.fields.find("content-length");
    std::size_t const size = head || length == result.fields.end() ? 0 : std::stoul(length->second);
    while (text.size() < end + 4 + size) {
        if (!fill())
            return {};
    }
    result.status = std::stoi(text.substr(9, 3));
    result.body = text.substr(end + 4, size);
    buffer_ = text.substr(end + 4 + size);
    return result;
}

bool tls_client::reads_orderly_end()
{
    while (!read_some().empty()) {}
    return orderly_end_;
}

void tls_client::shut_down() { SSL_shutdown(ssl_.get()); }

std::string make_client_hello()
{
    auto const context = make_context({});
    std::unique_ptr<SSL, decltype(&SSL_free)> const ssl{SSL_new(context.get()), &SSL_free};
    BIO* const written = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), written);
    SSL_connect(ssl.get());
    ERR_clear_error();
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(written, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

} // namespace rtkhooks::testing
