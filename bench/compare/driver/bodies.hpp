// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string>

/// @file
/// What the server answers: bodies in the shape that the API documents, in this project's own words.

namespace rtkhooks::bench {

inline constexpr char const* account = "023e105f4ecef8ad9ca31a8372d0c353";
inline constexpr char const* webhook_id = "7c3e1f52-9a0b-4d5e-8f61-2b4a6c8e0d13";

/// One webhook with all events: 471 bytes.
[[nodiscard]] std::string one_webhook();
/// A list of a thousand, each with all events: 446 KiB.
[[nodiscard]] std::string thousand_webhooks();
[[nodiscard]] std::string not_found();
[[nodiscard]] std::string unavailable();

} // namespace rtkhooks::bench
