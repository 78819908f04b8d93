// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

namespace rtkhooks::test {

inline constexpr auto account = "023e105f4ecef8ad9ca31a8372d0c353";
inline constexpr auto app = "2b1e5f0c-4d4e-4f5e-8f52-9a6f5a0e7c11";
/// What the clients of tests are authorized by. Nothing that a test prints has it: scripts/test looks for `canary-token`.
inline constexpr auto token = "canary-token-of-the-tests";
/// A well-formed id that no emulator has given to a webhook.
inline constexpr auto some_id = "0d1f069d-43bb-489a-ad8c-7eb95592ba8e";

} // namespace rtkhooks::test
