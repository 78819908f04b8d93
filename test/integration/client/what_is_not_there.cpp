// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fixtures/environment_variable.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/scripted_server.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <mutex>
#include <string>
#include <vector>

// What README.md and SECURITY.md say that the client does not do, and does not prevent.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// What servers heard, each in its own threads.
class heard {
public:
    void add(std::string what)
    {
        std::lock_guard const lock{mutex_};
        all_.push_back(std::move(what));
    }
    [[nodiscard]] std::vector<std::string> all() const
    {
        std::lock_guard const lock{mutex_};
        return all_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> all_;
};

void get_once(client_config const& config)
{
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST_INFO((got.has_error() ? got.error() : error{}));
        BOOST_TEST(got.has_value());
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_what_is_not_there)

BOOST_AUTO_TEST_CASE(other_protocols_compression_and_early_data)
{
    heard offers;
    heard requests;
    scripted_server server{[&](scripted_server::session& connection) {
                               BOOST_TEST(SSL_get_early_data_status(connection.tls()) == SSL_EARLY_DATA_NOT_SENT);
                               requests.add(connection.read_request());
                               connection.send(
                                   test::http_answer(200, test::responses::webhook, "Connection: close\r\n"));
                               connection.wait_for_close();
                           },
                           scripted_server::protocol::tls,
                           [&](SSL_CTX* context) {
                               SSL_CTX_set_max_early_data(context, 16 * 1024); // tickets say that it is welcome
                               SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);
                               SSL_CTX_set_alpn_select_cb(
                                   context,
                                   [](SSL*, unsigned char const** chosen, unsigned char* size,
                                      unsigned char const* offer, unsigned length, void* to) {
                                       static_cast<heard*>(to)->add({reinterpret_cast<char const*>(offer), length});
                                       *chosen = offer + 1;
                                       *size = *offer;
                                       return SSL_TLSEXT_ERR_OK;
                                   },
                                   &offers);
                           }};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != 3; ++i) {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value());
        }
        BOOST_TEST(api.stats().resumed == 2U);
    });
    BOOST_TEST_REQUIRE(offers.all().size() == 3U);
    for (auto const& each : offers.all())
        BOOST_TEST(each == "\x08http/1.1");
    for (auto const& each : requests.all()) {
        BOOST_TEST(each.find(" HTTP/1.1\r\n") != each.npos);
        auto const coding = each.find("\r\nAccept-Encoding: identity\r\n");
        BOOST_TEST_REQUIRE(coding != each.npos);
        BOOST_TEST(each.find("ncoding") == coding + 10);
        BOOST_TEST(each.find("ncoding", coding + 11) == each.npos);
        BOOST_TEST(each.find("Upgrade") == each.npos);
    }
}

BOOST_AUTO_TEST_CASE(proxies)
{
    scripted_server proxy{[](scripted_server::session& connection) { connection.wait_for_close(); },
                          scripted_server::protocol::plain};
    auto const url = "http://127.0.0.1:" + std::to_string(proxy.port());
    test::environment_variable const upper{"HTTPS_PROXY", url};
    test::environment_variable const lower{"https_proxy", url};
    test::environment_variable const all{"ALL_PROXY", url};
    scripted_server server{test::answer_all};
    get_once(server.config());
    BOOST_TEST(server.requests() == 1);
    BOOST_TEST(proxy.connections() == 0);
}

BOOST_AUTO_TEST_CASE(doubts_about_the_configuration)
{
    heard requests;
    scripted_server elsewhere{[&](scripted_server::session& connection) {
        requests.add(connection.read_request());
        connection.send(test::good_answer);
    }};
    auto config = elsewhere.config();
    config.base_url = "https://api.cloudflare.com:" + std::to_string(elsewhere.port());
    config.resolve.front() = {"api.cloudflare.com", elsewhere.port(), "127.0.0.1"};
    config.auth = credentials::api_token("whoever-configures-has-it");
    BOOST_TEST_REQUIRE(requests.all().empty());
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, config};
        auto const refused = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST(refused.has_error(), "that name is not in the certificate");
    });
    BOOST_TEST(requests.all().empty());
    config.base_url = elsewhere.config().base_url;
    config.resolve = elsewhere.config().resolve;
    get_once(config);
    BOOST_TEST_REQUIRE(requests.all().size() == 1U);
    BOOST_TEST(requests.all().front().find("Authorization: Bearer whoever-configures-has-it\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
