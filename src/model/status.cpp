// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/status.hpp"

namespace rtkhooks::model {

errc errc_for_status(int status) noexcept
{
    switch (status) {
    case 401:
        return errc::unauthorized;
    case 403:
        return errc::forbidden;
    case 404:
        return errc::not_found;
    case 409:
        return errc::conflict;
    case 429:
        return errc::rate_limited;
    default:
        break;
    }
    switch (status / 100) {
    case 3:
        return errc::unexpected_redirect;
    case 4:
        return errc::invalid_request;
    case 5:
        return errc::server_error;
    default:
        return errc::protocol_error;
    }
}

} // namespace rtkhooks::model
