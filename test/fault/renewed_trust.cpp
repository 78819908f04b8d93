// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "delivery/key_store_access.hpp"
#include "fault/certificates.hpp"
#include "fault/temporary_file.hpp"
#include "fault/trusted_directory.hpp"
#include "fixtures/environment_variable.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/delivery/key_server.hpp"
#include "integration/manual_clock.hpp"
#include "transport/pool.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Rows 12 and 17 to 20: what is trusted is read again after a handshake that was refused.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// Serves one request a connection.
void answer_and_close(scripted_server::session& connection)
{
    connection.read_request();
    connection.send(test::http_answer(200, test::responses::webhook, "Connection: close\r\n"));
    connection.wait_for_close();
}

/// What a server shows: its own certificate, and now and then one that nobody trusts.
struct certificates {
    /// Has a server show them. To outlive it.
    void by(SSL_CTX* context) { SSL_CTX_set_cert_cb(context, show, this); }

    static int show(SSL* connection, void* self)
    {
        auto& all = *static_cast<certificates*>(self);
        if (++all.handshakes % all.every == 0) {
            SSL_use_certificate(connection, all.alone.certificate.get());
            SSL_use_PrivateKey(connection, all.alone.key.get());
        }
        return 1;
    }

    emulation::certified_key const alone = test::self_signed(EVP_EC_gen("P-256"), "DNS:localhost,IP:127.0.0.1");
    std::atomic<int> every = 1000; // which of them is that one
    std::atomic<int> handshakes = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(renewed_trust, *boost::unit_test::label("concurrency"))

BOOST_AUTO_TEST_CASE(a_file_that_was_changed)
{
    scripted_server server{answer_and_close};
    auto config = server.config();
    auto const right = std::exchange(config.tls.ca_pem, {});
    auto const wrong = test::to_pem(test::self_signed(EVP_EC_gen("P-256"), "DNS:wrong.test").certificate.get());
    test::temporary_file const trusted{wrong};
    config.tls.ca_file = trusted.path();
    test::manual_clock const clock;
    detail::environment world;
    world.make_clock = clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const succeeds = [&]() -> awaitable<bool> {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST((got.has_value() || got.error().code() == errc::tls_failed));
            co_await net::post(executor, net::use_awaitable); // it is read when the call has been told
            co_return got.has_value();
        };
        bool good = co_await succeeds();
        BOOST_TEST(!good); // and the file was read again, to no avail
        trusted.write(right);
        good = co_await succeeds();
        BOOST_TEST(!good, "it is not read for each refusal");
        clock.advance(30s);
        good = co_await succeeds();
        BOOST_TEST(!good);
        for (int i = 0; i != 3; ++i) {
            good = co_await succeeds();
            BOOST_TEST(good, "it was read after the last refusal");
        }
        BOOST_TEST(api.stats().resumed == 2U);

        // Nothing is read while all goes well.
        trusted.write(wrong);
        clock.advance(30s);
        good = co_await succeeds();
        BOOST_TEST(good, "it is read after refusals alone");
    });
}

/// The client's own: in TLS 1.3 the server's verdict comes when the handshake is over.
BOOST_AUTO_TEST_CASE(a_client_certificate_that_was_changed)
{
    auto const before = test::self_signed(EVP_EC_gen("P-256"), "DNS:before.test");
    auto const after = test::self_signed(EVP_EC_gen("P-256"), "DNS:after.test");
    for (auto const how : {scripted_server::protocol::tls, scripted_server::protocol::tls_1_2}) {
        scripted_server server{
            answer_and_close, how, [&](SSL_CTX* context) {
                SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
                SSL_CTX_set_session_id_context(context, reinterpret_cast<unsigned char const*>("x"), 1);
                X509_STORE_add_cert(SSL_CTX_get_cert_store(context), after.certificate.get());
            }};
        test::temporary_file const certificate{test::to_pem(before.certificate.get())};
        test::temporary_file const key{test::to_pem(before.key.get())};
        auto config = server.config();
        config.tls.client_certificate_file = certificate.path();
        config.tls.client_key_file = key.path();
        test::manual_clock const clock;
        detail::environment world;
        world.make_clock = clock.factory();
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{detail::client_access::make(executor, config, std::move(world))};
            auto const hooks = api.webhooks(test::account, test::app);
            auto const first = co_await hooks.get(test::some_id);
            BOOST_TEST(first.has_error());
            co_await net::post(executor, net::use_awaitable);
            certificate.write(test::to_pem(after.certificate.get()));
            key.write(test::to_pem(after.key.get()));
            clock.advance(30s);
            auto const second = co_await hooks.get(test::some_id);
            BOOST_TEST(second.has_error());
            co_await net::post(executor, net::use_awaitable);
            auto const third = co_await hooks.get(test::some_id);
            BOOST_TEST_INFO((third.has_error() ? third.error() : error{}));
            BOOST_TEST(third.has_value());
        });
    }
}

/// A store of keys has a pool of its own.
BOOST_AUTO_TEST_CASE(a_file_that_was_changed_since_keys_were_fetched)
{
    scripted_server server{[](scripted_server::session& connection) {
        connection.read_request();
        connection.send(test::key_server::answer_with(test::usual_key()));
        connection.wait_for_close();
    }};
    auto const reached = server.config();
    auto const wrong = test::to_pem(test::self_signed(EVP_EC_gen("P-256"), "DNS:wrong.test").certificate.get());
    test::temporary_file const trusted{wrong};
    key_store_config config;
    config.url = "https://server.test:" + std::to_string(server.port()) + "/keys";
    config.resolve = reached.resolve;
    config.tls.ca_file = trusted.path();
    test::manual_clock const clock;
    delivery::key_environment world;
    world.make_clock = clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto const keys = detail::key_store_access::make(executor, std::move(config), std::move(world));
        for (int i = 0; i != 2; ++i) {
            auto const refused = co_await keys.fetch();
            BOOST_TEST_REQUIRE(refused.has_error());
            BOOST_TEST((refused.error().code() == errc::tls_failed), refused.error());
            co_await net::post(executor, net::use_awaitable);
            trusted.write(reached.tls.ca_pem);
            clock.advance(30s);
        }
        auto const fetched = co_await keys.fetch();
        BOOST_TEST(fetched.has_value(), "it was read after the last refusal");
    });
}

BOOST_AUTO_TEST_CASE(what_is_gone_was_read_before)
{
    enum class trusted { file, systems_file, systems_directory };
    for (auto const what : {trusted::file, trusted::systems_file, trusted::systems_directory}) {
        BOOST_TEST_INFO_SCOPE("kind " << static_cast<int>(what));
        certificates shows;
        scripted_server server{answer_and_close, scripted_server::protocol::tls,
                               [&](SSL_CTX* context) { shows.by(context); }};
        auto config = server.config();
        config.tls.session_resumption = false; // which looks at no certificate
        auto const pem = std::exchange(config.tls.ca_pem, {});
        test::temporary_file const file{pem};
        std::optional<test::trusted_directory> directory{std::in_place, pem};
        if (what == trusted::file)
            config.tls.ca_file = file.path();
        bool const is_the_systems_file = what == trusted::systems_file;
        test::environment_variable const files{"SSL_CERT_FILE", is_the_systems_file ? file.path() : "/nonexistent"};
        // What is empty in the list is not the root.
        test::environment_variable const directories{"SSL_CERT_DIR",
                                                     (is_the_systems_file ? "/nonexistent" : directory->path()) + ":"};
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, config};
            auto const hooks = api.webhooks(test::account, test::app);
            if (what == trusted::systems_directory) { // of which nothing was read before
                auto const first = co_await hooks.get(test::some_id);
                BOOST_TEST(first.has_value());
            }
            ::unlink(file.path().c_str());
            directory.reset();
            shows.every = 1;
            auto const refused = co_await hooks.get(test::some_id);
            BOOST_TEST_REQUIRE(refused.has_error());
            BOOST_TEST((refused.error().code() == errc::tls_failed), refused.error());
            co_await net::post(executor, net::use_awaitable);
            shows.every = 1000;
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST(got.has_value(), "what was read before counts");
        });
    }
}

/// There is nobody to read it for, and nobody to tell.
BOOST_AUTO_TEST_CASE(a_context_that_is_gone)
{
    auto context = std::make_unique<net::io_context>(1);
    transport::pool_settings settings;
    settings.tls = std::make_unique<transport::tls_context>(client_config::tls_config{}, std::nullopt);
    auto const pool = transport::pool::make(context->get_executor(), std::move(settings));
    transport::failure refused{errc::tls_failed, phase::tls_handshake, {}};
    refused.transient = false;
    pool->renew_trust_after(refused);
    BOOST_TEST(context->run() == 1U);
    context.reset();
    BOOST_CHECK_NO_THROW(pool->renew_trust_after(refused));
}

/// Some shake hands while others are refused, and time goes on.
BOOST_AUTO_TEST_CASE(on_several_threads)
{
    constexpr int callers = 8;
    constexpr int calls = 50; // each
    certificates shows;
    shows.every = 4;
    scripted_server server{answer_and_close, scripted_server::protocol::tls,
                           [&](SSL_CTX* context) { shows.by(context); }};
    auto config = server.config();
    config.pool.max_connections = callers;
    config.tls.session_resumption = false;
    test::temporary_file const trusted{std::exchange(config.tls.ca_pem, {})};
    config.tls.ca_file = trusted.path();
    config.timeouts.call = config.timeouts.attempt = config.timeouts.connect = config.timeouts.tls_handshake = 24h;
    test::manual_clock const clock;
    detail::environment world;
    world.make_clock = clock.factory();
    std::atomic<int> good = 0;
    std::atomic<int> refused = 0;
    net::thread_pool pool{4};
    {
        client api{detail::client_access::make(pool.get_executor(), config, std::move(world))};
        auto const call_again = [&]() -> awaitable<void> {
            auto const hooks = api.webhooks(test::account, test::app);
            for (int i = 0; i != calls; ++i) {
                auto const got = co_await hooks.get(test::some_id);
                if (got.has_value())
                    ++good;
                else if (got.error().code() == errc::tls_failed)
                    ++refused;
                clock.advance(10s);
            }
        };
        std::vector<std::future<void>> ends;
        for (int i = 0; i != callers; ++i)
            ends.push_back(net::co_spawn(pool, call_again(), net::use_future));
        for (auto& each : ends)
            each.get();
    }
    pool.join();
    BOOST_TEST(good + refused == callers * calls);
    BOOST_TEST(good > calls);
    BOOST_TEST(refused > calls / 2);
}

BOOST_AUTO_TEST_SUITE_END()
