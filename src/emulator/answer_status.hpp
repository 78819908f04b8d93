// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rtkhooks::emulation {

/// Reads the status of an HTTP/1 answer from bytes, however they are cut. It is all that a sender of deliveries wants to
/// know, and needs no body to be framed; interim answers (1xx, RFC 9110 section 15.2) are passed over.
class answer_status_reader {
public:
    enum class progress {
        need_more,
        complete, ///< status() is known
        failed,   ///< this is no HTTP/1, or a header that never ends
    };

    /// How long a header may be, interim ones included.
    static constexpr std::size_t longest_header = 64 * 1024;

    progress feed(std::string_view bytes);
    [[nodiscard]] int status() const noexcept { return status_; }

private:
    [[nodiscard]] progress read_line();

    std::string line_;
    std::size_t header_bytes_ = 0;
    bool in_fields_ = false;
    int status_ = 0;
};

} // namespace rtkhooks::emulation
