// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>
#include <rtkhooks/webhook.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::model {

/// What a JSON text is read as.
enum class document {
    webhook,    ///< one webhook, without an envelope
    answer,     ///< the envelope of a success
    error_body, ///< the envelope of a failure: whatever does not fit is passed over, and data too
};

/// What an answer's envelope shall hold.
enum class payload {
    webhook,         ///< a webhook with all seven fields
    partial_webhook, ///< any of them, or none at all
    webhook_list,    ///< an array of whole webhooks
    event_names,     ///< an array of strings
    anything,        ///< passed over, or none at all
};

/// What to read, and how.
struct read_request {
    model::document document = model::document::answer;
    model::payload payload = model::payload::webhook;
    /// Which of the envelope's members holds the payload: `data`, or `result`. The other is passed over.
    bool payload_in_result = false;
    std::size_t max_depth = 32;
};

/// Why a text is not what it should be.
struct read_failure {
    /// Whether it is no JSON at all, in the sense that the parser, not the shape, refuses it.
    bool is_syntax = false;
    /// Whether it lies within the envelope's payload.
    bool is_in_payload = false;
    /// `data.events[2]: expected a string, found a number, at byte 120`
    std::string text;
};

/// What was read.
struct read_outcome {
    std::optional<read_failure> failure;

    // The payload, as far as it was read where there is a failure.
    std::vector<webhook> webhooks; ///< of webhook_list
    webhook hook;                  ///< of webhook and partial_webhook
    bool hook_is_complete = false;
    std::vector<event_type> names; ///< of event_names

    // The envelope.
    std::optional<bool> success;
    bool has_data = false;
    bool has_result = false;
    bool has_error_object = false;   ///< `error`, as RealtimeKit writes it
    bool has_errors_array = false;   ///< `errors`, as the gateway writes it
    bool has_errors_element = false; ///< and it is not empty
    bool has_message = false;        ///< `message`, or `error` or the whole text is a string
    std::vector<error_message> messages;
};

/// Reads a text in one pass, straight from bytes, without a tree in between. Takes linear time; recursion ends at
/// `max_depth`, of which no more than 1000 are granted.
///
/// The rules are those of decode.hpp. A byte offset in a failure is where reading stopped: at the start of a value that
/// does not fit, or, where that is a string or a number, at its end.
[[nodiscard]] read_outcome read_json(std::string_view text, read_request const& wanted);

} // namespace rtkhooks::model
