// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/commands.hpp"

#include "cli/advice.hpp"
#include "cli/output.hpp"
#include "cli/standard_streams.hpp"
#include "cli/token_file.hpp"

#include <rtkhooks/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <exception>
#include <optional>

namespace rtkhooks::cli {

namespace asio = boost::asio;

namespace {

using printed = result<std::string>; // what goes to standard output, or why there is nothing

asio::awaitable<printed> list(webhook_collection hooks, api_command const& asked, call_options options)
{
    auto const answer = co_await hooks.list(options);
    if (!answer)
        co_return answer.error();
    co_return print_webhooks(*answer, asked.format);
}

asio::awaitable<printed> remove(webhook_collection hooks, api_command const& asked, call_options options)
{
    auto const answer = co_await hooks.remove(asked.webhook_id, options);
    if (!answer)
        co_return answer.error();
    co_return print_deleted(asked.webhook_id, *answer, asked.format);
}

asio::awaitable<printed> event_types(webhook_collection hooks, api_command const& asked, call_options options)
{
    auto const answer = co_await hooks.list_event_types(options);
    if (!answer)
        co_return answer.error();
    co_return print_event_types(*answer, asked.format);
}

// The four that answer with the webhook. No coroutine: their awaitable is handed on.
asio::awaitable<result<webhook>> start_one(webhook_collection const& hooks, api_command const& asked,
                                           call_options options)
{
    switch (asked.what) {
    case operation::create:
        return hooks.create(asked.spec, options);
    case operation::replace:
        return hooks.replace(asked.webhook_id, asked.spec, options);
    case operation::edit:
        return hooks.edit(asked.webhook_id, asked.patch, options);
    default:
        return hooks.get(asked.webhook_id, options);
    }
}

asio::awaitable<printed> one_webhook(webhook_collection hooks, api_command const& asked, call_options options)
{
    auto const answer = co_await start_one(hooks, asked, options);
    if (!answer)
        co_return answer.error();
    co_return print_webhook(*answer, asked.format);
}

asio::awaitable<printed> start(webhook_collection hooks, api_command const& asked, call_options options)
{
    switch (asked.what) {
    case operation::list:
        return list(hooks, asked, options);
    case operation::remove:
        return remove(hooks, asked, options);
    case operation::event_types:
        return event_types(hooks, asked, options);
    default:
        return one_webhook(hooks, asked, options);
    }
}

// The call, and then the connection closed as TLS wants it.
asio::awaitable<printed> call_and_close(client& caller, api_command const& asked, call_info& info)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    auto hooks = caller.webhooks(asked.account_id, asked.app_id);
    auto options = call_options{}.info(&info);
    auto answer = co_await start(hooks, asked, options);
    co_await caller.close(std::chrono::milliseconds{0});
    co_return answer;
}

// Runs the call on this thread until it ends, by itself or because a signal cancelled it.
printed run_until_done(client_config const& config, api_command const& asked, call_info& info)
{
    asio::io_context context{1};
    client caller{context.get_executor(), config};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    asio::cancellation_signal cancellation;
    signals.async_wait([&](boost::system::error_code failure, int) {
        if (failure)
            return;
        signals.clear(); // the next one ends the process
        cancellation.emit(asio::cancellation_type::terminal);
    });
    std::exception_ptr thrown;
    printed answer{error{errc::cancelled}};
    auto done = [&](std::exception_ptr exception, printed value) {
        thrown = exception;
        answer = std::move(value);
        signals.cancel();
    };
    asio::co_spawn(context, call_and_close(caller, asked, info),
                   asio::bind_cancellation_slot(cancellation.slot(), std::move(done)));
    context.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return answer;
}

exit_status report_failure(api_command const& asked, error const& failure)
{
    write_diagnostic(print_error(failure, advice_for(asked, failure), asked.format));
    return exit_status_of(failure);
}

exit_status report_success(api_command const& asked, std::string const& text, call_info const& info)
{
    auto const failure = write_output(text);
    if (!failure)
        return exit_status::done;
    error::details what;
    what.code = errc::resource_exhausted;
    what.message = "the call succeeded, but standard output cannot be written: " + failure.message();
    what.http_status = info.http_status;
    what.ray_id = info.ray_id;
    what.attempts = info.attempts;
    what.phase = phase::decode;
    what.request_state = request_state::answered; // whoever repeats a creation has two webhooks
    write_diagnostic(print_error(error{std::move(what)}, {}, asked.format));
    return exit_status::failed_here;
}

} // namespace

exit_status run(api_command const& asked)
try {
    auto config = asked.config;
    if (asked.token_file)
        config.auth = credentials::api_token(read_token(*asked.token_file));
    call_info info;
    auto const answer = run_until_done(config, asked, info);
    if (asked.verbose)
        write_diagnostic(print_attempts(asked.what, info, asked.format));
    return answer ? report_success(asked, *answer, info) : report_failure(asked, answer.error());
} catch (exception const& failure) { // the configuration was refused
    return report_failure(asked, failure.error());
}

} // namespace rtkhooks::cli
