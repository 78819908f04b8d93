// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "integration/emulator/tls_client.hpp"
#include "integration/eventually.hpp"

#include <rtkhooks/emulator.hpp>

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace rtkhooks::testing {

using test::eventually;

inline constexpr char const* collection_path = "/client/v4/accounts/acc/realtime/kit/app/webhooks";

/// A request as text.
struct request_text {
    std::string method = "GET";
    std::string target = collection_path;
    std::string token;
    std::string fields; ///< further lines, each with its end
    std::string body;
    std::string version = "1.1";

    [[nodiscard]] std::string text() const
    {
        auto result = method + ' ' + target + " HTTP/" + version + "\r\nHost: localhost\r\nAuthorization: Bearer " +
                      token + "\r\n" + fields;
        if (!body.empty())
            result += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
        return result + "\r\n" + body;
    }
};

inline std::string body_with_url(std::string const& url)
{
    return R"({"name":"n","url":")" + url + R"(","events":["meeting.started"]})";
}

/// A server and how to reach it. `Server` is an emulator, or the part of one that takes limits.
template <class Server>
class reach {
public:
    reach(Server const& server, std::string token) : port_{server.port()}, token_{std::move(token)}
    {
        settings_.ca_pem = server.ca_pem();
    }

    [[nodiscard]] tls_settings const& settings() const noexcept { return settings_; }
    [[nodiscard]] tls_client connect(char const* address = "127.0.0.1") const { return {settings_, port_, address}; }
    [[nodiscard]] std::string request(std::string method = "GET", std::string target = collection_path,
                                      std::string body = "", std::string fields = "") const
    {
        return request_text{std::move(method), std::move(target), token_, std::move(fields), std::move(body)}.text();
    }
    /// Whether a new client is served.
    [[nodiscard]] bool serves() const
    {
        auto client = connect();
        client.send(request());
        return client.read_response().status == 200;
    }
    /// How many webhooks the app has, as a new client sees it.
    [[nodiscard]] std::size_t count() const
    {
        auto client = connect();
        client.send(request());
        return boost::json::parse(client.read_response().body).at("data").as_array().size();
    }

private:
    std::uint16_t port_;
    std::string token_;
    tls_settings settings_;
};

} // namespace rtkhooks::testing
