// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"

#include <cstddef>
#include <string_view>

namespace rtkhooks::cli {

/// Standard error for a program that must go on: what would have to wait there is dropped, and told later how much.
class diagnostics {
public:
    explicit diagnostics(output_format format) noexcept : format_{format} {}

    /// Writes the text, or drops it.
    void write(std::string_view text);
    /// Tells how many texts were dropped since that was told last, if any were and it can be told.
    void tell_dropped();

private:
    output_format format_;
    std::size_t dropped_ = 0;
};

} // namespace rtkhooks::cli
