// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/standard_streams.hpp"

#include <boost/system/errc.hpp>

#include <cerrno>
#include <climits>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace rtkhooks::cli {

namespace {

bool is_blocked(int descriptor) noexcept
{
    pollfd asked{descriptor, POLLOUT, 0};
    return ::poll(&asked, 1, 0) <= 0; // -1: a signal has come where it would have had to wait
}

// What a pipe takes whole where it takes anything; whole lines, if they are not longer.
std::string_view beginning_of(std::string_view text) noexcept
{
    auto const piece = text.substr(0, PIPE_BUF);
    auto const end = piece.rfind('\n');
    return end == std::string_view::npos ? piece : piece.substr(0, end + 1);
}

// In pieces, each only where it can be taken at once. What is written is taken off the text.
boost::system::error_code write_what_is_taken(int descriptor, std::string_view& text) noexcept
{
    while (!text.empty() && !is_blocked(descriptor)) {
        auto const piece = beginning_of(text);
        auto const written = ::write(descriptor, piece.data(), piece.size());
        if (written >= 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno == EAGAIN)
            return {};
        else if (errno != EINTR)
            return {errno, boost::system::system_category()};
    }
    return {};
}

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

void keep_standard_descriptors() noexcept
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        // The lowest that is free is given: this one. Open the wrong way round, it fails whoever uses it.
        if (::fcntl(descriptor, F_GETFD) < 0)
            static_cast<void>(::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
}

void report_closed_pipes_as_errors() noexcept { static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); }

boost::system::error_code write_output(std::string_view text) noexcept { return write_all(STDOUT_FILENO, text); }

boost::system::error_code try_write_output(std::string_view& text) noexcept
{
    return write_what_is_taken(STDOUT_FILENO, text);
}

void write_diagnostic(std::string_view text) noexcept { static_cast<void>(write_all(STDERR_FILENO, text)); }

bool try_write_diagnostic(std::string_view text) noexcept
{
    auto const failure = write_what_is_taken(STDERR_FILENO, text);
    return failure || text.empty(); // of a failure there is no one to tell
}

} // namespace rtkhooks::cli
