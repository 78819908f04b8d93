// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace rtkhooks::emulation {

/// Frees what OpenSSL allocated.
struct openssl_delete {
    void operator()(EVP_PKEY* key) const noexcept;
    void operator()(X509* certificate) const noexcept;
};
template <class T>
using openssl_ptr = std::unique_ptr<T, openssl_delete>;

/// A certificate and its private key, in memory alone.
struct certified_key {
    openssl_ptr<EVP_PKEY> key;
    openssl_ptr<X509> certificate;
};

/// A certificate authority made on the spot: EC P-256, valid from an hour ago and for ten days in all. It issues what a
/// server on this machine needs and keeps within RFC 5280, so that strict verifiers accept it.
class certificate_authority {
public:
    /// @throws std::runtime_error where OpenSSL cannot, with OpenSSL's reason
    certificate_authority();

    /// @param names as OpenSSL's configuration writes subjectAltName. Default: this machine's own.
    /// @throws std::runtime_error where OpenSSL cannot, with OpenSSL's reason
    [[nodiscard]] certified_key issue(std::string const& names = "DNS:localhost,IP:127.0.0.1,IP:::1") const;
    /// The authority's own certificate as PEM text.
    [[nodiscard]] std::string const& pem() const noexcept { return pem_; }

private:
    certified_key self_;
    std::string pem_;
};

} // namespace rtkhooks::emulation
