// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/method.hpp"

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks::http {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// Why a text cannot be one segment of a path, or nothing. Beast sends whatever it is given (F9), so this is where
/// `..`, slashes, control characters and the like are stopped.
/// @param name how the message calls the parameter
[[nodiscard]] std::optional<std::string> why_no_path_segment(std::string_view name, std::string_view value);

/// Appends one path segment, percent-encoding all but RFC 3986's unreserved characters.
void append_path_segment(std::string& out, std::string_view segment);

/// Why a header cannot be sent, or nothing: names that are no token, values that would split the header.
[[nodiscard]] std::optional<std::string> why_no_header(std::string_view name, std::string_view value);
/// The same for a header that a caller adds to a call: those that frame the message or carry the credentials are taken.
[[nodiscard]] std::optional<std::string> why_no_extra_header(std::string_view name, std::string_view value);

/// Builds requests as one contiguous piece of bytes: one TLS record, one write.
class request_builder {
public:
    /// @param constant the headers of every request, valid by why_no_header; Host first
    explicit request_builder(header_list const& constant);

    /// @param target valid as a request-target: built by append_path_segment
    /// @param extra valid by why_no_extra_header
    /// @param body empty where the method has none
    /// @param memory for the text; it must last as long
    [[nodiscard]] std::pmr::string build(method verb, std::string_view target, header_list const& extra,
                                         std::string_view body,
                                         std::pmr::memory_resource* memory = std::pmr::get_default_resource()) const;

private:
    std::string constant_; // header lines, each with its line end
};

} // namespace rtkhooks::http
