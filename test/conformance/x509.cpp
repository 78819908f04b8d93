// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "conformance/vectors.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"

#include <boost/asio/awaitable.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// x509-limbo (https://github.com/C2SP/x509-limbo): chains of certificates, good and bad, each shown by a server to a
// client that makes one call. Beside them lies what plain OpenSSL says to each: the library adds no verification of its
// own, so it is held to the cases in which OpenSSL, told the same as the library tells it, is right.

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(x509)

namespace json = boost::json;

namespace {

/// What came of one call.
struct outcome {
    explicit outcome(result<webhook> what) : got{std::move(what)} {}

    result<webhook> got;
    int connections = 0;
    std::size_t application_bytes = 0; ///< that the server read
};

std::string host_of(json::object const& name)
{
    auto const host = test::text_of(name, "value");
    return host.find(':') == host.npos ? host : '[' + host + ']';
}

std::string joined(json::array const& certificates)
{
    std::string text;
    for (auto const& each : certificates)
        text.append(each.as_string()).append("\n");
    return text;
}

detail::environment at_time(std::string const& time)
{
    detail::environment world;
    if (time.empty())
        return world;
    auto const point = parse_timestamp(time);
    BOOST_TEST_REQUIRE(point.has_value(), time);
    world.verification_time = std::chrono::floor<std::chrono::seconds>(*point).time_since_epoch().count();
    return world;
}

/// What a server shows of itself: certificates, of which the first is its own, and that one's key.
class identity {
public:
    identity(std::string const& chain, std::string const& key)
    {
        bio const certificates{BIO_new_mem_buf(chain.data(), static_cast<int>(chain.size()))};
        own_.reset(PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr));
        BOOST_TEST_REQUIRE(own_ != nullptr);
        while (auto* const further = PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr))
            sk_X509_push(others_.get(), further);
        BOOST_TEST_REQUIRE(ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE); // that is how it ends
        ERR_clear_error();
        bio const secret{BIO_new_mem_buf(key.data(), static_cast<int>(key.size()))};
        key_.reset(PEM_read_bio_PrivateKey(secret.get(), nullptr, nullptr, nullptr));
        BOOST_TEST_REQUIRE(key_ != nullptr);
    }

    /// A server shows it, good or not. Must outlive the server.
    void install(SSL_CTX* context)
    {
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
        SSL_CTX_set_cert_cb(context, show, this);
    }

private:
    static int show(SSL* connection, void* self)
    {
        auto const& shown = *static_cast<identity*>(self);
        SSL_certs_clear(connection); // another kind of key would stand beside it
        return SSL_use_cert_and_key(connection, shown.own_.get(), shown.key_.get(), shown.others_.get(), 1);
    }

    struct release {
        void operator()(BIO* it) const noexcept { BIO_free(it); }
        void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
        void operator()(X509* it) const noexcept { X509_free(it); }
        void operator()(STACK_OF(X509) * it) const noexcept { sk_X509_pop_free(it, X509_free); }
    };
    using bio = std::unique_ptr<BIO, release>;

    std::unique_ptr<X509, release> own_;
    std::unique_ptr<EVP_PKEY, release> key_;
    std::unique_ptr<STACK_OF(X509), release> others_{sk_X509_new_null()};
};

/// Serves a case to a client that has nothing of its own but where to go, whom to trust, and the time.
outcome serve(json::object const& which)
{
    identity shown{test::text_of(which, "peer_certificate") + '\n' +
                       joined(which.at("untrusted_intermediates").as_array()),
                   test::text_of(which, "peer_certificate_key")};
    std::atomic<std::size_t> application_bytes = 0;
    auto const answer = [&](test::scripted_server::session& connection) {
        for (std::string request;;) {
            auto const bytes = connection.read_some();
            application_bytes += bytes.size();
            request += bytes;
            if (request.ends_with("\r\n\r\n")) {
                request.clear();
                connection.send(test::good_answer);
            }
        }
    };
    std::optional<test::scripted_server> server;
    server.emplace(answer, test::scripted_server::protocol::tls, [&](SSL_CTX* context) { shown.install(context); });
    auto const& name = which.at("expected_peer_name").as_object();
    client_config config;
    config.auth = credentials::api_token(test::token);
    config.base_url = "https://" + host_of(name) + ':' + std::to_string(server->port()) + "/client/v4";
    config.resolve.emplace_back(test::text_of(name, "value"), server->port(), "127.0.0.1");
    config.tls.ca_pem = joined(which.at("trusted_certs").as_array());

    std::optional<result<webhook>> got;
    test::run([&](boost::asio::any_io_executor executor) -> boost::asio::awaitable<void> {
        auto const api =
            detail::client_access::make(executor, config, at_time(test::text_of(which, "validation_time")));
        co_await test::get_into(api.webhooks(test::account, test::app), got);
    });
    outcome seen{std::move(got).value()};
    seen.connections = server->connections();
    server.reset(); // reads what is left, then stops
    seen.application_bytes = application_bytes;
    return seen;
}

/// The client itself has refused the certificate, told so, and sent nothing.
void check_refusal(outcome const& seen)
{
    auto const& why = seen.got.error();
    BOOST_TEST(why.code() == errc::tls_failed, why);
    BOOST_TEST(why.phase() == phase::tls_handshake, why);
    BOOST_TEST(why.request_state() == request_state::unsent, why);
    BOOST_TEST(why.attempts() == 1, why);
    BOOST_TEST(why.http_status() == 0, why);
    BOOST_TEST(why.cause().failed(), why);
    BOOST_TEST(why.message().find("the server's certificate is refused: ") != std::string::npos, why);
    BOOST_TEST(seen.application_bytes == 0u);
}

constexpr std::string_view no_revocation = "revocation, which is not checked";
constexpr std::string_view no_depth = "a limit on the chain's length, which cannot be set";

/// Refused by what the client cannot be told.
constexpr std::pair<std::string_view, std::string_view> untold[] = {
    {"crl::revoked-certificate-with-crl", no_revocation}, {"crl::crlnumber-missing", no_revocation},
    {"crl::crlnumber-critical", no_revocation},           {"crl::issuer-missing-crlsign", no_revocation},
    {"pathlen::max-chain-depth-0-exhausted", no_depth},   {"pathlen::max-chain-depth-1-exhausted", no_depth},
};

/// Why a case cannot be shown, or cannot be decided by this library; empty where it can.
std::string_view left_out(json::object const& which, std::string const& verdict)
{
    if (test::text_of(which, "validation_kind") != "SERVER")
        return "a client's certificate";
    if (test::text_of(which, "peer_certificate_key").empty())
        return "its key is not known";
    if (!which.at("expected_peer_name").is_object())
        return "no name is expected of the server";
    for (auto const& [id, reason] : untold)
        if (test::text_of(which, "id") == id)
            return reason;
    if (verdict == "unservable")
        return "no cipher of TLS 1.2 or later can use its key";
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(server_certificates)
{
    std::map<std::string, std::string> verdicts;
    auto const baseline = test::json_vectors("x509-limbo/openssl-3.0.22-baseline.json");
    for (auto const& each : baseline.at("cases").as_array())
        verdicts.emplace(test::text_of(each.as_object(), "id"),
                         test::text_of(each.as_object(), "class_never_check_subject"));

    std::map<std::string_view, int> count;
    auto const data = test::json_vectors("x509-limbo/limbo-generated.json");
    for (auto const& each : data.at("testcases").as_array()) {
        auto const& which = each.as_object();
        auto const id = test::text_of(which, "id");
        BOOST_TEST_CONTEXT(id)
        {
            auto const verdict = verdicts[id];
            if (auto const reason = left_out(which, verdict); !reason.empty()) {
                ++count[reason];
                BOOST_TEST_MESSAGE("left out: " << id << ": " << reason);
                continue;
            }
            auto const seen = serve(which);
            ++count["served"];
            BOOST_TEST(seen.connections == 1);
            if (!seen.got)
                check_refusal(seen);
            else
                BOOST_TEST(seen.application_bytes != 0u);
            auto const found = seen.got ? "SUCCESS" : "FAILURE";
            auto const why = seen.got ? std::string{} : ": " + seen.got.error().message();
            BOOST_TEST_MESSAGE(found << ", " << verdict << ": " << id << why);
            if (verdict == "agree") {
                BOOST_TEST(found == test::text_of(which, "expected_result"), found << why);
                ++count[seen.got ? "taken, as it should be" : "refused, as it should be"];
            } else {
                // OpenSSL itself is of another opinion, and another version of it may be of another.
                BOOST_TEST((verdict == "ACCEPTED-BAD" || verdict == "refused-good"), verdict);
                ++count["OpenSSL decides otherwise"];
            }
        }
    }

    std::map<std::string_view, int> const expected{
        {"served", 169},
        {"taken, as it should be", 33},
        {"refused, as it should be", 84},
        {"OpenSSL decides otherwise", 52},
        {"a client's certificate", 10},
        {"its key is not known", 5},
        {"no name is expected of the server", 1},
        {no_revocation, 4},
        {no_depth, 2},
        {"no cipher of TLS 1.2 or later can use its key", 2},
    };
    for (auto const& [what, number] : expected)
        BOOST_TEST(count[what] == number, what << ": " << count[what] << ", expected " << number);
    BOOST_TEST(count.size() == expected.size());
}

BOOST_AUTO_TEST_SUITE_END()
