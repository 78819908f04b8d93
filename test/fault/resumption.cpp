// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/decorated_executor.hpp"
#include "integration/eventually.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <semaphore>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Rows 12 and 99, for executors that have no memory for a handler, for a while. Whoever awaits a call is told how it ended
// all the same, once; and what the client waits for itself ends it, rather than never be heard of.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// An executor that has its moods, and what it keeps.
struct mood {
    template <class Function>
    void execute(net::any_io_executor const& inner, Function&& function)
    {
        auto taken = std::forward<Function>(function); // which is lost with it
        if (refusals > 0) {
            --refusals;
            throw std::bad_alloc{};
        }
        if (shelves)
            shelf.push_back(std::make_shared<std::decay_t<Function>>(std::move(taken)));
        else
            inner.execute(std::move(taken));
    }

    long refusals = 0;    ///< to come, before there is memory again
    bool shelves = false; ///< keeps what it takes, and never runs it
    std::vector<std::shared_ptr<void>> shelf = {};
};

using moody = test::decorated_executor<mood>;

enum class last_event { answer, deadline, cancellation, client_gone };

/// A call that waits for its answer, and whose executor has no memory from then on.
class waiting_call {
public:
    explicit waiting_call(last_event how, long refusals)
        : server_{[this](scripted_server::session& connection) {
              connection.read_request();
              asked_ = true;
              if (!answer_.try_acquire_for(20s))
                  return;
              connection.send(test::http_answer(200, test::responses::webhook));
              connection.wait_for_close();
          }},
          api_{make_client()},
          how_{how}
    {
        auto const options = call_options{}.timeout(20s);
        net::co_spawn(
            net::any_io_executor{moody{context_->get_executor(), mood_}},
            test::perform(api_->webhooks(test::account, test::app), test::operation::get, options),
            net::bind_cancellation_slot(cancellation_.slot(), [this, alive = alive_](auto thrown, auto problem) {
                BOOST_TEST(!thrown);
                ++ended_;
                problem_ = std::move(problem);
            }));
        BOOST_TEST_REQUIRE(test::eventually([this] {
            context_->poll();
            return asked_.load();
        }));
        context_->poll();
        mood_->refusals = seen_ = refusals;
        switch (how) {
        case last_event::answer:
            answer_.release();
            break;
        case last_event::deadline:
            clock_.advance(20s);
            break;
        case last_event::cancellation:
            cancel();
            break;
        case last_event::client_gone:
            api_.reset();
            break;
        }
    }

    ~waiting_call()
    {
        if (how_ != last_event::answer)
            answer_.release();
    }
    waiting_call(waiting_call const&) = delete;
    waiting_call& operator=(waiting_call const&) = delete;

    /// @param left of the refusals, for the executor to go on refusing until then
    /// @return whether it came to that
    bool go_on_until_refusals_are(long left)
    {
        return go_on_until([&] { return mood_->refusals <= left; });
    }

    void go_on()
    {
        go_on_until([this] { return ended_ != 0; });
    }

    void memory_is_back() { mood_->refusals = 0; }

    void destroy_context()
    {
        api_.reset();
        context_.reset();
    }

    void check_ended() const
    {
        BOOST_TEST(mood_->refusals == 0);
        BOOST_TEST_REQUIRE(ended_ == 1, "whoever awaits it is told, once");
        BOOST_TEST((alive_.use_count() == 1));
        BOOST_TEST(problem_.has_value() == (how_ != last_event::answer));
        if (!problem_)
            return;
        auto const expected = how_ == last_event::deadline       ? errc::timed_out
                              : how_ == last_event::cancellation ? errc::cancelled
                                                                 : errc::client_closed;
        BOOST_TEST((problem_->code() == expected), *problem_);
    }

    [[nodiscard]] bool told() const noexcept { return ended_ != 0; }
    [[nodiscard]] bool destroyed() const noexcept { return alive_.use_count() == 1; }

private:
    client make_client()
    {
        detail::environment world;
        world.make_clock = clock_.factory();
        return detail::client_access::make(context_->get_executor(), server_.config(), std::move(world));
    }

    void cancel()
    {
        try {
            cancellation_.emit(net::cancellation_type::terminal);
        } catch (std::bad_alloc const&) { // an Asio whose co_spawn() leaves that to the executor
            memory_is_back();
            cancellation_.emit(net::cancellation_type::terminal);
            mood_->refusals = seen_;
        }
    }

    /// Every refusal is followed by another attempt in a while.
    template <class Condition>
    bool go_on_until(Condition holds)
    {
        return test::eventually([&] {
            context_->poll();
            if (auto const left = mood_->refusals; std::exchange(seen_, left) != left)
                clock_.advance(10ms);
            return holds();
        });
    }

    std::atomic<bool> asked_ = false;
    std::binary_semaphore answer_{0};
    scripted_server server_;
    test::manual_clock clock_;
    std::optional<net::io_context> context_{std::in_place, 1};
    std::optional<client> api_;
    last_event how_;
    net::cancellation_signal cancellation_;
    std::shared_ptr<mood> mood_ = std::make_shared<mood>();
    long seen_ = 0; // of its refusals
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    int ended_ = 0;
    std::optional<error> problem_;
};

/// A server, and a client whose executor has no memory for a handler of its own.
class deaf_client {
public:
    explicit deaf_client(scripted_server::script what, std::function<void(detail::environment&)> const& prepare = {},
                         std::function<void(client_config&)> const& configure = {})
        : server{std::move(what)}, api{make(prepare, configure)}, hooks{api.webhooks(test::account, test::app)}
    {
    }

    void begin(test::operation which, call_options options = {})
    {
        net::co_spawn(context, test::perform_into(hooks, which, std::move(options), problem), net::detached);
    }

    /// Has the next handler of the client's destroyed.
    void lose_one() { lose(1); }
    void lose(long count) { executor_->refusals = count; }
    [[nodiscard]] long yet_to_lose() const { return executor_->refusals; }

    /// What is refused comes out of run().
    template <class Condition>
    bool go_on_until(Condition holds)
    {
        return test::eventually([&] {
            try {
                context.poll();
            } catch (std::bad_alloc const&) {
                lost = true;
            }
            context.restart();
            return holds();
        });
    }

    /// Something was lost, and it is told of.
    void check(phase where, request_state state)
    {
        BOOST_TEST_REQUIRE(go_on_until([this] { return problem.has_value(); }));
        BOOST_TEST(lost);
        BOOST_TEST((problem->code() == errc::resource_exhausted), *problem);
        BOOST_TEST((problem->phase() == where), *problem);
        BOOST_TEST(problem->request_state() == state, *problem);
        check_next();
    }
    void check_next()
    {
        BOOST_TEST(executor_->refusals == 0);
        std::optional<result<webhook>> got;
        net::co_spawn(context, test::get_into(hooks, got), net::detached);
        BOOST_TEST_REQUIRE(go_on_until([&] { return got.has_value(); }));
        BOOST_TEST(got->has_value(), "P12: the next call works");
    }

private:
    client make(std::function<void(detail::environment&)> const& prepare,
                std::function<void(client_config&)> const& configure)
    {
        detail::environment world;
        if (prepare)
            prepare(world);
        auto config = server.config();
        if (configure)
            configure(config);
        return detail::client_access::make(net::any_io_executor{moody{context.get_executor(), executor_}}, config,
                                           std::move(world));
    }

    std::shared_ptr<mood> executor_ = std::make_shared<mood>();

public:
    scripted_server server;
    net::io_context context{1};
    client api;
    webhook_collection hooks;
    std::optional<error> problem;
    bool lost = false;
};

/// Time stands still.
void stop_time(detail::environment& world) { world.make_clock = test::manual_clock{}.factory(); }

} // namespace

BOOST_AUTO_TEST_SUITE(resumption)

BOOST_AUTO_TEST_CASE(no_memory_for_a_while)
{
    for (auto const how :
         {last_event::answer, last_event::deadline, last_event::cancellation, last_event::client_gone}) {
        for (long const refusals : {0, 1, 2, 5}) {
            BOOST_TEST_CONTEXT("event " << static_cast<int>(how) << ", refused " << refusals << " times")
            {
                waiting_call call{how, refusals};
                call.go_on();
                call.check_ended();
            }
        }
    }
}

/// The handler that ends calls.
BOOST_AUTO_TEST_CASE(no_memory_for_the_alarm)
{
    std::atomic<bool> asked = false;
    deaf_client scene{[&](scripted_server::session& connection) {
        connection.read_request();
        asked = true;
        connection.stall();
    }};
    scene.begin(test::operation::get, call_options{}.timeout(2s));
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return asked.load(); }));
    scene.lose_one();
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return scene.problem.has_value(); }), "P10");
    BOOST_TEST(scene.lost);
    BOOST_TEST((scene.problem->code() == errc::timed_out), *scene.problem);
}

/// One that was cancelled, as another took its place, is not due where it is lost. Else each would have the next cancelled.
BOOST_AUTO_TEST_CASE(no_memory_for_an_alarm_that_was_cancelled)
{
    std::atomic<bool> asked = false;
    deaf_client scene{[&](scripted_server::session& connection) {
                          connection.read_request();
                          asked = true;
                          connection.stall();
                      },
                      [](detail::environment&) {}, [](client_config& config) { config.pool.max_connections = 1; }};
    scene.begin(test::operation::get, call_options{}.timeout(20s));
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return asked.load(); }));
    scene.context.poll();
    constexpr long many = 1000;
    scene.lose(many);
    scene.begin(test::operation::get, call_options{}.timeout(5s));
    int rounds = 0;
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return ++rounds == 1000; }));
    BOOST_TEST(scene.api.stats().waiting == 1U);
    BOOST_TEST(scene.lost);
    BOOST_TEST(scene.yet_to_lose() >= many - 2);
    scene.lose(0);
}

BOOST_AUTO_TEST_CASE(no_memory_for_what_connects)
{
    deaf_client scene{test::answer_all, stop_time};
    scene.lose_one();
    scene.begin(test::operation::create);
    scene.check(phase::connect, request_state::unsent);
}

BOOST_AUTO_TEST_CASE(no_memory_for_what_reads)
{
    std::atomic<bool> asked = false;
    std::binary_semaphore go{0};
    deaf_client scene{[&](scripted_server::session& connection) {
                          if (connection.number() == 1) {
                              connection.read_request();
                              asked = true;
                              go.acquire();
                              connection.send(test::good_answer);
                          }
                          test::answer_all(connection);
                      },
                      stop_time};
    scene.begin(test::operation::create);
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return asked.load(); }));
    scene.context.poll(); // what else there is to read
    scene.lose_one();
    go.release();
    scene.check(phase::read_header, request_state::unknown);
}

BOOST_AUTO_TEST_CASE(no_memory_for_what_reads_between_calls)
{
    std::binary_semaphore go{0};
    deaf_client scene{[&](scripted_server::session& connection) {
                          if (connection.number() == 1) {
                              connection.read_request();
                              connection.send(test::good_answer);
                              go.acquire();
                              SSL_key_update(connection.tls(), SSL_KEY_UPDATE_NOT_REQUESTED);
                              SSL_do_handshake(connection.tls());
                          }
                          test::answer_all(connection);
                      },
                      stop_time};
    scene.check_next();
    scene.context.poll();
    BOOST_TEST(scene.api.stats().idle == 1U);
    scene.lose_one();
    go.release();
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return scene.lost; }));
    BOOST_TEST(scene.api.stats().open == 0U, "it would hear nothing of an answer");
    scene.check_next();
    BOOST_TEST(scene.server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(no_memory_for_what_writes)
{
    std::atomic<bool> asked = false;
    std::binary_semaphore go{0};
    deaf_client scene{[&](scripted_server::session& connection) {
                          if (connection.number() == 1) {
                              connection.read_some();
                              asked = true;
                              go.acquire();
                              connection.wait_for_close();
                          }
                          test::answer_all(connection);
                      },
                      stop_time};
    auto const create = [&]() -> net::awaitable<void> {
        webhook_spec large{std::string(std::size_t{16} << 20, 'x'), "https://example.com/", event_set::all()};
        auto const got = co_await scene.hooks.create(std::move(large));
        if (got.has_error())
            scene.problem = got.error();
    };
    net::co_spawn(scene.context, create(), net::detached);
    BOOST_TEST_REQUIRE(scene.go_on_until([&] { return asked.load(); }));
    scene.context.poll();
    scene.lose_one();
    go.release();
    scene.check(phase::write, request_state::unknown);
}

/// An executor that keeps handlers may be the last that does.
BOOST_AUTO_TEST_CASE(the_executor_goes_with_an_alarm)
{
    auto const go = std::make_shared<std::binary_semaphore>(0);
    scripted_server const server{test::answer_all};
    auto config = server.config();
    config.resolve.clear();
    std::optional<net::io_context> context{std::in_place, 1};
    auto executor = std::make_shared<mood>();
    detail::environment world;
    world.lookup = [go](auto const&, auto) {
        go->acquire();
        return transport::lookup_result{std::vector<transport::endpoint>{}};
    };
    std::optional<client> api{detail::client_access::make(
        net::any_io_executor{moody{context->get_executor(), executor}}, config, std::move(world))};
    auto const hooks = api->webhooks(test::account, test::app);
    std::optional<error> problem;
    net::co_spawn(*context, test::perform_into(hooks, test::operation::get, call_options{}.timeout(50ms), problem),
                  net::detached);
    executor->shelves = true;
    BOOST_TEST_REQUIRE(test::eventually([&] {
        context->poll();
        return !executor->shelf.empty();
    }));
    std::weak_ptr<mood> const alive = std::exchange(executor, nullptr);
    context.reset();
    BOOST_TEST(alive.expired());
    BOOST_TEST(!problem);
    go->release();
}

/// What waits for memory is destroyed with its context, as all that waits is.
BOOST_AUTO_TEST_CASE(the_context_goes_first)
{
    for (auto const how : {last_event::answer, last_event::deadline, last_event::cancellation}) {
        BOOST_TEST_CONTEXT("event " << static_cast<int>(how))
        {
            constexpr long many = 1'000'000;
            waiting_call call{how, many};
            BOOST_TEST_REQUIRE(call.go_on_until_refusals_are(many - 2));
            call.memory_is_back();
            call.destroy_context();
            BOOST_TEST(!call.told());
            BOOST_TEST(call.destroyed());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
