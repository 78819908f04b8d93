// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>
#include <rtkhooks/export.hpp>

#include <concepts>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// Whether a delivery is RealtimeKit's. Without I/O and without state, for any web framework:
///
/// @code
/// auto const key = rtkhooks::public_key::from_pem(pem).value(); // once
///
/// // of each request, before its body is parsed or changed in any way
/// auto const found = [&](std::string_view name) -> rtkhooks::header_value {
///     auto const [first, last] = request.equal_range(name); // Beast; whatever finds a header without regard to case
///     if (first == last)
///         return {};
///     return std::next(first) == last ? rtkhooks::header_value{first->value()} : rtkhooks::header_value::repeated();
/// };
/// auto const check = rtkhooks::check_delivery(key, found, request.body());
/// if (check.verdict != rtkhooks::verdict::genuine)
///     return answer(rtkhooks::status_for(check.verdict));
/// auto const event = rtkhooks::decode_any_event(request.body());
/// @endcode
///
/// What `genuine` proves: whoever has the private key has signed this body, byte for byte, at some time.
///
/// What it does not prove:
/// - **When.** The signature covers no time, so a delivery that someone has seen stays genuine for ever. Remember a
///   digest of the bodies that were acted on.
/// - **That it is a new one.** Delivery id and webhook id are not signed: whoever sends a body again may change them.
///   So the id alone does not tell duplicates.
/// - **That it is yours.** As far as is documented one key signs for all customers, and anyone can become one. Compare
///   what the body says (`organizedBy.id`, `organizationId`, meeting ids) with your own, and give the webhook an
///   address that cannot be guessed.
///
/// Source: RealtimeKit's guide to webhooks; RFC 8017, 8.2 (RSASSA-PKCS1-v1_5); RFC 7468, 13 (public keys).

namespace rtkhooks {

namespace detail {
struct public_key_access;
}

/// What is known of a delivery's signature.
enum class verdict {
    genuine,             ///< made with the private key, over exactly this body
    signature_missing,   ///< no header has one
    signature_malformed, ///< not one text in base64
    signature_mismatch,  ///< of another body or key, or of no key at all
    undecided,           ///< there is no key to check it with, or no memory: nothing is known
};
[[nodiscard]] RTKHOOKS_API std::string_view to_string(verdict value) noexcept;
RTKHOOKS_API std::ostream& operator<<(std::ostream&, verdict);

/// The status by which RealtimeKit does the right thing: it sends a delivery again after 5xx, and never after any other
/// status, so what is not the sender's fault must be 5xx.
/// @return 200 for `genuine`, 400 for `signature_malformed`, 401 for `signature_missing` and `signature_mismatch`, 503
///         for `undecided`
[[nodiscard]] RTKHOOKS_API int status_for(verdict value) noexcept;

/// An RSA key to check signatures with. A cheap value: copies share what they hold, which never changes. Any number of
/// threads may use one.
class public_key {
public:
    /// Reads a key as RealtimeKit publishes it: one PEM block `PUBLIC KEY` (SubjectPublicKeyInfo) of an RSA key with a
    /// modulus of 2048 to 16384 bits and an odd exponent from 3 to 2^64 - 1. White space may stand around it. Line ends
    /// may also be written as a backslash and an `n`, as they are where JSON was escaped twice.
    /// @return the key, or `errc::invalid_argument` with what is wrong: another kind of block or key, a key too small
    ///         or too large, more than one block, other text around it, a text longer than 16 KiB
    [[nodiscard]] RTKHOOKS_API static result<public_key> from_pem(std::string_view pem);

    // Copied where others are moved, so that there always is a key.
    public_key(public_key const&) noexcept = default;
    public_key& operator=(public_key const&) noexcept = default;
    ~public_key() = default;

    /// Of the modulus. A signature has as many, rounded up to whole bytes.
    [[nodiscard]] RTKHOOKS_API int bits() const noexcept;
    /// SHA-256 of the SubjectPublicKeyInfo in 64 hexadecimal digits, to compare with one that was told otherwise:
    /// `openssl pkey -pubin -in key.pem -outform DER | sha256sum`
    [[nodiscard]] RTKHOOKS_API std::string const& fingerprint() const noexcept;

    /// Whether it is the same key, however it was written.
    friend bool operator==(public_key const& left, public_key const& right) noexcept
    {
        return left.fingerprint() == right.fingerprint();
    }
    /// `RSA 2048 bits, SHA-256 0123…`
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, public_key const&);

private:
    struct state;
    friend struct detail::public_key_access;
    explicit public_key(std::shared_ptr<state const> from) noexcept : state_{std::move(from)} {}

    std::shared_ptr<state const> state_;
};

/// Checks one signature.
///
/// @param body the exact bytes that came. Parsing and writing them again changes them.
/// @param signature what the header says: base64 in the standard alphabet, padded, and nothing else
/// @return any but `signature_missing`. `undecided` only where memory is short. A signature whose size is not that of
///         the key is a mismatch: it may be one of the next key.
/// Thread-safe. Leaves OpenSSL's error queue as it was.
[[nodiscard]] RTKHOOKS_API verdict verify(public_key const& key, std::string_view body,
                                          std::string_view signature) noexcept;

/// What a lookup finds of one header: nothing, its value, or that it came more than once.
class header_value {
public:
    header_value() noexcept = default;
    header_value(std::nullopt_t) noexcept {}
    header_value(std::optional<std::string_view> value) noexcept : value_{value} {}
    template <std::convertible_to<std::string_view> Text>
    header_value(Text const& value) noexcept : value_{std::string_view{value}}
    {
    }
    /// A null pointer is nothing.
    header_value(char const* value) noexcept
    {
        if (value != nullptr)
            value_ = value;
    }
    header_value(std::string&&) = delete; // it would be gone before it is read
    [[nodiscard]] static header_value repeated() noexcept
    {
        header_value result;
        result.repeated_ = true;
        return result;
    }

    /// The value of a header that came once.
    [[nodiscard]] std::optional<std::string_view> const& once() const noexcept { return value_; }
    [[nodiscard]] bool is_repeated() const noexcept { return repeated_; }
    [[nodiscard]] bool is_missing() const noexcept { return !value_ && !repeated_; }

private:
    std::optional<std::string_view> value_;
    bool repeated_ = false;
};

/// A reference to a function that finds a header by its name: `header_value(std::string_view name)`. Names are in lower
/// case, and to be compared without regard to case. What the value points to must live as long as the call that asked.
class header_lookup {
public:
    template <std::invocable<std::string_view> Function>
    header_lookup(Function const& function) noexcept
        : function_{std::addressof(function)}, call_{[](void const* to, std::string_view name) -> header_value {
              return (*static_cast<Function const*>(to))(name);
          }}
    {
    }

    [[nodiscard]] header_value operator()(std::string_view name) const { return call_(function_, name); }

private:
    void const* function_;
    header_value (*call_)(void const*, std::string_view);
};

/// What a delivery's headers and body say of it.
struct delivery_check {
    delivery_check() = default; // declared, so that the type is no aggregate: see webhook

    rtkhooks::verdict verdict = rtkhooks::verdict::undecided;
    // The two that are not signed, whatever the verdict is. Visible ASCII, 128 bytes at most; empty where there is
    // none, or more than one, or another text.
    std::string id;         ///< of the delivery: the same when it is sent again
    std::string webhook_id; ///< of the webhook that it is sent for

    friend bool operator==(delivery_check const&, delivery_check const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, delivery_check const&);
};

/// Checks a delivery by its headers: `rtk-signature`, `rtk-uuid` and `rtk-webhook-id`, or where one is missing its
/// older name, `dyte-signature` and so on. A signature that is there decides, whatever the older name has.
///
/// @param headers finds a header; what it throws is passed on
/// @param body the exact bytes that came
/// @return the verdict as of verify(), and `signature_missing`
/// Thread-safe.
[[nodiscard]] RTKHOOKS_API delivery_check check_delivery(public_key const& key, header_lookup headers,
                                                         std::string_view body);

/// The same with several keys, one of which must have made the signature: while one key replaces another. Without any
/// key, a signature that could be one is `undecided`.
[[nodiscard]] RTKHOOKS_API delivery_check check_delivery(std::span<public_key const> keys, header_lookup headers,
                                                         std::string_view body);

} // namespace rtkhooks
