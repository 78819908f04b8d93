// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "fixtures/responses.hpp"
#include "integration/ids.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <utility>

namespace rtkhooks::test {

/// The answer to a get of one webhook.
inline std::string const good_answer = http_answer(200, responses::webhook);

/// Gives it to every request.
inline void answer_all(scripted_server::session& connection)
{
    for (;;) {
        connection.read_request();
        connection.send(good_answer);
    }
}

/// A get of a webhook, for co_spawn.
inline boost::asio::awaitable<void> get_into(webhook_collection hooks, std::optional<result<webhook>>& where,
                                             call_options options = {})
{
    auto got = co_await hooks.get(some_id, std::move(options));
    where = std::move(got);
}

} // namespace rtkhooks::test
