// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/export.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace rtkhooks {

/// What went wrong, in terms of what a caller can do about it.
enum class errc {
    invalid_argument = 1, ///< refused before sending: an argument or the configuration
    unauthorized,         ///< 401
    forbidden,            ///< 403
    not_found,            ///< 404
    conflict,             ///< 409: the url is in use in this app
    invalid_request,      ///< 400, 422 and other 4xx; a 2xx that says `"success": false`, unless its code is a status
    rate_limited,         ///< 429, or no turn before the deadline
    server_error,         ///< 5xx
    unexpected_redirect,  ///< 3xx: redirects are never followed
    timed_out,            ///< the call's deadline passed, or its last attempt's
    cancelled,            ///< by the caller
    resolve_failed,       ///< no address for the host
    connect_failed,       ///< no address could be connected to, or there was no local port
    tls_failed,           ///< handshake, certificate or record
    connection_lost,      ///< closed or reset before the answer was complete
    protocol_error,       ///< the answer is not the HTTP that RFC 9112 allows
    limit_exceeded,       ///< the answer is larger than `client_config::limits` allows
    decode_failed,        ///< the answer is not the JSON that the API promises
    queue_full,           ///< too many calls wait for a connection already
    client_closed,        ///< the client was closed or destroyed
    resource_exhausted,   ///< no descriptors, memory or threads, or no port to listen on
};

/// The category of errc. Its name is `rtkhooks`.
[[nodiscard]] RTKHOOKS_API boost::system::error_category const& error_category() noexcept;
[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), error_category()};
}
/// The code's name as written above, such as `not_found`.
[[nodiscard]] RTKHOOKS_API std::string_view to_string(errc code) noexcept;
RTKHOOKS_API std::ostream& operator<<(std::ostream&, errc);

/// The step of a call at which it ended.
enum class phase {
    prepare,       ///< arguments are checked and the request is built; or memory ran out between steps
    queue,         ///< waiting for a connection
    rate_limit,    ///< waiting for a turn
    resolve,       ///< looking up the host
    connect,       ///< TCP
    tls_handshake, ///< agreeing on keys, and verifying the server
    write,         ///< sending the request
    read_header,   ///< waiting for the answer's first byte, up to the end of its header
    read_body,     ///< waiting for the rest of the answer
    decode,        ///< the answer is complete and is being read
    backoff,       ///< between two attempts
};
[[nodiscard]] RTKHOOKS_API std::string_view to_string(phase value) noexcept;
RTKHOOKS_API std::ostream& operator<<(std::ostream&, phase);

/// What the server can have seen of the request.
enum class request_state {
    unsent,   ///< not one byte, or what was sent was refused by a 429: it did not take effect
    unknown,  ///< some or all of it, and the last attempt had no complete answer: it may have taken effect
    answered, ///< a complete answer came
};
[[nodiscard]] RTKHOOKS_API std::string_view to_string(request_state value) noexcept;
RTKHOOKS_API std::ostream& operator<<(std::ostream&, request_state);

/// One message of an error body.
struct error_message {
    error_message() = default;
    error_message(std::optional<std::int64_t> number, std::string text) : code{number}, message{std::move(text)} {}

    std::optional<std::int64_t> code; ///< absent where the body has none; RealtimeKit repeats the status here
    std::string message;              ///< the server's text: length-capped, control characters escaped

    friend bool operator==(error_message const&, error_message const&) = default;
};

/// All that is known of a failed call. A cheap value: copies share what they hold, which never changes. References that
/// its members return are valid as long as any copy of it.
class error {
public:
    struct details;

    /// No error: what boost::system::result::error() gives of a success. Its code() is that of success.
    error() noexcept = default;
    /// Of code and nothing else.
    RTKHOOKS_API error(errc code);
    /// @param code what went wrong
    /// @param explanation one line for `message()`, without secrets
    RTKHOOKS_API error(errc code, std::string explanation);
    RTKHOOKS_API explicit error(details what);

    /// An `errc` in `error_category()`.
    [[nodiscard]] RTKHOOKS_API boost::system::error_code code() const noexcept;
    /// The transport's own code, if any: of the system, of the resolver or of TLS.
    [[nodiscard]] RTKHOOKS_API boost::system::error_code cause() const noexcept;
    /// The step at which it ended.
    [[nodiscard]] RTKHOOKS_API rtkhooks::phase phase() const noexcept;
    /// The answer's status, or 0 where there was none.
    [[nodiscard]] RTKHOOKS_API int http_status() const noexcept;
    /// What the error body said, whichever of the API's forms it had.
    [[nodiscard]] RTKHOOKS_API std::vector<error_message> const& messages() const noexcept;
    /// The answer's `cf-ray`, by which Cloudflare's support finds the request, or empty.
    [[nodiscard]] RTKHOOKS_API std::string const& ray_id() const noexcept;
    /// How long the server asked to wait; where the client's own pace has no turn in time, when there would be one. Absent
    /// where neither is known.
    [[nodiscard]] RTKHOOKS_API std::optional<std::chrono::seconds> retry_after() const noexcept;
    /// How often the request was tried, reading again after a change included. 0: it ended before the first attempt.
    [[nodiscard]] RTKHOOKS_API int attempts() const noexcept;
    /// What the server can have seen of it: of earlier attempts too, where the last one had no answer.
    [[nodiscard]] RTKHOOKS_API rtkhooks::request_state request_state() const noexcept;
    /// One readable line. Without secrets of eight characters or more; the server's text is capped and escaped.
    [[nodiscard]] RTKHOOKS_API std::string const& message() const noexcept;
    /// All of it, to build another error from. `details::message` is empty where message() was composed.
    [[nodiscard]] RTKHOOKS_API details const& parts() const noexcept;

    friend RTKHOOKS_API bool operator==(error const&, error const&) noexcept;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, error const&);

private:
    struct state;
    std::shared_ptr<state const> state_; // null: no error
};

/// The parts of an error, to build one from.
struct error::details {
    details() = default;

    errc code = errc::protocol_error;
    boost::system::error_code cause;
    rtkhooks::phase phase = rtkhooks::phase::prepare;
    int http_status = 0;
    std::vector<error_message> messages;
    std::string ray_id;
    std::optional<std::chrono::seconds> retry_after;
    int attempts = 0;
    rtkhooks::request_state request_state = rtkhooks::request_state::unsent;
    /// The particular reason, such as a JSON path or a member of the configuration. Empty: none beyond the code.
    std::string explanation;
    /// The whole line. Composed from the other members where it is empty.
    std::string message;

    friend bool operator==(details const&, details const&) = default;
};

/// What `.value()` of a failed result throws.
class RTKHOOKS_API exception : public boost::system::system_error {
public:
    explicit exception(rtkhooks::error what);
    ~exception() override;

    [[nodiscard]] rtkhooks::error const& error() const noexcept { return error_; }
    /// The same line as `error().message()`.
    [[nodiscard]] char const* what() const noexcept override;

private:
    rtkhooks::error error_;
};

/// The value of a call, or why there is none. `.value()` throws rtkhooks::exception.
template <class T>
using result = boost::system::result<T, error>;

/// How boost::system::result throws an error. Not to be called.
[[noreturn]] RTKHOOKS_API void throw_exception_from_error(error const& what, boost::source_location const& where);

} // namespace rtkhooks

template <>
struct boost::system::is_error_code_enum<rtkhooks::errc> : std::true_type {
};
