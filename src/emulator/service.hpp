// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/answer.hpp"
#include "emulator/outbox.hpp"
#include "emulator/store.hpp"
#include "http/memory_budget.hpp"

#include <rtkhooks/emulator.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rtkhooks::emulation {

struct route;

/// What the service reads of a request. Views: it keeps none of them.
struct request {
    std::string_view method;
    std::string_view target;
    std::optional<std::string_view> authorization;
    std::optional<std::string_view> auth_email;
    std::optional<std::string_view> auth_key;
    std::string_view content_encoding;
    std::string_view body;
};

/// The time at which something happens, as both clocks have it.
struct moment {
    std::chrono::sys_time<std::chrono::milliseconds> wall;
    std::chrono::steady_clock::time_point steady;

    [[nodiscard]] static moment now() noexcept
    {
        return {std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                std::chrono::steady_clock::now()};
    }
};

/// How many requests came in the current window.
class request_quota {
public:
    /// @param limit 0: none
    request_quota(std::size_t limit, std::chrono::seconds window) noexcept : limit_{limit}, window_{window} {}

    /// Counts a request.
    /// @return whether it is within the limit
    bool take(std::chrono::steady_clock::time_point now) noexcept;
    /// Until the window ends, rounded up.
    [[nodiscard]] std::chrono::seconds until_reset(std::chrono::steady_clock::time_point now) const noexcept;
    void describe(answer& in, std::chrono::steady_clock::time_point now) const;

private:
    std::size_t limit_;
    std::chrono::seconds window_;
    std::chrono::steady_clock::time_point start_{};
    std::size_t taken_ = 0;
};

/// An answer with one webhook, or none, takes no more: a name can be six times as long as JSON.
inline constexpr std::size_t longest_item = 64 * 1024;

/// The webhooks API, and the emulator's own two paths, from request to answer: no sockets, no clock of its own. Not for several threads.
class service {
public:
    /// @param options the token among them
    explicit service(emulator_options options, store_limits limits = {}, delivery_limits deliveries = {});

    /// @param memory what the answer may take; it is asked for more where the answer is longer than longest_item, and
    ///        the answer is 503 where it has no more
    [[nodiscard]] answer handle(request const& what, moment now, http::memory_budget::share& memory);
    /// Makes any answer one of this service's: `cf-ray` and the rate limit's fields.
    [[nodiscard]] answer complete(answer what, moment now);

    /// Takes an event for the webhooks that want it.
    /// @throws rtkhooks::exception as outbox::add()
    std::vector<emulator_delivery> emit(std::shared_ptr<signed_event const> what);
    /// What is to be delivered.
    [[nodiscard]] outbox& deliveries() noexcept { return outbox_; }
    [[nodiscard]] outbox const& deliveries() const noexcept { return outbox_; }

private:
    [[nodiscard]] answer decide(request const& what, moment now, http::memory_budget::share& memory);
    [[nodiscard]] std::optional<answer> refuse_credentials(request const& what) const;
    [[nodiscard]] answer answer_events(request const& what, http::memory_budget::share& memory);
    [[nodiscard]] answer take_event(std::string_view body, http::memory_budget::share& memory);
    [[nodiscard]] answer answer_public_key(request const& what);
    [[nodiscard]] answer answer_collection(request const& what, route const& where, moment now,
                                           http::memory_budget::share& memory);
    [[nodiscard]] answer answer_item(request const& what, route const& where, moment now);
    [[nodiscard]] answer list(app_key const& app, http::memory_budget::share& memory) const;
    [[nodiscard]] answer create(app_key const& app, std::string_view body, timestamp now);
    [[nodiscard]] answer get(app_key const& app, std::string_view id) const;
    [[nodiscard]] answer replace(app_key const& app, std::string_view id, std::string_view body, timestamp now);
    [[nodiscard]] answer edit(app_key const& app, std::string_view id, std::string_view body, timestamp now);
    [[nodiscard]] answer remove(app_key const& app, std::string_view id);
    [[nodiscard]] answer answer_update(store::outcome const& updated) const;

    emulator_options options_;
    request_quota quota_;
    store store_;
    outbox outbox_;
    std::uint64_t ray_;
};

} // namespace rtkhooks::emulation
