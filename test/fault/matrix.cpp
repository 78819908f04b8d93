// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/matrix.hpp"

#include "client/client_access.hpp"
#include "integration/canned.hpp"
#include "integration/coroutine.hpp"
#include "integration/descriptors.hpp"
#include "integration/manual_clock.hpp"

#include <rtkhooks/rtkhooks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace rtkhooks::test {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;
using boost::asio::awaitable;

constexpr auto marker = "the-call";

constexpr std::array operations{operation::get, operation::replace, operation::remove, operation::create,
                                operation::edit};

std::string_view name(operation which)
{
    constexpr std::array<std::string_view, 5> names{"get", "replace", "remove", "create", "edit"};
    return names[static_cast<std::size_t>(which)];
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

std::atomic<int> stalls = 0;

/// Turns the clock while a call waits for something that only time brings: the end of a pause, or of its patience.
class time_keeper {
public:
    time_keeper(manual_clock const& clock, client const& api, fault const& what)
        : clock_{clock}, api_{api}, fault_{what}
    {
    }

    void look()
    {
        if (auto const retries = api_.stats().retries; retries != retries_) {
            retries_ = retries;
            stuck_ = fault_.only_time_ends_it;
            arrived_ = false;
            clock_.advance(1ms); // the longest pause that the configuration allows
        }
        if (int const now = stalls; now != stalls_) {
            stalls_ = now;
            stuck_ = true;
            rounds_ = 0;
        }
        arrived_ = arrived_ || !fault_.stuck_at_alarm || clock_.until_alarm() == fault_.stuck_at_alarm;
        // What was sent before is read first.
        if (stuck_ && arrived_ && ++rounds_ == 300) {
            rounds_ = 0;
            if (auto const due = clock_.until_alarm())
                clock_.advance(*due);
        }
    }

private:
    manual_clock const& clock_;
    client const& api_;
    std::uint64_t retries_ = api_.stats().retries;
    int stalls_ = stalls;
    fault const& fault_;
    bool stuck_ = fault_.only_time_ends_it;
    bool arrived_ = false;
    int rounds_ = 0;
};

ending expected_of(fault const& what, operation which)
{
    if (what.removal_succeeds && which == operation::remove)
        return success(fate::kept).idempotent;
    return is_idempotent(which) ? what.expected.idempotent : what.expected.other;
}

class play_one {
public:
    play_one(fault const& what, operation which) : fault_{what}, operation_{which}, expected_{expected_of(what, which)}
    {
    }

    awaitable<void> run(net::any_io_executor executor)
    {
        auto config = server_.config();
        config.retry.max_retries = 1;
        config.retry.base_delay = 1ms;
        config.timeouts.attempt = 40s; // of which two are more than a call has
        detail::environment world;
        world.make_clock = clock_.factory();
        if (fault_.prepare)
            fault_.prepare(config, world);
        if (fault_.look_up) {
            config.resolve.clear();
            world.lookup = [healed = healed_, faulty = fault_.look_up,
                            server = transport::endpoint{net::ip::address_v4::loopback(), server_.port()}](
                               auto const& host, auto) {
                return *healed ? transport::lookup_result{std::vector{server}} : faulty(host, server, *healed);
            };
        }
        client api{detail::client_access::make(executor, config, std::move(world))};
        auto const hooks = api.webhooks(account, app);
        if (fault_.after_a_good_call) {
            auto const problem = co_await perform(hooks, operation::get, {});
            BOOST_TEST(!problem);
        }

        time_keeper keeper{clock_, api, fault_};
        auto const began = clock_.now();
        int completions = 0;
        std::optional<error> problem;
        call_info info;
        net::co_spawn(executor, perform(hooks, operation_, call_options{}.header("X-Marker", marker).info(&info)),
                      [&](std::exception_ptr thrown, std::optional<error> how) {
                          BOOST_TEST(!thrown);
                          problem = std::move(how);
                          ++completions;
                      });
        co_await until([&] {
            keeper.look();
            return completions != 0;
        });
        // A connection that the server closes behind a good answer is noticed when that arrives: the server's thread may
        // have to wait for a processor first.
        std::size_t const open = expected_.connection == fate::kept ? 1 : 0;
        auto const patience = std::chrono::steady_clock::now() + 20s;
        co_await until([&] { return api.stats().open == open || std::chrono::steady_clock::now() > patience; });
        BOOST_TEST(api.stats().open == open);
        BOOST_TEST((clock_.now() - began <= config.timeouts.call + 50ms), "P10: it ends by its deadline");
        judge(problem, info, api.stats());

        *healed_ = true;
        healed_->notify_all();
        if (fault_.look_up)
            clock_.advance(31s); // what it was told is forgotten then
        if (fault_.recovers) {
            call_info next;
            auto const again = co_await perform(hooks, operation::get, call_options{}.info(&next));
            BOOST_TEST_INFO((again ? again->message() : std::string{}));
            BOOST_TEST(!again);
            BOOST_TEST((next.connection_id == info.connection_id) == (expected_.connection == fate::kept),
                       "P13: a connection is kept where it is sound, and only there");
        }
        for (int i = 0; i != 50; ++i)
            co_await net::post(executor, net::use_awaitable);
        BOOST_TEST(completions == 1, "P17: exactly one completion");
        auto const arrivals = server_.arrivals(marker);
        BOOST_TEST(arrivals == expected_.arrivals);
        BOOST_TEST(server_.different_arrivals(marker) <= 1U, "P9: each attempt sends the same");
        BOOST_TEST((is_idempotent(operation_) || arrivals <= 1 || !problem || problem->http_status() == 429),
                   "P1: never twice");
    }

private:
    void serve(scripted_server::session& connection)
    {
        if (*healed_ && fault_.protocol == scripted_server::protocol::raw)
            connection.shake_hands();
        if (fault_.after_a_good_call)
            answer_one(connection);
        if (!*healed_ && (connection.number() == 1 || !fault_.after_a_good_call))
            fault_.script(connection);
        answer_all(connection);
    }

    void judge(std::optional<error> const& problem, call_info const& info, pool_stats const& stats) const
    {
        BOOST_TEST_INFO((problem ? problem->message() : std::string{"it succeeded"}));
        BOOST_TEST(problem.has_value() == expected_.code.has_value());
        BOOST_TEST(info.attempts == expected_.attempts);
        if (problem && expected_.code) {
            BOOST_TEST_MESSAGE("said: " << *problem); // for scripts/test to look through
            BOOST_TEST(problem->code() == make_error_code(*expected_.code));
            BOOST_TEST(problem->phase() == expected_.where);
            BOOST_TEST(problem->request_state() == expected_.state);
            BOOST_TEST(problem->attempts() == expected_.attempts);
            BOOST_TEST((problem->retry_after() == expected_.retry_after));
            std::ostringstream stream;
            stream << *problem << exception{*problem}.what();
            auto const printed = stream.str();
            // Its first character may have been told by an escape.
            BOOST_TEST(printed.find(std::string_view{token}.substr(1)) == std::string::npos, "P43: no token");
            BOOST_TEST(std::none_of(printed.begin(), printed.end(), is_control), "P44: it fits in a line");
            BOOST_TEST(printed.size() < 2000U, "P44");
        }
        BOOST_TEST(info.ray_id.find(token) == std::string::npos, "P43: no token");
        BOOST_TEST(stats.busy == 0U);
        BOOST_TEST(stats.waiting == 0U);
        BOOST_TEST((info.connection_id == 0) == (expected_.connection == fate::none));
    }

    fault const& fault_;
    operation operation_;
    ending expected_;
    std::shared_ptr<std::atomic<bool>> healed_ = std::make_shared<std::atomic<bool>>(false);
    manual_clock clock_;
    scripted_server server_{[this](scripted_server::session& connection) { serve(connection); }, fault_.protocol,
                            fault_.tls};
};

} // namespace

bool is_idempotent(operation which) noexcept { return which != operation::create && which != operation::edit; }

awaitable<std::optional<error>> perform(webhook_collection hooks, operation which, call_options options)
{
    webhook_spec spec{"fault", "https://example.com/fault", event_set::all()};
    std::optional<error> problem;
    if (which == operation::remove) {
        auto const got = co_await hooks.remove(some_id, std::move(options));
        if (!got)
            problem = got.error();
    } else if (which == operation::replace) {
        auto const got = co_await hooks.replace(some_id, std::move(spec), std::move(options));
        if (!got)
            problem = got.error();
    } else if (which == operation::create) {
        auto const got = co_await hooks.create(std::move(spec), std::move(options));
        if (!got)
            problem = got.error();
    } else if (which == operation::edit) {
        auto const got = co_await hooks.edit(some_id, webhook_patch{}.enabled(false), std::move(options));
        if (!got)
            problem = got.error();
    } else {
        auto const got = co_await hooks.get(some_id, std::move(options));
        if (!got)
            problem = got.error();
    }
    co_return problem;
}

awaitable<void> perform_into(webhook_collection hooks, operation which, call_options options,
                             std::optional<error>& problem)
{
    problem = co_await perform(std::move(hooks), which, std::move(options));
}

fault of(int row, std::string name, fault_script script, endings expected)
{
    fault made;
    made.row = row;
    made.name = std::move(name);
    made.script = std::move(script);
    made.expected = expected;
    return made;
}

endings always(ending how) { return {how, how}; }

endings success(fate connection)
{
    ending how;
    how.connection = connection;
    return always(how);
}

endings failure(errc code, phase where, request_state state, fate connection)
{
    ending how;
    how.code = code;
    how.where = where;
    how.state = state;
    how.connection = connection;
    if (state == request_state::unsent)
        how.arrivals = 0;
    return always(how);
}

endings retried(errc code, phase where, fate connection)
{
    auto const state = connection == fate::kept ? request_state::answered : request_state::unknown;
    auto how = failure(code, where, state, connection);
    how.idempotent.attempts = how.idempotent.arrivals = 2;
    return how;
}

endings unsent(errc code, phase where)
{
    auto how = failure(code, where, request_state::unsent, fate::none);
    how.idempotent.attempts = how.other.attempts = 2;
    return how;
}

void only_time_helps() { ++stalls; }

void fall_silent(scripted_server::session& connection)
{
    only_time_helps();
    connection.wait_for_close();
}

void answer_one(scripted_server::session& connection)
{
    connection.read_request();
    connection.send(good_answer);
}

fault_script answers(std::string bytes)
{
    return [bytes = std::move(bytes)](scripted_server::session& connection) {
        connection.read_request();
        connection.send(bytes);
    };
}

void play(std::span<fault const> faults)
{
    for (auto const& each : faults) {
        for (auto const which : operations) {
            if (each.of_get_and_create_alone && which != operation::get && which != operation::create)
                continue;
            BOOST_TEST_CONTEXT("row " << each.row << ": " << each.name << " (" << name(which) << ')')
            {
                auto const before = open_descriptors();
                {
                    play_one one{each, which};
                    test::run([&](net::any_io_executor executor) { return one.run(std::move(executor)); });
                }
                BOOST_TEST(open_descriptors() == before, "P12: no descriptor is left");
            }
        }
    }
}

} // namespace rtkhooks::test
