// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client/client_access.hpp"
#include "fault/matrix.hpp"
#include "integration/canned.hpp"
#include "integration/eventually.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <semaphore>
#include <utility>

// Rows 12 and 99, for the executor of whoever awaits a call: it has no memory for the handler that resumes them, for a
// while. They are told how the call ended all the same, once.

using namespace rtkhooks;
using namespace std::chrono_literals;
using test::scripted_server;
namespace net = boost::asio;

namespace {

/// Another executor that has no memory now and then.
class short_of_memory {
public:
    /// @param refusals to come, before there is memory again
    short_of_memory(net::any_io_executor inner, std::shared_ptr<long> refusals)
        : inner_{std::move(inner)}, refusals_{std::move(refusals)}
    {
    }

    template <class Function>
    void execute(Function&& function) const
    {
        auto taken = std::forward<Function>(function); // which is lost with it
        if (*refusals_ > 0) {
            --*refusals_;
            throw std::bad_alloc{};
        }
        inner_.execute(std::move(taken));
    }

    template <class Property>
    requires net::can_require_v<net::any_io_executor, Property> short_of_memory require(Property const& what)
    const { return {net::require(inner_, what), refusals_}; }
    template <class Property>
    requires net::can_prefer_v<net::any_io_executor, Property> short_of_memory prefer(Property const& what)
    const { return {net::prefer(inner_, what), refusals_}; }
    template <class Property>
    requires net::can_query_v<net::any_io_executor, Property>
    decltype(auto) query(Property const& what) const { return net::query(inner_, what); }

    friend bool operator==(short_of_memory const&, short_of_memory const&) = default;

private:
    net::any_io_executor inner_;
    std::shared_ptr<long> refusals_;
};

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
            net::any_io_executor{short_of_memory{context_->get_executor(), refusals_}},
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
        *refusals_ = seen_ = refusals;
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
        return go_on_until([&] { return *refusals_ <= left; });
    }

    void go_on()
    {
        go_on_until([this] { return ended_ != 0; });
    }

    void memory_is_back() { *refusals_ = 0; }

    void destroy_context()
    {
        api_.reset();
        context_.reset();
    }

    void check_ended() const
    {
        BOOST_TEST(*refusals_ == 0);
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
            *refusals_ = seen_;
        }
    }

    /// Every refusal is followed by another attempt in a while.
    template <class Condition>
    bool go_on_until(Condition holds)
    {
        return test::eventually([&] {
            context_->poll();
            if (auto const left = *refusals_; std::exchange(seen_, left) != left)
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
    std::shared_ptr<long> refusals_ = std::make_shared<long>(0);
    long seen_ = 0; // of them
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    int ended_ = 0;
    std::optional<error> problem_;
};

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

/// The client's executor has no memory to run the handler that ends calls.
BOOST_AUTO_TEST_CASE(no_memory_for_the_alarm)
{
    std::atomic<bool> asked = false;
    scripted_server server{[&](scripted_server::session& connection) {
        connection.read_request();
        asked = true;
        connection.stall();
    }};
    net::io_context context{1};
    auto const refusals = std::make_shared<long>(0);
    client api{net::any_io_executor{short_of_memory{context.get_executor(), refusals}}, server.config()};
    std::optional<error> problem;
    bool lost = false;
    auto const go_on_until = [&](auto holds) {
        return test::eventually([&] {
            try {
                context.poll();
            } catch (std::bad_alloc const&) {
                lost = true;
            }
            return holds();
        });
    };
    net::co_spawn(context,
                  test::perform_into(api.webhooks(test::account, test::app), test::operation::get,
                                     call_options{}.timeout(2s), problem),
                  net::detached);
    BOOST_TEST_REQUIRE(go_on_until([&] { return asked.load(); }));
    *refusals = 1;
    BOOST_TEST_REQUIRE(go_on_until([&] { return problem.has_value(); }), "P10");
    BOOST_TEST(lost);
    BOOST_TEST((problem->code() == errc::timed_out), *problem);
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
