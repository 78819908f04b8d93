// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/no_sockets.hpp"

#include <dlfcn.h>
#include <sys/socket.h>

#include <cerrno>

namespace rtkhooks::test {
namespace {

thread_local int refusal = 0;

} // namespace

no_sockets::no_sockets(int error) noexcept { refusal = error; }
no_sockets::~no_sockets() { refusal = 0; }

} // namespace rtkhooks::test

// A definition in the program takes the place of the C library's.
extern "C" int socket(int domain, int type, int protocol) noexcept
{
    using function = int (*)(int, int, int);
    static auto const system = reinterpret_cast<function>(dlsym(RTLD_NEXT, "socket"));
    if (rtkhooks::test::refusal == 0)
        return system(domain, type, protocol);
    errno = rtkhooks::test::refusal;
    return -1;
}
