// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks::emulation {

/// What is answered to a request.
struct answer {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json";
    /// Further header fields. Their names and values are never the client's.
    std::vector<std::pair<std::string_view, std::string>> fields;
    bool closes = false; ///< whether it is the last on its connection
};

/// RealtimeKit's own form: `{"success":false,"error":{"code":404,"message":"…"}}`.
[[nodiscard]] answer make_realtimekit_error(int status, std::string_view message);
/// RealtimeKit's 401.
[[nodiscard]] answer make_unauthorized();
/// The gateway's form: `{"success":false,"errors":[{"code":7003,"message":"…"}],"messages":[],"result":null}`.
/// @param code left out of the body where it is not given
[[nodiscard]] answer make_gateway_error(int status, std::optional<int> code, std::string_view message);
/// The gateway's answer to credentials that have no credible form.
/// @param code which header it is about
[[nodiscard]] answer make_bad_credentials(int code, std::string_view message);
/// What a server answers where it cannot make out a request: the gateway's form without a code.
[[nodiscard]] answer make_protocol_error(int status);
/// 503, where the memory for answers and requests is used up.
[[nodiscard]] answer make_overload();
/// What the API answers under a status, whichever part of it would.
/// @param status 400 to 599
[[nodiscard]] answer make_error(int status);

/// How an answer is sent.
struct framing {
    bool http_1_1 = true;
    bool keep_alive = true;
    bool head = false; ///< the request's method is HEAD: the header goes without the body
};
/// What an answer's header can take at most.
inline constexpr std::size_t longest_header = 1024;
/// Appends an answer as HTTP/1.1 sends it. A long body that is alone is not copied: where it was made with room for
/// longest_header more, no memory is taken.
void append(std::string& out, answer what, framing how, std::chrono::sys_seconds now);

} // namespace rtkhooks::emulation
