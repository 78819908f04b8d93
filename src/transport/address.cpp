// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/address.hpp"

namespace rtkhooks::transport {

std::vector<endpoint> interleave(std::vector<endpoint> const& addresses)
{
    if (addresses.empty())
        return {};
    bool const first_family = addresses.front().address().is_v6();
    std::vector<endpoint> first;
    std::vector<endpoint> second;
    for (auto const& address : addresses)
        (address.address().is_v6() == first_family ? first : second).push_back(address);
    std::vector<endpoint> ordered;
    ordered.reserve(addresses.size());
    for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
        if (i < first.size())
            ordered.push_back(first[i]);
        if (i < second.size())
            ordered.push_back(second[i]);
    }
    return ordered;
}

} // namespace rtkhooks::transport
