// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/diagnostics.hpp"

#include "cli/listen_output.hpp"
#include "cli/standard_streams.hpp"

namespace rtkhooks::cli {

void diagnostics::write(std::string_view text)
{
    tell_dropped();
    if (dropped_ > 0 || !try_write_diagnostic(text))
        ++dropped_;
}

void diagnostics::tell_dropped()
{
    if (dropped_ > 0 && try_write_diagnostic(print_dropped(dropped_, format_)))
        dropped_ = 0;
}

} // namespace rtkhooks::cli
