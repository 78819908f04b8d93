// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>
#include <string_view>

namespace rtkhooks::emulation {

/// What a request's target names.
struct route {
    enum class resource {
        none,      ///< nothing that is served here
        malformed, ///< a broken percent-encoding
        collection,
        item,
        event_types, ///< `webhooks/all`, in the place of an item
    };

    resource what = resource::none;
    std::string account;
    std::string app;
    std::string id; ///< of an item: any non-empty text
};

/// Reads `/accounts/{account}/realtime/kit/{app}/webhooks[/{id}]`, with or without `/client/v4` before it; also where
/// it is part of a whole URL. A query is ignored.
[[nodiscard]] route find_route(std::string_view target);

} // namespace rtkhooks::emulation
