// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/server.hpp"

#include "emulator/blocked_signals.hpp"
#include "emulator/certificate_authority.hpp"
#include "emulator/listen.hpp"
#include "emulator/sender.hpp"
#include "emulator/service.hpp"
#include "emulator/tls_context.hpp"

#include <rtkhooks/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <future>
#include <optional>
#include <thread>
#include <unordered_set>
#include <variant>
#include <vector>

// This file and sender.cpp have the coroutines: such a file takes its time to compile. Results of co_await are bound to
// names before they are tested, which g++ 12 needs.

namespace rtkhooks::emulation {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

// Written by the server's thread, read by any.
struct counters {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::size_t> open_connections{0};
    std::atomic<std::size_t> peak_connections{0};
    std::atomic<std::uint64_t> resumed_sessions{0};
    std::atomic<std::uint64_t> failed_handshakes{0};
    std::atomic<std::uint64_t> requests{0};
};

// The header fields that the service looks at, and where received_request::fields has them.
constexpr std::array<std::string_view, 4> kept_fields{"authorization", "x-auth-email", "x-auth-key",
                                                      "content-encoding"};
enum kept_field : std::size_t { authorization, auth_email, auth_key, content_encoding };

std::optional<std::string_view> view(http::received_request::field const& field)
{
    return field.present() ? std::optional<std::string_view>{field.value} : std::nullopt;
}

request view(http::received_request const& from)
{
    request result;
    result.method = from.method;
    result.target = from.target;
    result.authorization = view(from.fields[authorization]);
    result.auth_email = view(from.fields[auth_email]);
    result.auth_key = view(from.fields[auth_key]);
    result.content_encoding = from.fields[content_encoding].value;
    result.body = from.body;
    return result;
}

// A client's connection, as the server knows it while a coroutine serves it.
class connection {
public:
    connection(tcp::socket socket, net::ssl::context& tls, http::request_limits limits, http::memory_budget& memory,
               std::unordered_set<connection*>& all, counters& count)
        : stream{std::move(socket), tls},
          pause{stream.get_executor()},
          reader{kept_fields, limits, http::memory_budget::share{memory}},
          output_memory{memory},
          all_{all},
          count_{count}
    {
        all_.insert(this);
    }
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection()
    {
        all_.erase(this);
        if (established_)
            --count_.open_connections;
    }

    void set_established()
    {
        established_ = true;
        ++count_.connections;
        auto const open = ++count_.open_connections;
        if (open > count_.peak_connections)
            count_.peak_connections = open;
        if (SSL_session_reused(stream.native_handle()) == 1)
            ++count_.resumed_sessions;
    }

    // What the coroutine does next has this much time.
    void expect_within(milliseconds time)
    {
        deadline_ = steady_clock::now() + time;
        overdue_ = false;
    }
    void expect_any_time()
    {
        deadline_ = steady_clock::time_point::max();
        overdue_ = false;
    }
    [[nodiscard]] bool overdue() const { return overdue_; }
    void check_deadline(steady_clock::time_point now)
    {
        if (now < deadline_)
            return;
        overdue_ = true;
        error_code ignored;
        stream.lowest_layer().cancel(ignored);
    }

    void close()
    {
        error_code ignored;
        stream.lowest_layer().close(ignored);
        pause.cancel();
    }

    // Gives what was read to the request reader.
    void feed() { input_begin_ += reader.feed({input_.data() + input_begin_, input_end_ - input_begin_}); }
    [[nodiscard]] net::mutable_buffer input_space() { return net::buffer(input_); }
    void set_input(std::size_t size)
    {
        input_begin_ = 0;
        input_end_ = size;
    }

    net::ssl::stream<tcp::socket> stream;
    net::steady_timer pause;
    http::request_reader reader;
    // Notes how much memory the output has now: never more than was asked for before it was made.
    void count_output() { static_cast<void>(output_memory.resize(output.capacity())); }

    std::string output;
    http::memory_budget::share output_memory;
    bool goes_on = false; // whether a request can follow the one that is answered

private:
    std::unordered_set<connection*>& all_;
    counters& count_;
    bool established_ = false;
    bool overdue_ = false;
    steady_clock::time_point deadline_ = steady_clock::time_point::max();
    std::array<char, 8192> input_;
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
};

// What came of waiting for a request.
enum class arrival {
    request, ///< one, or something that is none
    late,    ///< part of one
    idle,    ///< nothing for long
    end,     ///< the client says goodbye
    lost,    ///< the connection is gone
};

// What comes after an answer.
enum class outcome {
    goes_on,
    ends, ///< the answer says that it is the last
    lost, ///< it could not be sent, or was not meant to be
};

} // namespace

class server::implementation {
public:
    implementation(emulator_options options, server_limits limits);
    ~implementation();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string const& ca_pem() const noexcept { return authority_.pem(); }
    [[nodiscard]] fault_queue& faults() noexcept { return faults_; }
    [[nodiscard]] emulator_stats stats() const;
    [[nodiscard]] http::memory_budget const& memory() const noexcept { return memory_; }
    [[nodiscard]] outbox& deliveries() noexcept { return service_.deliveries(); }
    std::vector<std::string> emit(std::string_view body);

private:
    void run() noexcept;
    void stop();
    void start(tcp::socket socket);
    net::awaitable<void> accept(tcp::acceptor& acceptor);
    net::awaitable<void> watch_deadlines();
    net::awaitable<void> serve(tcp::socket socket);
    net::awaitable<bool> exchange(connection& self);
    net::awaitable<arrival> read_request(connection& self);
    net::awaitable<bool> write(connection& self);
    net::awaitable<void> say_goodbye(connection& self);
    net::awaitable<outcome> answer_request(connection& self);
    std::optional<fault> prepare_answer(connection& self);
    void prepare_error(connection& self, int status);

    server_limits limits_;
    certificate_authority authority_;
    net::ssl::context tls_;
    service service_;
    fault_queue faults_;
    counters count_;
    http::memory_budget memory_;
    std::unordered_set<connection*> connections_;
    net::io_context context_{1};
    sender sender_;
    net::steady_timer watch_{context_};
    std::vector<tcp::acceptor> acceptors_;
    std::uint16_t port_;
    bool watching_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

server::implementation::implementation(emulator_options options, server_limits limits)
    : limits_{limits},
      tls_{make_tls_context(authority_.issue(), options.max_tls_1_2())},
      service_{options, limits.store, limits.deliveries},
      memory_{limits.memory},
      sender_{context_, service_.deliveries(), options},
      acceptors_{listen_on_loopback(context_, options.port())},
      port_{acceptors_.front().local_endpoint().port()}
{
    for (auto& acceptor : acceptors_)
        net::co_spawn(context_, accept(acceptor), [](std::exception_ptr) {});
    blocked_signals const blocked;
    thread_ = std::thread{[this] { run(); }};
}

server::implementation::~implementation()
{
    try {
        net::post(context_, [this] { stop(); });
    } catch (std::exception const&) {
        context_.stop();
    }
    thread_.join();
}

emulator_stats server::implementation::stats() const
{
    emulator_stats result;
    result.connections = count_.connections;
    result.open_connections = count_.open_connections;
    result.peak_connections = count_.peak_connections;
    result.resumed_sessions = count_.resumed_sessions;
    result.failed_handshakes = count_.failed_handshakes;
    result.requests = count_.requests;
    result.deliveries = service_.deliveries().log().total();
    result.pending_deliveries = service_.deliveries().log().pending();
    return result;
}

void server::implementation::run() noexcept
{
    for (;;) {
        try {
            context_.run();
            return;
        } catch (...) { // one connection's trouble, such as no memory, is not the others'
        }
    }
}

void server::implementation::stop()
{
    stopping_ = true;
    error_code ignored;
    for (auto& acceptor : acceptors_)
        acceptor.close(ignored);
    for (auto* const each : connections_)
        each->close();
    watch_.cancel();
    sender_.stop();
}

std::vector<std::string> server::implementation::emit(std::string_view body)
{
    auto const what = service_.deliveries().sign(body); // here, since it can take a while
    // Shared: the other thread may still be about to leave it when this one has the result.
    auto const promise = std::make_shared<std::promise<std::vector<emulator_delivery>>>();
    auto future = promise->get_future();
    net::post(context_, [this, what, promise] {
        try {
            auto added = service_.emit(what);
            sender_.wake();
            promise->set_value(std::move(added));
        } catch (...) {
            promise->set_exception(std::current_exception());
        }
    });
    std::vector<std::string> ids;
    for (auto& each : future.get())
        ids.push_back(std::move(each.id));
    return ids;
}

net::awaitable<void> server::implementation::accept(tcp::acceptor& acceptor)
{
    net::steady_timer pause{context_};
    while (!stopping_) {
        error_code failure;
        auto socket = co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, failure));
        if (!failure) {
            start(std::move(socket));
        } else if (!stopping_) { // no descriptors or no memory: that passes
            pause.expires_after(milliseconds{20});
            co_await pause.async_wait(net::redirect_error(net::use_awaitable, failure));
        }
    }
}

void server::implementation::start(tcp::socket socket)
{
    if (connections_.size() >= limits_.connections)
        return;
    try {
        error_code ignored;
        socket.set_option(tcp::no_delay{true}, ignored);
        net::co_spawn(context_, serve(std::move(socket)), [](std::exception_ptr) {});
        if (!watching_) {
            watching_ = true;
            net::co_spawn(context_, watch_deadlines(), [this](std::exception_ptr failure) {
                if (failure)
                    watching_ = false;
            });
        }
    } catch (std::exception const&) { // no memory for this one
    }
}

// One timer for all: a timer for each would be set and cancelled with every request.
net::awaitable<void> server::implementation::watch_deadlines()
{
    auto const shortest =
        std::min({limits_.handshake, limits_.idle, limits_.request_time, limits_.write, limits_.linger});
    auto const tick = std::clamp(shortest / 4, milliseconds{5}, milliseconds{250});
    while (!stopping_ && !connections_.empty()) {
        error_code ignored;
        watch_.expires_after(tick);
        co_await watch_.async_wait(net::redirect_error(net::use_awaitable, ignored));
        auto const now = steady_clock::now();
        for (auto* const each : connections_)
            each->check_deadline(now);
    }
    watching_ = false;
}

net::awaitable<void> server::implementation::serve(tcp::socket socket)
{
    if (stopping_) // since it was spawned
        co_return;
    connection self{std::move(socket), tls_, limits_.request, memory_, connections_, count_};
    error_code failure;
    self.expect_within(limits_.handshake);
    co_await self.stream.async_handshake(net::ssl::stream_base::server,
                                         net::redirect_error(net::use_awaitable, failure));
    if (failure) {
        ++count_.failed_handshakes;
        co_return;
    }
    self.set_established();
    bool goes_on = true;
    while (goes_on && !stopping_)
        goes_on = co_await exchange(self);
}

// One request and its answer.
// Returns whether the connection can serve another.
net::awaitable<bool> server::implementation::exchange(connection& self)
{
    auto const what = co_await read_request(self);
    if (what == arrival::lost)
        co_return false;
    auto what_next = outcome::ends;
    if (what == arrival::request && self.reader.state() == http::request_reader::progress::complete) {
        what_next = co_await answer_request(self);
    } else if (what == arrival::request || what == arrival::late) {
        prepare_error(self, what == arrival::late ? 408 : self.reader.failure());
        bool const sent = co_await write(self);
        if (!sent)
            what_next = outcome::lost;
    }
    if (what_next == outcome::ends)
        co_await say_goodbye(self);
    co_return what_next == outcome::goes_on;
}

net::awaitable<arrival> server::implementation::read_request(connection& self)
{
    bool started = false;
    bool continued = false;
    self.reader.next();
    self.expect_within(limits_.idle);
    for (;;) {
        self.feed();
        if (self.reader.state() != http::request_reader::progress::need_more)
            co_return arrival::request;
        if (!started && !self.reader.idle()) {
            started = true;
            self.expect_within(limits_.request_time);
        }
        error_code failure;
        if (self.reader.awaits_continue() && !continued) {
            continued = true;
            co_await net::async_write(self.stream, net::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25),
                                      net::redirect_error(net::use_awaitable, failure));
            if (failure)
                co_return arrival::lost;
        }
        auto const size =
            co_await self.stream.async_read_some(self.input_space(), net::redirect_error(net::use_awaitable, failure));
        self.set_input(size);
        if (failure && self.overdue())
            co_return started ? arrival::late : arrival::idle;
        if (failure)
            co_return failure == net::error::eof ? arrival::end : arrival::lost;
    }
}

net::awaitable<outcome> server::implementation::answer_request(connection& self)
{
    auto const trouble = prepare_answer(self);
    if (trouble && std::holds_alternative<drop_fault>(*trouble))
        co_return outcome::lost;
    auto const* const delay = trouble ? std::get_if<delay_fault>(&*trouble) : nullptr;
    if (delay && !stopping_) {
        error_code ignored;
        self.expect_any_time();
        self.pause.expires_after(delay->time);
        co_await self.pause.async_wait(net::redirect_error(net::use_awaitable, ignored));
    }
    bool const sent = co_await write(self);
    if (!sent)
        co_return outcome::lost;
    co_return self.goes_on ? outcome::goes_on : outcome::ends;
}

// Carries out what is asked, and makes the output.
// Returns what else happens to the answer.
std::optional<fault> server::implementation::prepare_answer(connection& self)
{
    ++count_.requests;
    auto const now = moment::now();
    auto const& received = self.reader.request();
    bool const has_room = self.output_memory.resize(longest_item);
    auto trouble = has_room ? faults_.take() : std::nullopt;
    answer result;
    if (!has_room) {
        result = service_.complete(make_overload(), now);
    } else if (auto const* const failing = trouble ? std::get_if<fail_fault>(&*trouble) : nullptr) {
        result = make_error(failing->status);
        if (failing->retry_after)
            result.fields.emplace_back("Retry-After", std::to_string(failing->retry_after->count()));
        result = service_.complete(std::move(result), now);
    } else {
        result = service_.handle(view(received), now, self.output_memory);
        if (service_.deliveries().can_send())
            sender_.wake();
    }
    self.reader.drop_body();
    if (result.closes)
        trouble.reset(); // a refusal was not what the trouble is meant for
    self.goes_on = received.keep_alive && !result.closes;
    framing const how{received.http_1_1, self.goes_on, received.method == "HEAD"};
    append(self.output, std::move(result), how, std::chrono::floor<std::chrono::seconds>(now.wall));
    self.count_output();
    return trouble;
}

// What is answered to something that is no request.
void server::implementation::prepare_error(connection& self, int status)
{
    auto const now = moment::now();
    framing const how{true, false, false};
    append(self.output, service_.complete(make_protocol_error(status), now), how,
           std::chrono::floor<std::chrono::seconds>(now.wall));
}

// Sends the output. Returns whether that succeeded.
net::awaitable<bool> server::implementation::write(connection& self)
{
    constexpr std::size_t kept_capacity = 4096;
    error_code failure;
    self.expect_within(limits_.write);
    co_await net::async_write(self.stream, net::buffer(self.output), net::redirect_error(net::use_awaitable, failure));
    self.output.clear();
    if (self.output.capacity() > kept_capacity)
        self.output.shrink_to_fit();
    self.count_output();
    co_return !failure;
}

// Closes so that the client gets what was sent: a socket that is closed with unread bytes resets the connection, which
// can overtake the answer (RFC 9112 section 9.6).
net::awaitable<void> server::implementation::say_goodbye(connection& self)
{
    error_code failure;
    auto& socket = self.stream.next_layer();
    self.expect_within(limits_.linger);
    co_await self.stream.async_shutdown(net::redirect_error(net::use_awaitable, failure));
    socket.shutdown(tcp::socket::shutdown_send, failure);
    while (!failure && !self.overdue())
        co_await socket.async_read_some(self.input_space(), net::redirect_error(net::use_awaitable, failure));
}

server::server(emulator_options options, server_limits limits)
{
    try {
        implementation_ = std::make_unique<implementation>(std::move(options), limits);
    } catch (exception const&) {
        throw;
    } catch (std::exception const& failure) {
        throw exception{
            error{errc::resource_exhausted, std::string{"the emulator cannot start: "}.append(failure.what())}};
    }
}

server::~server() = default;

std::uint16_t server::port() const noexcept { return implementation_->port(); }

std::string const& server::ca_pem() const noexcept { return implementation_->ca_pem(); }

fault_queue& server::faults() noexcept { return implementation_->faults(); }

emulator_stats server::stats() const { return implementation_->stats(); }

http::memory_budget const& server::memory() const noexcept { return implementation_->memory(); }

std::vector<std::string> server::emit(std::string_view body) { return implementation_->emit(body); }

delivery_log const& server::deliveries() const noexcept { return implementation_->deliveries().log(); }

signing_key_ring& server::keys() noexcept { return implementation_->deliveries().keys(); }

} // namespace rtkhooks::emulation
