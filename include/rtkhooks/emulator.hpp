// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>
#include <rtkhooks/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace rtkhooks {

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

    emulator_options&& port(std::uint16_t value) && { return std::move(port(value)); }
    emulator_options&& token(std::string value) && { return std::move(token(std::move(value))); }
    emulator_options&& list_not_found_when_empty(bool value) && { return std::move(list_not_found_when_empty(value)); }
    emulator_options&& partial_replies(bool value) && { return std::move(partial_replies(value)); }
    emulator_options&& rate_limit(std::size_t requests, std::chrono::seconds window) &&
    {
        return std::move(rate_limit(requests, window));
    }
    emulator_options&& max_tls_1_2(bool value) && { return std::move(max_tls_1_2(value)); }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] secret const& token() const noexcept { return token_; }
    [[nodiscard]] bool list_not_found_when_empty() const noexcept { return list_not_found_when_empty_; }
    [[nodiscard]] bool partial_replies() const noexcept { return partial_replies_; }
    /// 0: no limit.
    [[nodiscard]] std::size_t rate_limit() const noexcept { return rate_limit_; }
    [[nodiscard]] std::chrono::seconds rate_limit_window() const noexcept { return rate_limit_window_; }
    [[nodiscard]] bool max_tls_1_2() const noexcept { return max_tls_1_2_; }

private:
    std::uint16_t port_ = 0;
    secret token_;
    bool list_not_found_when_empty_ = false;
    bool partial_replies_ = false;
    std::size_t rate_limit_ = 0;
    std::chrono::seconds rate_limit_window_{1};
    bool max_tls_1_2_ = false;
};

/// What an emulator has seen since it started.
struct emulator_stats {
    emulator_stats() = default;

    std::uint64_t connections = 0;      ///< accepted, with a completed TLS handshake
    std::size_t open_connections = 0;   ///< now
    std::size_t peak_connections = 0;   ///< the most at once
    std::uint64_t resumed_sessions = 0; ///< handshakes that resumed an earlier session
    std::uint64_t failed_handshakes = 0;
    std::uint64_t requests = 0; ///< complete ones
};

/// The webhooks API on this machine, for tests and demonstrations: real TLS with a certificate authority of its own,
/// state in memory, on a thread of its own. Any client of the API works against it.
///
/// It validates as the API does and answers in its shapes. State is kept per account and app, in bounded memory:
/// see README for the limits. A request for whose answer there is no room gets 503, and is not carried out.
/// Thread-safety: every member function may be called from any thread.
class RTKHOOKS_API emulator {
public:
    /// Listens on loopback and serves until destroyed.
    /// @throws rtkhooks::exception with `errc::resource_exhausted` where it cannot listen, and the port in the message;
    ///         with `errc::invalid_argument` where an option cannot be, and its name in the message
    explicit emulator(emulator_options options = {});
    /// Ends all connections and joins its thread.
    ~emulator();
    emulator(emulator&&) noexcept;
    emulator& operator=(emulator&&) noexcept;

    /// `https://localhost:PORT/client/v4`
    [[nodiscard]] std::string const& base_url() const noexcept;
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// The certificate authority to trust, as PEM text.
    [[nodiscard]] std::string const& ca_pem() const noexcept;
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

    [[nodiscard]] emulator_stats stats() const;

private:
    class server;
    std::unique_ptr<server> server_;
};

} // namespace rtkhooks
