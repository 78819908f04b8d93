// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/certificate_authority.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace rtkhooks::emulation {

void openssl_delete::operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }

void openssl_delete::operator()(X509* certificate) const noexcept { X509_free(certificate); }

namespace {

constexpr long hour = 60 * 60;
constexpr long lifetime = 365 * 24 * hour;

[[noreturn]] void throw_openssl_error(std::string_view step)
{
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    ERR_clear_error();
    throw std::runtime_error{std::string{step}.append(": ").append(reason.data())};
}

void require(bool succeeded, std::string_view step)
{
    if (!succeeded)
        throw_openssl_error(step);
}

// A serial number is positive and at most 20 octets (RFC 5280 section 4.1.2.2).
void set_random_serial(X509* certificate)
{
    constexpr int bits = 127;
    std::unique_ptr<BIGNUM, decltype(&BN_free)> const number{BN_new(), &BN_free};
    require(number && BN_rand(number.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "certificate serial number");
    require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
            "certificate serial number");
}

void add_name_part(X509_NAME* name, char const* part, std::string_view value)
{
    auto const* bytes = reinterpret_cast<unsigned char const*>(value.data());
    require(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, bytes, static_cast<int>(value.size()), -1, 0) == 1,
            "certificate name");
}

void add_extension(X509* certificate, X509* issuer, int nid, char const* value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension{
        X509V3_EXT_conf_nid(nullptr, &context, nid, value), &X509_EXTENSION_free};
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "certificate extension");
}

// All but issuer, extensions and signature.
certified_key make_unsigned(std::string_view common_name)
{
    certified_key made{openssl_ptr<EVP_PKEY>{EVP_EC_gen("P-256")}, openssl_ptr<X509>{X509_new()}};
    require(made.key && made.certificate, "key pair");
    auto* const certificate = made.certificate.get();
    require(X509_set_version(certificate, X509_VERSION_3) == 1, "certificate version");
    set_random_serial(certificate);
    require(X509_gmtime_adj(X509_getm_notBefore(certificate), -hour) != nullptr &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime - hour) != nullptr,
            "certificate validity");
    add_name_part(X509_get_subject_name(certificate), "O", "rtkhooks emulator");
    add_name_part(X509_get_subject_name(certificate), "CN", common_name);
    require(X509_set_pubkey(certificate, made.key.get()) == 1, "certificate key");
    return made;
}

void sign(X509* certificate, EVP_PKEY* key)
{
    require(X509_sign(certificate, key, EVP_sha256()) != 0, "certificate signature");
}

std::string to_pem(X509* certificate)
{
    std::unique_ptr<BIO, decltype(&BIO_free)> const memory{BIO_new(BIO_s_mem()), &BIO_free};
    require(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "certificate as PEM");
    char* text = nullptr;
    auto const length = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

} // namespace

certificate_authority::certificate_authority() : self_{make_unsigned("rtkhooks emulator authority")}
{
    auto* const own = self_.certificate.get();
    require(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1, "certificate issuer");
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(own, own, NID_subject_key_identifier, "hash");
    add_extension(own, own, NID_authority_key_identifier, "keyid:always");
    sign(own, self_.key.get());
    pem_ = to_pem(own);
}

certified_key certificate_authority::issue(std::string const& names) const
{
    auto made = make_unsigned("localhost");
    auto* const own = made.certificate.get();
    auto* const issuer = self_.certificate.get();
    require(X509_set_issuer_name(own, X509_get_subject_name(issuer)) == 1, "certificate issuer");
    add_extension(own, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(own, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(own, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(own, issuer, NID_subject_alt_name, names.c_str());
    add_extension(own, issuer, NID_subject_key_identifier, "hash");
    add_extension(own, issuer, NID_authority_key_identifier, "keyid:always");
    sign(own, self_.key.get());
    return made;
}

} // namespace rtkhooks::emulation
