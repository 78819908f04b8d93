// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/certificates.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace rtkhooks::test {
namespace {

/// @param authority who signs it. Null: itself.
emulation::certified_key make_certificate(emulation::certified_key const* authority, std::string const& subject,
                                          EVP_PKEY* key, extensions const& what, EVP_MD const* digest)
{
    emulation::certified_key made{emulation::openssl_ptr<EVP_PKEY>{key}, emulation::openssl_ptr<X509>{X509_new()}};
    auto* const own = made.certificate.get();
    auto* const issuer = authority != nullptr ? authority->certificate.get() : own;
    X509_set_version(own, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(own), 7);
    X509_gmtime_adj(X509_getm_notBefore(own), -3600);
    X509_gmtime_adj(X509_getm_notAfter(own), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(own), "CN", MBSTRING_UTF8,
                               reinterpret_cast<unsigned char const*>(subject.data()), static_cast<int>(subject.size()),
                               -1, 0);
    X509_set_issuer_name(own, X509_get_subject_name(issuer));
    X509_set_pubkey(own, key);
    for (auto const& [number, value] : what) {
        X509V3_CTX context;
        X509V3_set_ctx_nodb(&context);
        X509V3_set_ctx(&context, issuer, own, nullptr, nullptr, 0);
        auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, number, value.c_str());
        BOOST_TEST_REQUIRE(X509_add_ext(own, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    BOOST_TEST_REQUIRE(X509_sign(own, authority != nullptr ? authority->key.get() : key, digest) != 0);
    return made;
}

template <class Write>
std::string written(Write write)
{
    auto* const memory = BIO_new(BIO_s_mem());
    BOOST_TEST_REQUIRE(write(memory) == 1);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(memory, &text);
    std::string result{text, static_cast<std::size_t>(size)};
    BIO_free(memory);
    return result;
}

} // namespace

emulation::certified_key self_signed(EVP_PKEY* key, std::string const& names)
{
    return make_certificate(nullptr, "alone", key,
                            {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_subject_alt_name, names}}, EVP_sha256());
}

emulation::certified_key issued_by(emulation::certified_key const& authority, std::string const& subject, EVP_PKEY* key,
                                   extensions const& what, EVP_MD const* digest)
{
    return make_certificate(&authority, subject, key, what, digest != nullptr ? digest : EVP_sha256());
}

std::string to_pem(X509* certificate)
{
    return written([&](BIO* to) { return PEM_write_bio_X509(to, certificate); });
}

std::string to_pem(EVP_PKEY* key)
{
    return written([&](BIO* to) { return PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

} // namespace rtkhooks::test
