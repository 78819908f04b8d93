// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "fixtures/signing_key.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/key_store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace rtkhooks::test {

/// What is published of a key.
[[nodiscard]] inline std::string key_document(signing_key const& key)
{
    auto const pem = key.public_pem();
    return R"({"success":true,"data":{"publicKey":)" +
           boost::json::serialize(boost::json::value(boost::json::string_view(pem.data(), pem.size()))) +
           R"(},"message":""})";
}

/// Where keys are published. Answers each request with what it was told last, or holds the answer back.
class key_server {
public:
    explicit key_server(std::string answer) : answer_{std::move(answer)} {}
    explicit key_server(signing_key const& key) : key_server{answer_with(key)} {}
    ~key_server() { hold(false); }
    key_server(key_server const&) = delete;
    key_server& operator=(key_server const&) = delete;

    [[nodiscard]] static std::string answer_with(signing_key const& key)
    {
        return http_answer(200, key_document(key), "Connection: close\r\n");
    }

    void publish(signing_key const& key) { say(answer_with(key)); }
    void say(std::string answer)
    {
        std::lock_guard const lock{mutex_};
        answer_ = std::move(answer);
    }
    /// While it holds, requests come in and are not answered.
    void hold(bool holds)
    {
        {
            std::lock_guard const lock{mutex_};
            holds_ = holds;
        }
        changed_.notify_all();
    }
    [[nodiscard]] int requests() const { return requests_; }
    [[nodiscard]] std::string last_request() const
    {
        std::lock_guard const lock{mutex_};
        return last_request_;
    }

    /// A store that asks this server.
    [[nodiscard]] key_store_config config() const
    {
        key_store_config result;
        result.url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/.well-known/webhooks.json";
        result.insecure_http_loopback = true;
        return result;
    }

private:
    void serve(scripted_server::session& connection)
    {
        auto request = connection.read_request();
        std::unique_lock lock{mutex_};
        ++requests_;
        last_request_ = std::move(request);
        changed_.wait(lock, [this] { return !holds_; });
        auto const answer = answer_;
        lock.unlock();
        connection.send(answer);
        connection.close();
        connection.wait_for_close();
    }

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::string answer_;
    std::string last_request_;
    bool holds_ = false;
    std::atomic<int> requests_ = 0;
    scripted_server server_{[this](scripted_server::session& connection) { serve(connection); },
                            scripted_server::protocol::plain};
};

/// A check of a body with a signature and nothing else.
[[nodiscard]] inline boost::asio::awaitable<delivery_check> check(key_store const& keys, std::string_view text,
                                                                  std::string const& signature)
{
    auto const headers = [&](std::string_view name) {
        return name == "rtk-signature" ? header_value{std::string_view{signature}} : header_value{};
    };
    return keys.check(headers, text);
}

/// The second key that tests need, made once.
[[nodiscard]] inline signing_key const& next_key()
{
    static auto const key = signing_key::rsa(2048);
    return key;
}

} // namespace rtkhooks::test
