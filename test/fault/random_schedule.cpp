// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

// Calls that begin, end, are cancelled and run out of time in any order, at a server that does what it likes: what holds
// of the pool holds after every step.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// Good to two requests in three, by chance; to all once it is sound.
void behave_by_chance(scripted_server::session& connection, std::minstd_rand& random, std::atomic<bool> const& sound)
{
    for (;;) {
        connection.read_request();
        switch (sound ? 6U : random() % 18) {
        case 0:
            return connection.close();
        case 1:
            return connection.reset();
        case 2:
            return connection.wait_for_close();
        case 3:
            connection.send(std::string_view{test::good_answer}.substr(0, random() % test::good_answer.size()));
            return connection.close();
        case 4:
            connection.send(test::http_answer(503, "{}"));
            break;
        case 5:
            connection.send(test::http_answer(200, test::responses::webhook, "Connection: close\r\n"));
            return connection.wait_for_close();
        default:
            connection.send(test::good_answer);
        }
    }
}

/// The pool's view of the calls is compared with the schedule's own.
class schedule {
public:
    explicit schedule(unsigned seed) : random_{seed}
    {
        auto config = server_.config();
        config.retry.max_retries = 1;
        config.pool.max_connections = limit;
        config.pool.max_waiting = room;
        config.pool.idle_timeout = 5s;
        config.pool.max_age = 20s;
        // But for the calls' own deadlines, which are for chance: the time goes on while the server waits for a processor.
        auto& limits = config.timeouts;
        limits.call = limits.attempt = limits.connect = limits.tls_handshake = 1h;
        detail::environment world;
        world.make_clock = clock_.factory();
        api_.emplace(detail::client_access::make(context_.get_executor(), config, std::move(world)));
    }

    void step()
    {
        context_.restart();
        switch (random_() % 16) {
        case 0:
        case 1:
        case 2:
            begin();
            break;
        case 3:
            if (!calls_.empty())
                cancel(std::next(calls_.begin(), static_cast<std::ptrdiff_t>(random_() % calls_.size())));
            break;
        case 4:
            clock_.advance(std::chrono::milliseconds{random_() % 400});
            break;
        default:
            if (context_.poll_one() == 0)
                std::this_thread::yield();
        }
        calls_.remove_if([](call const& each) { return each.ended; });
        auto const now = api_->stats();
        BOOST_TEST_REQUIRE(now.open + now.connecting <= limit, "P18");
        BOOST_TEST_REQUIRE(now.open == now.idle + now.busy);
        BOOST_TEST_REQUIRE(now.waiting <= room + limit, "P19: besides those that a dial is made for");
        BOOST_TEST_REQUIRE(now.busy + now.waiting + now.pacing <= calls_.size());
        BOOST_TEST_REQUIRE(now.opened - now.closed == now.open);
        most_open_ = std::max(most_open_, now.open);
    }

    /// Has the client close, and go on being asked meanwhile.
    void close()
    {
        net::co_spawn(context_, api_->close(1s), [this](std::exception_ptr thrown) {
            BOOST_TEST(!thrown);
            closed_ = true;
        });
    }

    /// Until all calls have ended, and the client is closed.
    void finish_closing()
    {
        while (!calls_.empty() || !closed_) {
            clock_.advance(100ms);
            for (int i = 0; i != 100; ++i)
                run_one_or_yield();
        }
        BOOST_TEST(api_->stats().open == 0U, "P16");
        BOOST_TEST(api_->stats().connecting == 0U, "P16");
        BOOST_TEST(begun_ == ended_, "P17");
    }

    /// Until all calls have ended; then as many good ones as there are places, at once.
    void finish()
    {
        sound_ = true;
        while (!calls_.empty()) {
            clock_.advance(100ms);
            for (int i = 0; i != 100 && !calls_.empty(); ++i)
                run_one_or_yield();
        }
        auto const before = api_->stats();
        BOOST_TEST(before.busy == 0U);
        BOOST_TEST(before.waiting == 0U);
        std::array<std::optional<result<webhook>>, limit> good;
        for (auto& each : good)
            net::co_spawn(context_, test::get_into(api_->webhooks(test::account, test::app), each), net::detached);
        while (!std::all_of(good.begin(), good.end(), [](auto const& each) { return each.has_value(); })) {
            clock_.advance(1ms); // one may meet a dial that failed before
            run_one_or_yield();
        }
        for (auto const& each : good)
            BOOST_TEST(each->has_value(), "P14: no place is lost");
        for (int i = 0; i != 200 && api_->stats().connecting != 0; ++i) {
            clock_.advance(100ms); // longer than a dial may take, in all
            for (int j = 0; j != 100; ++j)
                run_one_or_yield();
        }
        BOOST_TEST(api_->stats().connecting == 0U, "P14: nor is one kept by a dial that has ended");
        BOOST_TEST(most_open_ == limit);
        BOOST_TEST(begun_ == ended_, "P17");
    }

    [[nodiscard]] std::map<std::string, int> const& outcomes() const noexcept { return outcomes_; }

private:
    static constexpr std::size_t limit = 3;
    static constexpr std::size_t room = 6;

    struct call {
        net::cancellation_signal stop; // outlives the call's handler
        bool ended = false;
    };

    void begin()
    {
        auto const own = calls_.emplace(calls_.end());
        ++begun_;
        auto const which = static_cast<test::operation>(random_() % 5);
        auto const timeout = std::chrono::milliseconds{random_() % 8 == 0 ? 50 : 5000};
        net::co_spawn(context_,
                      test::perform(api_->webhooks(test::account, test::app), which, call_options{}.timeout(timeout)),
                      net::bind_cancellation_slot(
                          own->stop.slot(), [this, own](std::exception_ptr thrown, std::optional<error> problem) {
                              // Cancelled before it began, it may not begin.
                              ++outcomes_[thrown ? "not begun" : problem ? problem->code().message() : "good"];
                              ++ended_;
                              own->ended = true;
                          }));
    }

    /// In a handler, as outside of one co_spawn() would put it off until the call has perhaps ended.
    void cancel(std::list<call>::iterator which)
    {
        net::post(context_, [which] { which->stop.emit(net::cancellation_type::terminal); });
        context_.poll();
    }

    void run_one_or_yield()
    {
        context_.restart();
        if (context_.poll_one() == 0)
            std::this_thread::yield();
        calls_.remove_if([](call const& each) { return each.ended; });
    }

    std::minstd_rand random_;
    test::manual_clock clock_;
    std::atomic<bool> sound_ = false;
    scripted_server server_{[this](scripted_server::session& connection) {
                                std::minstd_rand random{static_cast<unsigned>(connection.number())};
                                random.discard(1);
                                if (!sound_ && random() % 8 == 0)
                                    return connection.close();
                                connection.shake_hands();
                                behave_by_chance(connection, random, sound_);
                            },
                            scripted_server::protocol::raw};
    net::io_context context_{1};
    std::list<call> calls_;
    int begun_ = 0;
    int ended_ = 0;
    bool closed_ = false;
    std::size_t most_open_ = 0;
    std::map<std::string, int> outcomes_;
    std::optional<client> api_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(random_schedule)

BOOST_AUTO_TEST_CASE(what_holds_of_the_pool_holds_after_every_step)
{
    schedule all{7};
    for (int i = 0; i != 100'000; ++i) {
        BOOST_TEST_INFO_SCOPE("step " << i);
        all.step();
    }
    all.finish();
    for (auto const& [what, count] : all.outcomes())
        BOOST_TEST_MESSAGE(count << " times: " << what);
    BOOST_TEST(all.outcomes().size() >= 5U);
}

BOOST_AUTO_TEST_CASE(closed_in_the_middle)
{
    for (unsigned seed = 0; seed != 20; ++seed) {
        BOOST_TEST_INFO_SCOPE("seed " << seed);
        schedule all{seed};
        for (unsigned i = 0; i != 500 + 37 * seed; ++i)
            all.step();
        all.close();
        for (int i = 0; i != 500; ++i)
            all.step();
        all.finish_closing();
        BOOST_TEST(all.outcomes().count("client closed") != 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
