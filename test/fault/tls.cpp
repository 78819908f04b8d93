// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/alert.hpp"
#include "fault/certificates.hpp"
#include "fault/matrix.hpp"
#include "fault/temporary_file.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/manual_clock.hpp"
#include "transport/tls_context.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/test/unit_test.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Rows 13 to 31: within TLS. Certificates by the hundred are in the conformance tests; those of every day are here.

using namespace rtkhooks;
using boost::asio::awaitable;
using test::endings;
using test::failure;
using test::fate;
using test::fault;
using test::fault_script;
using test::good_answer;
using test::http_answer;
using test::of;
using test::preparation;
using test::retried;
using test::scripted_server;
using test::success;
using test::unsent;
using protocol = scripted_server::protocol;
using session = scripted_server::session;
namespace net = boost::asio;

namespace {

constexpr auto names = "DNS:server.test,IP:127.0.0.1";

/// A server that makes what it likes of the bytes on its TLS port.
fault raw(int row, std::string name, fault_script script, endings expected)
{
    fault made;
    made.row = row;
    made.name = std::move(name);
    made.script = std::move(script);
    made.expected = expected;
    made.protocol = protocol::raw;
    return made;
}

/// A server that says a part of what it says first in a handshake.
fault first_flight(int row, std::string name, bool tls_1_2, double part, fault_script then, endings expected)
{
    auto made = raw(
        row, std::move(name),
        [part, then = std::move(then)](session& connection) {
            auto const flight = connection.first_flight();
            connection.send_raw(flight.substr(0, static_cast<std::size_t>(part * static_cast<double>(flight.size()))));
            then(connection);
        },
        expected);
    made.tls = [tls_1_2](SSL_CTX* context) {
        auto const version = tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
        SSL_CTX_set_min_proto_version(context, version);
        SSL_CTX_set_max_proto_version(context, version);
    };
    return made;
}

// The client has sent all that it has to, and waits for the server's last word.
void read_and_close(session& connection)
{
    connection.read_some();
    connection.close();
}
void read_and_reset(session& connection)
{
    connection.read_some();
    connection.reset();
}

/// A server whose TLS the client does not put up with.
fault refused(int row, std::string name, scripted_server::tls_setup setup, preparation prepare = {})
{
    fault made;
    made.row = row;
    made.name = std::move(name);
    made.script = [](session&) {};
    // Not tried again, and not a byte of the request (P39).
    made.expected = failure(errc::tls_failed, phase::tls_handshake, request_state::unsent, fate::none);
    made.tls = std::move(setup);
    made.prepare = std::move(prepare);
    made.recovers = false;
    return made;
}

/// A TLS 1.2 or 1.3 record of type handshake that announces a ServerHello, and no more of it.
constexpr std::string_view begin_of_server_hello{"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 11};

void with_certificate(SSL_CTX* context, emulation::certified_key const& own)
{
    BOOST_TEST_REQUIRE(SSL_CTX_use_certificate(context, own.certificate.get()) == 1);
    BOOST_TEST_REQUIRE(SSL_CTX_use_PrivateKey(context, own.key.get()) == 1);
}

preparation at_time(std::time_t when)
{
    return [when](auto&, detail::environment& world) { world.verification_time = when; };
}

/// Trusts one certificate and no other.
preparation trusting(std::string pem)
{
    return [pem = std::move(pem)](client_config& config, auto&) { config.tls.ca_pem = pem; };
}

template <class T, void (*release)(T*)>
struct released_by {
    void operator()(T* it) const noexcept { release(it); }
};
template <class T, void (*release)(T*)>
using openssl_owned = std::unique_ptr<T, released_by<T, release>>;

/// An authority's list of what it has revoked, which is one certificate, as PEM text.
std::string list_of_revoked(emulation::certified_key const& authority, X509* revoked)
{
    openssl_owned<X509_CRL, X509_CRL_free> const list{X509_CRL_new()};
    openssl_owned<ASN1_TIME, ASN1_TIME_free> const before{X509_gmtime_adj(nullptr, -60)};
    openssl_owned<ASN1_TIME, ASN1_TIME_free> const later{X509_gmtime_adj(nullptr, 3600)};
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get()));
    X509_CRL_set1_lastUpdate(list.get(), before.get());
    X509_CRL_set1_nextUpdate(list.get(), later.get());
    auto* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked));
    X509_REVOKED_set_revocationDate(entry, before.get());
    BOOST_TEST_REQUIRE(X509_CRL_add0_revoked(list.get(), entry) == 1);
    BOOST_TEST_REQUIRE(X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()) != 0);
    auto* const memory = BIO_new(BIO_s_mem());
    BOOST_TEST_REQUIRE(PEM_write_bio_X509_CRL(memory, list.get()) == 1);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(memory, &text);
    std::string pem{text, static_cast<std::size_t>(size)};
    BIO_free(memory);
    return pem;
}

/// What OpenSSL says to a certificate where it is told to look at lists of revoked ones.
int verdict_with_revocation(X509* certificate, std::string const& trusted)
{
    openssl_owned<X509_STORE, X509_STORE_free> const store{X509_STORE_new()};
    BOOST_TEST_REQUIRE(X509_STORE_load_file(store.get(), trusted.c_str()) == 1);
    X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK);
    openssl_owned<X509_STORE_CTX, X509_STORE_CTX_free> const check{X509_STORE_CTX_new()};
    BOOST_TEST_REQUIRE(X509_STORE_CTX_init(check.get(), store.get(), certificate, nullptr) == 1);
    X509_verify_cert(check.get());
    return X509_STORE_CTX_get_error(check.get());
}

/// The server takes this for the client's, and answers by an alert.
void read_a_forged_record(session& connection)
{
    std::string const record = "\x17\x03\x03" + std::string{'\0', ' '} + std::string(32, 'x');
    auto* const forged = BIO_new(BIO_s_mem());
    BIO_write(forged, record.data(), static_cast<int>(record.size()));
    auto* const socket = SSL_get_rbio(connection.tls());
    BIO_up_ref(socket);
    SSL_set0_rbio(connection.tls(), forged);
    char byte = 0;
    BOOST_TEST(SSL_read(connection.tls(), &byte, 1) <= 0);
    ERR_clear_error();
    SSL_set0_rbio(connection.tls(), socket);
}

} // namespace

BOOST_AUTO_TEST_SUITE(within_tls)

BOOST_AUTO_TEST_CASE(no_handshake)
{
    auto const again = unsent(errc::tls_failed, phase::tls_handshake);
    auto const once = failure(errc::tls_failed, phase::tls_handshake, request_state::unsent, fate::none);
    auto const after_hello = [](fault_script then) {
        return [then = std::move(then)](session& connection) {
            connection.read_some();
            then(connection);
        };
    };
    std::vector const rows{
        // What such a record is, OpenSSL takes for a decision of the other side's: wrong port, wrong protocol.
        raw(13, "plain HTTP", after_hello([](session& connection) {
                connection.send_raw(http_answer(400, "this is plain HTTP"));
                connection.wait_for_close();
            }),
            once),
        raw(14, "silence after ClientHello", after_hello(test::fall_silent), again),
        raw(14, "silence within ServerHello", after_hello([](session& connection) {
                connection.send_raw(begin_of_server_hello);
                test::fall_silent(connection);
            }),
            again),
        first_flight(14, "silence within the server's first flight", true, 0.5, test::fall_silent, again),
        first_flight(14, "silence behind it", true, 1, test::fall_silent, again),
        first_flight(
            15, "FIN within it", true, 0.5, [](session& connection) { connection.close(); }, again),
        first_flight(15, "FIN behind it", true, 1, read_and_close, again),
        first_flight(
            15, "RST within it", true, 0.5, [](session& connection) { connection.reset(); }, again),
        first_flight(15, "RST behind it", true, 1, read_and_reset, again),
        first_flight(14, "silence within TLS 1.3's", false, 0.5, test::fall_silent, again),
        first_flight(
            15, "FIN within TLS 1.3's", false, 0.5, [](session& connection) { connection.close(); }, again),
        first_flight(
            15, "RST within TLS 1.3's", false, 0.5, [](session& connection) { connection.reset(); }, again),
        raw(15, "RST after ClientHello", after_hello([](session& connection) { connection.reset(); }), again),
        raw(15, "FIN after ClientHello", after_hello([](session& connection) { connection.close(); }), again),
        raw(15, "FIN within ServerHello", after_hello([](session& connection) {
                connection.send_raw(begin_of_server_hello);
                connection.close();
            }),
            again),
        raw(
            15, "FIN before ClientHello", [](session& connection) { connection.close(); }, again),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(nothing_in_common)
{
    auto const rsa = std::make_shared<emulation::certified_key>(test::self_signed(EVP_RSA_gen(2048), names));
    auto const rsa_pem = test::to_pem(rsa->certificate.get());
    auto ephemeral = of(23, "RSA with keys of the moment", test::answer_all, success(fate::kept));
    ephemeral.tls = [rsa](SSL_CTX* context) {
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
        with_certificate(context, *rsa);
        SSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256");
    };
    ephemeral.prepare = trusting(rsa_pem);
    std::vector const rows{
        ephemeral,
        refused(16, "no cipher in common",
                [](SSL_CTX* context) {
                    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                    SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-SHA");
                }),
        refused(23, "TLS 1.1",
                [](SSL_CTX* context) {
                    SSL_CTX_set_security_level(context, 0);
                    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
                    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
                }),
        refused(
            23, "static RSA",
            [rsa](SSL_CTX* context) {
                SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                with_certificate(context, *rsa);
                SSL_CTX_set_cipher_list(context, "AES128-GCM-SHA256");
            },
            trusting(rsa_pem)),
        refused(23, "no authentication",
                [](SSL_CTX* context) {
                    SSL_CTX_set_security_level(context, 0);
                    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                    SSL_CTX_set_cipher_list(context, "aNULL");
                }),
        refused(23, "no encryption",
                [](SSL_CTX* context) {
                    SSL_CTX_set_security_level(context, 0);
                    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                    SSL_CTX_set_cipher_list(context, "eNULL");
                }),
        refused(23, "a short tag",
                [](SSL_CTX* context) {
                    SSL_CTX_set_security_level(context, 0);
                    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
                    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_CCM_8_SHA256");
                }),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(certificates)
{
    auto const year = std::time_t{365} * 24 * 3600;
    auto const now = std::time(nullptr);
    auto const alone = std::make_shared<emulation::certified_key>(test::self_signed(EVP_EC_gen("P-256"), names));
    auto const weak = std::make_shared<emulation::certified_key>(test::self_signed(EVP_RSA_gen(1024), names));
    std::string many;
    for (int i = 0; i != 6000; ++i)
        many += "DNS:a-rather-long-name-" + std::to_string(i) + ".server.test,";
    auto const large = std::make_shared<emulation::certified_key>(test::self_signed(EVP_EC_gen("P-256"), many + names));
    auto const shows = [](std::shared_ptr<emulation::certified_key> own) {
        return [own = std::move(own)](SSL_CTX* context) {
            SSL_CTX_set_security_level(context, 0);
            with_certificate(context, *own);
        };
    };
    std::vector rows{
        refused(17, "expired", {}, at_time(now + year)),
        refused(18, "not yet valid", {}, at_time(now - year)),
        refused(19, "self-signed", shows(alone)),
        refused(20, "of an authority that is not trusted", {}, trusting(test::to_pem(alone->certificate.get()))),
        refused(21, "for another host", {},
                [](client_config& config, auto&) {
                    auto const port = config.resolve.front().port();
                    config.base_url = "https://other.test:" + std::to_string(port);
                    config.resolve.emplace_back("other.test", port, "127.0.0.1");
                }),
        refused(23, "RSA of 1024 bits, trusted", shows(weak), trusting(test::to_pem(weak->certificate.get()))),
        refused(25, "thousands of names", shows(large), trusting(test::to_pem(large->certificate.get()))),
    };
    test::play(rows);

    fault trusted = of(
        19, "self-signed and trusted", [](session&) {}, success(fate::kept));
    trusted.tls = shows(alone);
    trusted.prepare = trusting(test::to_pem(alone->certificate.get()));
    test::play({&trusted, 1});
}

/// Rows 20 and 21, 23: of an authority that is trusted, and yet.
BOOST_AUTO_TEST_CASE(certificates_of_a_trusted_authority)
{
    using test::issued_by;
    auto const authority = test::self_signed(EVP_RSA_gen(2048), "DNS:authority.test");
    auto const middle =
        issued_by(authority, "middle", EVP_EC_gen("P-256"), {{NID_basic_constraints, "critical,CA:TRUE"}});
    auto const key = [] { return EVP_EC_gen("P-256"); };
    test::extensions const ours{{NID_subject_alt_name, names}};
    auto const below = issued_by(middle, "below", key(), ours);
    auto const sha1 = issued_by(authority, "sha1", key(), ours, EVP_sha1());
    auto const md5 = issued_by(authority, "md5", key(), ours, EVP_md5());
    auto const sha256 = issued_by(authority, "sha256", key(), ours);
    // dNSName "server.test", NUL, ".evil.test": to who reads it as C does, it ends where it suits.
    auto const nul = issued_by(authority, "nul", key(),
                               {{NID_subject_alt_name, "DER:30:18:82:16:73:65:72:76:65:72:2e:74:65:73:74:00"
                                                       ":2e:65:76:69:6c:2e:74:65:73:74"}});
    std::string thousand = names;
    for (int i = 0; i != 1000; ++i)
        thousand += ",DNS:name-" + std::to_string(i) + ".test";
    auto const large = issued_by(authority, "large", key(), {{NID_subject_alt_name, thousand}});
    auto const shows = [](emulation::certified_key const& own, emulation::certified_key const* above = nullptr,
                          int times = 1) {
        return [&own, above, times](SSL_CTX* context) {
            SSL_CTX_set_security_level(context, 0);
            with_certificate(context, own);
            for (int i = 0; above != nullptr && i != times; ++i)
                BOOST_TEST_REQUIRE(SSL_CTX_add1_chain_cert(context, above->certificate.get()) == 1);
        };
    };
    auto const trusted = trusting(test::to_pem(authority.certificate.get()));
    std::vector rows{
        refused(20, "the certificate in between is missing", shows(below), trusted),
        refused(21, "NUL in its name", shows(nul), trusted),
        refused(23, "signed over SHA-1", shows(sha1), trusted),
        refused(23, "signed over MD5", shows(md5), trusted),
        refused(25, "a chain of more than 100 KiB", shows(below, &middle, 400), trusted),
        of(
            20, "the certificate in between is there", [](session&) {}, success(fate::kept)),
        of(
            23, "signed over SHA-256", [](session&) {}, success(fate::kept)),
        of(
            25, "a thousand names", [](session&) {}, success(fate::kept)),
        of(
            25, "a chain that repeats itself", [](session&) {}, success(fate::kept)),
    };
    rows[5].tls = shows(below, &middle);
    rows[6].tls = shows(sha256);
    rows[7].tls = shows(large);
    rows[8].tls = shows(below, &middle, 50);
    for (auto& each : rows)
        each.prepare = trusted;
    test::play(rows);
}

/// Nobody looks, as SECURITY.md says: neither at a list that lies with what is trusted, nor where the certificate says.
BOOST_AUTO_TEST_CASE(a_certificate_that_was_revoked)
{
    scripted_server asked{[](session&) {}, protocol::plain};
    auto const authority = test::self_signed(EVP_EC_gen("P-256"), "DNS:authority.test");
    auto const where = "URI:http://127.0.0.1:" + std::to_string(asked.port());
    auto const own = test::issued_by(authority, "revoked", EVP_EC_gen("P-256"),
                                     {{NID_subject_alt_name, names},
                                      {NID_crl_distribution_points, where + "/crl"},
                                      {NID_info_access, "OCSP;" + where + "/ocsp"}});
    test::temporary_file const trusted{test::to_pem(authority.certificate.get()) +
                                       list_of_revoked(authority, own.certificate.get())};
    BOOST_TEST_REQUIRE(verdict_with_revocation(own.certificate.get(), trusted.path()) == X509_V_ERR_CERT_REVOKED);
    auto revoked = of(
        22, "revoked", [](session&) {}, success(fate::kept));
    revoked.tls = [&](SSL_CTX* context) { with_certificate(context, own); };
    revoked.prepare = [&](client_config& config, auto&) {
        config.tls.ca_pem.clear();
        config.tls.ca_file = trusted.path();
    };
    test::play({&revoked, 1});
    BOOST_TEST(asked.connections() == 0);
}

/// In TLS 1.3 the server's demand comes when the client has begun to talk already. Whether the request went out by then
/// is chance; that the call is not repeated is not.
BOOST_AUTO_TEST_CASE(a_client_certificate_is_demanded)
{
    for (auto const how : {protocol::tls, protocol::tls_1_2}) {
        scripted_server server{[](session& connection) { connection.wait_for_close(); }, how,
                               [](SSL_CTX* context) {
                                   SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                                                      nullptr);
                               }};
        auto config = server.config();
        config.retry.max_retries = 3;
        for (int i = 0; i != 50; ++i) {
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                client api{executor, config};
                webhook_spec const spec{"name", "https://example.com/", event_set::all()};
                auto const hooks = api.webhooks(test::account, test::app);
                auto const read = co_await hooks.get(test::some_id);
                auto const created = co_await hooks.create(spec);
                for (auto const* const got : {&read, &created}) {
                    BOOST_TEST_REQUIRE(got->has_error());
                    BOOST_TEST_INFO("row 24: " << got->error());
                    BOOST_TEST(got->error().message().find("tls.client_certificate_file") != std::string::npos);
                    BOOST_TEST((got->error().code() == errc::tls_failed));
                    BOOST_TEST(got->error().attempts() == 1);
                    BOOST_TEST(got->error().request_state() != request_state::answered);
                    if (how == protocol::tls_1_2) // where the server decides before the client may talk
                        BOOST_TEST(got->error().request_state() == request_state::unsent);
                }
            });
        }
        BOOST_TEST(server.connections() == 100, "row 24: never again");
        BOOST_TEST(server.requests() == 0);
    }
}

BOOST_AUTO_TEST_CASE(broken_within_an_answer)
{
    std::string const half = good_answer.substr(0, good_answer.size() - 10);
    std::vector const rows{
        of(
            26, "a record that is none, within the body",
            [half](session& connection) {
                connection.read_request();
                connection.send(half);
                connection.send_raw(std::string(200, 'x'));
                connection.wait_for_close();
            },
            retried(errc::tls_failed, phase::read_body)),
        of(
            26, "a record that was altered on its way",
            [half](session& connection) {
                connection.read_request();
                auto record = connection.encrypt(half);
                record.back() = static_cast<char>(record.back() ^ 1);
                connection.send_raw(record);
                connection.wait_for_close();
            },
            retried(errc::tls_failed, phase::read_header)),
        of(
            26, "an alert within the body: what the client sent was altered on its way",
            [half](session& connection) {
                connection.read_request();
                connection.send(half);
                read_a_forged_record(connection);
                connection.wait_for_close();
            },
            retried(errc::tls_failed, phase::read_body)),
    };
    test::play(rows);
}

/// What makes the server give up, it alone knows: a defect of its own, or of whatever stands between.
BOOST_AUTO_TEST_CASE(alerts_within_an_answer)
{
    std::string const half = good_answer.substr(0, good_answer.size() - 10);
    std::vector<fault> rows;
    for (int const alert :
         {SSL_AD_UNEXPECTED_MESSAGE, SSL_AD_BAD_RECORD_MAC, SSL_AD_RECORD_OVERFLOW, SSL_AD_HANDSHAKE_FAILURE,
          SSL_AD_BAD_CERTIFICATE, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_ILLEGAL_PARAMETER, SSL_AD_UNKNOWN_CA,
          SSL_AD_ACCESS_DENIED, SSL_AD_DECODE_ERROR, SSL_AD_DECRYPT_ERROR, SSL_AD_PROTOCOL_VERSION,
          SSL_AD_INTERNAL_ERROR, SSL_AD_CERTIFICATE_REQUIRED, SSL_AD_NO_APPLICATION_PROTOCOL}) {
        auto made = of(
            26, std::string{"an alert within the body: "} + SSL_alert_desc_string_long(alert),
            [half, alert](session& connection) {
                connection.read_request();
                connection.send(half);
                test::send_alert(connection, alert);
                connection.wait_for_close();
            },
            retried(errc::tls_failed, phase::read_body));
        made.tls = test::allow_alerts;
        rows.push_back(std::move(made));
    }
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(what_tls_says_beside_an_answer)
{
    auto late_ticket = of(
        29, "a ticket and new keys before the answer",
        [](session& connection) {
            connection.read_request();
            SSL_new_session_ticket(connection.tls());
            SSL_do_handshake(connection.tls());
            SSL_key_update(connection.tls(), SSL_KEY_UPDATE_REQUESTED);
            SSL_do_handshake(connection.tls());
            connection.send(good_answer);
        },
        success(fate::kept));
    // The client says no, for which this protocol has a warning, and the server makes an end of it.
    auto renegotiation = of(
        30, "another handshake is asked for",
        [](session& connection) {
            connection.read_request();
            SSL_renegotiate(connection.tls());
            SSL_do_handshake(connection.tls());
            connection.send(good_answer);
        },
        success(fate::discarded));
    renegotiation.protocol = protocol::tls_1_2;
    test::play({&late_ticket, 1});
    test::play({&renegotiation, 1});
}

BOOST_AUTO_TEST_CASE(what_tls_says_to_an_idle_connection)
{
    for (auto const which : {test::operation::get, test::operation::create}) {
        std::atomic<bool> said = false;
        scripted_server server{[&](session& connection) {
            test::answer_one(connection);
            SSL_new_session_ticket(connection.tls());
            SSL_do_handshake(connection.tls());
            SSL_key_update(connection.tls(), SSL_KEY_UPDATE_REQUESTED);
            SSL_do_handshake(connection.tls());
            said = true;
            test::answer_all(connection);
        }};
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const hooks = api.webhooks(test::account, test::app);
            for (int i = 0; i != 3; ++i) {
                auto const problem = co_await test::perform(hooks, which, {});
                BOOST_TEST(!problem, "row 29");
                co_await test::until([&] { return said.load(); });
                for (int round = 0; round != 300; ++round) // what has arrived is read
                    co_await net::post(executor, net::use_awaitable);
            }
            BOOST_TEST(api.stats().opened == 1U, "row 29: neither junk nor an end");
        });
    }
}

BOOST_AUTO_TEST_CASE(nobody_says_goodbye)
{
    scripted_server server{[](session& connection) {
        test::answer_one(connection);
        connection.stall();
    }};
    test::manual_clock const clock; // on which nothing is waited for
    detail::environment world;
    world.make_clock = clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{detail::client_access::make(executor, server.config(), std::move(world))};
        auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST(got.has_value());
        co_await api.close();
        BOOST_TEST(api.stats().open == 0U, "row 31: no close_notify is waited for, or this would not end at all");
    });
}

constexpr auto weakened = "RTKHOOKS_TEST_OPENSSL_CNF_IS_WEAK";

/// In a process that the next test makes.
BOOST_AUTO_TEST_CASE(openssl_cnf_is_weak)
{
    if (std::getenv(weakened) == nullptr)
        return;
    openssl_owned<SSL_CTX, SSL_CTX_free> const context{SSL_CTX_new(TLS_client_method())};
    BOOST_TEST(SSL_CTX_get_security_level(context.get()) == 0);
    BOOST_TEST(SSL_CTX_get_min_proto_version(context.get()) == TLS1_VERSION);
    constexpr auto unsafe = SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT |
                            SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_NO_EXTENDED_MASTER_SECRET;
    BOOST_TEST((SSL_CTX_get_options(context.get()) & unsafe) == unsafe);
    transport::tls_context ours{{}, {}};
    BOOST_TEST((SSL_get_options(ours.connect("server.test", false).get()) & unsafe) == 0U);
}

/// P38: all that is refused above is refused where the system's configuration allows it, too.
BOOST_AUTO_TEST_CASE(whatever_openssl_cnf_says)
{
    test::temporary_file const configuration{
        "openssl_conf = all\n"
        "[all]\nssl_conf = ssl\n"
        "[ssl]\nsystem_default = weak\n"
        "[weak]\n"
        "MinProtocol = TLSv1\n"
        "CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0\n"
        "Ciphersuites = TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256\n"
        "Options = UnsafeLegacyRenegotiation,UnsafeLegacyServerConnect,AllowNoDHEKEX,"
        "-ExtendedMasterSecret\n"};
    auto const variable = "OPENSSL_CONF=" + configuration.path();
    auto const told = std::string{weakened} + "=yes";
    std::vector<char const*> environment{variable.c_str(), told.c_str()};
    for (char** each = environ; *each != nullptr; ++each) {
        if (!std::string_view{*each}.starts_with("OPENSSL_CONF="))
            environment.push_back(*each);
    }
    environment.push_back(nullptr);
    char const* const arguments[] = {"fault_tests", "--log_level=error",
                                     "--run_test=within_tls/openssl_cnf_is_weak,nothing_in_common,certificates,"
                                     "certificates_of_a_trusted_authority,what_tls_says_beside_an_answer",
                                     nullptr};
    pid_t child = 0;
    BOOST_TEST_REQUIRE(::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, const_cast<char**>(arguments),
                                     const_cast<char**>(environment.data())) == 0);
    int status = -1;
    BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0, "its own output says which");
}

BOOST_AUTO_TEST_SUITE_END()
