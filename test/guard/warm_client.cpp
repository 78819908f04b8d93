// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "guard/warm_client.hpp"

#include "fixtures/responses.hpp"
#include "integration/ids.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace rtkhooks::test {

namespace net = boost::asio;
using namespace std::chrono_literals;

namespace {

// More than the pace remembers.
constexpr int remembered_turns = 200;
constexpr int warm_up_calls = 2 * remembered_turns;

constexpr std::string_view headers = "Date: Wed, 03 Jun 2026 10:00:00 GMT\r\n"
                                     "Content-Type: application/json\r\n"
                                     "Connection: keep-alive\r\n"
                                     "CF-RAY: 8f1d2c3b4a596877-TST\r\n"
                                     "Server: cloudflare\r\n"
                                     "Ratelimit: \"default\";r=100000000;t=300\r\n"
                                     "Ratelimit-Policy: \"default\";q=100000000;w=300\r\n";

void must(bool succeeded)
{
    if (!succeeded)
        throw std::runtime_error{"a call failed"};
}

webhook_spec some_spec()
{
    return {"Audit trail", "https://hooks.example.com/audit",
            event_type::meeting_started | event_type::meeting_ended | event_type::recording_status_update};
}

/// Makes calls one after another.
/// @param go_on is asked before each, and told how many were made
net::awaitable<void> repeat(webhook_collection hooks, operation what, std::function<bool(int)> go_on)
{
    auto const spec = some_spec();
    auto const patch = webhook_patch{}.enabled(false);
    for (int made = 0; go_on(made); ++made) {
        switch (what) {
        case operation::get: {
            auto const got = co_await hooks.get(some_id);
            must(got && got->events.size() == event_type::known_count);
            break;
        }
        case operation::list: {
            auto const listed = co_await hooks.list();
            must(listed && listed->size() == 2);
            break;
        }
        case operation::create: {
            auto const created = co_await hooks.create(spec);
            must(created.has_value());
            break;
        }
        case operation::replace: {
            auto const replaced = co_await hooks.replace(some_id, spec);
            must(replaced.has_value());
            break;
        }
        case operation::edit: {
            auto const edited = co_await hooks.edit(some_id, patch);
            must(edited.has_value());
            break;
        }
        case operation::remove: {
            auto const removed = co_await hooks.remove(some_id);
            must(removed && *removed);
            break;
        }
        }
    }
}

/// Tells repeat() to warm up, and then to make as many calls as are counted.
std::function<bool(int)> counted(int calls, std::function<void()> begin, std::function<void()> end)
{
    return [calls, begin = std::move(begin), end = std::move(end)](int made) {
        if (made == warm_up_calls)
            begin();
        bool const go_on = made != warm_up_calls + calls;
        if (!go_on)
            end();
        return go_on;
    };
}

client_config with_one_connection(client_config config)
{
    config.pool.max_connections = 1;
    return config;
}

} // namespace

std::string_view to_string(operation which) noexcept
{
    switch (which) {
    case operation::get:
        return "get";
    case operation::list:
        return "list";
    case operation::create:
        return "create";
    case operation::replace:
        return "replace";
    case operation::edit:
        return "edit";
    case operation::remove:
        return "remove";
    }
    return {};
}

std::string everyday_answer() { return http_answer(200, responses::webhook, headers); }

void answer_by_request(scripted_server::session& connection)
{
    auto const one = everyday_answer();
    auto const list = http_answer(200, responses::list_of_two, headers);
    for (;;) {
        auto const request = connection.read_request();
        bool const is_list = request.starts_with("GET ") && request.find("/webhooks HTTP/1.1\r\n") != request.npos;
        connection.send(is_list ? list : one);
    }
}

client_config everyday_config(client_config config)
{
    config.retry = {};
    config.rate_limit.enabled = true;
    config.rate_limit.requests = remembered_turns;
    config.rate_limit.window = 1ms;
    return config;
}

warm_client::warm_client() : client_{context_, with_one_connection(everyday_config(server_.config()))} {}

void warm_client::make_calls(operation what, int calls, std::function<void()> begin, std::function<void()> end)
{
    std::exception_ptr problem;
    net::co_spawn(context_,
                  repeat(client_.webhooks(account, app), what, counted(calls, std::move(begin), std::move(end))),
                  [&](std::exception_ptr thrown) {
                      problem = std::move(thrown);
                      context_.stop(); // the client has a connection that it watches
                  });
    context_.restart();
    context_.run();
    if (problem)
        std::rethrow_exception(problem);
}

void warm_client::make_calls_that_wait(operation what, int calls, std::function<void()> begin,
                                       std::function<void()> end)
{
    bool enough = false;
    std::exception_ptr problem;
    auto const hooks = client_.webhooks(account, app);
    int running = 2;
    auto const ended = [&](std::exception_ptr thrown) {
        enough = true;
        if (thrown)
            problem = std::move(thrown);
        if (--running == 0)
            context_.stop();
    };
    net::co_spawn(context_, repeat(hooks, what, counted(calls, std::move(begin), std::move(end))), ended);
    net::co_spawn(context_, repeat(hooks, what, [&enough](int) { return !enough; }), ended);
    context_.restart();
    context_.run();
    if (problem)
        std::rethrow_exception(problem);
}

} // namespace rtkhooks::test
