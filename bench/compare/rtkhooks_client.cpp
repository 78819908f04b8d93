// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The library, by its public headers and as a user has it: pool, deadlines, pace, retries, limits and decoding are on.
#include "measure.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <type_traits>

using namespace rtkhooks::bench;
namespace net = boost::asio;

namespace {

rtkhooks::client_config make_config(options const& asked)
{
    rtkhooks::client_config config;
    config.auth = rtkhooks::credentials::api_token(token);
    config.base_url = std::string{"https://"} + host + ":" + std::to_string(asked.port) + "/client/v4";
    config.tls.ca_file = asked.ca_file;
    config.tls.min_version = rtkhooks::tls_version::v1_3;
    config.tls.session_resumption = asked.resume;
    config.pool.max_connections = asked.connections;
    // It paces, and holds nobody back.
    config.rate_limit.requests = 20'000;
    config.rate_limit.window = std::chrono::milliseconds{1};
    if (asked.fails())
        config.retry.max_retries = 0; // each request's answer is what is measured
    return config;
}

/// What is called for: the parts of /client/v4/accounts/ACCOUNT/realtime/kit/APP/webhooks[/ID].
class place {
public:
    explicit place(std::string_view target)
    {
        std::vector<std::string> parts;
        for (std::size_t begin = 1; begin <= target.size();) {
            auto const end = std::min(target.find('/', begin), target.size());
            parts.emplace_back(target.substr(begin, end - begin));
            begin = end + 1;
        }
        if (parts.size() < 8) {
            std::fprintf(stderr, "no webhooks there: %.*s\n", static_cast<int>(target.size()), target.data());
            std::exit(2);
        }
        account = parts[3];
        app = parts[6];
        id = parts.size() > 8 ? parts[8] : "";
    }

    std::string account;
    std::string app;
    std::string id;
};

struct setting {
    options const& asked;
    std::string const& id;
    rtkhooks::webhook_collection hooks;
    rtkhooks::webhook_spec spec{created_name, created_url, rtkhooks::event_set::all()};
};

bool is_whole(rtkhooks::webhook const& hook)
{
    return hook.id.size() == id_length && hook.events.size() == event_count;
}

template <class Value>
bool as_expected(options const& asked, rtkhooks::result<Value> const& answer)
{
    if (asked.fails()) {
        auto const failure = answer ? rtkhooks::error{} : answer.error();
        return failure.http_status() == asked.status && failure.messages().size() == 1;
    }
    if (!answer) {
        static std::atomic<bool> told = false;
        if (!told.exchange(true))
            std::fprintf(stderr, "%s\n", answer.error().message().c_str());
        return false;
    }
    if constexpr (std::is_same_v<Value, rtkhooks::webhook>)
        return is_whole(*answer);
    else
        return answer->size() == list_length && is_whole(answer->back());
}

/// Calls until all are made.
net::awaitable<void> call_again_and_again(setting const* all, batch* requests)
{
    while (requests->take()) {
        auto const began = clock::now();
        switch (all->asked.what) {
        case operation::get: {
            auto const answer = co_await all->hooks.get(all->id);
            requests->done(began, as_expected(all->asked, answer));
            break;
        }
        case operation::list: {
            auto const answer = co_await all->hooks.list();
            requests->done(began, as_expected(all->asked, answer));
            break;
        }
        case operation::create: {
            auto const answer = co_await all->hooks.create(all->spec);
            requests->done(began, as_expected(all->asked, answer));
            break;
        }
        }
    }
}

void rethrow(std::exception_ptr problem)
{
    if (problem)
        std::rethrow_exception(problem);
}

void make_calls(net::io_context& context, setting const& all, batch& requests)
{
    auto running = all.asked.concurrent;
    for (std::size_t i = 0; i != all.asked.concurrent; ++i)
        net::co_spawn(context, call_again_and_again(&all, &requests), [&](std::exception_ptr problem) {
            rethrow(problem);
            if (--running == 0)
                context.stop(); // open connections are work for it
        });
    context.restart();
    context.run();
}

void make_calls(net::thread_pool& threads, setting const& all, batch& requests)
{
    std::vector<std::future<void>> running;
    for (std::size_t i = 0; i != all.asked.concurrent; ++i)
        running.push_back(net::co_spawn(threads, call_again_and_again(&all, &requests), net::use_future));
    for (auto& each : running)
        each.get();
}

template <class Context>
void run(Context& context, options const& asked)
{
    rtkhooks::client const api{context, make_config(asked)};
    place const where{asked.target};
    setting const all{asked, where.id, api.webhooks(where.account, where.app)};
    measure(asked, [&](batch& requests) -> connection_counts {
        auto const before = api.stats();
        make_calls(context, all, requests);
        auto const after = api.stats();
        return {after.opened - before.opened, after.resumed - before.resumed};
    });
}

} // namespace

int main(int count, char** arguments)
{
    auto const asked = parse_options(count, arguments);
    if (asked.threads > 1) {
        net::thread_pool threads{asked.threads};
        run(threads, asked);
    } else {
        net::io_context context;
        run(context, asked);
    }
}
