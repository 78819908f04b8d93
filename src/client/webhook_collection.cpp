// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/call.hpp"
#include "model/decode.hpp"
#include "model/encode.hpp"
#include "model/why_invalid.hpp"

#include <rtkhooks/client.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace rtkhooks {
namespace {

using boost::asio::awaitable;
using detail::call;
using detail::collection;
using http::method;

template <class T>
using decoder = result<T> (*)(std::string_view body, std::size_t max_depth);

/// What an operation sends, or why it sends nothing.
class request {
public:
    request(method verb, result<std::string> target, std::string body = {})
        : verb_{verb}, target_{std::move(target)}, body_{std::move(body)}
    {
    }

    /// Gives it to a call.
    /// @return why that cannot be
    [[nodiscard]] std::optional<error> ready(call& which)
    {
        if (!target_)
            return target_.error();
        auto refusal = which.refusal();
        if (!refusal)
            which.prepare(verb_, std::move(*target_), std::move(body_));
        return refusal;
    }

private:
    method verb_;
    result<std::string> target_;
    std::string body_;
};

/// A request whose body is a spec or a patch.
template <class Body>
request with_body(method verb, result<std::string> target, Body const& body)
{
    if (auto reason = model::why_invalid(body); reason && target)
        return request{verb, error{errc::invalid_argument, std::move(*reason)}};
    std::string text;
    model::append_json(text, body);
    return request{verb, std::move(target), std::move(text)};
}

template <class T>
result<T> decode(call& answered, decoder<T> read, std::size_t max_depth)
{
    auto decoded = read(answered.answer().body, max_depth);
    if (!decoded && answered.conceal_secret())
        decoded = read(answered.answer().body, max_depth);
    if (!decoded)
        return answered.undecoded(decoded.error());
    return decoded;
}

result<std::optional<webhook>> decode_removed(std::string_view body, std::size_t max_depth)
{
    if (body.empty()) // a 204, or as much as one
        return std::optional<webhook>{};
    return model::decode_deleted_answer(body, max_depth);
}

/// Sends a request and decodes the answer.
template <class T>
awaitable<result<T>> perform(std::shared_ptr<collection const> where, request what, call_options options,
                             decoder<T> read)
{
    call sent{where->owner(), std::move(options)};
    if (auto refusal = what.ready(sent))
        co_return std::move(*refusal);
    co_await sent.perform();
    if (sent.failure())
        co_return *sent.failure();
    co_return decode(sent, read, where->owner()->config().limits.json_depth);
}

awaitable<result<std::vector<webhook>>> perform_list(std::shared_ptr<collection const> where, request what,
                                                     call_options options)
{
    auto const& config = where->owner()->config();
    call sent{where->owner(), std::move(options)};
    if (auto refusal = what.ready(sent))
        co_return std::move(*refusal);
    co_await sent.perform();
    if (sent.failure()) {
        if (config.list_not_found_is_empty && sent.failure()->code() == errc::not_found &&
            model::decode_error_body(sent.answer().body, config.limits.json_depth).is_from_realtimekit())
            co_return std::vector<webhook>{};
        co_return *sent.failure();
    }
    co_return decode(sent, &model::decode_list_answer, config.limits.json_depth);
}

/// Sends a change. Where the answer leaves fields out, reads the webhook again.
awaitable<result<webhook>> perform_change(std::shared_ptr<collection const> where, request what, call_options options)
{
    auto const max_depth = where->owner()->config().limits.json_depth;
    call sent{where->owner(), std::move(options)};
    if (auto refusal = what.ready(sent))
        co_return std::move(*refusal);
    co_await sent.perform();
    if (sent.failure())
        co_return *sent.failure();
    auto changed = decode(sent, &model::decode_edited_answer, max_depth);
    if (!changed)
        co_return changed.error();
    if (changed->complete)
        co_return std::move(changed->value);
    sent.prepare_reading();
    // Cancelled or not, that the change was made must not be lost in an exception.
    bool const throws = co_await boost::asio::this_coro::throw_if_cancelled();
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await sent.perform();
    co_await boost::asio::this_coro::throw_if_cancelled(throws);
    if (sent.failure())
        co_return sent.unread_change(*sent.failure());
    auto read = decode(sent, &model::decode_webhook_answer, max_depth);
    if (!read)
        co_return sent.unread_change(read.error());
    co_return read;
}

} // namespace

webhook_collection::webhook_collection(std::shared_ptr<collection const> shared) noexcept : shared_{std::move(shared)}
{
}

awaitable<result<std::vector<webhook>>> webhook_collection::list(call_options options) const
{
    return perform_list(shared_, request{method::get, shared_->target()}, std::move(options));
}

awaitable<result<webhook>> webhook_collection::create(webhook_spec spec, call_options options) const
{
    return perform(shared_, with_body(method::post, shared_->target(), spec), std::move(options),
                   &model::decode_webhook_answer);
}

awaitable<result<webhook>> webhook_collection::get(std::string id, call_options options) const
{
    return perform(shared_, request{method::get, shared_->item_target(id)}, std::move(options),
                   &model::decode_webhook_answer);
}

awaitable<result<webhook>> webhook_collection::replace(std::string id, webhook_spec spec, call_options options) const
{
    return perform_change(shared_, with_body(method::put, shared_->item_target(id), spec), std::move(options));
}

awaitable<result<webhook>> webhook_collection::edit(std::string id, webhook_patch patch, call_options options) const
{
    return perform_change(shared_, with_body(method::patch, shared_->item_target(id), patch), std::move(options));
}

awaitable<result<std::optional<webhook>>> webhook_collection::remove(std::string id, call_options options) const
{
    return perform(shared_, request{method::delete_, shared_->item_target(id)}, std::move(options), &decode_removed);
}

awaitable<result<std::vector<event_type>>> webhook_collection::list_event_types(call_options options) const
{
    return perform(shared_, request{method::get, shared_->event_types_target()}, std::move(options),
                   &model::decode_event_types_answer);
}

} // namespace rtkhooks
