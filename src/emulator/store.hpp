// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/webhook.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rtkhooks::emulation {

/// How much a store holds.
struct store_limits {
    std::size_t apps = 10'000; ///< with a webhook
    std::size_t webhooks_per_app = 10'000;
    /// Of names, urls and what goes with them. As JSON an app's webhooks take no more.
    std::size_t bytes = 32 * 1024 * 1024;
};

/// Whose webhooks: an account and one of its apps.
using app_key = std::pair<std::string, std::string>;

/// The webhooks, by app, in the order of their creation. Not for several threads.
class store {
public:
    enum class status { done, not_found, url_in_use, full };
    struct outcome {
        status what = status::done;
        webhook const* hook = nullptr; ///< where it is done; until the next change
    };

    explicit store(store_limits limits = {}) : limits_{limits} {}

    /// @return nothing where the app has no webhook
    [[nodiscard]] std::list<webhook> const* list(app_key const& app) const;
    /// How long the app's webhooks are as JSON texts, together.
    [[nodiscard]] std::size_t json_size(app_key const& app) const;
    [[nodiscard]] webhook const* find(app_key const& app, std::string_view id) const;
    /// The enabled webhooks that an event goes to: those that have subscribed to it; where it is not documented, all.
    [[nodiscard]] std::vector<webhook const*> subscribers(event_type const& event) const;
    /// Adds a webhook under a new id.
    outcome create(app_key const& app, webhook_spec const& spec, timestamp now);
    outcome replace(app_key const& app, std::string_view id, webhook_spec const& spec, timestamp now);
    /// Changes what the patch has. An empty patch changes nothing.
    outcome edit(app_key const& app, std::string_view id, webhook_patch const& patch, timestamp now);
    std::optional<webhook> remove(app_key const& app, std::string_view id);

private:
    struct entry {
        std::list<webhook>::iterator hook;
        std::size_t json_size;
    };
    struct app_webhooks {
        std::list<webhook> all;
        std::unordered_map<std::string, entry> by_id; // ids in lower case
        std::unordered_map<std::string, std::list<webhook>::iterator> by_url;
        std::size_t json_size = 0; // of all
    };

    app_webhooks* find_app(app_key const& app);
    outcome update(app_key const& app, std::string_view id, webhook_spec spec, timestamp now);

    store_limits limits_;
    std::map<app_key, app_webhooks> apps_; // only those with a webhook
    std::size_t bytes_ = 0;
};

} // namespace rtkhooks::emulation
