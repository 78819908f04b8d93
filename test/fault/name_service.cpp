// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/name_service.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <memory>
#include <mutex>
#include <utility>

namespace rtkhooks::test {
namespace {

std::mutex mutex;
std::shared_ptr<name_service::answer const> current;

std::shared_ptr<name_service::answer const> service()
{
    std::lock_guard const lock{mutex};
    return current;
}

void replace(std::shared_ptr<name_service::answer const> by)
{
    std::lock_guard const lock{mutex};
    current = std::move(by);
}

} // namespace

name_service::name_service(answer what) { replace(std::make_shared<answer const>(std::move(what))); }
name_service::~name_service() { replace(nullptr); }

} // namespace rtkhooks::test

// A definition in the program takes the place of the C library's.
extern "C" int getaddrinfo(char const* node, char const* port, addrinfo const* hints, addrinfo** found)
{
    using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const system = reinterpret_cast<function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    auto const service = rtkhooks::test::service();
    if (!service)
        return system(node, port, hints, found);
    int status = EAI_NONAME;
    auto const addresses = (*service)(status);
    auto** end = found;
    *end = nullptr;
    for (auto const& each : addresses) {
        if (int const problem = system(each.c_str(), port, hints, end); problem != 0)
            return problem;
        end = &(*end)->ai_next;
    }
    return addresses.empty() ? status : 0;
}
