// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/error.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace rtkhooks::delivery {

/// Reads what is published at `/.well-known/webhooks.json`: one JSON object whose `data.publicKey` is a key in PEM.
/// `success` may be missing, because the answer's status has said it; members that are not known are passed over, no
/// name may come twice.
/// @return the key, or `errc::decode_failed` with what is wrong
[[nodiscard]] result<public_key> read_key_document(std::string_view body);

/// The same of an answer with a status: only one of 200 has a key.
/// @return the key, or what the status means, with the messages that the body has
[[nodiscard]] result<public_key> read_key_answer(int status, std::string_view body);

/// For how long a cache has kept an answer, by its field `Age` (RFC 9111 section 5.1), a year at most; nothing where it
/// has not, or for less than a second, which is 0 and what some say that have kept nothing. What is no number is taken
/// for an age that cannot be known, and not passed over as a cache would: then a delivery gets 503 at worst, not 401.
[[nodiscard]] std::optional<std::chrono::seconds> kept_for(std::string_view age) noexcept;

} // namespace rtkhooks::delivery
