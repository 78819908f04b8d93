// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

/// The version of these headers. CMake reads it from here: this is its only place.
#define RTKHOOKS_VERSION "0.1.0"
