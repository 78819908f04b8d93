// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/store.hpp"

#include "emulator/identifier.hpp"
#include "model/encode.hpp"
#include "text/ascii.hpp"

#include <algorithm>
#include <chrono>

namespace rtkhooks::emulation {
namespace {

constexpr std::size_t nodes = 512; // the maps' and lists' own, about

// What a webhook costs: its url is a key too. A name can be six times as long as JSON, and is answered as such.
std::size_t count_bytes(webhook const& hook, std::size_t json_size)
{
    return std::max(hook.name.size() + 2 * hook.url.size(), json_size) + nodes;
}

// What an app costs beside its webhooks. Ids of any length are taken.
std::size_t count_bytes(app_key const& app) { return app.first.size() + app.second.size() + nodes; }

std::size_t measure_json(webhook const& hook)
{
    std::string text;
    model::append_json(text, hook);
    return text.size();
}

void assign(webhook& hook, webhook_spec const& spec)
{
    hook.name = spec.name();
    hook.url = spec.url();
    hook.events = spec.events();
    hook.enabled = spec.enabled();
}

} // namespace

std::list<webhook> const* store::list(app_key const& app) const
{
    auto const found = apps_.find(app);
    return found == apps_.end() ? nullptr : &found->second.all;
}

std::size_t store::json_size(app_key const& app) const
{
    auto const found = apps_.find(app);
    return found == apps_.end() ? 0 : found->second.json_size;
}

store::app_webhooks* store::find_app(app_key const& app)
{
    auto const found = apps_.find(app);
    return found == apps_.end() ? nullptr : &found->second;
}

webhook const* store::find(app_key const& app, std::string_view id) const
{
    auto const found = apps_.find(app);
    if (found == apps_.end())
        return nullptr;
    auto const hook = found->second.by_id.find(ascii::lower(id));
    return hook == found->second.by_id.end() ? nullptr : &*hook->second.hook;
}

std::vector<webhook const*> store::subscribers(event_type const& event) const
{
    std::vector<webhook const*> result;
    for (auto const& [app, webhooks] : apps_) {
        for (auto const& hook : webhooks.all) {
            if (hook.enabled && (!event.as_known() || hook.events.contains(event)))
                result.push_back(&hook);
        }
    }
    return result;
}

store::outcome store::create(app_key const& app, webhook_spec const& spec, timestamp now)
{
    auto* webhooks = find_app(app);
    if (webhooks && webhooks->by_url.contains(spec.url()))
        return {status::url_in_use};
    if (webhooks ? webhooks->all.size() >= limits_.webhooks_per_app : apps_.size() >= limits_.apps)
        return {status::full};
    webhook hook;
    hook.id = make_uuid();
    assign(hook, spec);
    hook.created_at = hook.updated_at = now;
    auto const json_size = measure_json(hook);
    auto const cost = count_bytes(hook, json_size) + (webhooks ? 0 : count_bytes(app));
    if (cost > limits_.bytes - bytes_)
        return {status::full};

    if (!webhooks)
        webhooks = &apps_[app];
    auto const place = webhooks->all.insert(webhooks->all.end(), std::move(hook));
    webhooks->by_id.emplace(place->id, entry{place, json_size});
    webhooks->by_url.emplace(place->url, place);
    webhooks->json_size += json_size;
    bytes_ += cost;
    return {status::done, &*place};
}

store::outcome store::replace(app_key const& app, std::string_view id, webhook_spec const& spec, timestamp now)
{
    return update(app, id, spec, now);
}

store::outcome store::edit(app_key const& app, std::string_view id, webhook_patch const& patch, timestamp now)
{
    auto const* hook = find(app, id);
    if (!hook)
        return {status::not_found};
    if (patch.empty())
        return {status::done, hook};
    webhook_spec spec{*hook};
    if (patch.name())
        spec.name(*patch.name());
    if (patch.url())
        spec.url(*patch.url());
    if (patch.events())
        spec.events(*patch.events());
    if (patch.enabled())
        spec.enabled(*patch.enabled());
    return update(app, id, std::move(spec), now);
}

store::outcome store::update(app_key const& app, std::string_view id, webhook_spec spec, timestamp now)
{
    auto* const webhooks = find_app(app);
    if (!webhooks)
        return {status::not_found};
    auto const found = webhooks->by_id.find(ascii::lower(id));
    if (found == webhooks->by_id.end())
        return {status::not_found};
    auto& [hook, json_size] = found->second;
    auto const user = webhooks->by_url.find(spec.url());
    if (user != webhooks->by_url.end() && user->second != hook)
        return {status::url_in_use};
    auto changed = *hook;
    assign(changed, spec);
    // Two changes within a clock's tick still have an order.
    changed.updated_at = std::max(now, hook->updated_at + std::chrono::milliseconds{1});
    auto const changed_size = measure_json(changed);
    auto const left = limits_.bytes - bytes_ + count_bytes(*hook, json_size);
    auto const cost = count_bytes(changed, changed_size);
    if (cost > left)
        return {status::full};

    bytes_ = limits_.bytes - left + cost;
    webhooks->json_size += changed_size - json_size;
    json_size = changed_size;
    auto url = webhooks->by_url.extract(hook->url);
    url.key() = changed.url;
    webhooks->by_url.insert(std::move(url));
    *hook = std::move(changed);
    return {status::done, &*hook};
}

std::optional<webhook> store::remove(app_key const& app, std::string_view id)
{
    auto const webhooks = apps_.find(app);
    if (webhooks == apps_.end())
        return {};
    auto const found = webhooks->second.by_id.find(ascii::lower(id));
    if (found == webhooks->second.by_id.end())
        return {};
    auto const [hook, json_size] = found->second;
    std::optional<webhook> removed{std::move(*hook)};
    bytes_ -= count_bytes(*removed, json_size);
    webhooks->second.json_size -= json_size;
    webhooks->second.by_id.erase(found);
    webhooks->second.by_url.erase(removed->url);
    webhooks->second.all.erase(hook);
    if (webhooks->second.all.empty()) {
        bytes_ -= count_bytes(app);
        apps_.erase(webhooks);
    }
    return removed;
}

} // namespace rtkhooks::emulation
