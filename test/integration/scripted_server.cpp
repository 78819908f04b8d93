// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/scripted_server.hpp"

#include "emulator/certificate_authority.hpp"
#include "integration/ids.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <random>
#include <stdexcept>
#include <utility>

namespace rtkhooks::test {
namespace {

void must(bool succeeded, char const* what)
{
    if (!succeeded)
        throw std::runtime_error{what};
}

// OpenSSL writes by write(2), which raises SIGPIPE where send(2) can be told not to.
void ignore_broken_pipes()
{
    static bool const done = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
    must(done, "signal");
}

} // namespace

std::string http_answer(int status, std::string_view body, std::string_view headers)
{
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Reason\r\n";
    text.append(headers).append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return text;
}

// ---- session

scripted_server::session::session(scripted_server& owner, int descriptor, int number)
    : owner_{owner}, descriptor_{descriptor}, number_{number}
{
}

void scripted_server::session::shake_hands()
{
    tls_.reset(SSL_new(owner_.tls_.get()), SSL_free);
    SSL_set_fd(tls_.get(), descriptor_);
    if (SSL_accept(tls_.get()) != 1) {
        ERR_clear_error();
        tls_.reset();
        throw over{};
    }
}

std::string scripted_server::session::first_flight()
{
    auto const hello = read_some();
    std::shared_ptr<SSL> const tls{SSL_new(owner_.tls_.get()), SSL_free};
    auto* const heard = BIO_new(BIO_s_mem());
    auto* const said = BIO_new(BIO_s_mem());
    SSL_set_bio(tls.get(), heard, said);
    BIO_write(heard, hello.data(), static_cast<int>(hello.size()));
    SSL_accept(tls.get());
    ERR_clear_error();
    char* data = nullptr;
    auto const size = BIO_get_mem_data(said, &data);
    must(size > 0, "no handshake");
    return {data, static_cast<std::size_t>(size)};
}

std::string scripted_server::session::read_some()
{
    std::array<char, 16384> bytes;
    ERR_clear_error();
    auto const size = tls_ ? SSL_read(tls_.get(), bytes.data(), bytes.size())
                           : static_cast<int>(::recv(descriptor_, bytes.data(), bytes.size(), 0));
    if (size <= 0)
        throw over{};
    return {bytes.data(), static_cast<std::size_t>(size)};
}

std::string scripted_server::session::read_request()
{
    auto header_end = buffered_.npos;
    auto size = header_end;
    try {
        while ((header_end = buffered_.find("\r\n\r\n")) == buffered_.npos)
            buffered_ += read_some();
        size = header_end + 4;
        if (auto const length = buffered_.find("Content-Length: "); length < header_end)
            size += std::stoul(buffered_.substr(length + 16));
        while (buffered_.size() < size)
            buffered_ += read_some();
    } catch (over const&) {
        note_arrival(buffered_, false);
        throw;
    }
    auto request = buffered_.substr(0, size);
    buffered_.erase(0, size);
    note_arrival(request, true);
    ++owner_.requests_;
    return request;
}

void scripted_server::session::note_arrival(std::string_view request, bool whole)
{
    constexpr std::string_view name = "\r\nX-Marker: ";
    auto const header = request.substr(0, request.find("\r\n\r\n"));
    auto const begin = header.find(name);
    if (begin == header.npos)
        return;
    auto const value = header.substr(begin + name.size());
    std::lock_guard const lock{owner_.mutex_};
    auto& entry = owner_.arrivals_[std::string{value.substr(0, value.find("\r\n"))}];
    ++entry.count;
    if (whole)
        entry.whole.insert(std::hash<std::string_view>{}(request));
}

void scripted_server::session::send(std::string_view bytes)
{
    if (!tls_ || bytes.empty())
        return send_raw(bytes);
    ERR_clear_error();
    if (SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
        throw over{};
}

std::string scripted_server::session::encrypt(std::string_view bytes)
{
    return records_of([&](SSL* tls) { return SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())) > 0; });
}

std::string scripted_server::session::records_of(std::function<bool(SSL*)> const& write)
{
    auto* const socket = SSL_get_wbio(tls_.get());
    auto* const memory = BIO_new(BIO_s_mem());
    BIO_up_ref(socket); // set_wbio gives up the one it replaces
    SSL_set0_wbio(tls_.get(), memory);
    ERR_clear_error();
    bool const written = write(tls_.get());
    char* data = nullptr;
    auto const size = BIO_get_mem_data(memory, &data);
    std::string records{data, static_cast<std::size_t>(size)};
    SSL_set0_wbio(tls_.get(), socket);
    must(written, "nothing could be written");
    return records;
}

void scripted_server::session::send_byte_by_byte(std::string_view bytes)
{
    for (std::size_t i = 0; i != bytes.size(); ++i)
        send(bytes.substr(i, 1));
}

void scripted_server::session::send_in_pieces(std::string_view bytes, std::uint32_t seed)
{
    std::minstd_rand random{seed};
    while (!bytes.empty()) {
        auto const size = std::min<std::size_t>(1 + random() % (random() % 8 == 0 ? 400 : 20), bytes.size());
        send(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
}

void scripted_server::session::send_raw(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0)
            throw over{};
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

void scripted_server::session::wait_for_close()
{
    for (;;)
        read_some();
}

void scripted_server::session::stall()
{
    std::unique_lock lock{owner_.mutex_};
    owner_.stopped_.wait(lock, [this] { return owner_.stopping_; });
    throw over{};
}

void scripted_server::session::send_close_notify() { SSL_shutdown(tls_.get()); }

void scripted_server::session::close()
{
    ::shutdown(descriptor_, SHUT_WR);
    throw over{};
}

void scripted_server::session::reset()
{
    linger const at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    throw over{};
}

void scripted_server::session::reset_behind_the_end() const
{
    ::shutdown(descriptor_, SHUT_WR);
    sockaddr const nobody{}; // AF_UNSPEC: resets it
    ::connect(descriptor_, &nobody, sizeof nobody);
}

// ---- server

scripted_server::scripted_server(script what, protocol how, tls_setup const& setup)
    : script_{std::move(what)}, protocol_{how}
{
    ignore_broken_pipes();
    emulation::certificate_authority const authority;
    auto const own = authority.issue("DNS:localhost,DNS:server.test,IP:127.0.0.1");
    ca_pem_ = authority.pem();
    tls_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    must(SSL_CTX_use_certificate(tls_.get(), own.certificate.get()) == 1, "certificate");
    must(SSL_CTX_use_PrivateKey(tls_.get(), own.key.get()) == 1, "key");
    SSL_CTX_set_options(tls_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (protocol_ == protocol::tls_1_2)
        SSL_CTX_set_max_proto_version(tls_.get(), TLS1_2_VERSION);
    if (setup)
        setup(tls_.get());

    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    must(::bind(listener_, generic, size) == 0 && ::listen(listener_, 1024) == 0, "listen");
    must(::getsockname(listener_, generic, &size) == 0, "getsockname");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept(); }};
}

scripted_server::~scripted_server()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
        stopped_.notify_all();
        for (int const descriptor : open_)
            ::shutdown(descriptor, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (auto& each : sessions_)
        each.thread.join();
}

scripted_server::arrived const* scripted_server::find(std::string const& marker) const
{
    auto const found = arrivals_.find(marker);
    return found != arrivals_.end() ? &found->second : nullptr;
}

int scripted_server::arrivals(std::string const& marker) const
{
    std::lock_guard const lock{mutex_};
    auto const* const those = find(marker);
    return those != nullptr ? those->count : 0;
}

std::size_t scripted_server::different_arrivals(std::string const& marker) const
{
    std::lock_guard const lock{mutex_};
    auto const* const those = find(marker);
    return those != nullptr ? those->whole.size() : 0;
}

client_config scripted_server::config() const
{
    if (protocol_ != protocol::plain)
        return config_for(port_, ca_pem_);
    auto config = config_for(port_, "");
    config.base_url = "http://localhost:" + std::to_string(port_) + "/client/v4";
    config.resolve.clear();
    config.resolve.emplace_back("localhost", port_, "127.0.0.1");
    config.insecure_http_loopback = true;
    return config;
}

client_config scripted_server::config_for(std::uint16_t port, std::string ca_pem)
{
    client_config config;
    config.base_url = "https://server.test:" + std::to_string(port) + "/client/v4";
    config.resolve.emplace_back("server.test", port, "127.0.0.1");
    config.auth = credentials::api_token(token);
    config.tls.ca_pem = std::move(ca_pem);
    config.retry.max_retries = 0;
    config.rate_limit.requests = 100'000; // it is on, as it is by default, and lets everything through
    config.rate_limit.window = std::chrono::milliseconds{1};
    return config;
}

void scripted_server::accept()
{
    for (;;) {
        int const descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        std::lock_guard const lock{mutex_};
        if (stopping_) {
            ::close(descriptor);
            return;
        }
        if (descriptor < 0)
            continue; // no descriptor is free
        join_finished();
        int const at_once = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        open_.push_back(descriptor);
        auto const where = sessions_.emplace(sessions_.end());
        where->thread = std::thread{[this, where, descriptor, number = ++connections_] {
            serve(descriptor, number);
            where->over = true;
        }};
    }
}

/// A thread that has ended keeps its stack until it is joined.
void scripted_server::join_finished()
{
    sessions_.remove_if([](running& each) {
        bool const ended = each.over; // once: it may become so meanwhile
        if (ended)
            each.thread.join();
        return ended;
    });
}

void scripted_server::serve(int descriptor, int number)
{
    {
        session current{*this, descriptor, number};
        try {
            if (protocol_ == protocol::tls || protocol_ == protocol::tls_1_2)
                current.shake_hands();
            script_(current);
        } catch (over const&) {
            // as scripts end
        }
        ERR_clear_error();
    }
    std::lock_guard const lock{mutex_};
    std::erase(open_, descriptor);
    ::close(descriptor);
}

} // namespace rtkhooks::test
