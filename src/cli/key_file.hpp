// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/delivery.hpp>

#include <string>

namespace rtkhooks::cli {

/// The public key that `--key` names: PEM, or the JSON document in which the key is published.
/// @throws usage_error where it is none
[[nodiscard]] public_key read_key(std::string const& file);

/// The key as PEM text.
/// @param text PEM already, or that document
/// @return the text itself where it is no such document
[[nodiscard]] std::string pem_of(std::string const& text);

} // namespace rtkhooks::cli
