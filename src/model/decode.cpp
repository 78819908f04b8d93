// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/decode.hpp"

#include "model/reader.hpp"
#include "model/server_text.hpp"
#include "model/status.hpp"

#include <rtkhooks/json.hpp>

#include <algorithm>
#include <utility>

namespace rtkhooks::model {

namespace {

/// @param state `answered` where the text is an answer
error decode_error(std::string explanation, request_state state = request_state::answered)
{
    error::details what;
    what.code = errc::decode_failed;
    what.phase = phase::decode;
    what.request_state = state;
    what.explanation = std::move(explanation);
    return error{std::move(what)};
}

/// What a body's code means where it repeats a status, as RealtimeKit's do. The gateway's codes never are.
errc errc_of(std::vector<error_message> const& messages) noexcept
{
    for (auto const& one : messages)
        if (one.code && *one.code >= 400 && *one.code <= 599)
            return errc_for_status(static_cast<int>(*one.code));
    return errc::invalid_request;
}

error refusal(std::vector<error_message> messages)
{
    error::details what;
    what.code = errc_of(messages);
    what.phase = phase::decode;
    what.request_state = request_state::answered;
    what.explanation = "the answer says \"success\": false";
    what.messages = std::move(messages);
    return error{std::move(what)};
}

bool may_be_missing(payload wanted) noexcept
{
    return wanted == payload::partial_webhook || wanted == payload::anything;
}

/// Reads the envelope of a success.
result<read_outcome> read_answer(std::string_view body, payload wanted, std::size_t max_depth)
{
    read_request request;
    request.payload = wanted;
    request.max_depth = max_depth;
    auto outcome = read_json(body, request);
    if (!outcome.failure && !outcome.has_data && outcome.has_result) {
        request.payload_in_result = true;
        outcome = read_json(body, request);
    }

    if (outcome.failure && outcome.failure->is_in_payload) {
        // The answer to a failed call may have any payload, and its `success` can stand behind it.
        request.document = document::error_body;
        if (auto envelope = read_json(body, request); !envelope.failure && envelope.success == false)
            return refusal(std::move(envelope.messages));
    }
    if (outcome.failure)
        return decode_error(std::move(outcome.failure->text));
    if (outcome.success == false)
        return refusal(std::move(outcome.messages));
    if (!outcome.has_data && !outcome.has_result && !may_be_missing(wanted))
        return decode_error("data: missing, at byte " + std::to_string(body.size()));
    return outcome;
}

} // namespace

result<webhook> decode_webhook_answer(std::string_view body, std::size_t max_depth)
{
    auto outcome = read_answer(body, payload::webhook, max_depth);
    if (!outcome)
        return outcome.error();
    return std::move(outcome->hook);
}

result<partial_webhook> decode_edited_answer(std::string_view body, std::size_t max_depth)
{
    auto outcome = read_answer(body, payload::partial_webhook, max_depth);
    if (!outcome)
        return outcome.error();
    return partial_webhook{std::move(outcome->hook), outcome->hook_is_complete};
}

result<std::vector<webhook>> decode_list_answer(std::string_view body, std::size_t max_depth)
{
    auto outcome = read_answer(body, payload::webhook_list, max_depth);
    if (!outcome)
        return outcome.error();
    return std::move(outcome->webhooks);
}

result<std::optional<webhook>> decode_deleted_answer(std::string_view body, std::size_t max_depth)
{
    auto outcome = read_answer(body, payload::partial_webhook, max_depth);
    if (!outcome && read_answer(body, payload::anything, max_depth))
        return std::optional<webhook>{};
    if (!outcome)
        return outcome.error();
    std::optional<webhook> deleted;
    if (outcome->hook_is_complete)
        deleted = std::move(outcome->hook);
    return deleted;
}

result<std::vector<event_type>> decode_event_types_answer(std::string_view body, std::size_t max_depth)
{
    auto outcome = read_answer(body, payload::event_names, max_depth);
    if (!outcome)
        return outcome.error();
    return std::move(outcome->names);
}

error_body decode_error_body(std::string_view body, std::size_t max_depth)
{
    using form = error_body::form;

    error_body result;
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return result;

    read_request request;
    request.document = document::error_body;
    request.max_depth = max_depth;
    auto outcome = read_json(body, request);
    // An `errors` that has any comes before `error`: what only looks like RealtimeKit's 404 must not make a list empty.
    if (outcome.failure)
        result.kind = form::not_json;
    else if (outcome.has_error_object && !outcome.has_errors_element)
        result.kind = form::error_object;
    else if (outcome.has_errors_array)
        result.kind = form::errors_array;
    else if (outcome.has_message)
        result.kind = form::message;
    else
        result.kind = form::other;

    if (!outcome.failure)
        result.success = outcome.success;
    if (result.kind != form::not_json && result.kind != form::other)
        result.messages = std::move(outcome.messages);
    if (result.messages.empty())
        result.messages.emplace_back(std::nullopt, server_snippet(body));
    return result;
}

} // namespace rtkhooks::model

namespace rtkhooks {

result<webhook> decode_webhook(std::string_view text)
{
    model::read_request request;
    request.document = model::document::webhook;
    auto outcome = model::read_json(text, request);
    if (outcome.failure)
        return model::decode_error(std::move(outcome.failure->text), request_state::unsent);
    return std::move(outcome.hook);
}

} // namespace rtkhooks
