// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/emulator/stub_receiver.hpp"

#include "integration/emulator/system_error.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

namespace rtkhooks::testing {
namespace {

// Takes a free port of 127.0.0.1.
int bind_socket(std::uint16_t& port)
{
    int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        throw_system_error("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr const*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw_system_error("bind");
    port = ntohs(address.sin_port);
    return socket;
}

// A connection, with TLS or without. It waits until the sender, or the receiver's end, closes.
class stream {
public:
    stream(int socket, emulation::certified_key const* own) : socket_{socket}
    {
        if (!own)
            return;
        std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> const context{SSL_CTX_new(TLS_server_method()),
                                                                        &SSL_CTX_free};
        SSL_CTX_use_certificate(context.get(), own->certificate.get());
        SSL_CTX_use_PrivateKey(context.get(), own->key.get());
        tls_.reset(SSL_new(context.get()));
        SSL_set_fd(tls_.get(), socket_);
        good_ = SSL_accept(tls_.get()) == 1;
    }

    [[nodiscard]] bool good() const { return good_; }
    // Returns nothing at the end.
    std::string read_some()
    {
        std::array<char, 16384> part;
        auto const size = tls_ ? SSL_read(tls_.get(), part.data(), part.size())
                               : static_cast<int>(::recv(socket_, part.data(), part.size(), 0));
        return {part.data(), static_cast<std::size_t>(std::max(size, 0))};
    }
    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto const size = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                   : static_cast<int>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (size <= 0)
                return;
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
    }
    void end()
    {
        if (tls_)
            SSL_shutdown(tls_.get());
        ERR_clear_error();
    }

private:
    struct free_ssl {
        void operator()(SSL* it) const noexcept { SSL_free(it); }
    };

    int socket_;
    std::unique_ptr<SSL, free_ssl> tls_;
    bool good_ = true;
};

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// Returns nothing where none comes.
std::optional<received_delivery> read_delivery(stream& from)
{
    std::string text;
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == text.npos) {
        auto const more = from.read_some();
        if (more.empty())
            return {};
        text += more;
    }
    received_delivery result;
    auto line = text.find("\r\n");
    result.request_line = text.substr(0, line);
    while (line != end) {
        auto const next = text.find("\r\n", line + 2);
        auto const colon = text.find(": ", line);
        auto& value = result.fields[lower(text.substr(line + 2, colon - line - 2))];
        value += (value.empty() ? "" : "|") + text.substr(colon + 2, next - colon - 2);
        line = next;
    }
    auto const size = std::stoul(result.fields.at("content-length"));
    while (text.size() < end + 4 + size) {
        auto const more = from.read_some();
        if (more.empty())
            return {};
        text += more;
    }
    result.body = text.substr(end + 4);
    return result;
}

} // namespace

reaction reaction::status(int value, std::string const& fields)
{
    return {"HTTP/1.1 " + std::to_string(value) + " Whatever\r\nContent-Length: 0\r\n" + fields + "\r\n"};
}

stub_receiver::stub_receiver(function react, std::optional<emulation::certified_key> own)
    : react_{std::move(react)}, own_{std::move(own)}, listener_{bind_socket(port_)}
{
    std::signal(SIGPIPE, SIG_IGN); // which SSL_write raises
    if (::listen(listener_, SOMAXCONN) != 0)
        throw_system_error("listen");
    accepting_ = std::thread{[this] { accept(); }};
}

stub_receiver::stub_receiver(std::vector<reaction> reactions)
    : stub_receiver{[left = std::move(reactions), next = std::size_t{0}](received_delivery const&) mutable {
          auto const now = next;
          next = std::min(next + 1, left.size() - 1);
          return left.at(now);
      }}
{
}

stub_receiver::~stub_receiver()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
        for (int const each : sockets_)
            ::shutdown(each, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    for (auto& each : threads_)
        each.join();
    ::close(listener_);
}

std::string stub_receiver::url(std::string const& path) const
{
    return (own_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

std::vector<received_delivery> stub_receiver::received() const
{
    std::lock_guard const lock{mutex_};
    return received_;
}

void stub_receiver::accept()
{
    for (;;) {
        int const socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        std::lock_guard const lock{mutex_};
        if (stopping_ || (socket < 0 && errno != EINTR && errno != ECONNABORTED)) {
            if (socket >= 0)
                ::close(socket);
            return;
        }
        if (socket < 0)
            continue;
        ++connections_;
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void stub_receiver::serve(int socket)
{
    {
        stream connection{socket, own_ ? &*own_ : nullptr};
        auto what = connection.good() ? read_delivery(connection) : std::nullopt;
        if (what) {
            auto const answer = react(*std::move(what));
            connection.write(answer.bytes);
            while (answer.holds_on && !connection.read_some().empty()) {}
            connection.end();
        }
    }
    std::lock_guard const lock{mutex_};
    std::erase(sockets_, socket);
    ::close(socket);
}

reaction stub_receiver::react(received_delivery what)
{
    {
        std::lock_guard const lock{mutex_};
        received_.push_back(what);
    }
    std::lock_guard const lock{reacting_};
    return react_(what);
}

closed_port::closed_port() : socket_{bind_socket(port_)} {}

closed_port::~closed_port() { ::close(socket_); }

} // namespace rtkhooks::testing
