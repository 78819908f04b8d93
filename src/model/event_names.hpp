// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/webhook.hpp>

#include <string>
#include <vector>

namespace rtkhooks::model {

/// Inserts many names. Inserting one by one into a sorted array takes quadratic time where a server sends them in the
/// worst order; this takes n log n.
void insert_all(event_set& into, std::vector<std::string> names);

} // namespace rtkhooks::model
