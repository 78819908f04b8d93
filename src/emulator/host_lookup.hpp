// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rtkhooks::emulation {

/// Looks a host's addresses up. Nothing can stop a getaddrinfo that is under way, and an io_context waits for that of
/// its own resolver when it goes: so each runs on a thread of its own, which is left to itself where no one waits.
class host_lookup {
public:
    /// @param done called on the context's thread, unless this is gone by then
    /// @throws std::system_error where no thread can be had, or too many are looking up
    host_lookup(boost::asio::io_context& context, std::string host, std::uint16_t port, std::function<void()> done);
    ~host_lookup();
    host_lookup(host_lookup const&) = delete;
    host_lookup& operator=(host_lookup const&) = delete;

    /// The addresses; none where there are none, or it is not done.
    [[nodiscard]] std::vector<boost::asio::ip::tcp::endpoint> found() const;

private:
    struct flight;

    std::shared_ptr<flight> flight_;
};

} // namespace rtkhooks::emulation
