// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/store.hpp"

#include "emulator/identifier.hpp"

#include <algorithm>
#include <chrono>

namespace rtkhooks::emulation {
namespace {

// What a webhook costs: its url is a key too, and the rest is about this much.
std::size_t count_bytes(std::string const& name, std::string const& url)
{
    constexpr std::size_t nodes = 512;
    return name.size() + 2 * url.size() + nodes;
}

std::string lower(std::string_view id)
{
    std::string result{id};
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return result;
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
    auto const hook = found->second.by_id.find(lower(id));
    return hook == found->second.by_id.end() ? nullptr : &*hook->second;
}

store::outcome store::create(app_key const& app, webhook_spec const& spec, timestamp now)
{
    auto* webhooks = find_app(app);
    if (webhooks && webhooks->by_url.contains(spec.url()))
        return {status::url_in_use};
    auto const cost = count_bytes(spec.name(), spec.url());
    if (webhooks ? webhooks->all.size() >= limits_.webhooks_per_app : apps_.size() >= limits_.apps)
        return {status::full};
    if (cost > limits_.bytes - bytes_)
        return {status::full};

    webhook hook;
    hook.id = make_uuid();
    assign(hook, spec);
    hook.created_at = hook.updated_at = now;
    if (!webhooks)
        webhooks = &apps_[app];
    auto const place = webhooks->all.insert(webhooks->all.end(), std::move(hook));
    webhooks->by_id.emplace(place->id, place);
    webhooks->by_url.emplace(place->url, place);
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
    auto const found = webhooks->by_id.find(lower(id));
    if (found == webhooks->by_id.end())
        return {status::not_found};
    auto const hook = found->second;
    auto const user = webhooks->by_url.find(spec.url());
    if (user != webhooks->by_url.end() && user->second != hook)
        return {status::url_in_use};
    auto const left = limits_.bytes - bytes_ + count_bytes(hook->name, hook->url);
    auto const cost = count_bytes(spec.name(), spec.url());
    if (cost > left)
        return {status::full};

    bytes_ = limits_.bytes - left + cost;
    auto url = webhooks->by_url.extract(hook->url);
    url.key() = spec.url();
    webhooks->by_url.insert(std::move(url));
    assign(*hook, spec);
    // Two changes within a clock's tick still have an order.
    hook->updated_at = std::max(now, hook->updated_at + std::chrono::milliseconds{1});
    return {status::done, &*hook};
}

std::optional<webhook> store::remove(app_key const& app, std::string_view id)
{
    auto const webhooks = apps_.find(app);
    if (webhooks == apps_.end())
        return {};
    auto const found = webhooks->second.by_id.find(lower(id));
    if (found == webhooks->second.by_id.end())
        return {};
    auto const hook = found->second;
    std::optional<webhook> removed{std::move(*hook)};
    bytes_ -= count_bytes(removed->name, removed->url);
    webhooks->second.by_id.erase(found);
    webhooks->second.by_url.erase(removed->url);
    webhooks->second.all.erase(hook);
    if (webhooks->second.all.empty())
        apps_.erase(webhooks);
    return removed;
}

} // namespace rtkhooks::emulation
