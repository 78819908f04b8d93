// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/standard_streams.hpp"

#include <boost/system/errc.hpp>

#include <cerrno>
#include <csignal>

#include <poll.h>
#include <unistd.h>

namespace rtkhooks::cli {

namespace {

// A pipe that another process set to non-blocking is still waited for.
void wait_until_writable(int descriptor) noexcept
{
    pollfd waited{descriptor, POLLOUT, 0};
    static_cast<void>(::poll(&waited, 1, -1));
}

boost::system::error_code write_all(int descriptor, std::string_view text) noexcept
{
    while (!text.empty()) {
        auto const written = ::write(descriptor, text.data(), text.size());
        if (written >= 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno == EAGAIN)
            wait_until_writable(descriptor);
        else if (errno != EINTR)
            return {errno, boost::system::system_category()};
    }
    return {};
}

} // namespace

void report_closed_pipes_as_errors() noexcept { static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); }

boost::system::error_code write_output(std::string_view text) noexcept { return write_all(STDOUT_FILENO, text); }

bool output_is_blocked() noexcept
{
    pollfd asked{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&asked, 1, 0) == 0;
}

void write_diagnostic(std::string_view text) noexcept { static_cast<void>(write_all(STDERR_FILENO, text)); }

} // namespace rtkhooks::cli
