// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The floor: epoll, SSL_write and SSL_read on the descriptor, one request in one buffer, no HTTP parser beyond finding
// the header's end and Content-Length, no decoding, no deadline, no queue, no retries. What a client adds to this is
// what it costs.
#include "measure.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

using namespace rtkhooks::bench;

namespace {

void must(bool succeeded, char const* what)
{
    if (succeeded)
        return;
    std::perror(what);
    ERR_print_errors_fp(stderr);
    std::exit(1);
}

struct ssl_free {
    void operator()(SSL* connection) const noexcept { SSL_free(connection); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};

std::string make_request(options const& asked)
{
    std::string text = asked.what == operation::create ? "POST " : "GET ";
    text += asked.target + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(asked.port);
    text += std::string{"\r\nUser-Agent: raw-loop\r\nAccept: application/json\r\nAuthorization: Bearer "} + token;
    if (asked.what != operation::create)
        return text + "\r\n\r\n";
    std::string body = std::string{"{\"name\":\""} + created_name + "\",\"url\":\"" + created_url + "\",\"events\":[";
    for (auto const* event : event_names)
        body.append(event == event_names[0] ? "\"" : ",\"").append(event).append("\"");
    body += "],\"enabled\":true}";
    text += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
    return text + "\r\n\r\n" + body;
}

/// As much of an answer as has to be looked at.
class answer {
public:
    void clear()
    {
        header_.clear();
        complete_header_ = false;
    }
    /// @return whether it is complete
    bool take(std::string_view bytes)
    {
        if (complete_header_) {
            missing_ -= bytes.size();
            return missing_ == 0;
        }
        header_.append(bytes);
        auto const end = header_.find("\r\n\r\n");
        if (end == header_.npos)
            return false;
        complete_header_ = true;
        auto const field = header_.find("\r\nContent-Length: ");
        must(field < end, "an answer with Content-Length");
        std::size_t length = 0;
        std::from_chars(header_.data() + field + 18, header_.data() + end, length);
        missing_ = length - (header_.size() - end - 4);
        closes_ = header_.find("\r\nConnection: close") < end;
        return missing_ == 0;
    }
    [[nodiscard]] bool has_status(std::string_view status) const { return header_.compare(9, 3, status) == 0; }
    [[nodiscard]] bool closes() const noexcept { return closes_; }

private:
    std::string header_;
    bool complete_header_ = false;
    bool closes_ = false;
    std::size_t missing_ = 0;
};

struct connection {
    int descriptor = -1;
    std::unique_ptr<SSL, ssl_free> tls;
    bool shaking_hands = false;
    answer received;
    clock::time_point began;
};

class raw_loop {
public:
    explicit raw_loop(options const& asked);
    connection_counts operator()(batch& requests);

private:
    void begin(connection& self);
    void dial(connection& self);
    void shake_hands(connection& self);
    void send(connection& self);
    void close(connection& self);
    void readable(connection& self, batch& requests);

    options const& asked_;
    std::string const request_;
    std::string const status_;
    std::unique_ptr<SSL_CTX, ssl_free> context_;
    std::unique_ptr<SSL_SESSION, ssl_free> session_; // the newest
    int epoll_;
    std::vector<connection> connections_;
    connection_counts counts_;
    std::array<char, 16384> bytes_;
};

raw_loop::raw_loop(options const& asked)
    : asked_{asked},
      request_{make_request(asked)},
      status_{std::to_string(asked.status)},
      context_{SSL_CTX_new(TLS_client_method())},
      epoll_{epoll_create1(EPOLL_CLOEXEC)},
      connections_(asked.connections)
{
    auto* const context = context_.get();
    must(context != nullptr && epoll_ >= 0, "starting");
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_read_ahead(context, 1); // a record is one read(2), not one for its header and one for the rest
    must(SSL_CTX_load_verify_locations(context, asked.ca_file.c_str(), nullptr) == 1, "loading the authority");
    if (asked.resume) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_app_data(context, this);
        SSL_CTX_sess_set_new_cb(context, [](SSL* tls, SSL_SESSION* session) {
            static_cast<raw_loop*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls)))->session_.reset(session);
            return 1; // it is ours now
        });
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    }
}

connection_counts raw_loop::operator()(batch& requests)
{
    counts_ = {0, 0};
    for (auto& each : connections_)
        if (requests.take())
            begin(each);
    std::array<epoll_event, 64> events;
    while (!requests.complete()) {
        auto const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        must(count > 0, "epoll_wait");
        for (std::size_t i = 0; i != static_cast<std::size_t>(count); ++i)
            readable(*static_cast<connection*>(events[i].data.ptr), requests);
    }
    return counts_;
}

void raw_loop::begin(connection& self)
{
    self.began = clock::now();
    if (self.descriptor < 0)
        dial(self);
    else
        send(self);
}

void raw_loop::dial(connection& self)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(asked_.port);
    inet_pton(AF_INET, host, &address.sin_addr);
    self.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(connect(self.descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0, "connect");
    int const on = 1;
    setsockopt(self.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    must(fcntl(self.descriptor, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.ptr = &self;
    must(epoll_ctl(epoll_, EPOLL_CTL_ADD, self.descriptor, &wanted) == 0, "epoll_ctl");

    self.tls.reset(SSL_new(context_.get()));
    must(self.tls && SSL_set_fd(self.tls.get(), self.descriptor) == 1 &&
             X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(self.tls.get()), host) == 1,
         "a TLS connection");
    if (session_)
        SSL_set_session(self.tls.get(), session_.get());
    self.shaking_hands = true;
    shake_hands(self); // which a quick server may complete at once
}

void raw_loop::shake_hands(connection& self)
{
    if (auto const done = SSL_connect(self.tls.get()); done != 1) {
        must(SSL_get_error(self.tls.get(), done) == SSL_ERROR_WANT_READ, "handshake");
        return;
    }
    self.shaking_hands = false;
    ++counts_.opened;
    counts_.resumed = *counts_.resumed + (SSL_session_reused(self.tls.get()) != 0 ? 1 : 0);
    send(self);
}

void raw_loop::send(connection& self)
{
    self.received.clear();
    auto const size = static_cast<int>(request_.size());
    must(SSL_write(self.tls.get(), request_.data(), size) == size, "SSL_write"); // an idle socket takes it whole
}

void raw_loop::close(connection& self)
{
    SSL_shutdown(self.tls.get()); // without which OpenSSL would not resume the session
    ERR_clear_error();            // where the server was quicker, and the next handshake would seem to fail
    self.tls.reset();
    ::close(self.descriptor); // which removes it from epoll
    self.descriptor = -1;
}

void raw_loop::readable(connection& self, batch& requests)
{
    if (self.descriptor < 0)
        return;
    ERR_clear_error();
    if (self.shaking_hands)
        return shake_hands(self);
    bool complete = false;
    while (!complete) {
        auto const size = SSL_read(self.tls.get(), bytes_.data(), static_cast<int>(bytes_.size()));
        if (size <= 0) {
            must(SSL_get_error(self.tls.get(), size) == SSL_ERROR_WANT_READ, "SSL_read");
            return;
        }
        complete = self.received.take({bytes_.data(), static_cast<std::size_t>(size)});
    }
    requests.done(self.began, self.received.has_status(status_));
    if (self.received.closes())
        close(self);
    if (requests.take())
        begin(self);
}

} // namespace

int main(int count, char** arguments)
{
    auto const asked = parse_options(count, arguments);
    if (asked.concurrent > asked.connections)
        skip("has no queue: a call is a connection");
    if (asked.threads > 1)
        skip("has one thread");
    std::signal(SIGPIPE, SIG_IGN);
    raw_loop loop{asked};
    measure(asked, [&](batch& requests) { return loop(requests); });
}
