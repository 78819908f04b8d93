// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/operation.hpp"
#include "transport/pool.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/error.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rtkhooks::delivery {

/// One fetch of the key document. Belongs to no check: it goes on whoever stops waiting for it. No coroutine, because
/// one can only be started on an executor whose context is known to live; this one registers with the pool, which
/// knows when its context goes.
class key_fetch : public std::enable_shared_from_this<key_fetch> {
public:
    /// Called once, without locks: with the key, or why there is none; and for how long a cache had kept it, if one had.
    using done_handler = std::function<void(result<public_key>, std::optional<std::chrono::seconds> kept)>;

    /// Begins one. It keeps itself alive until it is over, which may be before this returns.
    /// @param request as it is sent
    static void start(std::shared_ptr<transport::pool> from, std::string request, transport::time_point::duration time,
                      done_handler done);
    ~key_fetch();

private:
    /// What the pool resumes, as it would a coroutine.
    struct resumption {
        std::shared_ptr<key_fetch> self;
        void (key_fetch::*next)();

        using executor_type = boost::asio::any_io_executor;
        [[nodiscard]] executor_type get_executor() const noexcept { return self->executor_; }
        void operator()();
    };

    key_fetch(std::shared_ptr<transport::pool> from, std::string request, done_handler done);
    void acquire(transport::time_point::duration time);
    void await(bool ended, void (key_fetch::*next)());
    void acquired();
    void answered();
    void finish(result<public_key> outcome, std::optional<std::chrono::seconds> kept = {});
    void fail();
    [[nodiscard]] error failure() const;

    std::shared_ptr<transport::pool> pool_;
    boost::asio::any_io_executor executor_;
    std::string request_;
    done_handler done_; // empty once called
    transport::operation operation_;
};

} // namespace rtkhooks::delivery
