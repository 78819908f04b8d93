// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/webhook.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace rtkhooks::emulation {

/// Why the API refuses a body, as its message says it: `BAD_REQUEST: "name" is required`.
struct refusal {
    std::string message;
};

/// How long a name and a url may be, in bytes. What the API takes at most is not documented.
inline constexpr std::size_t longest_text = 4096;

/// Reads the body of create and replace. `enabled` is true where it is left out; unknown members are ignored.
[[nodiscard]] std::variant<webhook_spec, refusal> read_spec(std::string_view body);
/// Reads the body of edit, where every member may be left out.
[[nodiscard]] std::variant<webhook_patch, refusal> read_patch(std::string_view body);

/// Whether a text is an absolute http or https URI with a host (RFC 3986).
[[nodiscard]] bool is_web_uri(std::string_view text);

} // namespace rtkhooks::emulation
