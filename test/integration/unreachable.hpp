// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>

namespace rtkhooks::test {

inline boost::asio::ip::tcp::endpoint at(char const* address, std::uint16_t port)
{
    return {boost::asio::ip::make_address(address), port};
}

/// A port that nobody listens on, for as long as this lives.
class closed_port {
public:
    closed_port() { socket_.bind(at("127.0.0.1", 0)); }
    [[nodiscard]] std::uint16_t number() const { return socket_.local_endpoint().port(); }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_{context_, boost::asio::ip::tcp::v4()};
};

/// An address whose queue of connections is full: connecting to it neither succeeds nor fails.
class black_hole {
public:
    explicit black_hole(boost::asio::ip::tcp::endpoint const& where) : acceptor_{context_}
    {
        acceptor_.open(where.protocol());
        acceptor_.set_option(boost::asio::ip::tcp::acceptor::reuse_address{true});
        acceptor_.bind(where);
        acceptor_.listen(0);
        for (auto& each : fill_) {
            each.emplace(context_, where.protocol());
            each->native_non_blocking(true);
            auto const address = acceptor_.local_endpoint();
            auto const begun = ::connect(each->native_handle(), address.data(), static_cast<socklen_t>(address.size()));
            BOOST_TEST_REQUIRE((begun == 0 || errno == EINPROGRESS)); // Asio's own connect would wait
        }
    }
    [[nodiscard]] std::uint16_t number() const { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::array<std::optional<boost::asio::ip::tcp::socket>, 4> fill_;
};

} // namespace rtkhooks::test
