// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/request_reader.hpp"

#include <rtkhooks/delivery.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rtkhooks::delivery {

/// What became of a request.
enum class outcome {
    handled,
    duplicate, ///< of one that was handled
    signature_malformed,
    signature_missing,
    signature_mismatch,
    of_others,
    wrong_path,
    wrong_method,
    wrong_type,
    wrong_coding,
    handler_failed,
    undecided,
    not_in_time,
    overloaded,
    stopping,
};

/// The one table of statuses (F14): what the sender shall send again is 5xx, and nothing else is.
[[nodiscard]] int status_of(outcome what) noexcept;
/// One line for whoever tries with a browser or curl.
[[nodiscard]] std::string_view explanation_of(outcome what) noexcept;
/// None where the signature is genuine.
[[nodiscard]] std::optional<outcome> outcome_of(verdict what) noexcept;

/// The header fields that a receiver looks at, and where received_request::fields has them.
inline constexpr std::array<std::string_view, 8> kept_fields{"content-type", "content-encoding", "rtk-signature",
                                                             "rtk-uuid",     "rtk-webhook-id",   "dyte-signature",
                                                             "dyte-uuid",    "dyte-webhook-id"};
enum class kept_field : std::size_t { content_type, content_encoding };

/// Why a request is no delivery, by its header alone.
/// @param path with the query, as receiver_config::path
[[nodiscard]] std::optional<outcome> objection_to(http::received_request const& request, std::string_view path);
/// Why it will be refused whatever its body is: an objection, or no signature that could be one.
[[nodiscard]] std::optional<outcome> refusal_by_header(http::received_request const& request, std::string_view path);

/// A request's fields as check_delivery() looks them up.
[[nodiscard]] header_value find_field(http::received_request const& request, std::string_view name) noexcept;

/// How an answer is sent.
struct answer_framing {
    answer_framing() = default;
    answer_framing(bool is_http_1_1, bool keeps_alive, bool is_head)
        : http_1_1{is_http_1_1}, keep_alive{keeps_alive}, head{is_head}
    {
    }

    bool http_1_1 = true;
    bool keep_alive = false;
    bool head = false; ///< without its body
};

/// An answer as HTTP/1.1 sends it, with a line of text.
[[nodiscard]] std::string make_answer(int status, std::string_view text, answer_framing how,
                                      std::chrono::sys_seconds now);

} // namespace rtkhooks::delivery
