// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rtkhooks::test {

/// What this program's getaddrinfo says of names, in place of the system's, for as long as this lives.
class name_service {
public:
    /// @return numeric addresses, or with none of them `status`, one of EAI_*
    using answer = std::function<std::vector<std::string>(int& status)>;

    explicit name_service(answer what);
    ~name_service();
    name_service(name_service const&) = delete;
    name_service& operator=(name_service const&) = delete;
};

} // namespace rtkhooks::test
