// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace rtkhooks::cli {

/// A server of the demo that is not the API: without TLS, it gives each connection the same answer, whatever it is asked,
/// and closes it. Until this is destroyed.
class demo_stranger {
public:
    demo_stranger(boost::asio::any_io_executor executor, std::string answer);
    ~demo_stranger();
    demo_stranger(demo_stranger const&) = delete;
    demo_stranger& operator=(demo_stranger const&) = delete;

    /// For a client, which must allow `http` to this machine.
    [[nodiscard]] std::string base_url() const;

private:
    struct state;

    std::shared_ptr<state> state_; // shared with the coroutine that accepts
};

} // namespace rtkhooks::cli
