// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "emulator/outbox.hpp"

#include <rtkhooks/emulator.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>

namespace rtkhooks::emulation {

/// Sends what an outbox has, by HTTP/1.1 with a connection for each delivery. All on the context's thread.
class sender {
public:
    /// @param context outlives this, and is not run after this is gone
    /// @param options how to send
    sender(boost::asio::io_context& context, outbox& from, emulator_options const& options);
    ~sender();
    sender(sender const&) = delete;
    sender& operator=(sender const&) = delete;

    /// Sends what may be sent now, and sees to what is to be sent later. To be called when the outbox has more.
    void wake();
    /// Ends what is under way. What is pending stays so.
    void stop();

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rtkhooks::emulation
