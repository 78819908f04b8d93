// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/system/error_code.hpp>

#include <string_view>

namespace rtkhooks::cli {

/// From here on no socket or file gets the descriptor of a standard stream that was closed when this process began: what
/// is printed must not go there. To read or write such a stream fails as before.
void keep_standard_descriptors() noexcept;

/// From here on a closed pipe is an error of the write that meets it, and does not end the process.
void report_closed_pipes_as_errors() noexcept;

/// Writes all of the text to standard output, before it returns.
[[nodiscard]] boost::system::error_code write_output(std::string_view text) noexcept;

/// Writes the text to standard output up to where it would wait: for whoever reads a pipe to go on, or a terminal that
/// was stopped.
/// @param text what is written is taken off its front
[[nodiscard]] boost::system::error_code try_write_output(std::string_view& text) noexcept;

/// Writes the text to standard error. Where that fails there is no one to tell.
void write_diagnostic(std::string_view text) noexcept;

/// The same, but it does not wait for whoever reads.
/// @return whether there was nothing to wait for. If not, and the text is longer than PIPE_BUF, a part may be written
[[nodiscard]] bool try_write_diagnostic(std::string_view text) noexcept;

} // namespace rtkhooks::cli
