// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rtkhooks::emulation {

/// @throws std::runtime_error where OpenSSL's generator fails, as in the functions below
[[nodiscard]] std::uint64_t make_random_number();
/// A version 4 UUID, in lower case.
[[nodiscard]] std::string make_uuid();
/// Letters and digits, evenly drawn.
[[nodiscard]] std::string make_token(std::size_t length);

/// Whether a text has the form of a UUID, of any version and case.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;
/// In 16 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hexadecimal(std::uint64_t number);

} // namespace rtkhooks::emulation
