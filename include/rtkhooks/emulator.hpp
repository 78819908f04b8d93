// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>
#include <rtkhooks/event.hpp>
#include <rtkhooks/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks {

/// Under which names a delivery's headers are sent: `rtk-signature`, `rtk-uuid` and `rtk-webhook-id`, or what they were
/// called before.
enum class delivery_headers {
    rtk,
    dyte, ///< `dyte-signature` and so on
    both,
};

/// How an emulator behaves. A class with setters, usable in a chain.
class emulator_options {
public:
    emulator_options() = default;

    /// The port of 127.0.0.1 and ::1 to listen on. 0: any free one.
    emulator_options& port(std::uint16_t value) & { return port_ = value, *this; }
    /// The API token to accept: visible ASCII characters. Default: one made up at start.
    emulator_options& token(std::string value) & { return token_ = secret{std::move(value)}, *this; }
    /// Whether listing an app without webhooks is answered by 404, as reported of the real service. Default: no.
    emulator_options& list_not_found_when_empty(bool value) & { return list_not_found_when_empty_ = value, *this; }
    /// Whether PUT and PATCH answers leave `enabled` out and DELETE's `data` is null. Default: no.
    emulator_options& partial_replies(bool value) & { return partial_replies_ = value, *this; }
    /// Answers 429 where more requests than this come in a window.
    /// @param requests in a window, refused ones not counted. Default: 0, which is no limit
    /// @param window from its first request on: more than 0, at most a day
    emulator_options& rate_limit(std::size_t requests, std::chrono::seconds window) &
    {
        return rate_limit_ = requests, rate_limit_window_ = window, *this;
    }
    /// Whether TLS is offered up to 1.2 only. Default: up to 1.3.
    emulator_options& max_tls_1_2(bool value) & { return max_tls_1_2_ = value, *this; }
    /// How often a delivery is sent again where it was answered by 5xx or not at all.
    /// @param count 0 to 10. Default: 3, as reported of the real service
    /// @param pause before each: 0 to a day. Default: 1 s
    emulator_options& delivery_retries(std::size_t count, std::chrono::milliseconds pause) &
    {
        return delivery_retries_ = count, delivery_pause_ = pause, *this;
    }
    /// How long a receiver may take to answer, connecting included: more than 0, at most a day. Default: 3 s.
    emulator_options& delivery_timeout(std::chrono::milliseconds value) & { return delivery_timeout_ = value, *this; }
    /// Under which names. Default: rtk.
    emulator_options& delivery_header_names(delivery_headers value) & { return delivery_headers_ = value, *this; }
    /// Certificate authorities to trust in receivers of https, as PEM text, beside those of the system. Default: none.
    emulator_options& delivery_ca_pem(std::string value) & { return delivery_ca_pem_ = std::move(value), *this; }
    /// Whether receivers may be other machines. Default: no; events made up for a test then stay on this machine, and
    /// a delivery to any host but `localhost`, 127.0.0.0/8 and `[::1]` fails without a byte sent.
    emulator_options& deliver_to_other_machines(bool value) & { return deliver_to_other_machines_ = value, *this; }

    emulator_options&& port(std::uint16_t value) && { return std::move(port(value)); }
    emulator_options&& token(std::string value) && { return std::move(token(std::move(value))); }
    emulator_options&& list_not_found_when_empty(bool value) && { return std::move(list_not_found_when_empty(value)); }
    emulator_options&& partial_replies(bool value) && { return std::move(partial_replies(value)); }
    emulator_options&& rate_limit(std::size_t requests, std::chrono::seconds window) &&
    {
        return std::move(rate_limit(requests, window));
    }
    emulator_options&& max_tls_1_2(bool value) && { return std::move(max_tls_1_2(value)); }
    emulator_options&& delivery_retries(std::size_t count, std::chrono::milliseconds pause) &&
    {
        return std::move(delivery_retries(count, pause));
    }
    emulator_options&& delivery_timeout(std::chrono::milliseconds value) &&
    {
        return std::move(delivery_timeout(value));
    }
    emulator_options&& delivery_header_names(delivery_headers value) &&
    {
        return std::move(delivery_header_names(value));
    }
    emulator_options&& delivery_ca_pem(std::string value) && { return std::move(delivery_ca_pem(std::move(value))); }
    emulator_options&& deliver_to_other_machines(bool value) && { return std::move(deliver_to_other_machines(value)); }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] secret const& token() const noexcept { return token_; }
    [[nodiscard]] bool list_not_found_when_empty() const noexcept { return list_not_found_when_empty_; }
    [[nodiscard]] bool partial_replies() const noexcept { return partial_replies_; }
    /// 0: no limit.
    [[nodiscard]] std::size_t rate_limit() const noexcept { return rate_limit_; }
    [[nodiscard]] std::chrono::seconds rate_limit_window() const noexcept { return rate_limit_window_; }
    [[nodiscard]] bool max_tls_1_2() const noexcept { return max_tls_1_2_; }
    [[nodiscard]] std::size_t delivery_retries() const noexcept { return delivery_retries_; }
    [[nodiscard]] std::chrono::milliseconds delivery_pause() const noexcept { return delivery_pause_; }
    [[nodiscard]] std::chrono::milliseconds delivery_timeout() const noexcept { return delivery_timeout_; }
    [[nodiscard]] delivery_headers delivery_header_names() const noexcept { return delivery_headers_; }
    [[nodiscard]] std::string const& delivery_ca_pem() const noexcept { return delivery_ca_pem_; }
    [[nodiscard]] bool deliver_to_other_machines() const noexcept { return deliver_to_other_machines_; }

private:
    std::uint16_t port_ = 0;
    secret token_;
    bool list_not_found_when_empty_ = false;
    bool partial_replies_ = false;
    std::size_t rate_limit_ = 0;
    std::chrono::seconds rate_limit_window_{1};
    bool max_tls_1_2_ = false;
    std::size_t delivery_retries_ = 3;
    std::chrono::milliseconds delivery_pause_{1000};
    std::chrono::milliseconds delivery_timeout_{3000};
    delivery_headers delivery_headers_ = delivery_headers::rtk;
    std::string delivery_ca_pem_;
    bool deliver_to_other_machines_ = false;
};

/// What an emulator has seen since it started.
struct emulator_stats {
    emulator_stats() = default;

    std::uint64_t connections = 0;      ///< accepted, with a completed TLS handshake
    std::size_t open_connections = 0;   ///< now
    std::size_t peak_connections = 0;   ///< the most at once
    std::uint64_t resumed_sessions = 0; ///< handshakes that resumed an earlier session
    std::uint64_t failed_handshakes = 0;
    std::uint64_t requests = 0;         ///< complete ones
    std::uint64_t deliveries = 0;       ///< emitted
    std::size_t pending_deliveries = 0; ///< of these, not at their end yet
};

/// A delivery, as an emulator's log has it.
struct emulator_delivery {
    enum class state {
        pending,   ///< under way, or waiting to be sent again
        delivered, ///< answered by 2xx
        refused,   ///< answered by another status below 500, after which it is not sent again
        failed,    ///< sent as often as may be, and last answered by 5xx or not at all
    };

    /// One time that it was sent.
    struct attempt {
        attempt() = default; // declared, so that the type is no aggregate: see webhook

        int status = 0;    ///< the answer's, or 0 where none came
        std::string error; ///< why none came, such as `Connection refused`; else empty

        friend bool operator==(attempt const&, attempt const&) = default;
    };

    emulator_delivery() = default;

    std::string id; ///< a UUID: sent as `rtk-uuid`, each time
    std::string webhook_id;
    std::string event; ///< its name
    state outcome = state::pending;
    std::vector<attempt> attempts; ///< in their order; one that is under way is not among them

    friend bool operator==(emulator_delivery const&, emulator_delivery const&) = default;
};

/// As it is written above, such as `delivered`.
[[nodiscard]] RTKHOOKS_API std::string_view to_string(emulator_delivery::state value) noexcept;
RTKHOOKS_API std::ostream& operator<<(std::ostream&, emulator_delivery::state);

/// The webhooks API on this machine, for tests and demonstrations: real TLS with a certificate authority of its own,
/// state in memory, on a thread of its own. Any client of the API works against it.
///
/// It validates as the API does and answers in its shapes. State is kept per account and app, in bounded memory:
/// see README for the limits. A request for whose answer there is no room gets 503, and is not carried out.
///
/// It delivers events too, signed by a key of its own: see emit(). A program in another language asks for the same by
/// `POST https://localhost:PORT/emulator/events` with the API token and the event as JSON; `GET` there answers with
/// what deliveries() tells. Neither counts towards the rate limit.
///
/// @code
/// rtkhooks::emulator emulator;
/// // a webhook was created in it, with the address of the receiver under test
/// rtkhooks::events::meeting_ended ended;
/// ended.reason = "HOST_ENDED_MEETING";
/// emulator.emit(ended);
/// bool const ended_all = emulator.wait_for_deliveries(); // none is pending any more
/// assert(ended_all && emulator.deliveries().back().outcome == rtkhooks::emulator_delivery::state::delivered);
/// @endcode
/// Thread-safety: every member function may be called from any thread, except that destruction and move must not overlap
/// another call of the same object's members. One that was moved away may only be assigned to or destroyed.
/// Lifetime: what is returned by reference lives as long as the emulator, wherever it is moved to.
class RTKHOOKS_API emulator {
public:
    /// Listens on loopback and serves until destroyed.
    /// @throws rtkhooks::exception with `errc::resource_exhausted` where it cannot start, and why in the message: the
    ///         port, where it cannot listen; with `errc::invalid_argument` where an option cannot be, and its name in
    ///         the message
    /// @throws std::runtime_error where OpenSSL has no random bytes for a token
    explicit emulator(emulator_options options = {});
    /// Ends all connections and joins its thread.
    ~emulator();
    emulator(emulator&&) noexcept;
    emulator& operator=(emulator&&) noexcept;

    /// `https://localhost:PORT/client/v4`
    [[nodiscard]] std::string const& base_url() const noexcept;
    /// Where it listens, on 127.0.0.1 and, where there is one, on [::1].
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// The certificate authority to trust, as PEM text. It and its certificates are valid for a year from the start.
    [[nodiscard]] std::string const& ca_pem() const noexcept;
    /// The API token that it accepts.
    [[nodiscard]] secret const& token() const noexcept;
    /// A configuration that reaches this emulator: base URL, trust, token. The client's own pace is off.
    [[nodiscard]] client_config config() const;

    /// Answers the next requests with a status and that status's error body, whatever they ask.
    /// @param status 400 to 599
    /// @param count how many requests
    /// @param retry_after sent as `Retry-After`, where given
    /// @throws rtkhooks::exception with `errc::invalid_argument` where the status is another
    void fail_next(int status, std::size_t count = 1, std::optional<std::chrono::seconds> retry_after = {});
    /// Carries out the next requests, but closes the connection instead of answering them.
    void drop_next(std::size_t count = 1);
    /// Carries out the next requests, but answers only after a time.
    /// @param delay 0 to a day
    /// @param count how many requests
    /// @throws rtkhooks::exception with `errc::invalid_argument` where the delay is another
    void delay_next(std::chrono::milliseconds delay, std::size_t count = 1);

    /// Delivers an event: `POST` of its JSON to the url of every enabled webhook, of any account and app, that has
    /// subscribed to it. An event that is not documented goes to every enabled webhook, as none can subscribe to it.
    /// Returns at once; the first event ever emitted, though, waits for a key to be made.
    ///
    /// The signature is RSASSA-PKCS1-v1_5 with SHA-256 over the exact body. An answer of 5xx, or none, has the
    /// delivery sent again under the same id; any other than 2xx ends it: see emulator_options. It goes to the url that
    /// the webhook has now. No redirect is followed. Receivers of https must have a certificate for the url's host that
    /// the system or `delivery_ca_pem` vouches for. User and password of a url are not sent.
    ///
    /// Each receiver gets up to 4 deliveries at once, in no certain order, and one that is slow holds up no other.
    /// @param what is encoded as it is. Its secrets are sent in the clear
    /// @return the id of each delivery; empty where no webhook wants the event
    /// @throws rtkhooks::exception with `errc::queue_full`, and nothing is sent, where too much is waiting: 10,000
    ///         deliveries, or 16 MiB of bodies and urls; with `errc::invalid_argument` where an unknown_event's body is
    ///         no event, or any JSON is longer than 1 MiB
    /// @throws std::runtime_error where OpenSSL cannot make the key, sign, or make an id
    std::vector<std::string> emit(event const& what);
    /// Delivers a body as it is, byte for byte.
    /// @param body a JSON object with the name in `event`, at most 1 MiB
    /// @throws rtkhooks::exception with `errc::invalid_argument` where it is not; else as above
    std::vector<std::string> emit(std::string_view body);
    /// Every delivery that is pending, and the last 1,000 that are not; oldest first.
    [[nodiscard]] std::vector<emulator_delivery> deliveries() const;
    /// Waits until no delivery is pending. Blocks: not for the thread that the receiver needs to answer.
    /// @param patience how long at most. Default: a minute
    /// @return whether none is pending
    [[nodiscard]] bool wait_for_deliveries(std::chrono::milliseconds patience = std::chrono::minutes{1}) const;

    /// Where a program in another language has events delivered: `https://localhost:PORT/emulator/events`.
    [[nodiscard]] std::string const& events_url() const noexcept;
    /// Where the key that verifies deliveries is served, in the form of the real one and to anyone:
    /// `https://localhost:PORT/.well-known/webhooks.json`. fail_next() and the like are for it as well.
    [[nodiscard]] std::string const& key_url() const noexcept;
    /// That key as PEM text, RSA of 2048 bits. Made when it is first needed.
    /// @throws std::runtime_error where OpenSSL cannot make it
    [[nodiscard]] std::string public_key_pem() const;
    /// Signs with another key from now on. A delivery that is sent again keeps its signature.
    /// @throws std::runtime_error where OpenSSL cannot make one; the key then stays the same
    void rotate_key();

    [[nodiscard]] emulator_stats stats() const;

private:
    class server;
    std::unique_ptr<server> server_;
};

} // namespace rtkhooks
