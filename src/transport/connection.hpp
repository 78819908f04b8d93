// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/response.hpp"
#include "transport/failure.hpp"
#include "transport/fork_count.hpp"
#include "transport/operation.hpp"
#include "transport/tls_engine.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rtkhooks::transport {

/// One connection to the server: a socket, TLS, and the answer being read. Serves one attempt at a time.
///
/// It always waits for input, between attempts too: that the server closed it, or sends what nobody asked for, is seen
/// when it happens. It reads under its lock alone: so what has come when an attempt begins is either in the socket,
/// where the attempt looks, or has been judged already, and can never be taken for the answer. A GET does not look where
/// the socket was read to its end just before: what has come within 100 microseconds is to it like what is on its way.
/// For any thread: a lock of its own guards it. It never takes the pool's lock while it holds its own.
class connection : public std::enable_shared_from_this<connection> {
public:
    /// Told of a connection that ended while no attempt was using it. Called without locks.
    using lost_handler = std::function<void(connection&)>;
    /// Called once, without locks, when the handshake is over. No failure: it succeeded.
    using handshake_handler = std::function<void(std::optional<failure>)>;

    /// @param tls null for plain HTTP
    connection(boost::asio::ip::tcp::socket socket, std::unique_ptr<tls_engine> tls, http::response_limits limits,
               std::uint64_t id);

    /// Shakes hands, and reads from then on.
    void start(handshake_handler done, lost_handler lost);

    /// Sends a request for an operation, which will be resumed when the answer is complete or cannot be.
    /// It looks whether the server has sent anything before.
    /// @param request must stay where it is until this returns
    /// @return whether that failed at once: the operation then has the reason and is not resumed
    [[nodiscard]] bool exchange(operation& which, std::string_view request);
    /// Ends an operation's exchange, and with it the connection.
    /// @return whether there was one to end: the operation is then the caller's to resume
    [[nodiscard]] bool abort(operation& which, errc code);
    /// The attempt is over and its answer has been used.
    /// @return whether the connection can serve another
    [[nodiscard]] bool finish();

    /// Closes now, with close_notify where it can be sent at once. Nobody is told. In a process that was forked since,
    /// without a word to the server: the connection is the parent's.
    void close();

    /// Of the last exchange, until the next one begins or finish() is called.
    [[nodiscard]] http::response& answer() noexcept { return reader_.answer(); }

    /// Why it is closed although it has served no attempt, or nothing if it is open.
    [[nodiscard]] std::optional<failure> ended_early();
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] bool resumed() const noexcept { return resumed_; }

    // The pool's lock guards these.
    time_point expires;    ///< too old from then on
    time_point idle_since; ///< while it is idle
    std::uint64_t uses = 0;
    bool was_idle = false; ///< so that the server may have closed it, or said something

private:
    class event;
    struct reader;
    struct writer;

    void await_input();
    void readable(boost::system::error_code ec);
    void read_input(event& what);
    bool read_what_is_there(event& what);
    void digest(std::string_view bytes, event& what);
    void advance(event& what);
    void advance_handshake(event& what);
    void judge_handshake(event& what);
    void read_plaintext(event& what);
    void take(std::string_view plaintext);
    void judge_exchange(event& what, boost::system::error_code cause = {});
    void ended(bool clean, boost::system::error_code cause, event& what);
    void broken(event& what);
    void out_of_memory(event& what);
    void too_talkative(event& what);
    void fail_exchange(failure why, event& what);
    void flush();
    void writable(boost::system::error_code ec);
    void look_for_unasked_input(bool closely);
    void close_socket();
    [[nodiscard]] phase where() const;

    std::mutex mutex_;
    std::optional<boost::asio::ip::tcp::socket> socket_; // empty once closed
    std::unique_ptr<tls_engine> tls_;
    std::string plain_output_; // where there is no TLS
    std::size_t output_sent_ = 0;
    bool writing_ = false;                     // waits until the socket takes more
    boost::system::error_code writing_failed_; // by which, at first, since something could be written
    std::size_t said_by_tls_ = 0;              // in bytes, since the last request
    http::response_reader reader_;
    std::string unread_; // plaintext that the reader wants to see again with more behind it
    operation* exchange_ = nullptr;
    bool usable_ = false; // the last answer was complete, allows another, and nothing came behind it
    bool shaking_hands_ = true;
    bool served_ = false;                              // an exchange before
    std::chrono::steady_clock::time_point drained_at_; // from when on what came is yet to be read
    bool resumed_ = false;
    std::optional<failure> broken_; // what TLS failed by before the first exchange
    handshake_handler handshake_done_;
    lost_handler lost_;
    std::uint64_t const id_;
    unsigned const process_ = fork_count();
};

} // namespace rtkhooks::transport
