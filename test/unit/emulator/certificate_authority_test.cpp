// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/certificate_authority.hpp"

#include "emulator/tls_context.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_certificate_authority)

namespace {

openssl_ptr<X509> read_pem(std::string const& pem)
{
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        &BIO_free};
    openssl_ptr<X509> first{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    BOOST_TEST((PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) == nullptr)); // one and no more
    return first;
}

// What a verifier is told.
struct verification {
    char const* host = nullptr;
    char const* address = nullptr;
    int purpose = X509_PURPOSE_SSL_SERVER;
    std::time_t time = std::time(nullptr);
};

// Returns the result as a strict verifier has it: X509_V_OK or why not.
int verify(certificate_authority const& trusted, X509* leaf, verification const& how)
{
    auto const root = read_pem(trusted.pem());
    std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> const store{X509_STORE_new(), &X509_STORE_free};
    X509_STORE_add_cert(store.get(), root.get());
    std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> const context{X509_STORE_CTX_new(),
                                                                                  &X509_STORE_CTX_free};
    X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr);
    auto* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set_purpose(parameters, how.purpose);
    X509_VERIFY_PARAM_set_time(parameters, how.time);
    X509_VERIFY_PARAM_set_auth_level(parameters, 2);
    if (how.host)
        X509_VERIFY_PARAM_set1_host(parameters, how.host, 0);
    if (how.address)
        X509_VERIFY_PARAM_set1_ip_asc(parameters, how.address);
    return X509_verify_cert(context.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

verification for_host(char const* name)
{
    verification how;
    how.host = name;
    return how;
}

verification for_address(char const* address)
{
    verification how;
    how.address = address;
    return how;
}

verification at(std::time_t time)
{
    verification how;
    how.time = time;
    return how;
}

} // namespace

BOOST_AUTO_TEST_CASE(satisfies_a_strict_verifier)
{
    certificate_authority const authority;
    auto const own = authority.issue();
    auto const result = [&](verification const& how) { return verify(authority, own.certificate.get(), how); };
    BOOST_TEST(result({}) == X509_V_OK);
    BOOST_TEST(result(for_host("localhost")) == X509_V_OK);
    BOOST_TEST(result(for_address("127.0.0.1")) == X509_V_OK);
    BOOST_TEST(result(for_address("::1")) == X509_V_OK);

    BOOST_TEST(result(for_host("example.com")) == X509_V_ERR_HOSTNAME_MISMATCH);
    BOOST_TEST(result(for_host("a.localhost")) == X509_V_ERR_HOSTNAME_MISMATCH);
    BOOST_TEST(result(for_address("127.0.0.2")) == X509_V_ERR_IP_ADDRESS_MISMATCH);
    verification as_client;
    as_client.purpose = X509_PURPOSE_SSL_CLIENT;
    BOOST_TEST(result(as_client) == X509_V_ERR_INVALID_PURPOSE);
    BOOST_TEST(result(at(std::time(nullptr) - 2 * 60 * 60)) == X509_V_ERR_CERT_NOT_YET_VALID);
    BOOST_TEST(result(at(std::time(nullptr) + 364 * 24 * 60 * 60)) == X509_V_OK);
    BOOST_TEST(result(at(std::time(nullptr) + 365 * 24 * 60 * 60)) == X509_V_ERR_CERT_HAS_EXPIRED);
}

BOOST_AUTO_TEST_CASE(is_nobody_elses)
{
    certificate_authority const one;
    certificate_authority const two;
    auto const own = one.issue();
    BOOST_TEST(verify(two, own.certificate.get(), {}) != X509_V_OK);
    BOOST_TEST(one.pem() != two.pem());
    auto const other = one.issue();
    BOOST_TEST(ASN1_INTEGER_cmp(X509_get0_serialNumber(own.certificate.get()),
                                X509_get0_serialNumber(other.certificate.get())) != 0);
}

BOOST_AUTO_TEST_CASE(certificates_are_what_rfc_5280_asks_for)
{
    certificate_authority const authority;
    auto const root = read_pem(authority.pem());
    auto const own = authority.issue();
    auto* const leaf = own.certificate.get();

    BOOST_TEST(X509_get_version(root.get()) == X509_VERSION_3);
    BOOST_TEST((X509_get_extension_flags(root.get()) & EXFLAG_CA) != 0u);
    BOOST_TEST((X509_get_extension_flags(root.get()) & EXFLAG_BCONS_CRITICAL) != 0u);
    BOOST_TEST(X509_get_pathlen(root.get()) == 0);
    BOOST_TEST(X509_get_key_usage(root.get()) == static_cast<unsigned>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    BOOST_TEST((X509_get0_subject_key_id(root.get()) != nullptr));

    BOOST_TEST(X509_get_version(leaf) == X509_VERSION_3);
    BOOST_TEST((X509_get_extension_flags(leaf) & EXFLAG_CA) == 0u);
    BOOST_TEST(X509_get_key_usage(leaf) == static_cast<unsigned>(KU_DIGITAL_SIGNATURE));
    BOOST_TEST(X509_get_extended_key_usage(leaf) == static_cast<unsigned>(XKU_SSL_SERVER));
    BOOST_REQUIRE((X509_get0_authority_key_id(leaf) != nullptr));
    BOOST_TEST(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf), X509_get0_subject_key_id(root.get())) == 0);

    for (auto* const each : {root.get(), leaf}) {
        auto const* const serial = X509_get0_serialNumber(each);
        BOOST_TEST(ASN1_STRING_length(serial) <= 20);
        BOOST_TEST((ASN1_STRING_type(serial) & V_ASN1_NEG) == 0);
        auto* const key = X509_get0_pubkey(each);
        BOOST_TEST(EVP_PKEY_get_bits(key) == 256);
        BOOST_TEST(EVP_PKEY_is_a(key, "EC") == 1);
    }
    BOOST_TEST(X509_check_private_key(leaf, own.key.get()) == 1);
    BOOST_TEST(EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_get0_pubkey(root.get())) == 0);
    BOOST_TEST(authority.pem().find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(tls_is_set_up_as_promised)
{
    certificate_authority const authority;
    auto const own = authority.issue();
    auto newest = make_tls_context(own, false);
    BOOST_TEST(SSL_CTX_get_min_proto_version(newest.native_handle()) == TLS1_2_VERSION);
    BOOST_TEST(SSL_CTX_get_max_proto_version(newest.native_handle()) == TLS1_3_VERSION);
    BOOST_TEST(SSL_CTX_check_private_key(newest.native_handle()) == 1);
    auto older = make_tls_context(own, true);
    BOOST_TEST(SSL_CTX_get_min_proto_version(older.native_handle()) == TLS1_2_VERSION);
    BOOST_TEST(SSL_CTX_get_max_proto_version(older.native_handle()) == TLS1_2_VERSION);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
