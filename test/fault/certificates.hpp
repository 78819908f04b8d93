// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/certificate_authority.hpp"

#include <openssl/types.h>

#include <string>
#include <utility>
#include <vector>

namespace rtkhooks::test {

/// By their numbers, as OpenSSL's configuration writes them.
using extensions = std::vector<std::pair<int, std::string>>;

/// A certificate that vouches for itself, and may for others; valid now.
/// @param names as OpenSSL's configuration writes subjectAltName
[[nodiscard]] emulation::certified_key self_signed(EVP_PKEY* key, std::string const& names);

/// One that another vouches for.
/// @param digest what is signed. Default: SHA-256.
[[nodiscard]] emulation::certified_key issued_by(emulation::certified_key const& authority, std::string const& subject,
                                                 EVP_PKEY* key, extensions const& what, EVP_MD const* digest = nullptr);

/// PEM text.
[[nodiscard]] std::string to_pem(X509* certificate);
[[nodiscard]] std::string to_pem(EVP_PKEY* key);

} // namespace rtkhooks::test
