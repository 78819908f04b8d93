// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>

namespace rtkhooks::model {

/// The one table from an answer's status to what it means.
/// @return for 401, 403, 404, 409 and 429 the errc of their own; for other 4xx `invalid_request`, for 5xx
///         `server_error`, for 3xx `unexpected_redirect`; for everything else `protocol_error`: such a status ends no
///         call, or is a success and then no error.
[[nodiscard]] errc errc_for_status(int status) noexcept;

} // namespace rtkhooks::model
