// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The C++ of README.md that is no complete program, each piece run against an emulator of its own.
#include <rtkhooks/emulator.hpp>
#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>

namespace net = boost::asio;
using namespace std::chrono_literals;
using rtkhooks::event_type;

namespace {

int failures = 0;

void fail(std::string const& what)
{
    ++failures;
    std::cerr << "FAILED: " << what << '\n';
}

template <class... Values>
void log(Values const&... values)
{
    std::cout << "   ";
    ((std::cout << ' ' << values), ...);
    std::cout << '\n';
}

std::string const account = "023e105f4ecef8ad9ca31a8372d0c353";
std::string const app = "2b1e5f0c-8e5d-4d0f-9a51-0f4a7c1c9d11";

/// What is there where a fragment begins: an emulator with one webhook, and what leads to it.
class surroundings {
public:
    surroundings() : config{emulator.config()} { config.retry.base_delay = 5ms; }

    rtkhooks::emulator emulator;
    rtkhooks::client_config config;
    rtkhooks::webhook hook;
};

net::awaitable<rtkhooks::webhook> make_webhook(rtkhooks::client_config config)
{
    auto executor = co_await net::this_coro::executor;
    rtkhooks::client client{executor, config};
    rtkhooks::webhook_spec spec{"first", "https://example.com/first", event_type::meeting_started};
    auto made = co_await client.webhooks(account, app).create(spec);
    co_return made.value();
}

// What README.md says is given.
#define GIVEN_IN_A_FUNCTION                                                                                            \
    [[maybe_unused]] auto& emulator = given.emulator;                                                                  \
    [[maybe_unused]] auto const& config = given.config;
#define GIVEN_IN_A_FRAGMENT                                                                                            \
    GIVEN_IN_A_FUNCTION                                                                                                \
    [[maybe_unused]] auto const hook = given.hook;                                                                     \
    [[maybe_unused]] auto executor = co_await net::this_coro::executor;                                                \
    rtkhooks::client client{executor, config};                                                                         \
    [[maybe_unused]] auto hooks = client.webhooks(account, app);

template <class Function>
void run(int line, Function const& function)
{
    std::cout << "README.md:" << line << '\n';
    try {
        surroundings given;
        net::io_context context;
        net::co_spawn(context, make_webhook(given.config), [&](std::exception_ptr failure, rtkhooks::webhook made) {
            if (failure)
                std::rethrow_exception(failure);
            given.hook = std::move(made);
        });
        context.run();
        function(given);
    } catch (std::exception const& failure) {
        fail("README.md:" + std::to_string(line) + ": " + failure.what());
    }
}

void run_fragment(int line, net::awaitable<void> (*fragment)(surroundings&))
{
    run(line, [&](surroundings& given) {
        net::io_context context;
        net::co_spawn(context, fragment(given), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        context.run();
    });
}

void run_function(int line, void (*function)(surroundings&))
{
    auto const began = std::chrono::steady_clock::now();
    run(line, function);
    if (std::chrono::steady_clock::now() - began > 15s)
        fail("README.md:" + std::to_string(line) + " took as long as the emulator");
}

} // namespace

#include "definitions.inc"

namespace {

#include "bodies.inc"

} // namespace

#line 1 "after.cpp"

namespace {

/// What README.md says create_once is for.
void test_create_once()
{
    run(0, [](surroundings& given) {
        net::io_context context;
        rtkhooks::client client{context.get_executor(), given.config};
        rtkhooks::webhook_spec const spec{"audit", "https://example.com/audit", event_type::meeting_ended};
        given.emulator.drop_next();
        net::co_spawn(context, create_once(client.webhooks(account, app), spec),
                      [&](std::exception_ptr failure, rtkhooks::result<rtkhooks::webhook> created) {
                          if (failure || !created || created->url != spec.url())
                              fail("create_once did not find what a lost create made");
                          net::co_spawn(context, client.close(), net::detached);
                      });
        context.run();
    });
}

std::string read_file(std::string const& path)
{
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// The last cell of the table row that begins with this name.
std::string last_cell(std::string const& readme, std::string const& name)
{
    auto const row = readme.find("\n| `" + name + "` |");
    if (row == readme.npos)
        return "no row";
    auto const end = readme.find(" |\n", row);
    auto const cell = readme.rfind("| ", end - 1) + 2;
    return readme.substr(cell, end - cell);
}

std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::string const& value) { return value.empty() ? "empty" : "`" + value + "`"; }
std::string text(std::chrono::milliseconds value)
{
    if (value % 1h == 0ms)
        return std::to_string(value / 1h) + " h";
    if (value % 1min == 0ms && value >= 5min)
        return std::to_string(value / 1min) + " min";
    return value % 1s == 0ms ? std::to_string(value / 1s) + " s" : std::to_string(value.count()) + " ms";
}
std::string text(double value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}
std::string text(std::size_t value) { return std::to_string(value); }
std::string text(int value) { return std::to_string(value); }

void test_configuration_table(std::string const& readme)
{
    rtkhooks::client_config const config;
    auto const row = [&](char const* name, std::string const& value) {
        if (auto const said = last_cell(readme, name); said != value)
            fail("README.md says of the default of " + std::string{name} + ": " + said + ", not " + value);
    };
#define ROW(member) row(#member, text(config.member))
    ROW(base_url);
    ROW(insecure_http_loopback);
    ROW(list_not_found_is_empty);
    ROW(timeouts.call);
    ROW(timeouts.attempt);
    ROW(timeouts.connect);
    ROW(timeouts.tls_handshake);
    ROW(retry.max_retries);
    ROW(retry.base_delay);
    ROW(retry.max_delay);
    ROW(retry.budget_ratio);
    ROW(retry.budget_reserve);
    ROW(rate_limit.enabled);
    ROW(rate_limit.requests);
    ROW(rate_limit.window);
    ROW(pool.max_connections);
    ROW(pool.max_waiting);
    ROW(pool.idle_timeout);
    ROW(pool.max_age);
    ROW(pool.min_connections);
    ROW(tls.ca_file);
    ROW(tls.ca_directory);
    ROW(tls.ca_pem);
    ROW(tls.client_certificate_file);
    ROW(tls.client_key_file);
    ROW(tls.session_resumption);
    ROW(limits.json_depth);
#undef ROW
    row("limits.header_bytes", std::to_string(config.limits.header_bytes >> 10) + " KiB");
    row("limits.body_bytes", std::to_string(config.limits.body_bytes >> 20) + " MiB");
    row("user_agent", "`rtkhooks/" RTKHOOKS_VERSION "`");
    row("tls.min_version", "`tls_version::v1_2`");
    for (auto const* name : {"auth", "tls.system_store", "resolve"})
        if (last_cell(readme, name) == "no row")
            fail("README.md has no row for " + std::string{name});
}

void test_error_table(std::string const& readme)
{
    for (int value = 1;; ++value) {
        auto const name = std::string{to_string(static_cast<rtkhooks::errc>(value))};
        if (rtkhooks::make_error_code(static_cast<rtkhooks::errc>(value)) == rtkhooks::errc::resource_exhausted) {
            if (last_cell(readme, name) == "no row")
                fail("README.md has no row for errc::" + name);
            break;
        }
        if (last_cell(readme, name) == "no row")
            fail("README.md has no row for errc::" + name);
    }
}

} // namespace

int main(int count, char** arguments)
{
    run_all();
    test_create_once();
    if (count > 1) {
        auto const readme = read_file(arguments[1]);
        test_configuration_table(readme);
        test_error_table(readme);
    }
    if (failures != 0) {
        std::cerr << failures << " failed\n";
        return 1;
    }
    std::cout << "passed\n";
}
