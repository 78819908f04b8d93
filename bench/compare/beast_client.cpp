// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The client that Boost.Beast's examples lead to, as a coroutine: a stream with a timer, a fresh message for each
// request and each answer, a tree of JSON. One connection for each call at a time, no queue, no sessions.
#include "decode.hpp"
#include "measure.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <cstdio>
#include <exception>
#include <optional>

using namespace rtkhooks::bench;
namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using stream = beast::ssl_stream<beast::tcp_stream>;

namespace {

struct channel {
    std::optional<stream> connection;
    beast::flat_buffer buffer;
};

struct setting {
    options const& asked;
    std::string const host_and_port;
    net::ssl::context tls{net::ssl::context::tlsv13_client};
    connection_counts counts{0, 0};
};

void ready(setting& all, channel& own, net::any_io_executor const& executor)
{
    own.connection.emplace(executor, all.tls);
    own.buffer.clear();
    own.connection->set_verify_callback(net::ssl::host_name_verification{host});
}

http::request<http::string_body> make_request(setting const& all)
{
    auto const verb = all.asked.what == operation::create ? http::verb::post : http::verb::get;
    http::request<http::string_body> made{verb, all.asked.target, 11};
    made.set(http::field::host, all.host_and_port);
    made.set(http::field::user_agent, "beast");
    made.set(http::field::accept, "application/json");
    made.set(http::field::authorization, std::string{"Bearer "} + token);
    if (verb == http::verb::post) {
        made.set(http::field::content_type, "application/json");
        made.body() = encode_created();
    }
    made.prepare_payload();
    return made;
}

net::awaitable<void> dial(setting* all, stream* connection)
{
    net::ip::tcp::endpoint const server{net::ip::make_address(host), all->asked.port};
    auto& lowest = beast::get_lowest_layer(*connection);
    lowest.expires_after(std::chrono::seconds{30});
    co_await lowest.async_connect(server, net::use_awaitable);
    lowest.socket().set_option(net::ip::tcp::no_delay{true});
    co_await connection->async_handshake(net::ssl::stream_base::client, net::use_awaitable);
    ++all->counts.opened;
}

net::awaitable<void> call_again_and_again(setting* all, channel* own, batch* requests)
{
    auto const executor = co_await net::this_coro::executor;
    while (requests->take()) {
        auto const began = clock::now();
        if (!own->connection) {
            ready(*all, *own, executor);
            co_await dial(all, &*own->connection);
        }
        auto const request = make_request(*all);
        beast::get_lowest_layer(*own->connection).expires_after(std::chrono::seconds{30});
        co_await http::async_write(*own->connection, request, net::use_awaitable);
        http::response<http::string_body> answer;
        co_await http::async_read(*own->connection, own->buffer, answer, net::use_awaitable);
        requests->done(began, decode_as_expected(all->asked, static_cast<int>(answer.result_int()), answer.body()));
        if (!answer.keep_alive()) {
            boost::system::error_code ignored;
            co_await own->connection->async_shutdown(net::redirect_error(net::use_awaitable, ignored));
            own->connection.reset();
        }
    }
}

connection_counts make_calls(net::io_context& context, setting& all, std::vector<channel>& channels, batch& requests)
{
    all.counts = {0, 0};
    for (auto& each : channels)
        net::co_spawn(context, call_again_and_again(&all, &each, &requests), [](std::exception_ptr problem) {
            if (problem)
                std::rethrow_exception(problem);
        });
    context.restart();
    context.run();
    return all.counts;
}

} // namespace

int main(int count, char** arguments)
{
    auto const asked = parse_options(count, arguments);
    if (asked.concurrent > asked.connections)
        skip("has no queue: a call is a connection");
    if (asked.threads > 1)
        skip("has one thread");
    setting all{asked, std::string{host} + ":" + std::to_string(asked.port)};
    all.tls.set_verify_mode(net::ssl::verify_peer);
    all.tls.load_verify_file(asked.ca_file);
    net::io_context context;
    std::vector<channel> channels(asked.connections);
    measure(asked, [&](batch& requests) { return make_calls(context, all, channels, requests); });
}
