// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_status.hpp"

#include <rtkhooks/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace rtkhooks::cli {

/// The webhook that a call may have created whose answer does not tell.
/// @return the one that is in all as asked for, or null. Lives as long as `all`
[[nodiscard]] webhook const* find_created(std::vector<webhook> const& all, webhook_spec const& spec);

/// A webhook that lives as long as the command that receives its deliveries. What goes wrong is told on standard error.
class registration {
public:
    /// @param asked the call that creates it; must outlive this
    /// @param complaints where that is told; must outlive this
    /// @throws rtkhooks::exception for a bad configuration, usage_error where the token cannot be read
    registration(boost::asio::any_io_executor executor, api_command const& asked, diagnostics& complaints);

    /// Creates it. Where no answer tells whether that was done, the app's webhooks are listed, and what find_created()
    /// finds is taken for it: the API has one of each url at most. Only the creation can be cancelled, the list cannot:
    /// what is there has to be known to be deleted.
    /// @return done where it is there, and where the call was cancelled before anything was sent
    [[nodiscard]] boost::asio::awaitable<exit_status> create();
    /// Deletes it, if it was created.
    [[nodiscard]] boost::asio::awaitable<exit_status> remove();
    [[nodiscard]] boost::asio::awaitable<void> close();

    /// Of the webhook; empty where there is none.
    [[nodiscard]] std::string const& id() const noexcept { return id_; }

private:
    boost::asio::awaitable<void> find();
    void tell_attempts(operation what, call_info const& info);
    [[nodiscard]] exit_status report(operation what, error const& failure);

    api_command const& asked_;
    diagnostics& complaints_;
    client client_;
    webhook_collection hooks_;
    std::string id_;
};

} // namespace rtkhooks::cli
