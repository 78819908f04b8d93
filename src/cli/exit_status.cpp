// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/exit_status.hpp"

namespace rtkhooks::cli {

exit_status exit_status_of(errc code) noexcept
{
    switch (code) { // no default: the compiler then names an errc that is missing
    case errc::invalid_argument:
        return exit_status::usage;
    case errc::unauthorized:
        return exit_status::not_permitted;
    case errc::forbidden:
        return exit_status::not_permitted;
    case errc::not_found:
        return exit_status::not_found;
    case errc::conflict:
        return exit_status::conflict;
    case errc::invalid_request:
        return exit_status::invalid_request;
    case errc::rate_limited:
        return exit_status::rate_limited;
    case errc::server_error:
        return exit_status::server_error;
    case errc::unexpected_redirect:
        return exit_status::server_error;
    case errc::timed_out:
        return exit_status::unreachable;
    case errc::cancelled:
        return exit_status::interrupted;
    case errc::resolve_failed:
        return exit_status::unreachable;
    case errc::connect_failed:
        return exit_status::unreachable;
    case errc::tls_failed:
        return exit_status::unreachable;
    case errc::connection_lost:
        return exit_status::unreachable;
    case errc::protocol_error:
        return exit_status::bad_answer;
    case errc::limit_exceeded:
        return exit_status::bad_answer;
    case errc::decode_failed:
        return exit_status::bad_answer;
    case errc::queue_full:
        return exit_status::failed_here;
    case errc::client_closed:
        return exit_status::failed_here;
    case errc::resource_exhausted:
        return exit_status::failed_here;
    }
    return exit_status::failed_here;
}

exit_status exit_status_of(error const& failure) noexcept
{
    return exit_status_of(static_cast<errc>(failure.code().value()));
}

} // namespace rtkhooks::cli
