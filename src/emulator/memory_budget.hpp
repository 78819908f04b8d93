// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/memory_budget.hpp"

namespace rtkhooks::emulation {

using http::memory_budget;

} // namespace rtkhooks::emulation
