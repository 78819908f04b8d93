// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/json.hpp>

#include "model/encode.hpp"
#include "model/event_names.hpp"
#include "model/json_kind.hpp"

#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <utility>
#include <vector>

namespace rtkhooks {

namespace {

namespace json = boost::json;
using model::json_kind;

json_kind kind_of(json::value const& value) noexcept
{
    switch (value.kind()) {
    case json::kind::null:
        return json_kind::null;
    case json::kind::bool_:
        return json_kind::boolean;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
        return json_kind::number;
    case json::kind::string:
        return json_kind::string;
    case json::kind::array:
        return json_kind::array;
    case json::kind::object:
        return json_kind::object;
    }
    return json_kind::null;
}

json::string_view as_json(std::string_view text) noexcept { return {text.data(), text.size()}; }

// --- from values ------------------------------------------------------------------------------------------------------

/// @param path empty for the whole
[[noreturn]] void refuse(std::string const& path, std::string const& reason)
{
    error::details what;
    what.code = errc::decode_failed;
    what.phase = phase::decode;
    what.explanation = (path.empty() ? "the whole" : path) + ": " + reason;
    throw_exception_from_error(error{std::move(what)}, BOOST_CURRENT_LOCATION);
}

void expect(json_kind kind, json::value const& value, std::string const& path)
{
    if (auto const found = kind_of(value); found != kind)
        refuse(path, model::describe_mismatch(kind, found));
}

std::string to_string(json::value const& value, std::string const& path)
{
    expect(json_kind::string, value, path);
    auto const& text = value.get_string();
    return {text.data(), text.size()};
}

bool to_bool(json::value const& value, std::string const& path)
{
    expect(json_kind::boolean, value, path);
    return value.get_bool();
}

timestamp to_timestamp(json::value const& value, std::string const& path)
{
    auto const time = parse_timestamp(to_string(value, path));
    if (!time)
        refuse(path, model::not_a_time);
    return *time;
}

event_set to_event_set(json::value const& value, std::string const& path)
{
    expect(json_kind::array, value, path);
    std::vector<std::string> names;
    for (auto const& element : value.get_array())
        names.push_back(to_string(element, path + '[' + std::to_string(names.size()) + ']'));
    event_set result;
    model::insert_all(result, std::move(names));
    return result;
}

/// A member that may be missing or null.
json::value const* find(json::object const& object, std::string_view key) noexcept
{
    auto const* const member = object.if_contains(as_json(key));
    return member && !member->is_null() ? member : nullptr;
}

json::value const& require(json::object const& object, std::string_view key)
{
    auto const* const member = object.if_contains(as_json(key));
    if (!member)
        refuse(std::string{key}, "missing");
    return *member;
}

json::object const& to_object(json::value const& value)
{
    expect(json_kind::object, value, {});
    return value.get_object();
}

// --- to values --------------------------------------------------------------------------------------------------------

template <class Number>
json::value null_if(bool is_absent, Number value)
{
    return is_absent ? json::value(nullptr) : json::value(value); // in braces it would be an array
}

json::array to_array(std::vector<error_message> const& messages)
{
    json::array result;
    for (auto const& one : messages)
        result.push_back(
            json::object{{"code", null_if(!one.code, one.code.value_or(0))}, {"message", as_json(one.message)}});
    return result;
}

template <class T>
std::string encoded(T const& value)
{
    std::string result;
    model::append_json(result, value);
    return result;
}

} // namespace

void tag_invoke(json::value_from_tag const&, json::value& out, event_type const& event) { out = as_json(event.name()); }

void tag_invoke(json::value_from_tag const&, json::value& out, event_set const& events)
{
    auto& array = out.emplace_array();
    for (auto const& event : events)
        array.emplace_back(as_json(event.name()));
}

void tag_invoke(json::value_from_tag const&, json::value& out, webhook const& hook)
{
    auto& object = out.emplace_object();
    object["id"] = hook.id;
    object["name"] = hook.name;
    object["url"] = hook.url;
    object["events"] = json::value_from(hook.events, out.storage());
    object["enabled"] = hook.enabled;
    object["created_at"] = format_timestamp(hook.created_at);
    object["updated_at"] = format_timestamp(hook.updated_at);
}

void tag_invoke(json::value_from_tag const&, json::value& out, webhook_spec const& spec)
{
    auto& object = out.emplace_object();
    object["name"] = spec.name();
    object["url"] = spec.url();
    object["events"] = json::value_from(spec.events(), out.storage());
    object["enabled"] = spec.enabled();
}

void tag_invoke(json::value_from_tag const&, json::value& out, webhook_patch const& patch)
{
    auto& object = out.emplace_object();
    if (patch.name())
        object["name"] = *patch.name();
    if (patch.url())
        object["url"] = *patch.url();
    if (patch.events())
        object["events"] = json::value_from(*patch.events(), out.storage());
    if (patch.enabled())
        object["enabled"] = *patch.enabled();
}

void tag_invoke(json::value_from_tag const&, json::value& out, error const& what)
{
    auto& object = out.emplace_object();
    if (what.code())
        object["code"] = as_json(to_string(what.parts().code));
    else
        object["code"] = nullptr;
    object["message"] = what.message();
    object["http_status"] = null_if(what.http_status() == 0, what.http_status());
    object["messages"] = to_array(what.messages());
    if (what.ray_id().empty())
        object["ray_id"] = nullptr;
    else
        object["ray_id"] = what.ray_id();
    object["attempts"] = what.attempts();
    object["phase"] = as_json(to_string(what.phase()));
    object["request_state"] = as_json(to_string(what.request_state()));
    auto const wait = what.retry_after();
    object["retry_after_seconds"] = null_if(!wait, wait.value_or(std::chrono::seconds{}).count());
}

event_type tag_invoke(json::value_to_tag<event_type> const&, json::value const& value)
{
    return event_type{std::string_view{to_string(value, {})}};
}

event_set tag_invoke(json::value_to_tag<event_set> const&, json::value const& value) { return to_event_set(value, {}); }

webhook tag_invoke(json::value_to_tag<webhook> const&, json::value const& value)
{
    auto const& object = to_object(value);
    webhook result;
    result.id = to_string(require(object, "id"), "id");
    result.name = to_string(require(object, "name"), "name");
    result.url = to_string(require(object, "url"), "url");
    result.events = to_event_set(require(object, "events"), "events");
    result.enabled = to_bool(require(object, "enabled"), "enabled");
    result.created_at = to_timestamp(require(object, "created_at"), "created_at");
    result.updated_at = to_timestamp(require(object, "updated_at"), "updated_at");
    return result;
}

webhook_spec tag_invoke(json::value_to_tag<webhook_spec> const&, json::value const& value)
{
    auto const& object = to_object(value);
    webhook_spec result{to_string(require(object, "name"), "name"), to_string(require(object, "url"), "url"),
                        to_event_set(require(object, "events"), "events")};
    if (auto const* const enabled = find(object, "enabled"))
        result.enabled(to_bool(*enabled, "enabled"));
    return result;
}

webhook_patch tag_invoke(json::value_to_tag<webhook_patch> const&, json::value const& value)
{
    auto const& object = to_object(value);
    webhook_patch result;
    if (auto const* const name = find(object, "name"))
        result.name(to_string(*name, "name"));
    if (auto const* const url = find(object, "url"))
        result.url(to_string(*url, "url"));
    if (auto const* const events = find(object, "events"))
        result.events(to_event_set(*events, "events"));
    if (auto const* const enabled = find(object, "enabled"))
        result.enabled(to_bool(*enabled, "enabled"));
    return result;
}

std::string encode(webhook const& hook) { return encoded(hook); }
std::string encode(webhook_spec const& spec) { return encoded(spec); }
std::string encode(webhook_patch const& patch) { return encoded(patch); }

} // namespace rtkhooks
