// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/core.hpp"

#include "client/check_config.hpp"

#include <utility>

namespace rtkhooks::detail {
namespace {

transport::pool_settings make_settings(client_config const& config, http::base_url const& url, environment& world)
{
    transport::pool_settings settings;
    settings.host = url.host;
    settings.host_is_address = url.host_is_address;
    settings.port = url.port;
    settings.fixed_addresses = fixed_addresses(config, url);
    if (url.tls)
        settings.tls = std::make_unique<transport::tls_context>(config.tls, world.verification_time);
    settings.pool = config.pool;
    settings.timeouts = config.timeouts;
    settings.rate_limit = config.rate_limit;
    settings.limits.header_bytes = config.limits.header_bytes;
    settings.limits.body_bytes = config.limits.body_bytes;
    settings.make_clock = std::move(world.make_clock);
    settings.lookup = std::move(world.lookup);
    return settings;
}

} // namespace

core::core(boost::asio::any_io_executor executor, client_config config, environment world)
    : config_{std::move(config)},
      requests_{http::header_list{}},
      replacements_{config_.pool.max_connections},
      budget_{config_.retry},
      random_{world.seed != 0 ? world.seed : std::random_device{}()}
{
    auto const url = check(config_);
    base_path_ = url.path;
    requests_ = http::request_builder{constant_headers(config_, url)};
    pool_ = transport::pool::make(std::move(executor), make_settings(config_, url, world));
}

void core::call_made()
{
    std::lock_guard const lock{mutex_};
    budget_.call_made();
}

bool core::take_retry()
{
    std::lock_guard const lock{mutex_};
    return budget_.take();
}

std::uint64_t core::random()
{
    std::lock_guard const lock{mutex_};
    return random_();
}

collection::collection(std::shared_ptr<core> owner, std::string const& account_id, std::string const& app_id)
    : owner_{std::move(owner)}
{
    refusal_ = http::why_no_path_segment("account_id", account_id);
    if (!refusal_)
        refusal_ = http::why_no_path_segment("app_id", app_id);
    if (refusal_)
        return;
    target_ = owner_->base_path() + "/accounts/";
    http::append_path_segment(target_, account_id);
    target_ += "/realtime/kit/";
    http::append_path_segment(target_, app_id);
    target_ += "/webhooks";
}

result<std::string> collection::target() const
{
    if (refusal_)
        return error{errc::invalid_argument, *refusal_};
    return target_;
}

result<std::string> collection::item_target(std::string const& id) const
{
    auto refusal = refusal_ ? refusal_ : http::why_no_path_segment("id", id);
    if (!refusal && id == "all") // that is where the event types are
        refusal = "id is 'all', which is no webhook's id";
    if (refusal)
        return error{errc::invalid_argument, *refusal};
    std::string target;
    target.reserve(target_.size() + 1 + id.size());
    target.append(target_).append("/");
    http::append_path_segment(target, id);
    return target;
}

result<std::string> collection::event_types_target() const
{
    if (refusal_)
        return error{errc::invalid_argument, *refusal_};
    return target_ + "/all";
}

} // namespace rtkhooks::detail
