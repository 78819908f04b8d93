// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/registration.hpp"

#include "cli/advice.hpp"
#include "cli/listen_output.hpp"
#include "cli/output.hpp"
#include "cli/token_file.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>

namespace rtkhooks::cli {

namespace asio = boost::asio;

namespace {

client_config with_token(api_command const& asked)
{
    auto config = asked.config;
    if (asked.token_file)
        config.auth = credentials::api_token(read_token(*asked.token_file));
    return config;
}

// While it lasts, only a second signal ends the command.
constexpr std::chrono::seconds longest_search{10};

// Of a creation: the API may have stored what it answers 500 to.
bool may_have_taken_effect(error const& failure)
{
    return failure.request_state() == request_state::unknown || failure.code() == errc::server_error ||
           failure.code() == errc::decode_failed;
}

} // namespace

webhook const* find_created(std::vector<webhook> const& all, webhook_spec const& spec)
{
    auto const found = std::find_if(all.begin(), all.end(), [&](webhook const& each) {
        return each.url == spec.url() && each.name == spec.name() && each.events == spec.events();
    });
    return found != all.end() ? &*found : nullptr;
}

registration::registration(asio::any_io_executor executor, api_command const& asked, diagnostics& complaints)
    : asked_{asked},
      complaints_{complaints},
      client_{std::move(executor), with_token(asked)},
      hooks_{client_.webhooks(asked.account_id, asked.app_id)}
{
}

asio::awaitable<exit_status> registration::create()
{
    call_info info;
    auto options = call_options{}.info(&info);
    auto const created = co_await hooks_.create(asked_.spec, options);
    tell_attempts(operation::create, info);
    if (created) {
        id_ = created->id;
        co_return exit_status::done;
    }
    auto const failure = created.error();
    if (may_have_taken_effect(failure))
        co_await find();
    if (!id_.empty() || (failure.code() == errc::cancelled && failure.request_state() == request_state::unsent))
        co_return exit_status::done;
    co_return report(operation::create, failure);
}

// Also where the creation was cancelled: what it left behind must not stay. So nothing cancels this.
asio::awaitable<void> registration::find()
{
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    call_info info;
    auto options = call_options{}.info(&info).timeout(longest_search);
    auto const all = co_await hooks_.list(options);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    tell_attempts(operation::list, info);
    if (!all)
        co_return;
    auto const* const made = find_created(*all, asked_.spec);
    if (made == nullptr)
        co_return;
    id_ = made->id;
    complaints_.write(print_adopted(id_, asked_.format));
}

asio::awaitable<exit_status> registration::remove()
{
    if (id_.empty())
        co_return exit_status::done;
    call_info info;
    auto options = call_options{}.info(&info);
    auto const removed = co_await hooks_.remove(id_, options);
    tell_attempts(operation::remove, info);
    if (removed)
        co_return exit_status::done;
    co_return report(operation::remove, in_context("webhook " + id_ + " was not deleted", removed.error()));
}

asio::awaitable<void> registration::close() { return client_.close(std::chrono::milliseconds{0}); }

void registration::tell_attempts(operation what, call_info const& info)
{
    if (asked_.verbose)
        complaints_.write(print_attempts(what, info, asked_.format));
}

exit_status registration::report(operation what, error const& failure)
{
    auto call = asked_;
    call.what = what;
    complaints_.write(print_error(failure, advice_for(call, failure), asked_.format));
    return exit_status_of(failure);
}

} // namespace rtkhooks::cli
