// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "integration/forked_server.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>

namespace rtkhooks::test {
namespace {

[[noreturn]] void serve(scripted_server::script what, int port_and_certificate)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // it ends with its parent, however that ends
    scripted_server const server{std::move(what)};
    auto const text = std::to_string(server.port()) + '\n' + server.config().tls.ca_pem;
    if (::write(port_and_certificate, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        ::_exit(1);
    ::close(port_and_certificate);
    for (;;)
        ::pause();
}

} // namespace

forked_server::forked_server(scripted_server::script what)
{
    int ends[2];
    if (::pipe(ends) != 0)
        throw std::runtime_error{"pipe"};
    id_ = ::fork();
    if (id_ < 0)
        throw std::runtime_error{"fork"};
    if (id_ == 0) {
        ::close(ends[0]);
        serve(std::move(what), ends[1]);
    }
    ::close(ends[1]);
    std::string text;
    char piece[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(size));
    ::close(ends[0]);
    auto const line_end = text.find('\n');
    if (line_end == text.npos)
        throw std::runtime_error{"the server's process did not begin"};
    config_ = scripted_server::config_for(static_cast<std::uint16_t>(std::stoul(text)), text.substr(line_end + 1));
}

forked_server::~forked_server()
{
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

} // namespace rtkhooks::test
