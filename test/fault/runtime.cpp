// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "fault/wall_clock.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/eventually.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Rows 90 to 100: what happens to the program around the client.

using namespace rtkhooks;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using test::answer_all;
using test::get_into;
using test::good_answer;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// A context of which a test runs one handler after the other, and a client on it.
struct stepwise {
    stepwise(client_config const& config, test::operation what) : operation{what}, api{std::in_place, *context, config}
    {
    }

    /// Begins a call.
    void call()
    {
        ended = false;
        net::co_spawn(*context, test::perform(api->webhooks(test::account, test::app), operation, {}),
                      [this](std::exception_ptr thrown, std::optional<error> const& problem) {
                          ended = true;
                          good = !thrown && !problem;
                      });
    }
    void finish()
    {
        while (!ended)
            context->run_one();
        BOOST_TEST(good);
    }

    test::operation operation;
    bool ended = false;
    bool good = false;
    std::optional<net::io_context> context{std::in_place, 1};
    std::optional<client> api;
};

/// Runs some handlers of a call, and stops the context.
/// @return whether the call had ended well before
bool stop_after(int handlers, bool connected, stepwise& scene)
{
    if (connected) {
        scene.call();
        scene.finish();
    }
    scene.call();
    for (int i = 0; i != handlers && !scene.ended; ++i)
        scene.context->run_one();
    scene.context->stop();
    BOOST_TEST(scene.context->poll() == 0U);
    return scene.ended;
}

/// Catches a signal for as long as it lives.
template <int Number>
class caught {
public:
    /// @param flags of sigaction
    explicit caught(int flags = 0)
    {
        number_of = 0;
        thread = pthread_self();
        struct sigaction action {};
        action.sa_handler = [](int) {
            if (pthread_equal(thread, pthread_self()) != 0)
                number_of = number_of + 1;
        };
        action.sa_flags = flags;
        ::sigaction(Number, &action, &before_);
    }
    ~caught() { ::sigaction(Number, &before_, nullptr); }
    caught(caught const&) = delete;
    caught& operator=(caught const&) = delete;

    /// How often it came to the thread that made this.
    [[nodiscard]] int count() const { return number_of; }

private:
    static inline std::atomic<int> number_of = 0;
    static inline pthread_t thread = {};
    struct sigaction before_ {};
};

/// Keeps a signal from threads that are started while it lives.
class blocked {
public:
    explicit blocked(int number)
    {
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, number);
        pthread_sigmask(SIG_BLOCK, &one, &before_);
    }
    ~blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    blocked(blocked const&) = delete;
    blocked& operator=(blocked const&) = delete;

private:
    sigset_t before_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(runtime)

BOOST_AUTO_TEST_CASE(the_context_is_stopped_and_goes_on)
{
    scripted_server server{answer_all};
    for (auto const which : {test::operation::get, test::operation::create}) {
        for (bool const connected : {false, true}) {
            int handlers = 0;
            for (bool over = false; !over; ++handlers) {
                BOOST_TEST_INFO_SCOPE("row 90: stopped after " << handlers << " handlers");
                stepwise scene{server.config(), which};
                over = stop_after(handlers, connected, scene);
                scene.context->restart();
                scene.finish();
                BOOST_TEST(scene.api->stats().busy == 0U);
            }
            BOOST_TEST(handlers > (connected ? 2 : 5));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_context_is_stopped_and_destroyed)
{
    scripted_server server{answer_all};
    for (auto const which : {test::operation::get, test::operation::create}) {
        for (bool const connected : {false, true}) {
            for (bool const client_first : {false, true}) {
                int handlers = 0;
                for (bool over = false; !over; ++handlers) {
                    BOOST_TEST_INFO_SCOPE("row 90: destroyed after " << handlers << " handlers");
                    stepwise scene{server.config(), which};
                    over = stop_after(handlers, connected, scene);
                    if (client_first)
                        scene.api.reset();
                    scene.context.reset();
                    BOOST_TEST(scene.ended == over);
                }
                BOOST_TEST(handlers > (connected ? 2 : 5));
            }
        }
    }
}

/// The clock on the wall says nothing about how long anything took, and everything about certificates.
BOOST_AUTO_TEST_CASE(the_wall_clock_jumps)
{
    using std::chrono::hours;
    constexpr hours years{10 * 365 * 24};
    for (auto const jump : {1h, -1h, years, -years}) {
        BOOST_TEST_CONTEXT("row 97: by " << jump.count() << " hours")
        {
            test::wall_clock wall;
            std::atomic<bool> silent = false;
            scripted_server server{[&](scripted_server::session& connection) {
                for (;;) {
                    connection.read_request();
                    wall.jump(jump);
                    if (silent)
                        connection.wait_for_close();
                    connection.send(good_answer);
                }
            }};
            test::run([&](net::any_io_executor executor) -> awaitable<void> {
                auto config = server.config();
                config.tls.session_resumption = false; // which looks at no certificate
                client api{executor, config};
                auto const hooks = api.webhooks(test::account, test::app);
                for (int i = 0; i != 2; ++i) {
                    auto const got = co_await hooks.get(test::some_id);
                    BOOST_TEST(got.has_value());
                }
                BOOST_TEST(api.stats().opened == 1U, "what is idle stays");
                silent = true;
                auto const which = jump > 0h ? test::operation::get : test::operation::create;
                auto options = call_options{}.timeout(20ms);
                auto const late = co_await test::perform(hooks, which, std::move(options));
                BOOST_TEST_REQUIRE(late.has_value());
                BOOST_TEST((late->code() == errc::timed_out), "a deadline is one all the same: " << *late);
                silent = false;
                // The server's certificate is good for days, and for years neither before nor behind them.
                auto const next = co_await hooks.get(test::some_id);
                bool const far = jump == years || jump == -years;
                BOOST_TEST(next.has_error() == far);
                if (next.has_error())
                    BOOST_TEST((next.error().code() == errc::tls_failed));
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(signals_interrupt_nothing)
{
    std::optional<blocked> not_the_servers{SIGALRM};
    scripted_server server{answer_all};
    not_the_servers.reset();
    caught<SIGALRM> const storm;
    itimerval const often{{0, 100}, {0, 100}};
    itimerval const never{};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        auto config = server.config();
        for (int i = 0; i < 50 || storm.count() < 200; ++i) {
            client api{executor, config};
            auto const hooks = api.webhooks(test::account, test::app);
            for (int j = 0; j != 4; ++j) {
                auto const which = j % 2 == 0 ? test::operation::get : test::operation::create;
                auto const problem = co_await test::perform(hooks, which, {});
                BOOST_TEST_REQUIRE(!problem, "row 100: " << problem.value_or(error{}));
            }
        }
    });
    ::setitimer(ITIMER_REAL, &never, nullptr);
}

/// They are for threads of the program's own.
BOOST_AUTO_TEST_CASE(a_look_up_takes_no_signals)
{
    scripted_server server{answer_all};
    auto config = server.config();
    config.resolve.clear();
    std::atomic<int> taken = -1;
    detail::environment world;
    world.lookup = [&](std::string const&, std::uint16_t) {
        sigset_t blocked_here;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked_here);
        taken = 0;
        for (int const each : {SIGALRM, SIGINT, SIGTERM, SIGUSR1, SIGCHLD})
            taken += 1 - sigismember(&blocked_here, each);
        return transport::lookup_result{
            std::vector{transport::endpoint{net::ip::make_address("127.0.0.1"), server.port()}}};
    };
    test::run([&](net::any_io_executor executor) -> awaitable<void> {
        client api{detail::client_access::make(executor, config, std::move(world))};
        auto const got = co_await api.webhooks(test::account, test::app).get(test::some_id);
        BOOST_TEST(got.has_value());
    });
    BOOST_TEST(taken == 0, "row 100: " << taken << " of them are taken where names are looked up");
}

/// Writing to a connection that is gone is an error, and no signal.
BOOST_AUTO_TEST_CASE(no_broken_pipe)
{
    std::atomic<bool> asked = false;
    std::atomic<bool> go = false;
    std::atomic<bool> gone = false;
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_some();
        asked = true;
        while (!go)
            std::this_thread::yield();
        connection.reset_behind_the_end(); // an RST alone makes no broken pipe
        gone = true;
        connection.stall();
    }};
    caught<SIGPIPE> const pipes;
    net::io_context context{1};
    client api{context, server.config()};
    auto const hooks = api.webhooks(test::account, test::app);
    std::optional<error> problem;
    auto const create = [&]() -> awaitable<void> {
        webhook_spec large{std::string(std::size_t{16} << 20, 'x'), "https://example.com/", event_set::all()};
        auto const created = co_await hooks.create(std::move(large));
        if (created.has_error())
            problem = created.error();
    };
    net::co_spawn(context, create(), net::detached);
    BOOST_TEST_REQUIRE(test::eventually([&] {
        context.poll();
        return asked.load();
    }));
    context.poll(); // until no more can be written
    go = true;
    BOOST_TEST_REQUIRE(test::eventually([&] { return gone.load(); }));
    BOOST_TEST_REQUIRE(test::eventually([&] {
        context.poll();
        return problem.has_value();
    }));
    BOOST_TEST((problem->code() == errc::connection_lost), *problem);
    BOOST_TEST((problem->cause() == boost::asio::error::broken_pipe), *problem);
    BOOST_TEST(pipes.count() == 0, "P26");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cancellation_race, *boost::unit_test::label("concurrency"))

/// A call is cancelled by its own thread while the client's completes it.
BOOST_AUTO_TEST_CASE(either_the_result_or_the_cancellation)
{
    scripted_server server{answer_all};
    net::io_context own{1};
    auto work = std::optional{net::make_work_guard(own)};
    std::thread runs{[&] { own.run(); }};
    std::optional<client> api{std::in_place, own, server.config()};
    auto const hooks = api->webhooks(test::account, test::app);
    std::minstd_rand random{92};
    std::uniform_real_distribution<double> jitter{0.9, 1.1};
    int values = 0;
    int cancelled = 0;
    double patience = 100'000; // in nanoseconds; comes to be about as long as a call takes
    int const rounds = std::getenv("RTKHOOKS_LONG_TESTS") != nullptr ? 100'000 : 1500;
    // More where something else takes the processor, so that the answer is mostly there when this thread goes on.
    for (int i = 0; i < rounds || (i < 10 * rounds && std::min(values, cancelled) <= 15); ++i) {
        net::io_context context{1};
        // On a connection that is there: what begins with a dial waits for this thread, which waits for nothing.
        std::optional<result<webhook>> connected;
        while (api->stats().idle == 0) {
            connected.reset();
            net::co_spawn(context, get_into(hooks, connected), net::detached);
            context.run();
            context.restart();
            BOOST_TEST_REQUIRE((connected && connected->has_value()));
        }
        net::cancellation_signal signal;
        int outcomes = 0;
        net::co_spawn(context, hooks.get(test::some_id),
                      net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown, auto const& got) {
                          ++outcomes;
                          BOOST_TEST_REQUIRE(!thrown);
                          if (got.has_value())
                              ++values;
                          else if (got.error().code() == errc::cancelled)
                              ++cancelled;
                          else
                              BOOST_TEST_REQUIRE(false, "row 92: " << got.error());
                      }));
        context.poll();
        auto const when = std::chrono::steady_clock::now() +
                          std::chrono::nanoseconds{static_cast<std::int64_t>(patience * jitter(random))};
        while (std::chrono::steady_clock::now() < when)
            std::this_thread::yield();
        int const before = values;
        signal.emit(net::cancellation_type::terminal);
        context.run();
        patience = std::min(patience * (values == before ? 1.1 : 0.9), 1e8);
        BOOST_TEST_REQUIRE(outcomes == 1, "row 92: exactly one");
    }
    BOOST_TEST(values > 15); // half of them, where nothing else takes the processor
    BOOST_TEST(cancelled > 15);
    BOOST_TEST_MESSAGE(values << " results, " << cancelled << " cancelled");
    while (api->stats().busy != 0)
        std::this_thread::yield();
    BOOST_TEST(api->stats().waiting == 0U);
    api.reset();
    work.reset();
    runs.join();
}

BOOST_AUTO_TEST_SUITE_END()
