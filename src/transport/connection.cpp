// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/connection.hpp"

#include "transport/assured_handler.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <new>
#include <utility>

namespace rtkhooks::transport {
namespace {

namespace net = boost::asio;
using status = tls_engine::status;

// On the stack: a connection that waits needs none.
constexpr std::size_t input_size = 16 * 1024;
constexpr std::size_t record_size = 16 * 1024;
/// How often a handler reads before others have their turn: a server that sends as fast as this reads must stop neither
/// deadlines nor other calls.
constexpr int reads_at_once = 4;

// How long what was read to its end counts as read, for a request that changes nothing. Whatever comes later than the
// look is not seen by looking either, and the way to most servers and back, in which that may be, takes longer than this.
constexpr std::chrono::microseconds still_drained{100};

// Of what TLS says of its own accord while an answer is read, or none is expected: one KeyUpdate is 30 bytes. A server
// that goes on asking for such would have this grow without end where it reads none of it, and take time without end.
constexpr std::size_t most_said_by_tls = 4 * 1024;

/// Whether a handler was destroyed instead of run.
bool was_lost(boost::system::error_code ec) { return ec == boost::system::errc::not_enough_memory; }

} // namespace

struct connection::reader {
    std::shared_ptr<connection> self;

    explicit operator bool() const noexcept { return self != nullptr; }
    void operator()(boost::system::error_code ec) const { self->readable(ec); }
};

struct connection::writer {
    std::shared_ptr<connection> self;

    explicit operator bool() const noexcept { return self != nullptr; }
    void operator()(boost::system::error_code ec) const { self->writable(ec); }
};

/// What is to be done about a step of the connection once its lock is gone.
class connection::event {
public:
    event() = default;
    event(event const&) = delete;
    event& operator=(event const&) = delete;

    void exchange_over(operation& which) { operation_ = &which; }
    void lost(lost_handler handler) { lost_ = std::move(handler); }
    void handshake_over(handshake_handler handler, std::optional<failure> how)
    {
        handshake_ = std::move(handler);
        failure_ = std::move(how);
    }

    /// @param within_asio whether other code than ours must not run
    void deliver(connection& self, bool within_asio = false)
    {
        if (handshake_)
            handshake_(std::move(failure_));
        if (lost_)
            lost_(self);
        if (operation_ == nullptr)
            return;
        if (within_asio)
            operation_->resume_later();
        else
            operation_->resume();
    }

private:
    operation* operation_ = nullptr;
    lost_handler lost_;
    handshake_handler handshake_;
    std::optional<failure> failure_;
};

connection::connection(net::ip::tcp::socket socket, std::unique_ptr<tls_engine> tls, http::response_limits limits,
                       std::uint64_t id)
    : socket_{std::move(socket)}, tls_{std::move(tls)}, reader_{limits}, id_{id}
{
    boost::system::error_code ignored;
    socket_->set_option(net::ip::tcp::no_delay{true}, ignored);
    socket_->non_blocking(true, ignored);
}

void connection::start(handshake_handler done, lost_handler lost)
{
    event what;
    {
        std::lock_guard const lock{mutex_};
        handshake_done_ = std::move(done);
        lost_ = std::move(lost);
        try {
            advance_handshake(what);
            flush();
            judge_handshake(what);
            await_input();
        } catch (std::bad_alloc const&) {
            out_of_memory(what);
        }
    }
    what.deliver(*this);
}

void connection::await_input()
{
    if (!socket_)
        return;
    handing_over const here;
    socket_->async_wait(net::ip::tcp::socket::wait_read, assured_handler{reader{shared_from_this()}});
}

void connection::readable(boost::system::error_code ec)
{
    event what;
    {
        std::lock_guard const lock{mutex_};
        if (!socket_)
            return; // closed in the meantime: whoever did that has told whom it concerned
        try {
            if (was_lost(ec))
                out_of_memory(what);
            else if (ec)
                ended(false, ec, what);
            else
                read_input(what);
            judge_handshake(what);
        } catch (std::bad_alloc const&) {
            out_of_memory(what);
        }
    }
    what.deliver(*this, was_lost(ec));
}

void connection::read_input(event& what)
{
    read_what_is_there(what);
    flush();
    await_input();
}

/// Reads the socket to its end, or as much as one handler may.
/// @return whether there was no more
bool connection::read_what_is_there(event& what)
{
    std::array<char, input_size> bytes;
    for (int i = 0; i != reads_at_once && socket_; ++i) {
        boost::system::error_code ec;
        auto const began = std::chrono::steady_clock::now();
        auto const size = socket_->read_some(net::buffer(bytes), ec);
        if (ec && ec != net::error::would_block) {
            // A reset that writing has met is read as an end. A broken pipe is what it is behind an end.
            bool const reset = writing_failed_ && writing_failed_ != net::error::broken_pipe;
            ended(ec == net::error::eof && !reset && tls_ == nullptr, ec == net::error::eof ? writing_failed_ : ec,
                  what);
            return true;
        }
        if (!ec)
            digest({bytes.data(), size}, what);
        if (ec || size != bytes.size()) {
            drained_at_ = began;
            return true;
        }
    }
    return false;
}

void connection::digest(std::string_view bytes, event& what)
{
    if (tls_) {
        tls_->feed(bytes);
        advance(what);
    } else {
        take(bytes);
        judge_exchange(what);
    }
}

void connection::advance(event& what)
{
    if (shaking_hands_)
        advance_handshake(what);
    if (!shaking_hands_ && socket_)
        read_plaintext(what);
}

void connection::advance_handshake(event& what)
{
    auto const result = tls_ ? tls_->handshake() : status::ok;
    if (result == status::want_input)
        return;
    if (result == status::ok) {
        shaking_hands_ = false;
        resumed_ = tls_ && tls_->resumed();
    } else {
        broken(what);
    }
}

/// Tells that the handshake has succeeded. Half a record behind it is waited for: it is a session ticket of a server that
/// sends one at once, and would otherwise be half of what nobody asked for.
void connection::judge_handshake(event& what)
{
    if (handshake_done_ && !shaking_hands_ && !(socket_ && tls_ && tls_->holds_input()))
        what.handshake_over(std::exchange(handshake_done_, nullptr), std::nullopt);
}

void connection::read_plaintext(event& what)
{
    std::array<char, record_size> plaintext;
    for (;;) {
        std::size_t size = 0;
        auto const before = tls_->output().size();
        auto const result = tls_->read(plaintext.data(), plaintext.size(), size);
        said_by_tls_ += tls_->output().size() - before;
        if (said_by_tls_ > most_said_by_tls && result != status::failed)
            return too_talkative(what);
        if (result == status::want_input)
            return judge_exchange(what);
        if (result == status::closed)
            return ended(true, {}, what);
        if (result == status::failed) {
            judge_exchange(what); // a complete answer counts, whatever follows it
            return broken(what);
        }
        take({plaintext.data(), size});
        if (!tls_->holds_input()) // most answers are one record: asking for another is not free
            return judge_exchange(what);
    }
}

void connection::take(std::string_view plaintext)
{
    if (exchange_ == nullptr || reader_.complete()) {
        // Nobody asked for this (F4, rows 40, 41, 58): whatever it is, it must not answer the next request.
        usable_ = false;
        if (exchange_ == nullptr)
            close_socket();
        return;
    }
    exchange_->answer_started = true;
    if (!unread_.empty()) {
        unread_.append(plaintext);
        plaintext = unread_;
    }
    auto const used = reader_.read(plaintext);
    auto const rest = plaintext.substr(used);
    if (reader_.complete())
        usable_ = reader_.answer().keep_alive && rest.empty();
    if (reader_.complete() || reader_.failure() || rest.empty())
        unread_.clear();
    else if (unread_.empty())
        unread_.assign(rest);
    else
        unread_.erase(0, used);
}

/// Ends the exchange if its answer is complete, or is none.
/// @param cause the socket's own word for it
void connection::judge_exchange(event& what, boost::system::error_code cause)
{
    if (exchange_ == nullptr) {
        if (!socket_ && lost_)
            what.lost(std::exchange(lost_, nullptr));
        return;
    }
    if (reader_.complete()) {
        if (output_sent_ != (tls_ ? tls_->output() : plain_output_).size())
            usable_ = false; // answered before all of the request was sent (row 63)
        if (tls_ && tls_->holds_input())
            usable_ = false; // half a record would go on in the next exchange (F4)
        if (!usable_)
            close_socket();
        what.exchange_over(*std::exchange(exchange_, nullptr));
    } else if (auto const& violation = reader_.failure()) {
        failure why{violation->code, violation->where, "the answer is refused: " + violation->reason, cause};
        why.transient = violation->code == errc::connection_lost;
        if (why.transient)
            why.explanation = violation->reason;
        fail_exchange(std::move(why), what);
    }
}

/// No more bytes will come.
/// @param clean whether the server announced that: by close_notify, or a FIN where there is no TLS
void connection::ended(bool clean, boost::system::error_code cause, event& what)
{
    if (shaking_hands_) {
        close_socket();
        what.handshake_over(std::exchange(handshake_done_, nullptr),
                            failure{errc::tls_failed, phase::tls_handshake,
                                    "the server closed the connection within the TLS handshake", cause});
        return;
    }
    usable_ = false;
    if (exchange_ != nullptr) {
        reader_.end(clean);
        judge_exchange(what, cause);
    }
    close_socket();
    if (exchange_ == nullptr && lost_)
        what.lost(std::exchange(lost_, nullptr));
}

/// TLS failed: a certificate, an alert, a record that is none.
void connection::broken(event& what)
{
    if (tls_->out_of_memory())
        return out_of_memory(what);
    usable_ = false;
    // Before the first request it is still the handshake, of which TLS 1.3 lets the server's verdict come late (row 24).
    auto const where = served_ ? reader_.where() : phase::tls_handshake;
    failure why{errc::tls_failed, where, tls_->reason(), tls_->cause()};
    // An alert is the server's decision, and a certificate that is refused will be again. A broken record is neither, nor
    // is whatever happens once the server has begun to answer.
    bool const answering = exchange_ != nullptr && exchange_->answer_started;
    why.transient = !shaking_hands_ && (tls_->broken_record() || answering);
    if (shaking_hands_) {
        flush(); // our own alert says why
        close_socket();
        what.handshake_over(std::exchange(handshake_done_, nullptr), std::move(why));
    } else if (exchange_ != nullptr) {
        fail_exchange(std::move(why), what);
    } else {
        close_socket();
        if (!served_)
            broken_ = std::move(why);
        if (lost_)
            what.lost(std::exchange(lost_, nullptr));
    }
}

/// The server had TLS say more than any sound one does.
void connection::too_talkative(event& what)
{
    judge_exchange(what); // a complete answer counts, whatever follows it
    usable_ = false;
    if (exchange_ != nullptr) {
        failure why{errc::limit_exceeded, reader_.where(),
                    "the answer is refused: the server asked TLS for more than 4 KiB of its own"};
        why.transient = false;
        return fail_exchange(std::move(why), what);
    }
    close_socket();
    if (lost_)
        what.lost(std::exchange(lost_, nullptr));
}

void connection::out_of_memory(event& what)
{
    auto why = transport::out_of_memory(shaking_hands_ ? phase::tls_handshake : where());
    usable_ = false;
    close_socket();
    if (handshake_done_)
        what.handshake_over(std::exchange(handshake_done_, nullptr), std::move(why));
    else if (exchange_ != nullptr)
        fail_exchange(std::move(why), what);
    else if (lost_)
        what.lost(std::exchange(lost_, nullptr));
}

void connection::fail_exchange(failure why, event& what)
{
    close_socket();
    exchange_->failed = std::move(why);
    what.exchange_over(*std::exchange(exchange_, nullptr));
}

bool connection::exchange(operation& which, std::string_view request)
{
    std::lock_guard const lock{mutex_};
    which.sent = false;
    which.answer_started = false;
    auto const refuse = [&](failure why) {
        close_socket();
        which.failed = std::move(why);
        return true;
    };
    bool const closely = !served_ || !request.starts_with("GET ");
    try {
        look_for_unasked_input(closely);
    } catch (std::bad_alloc const&) {
        return refuse(transport::out_of_memory(phase::write));
    }
    if (socket_ && tls_ && tls_->holds_input()) { // half a record, which would go on in the answer
        which.may_be_stale = true;                // a ticket of a sound server, if the connection is fresh
        return refuse({errc::connection_lost, phase::write, "the server had begun a message that it did not end"});
    }
    if (broken_)
        return refuse(std::move(*broken_));
    if (!socket_)
        return refuse({errc::connection_lost, phase::write, "the server had closed the connection"});
    served_ = true;
    reader_.start();
    unread_.clear();
    usable_ = false;
    said_by_tls_ = 0;
    try {
        if (!tls_) {
            plain_output_.append(request);
        } else if (auto const written = tls_->write(request); written == status::want_input) {
            return refuse({errc::connection_lost, phase::write, "the server had begun a message that it did not end"});
        } else if (tls_->out_of_memory()) {
            return refuse(transport::out_of_memory(phase::write));
        } else if (written != status::ok) {
            failure why{errc::tls_failed, phase::write, tls_->reason(), tls_->cause()};
            why.transient = false;
            return refuse(std::move(why));
        }
        exchange_ = &which;
        flush();
    } catch (std::bad_alloc const&) {
        exchange_ = nullptr; // or it would be told of after its end
        return refuse(transport::out_of_memory(phase::write));
    }
    return false; // an error of writing is not final: an answer may be there already (P24)
}

/// Where the exchange is.
phase connection::where() const
{
    return output_sent_ != (tls_ ? tls_->output() : plain_output_).size() ? phase::write : reader_.where();
}

bool connection::abort(operation& which, errc code)
{
    std::lock_guard const lock{mutex_};
    bool const mine = exchange_ == &which;
    if (mine) {
        which.failed = failure{code, where(), {}};
        exchange_ = nullptr;
    }
    usable_ = false;
    close_socket();
    return mine;
}

bool connection::finish()
{
    std::lock_guard const lock{mutex_};
    reader_.answer().shrink();
    for (auto* const buffer : {&unread_, tls_ ? &tls_->output() : &plain_output_}) {
        if (buffer->empty() && buffer->capacity() > http::capacity_to_keep)
            std::string{}.swap(*buffer);
    }
    if (std::exchange(exchange_, nullptr) != nullptr) // the call is destroyed while it waits
        usable_ = false;
    if (!usable_)
        close_socket();
    return socket_.has_value();
}

std::optional<failure> connection::ended_early()
{
    std::lock_guard const lock{mutex_};
    if (socket_ || broken_)
        return broken_;
    return failure{errc::connection_lost, phase::tls_handshake,
                   "the server closed the connection right after the TLS handshake"};
}

void connection::close()
{
    std::lock_guard const lock{mutex_};
    exchange_ = nullptr;
    lost_ = nullptr;
    handshake_done_ = nullptr;
    close_socket();
}

/// Sends what there is, as far as the socket takes it at once.
void connection::flush()
{
    auto& output = tls_ ? tls_->output() : plain_output_;
    while (socket_ && !writing_ && output_sent_ != output.size()) {
        boost::system::error_code ec;
        auto const size =
            socket_->write_some(net::buffer(output.data() + output_sent_, output.size() - output_sent_), ec);
        output_sent_ += size;
        if (size != 0)
            writing_failed_ = {};
        if (exchange_ != nullptr && size != 0)
            exchange_->sent = true;
        if (ec == net::error::would_block) {
            handing_over const here;
            socket_->async_wait(net::ip::tcp::socket::wait_write, assured_handler{writer{shared_from_this()}});
            writing_ = true;
        } else if (ec) {
            // The receive that is under way learns of the end, and of an answer that came before, but not of the cause.
            if (!writing_failed_)
                writing_failed_ = ec;
            return;
        }
    }
    if (output_sent_ == output.size()) {
        output.clear();
        output_sent_ = 0;
    }
}

void connection::writable(boost::system::error_code ec)
{
    event what;
    {
        std::lock_guard const lock{mutex_};
        if (!socket_)
            return; // closed in the meantime
        writing_ = false;
        try {
            if (was_lost(ec))
                out_of_memory(what);
            else if (!ec)
                flush();
        } catch (std::bad_alloc const&) {
            out_of_memory(what);
        }
    }
    what.deliver(*this, was_lost(ec));
}

/// Reads what has come before a request and must not answer it: the end, or what nobody asked for, closes the connection.
/// @param closely whether to ask the socket even where it has just been read to its end
void connection::look_for_unasked_input(bool closely)
{
    // A call that follows at once on the one before finds the socket as that left it. Time's own pace is what counts
    // here, whatever clock the pool has.
    if (socket_ && (closely || std::chrono::steady_clock::now() - drained_at_ > still_drained)) {
        event nobody_waits;
        if (!read_what_is_there(nobody_waits))
            close_socket();
    }
}

void connection::close_socket()
{
    if (!socket_)
        return;
    if (tls_) {
        bool const all_sent = output_sent_ == tls_->output().size(); // else the rest of a request would go out now
        tls_->shutdown();
        if (all_sent && !writing_ && process_ == fork_count()) {
            boost::system::error_code ignored; // it goes out at once or never: a wait would end with the socket
            auto& farewell = tls_->output();
            socket_->write_some(net::buffer(farewell.data() + output_sent_, farewell.size() - output_sent_), ignored);
            farewell.clear();
            output_sent_ = 0;
        }
    }
    if (process_ != fork_count())
        leave_to_parent(socket_->native_handle());
    // Reset rather than closed: the object must not outlive its context, and a lease may.
    socket_.reset();
}

} // namespace rtkhooks::transport
