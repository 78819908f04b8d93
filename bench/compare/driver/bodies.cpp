// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/bodies.hpp"

#include "measure.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace rtkhooks::bench {
namespace {

std::string webhook(std::string_view id, std::string_view name, std::string_view url)
{
    std::string text = R"({"id":")";
    text.append(id).append(R"(","created_at":"2026-02-11T08:15:30.125Z","enabled":true,"events":[)");
    for (auto const* event : event_names)
        text.append(event == event_names[0] ? "\"" : ",\"").append(event).append("\"");
    text.append(R"(],"name":")").append(name);
    text.append(R"(","updated_at":"2026-02-12T17:00:00.000Z","url":")").append(url);
    return text + "\"}";
}

std::string envelope(std::string_view data)
{
    return std::string{R"({"data":)"}.append(data).append(R"(,"success":true})");
}

} // namespace

std::string one_webhook() { return envelope(webhook(webhook_id, "Audit trail", created_url)); }

std::string thousand_webhooks()
{
    std::string hooks;
    for (unsigned i = 0; i != list_length; ++i) {
        std::array<char, 40> id{};
        std::snprintf(id.data(), id.size(), "7c3e1f52-9a0b-4d5e-8f61-2b4a6c%06x", i);
        auto const number = std::to_string(i);
        hooks += i == 0 ? "[" : ",";
        hooks += webhook(id.data(), "Audit trail " + number, std::string{created_url} + "/" + number);
    }
    return envelope(hooks + "]");
}

std::string not_found() { return R"({"success":false,"error":{"code":404,"message":"Error: resource not found"}})"; }

std::string unavailable()
{
    return R"({"success":false,"error":{"code":503,"message":"Error: temporarily unavailable"}})";
}

} // namespace rtkhooks::bench
