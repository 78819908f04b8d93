// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

/// Marks what the library exports. Everything else is hidden, in the static library too.
#if defined(__GNUC__) || defined(__clang__)
#define RTKHOOKS_API __attribute__((visibility("default")))
#else
#define RTKHOOKS_API
#endif
