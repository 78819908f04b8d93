// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>

namespace rtkhooks::cli {

/// What the command's exit tells a script.
enum class exit_status {
    done = 0,
    failed_here =
        1,     ///< this machine's fault: output cannot be written, no descriptors, or a step of the demo went wrong
    usage = 2, ///< also: an argument refused before sending
    not_permitted = 3,
    not_found = 4,
    invalid_request = 5,
    conflict = 6,
    rate_limited = 7,
    server_error = 8,
    unreachable = 9,
    bad_answer = 10,
    not_genuine = 11,  ///< a signature is not of this body and key
    interrupted = 130, ///< 128 and SIGINT, as shells count
};

[[nodiscard]] exit_status exit_status_of(errc code) noexcept;
[[nodiscard]] exit_status exit_status_of(error const& failure) noexcept;

} // namespace rtkhooks::cli
