// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/matrix.hpp"
#include "fault/name_service.hpp"
#include "integration/canned.hpp"
#include "integration/unreachable.hpp"

#include <boost/test/unit_test.hpp>

#include <netdb.h>

#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Rows 1 to 8: on the way to a connection.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::at;
using test::endings;
using test::failure;
using test::fate;
using test::fault;
using test::preparation;
using test::success;
using test::unsent;

namespace {

fault of(int row, std::string name, preparation prepare, endings expected)
{
    fault made;
    made.row = row;
    made.name = std::move(name);
    made.script = [](auto&) {};
    made.prepare = std::move(prepare);
    made.expected = expected;
    made.recovers = !expected.idempotent.code.has_value();
    return made;
}

/// Tried once, and nobody was reached.
endings hopeless(errc code, phase where) { return failure(code, where, request_state::unsent, fate::none); }

/// Leads the client to a port that something keeps as it is.
template <class Keeper>
preparation to_port_of(std::shared_ptr<Keeper> keeper, std::uint16_t port)
{
    return [keeper = std::move(keeper), port](client_config& config, auto&) {
        config.base_url = "https://server.test:" + std::to_string(port);
        config.resolve.clear();
        config.resolve.emplace_back("server.test", port, "127.0.0.1");
    };
}

std::uint16_t port_of(client_config const& config) { return config.resolve.front().port(); }

/// The host has these addresses, all with the server's port.
preparation at_addresses(std::vector<std::string> addresses)
{
    return [addresses = std::move(addresses)](client_config& config, detail::environment& world) {
        std::vector<boost::asio::ip::tcp::endpoint> endpoints;
        for (auto const& each : addresses)
            endpoints.push_back(at(each.c_str(), port_of(config)));
        config.resolve.clear();
        world.lookup = [endpoints](auto const&, auto) { return transport::lookup_result{endpoints}; };
    };
}

/// The system's own way, and what getaddrinfo says.
preparation by_name_service(test::name_service::answer what)
{
    return [what = std::move(what)](client_config& config, detail::environment& world) {
        config.resolve.clear();
        // In the look-up, as the service has to live as long as that.
        world.lookup = [what](std::string const& host, std::uint16_t port) {
            test::name_service const service{what};
            return transport::system_lookup(host, port);
        };
    };
}

test::name_service::answer says(int problem)
{
    return [problem](int& status) {
        status = problem;
        return std::vector<std::string>{};
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(connecting)

BOOST_AUTO_TEST_CASE(nobody_there)
{
    auto const closed = std::make_shared<test::closed_port>();
    auto const silent = std::make_shared<test::black_hole>(at("127.0.0.1", 0));
    std::vector rows{
        of(1, "refused", to_port_of(closed, closed->number()), unsent(errc::connect_failed, phase::connect)),
        of(2, "silence", to_port_of(silent, silent->port()), unsent(errc::connect_failed, phase::connect)),
    };
    rows.back().only_time_ends_it = true;
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(no_address)
{
    std::vector const rows{
        of(4, "the host does not exist", by_name_service(says(EAI_NONAME)),
           hopeless(errc::resolve_failed, phase::resolve)),
        of(4, "the host has no address", by_name_service(says(EAI_NODATA)),
           hopeless(errc::resolve_failed, phase::resolve)),
        of(4, "the name server fails", by_name_service(says(EAI_AGAIN)), unsent(errc::resolve_failed, phase::resolve)),
        of(4, "the name server refuses", by_name_service(says(EAI_FAIL)), unsent(errc::resolve_failed, phase::resolve)),
        of(12, "no memory to look it up", by_name_service(says(EAI_MEMORY)),
           hopeless(errc::resource_exhausted, phase::resolve)),
        of(6, "the system's own names", by_name_service([](int&) { return std::vector<std::string>{"127.0.0.1"}; }),
           success(fate::kept)),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(a_look_up_that_takes_too_long)
{
    for (bool const by_deadline : {true, false}) {
        auto const end = std::make_shared<std::latch>(1);
        preparation const stuck = [end, by_deadline](client_config& config, detail::environment& world) {
            config.resolve.clear();
            config.timeouts.connect = by_deadline ? 1h : 10s;
            world.lookup = [end](auto const&, auto) -> transport::lookup_result {
                end->wait(); // nothing can stop it (F1)
                return transport::failure{errc::resolve_failed, phase::resolve, "too late"};
            };
        };
        std::vector rows{
            by_deadline ? of(5, "until the deadline", stuck, hopeless(errc::timed_out, phase::resolve))
                        : of(5, "until timeouts.connect", stuck, unsent(errc::resolve_failed, phase::resolve)),
        };
        rows.back().only_time_ends_it = true;
        test::play(rows);
        end->count_down();
    }
}

BOOST_AUTO_TEST_CASE(several_addresses)
{
    std::vector rows{
        of(6, "the first refuses", at_addresses({"127.0.0.3", "127.0.0.1"}), success(fate::kept)),
        of(8, "IPv6 first, and nobody there", at_addresses({"::1", "127.0.0.1"}), success(fate::kept)),
        of(1, "all refuse", at_addresses({"::1", "127.0.0.3"}), unsent(errc::connect_failed, phase::connect)),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_SUITE_END()
