// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "delivery/key_keeper.hpp"

#include <rtkhooks/key_store.hpp>

namespace rtkhooks::detail {

/// What the copies of a store share. Closes it when the last is gone; checks under way keep the keeper itself.
class key_store_owner {
public:
    explicit key_store_owner(std::shared_ptr<delivery::key_keeper> what) noexcept : keeper_{std::move(what)} {}
    ~key_store_owner() { keeper_->close(); }
    key_store_owner(key_store_owner const&) = delete;
    key_store_owner& operator=(key_store_owner const&) = delete;

    [[nodiscard]] std::shared_ptr<delivery::key_keeper> const& keeper() const noexcept { return keeper_; }

private:
    std::shared_ptr<delivery::key_keeper> keeper_;
};

/// Makes stores whose clock, resolver or calendar a test turns.
struct key_store_access {
    [[nodiscard]] static key_store make(boost::asio::any_io_executor executor, key_store_config config,
                                        delivery::key_environment world)
    {
        return key_store{std::make_shared<key_store_owner>(
            std::make_shared<delivery::key_keeper>(std::move(executor), std::move(config), std::move(world)))};
    }
};

} // namespace rtkhooks::detail
