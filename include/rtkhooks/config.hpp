// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>
#include <rtkhooks/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks {

/// A text that never prints: streams show `[secret]`, and its own memory is wiped when it goes. The requests that are
/// made with it are not.
class secret {
public:
    secret() = default;
    explicit secret(std::string value) : value_{std::move(value)} {}
    secret(secret const&) = default;
    RTKHOOKS_API secret(secret&& other) noexcept;
    RTKHOOKS_API secret& operator=(secret const&);
    RTKHOOKS_API secret& operator=(secret&&) noexcept;
    RTKHOOKS_API ~secret();

    /// The text itself.
    [[nodiscard]] std::string const& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    friend bool operator==(secret const&, secret const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, secret const&);

private:
    std::string value_;
};

/// How calls are authenticated.
class credentials {
public:
    credentials() = default; // none: refused when a client is made

    /// `Authorization: Bearer`. The token needs the permission Realtime or Realtime Admin.
    [[nodiscard]] static credentials api_token(std::string token)
    {
        return credentials{false, {}, secret{std::move(token)}};
    }
    /// `X-Auth-Email` and `X-Auth-Key`.
    [[nodiscard]] static credentials global_key(std::string email, std::string key)
    {
        return credentials{true, std::move(email), secret{std::move(key)}};
    }

    [[nodiscard]] bool empty() const noexcept { return key_.empty() && email_.empty(); }
    /// Empty where the key is an API token.
    [[nodiscard]] std::string const& email() const noexcept { return email_; }
    [[nodiscard]] secret const& key() const noexcept { return key_; }
    [[nodiscard]] bool is_global_key() const noexcept { return is_global_key_; }

private:
    credentials(bool global, std::string email, secret key)
        : is_global_key_{global}, email_{std::move(email)}, key_{std::move(key)}
    {
    }

    bool is_global_key_ = false;
    std::string email_;
    secret key_;
};

/// Where to find a host without asking the resolver, as curl's `--resolve`.
class resolve_override {
public:
    /// @param host as in the base URL, compared without case
    /// @param port as in the base URL
    /// @param address an IPv4 or IPv6 address, without brackets
    resolve_override(std::string host, std::uint16_t port, std::string address)
        : host_{std::move(host)}, port_{port}, address_{std::move(address)}
    {
    }
    /// From `HOST:PORT:ADDRESS`; an IPv6 address may stand in brackets.
    /// @return nothing where the text is not of that form
    [[nodiscard]] RTKHOOKS_API static std::optional<resolve_override> parse(std::string_view text);

    [[nodiscard]] std::string const& host() const noexcept { return host_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string const& address() const noexcept { return address_; }

private:
    std::string host_;
    std::uint16_t port_;
    std::string address_;
};

/// Versions of TLS that are safe to use.
enum class tls_version { v1_2, v1_3 };

/// All that a client can be told. Every member has a default that is safe for production. A bad value is an
/// `rtkhooks::exception` with `errc::invalid_argument` when a client is made; its message names the member. No time may be
/// longer than a year.
struct client_config {
    client_config() = default;

    /// From the variables that Cloudflare's SDKs read: `CLOUDFLARE_API_TOKEN`, or `CLOUDFLARE_API_KEY` with
    /// `CLOUDFLARE_EMAIL`; `CLOUDFLARE_BASE_URL`. What is not set keeps its default. Reads the environment once, now.
    [[nodiscard]] RTKHOOKS_API static client_config from_environment();

    /// Required. A header that it makes has 8192 bytes at most, as has that of `user_agent`.
    credentials auth;
    /// `https` always; `http` for a loopback host alone, and only with `insecure_http_loopback`. `localhost` is this
    /// machine, whatever a resolver says.
    std::string base_url = "https://api.cloudflare.com/client/v4";
    /// Permits a `base_url` of `http` for `localhost`, 127.0.0.0/8 and `[::1]`. The token then travels unencrypted.
    bool insecure_http_loopback = false;
    /// Sent as `User-Agent`. Default: `rtkhooks/` and the version.
    std::string user_agent;
    /// Whether a list that RealtimeKit answers with its own 404 is an empty list: it answers so for an app without
    /// webhooks. The gateway's 404 (no such route) is an error always.
    bool list_not_found_is_empty = true;

    struct timeouts_config {
        timeouts_config() = default;
        /// A whole call: waiting, all attempts, pauses between them. More than 0.
        std::chrono::milliseconds call = std::chrono::seconds{60};
        /// One attempt, from having a connection to the complete answer. What takes longer has failed in a way that may
        /// pass. More than 0.
        std::chrono::milliseconds attempt = std::chrono::seconds{30};
        /// Resolving the host and connecting to one of its addresses. What takes longer fails with
        /// `errc::resolve_failed` or `errc::connect_failed`. More than 0.
        std::chrono::milliseconds connect = std::chrono::seconds{10};
        /// The TLS handshake. What takes longer fails with `errc::tls_failed`. More than 0.
        std::chrono::milliseconds tls_handshake = std::chrono::seconds{10};
    } timeouts;

    /// When a failed attempt is made again. GET, PUT and DELETE: after a transport failure that may pass (not a refused
    /// certificate, a host that does not exist, an answer that is no HTTP, a limit), 408, 429, 500, 502, 503 and 504. POST
    /// and PATCH: only where the request was provably not processed, which is such a failure while it was unsent, or 429.
    struct retry_config {
        retry_config() = default;
        /// Further attempts after the first, besides the one that replaces a connection which the server had closed.
        /// Where a change is read again, the reading has as many. 0 turns retries off. 0 to 100.
        int max_retries = 2;
        /// Upper bound of the pause before the first retry; the pause is drawn evenly from 0 to it. Doubles with each.
        /// More than 0.
        std::chrono::milliseconds base_delay = std::chrono::milliseconds{250};
        /// Upper bound of any pause that the server did not ask for. More than 0.
        std::chrono::milliseconds max_delay = std::chrono::seconds{20};
        /// What retries of a client may cost in all, as a share of its calls: each call earns this much, a retry takes
        /// one. 0 to 1.
        double budget_ratio = 0.2;
        /// Retries that are there from the start, and the most that can be saved up. 0 to 1000000. 0: none at the
        /// start, and one can still be saved up; it is `max_retries` that turns retries off.
        int budget_reserve = 10;
        /// Whether a GET, PUT or DELETE is sent once more, at once and on a new connection, where the one that it was sent
        /// on had served others, or was idle, and ends before a byte of the answer: most servers close idle connections
        /// without a word. Where it is off, such a call is one that failed in a way that may pass. What was not sent yet,
        /// whatever the method, goes over a new connection all the same.
        bool replace_dead_connections = true;
    } retry;

    /// The client's own pace, which keeps it from being locked out: going over Cloudflare's quota refuses every call
    /// for five minutes. Where an answer says that less is left (`Ratelimit`, `Ratelimit-Policy`, `X-RateLimit-*`, and
    /// `Retry-After` of a 429), that counts, for an hour at most. A call that can have no turn before its deadline fails
    /// at once with `errc::rate_limited`, and its `retry_after()` tells when it could; it is unsent, unless it was sent
    /// before. Where it is a retry that could have none, the call ends with the error before it, and that `retry_after()`.
    /// Cloudflare's other quota, 200 requests a second from one address, is kept only as far as answers tell of it.
    /// Cloudflare counts all requests of a user, whichever token or program makes them; this counts those of one client.
    /// Where there are others, give each a share of `requests`.
    struct rate_limit_config {
        rate_limit_config() = default;
        bool enabled = true; ///< whether the client keeps a pace of its own
        /// Requests in any window of time, retries included; what is over waits for its turn, in order. Those that wait
        /// for a connection for longer than the window lasts may exceed it. 1 to 10000000.
        int requests = 1200;
        /// More than 0.
        std::chrono::milliseconds window = std::chrono::minutes{5};
    } rate_limit;

    struct pool_config {
        pool_config() = default;
        /// Connections at once, those being made included. While one is made, several addresses of the host may be
        /// tried at once (RFC 8305), and so there may be more sockets for a moment. 1 to 65535.
        std::size_t max_connections = 16;
        /// Calls that may wait for one, any number, besides those that one can still be made for; a further call fails with
        /// `errc::queue_full`, but none that has had a connection, or a turn, and goes on without a pause.
        std::size_t max_waiting = 65536;
        /// A connection unused for so long is closed. Cloudflare closes at 400 s. More than 0, less than 400 s.
        std::chrono::milliseconds idle_timeout = std::chrono::seconds{120};
        /// A connection older than this is not used again (each one's own limit is up to a tenth less). More than 0.
        std::chrono::milliseconds max_age = std::chrono::hours{1};
        /// Connections that are made with the first call, and again when a later call finds fewer. At most
        /// max_connections.
        std::size_t min_connections = 0;
    } pool;

    /// The chain and the host name are always verified: there is no switch to turn that off.
    /// Files are read when the client is made, and again after a handshake that either side refused: on the client's
    /// executor, every 30 s at most; deadlines wait for as long as that takes. Where that fails, or a part of the system's
    /// store is not there any more, what was read before counts. Of directories only those certificates are read that a
    /// server's chain asks for, when it does.
    struct tls_config {
        tls_config() = default;
        /// Trust these: a PEM file, a directory of hashed PEM files, PEM text. Where one is given, the system's store
        /// is used only if `system_store` is set as well.
        std::string ca_file;
        std::string ca_directory;
        std::string ca_pem;
        /// Trust the system's store. Default: if none of the three above is given.
        std::optional<bool> system_store;
        /// A client certificate chain and its private key, not encrypted, as PEM files. Both or none.
        std::string client_certificate_file;
        std::string client_key_file;
        tls_version min_version = tls_version::v1_2; ///< older ones are refused
        /// Whether new connections resume earlier sessions, which saves most of a handshake's work.
        bool session_resumption = true;
    } tls;

    /// Addresses of hosts that are not to be looked up. Default: none.
    std::vector<resolve_override> resolve;

    struct limits_config {
        limits_config() = default;
        /// Bytes of an answer's header, of which 1000 lines are taken at most. 1024 to 16 MiB.
        std::size_t header_bytes = 64 * 1024;
        /// Bytes of an answer's body. 1024 to 1 GiB.
        std::size_t body_bytes = 32 * 1024 * 1024;
        /// Nesting of an answer's JSON; deeper is `errc::decode_failed`. 4 to 1000.
        std::size_t json_depth = 32;
    } limits;
};

/// One attempt of a call.
struct attempt_info {
    attempt_info() = default;

    int http_status = 0;                              ///< of its answer; 0: it had none
    boost::system::error_code error;                  ///< why it had none: an `errc`
    rtkhooks::phase phase = rtkhooks::phase::prepare; ///< and where it ended then
    std::uint64_t connection_id = 0;                  ///< 0: it got none
    bool connection_reused = false;
    bool tls_resumed = false;
    std::chrono::microseconds elapsed{}; ///< from the beginning of its wait for a turn
};

/// What happened in a call, filled in when it ends, successful or not. Where an edit or a replacement reads the webhook
/// again, this is about that reading.
struct call_info {
    call_info() = default;

    int http_status = 0; ///< of the answer that the call ended with; 0: there was none
    /// Of the same answer, in order, as the server wrote them. If it sends a credential back, that is here.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;   ///< of the same answer, undecoded; in that of a failed call credentials are concealed
    std::string ray_id; ///< `cf-ray`
    int attempts = 0;
    /// Requests left, by `Ratelimit` or `X-RateLimit-Remaining`.
    std::optional<std::int64_t> rate_limit_remaining;
    std::uint64_t connection_id = 0;     ///< that the call ended with, counted from 1 in each client; 0: with none
    bool connection_reused = false;      ///< whether that connection had served an earlier attempt
    bool tls_resumed = false;            ///< whether that connection resumed an earlier TLS session
    std::chrono::microseconds queued{};  ///< waiting for turns and connections, all attempts
    std::chrono::microseconds elapsed{}; ///< the whole call
    /// Every attempt, in order. Of an edit or a replacement those before the webhook was read again, too.
    std::vector<attempt_info> history;
};

/// Options of one call. A class with setters, usable in a chain: `call_options{}.timeout(5s).max_retries(0)`.
class call_options {
public:
    call_options() = default;

    /// The whole call, retries included, instead of `client_config::timeouts.call`. More than 0, a year at most.
    call_options& timeout(std::chrono::milliseconds value) & { return timeout_ = value, *this; }
    /// Instead of `client_config::retry.max_retries`. 0 to 100.
    call_options& max_retries(int value) & { return max_retries_ = value, *this; }
    /// An extra request header. Refused when the call starts: a name that is no token; a value with control characters
    /// other than tabs, or with white space at an end; more than 8192 bytes of both; and, as the client's own business,
    /// `Accept`, `Accept-Encoding`, `Authorization`, `Connection`, `Content-Length`, `Content-Type`, `Expect`, `Host`,
    /// `Keep-Alive`, `Proxy-Authorization`, `Proxy-Connection`, `TE`, `Trailer`, `Transfer-Encoding`, `Upgrade`,
    /// `User-Agent`, `X-Auth-Email`, `X-Auth-Key` and `X-Auth-User-Service-Key`.
    call_options& header(std::string name, std::string value) &
    {
        return headers_.emplace_back(std::move(name), std::move(value)), *this;
    }
    /// Filled in when the call ends. Must live until then: until the awaitable completed or was destroyed.
    call_options& info(call_info* value) & { return info_ = value, *this; }

    call_options&& timeout(std::chrono::milliseconds value) && { return std::move(timeout(value)); }
    call_options&& max_retries(int value) && { return std::move(max_retries(value)); }
    call_options&& header(std::string name, std::string value) &&
    {
        return std::move(header(std::move(name), std::move(value)));
    }
    call_options&& info(call_info* value) && { return std::move(info(value)); }

    [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const noexcept { return timeout_; }
    [[nodiscard]] std::optional<int> max_retries() const noexcept { return max_retries_; }
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& headers() const noexcept { return headers_; }
    [[nodiscard]] call_info* info() const noexcept { return info_; }

private:
    std::optional<std::chrono::milliseconds> timeout_;
    std::optional<int> max_retries_;
    std::vector<std::pair<std::string, std::string>> headers_;
    call_info* info_ = nullptr;
};

} // namespace rtkhooks
