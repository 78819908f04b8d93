// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace rtkhooks::transport {

/// Why something of the transport ended without success.
struct failure {
    failure() = default;
    failure(errc what, phase step, std::string reason, boost::system::error_code origin = {})
        : code{what}, where{step}, explanation{std::move(reason)}, cause{origin}
    {
    }

    errc code = errc::connection_lost;
    phase where = phase::queue;
    std::string explanation;
    boost::system::error_code cause;
    /// Whether trying again may end otherwise. Not so for a certificate that is refused or a host that does not exist.
    bool transient = true;
    /// When it would not fail for this reason, if that is known.
    std::optional<std::chrono::seconds> retry_after;
};

/// The same, but for the text where there is no memory for it.
[[nodiscard]] inline failure copy_of(failure const& what) noexcept
{
    failure copy{what.code, what.where, {}, what.cause};
    copy.transient = what.transient;
    copy.retry_after = what.retry_after;
    try {
        copy.explanation = what.explanation;
    } catch (std::bad_alloc const&) {
        // the code says the most of it
    }
    return copy;
}

/// Says no more than that: a text would need memory.
[[nodiscard]] inline failure out_of_memory(phase where)
{
    failure why{errc::resource_exhausted, where, {}};
    why.transient = false;
    return why;
}

} // namespace rtkhooks::transport
