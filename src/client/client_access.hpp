// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "client/core.hpp"

#include <rtkhooks/client.hpp>

namespace rtkhooks::detail {

/// Makes clients whose clock, resolver or calendar a test turns.
struct client_access {
    [[nodiscard]] static client make(boost::asio::any_io_executor executor, client_config config, environment world)
    {
        return client{std::make_shared<core>(std::move(executor), std::move(config), std::move(world))};
    }
};

} // namespace rtkhooks::detail
