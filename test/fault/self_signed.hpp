// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/certificate_authority.hpp"

#include <string>

namespace rtkhooks::test {

/// A certificate that vouches for itself, valid now.
/// @param names as OpenSSL's configuration writes subjectAltName
[[nodiscard]] emulation::certified_key self_signed(EVP_PKEY* key, std::string const& names);

/// PEM text.
[[nodiscard]] std::string to_pem(X509* certificate);

} // namespace rtkhooks::test
