// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>
#include <rtkhooks/webhook.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// Reads the API's answers, and says in the error what is wrong with one: the JSON path, what was expected, what was
/// found, and the byte offset at which reading stopped.
///
/// One set of rules for all of them:
/// - The body is one JSON text (RFC 8259) in UTF-8. Refused are: text after it, a byte order mark, comments, `NaN`,
///   trailing commas, and more levels of nesting than `max_depth`.
/// - The payload is the envelope's `data`, or its `result` where there is no `data`.
/// - `success` may be left out, because the status has said it. Where it is false, the answer is an error with the
///   messages that the body has, whatever its payload is.
/// - Members that this library does not know are passed over, at every level.
/// - null is as good as nothing for what may be missing, and an error for what may not.
/// - A member that this library knows may not be given twice in one object (of the envelope and of a webhook).
/// - Event names that this library does not know are kept.
///
/// Errors have `phase::decode` and `request_state::answered`. Their code is `decode_failed`; for `success: false` it is
/// what the body's own code means as a status (400 to 599), else `invalid_request`.

namespace rtkhooks::model {

/// A webhook, of which parts may be missing.
struct partial_webhook {
    partial_webhook() = default; // declared, so that the type is no aggregate: see webhook
    partial_webhook(webhook what, bool is_complete) : value{std::move(what)}, complete{is_complete} {}

    webhook value;
    bool complete = false; ///< whether all seven fields were there
};

/// The answer of get and create: a webhook with all seven fields.
[[nodiscard]] result<webhook> decode_webhook_answer(std::string_view body, std::size_t max_depth);
/// The answer of replace and edit. Fields may be missing or null, and the payload too.
[[nodiscard]] result<partial_webhook> decode_edited_answer(std::string_view body, std::size_t max_depth);
/// The answer of list: whole webhooks.
[[nodiscard]] result<std::vector<webhook>> decode_list_answer(std::string_view body, std::size_t max_depth);
/// The answer of delete. Nothing where the payload is anything but a whole webhook, or there is none: the webhook is
/// deleted all the same.
[[nodiscard]] result<std::optional<webhook>> decode_deleted_answer(std::string_view body, std::size_t max_depth);
/// The answer of `webhooks/all`.
[[nodiscard]] result<std::vector<event_type>> decode_event_types_answer(std::string_view body, std::size_t max_depth);

/// What the body of a failure says.
struct error_body {
    error_body() = default; // declared, so that the type is no aggregate: see webhook

    enum class form {
        empty,        ///< nothing but white space
        not_json,     ///< a page, a text, or JSON that breaks off: one message, what a person would look at first
        message,      ///< `{"message": "…"}`, `{"error": "…"}`, or a JSON string
        error_object, ///< RealtimeKit's `{"error": {"code", "message"}}`
        errors_array, ///< the gateway's `{"errors": [{"code", "message"}]}`
        other,        ///< other JSON
    };

    form kind = form::empty;
    /// In the order of the body, those of an `error_chain` after the one they belong to. 16 at most. How the body starts,
    /// where it has none.
    std::vector<error_message> messages;
    /// What the envelope said, where it said it.
    std::optional<bool> success;

    /// RealtimeKit itself answered. Its 404 for a list can mean that there is no webhook; the gateway's never does.
    [[nodiscard]] bool is_from_realtimekit() const noexcept { return kind == form::error_object; }
    [[nodiscard]] bool is_from_gateway() const noexcept { return kind == form::errors_array; }
};

/// Reads the body of a failure. Never fails; duplicates and wrong types are passed over.
[[nodiscard]] error_body decode_error_body(std::string_view body, std::size_t max_depth);

} // namespace rtkhooks::model
