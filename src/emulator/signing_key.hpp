// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/certificate_authority.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rtkhooks::emulation {

/// What deliveries are signed with: RSA of 2048 bits, in memory alone. Never changes, so that threads may share one.
class signing_key {
public:
    /// Makes one, which takes a tenth of a second or several.
    /// @throws std::runtime_error where OpenSSL cannot
    signing_key();

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), in base64 as the header has it.
    /// @throws std::runtime_error where OpenSSL cannot
    [[nodiscard]] std::string sign(std::string_view body) const;
    /// SubjectPublicKeyInfo as PEM text.
    [[nodiscard]] std::string const& public_pem() const noexcept { return public_pem_; }

private:
    openssl_ptr<EVP_PKEY> key_;
    std::string public_pem_;
};

/// The key that is in use. For several threads.
class signing_key_ring {
public:
    /// Makes the first one, where there is none yet: most emulators never need it.
    [[nodiscard]] std::shared_ptr<signing_key const> current();
    /// Has another one take its place.
    void rotate();

private:
    std::mutex mutex_;
    std::shared_ptr<signing_key const> current_;
};

} // namespace rtkhooks::emulation
