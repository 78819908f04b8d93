// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>
#include <string_view>

namespace rtkhooks::emulation {

inline constexpr std::string_view events_path = "/emulator/events";
inline constexpr std::string_view public_key_path = "/.well-known/webhooks.json";

/// What a request's target names.
struct route {
    enum class resource {
        none,      ///< nothing that is served here
        malformed, ///< a broken percent-encoding
        collection,
        item,
        event_types, ///< `webhooks/all`, in the place of an item
        events,      ///< `/emulator/events`: events to deliver, and what became of them. The emulator's own
        public_key,  ///< `/.well-known/webhooks.json`
    };

    resource what = resource::none;
    std::string account;
    std::string app;
    std::string id; ///< of an item: any non-empty text
};

/// Reads `/accounts/{account}/realtime/kit/{app}/webhooks[/{id}]`, with or without `/client/v4` before it; also where
/// it is part of a whole URL. A query is ignored. And the two paths that are no part of the API.
[[nodiscard]] route find_route(std::string_view target);

} // namespace rtkhooks::emulation
