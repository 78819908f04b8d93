// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/error.hpp>

#include "model/server_text.hpp"

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace rtkhooks {

namespace {

/// How much of a line each part may take, so that what comes last, such as that the request may have taken effect,
/// is always there.
constexpr std::size_t explanation_cap = 400;
constexpr std::size_t messages_enough = 400; // no further message is begun after so much
constexpr std::size_t cause_cap = 200;
constexpr std::size_t ray_id_cap = 64;

struct errc_row {
    errc code;
    std::string_view name;
    std::string_view words;
};

/// In the order of errc, which starts at 1.
constexpr std::array errc_rows{
    errc_row{errc::invalid_argument, "invalid_argument", "invalid argument"},
    errc_row{errc::unauthorized, "unauthorized", "unauthorized"},
    errc_row{errc::forbidden, "forbidden", "forbidden"},
    errc_row{errc::not_found, "not_found", "not found"},
    errc_row{errc::conflict, "conflict", "conflict"},
    errc_row{errc::invalid_request, "invalid_request", "invalid request"},
    errc_row{errc::rate_limited, "rate_limited", "rate limited"},
    errc_row{errc::server_error, "server_error", "server error"},
    errc_row{errc::unexpected_redirect, "unexpected_redirect", "unexpected redirect"},
    errc_row{errc::timed_out, "timed_out", "timed out"},
    errc_row{errc::cancelled, "cancelled", "cancelled"},
    errc_row{errc::resolve_failed, "resolve_failed", "host not resolved"},
    errc_row{errc::connect_failed, "connect_failed", "could not connect"},
    errc_row{errc::tls_failed, "tls_failed", "TLS failed"},
    errc_row{errc::connection_lost, "connection_lost", "connection lost"},
    errc_row{errc::protocol_error, "protocol_error", "protocol error"},
    errc_row{errc::limit_exceeded, "limit_exceeded", "limit exceeded"},
    errc_row{errc::decode_failed, "decode_failed", "could not decode"},
    errc_row{errc::queue_full, "queue_full", "too many calls waiting"},
    errc_row{errc::client_closed, "client_closed", "client closed"},
    errc_row{errc::resource_exhausted, "resource_exhausted", "out of descriptors or memory"},
};

constexpr bool rows_are_in_order() noexcept
{
    for (std::size_t i = 0; i < errc_rows.size(); ++i)
        if (static_cast<std::size_t>(errc_rows[i].code) != i + 1)
            return false;
    return static_cast<std::size_t>(errc::resource_exhausted) == errc_rows.size();
}
static_assert(rows_are_in_order());

errc_row const* find_row(int code) noexcept
{
    bool const known = code >= 1 && static_cast<std::size_t>(code) <= errc_rows.size();
    return known ? &errc_rows[static_cast<std::size_t>(code) - 1] : nullptr;
}

class rtkhooks_category final : public boost::system::error_category {
public:
    // The number makes two copies of the category equal, as when a program loads the library twice.
    constexpr rtkhooks_category() noexcept : error_category{0x9d1c6f0be2a5473full} {}

    [[nodiscard]] char const* name() const noexcept override { return "rtkhooks"; }
    [[nodiscard]] std::string message(int code) const override
    {
        auto const* const row = find_row(code);
        return std::string{row ? row->words : "unknown error"};
    }
};

/// What a call was doing, to stand behind an errc. Nothing before anything is sent: that says no more than the code.
std::string_view doing(phase value) noexcept
{
    switch (value) {
    case phase::prepare:
        return {};
    case phase::queue:
        return "waiting for a connection";
    case phase::rate_limit:
        return "waiting for a turn";
    case phase::resolve:
        return "looking up the host";
    case phase::connect:
        return "connecting";
    case phase::tls_handshake:
        return "in the TLS handshake";
    case phase::write:
        return "sending the request";
    case phase::read_header:
        return "waiting for the answer";
    case phase::read_body:
        return "reading the answer";
    case phase::decode:
        return "decoding the answer";
    case phase::backoff:
        return "waiting to try again";
    }
    return {};
}

/// Whether a code says by itself what a call was doing.
bool tells_phase(errc code, phase value) noexcept
{
    switch (code) {
    case errc::resolve_failed:
        return value == phase::resolve;
    case errc::connect_failed:
        return value == phase::connect;
    case errc::decode_failed:
        return value == phase::decode;
    case errc::queue_full:
        return value == phase::queue;
    default:
        return false;
    }
}

/// Whether a status alone is why a call failed. Where in the call it was read is then of no interest.
bool tells_status(error::details const& what) noexcept
{
    bool const has_answer = what.http_status != 0 || what.phase == phase::decode;
    return has_answer && what.code >= errc::unauthorized && what.code <= errc::unexpected_redirect;
}

std::string said(std::vector<error_message> const& messages)
{
    std::string result;
    for (auto const& one : messages) {
        if (result.size() > messages_enough)
            break;
        if (!result.empty())
            result += "; ";
        result += model::server_text(one.message);
        if (one.code) {
            if (!one.message.empty())
                result += ' ';
            result += "[code " + std::to_string(*one.code) + ']';
        }
    }
    return result;
}

std::string compose(error::details const& what)
{
    auto const* const row = find_row(static_cast<int>(what.code));
    std::string line{row ? row->words : "unknown error"};
    if (what.http_status != 0)
        line += " (HTTP " + std::to_string(what.http_status) + ')';
    if (auto const phase = doing(what.phase);
        !phase.empty() && !tells_status(what) && !tells_phase(what.code, what.phase))
        line.append(" while ").append(phase);
    if (what.attempts > 1)
        line += " after " + std::to_string(what.attempts) + " attempts";
    if (!what.explanation.empty())
        line.append(": ").append(model::server_text(what.explanation, explanation_cap));
    if (auto const messages = said(what.messages); !messages.empty())
        line.append(": ").append(messages);
    if (what.cause)
        line.append(": ").append(model::server_text(what.cause.message(), cause_cap));
    if (what.retry_after)
        line += "; wait " + std::to_string(what.retry_after->count()) + " s before trying again";
    if (what.request_state == request_state::unknown)
        line += "; the request may have taken effect";
    if (!what.ray_id.empty())
        line.append("; ray ").append(model::server_text(what.ray_id, ray_id_cap));
    return line;
}

} // namespace

// --- errc -------------------------------------------------------------------------------------------------------------

boost::system::error_category const& error_category() noexcept
{
    static constexpr rtkhooks_category instance;
    return instance;
}

std::string_view to_string(errc code) noexcept
{
    auto const* const row = find_row(static_cast<int>(code));
    return row ? row->name : "unknown";
}

std::ostream& operator<<(std::ostream& out, errc code) { return out << to_string(code); }

// --- phase, request_state ---------------------------------------------------------------------------------------------

std::string_view to_string(phase value) noexcept
{
    switch (value) {
    case phase::prepare:
        return "prepare";
    case phase::queue:
        return "queue";
    case phase::rate_limit:
        return "rate_limit";
    case phase::resolve:
        return "resolve";
    case phase::connect:
        return "connect";
    case phase::tls_handshake:
        return "tls_handshake";
    case phase::write:
        return "write";
    case phase::read_header:
        return "read_header";
    case phase::read_body:
        return "read_body";
    case phase::decode:
        return "decode";
    case phase::backoff:
        return "backoff";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, phase value) { return out << to_string(value); }

std::string_view to_string(request_state value) noexcept
{
    switch (value) {
    case request_state::unsent:
        return "unsent";
    case request_state::unknown:
        return "unknown";
    case request_state::answered:
        return "answered";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, request_state value) { return out << to_string(value); }

// --- error ------------------------------------------------------------------------------------------------------------

/// What copies of an error share.
struct error::state {
    explicit state(details what) : parts{std::move(what)}, line{parts.message.empty() ? compose(parts) : parts.message}
    {
    }

    details parts;
    std::string line;
};

namespace {

error::details of_code(errc code)
{
    error::details result;
    result.code = code;
    return result;
}

error::details of_code(errc code, std::string explanation)
{
    auto result = of_code(code);
    result.explanation = std::move(explanation);
    return result;
}

} // namespace

error::error(errc code) : error{of_code(code)} {}
error::error(errc code, std::string explanation) : error{of_code(code, std::move(explanation))} {}
error::error(details what) : state_{std::make_shared<state const>(std::move(what))} {}

error::details const& error::parts() const noexcept
{
    static details const none;
    return state_ ? state_->parts : none;
}

std::string const& error::message() const noexcept
{
    static std::string const none{"no error"};
    return state_ ? state_->line : none;
}

boost::system::error_code error::code() const noexcept
{
    return state_ ? make_error_code(state_->parts.code) : boost::system::error_code{};
}

boost::system::error_code error::cause() const noexcept { return parts().cause; }
phase error::phase() const noexcept { return parts().phase; }
int error::http_status() const noexcept { return parts().http_status; }
std::vector<error_message> const& error::messages() const noexcept { return parts().messages; }
std::string const& error::ray_id() const noexcept { return parts().ray_id; }
std::optional<std::chrono::seconds> error::retry_after() const noexcept { return parts().retry_after; }
int error::attempts() const noexcept { return parts().attempts; }
request_state error::request_state() const noexcept { return parts().request_state; }

bool operator==(error const& left, error const& right) noexcept
{
    if (left.state_ == right.state_)
        return true;
    return left.state_ && right.state_ && left.state_->parts == right.state_->parts;
}

std::ostream& operator<<(std::ostream& out, error const& what) { return out << what.message(); }

// --- exception --------------------------------------------------------------------------------------------------------

exception::exception(rtkhooks::error what) : system_error{what.code()}, error_{std::move(what)} {}
exception::~exception() = default;

char const* exception::what() const noexcept { return error_.message().c_str(); }

void throw_exception_from_error(error const& what, boost::source_location const& where)
{
    boost::throw_with_location(exception{what}, where);
}

} // namespace rtkhooks
