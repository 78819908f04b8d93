// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "fault/name_service.hpp"
#include "fault/no_sockets.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/manual_clock.hpp"
#include "integration/sanitizer.hpp"
#include "integration/unreachable.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <boost/test/unit_test.hpp>

#include <netdb.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

// Rows 1 to 12: on the way to a connection. Those that need a network of their own are in network.cpp.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::at;
using test::endings;
using test::failure;
using test::fate;
using test::fault;
using test::look_up_script;
using test::success;
using test::unsent;
namespace net = boost::asio;

namespace {

fault of(int row, std::string name, look_up_script look_up, endings expected)
{
    fault made;
    made.row = row;
    made.name = std::move(name);
    made.script = [](auto&) {};
    made.look_up = std::move(look_up);
    made.expected = expected;
    return made;
}

/// Tried once, and nobody was reached.
endings hopeless(errc code, phase where) { return failure(code, where, request_state::unsent, fate::none); }

/// Leads the client to a port that something keeps as it is.
template <class Keeper>
look_up_script to_port_of(std::shared_ptr<Keeper> keeper)
{
    return [keeper = std::move(keeper)](auto const&, auto const&, auto const&) {
        auto const where = at("127.0.0.1", keeper->number());
        return transport::lookup_result{std::vector{where, where}};
    };
}

/// The host has these addresses, all with the server's port.
look_up_script at_addresses(std::vector<char const*> addresses)
{
    return [addresses = std::move(addresses)](auto const&, transport::endpoint const& server, auto const&) {
        std::vector<transport::endpoint> endpoints;
        for (auto const* const each : addresses)
            endpoints.push_back(at(each, server.port()));
        return transport::lookup_result{endpoints};
    };
}

/// The system's own way, and what getaddrinfo says.
look_up_script by_name_service(test::name_service::answer what)
{
    return [what = std::move(what)](std::string const& host, transport::endpoint const& server, auto const&) {
        test::name_service const service{what}; // here, as it has to live as long as the look-up
        return transport::system_lookup(host, server.port());
    };
}

/// @param system_code that errno has then
test::name_service::answer says(int problem, int system_code = 0)
{
    return [problem, system_code](int& status) {
        status = problem;
        errno = system_code;
        return std::vector<std::string>{};
    };
}

/// Takes all descriptors that the process may have, for as long as it lives.
class no_more_descriptors {
public:
    no_more_descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto few = before_;
        few.rlim_cur = 512;
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (int made = ::dup(0); made >= 0; made = ::dup(0))
            taken_.push_back(made);
        BOOST_TEST(errno == EMFILE);
    }
    ~no_more_descriptors()
    {
        for (int const each : taken_)
            ::close(each);
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }
    no_more_descriptors(no_more_descriptors const&) = delete;
    no_more_descriptors& operator=(no_more_descriptors const&) = delete;

private:
    rlimit before_{};
    std::vector<int> taken_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(connecting)

BOOST_AUTO_TEST_CASE(nobody_there)
{
    auto const closed = std::make_shared<test::closed_port>();
    auto const silent = std::make_shared<test::black_hole>(at("127.0.0.1", 0));
    std::vector rows{
        of(1, "refused", to_port_of(closed), unsent(errc::connect_failed, phase::connect)),
        of(2, "silence", to_port_of(silent), unsent(errc::connect_failed, phase::connect)),
    };
    rows.back().only_time_ends_it = true;
    rows.back().stuck_at_alarm = 250ms; // when the second address is tried
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
        of(12, "no memory for its files", by_name_service(says(EAI_SYSTEM, ENOMEM)),
           hopeless(errc::resource_exhausted, phase::resolve)),
        of(10, "no descriptors to look it up", by_name_service(says(EAI_SYSTEM, EMFILE)),
           hopeless(errc::resource_exhausted, phase::resolve)),
        of(10, "nor for the first look-up", by_name_service(says(EAI_NONAME, EMFILE)),
           hopeless(errc::resource_exhausted, phase::resolve)),
        of(4, "another error of the system's", by_name_service(says(EAI_SYSTEM, EIO)),
           unsent(errc::resolve_failed, phase::resolve)),
        of(6, "the system's own names", by_name_service([](int&) { return std::vector<std::string>{"127.0.0.1"}; }),
           success(fate::kept)),
    };
    test::play(rows);
}

BOOST_AUTO_TEST_CASE(a_look_up_that_takes_too_long)
{
    look_up_script const stuck = [](auto const&, auto const& server, auto const& healed) {
        healed.wait(false); // nothing else can stop it (F1)
        return transport::lookup_result{std::vector{server}};
    };
    std::vector rows{
        of(5, "until the deadline", stuck, hopeless(errc::timed_out, phase::resolve)),
        of(5, "until timeouts.connect", stuck, unsent(errc::resolve_failed, phase::resolve)),
    };
    rows.front().prepare = [](client_config& config, auto&) { config.timeouts.connect = 1h; };
    for (auto& each : rows)
        each.only_time_ends_it = true;
    test::play(rows);
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

BOOST_AUTO_TEST_CASE(the_address_changes)
{
    test::scripted_server first{test::answer_all};
    test::scripted_server second{test::answer_all};
    std::atomic<std::uint16_t> port = first.port();
    std::atomic<int> look_ups = 0;
    test::manual_clock clock;
    detail::environment world;
    world.make_clock = clock.factory();
    world.lookup = [&](auto const&, auto) {
        ++look_ups;
        return transport::lookup_result{std::vector{at("127.0.0.1", port)}};
    };
    auto config = first.config();
    config.resolve.clear();
    config.tls.ca_pem += second.config().tls.ca_pem;
    config.pool.idle_timeout = config.pool.max_age = 60s;
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        auto const hooks = api.webhooks(test::account, test::app);
        auto const call = [&]() -> awaitable<void> {
            auto const got = co_await hooks.get(test::some_id);
            BOOST_TEST_INFO((got.has_error() ? got.error() : error{}));
            BOOST_TEST(got.has_value());
        };
        co_await call();
        port = second.port();
        co_await call();
        BOOST_TEST(first.requests() == 2, "row 9: a connection that is there serves on");
        clock.advance(60s); // it is too old now, and so is what the look-up said
        co_await call();
        BOOST_TEST(second.requests() == 1, "row 9: a new one goes where the host is now");
        BOOST_TEST(look_ups == 2);
        co_await call();
        BOOST_TEST(second.requests() == 2);
        BOOST_TEST(api.stats().open == 1U, "row 9: the old one is gone");
    });
}

BOOST_AUTO_TEST_CASE(no_descriptors, *boost::unit_test::precondition(test::can_do_without_descriptors))
{
    test::scripted_server server{test::answer_all};
    for (auto const which : {test::operation::get, test::operation::create}) {
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{executor, server.config()};
            auto const hooks = api.webhooks(test::account, test::app);
            std::optional<error> why;
            {
                no_more_descriptors const shortage;
                why = co_await test::perform(hooks, which, call_options{}.max_retries(3));
            }
            BOOST_TEST_REQUIRE(why.has_value(), "row 10");
            BOOST_TEST((why->code() == errc::resource_exhausted), *why);
            BOOST_TEST((why->phase() == phase::connect));
            BOOST_TEST(why->request_state() == request_state::unsent);
            BOOST_TEST(why->attempts() == 1, "row 10: it does not try again and again");
            BOOST_TEST(api.stats().connect_failures == 1U);
            auto const next = co_await test::perform(hooks, which, {});
            BOOST_TEST(!next, "row 10: it recovers");
        });
    }
}

BOOST_AUTO_TEST_CASE(no_descriptors_to_look_up, *boost::unit_test::precondition(test::can_do_without_descriptors))
{
    transport::lookup_result found;
    {
        no_more_descriptors const shortage;
        found = transport::system_lookup("localhost", 443);
    }
    auto const* const why = std::get_if<transport::failure>(&found);
    BOOST_TEST_REQUIRE(why != nullptr, "row 10");
    BOOST_TEST((why->code == errc::resource_exhausted), "row 10: " << why->cause.message());
}

/// By the system's word alone, so that it is seen where a sanitizer needs descriptors, too.
BOOST_AUTO_TEST_CASE(no_sockets)
{
    struct {
        int error;
        errc code;
        int attempts;
    } const rows[] = {{EMFILE, errc::resource_exhausted, 1},
                      {ENFILE, errc::resource_exhausted, 1},
                      {ENOMEM, errc::resource_exhausted, 1},
                      {ENOBUFS, errc::connect_failed, 4}};
    for (auto const& [refusal, code, attempts] : rows) {
        for (auto const which : {test::operation::get, test::operation::create}) {
            BOOST_TEST_INFO_SCOPE("rows 10, 11: " << std::generic_category().message(refusal));
            test::scripted_server server{test::answer_all};
            auto config = server.config();
            config.retry.base_delay = 1ms;
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                client api{executor, config};
                auto const hooks = api.webhooks(test::account, test::app);
                std::optional<error> why;
                {
                    test::no_sockets const shortage{refusal};
                    why = co_await test::perform(hooks, which, call_options{}.max_retries(3));
                }
                BOOST_TEST_REQUIRE(why.has_value());
                BOOST_TEST_INFO(*why);
                BOOST_TEST((why->code() == code));
                BOOST_TEST((why->phase() == phase::connect));
                BOOST_TEST(why->request_state() == request_state::unsent);
                BOOST_TEST(why->attempts() == attempts);
                BOOST_TEST(why->cause().value() == refusal);
                auto const next = co_await test::perform(hooks, which, {});
                BOOST_TEST(!next, "it recovers");
            });
            BOOST_TEST(server.connections() == 1);
        }
    }
}

/// Who cannot have a connection of its own waits for one that is there.
BOOST_AUTO_TEST_CASE(no_descriptors_but_a_connection, *boost::unit_test::precondition(test::can_do_without_descriptors))
{
    std::latch go_on{1};
    test::scripted_server server{[&](test::scripted_server::session& connection) {
        connection.read_request();
        go_on.wait();
        connection.send(test::good_answer);
        test::answer_all(connection);
    }};
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{executor, server.config()};
        auto const hooks = api.webhooks(test::account, test::app);
        std::optional<result<webhook>> first;
        std::optional<result<webhook>> second;
        net::co_spawn(executor, test::get_into(hooks, first), net::detached);
        co_await test::until([&] { return server.requests() == 1; });
        {
            no_more_descriptors const shortage;
            net::co_spawn(executor, test::get_into(hooks, second), net::detached);
            co_await test::until([&] { return api.stats().connect_failures == 1; });
            BOOST_TEST(!second.has_value());
            go_on.count_down();
            co_await test::until([&] { return first.has_value() && second.has_value(); });
        }
        BOOST_TEST(first->has_value());
        BOOST_TEST(second->has_value(), "row 10");
        BOOST_TEST(api.stats().opened == 1U);
    });
}

/// A server that does not listen for a moment, while one of its connections is busy.
BOOST_AUTO_TEST_CASE(refused_while_another_connection_is_busy)
{
    for (bool const on_a_dead_connection : {true, false}) {
        test::closed_port const nobody;
        std::latch both{2};
        std::atomic<bool> release = false;
        test::scripted_server server{[&](test::scripted_server::session& connection) {
            if (on_a_dead_connection && connection.number() <= 2) {
                connection.read_request();
                both.arrive_and_wait(); // so that there are two
                connection.send(test::good_answer);
            }
            if (connection.read_request().find("busy") != std::string::npos) {
                while (!release)
                    std::this_thread::yield();
            } else if (on_a_dead_connection && connection.number() <= 2) {
                connection.reset();
            }
            connection.send(test::good_answer);
            test::answer_all(connection);
        }};
        auto config = server.config();
        config.resolve.clear();
        config.retry.max_retries = 5;
        config.timeouts.call = config.timeouts.attempt = config.timeouts.connect = 1h;
        config.pool.idle_timeout = 300s;
        config.pool.max_age = 1h;
        test::manual_clock clock;
        std::atomic<std::uint16_t> port = server.port();
        detail::environment world;
        world.make_clock = clock.factory();
        world.lookup = [&](auto const&, auto) { return transport::lookup_result{std::vector{at("127.0.0.1", port)}}; };
        test::run([&](net::any_io_executor executor) -> awaitable<void> {
            client api{detail::client_access::make(executor, config, std::move(world))};
            auto const hooks = api.webhooks(test::account, test::app);
            std::optional<result<webhook>> first;
            std::optional<result<webhook>> second;
            if (on_a_dead_connection) {
                net::co_spawn(executor, test::get_into(hooks, first), net::detached);
                net::co_spawn(executor, test::get_into(hooks, second), net::detached);
                co_await test::until([&] { return first && second; });
            }
            std::optional<result<webhook>> busy;
            auto const before = server.requests();
            net::co_spawn(executor, test::get_into(hooks, busy, call_options{}.header("X-Be", "busy")), net::detached);
            co_await test::until([&] { return server.requests() > before; });
            port = nobody.number();
            clock.advance(31s); // the look-up is made again
            std::optional<result<webhook>> got;
            call_info info;
            net::co_spawn(executor, test::get_into(hooks, got, call_options{}.info(&info)), net::detached);
            co_await test::until([&] { return api.stats().connect_failures == 1; });
            port = server.port();
            for (int i = 0; i != 300; ++i)
                co_await net::post(executor, net::use_awaitable);
            clock.advance(31s);
            co_await test::until([&] { return got.has_value(); });
            BOOST_TEST(got->has_value(), "row 1: " << (got->has_error() ? got->error() : error{}));
            BOOST_TEST(!busy.has_value(), "it has not waited for the other's connection");
            release = true;
            co_await test::until([&] { return busy.has_value(); });
            BOOST_TEST(busy->has_value());
        });
    }
}

/// P14: of the few places that there are, dials that fail or are given up keep none.
BOOST_AUTO_TEST_CASE(dials_that_come_to_nothing)
{
    constexpr std::size_t places = 2;
    constexpr std::size_t failures = 3 * places;
    test::scripted_server server{[](test::scripted_server::session& connection) {
                                     auto const number = static_cast<std::size_t>(connection.number());
                                     if (number <= failures)
                                         return connection.close();
                                     if (number <= failures + places) {
                                         connection.read_some();
                                         return connection.wait_for_close();
                                     }
                                     connection.shake_hands();
                                     test::answer_all(connection);
                                 },
                                 test::scripted_server::protocol::raw};
    auto config = server.config();
    config.pool.max_connections = places;
    test::manual_clock const clock; // on which no dial takes too long
    detail::environment world;
    world.make_clock = clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        auto const hooks = api.webhooks(test::account, test::app);
        std::vector<std::optional<result<webhook>>> got(failures + places);
        auto const is_there = [](auto const& each) { return each.has_value(); };
        for (std::size_t i = 0; i != failures; ++i)
            net::co_spawn(executor, test::get_into(hooks, got[i]), net::detached);
        co_await test::until([&] { return std::all_of(got.begin(), got.begin() + failures, is_there); });
        BOOST_TEST(
            std::none_of(got.begin(), got.begin() + failures, [](auto const& each) { return each->has_value(); }));
        BOOST_TEST(api.stats().connect_failures == failures);
        net::cancellation_signal signals[places];
        for (std::size_t i = 0; i != places; ++i)
            net::co_spawn(executor, test::get_into(hooks, got[failures + i]),
                          net::bind_cancellation_slot(signals[i].slot(), net::detached));
        co_await test::until([&] { return static_cast<std::size_t>(server.connections()) == failures + places; });
        for (auto& each : signals)
            each.emit(net::cancellation_type::terminal);
        co_await test::until([&] { return std::all_of(got.begin(), got.end(), is_there); });
        BOOST_TEST(api.stats().connecting == places, "a dial serves whoever comes");
        co_await test::until([&] {
            clock.advance(100ms); // until they have taken too long
            return api.stats().connecting == 0;
        });
        for (std::size_t i = 0; i != 2 * places; ++i) {
            auto const good = co_await hooks.get(test::some_id);
            BOOST_TEST(good.has_value());
        }
        BOOST_TEST(api.stats().open == 1U);
    });
}

/// P8: for a minute nobody can be reached.
BOOST_AUTO_TEST_CASE(a_long_outage)
{
    constexpr int calls = 60;
    std::atomic<bool> up = false;
    test::scripted_server server{[&](test::scripted_server::session& connection) {
                                     if (!up)
                                         return connection.close();
                                     connection.shake_hands();
                                     test::answer_all(connection);
                                 },
                                 test::scripted_server::protocol::raw};
    auto config = server.config();
    config.retry = {};
    test::manual_clock const clock;
    detail::environment world;
    world.make_clock = clock.factory();
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        auto const hooks = api.webhooks(test::account, test::app);
        for (int i = 0; i != calls; ++i) {
            call_info info;
            std::optional<result<webhook>> got;
            net::co_spawn(executor, test::get_into(hooks, got, call_options{}.info(&info)), net::detached);
            co_await test::until([&] {
                if (api.stats().pacing + api.stats().waiting + api.stats().connecting == 0)
                    clock.advance(1ms); // within a pause
                return got.has_value();
            });
            BOOST_TEST_REQUIRE(got->has_error());
            BOOST_TEST(got->error().request_state() == request_state::unsent);
            BOOST_TEST((info.elapsed <= config.retry.base_delay * 3), "it fails fast: " << info.elapsed.count());
            clock.advance(1s);
        }
        BOOST_TEST(server.connections() <= calls + calls / 5 + config.retry.budget_reserve, "P7");
        BOOST_TEST(server.connections() > calls);
        up = true;
        auto const next = co_await hooks.get(test::some_id);
        BOOST_TEST(next.has_value(), "its end is noticed by the next call");
    });
}

BOOST_AUTO_TEST_SUITE_END()
