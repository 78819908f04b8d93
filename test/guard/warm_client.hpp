// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "integration/forked_server.hpp"

#include <rtkhooks/client.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace rtkhooks::test {

enum class operation { get, list, create, replace, edit, remove };
inline constexpr operation operations[]{operation::get,     operation::list, operation::create,
                                        operation::replace, operation::edit, operation::remove};
[[nodiscard]] std::string_view to_string(operation which) noexcept;

/// Answers each request as the API would, with the headers that it sends.
void answer_by_request(scripted_server::session& connection);
/// The answer to a get of one webhook, with the same headers.
[[nodiscard]] std::string everyday_answer();

/// What a user has, and not what tests have: retries, and a pace. It never holds a call of one caller back, and what it
/// remembers is soon as much as it will ever be.
[[nodiscard]] client_config everyday_config(client_config config);

/// A client with one connection, one thread, and a server that is a process of its own.
class warm_client {
public:
    warm_client();

    /// Makes calls one after another.
    /// @param begin called once so many of them were made that nothing is done for the first time any more
    /// @param end called after as many more as `calls` says
    void make_calls(operation what, int calls, std::function<void()> begin, std::function<void()> end);
    /// The same, while another caller makes calls over the same connection: each call waits for the other's. So when `end`
    /// is called, twice as many were made.
    void make_calls_that_wait(operation what, int calls, std::function<void()> begin, std::function<void()> end);

private:
    forked_server server_{answer_by_request};
    boost::asio::io_context context_{1};
    client client_;
};

} // namespace rtkhooks::test
