// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "decode.hpp"

#include <exception>

namespace rtkhooks::bench {
namespace {

namespace json = boost::json;

std::string to_text(json::value const& from) { return std::string{std::string_view{from.as_string()}}; }

bool is_whole(webhook const& hook) { return hook.id.size() == id_length && hook.events.size() == event_count; }

bool decode(options const& asked, json::object const& answer)
{
    if (asked.fails()) {
        auto const& error = answer.at("error").as_object();
        failure const read{error.at("code").as_int64(), to_text(error.at("message"))};
        return read.code == asked.status && !read.message.empty();
    }
    auto const& data = answer.at("data");
    if (asked.what != operation::list)
        return is_whole(to_webhook(data));
    std::vector<webhook> hooks;
    hooks.reserve(data.as_array().size());
    for (auto const& each : data.as_array())
        hooks.push_back(to_webhook(each));
    return hooks.size() == list_length && is_whole(hooks.back());
}

} // namespace

webhook to_webhook(json::value const& from)
{
    auto const& members = from.as_object();
    webhook made;
    made.id = to_text(members.at("id"));
    made.name = to_text(members.at("name"));
    made.url = to_text(members.at("url"));
    auto const& events = members.at("events").as_array();
    made.events.reserve(events.size());
    for (auto const& each : events)
        made.events.push_back(to_text(each));
    made.enabled = members.at("enabled").as_bool();
    made.created_at = to_text(members.at("created_at"));
    made.updated_at = to_text(members.at("updated_at"));
    return made;
}

bool decode_as_expected(options const& asked, int status, std::string_view body, json::storage_ptr memory)
try {
    auto const answer = json::parse(body, std::move(memory));
    return status == asked.status && decode(asked, answer.as_object());
} catch (std::exception const&) {
    return false;
}

std::string encode_created()
{
    json::object made;
    made["name"] = created_name;
    made["url"] = created_url;
    made["events"] = json::array(std::begin(event_names), std::end(event_names));
    made["enabled"] = true;
    return json::serialize(made);
}

} // namespace rtkhooks::bench
