// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/delivery.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace rtkhooks::detail {

/// What the rest of the library sees of a key.
struct public_key_access {
    /// `genuine`, `signature_mismatch` or `undecided`. Never throws, leaves OpenSSL's error queue as it was.
    [[nodiscard]] static verdict verify(public_key const& key, std::string_view body,
                                        std::span<unsigned char const> signature) noexcept;
};

} // namespace rtkhooks::detail

namespace rtkhooks::delivery {

/// Largest modulus: a check with it takes about a hundred times as long as with one of 2048 bits.
inline constexpr int least_bits = 2048;
inline constexpr int most_bits = 16384;

/// A signature's bytes, as its header gives them.
class signature {
public:
    /// @return nothing where the text is empty, no base64, or larger than any key's signature
    [[nodiscard]] static std::optional<signature> from_base64(std::string_view text) noexcept;

    [[nodiscard]] std::span<unsigned char const> bytes() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<unsigned char, most_bits / 8> bytes_; // set up to size_
    std::size_t size_ = 0;
};

} // namespace rtkhooks::delivery
