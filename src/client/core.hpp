// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/base_url.hpp"
#include "http/request.hpp"
#include "policy/retry.hpp"
#include "transport/pool.hpp"

#include <rtkhooks/client.hpp>

#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <variant>

namespace rtkhooks::detail {

/// What a client works with besides its configuration. The defaults are the real thing; tests put others in.
struct environment {
    environment() = default;

    transport::clock_factory make_clock = transport::make_steady_clock;
    transport::lookup_function lookup = transport::system_lookup;
    /// What certificates are checked against instead of the time of day.
    std::optional<std::time_t> verification_time;
    /// Of the pauses between attempts. 0: drawn.
    std::uint64_t seed = 0;
};

/// What the calls of one client share. For any thread.
class core {
public:
    core(boost::asio::any_io_executor executor, client_config config, environment world);

    [[nodiscard]] client_config const& config() const noexcept { return config_; }
    [[nodiscard]] transport::pool& pool() const noexcept { return *pool_; }
    [[nodiscard]] std::shared_ptr<transport::pool> const& shared_pool() const noexcept { return pool_; }
    [[nodiscard]] http::request_builder const& requests() const noexcept { return requests_; }
    [[nodiscard]] std::string const& base_path() const noexcept { return base_path_; }

    /// A call begins: it pays its share into the budget of retries.
    void call_made();
    [[nodiscard]] bool take_retry();
    /// The server has answered, whatever that was.
    void answered() noexcept { replacements_.answered(); }
    /// Whether a request may be sent again because its connection had ended. From the budget where too many were.
    [[nodiscard]] bool take_replacement() { return replacements_.take() || take_retry(); }
    [[nodiscard]] std::uint64_t random();

private:
    client_config config_;
    std::string base_path_;
    http::request_builder requests_;
    std::shared_ptr<transport::pool> pool_;
    policy::replacement_allowance replacements_;

    std::mutex mutex_; // guards what follows
    policy::retry_budget budget_;
    std::mt19937_64 random_;
};

/// The webhooks of one app: where they are.
class collection {
public:
    collection(std::shared_ptr<core> owner, std::string const& account_id, std::string const& app_id);

    [[nodiscard]] std::shared_ptr<core> const& owner() const noexcept { return owner_; }
    /// The collection's own path, or why there is none.
    [[nodiscard]] result<std::string> target() const;
    /// The path of one webhook, or why there is none.
    [[nodiscard]] result<std::string> item_target(std::string const& id) const;
    /// `webhooks/all`, where the event types are.
    [[nodiscard]] result<std::string> event_types_target() const;

private:
    std::shared_ptr<core> owner_;
    std::string target_;
    std::optional<std::string> refusal_;
};

} // namespace rtkhooks::detail
