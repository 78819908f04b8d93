// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/emulator/reach.hpp"

#include <rtkhooks/emulator.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <stdexcept>

namespace rtkhooks::testing {

BOOST_AUTO_TEST_SUITE(emulator_tls)

namespace {

bool has_ipv6_loopback(std::uint16_t port)
{
    try {
        tcp_client const probe{port, "::1"};
        return true;
    } catch (std::exception const&) {
        return false;
    }
}

void check_exchange(tls_client& client, reach<emulator> const& to)
{
    BOOST_TEST(client.send(to.request()));
    BOOST_TEST(client.read_response().status == 200);
}

} // namespace

BOOST_AUTO_TEST_CASE(is_trusted_under_each_of_its_names)
{
    emulator const served;
    reach<emulator> const to{served, served.token().reveal()};
    auto settings = to.settings();
    bool const v6 = has_ipv6_loopback(served.port());
    for (auto const* const host : {"localhost", "127.0.0.1", "::1"}) {
        for (auto const* const address : {"127.0.0.1", "::1"}) {
            if (address == std::string_view{"::1"} && !v6)
                continue;
            BOOST_TEST_CONTEXT(host << " at " << address)
            {
                settings.host = host;
                tls_client client{settings, served.port(), address};
                BOOST_TEST(client.version() == "TLSv1.3");
                BOOST_TEST(client.protocol() == "http/1.1");
                check_exchange(client, to);
            }
        }
    }
    settings.host = "example.com";
    BOOST_CHECK_THROW((tls_client{settings, served.port()}), std::runtime_error);
}

/// The rest of 127.0.0.0/8 is loopback, too, and what listens on every address listens there.
BOOST_AUTO_TEST_CASE(listens_on_its_own_addresses_alone)
{
    emulator const served;
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket{context};
    boost::system::error_code ec;
    socket.connect({boost::asio::ip::make_address("127.0.0.2"), served.port()}, ec);
    BOOST_TEST(ec == boost::asio::error::connection_refused);
}

BOOST_AUTO_TEST_CASE(is_trusted_by_its_own_authority_alone)
{
    emulator const one;
    emulator const two;
    BOOST_TEST(one.ca_pem() != two.ca_pem());
    BOOST_TEST(one.port() != two.port());
    tls_settings settings;
    BOOST_CHECK_THROW((tls_client{settings, one.port()}), std::runtime_error);
    settings.ca_pem = two.ca_pem();
    BOOST_CHECK_THROW((tls_client{settings, one.port()}), std::runtime_error);
    BOOST_TEST(eventually([&] { return one.stats().failed_handshakes == 2; }));
    settings.ca_pem = one.ca_pem();
    BOOST_CHECK_NO_THROW((tls_client{settings, one.port()}));
}

BOOST_AUTO_TEST_CASE(versions)
{
    emulator const newest;
    emulator const older{emulator_options{}.max_tls_1_2(true)};
    tls_settings settings;
    settings.ca_pem = newest.ca_pem();
    settings.max_version = TLS1_2_VERSION;
    BOOST_TEST((tls_client{settings, newest.port()}).version() == "TLSv1.2");
    settings.max_version = TLS1_1_VERSION;
    BOOST_CHECK_THROW((tls_client{settings, newest.port()}), std::runtime_error);

    settings = {};
    settings.ca_pem = older.ca_pem();
    tls_client client{settings, older.port()};
    BOOST_TEST(client.version() == "TLSv1.2");
    check_exchange(client, {older, older.token().reveal()});
    settings.min_version = TLS1_3_VERSION;
    BOOST_CHECK_THROW((tls_client{settings, older.port()}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(protocols)
{
    emulator const served;
    tls_settings settings;
    settings.ca_pem = served.ca_pem();
    settings.protocols = {"h2", "http/1.1"};
    BOOST_TEST((tls_client{settings, served.port()}).protocol() == "http/1.1");
    settings.protocols = {};
    BOOST_TEST((tls_client{settings, served.port()}).protocol() == "");
    settings.protocols = {"h2"};
    BOOST_CHECK_EXCEPTION((tls_client{settings, served.port()}), std::runtime_error, [](std::runtime_error const& e) {
        // As different versions of OpenSSL call the alert, of which 3.0.13 has the number only: 1000 and RFC 7301's 120.
        auto const what = std::string{e.what()};
        return what.find("no application protocol") != what.npos || what.find("no_application_protocol") != what.npos ||
               what.find("reason(1120)") != what.npos;
    });
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed_and_counted)
{
    for (bool const max_tls_1_2 : {false, true}) {
        BOOST_TEST_CONTEXT("TLS 1.2 only: " << max_tls_1_2)
        {
            emulator const served{emulator_options{}.max_tls_1_2(max_tls_1_2)};
            reach<emulator> const to{served, served.token().reveal()};
            auto first = to.connect();
            check_exchange(first, to);
            BOOST_TEST(!first.resumed());
            BOOST_TEST(served.stats().resumed_sessions == 0u);
            auto session = first.session();
            first.shut_down();
            for (unsigned i = 1; i <= 3; ++i) {
                tls_client again{to.settings(), served.port(), "127.0.0.1", session.get()};
                check_exchange(again, to);
                BOOST_TEST(again.resumed());
                BOOST_TEST(served.stats().resumed_sessions == i);
                session = again.session();
                again.shut_down();
            }
            BOOST_TEST(served.stats().connections == 4u);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_foreign_session_leads_to_a_full_handshake)
{
    emulator const one;
    emulator const two;
    reach<emulator> const to_one{one, one.token().reveal()};
    reach<emulator> const to_two{two, two.token().reveal()};
    auto first = to_one.connect();
    check_exchange(first, to_one);
    auto const session = first.session();
    first.shut_down();
    tls_client second{to_two.settings(), two.port(), "127.0.0.1", session.get()};
    check_exchange(second, to_two);
    BOOST_TEST(!second.resumed());
    BOOST_TEST(two.stats().resumed_sessions == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::testing
