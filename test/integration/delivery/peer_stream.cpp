// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/peer_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace rtkhooks::delivery {

namespace net = boost::asio;
using net::ip::tcp;

namespace {

/// The beginning of a ClientHello.
std::string const hello{"\x16\x03\x01\x00\xf0\x01\x00\x00\xec\x03\x03", 11};

/// Both ends of a connection.
class pair {
public:
    explicit pair(net::any_io_executor server_executor) : server{std::move(server_executor)}
    {
        tcp::acceptor acceptor{context_, {net::ip::address_v4::loopback(), 0}};
        client.connect(acceptor.local_endpoint());
        acceptor.accept(server);
    }

private:
    net::io_context context_;

public:
    tcp::socket client{context_};
    tcp::socket server;
};

/// A peer on one thread, whose operations are carried out on a strand, as a receiver's are.
struct scene {
    void spawn(net::awaitable<bool> what)
    {
        net::co_spawn(strand, std::move(what), [this](std::exception_ptr, bool succeeded) { result = succeeded; });
    }
    /// What is ready happens.
    void settle()
    {
        context.restart();
        while (context.poll() != 0) {}
    }

    net::io_context context{1};
    net::strand<net::io_context::executor_type> strand = net::make_strand(context);
    std::optional<bool> result;
};

} // namespace

BOOST_AUTO_TEST_SUITE(receiver_peer_stream)

// The interruption comes when bytes have been read and nobody knows it yet: there is nothing to cancel, and TLS would
// wait for more.
BOOST_AUTO_TEST_CASE(an_interruption_between_two_reads_is_not_lost)
{
    scene own;
    net::ssl::context tls{net::ssl::context::tls_server};
    pair ends{own.strand};
    pair other{own.context.get_executor()};
    peer_stream stream{std::move(ends.server), &tls};
    own.spawn(stream.shake_hands());
    net::write(ends.client, net::buffer(hello));
    own.settle();
    BOOST_TEST(!own.result.has_value());

    // Both are ready at once, and the first has the interruption wait behind the second.
    other.server.async_wait(tcp::socket::wait_read,
                            [&](boost::system::error_code) { net::post(own.strand, [&] { stream.interrupt(); }); });
    own.settle();
    net::write(other.client, net::buffer("x", 1));
    net::write(ends.client, net::buffer("y", 1));
    own.settle();
    BOOST_REQUIRE(own.result.has_value());
    BOOST_TEST(!*own.result);
}

BOOST_AUTO_TEST_CASE(an_interruption_ends_what_begins_after_it)
{
    scene own;
    pair ends{own.strand};
    peer_stream stream{std::move(ends.server), nullptr};
    std::array<char, 16> space{};
    auto const read = [&]() -> net::awaitable<bool> {
        auto const size = co_await stream.read_some(net::buffer(space));
        co_return size != 0;
    };
    stream.interrupt();
    own.spawn(read());
    own.settle();
    BOOST_TEST((own.result == std::optional{false}));
    BOOST_TEST((stream.failure() == net::error::operation_aborted));

    own.result.reset();
    stream.proceed();
    own.spawn(read());
    own.settle();
    BOOST_TEST(!own.result.has_value());
    stream.interrupt();
    own.settle();
    BOOST_TEST((own.result == std::optional{false}));

    own.result.reset();
    stream.proceed();
    own.spawn(read());
    net::write(ends.client, net::buffer("x", 1));
    own.settle();
    BOOST_TEST((own.result == std::optional{true}), "the connection is as good as before");
}

BOOST_AUTO_TEST_CASE(an_interrupted_write_closes_the_connection)
{
    scene own;
    pair ends{own.strand};
    peer_stream stream{std::move(ends.server), nullptr};
    std::string const much(64 << 20, 'x'); // which nobody reads
    own.spawn(stream.write(net::buffer(much)));
    own.settle();
    BOOST_TEST(!own.result.has_value());
    stream.interrupt();
    own.settle();
    BOOST_TEST((own.result == std::optional{false}));
    own.result.reset();
    stream.proceed();
    own.spawn(stream.write(net::buffer("x", 1)));
    own.settle();
    BOOST_TEST((own.result == std::optional{false}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::delivery
