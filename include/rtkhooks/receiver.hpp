// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/awaitable.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/event.hpp>
#include <rtkhooks/export.hpp>
#include <rtkhooks/key_store.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// An HTTP server that takes deliveries, for programs that have none:
///
/// @code
/// boost::asio::awaitable<void> handle(rtkhooks::received_delivery delivery)
/// {
///     std::cout << delivery.event << '\n';
///     co_return; // returning accepts the delivery; what is thrown has RealtimeKit send it again
/// }
///
/// rtkhooks::receiver receiver{context, {}, rtkhooks::key_store{context, {}}};
/// co_await receiver.run(endpoint, handle); // until receiver.stop(), or until this is cancelled
/// @endcode
///
/// RealtimeKit is said to wait for an answer for 3 s, and to send a delivery a few times in all. So a handler should
/// put the event where it is safe, such as a queue or a data base, and return.
///
/// What is answered, and what RealtimeKit makes of it: after 5xx, and without an answer, it sends the delivery again;
/// after any other status it does not.
///
/// | status | when |
/// | --- | --- |
/// | 200 | the handler has returned, now or for an earlier delivery of the same body or id |
/// | 400 | the signature is empty or no base64, or came twice; the request is not what RFC 9112 allows, and that is the last |
/// | 401 | there is no signature, or it does not match |
/// | 403 | the event is of none of `receiver_config::owners` |
/// | 404, 405 | another path, another method than POST |
/// | 408 | the request came too slowly; over TLS the connection is closed without an answer then |
/// | 413, 414, 431 | the request is too large |
/// | 415 | the request says that its body is not `application/json`, or is compressed |
/// | 417, 501, 505 | an expectation, a transfer coding or a version of HTTP that is not supported |
/// | 500 | the handler has thrown |
/// | 503 | the key_store cannot decide; it or the handler takes longer than `timeouts.answer` |
/// | 503 | too much is under way; the receiver stops |
///
/// Source: RealtimeKit's guide to webhooks; RFC 9110, RFC 9112.

namespace rtkhooks {

namespace detail {
class receiver_state;
struct receiver_access; // makes receivers with another clock, for the library's own tests
} // namespace detail

/// A delivery whose signature is genuine and that was not handled before.
struct received_delivery {
    received_delivery(rtkhooks::event what, std::string delivery_id, std::string webhook)
        : event{std::move(what)}, id{std::move(delivery_id)}, webhook_id{std::move(webhook)}
    {
    }

    rtkhooks::event event;
    // The two that are not signed: see delivery_check.
    std::string id;
    std::string webhook_id;

    /// The exact bytes that came.
    [[nodiscard]] std::string const& body() const noexcept { return base_of(event).body; }
};

/// What is done with a delivery. Called once for each, several at the same time. To return accepts it; to throw has
/// RealtimeKit send it again.
using delivery_handler = std::function<boost::asio::awaitable<void>(received_delivery)>;

/// All that a receiver can be told. Every member has a default that is safe for production. A bad value is an
/// `rtkhooks::exception` with `errc::invalid_argument` when a receiver is made; its message names the member.
struct receiver_config {
    receiver_config() = default; // declared, so that the type is no aggregate: see webhook

    /// The path that deliveries are posted to, with the query if there is one, exactly as in the webhook's `url`; any
    /// other is 404. Begins with a slash. As the signature does not say whom a delivery is meant for, one that cannot
    /// be guessed is best.
    std::string path = "/";
    /// Ids of your apps and organizations. Where there are any, an event must name one of them: as `organizedBy.id`, of
    /// its meeting or its own, or as its recording's `organizationId`. What names none is 403, and not sent again. One
    /// key signs for all customers, as far as is documented: without this, another's events are taken for yours. No id
    /// may be empty.
    std::vector<std::string> owners;
    /// Gets the events that the library does not know, and those that do not have the form that they should have, if only
    /// in one member: `received_delivery::event` is an `events::unknown_event` then. None: the handler of run() gets them
    /// too.
    delivery_handler on_unknown_event;

    /// Told of each request that is not answered by how its handler ended, with the status and a few words of the
    /// answer: what came twice (200), what was refused, what could not be decided, and what took its handler too long
    /// (503), which goes on. Over TLS also of what came too slowly (408), which is not answered there. For a log. Must
    /// not block; what it throws is lost.
    std::function<void(int status, std::string_view reason)> on_unhandled;
    /// Told of what a handler threw. Called on the thread of that handler, must not block; what it throws is lost.
    std::function<void(std::exception_ptr)> on_handler_failure;
    /// Told once when run() listens, and where: with port 0 that is how the port is found out. What it throws ends
    /// run(), and is thrown there.
    std::function<void(boost::asio::ip::tcp::endpoint)> on_listening;

    struct limits_config {
        limits_config() = default;
        /// Bytes of a request's header. 1024 to 1 MiB.
        std::size_t header_bytes = 16 * 1024;
        /// Bytes of a request's body. 1024 to 64 MiB.
        std::size_t body_bytes = 1024 * 1024;
        /// Bytes of all bodies that are being received or handled, but for those of 4 KiB or less, and those of requests
        /// whose header is reason enough to refuse them. Where they are used up, the body that is longest on its way
        /// makes room for the next, and is 503; over TLS its connection is closed without an answer. At least twice
        /// body_bytes.
        std::size_t memory_bytes = 64 * 1024 * 1024;
        /// Connections at once, and never more than there are descriptors for (`RLIMIT_NOFILE`), less 16 for others:
        /// the key_store, handlers. Where all are taken, the one that has been idle longest makes room for the next;
        /// where none is idle, the one that has gone longest without a genuine delivery, if that is more than a second
        /// of requests and answers; and who is refused is told that the connection ends. One whose delivery may still be
        /// genuine, or is being handled or answered, does not make room. Otherwise the next waits to be accepted. 1 to
        /// 65535. With TLS each takes about 60 KiB, else 10 KiB.
        std::size_t max_connections = 1024;
        /// Handlers at once. What is over waits in order. 1 to 65535.
        std::size_t max_handlers = 64;
        /// Deliveries that are remembered, so that they are recognized when they come again: so many of those that
        /// `timeouts.same_body` is about, and so many of the others, of which neither has the other forgotten. Each takes
        /// about 300 bytes, and each stream and each event that is not known 200 more. 0: none is. 100,000,000 at most.
        std::size_t remembered = 65536;
    } limits;

    struct timeouts_config {
        timeouts_config() = default;
        /// From a request's first byte to the end of its header. More than 0, like all of these that do not say
        /// otherwise; a year at most. Where more has come by then and was not read yet, as after this process was
        /// stopped, there is another second for it; not over TLS.
        std::chrono::milliseconds header = std::chrono::seconds{10};
        /// From there to the end of its body. Likewise.
        std::chrono::milliseconds body = std::chrono::seconds{20};
        /// Between requests, and before the first.
        std::chrono::milliseconds idle = std::chrono::seconds{60};
        /// From a complete request to its answer. Where there is no key by then, the answer is 503. So it is where the
        /// handler has not returned, which goes on: the delivery that is sent again waits for the same handler, or is
        /// answered by how that ended.
        std::chrono::milliseconds answer = std::chrono::milliseconds{2500};
        /// For the sender to take the answer.
        std::chrono::milliseconds write = std::chrono::seconds{10};
        std::chrono::milliseconds tls_handshake = std::chrono::seconds{10};
        /// How long a delivery is remembered to recognize it: by its id, and by its body.
        std::chrono::milliseconds remembered = std::chrono::hours{24};
        /// How long the same body under another id, or without one, is the same delivery where nothing in the event tells
        /// one time from another: a livestream that is `LIVE` once more, and events that are not known. Longer than the
        /// sender goes on sending one again; shorter than such an event takes to recur. From when it was handled; while
        /// it is being handled, from when it came; and in any case no longer than until another body of the same `event`
        /// and `streamId` has come: a stream that is `OFFLINE`, and `LIVE` again at once, is handled three times. 0: not
        /// at all.
        std::chrono::milliseconds same_body = std::chrono::minutes{1};
        /// How long handlers may go on when run() is cancelled. May be 0.
        std::chrono::milliseconds stop = std::chrono::seconds{5};
    } timeouts;

    /// Serves HTTPS itself, with TLS 1.2 and 1.3, where a certificate is given. Otherwise a proxy in front has to:
    /// nothing says that RealtimeKit sends to plain `http`.
    struct tls_config {
        tls_config() = default;
        /// The server's certificate and those between it and the root, in PEM: a file, or the text. One of both.
        std::string certificate_chain_file;
        std::string certificate_chain_pem;
        /// Its private key in PEM, not encrypted: a file, or the text. One of both, with a certificate.
        std::string private_key_file;
        secret private_key_pem;
    } tls;
};

/// A request is counted by what it is answered; a delivery that a handler is called for by how that ends, and where it
/// takes too long by both. Among `requests` alone are those that waited for another's handler, which threw, and those
/// that are answered 503 because the receiver stops.
struct receiver_stats {
    receiver_stats() = default;

    std::uint64_t connections = 0;
    std::size_t open_connections = 0;
    std::uint64_t requests = 0;           ///< that were complete, or refused before their body came
    std::uint64_t bad_requests = 0;       ///< that were not: no HTTP, too slow, too large
    std::uint64_t refused = 0;            ///< another path, method, content type or coding
    std::uint64_t not_genuine = 0;        ///< 400 and 401 by the signature
    std::uint64_t undecided = 0;          ///< 503 for want of a key, or of its confirmation
    std::uint64_t of_others = 0;          ///< 403
    std::uint64_t handled = 0;            ///< whose handler has returned
    std::uint64_t failed = 0;             ///< whose handler has thrown
    std::uint64_t duplicates = 0;         ///< answered 200 without a handler of their own, as they came before
    std::uint64_t unknown_events = 0;     ///< besides how their handler ends
    std::uint64_t unanswered_in_time = 0; ///< 503 because a handler took too long
    std::uint64_t overloaded = 0;         ///< 503 because too much was under way: handlers, or memory for bodies
    std::size_t running_handlers = 0;
};

/// A server for deliveries: HTTP/1.1 with keep-alive on one address, plain or TLS. It checks signatures with a
/// key_store, decodes, and drops what it has handled already, by a digest of the body and by the delivery's id.
///
/// Not every request that it answers with 200 is a new delivery, but a handler is called once for each that is genuine,
/// as long as it is remembered: `limits.remembered`, `timeouts.remembered`, `timeouts.same_body`, and as long as run()
/// lasts. A handler that has thrown is called again when the delivery is sent again.
///
/// Handlers are coroutines on the receiver's executor, each on a strand of its own: several run at the same time, and
/// in parallel where the context has several threads. A handler that is a lambda with captures lives as long as run().
///
/// Thread-safety: every member function may be called from any thread at any time, except that destruction and move
/// must not overlap another use of the same object. One that was moved away may only be assigned to or destroyed.
/// Lifetime: destroying it ends run() as soon as its handlers have: they are cancelled. A run() that has not begun then
/// does not begin. It must be gone before its executor's context is; run() is destroyed with that, if it has not ended,
/// where the key_store's keys are pinned or it works on the same context. Where a key_store on another context fetches
/// them, run() must have ended before its own context is destroyed: what waits for a key would go on with what is gone.
class RTKHOOKS_API receiver {
public:
    /// @param executor where sockets, timers and handlers work
    /// @param keys what deliveries are checked with
    /// @throws rtkhooks::exception with `errc::invalid_argument` and the member's name for a bad configuration
    receiver(boost::asio::any_io_executor executor, receiver_config config, key_store keys);
    /// @param context an io_context or thread_pool, whose executor is used
    template <std::derived_from<boost::asio::execution_context> Context>
    receiver(Context& context, receiver_config config, key_store keys)
        : receiver{boost::asio::any_io_executor{context.get_executor()}, std::move(config), std::move(keys)}
    {
    }
    ~receiver();
    receiver(receiver&&) noexcept;
    receiver& operator=(receiver&&) noexcept;

    /// Listens, and serves until it is stopped: by stop(), or by a cancellation, with `timeouts.stop`, a second one at
    /// once. A cancellation may be of any kind that the awaiting coroutine lets through: by itself that is terminal.
    /// Completes when no connection is open and no handler runs; at once, without serving, where the receiver was
    /// destroyed before it began.
    ///
    /// @param where port 0: any that is free
    /// @param handler gets every new delivery, but for those that `on_unknown_event` gets
    /// @throws rtkhooks::exception with `errc::resource_exhausted` where it cannot listen there, and with
    ///         `errc::invalid_argument` where it runs already or there is no handler; and what `on_listening` throws
    [[nodiscard]] boost::asio::awaitable<void> run(boost::asio::ip::tcp::endpoint where, delivery_handler handler);

    /// Accepts no more, closes what is idle, and lets the deliveries that have come be handled and answered. Completes
    /// when all of them have ended and run() can be called again. Of a receiver that does not run: at once. A run()
    /// that has not begun yet is not kept from beginning, as it is by destroying the receiver. May be called again. Not
    /// to be awaited within a handler, since it waits for that. Cancelling it ends the grace.
    /// @param grace how long handlers may go on; then they are cancelled, and connections closed. 0: now
    [[nodiscard]] boost::asio::awaitable<void> stop(std::chrono::milliseconds grace = std::chrono::seconds{5});

    /// Where run() listens, also while it is being stopped; absent where none is under way.
    [[nodiscard]] std::optional<boost::asio::ip::tcp::endpoint> local_endpoint() const;
    [[nodiscard]] receiver_stats stats() const;

private:
    friend struct detail::receiver_access;
    explicit receiver(std::shared_ptr<detail::receiver_state> state) noexcept;

    std::shared_ptr<detail::receiver_state> state_;
};

} // namespace rtkhooks
