// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/listen_command.hpp"

#include "cli/advice.hpp"
#include "cli/diagnostics.hpp"
#include "cli/key_file.hpp"
#include "cli/listen_output.hpp"
#include "cli/output.hpp"
#include "cli/registration.hpp"
#include "cli/standard_streams.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace rtkhooks::cli {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds until_output_is_tried_again{20};

/// One run of a receiver, on one thread.
class session {
public:
    session(asio::any_io_executor executor, listen_command const& asked);

    /// Completes when there is nothing left to receive, or to delete.
    asio::awaitable<void> run();
    /// What a signal asks for.
    void end();
    /// Whether what is under way puts things in order, and must not be cancelled.
    [[nodiscard]] bool winds_up() const noexcept { return winds_up_; }
    [[nodiscard]] exit_status status() const noexcept { return status_; }

private:
    [[nodiscard]] key_store keys();
    [[nodiscard]] receiver_config config();
    [[nodiscard]] delivery_handler handler();

    void start();
    asio::awaitable<void> enroll();
    asio::awaitable<void> announce();
    asio::awaitable<void> wind_up();
    asio::awaitable<void> print(received_delivery what);
    asio::awaitable<void> write(std::string_view line);
    [[noreturn]] void end_output(boost::system::error_code const& failure);

    [[nodiscard]] bool over() const noexcept { return asked_to_end_ || ended_ || status_ != exit_status::done; }
    void receiver_ended(std::exception_ptr failure);
    void report(error const& failure);
    void note(exit_status status);
    asio::awaitable<void> change();

    asio::any_io_executor executor_;
    listen_command const& asked_;
    diagnostics complaints_;
    asio::steady_timer changed_; // cancelled when something has
    asio::steady_timer opened_;  // expires when deliveries can be printed, or never will be
    std::unique_ptr<registration> registration_;
    key_store keys_;
    receiver receiver_;
    std::optional<asio::ip::tcp::endpoint> where_;
    bool announced_ = false;
    bool line_is_begun_ = false; // and not finished: no other may be written
    bool asked_to_end_ = false;
    bool ended_ = false; // the receiver, by itself
    bool winds_up_ = false;
    exit_status status_ = exit_status::done;
};

session::session(asio::any_io_executor executor, listen_command const& asked)
    : executor_{std::move(executor)},
      asked_{asked},
      complaints_{asked.format},
      changed_{executor_, asio::steady_timer::time_point::max()},
      opened_{executor_, asio::steady_timer::time_point::max()},
      registration_{asked.webhook ? std::make_unique<registration>(executor_, *asked.webhook, complaints_) : nullptr},
      keys_{keys()},
      receiver_{executor_, config(), keys_}
{
}

key_store session::keys()
{
    if (asked_.key_file)
        return key_store::pinned({read_key(*asked_.key_file)});
    auto config = asked_.keys;
    config.on_alarm = [this, url = config.url](key_alarm const& alarm) {
        complaints_.write(print_key_alarm(alarm, url, asked_.format));
    };
    return {executor_, std::move(config)};
}

receiver_config session::config()
{
    auto config = asked_.config;
    config.on_unknown_event = handler();
    config.on_unhandled = [this](int status, std::string_view reason) {
        complaints_.write(print_unhandled(status, reason, asked_.format));
    };
    config.on_listening = [this](asio::ip::tcp::endpoint where) {
        where_ = where;
        changed_.cancel();
    };
    return config;
}

delivery_handler session::handler()
{
    return [this](received_delivery what) { return print(std::move(what)); };
}

asio::awaitable<void> session::run()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    start();
    while (!where_ && !over())
        co_await change();
    if (!over() && registration_)
        co_await enroll();
    if (!over())
        co_await announce();
    while (!over())
        co_await change();
    winds_up_ = true;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await wind_up();
}

void session::start()
{
    asio::co_spawn(executor_, receiver_.run(asked_.where, handler()),
                   [this](std::exception_ptr failure) { receiver_ended(std::move(failure)); });
    // So that a wrong address is told now, and not when the first delivery comes: its alarm does.
    asio::co_spawn(executor_, keys_.fetch(), [](std::exception_ptr, result<void> const&) {});
}

asio::awaitable<void> session::enroll()
{
    auto const status = co_await registration_->create();
    note(status);
}

asio::awaitable<void> session::announce()
{
    auto const address = address_of(*where_, asked_.config.path, !asked_.config.tls.certificate_chain_file.empty());
    auto const line = print_listening(address, registration_ ? registration_->id() : std::string{}, asked_.format);
    try {
        co_await write(line);
        announced_ = true;
    } catch (std::runtime_error const&) {
        // told already, or it ends
    }
    opened_.expires_at(asio::steady_timer::time_point::min());
}

// The webhook goes first: what is delivered meanwhile is still received.
asio::awaitable<void> session::wind_up()
{
    opened_.expires_at(asio::steady_timer::time_point::min());
    if (registration_) {
        auto const status = co_await registration_->remove();
        note(status);
    }
    co_await receiver_.stop();
    keys_.close();
    if (registration_)
        co_await registration_->close();
    if (asked_.verbose)
        complaints_.write(print_stats(receiver_.stats(), asked_.format));
    complaints_.tell_dropped();
}

// A handler: what it throws has the delivery answered by 500, and sent again.
asio::awaitable<void> session::print(received_delivery what)
{
    boost::system::error_code ignored;
    while (!announced_ && !over())
        co_await opened_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!announced_)
        throw std::runtime_error{"it ends already"};
    auto const when = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto const line = print_delivery(what.event, when, asked_.format);
    co_await write(line);
}

// In pieces with pauses between them, as signals must be heard. Several are under way at once, and must not mix.
asio::awaitable<void> session::write(std::string_view line)
{
    asio::steady_timer pause{executor_};
    boost::system::error_code ignored;
    auto rest = line;
    bool begun = false;
    for (;;) {
        if (begun || !line_is_begun_) {
            auto const failure = try_write_output(rest);
            begun = rest.size() < line.size();
            line_is_begun_ = begun && !rest.empty();
            if (failure)
                end_output(failure);
        }
        if (rest.empty())
            co_return;
        // A delivery may go on until its handler is cancelled; the announcement keeps that from coming.
        if (over() && (!announced_ || status_ != exit_status::done))
            throw std::runtime_error{"it ends already"};
        pause.expires_after(until_output_is_tried_again);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

void session::end_output(boost::system::error_code const& failure)
{
    auto const reason = "standard output cannot be written: " + failure.message();
    if (status_ == exit_status::done)
        report(own_error(errc::resource_exhausted, reason));
    throw std::runtime_error{reason};
}

void session::end()
{
    asked_to_end_ = true;
    changed_.cancel();
}

void session::receiver_ended(std::exception_ptr failure)
{
    ended_ = true;
    changed_.cancel();
    try {
        if (failure)
            std::rethrow_exception(failure);
    } catch (exception const& told) {
        report(told.error());
    } catch (std::exception const& other) {
        report(own_error(errc::resource_exhausted, other.what()));
    }
}

void session::report(error const& failure)
{
    complaints_.write(print_error(failure, {}, asked_.format));
    note(exit_status_of(failure));
}

// The first that is not done is how it ends.
void session::note(exit_status status)
{
    if (status_ == exit_status::done)
        status_ = status;
    changed_.cancel();
}

asio::awaitable<void> session::change()
{
    boost::system::error_code ignored;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// As nohup has SIGHUP, which must stay so.
bool is_ignored(int signal) noexcept
{
    struct sigaction handling {};
    return ::sigaction(signal, nullptr, &handling) == 0 && handling.sa_handler == SIG_IGN;
}

} // namespace

exit_status run(listen_command const& asked)
try {
    asio::io_context context{1};
    asio::signal_set signals{context, SIGINT, SIGTERM}; // before anyone knows that it runs
    if (!is_ignored(SIGHUP))
        signals.add(SIGHUP);
    session one{context.get_executor(), asked};
    asio::cancellation_signal cancellation;
    signals.async_wait([&](boost::system::error_code failure, int) {
        if (failure)
            return;
        signals.clear(); // the next one ends the process
        one.end();
        if (!one.winds_up())
            cancellation.emit(asio::cancellation_type::terminal);
    });
    std::exception_ptr thrown;
    auto done = [&](std::exception_ptr exception) {
        thrown = std::move(exception);
        context.stop(); // a fetch of the key may be under way
    };
    asio::co_spawn(context, one.run(), asio::bind_cancellation_slot(cancellation.slot(), std::move(done)));
    context.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return one.status();
} catch (exception const& failure) { // the configuration was refused
    write_diagnostic(print_error(failure.error(), advice_for_listen(failure.error()), asked.format));
    return exit_status_of(failure.error());
}

} // namespace rtkhooks::cli
