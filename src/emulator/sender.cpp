// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/sender.hpp"

#include "emulator/answer_status.hpp"
#include "emulator/host_lookup.hpp"
#include "emulator/receiver_address.hpp"
#include "emulator/tls_context.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

// Not Beast's client: of an answer the status is all that matters, and Beast's parser asserts on some bodies. See
// request_reader.hpp.

namespace rtkhooks::emulation {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr milliseconds longest_farewell{1000};

class exchange;
using exchanges = std::unordered_set<exchange*>;

// A delivery's connection, and what comes of it.
class exchange : public std::enable_shared_from_this<exchange> {
public:
    exchange(net::io_context& context, std::shared_ptr<exchanges> all)
        : socket{context}, pause{context}, deadline_{context}, all_{std::move(all)}
    {
        all_->insert(this);
    }
    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;
    ~exchange() { all_->erase(this); }

    // What is done from now on has this much time in all.
    void expect_within(milliseconds time)
    {
        deadline_.expires_after(time);
        deadline_.async_wait([self = shared_from_this(), turn = ++turn_](error_code cancelled) {
            if (cancelled || turn != self->turn_) // it may have expired already when it was cancelled
                return;
            self->overdue_ = true;
            self->close();
        });
    }
    // There is no more to do.
    void finish()
    {
        ++turn_;
        deadline_.cancel();
        close();
    }
    void close()
    {
        closed_ = true;
        error_code ignored;
        socket.close(ignored);
        pause.cancel();
    }
    [[nodiscard]] bool closed() const { return closed_; }

    void fail(std::string why)
    {
        if (attempt.error.empty())
            attempt.error = overdue_ ? "timed out" : std::move(why);
    }
    [[nodiscard]] bool failed() const { return !attempt.error.empty(); }

    tcp::socket socket;
    std::optional<net::ssl::stream<tcp::socket&>> tls; // over the socket, where the receiver's is https
    net::steady_timer pause;                           // waits for the look-up
    std::optional<host_lookup> lookup;
    std::vector<tcp::endpoint> endpoints;
    std::string header;
    std::array<char, 4096> input;
    answer_status_reader reader;
    emulator_delivery::attempt attempt;
    bool hopeless = false; // whether another attempt would end in the same way

private:
    net::steady_timer deadline_;
    std::shared_ptr<exchanges> all_;
    unsigned turn_ = 0;
    bool overdue_ = false;
    bool closed_ = false;
};
using exchange_ptr = std::shared_ptr<exchange>;

// Has an exchange end with a scope, however that is left: its deadline would keep it, and the context at work.
class ending {
public:
    explicit ending(exchange_ptr of) : of_{std::move(of)} {}
    ending(ending const&) = delete;
    ending& operator=(ending const&) = delete;
    ~ending() { of_->finish(); }

private:
    exchange_ptr of_;
};

std::string make_header(receiver_address const& to, outgoing_delivery const& what, delivery_headers names)
{
    std::string header = "POST " + to.target + " HTTP/1.1\r\nHost: " + to.authority +
                         "\r\nUser-Agent: rtkhooks-emulator\r\nAccept: */*\r\nContent-Type: application/json\r\n"
                         "Content-Length: " +
                         std::to_string(what.what->body.size()) + "\r\nConnection: close\r\n";
    auto const add_signed = [&](std::string_view prefix) {
        header.append(prefix).append("-signature: ").append(what.what->signature).append("\r\n");
        header.append(prefix).append("-uuid: ").append(what.id).append("\r\n");
        header.append(prefix).append("-webhook-id: ").append(what.webhook_id).append("\r\n");
    };
    if (names != delivery_headers::dyte)
        add_signed("rtk");
    if (names != delivery_headers::rtk)
        add_signed("dyte");
    return header.append("\r\n");
}

// An address as it is written, or those of this machine. Nothing where a resolver has to be asked.
std::vector<tcp::endpoint> find_endpoints(receiver_address const& to)
{
    std::vector<tcp::endpoint> result;
    error_code is_name;
    auto const address = net::ip::make_address(to.host, is_name);
    if (!is_name) {
        result.emplace_back(address, to.port);
    } else if (is_loopback(to.host)) {
        result.emplace_back(net::ip::address_v4::loopback(), to.port);
        result.emplace_back(net::ip::address_v6::loopback(), to.port);
    }
    return result;
}

// The certificate must be for this host. OpenSSL then says which part of that is not so.
void expect_host(SSL* tls, std::string const& host)
{
    SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1)
        return;
    SSL_set1_host(tls, host.c_str());
    SSL_set_tlsext_host_name(tls, host.c_str());
}

std::string explain_handshake(SSL* tls, error_code failure)
{
    auto const verified = SSL_get_verify_result(tls);
    if (verified != X509_V_OK)
        return std::string{"the receiver's certificate is not trusted: "}.append(
            X509_verify_cert_error_string(verified));
    return "TLS: " + failure.message();
}

std::string explain_end(error_code failure)
{
    if (failure == net::error::eof || failure == net::ssl::error::stream_truncated)
        return "the connection was closed without an answer";
    return failure.message();
}

} // namespace

class sender::implementation {
public:
    implementation(net::io_context& context, outbox& from, emulator_options const& options)
        : context_{context}, outbox_{from}, options_{options}, timer_{context}
    {
    }

    void wake();
    void stop();

private:
    void start(outgoing_ptr const& what);
    void finish(outgoing_ptr const& what, std::size_t attempts_before, bool failed);
    void wait_until_due();
    [[nodiscard]] net::ssl::context& tls_context();

    net::awaitable<void> deliver(outgoing_ptr what);
    net::awaitable<void> exchange_messages(exchange_ptr self, outgoing_ptr what);
    net::awaitable<void> connect(exchange_ptr self, std::shared_ptr<receiver_address const> to);
    net::awaitable<void> look_up(exchange_ptr self, std::shared_ptr<receiver_address const> to);
    net::awaitable<void> shake_hands(exchange_ptr self, std::string host);
    net::awaitable<void> write(exchange_ptr self, outgoing_ptr what);
    net::awaitable<void> read_status(exchange_ptr self);
    net::awaitable<std::size_t> read_some(exchange_ptr self, error_code& failure);
    net::awaitable<void> say_goodbye(exchange_ptr self);

    net::io_context& context_;
    outbox& outbox_;
    emulator_options options_;
    net::steady_timer timer_;
    std::optional<steady_clock::time_point> due_; // what the timer is set to
    std::optional<net::ssl::context> tls_;
    // Shared with the exchanges: where the context goes without being run to its end, they outlive this.
    std::shared_ptr<exchanges> exchanges_ = std::make_shared<exchanges>();
    bool stopping_ = false;
};

void sender::implementation::wake()
{
    if (stopping_)
        return;
    auto const now = steady_clock::now();
    while (auto const what = outbox_.take(now))
        start(what);
    wait_until_due();
}

void sender::implementation::stop()
{
    stopping_ = true;
    timer_.cancel();
    for (auto* const each : *exchanges_)
        each->close();
}

void sender::implementation::wait_until_due()
{
    auto const due = outbox_.next_due();
    if (due == due_)
        return;
    due_ = due;
    if (!due) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*due);
    timer_.async_wait([this](error_code cancelled) {
        if (cancelled)
            return;
        due_.reset();
        wake();
    });
}

void sender::implementation::start(outgoing_ptr const& what)
{
    auto const before = what->attempts;
    try {
        net::co_spawn(context_, deliver(what), [this, what, before](std::exception_ptr failure) {
            finish(what, before, failure != nullptr);
            wake();
        });
    } catch (std::exception const&) {
        finish(what, before, true);
    }
}

// It is not under way any more.
void sender::implementation::finish(outgoing_ptr const& what, std::size_t attempts_before, bool failed)
{
    if (failed && what->attempts == attempts_before && !stopping_) {
        emulator_delivery::attempt attempt;
        attempt.error = "no memory to send it"; // what else throws here
        outbox_.record(what, std::move(attempt), false, steady_clock::now());
    }
    outbox_.release(what->webhook_id);
}

net::ssl::context& sender::implementation::tls_context()
{
    if (!tls_)
        tls_.emplace(make_client_tls_context(options_.delivery_ca_pem()));
    return *tls_;
}

net::awaitable<void> sender::implementation::deliver(outgoing_ptr what)
{
    if (stopping_) // since it was spawned
        co_return;
    auto const self = std::make_shared<exchange>(context_, exchanges_);
    ending const at_last{self};
    self->expect_within(options_.delivery_timeout());
    try {
        co_await exchange_messages(self, what);
    } catch (std::exception const& failure) { // no thread for a look-up, no TLS, no memory
        self->fail(failure.what());
    }
    if (!stopping_)
        outbox_.record(what, self->attempt, self->hopeless, steady_clock::now());
    if (!self->failed() && !stopping_) {
        self->expect_within(std::min(longest_farewell, options_.delivery_timeout()));
        co_await say_goodbye(self);
    }
}

// Leaves a status or an error in the attempt.
net::awaitable<void> sender::implementation::exchange_messages(exchange_ptr self, outgoing_ptr what)
{
    auto const read = read_receiver_address(what->url);
    if (!read) {
        self->hopeless = true;
        self->fail("nothing can be sent to this url");
        co_return;
    }
    auto const to = std::make_shared<receiver_address const>(*read);
    if (!options_.deliver_to_other_machines() && !is_loopback(to->host)) {
        self->hopeless = true;
        self->fail("the receiver is another machine, and deliver_to_other_machines is not set");
        co_return;
    }
    self->header = make_header(*to, *what, options_.delivery_header_names());
    co_await connect(self, to);
    if (!self->failed() && to->tls)
        co_await shake_hands(self, to->host);
    if (self->failed())
        co_return;
    co_await write(self, what);
    co_await read_status(self);
}

net::awaitable<void> sender::implementation::connect(exchange_ptr self, std::shared_ptr<receiver_address const> to)
{
    self->endpoints = find_endpoints(*to);
    if (self->endpoints.empty())
        co_await look_up(self, to);
    error_code first;
    for (auto const& each : self->endpoints) {
        if (self->closed()) // the deadline may have passed in the look-up
            break;
        error_code failure;
        self->socket.close(failure);
        co_await self->socket.async_connect(each, net::redirect_error(net::use_awaitable, failure));
        if (!failure && !self->closed())
            co_return;
        first = first ? first : failure;
    }
    self->fail(first ? first.message() : "the host has no address");
}

net::awaitable<void> sender::implementation::look_up(exchange_ptr self, std::shared_ptr<receiver_address const> to)
{
    error_code ignored;
    auto* const waiting = self.get(); // it lives while the look-up does, which is a part of it
    self->pause.expires_at(steady_clock::time_point::max());
    self->lookup.emplace(context_, to->host, to->port, [waiting] { waiting->pause.cancel(); });
    co_await self->pause.async_wait(net::redirect_error(net::use_awaitable, ignored));
    self->endpoints = self->lookup->found();
    self->lookup.reset();
}

net::awaitable<void> sender::implementation::shake_hands(exchange_ptr self, std::string host)
{
    error_code failure;
    self->tls.emplace(self->socket, tls_context());
    auto* const native = self->tls->native_handle();
    expect_host(native, host);
    co_await self->tls->async_handshake(net::ssl::stream_base::client,
                                        net::redirect_error(net::use_awaitable, failure));
    if (failure)
        self->fail(explain_handshake(native, failure));
}

// A receiver may answer before it has read all, and close: whether it could all be sent does not matter.
net::awaitable<void> sender::implementation::write(exchange_ptr self, outgoing_ptr what)
{
    error_code ignored;
    std::array<net::const_buffer, 2> const request{net::buffer(self->header), net::buffer(what->what->body)};
    if (self->tls)
        co_await net::async_write(*self->tls, request, net::redirect_error(net::use_awaitable, ignored));
    else
        co_await net::async_write(self->socket, request, net::redirect_error(net::use_awaitable, ignored));
}

net::awaitable<void> sender::implementation::read_status(exchange_ptr self)
{
    for (;;) {
        error_code failure;
        auto const size = co_await read_some(self, failure);
        auto const state = self->reader.feed({self->input.data(), size});
        if (state == answer_status_reader::progress::complete) {
            self->attempt.status = self->reader.status();
            co_return;
        }
        if (state == answer_status_reader::progress::failed)
            self->fail("the answer is no HTTP/1.1");
        else if (failure)
            self->fail(explain_end(failure));
        if (self->failed())
            co_return;
    }
}

net::awaitable<std::size_t> sender::implementation::read_some(exchange_ptr self, error_code& failure)
{
    std::size_t size = 0;
    if (self->tls)
        size = co_await self->tls->async_read_some(net::buffer(self->input),
                                                   net::redirect_error(net::use_awaitable, failure));
    else
        size = co_await self->socket.async_read_some(net::buffer(self->input),
                                                     net::redirect_error(net::use_awaitable, failure));
    co_return size;
}

// Lets the receiver finish its answer and close, as it was asked to: one that meets a reset may take it for a failure.
net::awaitable<void> sender::implementation::say_goodbye(exchange_ptr self)
{
    error_code failure;
    while (!failure && !self->closed())
        co_await read_some(self, failure);
    if (self->tls && !self->closed())
        co_await self->tls->async_shutdown(net::redirect_error(net::use_awaitable, failure));
}

sender::sender(net::io_context& context, outbox& from, emulator_options const& options)
    : implementation_{std::make_unique<implementation>(context, from, options)}
{
}

sender::~sender() = default;

void sender::wake() { implementation_->wake(); }

void sender::stop() { implementation_->stop(); }

} // namespace rtkhooks::emulation
