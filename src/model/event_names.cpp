// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/event_names.hpp"

#include <algorithm>

namespace rtkhooks::model {

void insert_all(event_set& into, std::vector<std::string> names)
{
    std::sort(names.begin(), names.end());
    event_set sorted;
    for (auto const& name : names)
        sorted.insert(std::string_view{name}); // each at the end
    into |= sorted;
}

} // namespace rtkhooks::model
