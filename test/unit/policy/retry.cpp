// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/retry.hpp"

#include "http/method.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <random>

using namespace rtkhooks;
using namespace std::chrono_literals;
using http::method;
using policy::attempt_outcome;
using policy::may_retry;
using policy::permission;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(policy_retry)

namespace {

constexpr std::array every_method{method::get, method::post, method::put, method::patch, method::delete_};

std::string_view name(permission value)
{
    switch (value) {
    case permission::no:
        return "no";
    case permission::immediately:
        return "immediately";
    case permission::after_pause:
        return "after a pause";
    }
    return "?";
}

constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

} // namespace

BOOST_AUTO_TEST_CASE(every_status_and_method)
{
    constexpr std::array transient{408, 429, 500, 502, 503, 504}; // P4
    for (int status = 100; status != 600; ++status) {
        for (auto const verb : every_method) {
            attempt_outcome outcome;
            outcome.idempotent = http::is_idempotent(verb);
            outcome.status = status;
            outcome.state = request_state::answered;
            bool const listed = std::find(transient.begin(), transient.end(), status) != transient.end();
            // P1, row 70: 429 means that it was not processed; anything else may have been.
            bool const allowed = listed && (outcome.idempotent || status == 429);
            auto const expected = allowed ? permission::after_pause : permission::no;
            BOOST_TEST(name(may_retry(outcome)) == name(expected), "P4: " << to_string(verb) << ' ' << status);
            // What matters without an answer does not matter with one.
            outcome.transient = true;
            outcome.stale_connection = true;
            outcome.state = request_state::unsent;
            BOOST_TEST(name(may_retry(outcome)) == name(expected), "P4: " << to_string(verb) << ' ' << status);
        }
    }
}

BOOST_AUTO_TEST_CASE(attempts_without_an_answer)
{
    constexpr auto no = permission::no;
    constexpr auto at_once = permission::immediately;
    constexpr auto later = permission::after_pause;
    constexpr auto unsent = request_state::unsent;
    constexpr auto unknown = request_state::unknown;
    struct row {
        std::string_view name;
        bool transient;
        request_state state;
        bool stale;
        bool retried;
        permission idempotent; ///< GET, PUT, DELETE
        permission other;      ///< POST, PATCH
    };
    row const rows[] = {
        {"row 1: connect refused", true, unsent, false, false, later, later},
        {"row 4: no such host", false, unsent, false, false, no, no},
        {"row 17: certificate refused", false, unsent, false, false, no, no},
        {"row 24: client certificate demanded, seen late", false, unknown, false, false, no, no},
        {"row 33: closed before a byte was sent", true, unsent, true, false, at_once, at_once},
        {"row 33: again, on the fresh connection", true, unsent, true, true, later, later},
        {"row 34: reset on the first byte of a reused connection", true, unknown, true, false, at_once, no},
        {"row 34: and once more", true, unknown, true, true, later, no},
        {"row 35: the same on a fresh connection", true, unknown, false, false, later, no},
        {"row 46: cut within the body", true, unknown, false, false, later, no},
        {"row 48: malformed", false, unknown, false, false, no, no},
        {"row 48: malformed, on a reused connection", false, unknown, true, false, no, no},
    };
    for (auto const& each : rows) {
        for (auto const verb : every_method) {
            attempt_outcome outcome;
            outcome.idempotent = http::is_idempotent(verb);
            outcome.transient = each.transient;
            outcome.state = each.state;
            outcome.stale_connection = each.stale;
            outcome.immediate_retry_made = each.retried;
            BOOST_TEST(name(may_retry(outcome)) == name(outcome.idempotent ? each.idempotent : each.other),
                       each.name << ": " << to_string(verb));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_never_happens)
{
    for (int bits = 0; bits != 32; ++bits) {
        for (auto const state : {request_state::unsent, request_state::unknown, request_state::answered}) {
            attempt_outcome outcome;
            outcome.idempotent = (bits & 1) != 0;
            outcome.transient = (bits & 2) != 0;
            outcome.stale_connection = (bits & 4) != 0;
            outcome.immediate_retry_made = (bits & 8) != 0;
            outcome.status = (bits & 16) != 0 ? 503 : 0;
            outcome.state = state;
            auto const allowed = may_retry(outcome);
            bool const may_be_sent = state != request_state::unsent || outcome.status != 0;
            BOOST_TEST(!(allowed != permission::no && !outcome.idempotent && may_be_sent), "P1: sent twice, " << bits);
            BOOST_TEST(
                !(allowed == permission::immediately && (outcome.immediate_retry_made || !outcome.stale_connection)),
                "P2: a loop, " << bits);
        }
    }
}

BOOST_AUTO_TEST_CASE(pauses_are_within_an_envelope)
{
    client_config::retry_config config;
    config.base_delay = 250ms;
    config.max_delay = 20s;
    std::int64_t const bounds[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 20000, 20000};
    std::mt19937_64 random{5};
    for (int retry = 0; retry != static_cast<int>(std::size(bounds)); ++retry) {
        auto const bound = bounds[retry];
        auto const span = static_cast<std::uint64_t>(bound) + 1;
        BOOST_TEST(policy::backoff(config, retry, {}, 0).count() == 0, "P5: full jitter, retry " << retry);
        BOOST_TEST(policy::backoff(config, retry, {}, span - 1).count() == bound, "P5: retry " << retry);
        BOOST_TEST(policy::backoff(config, retry, {}, span).count() == 0, "P5: retry " << retry);
        std::int64_t least = bound;
        std::int64_t most = 0;
        double sum = 0;
        for (int i = 0; i != 1000; ++i) {
            auto const pause = policy::backoff(config, retry, {}, random()).count();
            least = std::min(least, pause);
            most = std::max(most, pause);
            sum += static_cast<double>(pause);
        }
        BOOST_TEST((least >= 0 && most <= bound), "P5: retry " << retry << ": " << least << " to " << most);
        auto const mean = sum / 1000 / static_cast<double>(bound);
        BOOST_TEST((mean > 0.4 && mean < 0.6), "P5: evenly drawn, retry " << retry << ": " << mean);
    }
    BOOST_TEST(policy::backoff(config, 100, {}, 20'000).count() == 20'000, "P5: no overflow");
    BOOST_TEST(policy::backoff(config, std::numeric_limits<int>::max(), {}, 20'000).count() == 20'000);
}

BOOST_AUTO_TEST_CASE(pauses_of_odd_configurations)
{
    client_config::retry_config config;
    config.base_delay = 10s;
    config.max_delay = 1s;
    for (int retry : {0, 1, 9})
        BOOST_TEST(policy::backoff(config, retry, {}, 1000).count() == 1000, "P5: never more than max_delay");
    config.base_delay = 1ms;
    config.max_delay = 1ms;
    BOOST_TEST(policy::backoff(config, 3, {}, 1).count() == 1);
    config.max_delay = milliseconds::max();
    BOOST_TEST((policy::backoff(config, 100, {}, largest) >= 0ms), "P5: no overflow");
    config.base_delay = milliseconds::max() / 2 + 1ms;
    BOOST_TEST((policy::backoff(config, 1, {}, largest) >= 0ms), "P5: no overflow");
}

BOOST_AUTO_TEST_CASE(what_the_server_asks_for_is_the_least)
{
    client_config::retry_config config;
    for (auto const asked : {0s, 1s, 2s, 3600s, std::chrono::seconds{365 * 24 * 3600}}) {
        for (std::uint64_t random : {std::uint64_t{0}, std::uint64_t{250}, std::uint64_t{251}, largest}) {
            auto const pause = policy::backoff(config, 0, asked, random);
            BOOST_TEST((pause >= asked && pause <= asked + config.base_delay), "row 70: " << asked.count());
        }
        BOOST_TEST((policy::backoff(config, 0, asked, 250) == asked + 250ms), "row 70: jitter on top");
    }
}

BOOST_AUTO_TEST_CASE(a_dead_server_costs_little)
{
    struct row {
        double ratio;
        int reserve;
        int retries;
    };
    for (auto const& each : {row{0.2, 10, 2}, row{0.2, 0, 2}, row{0, 10, 2}, row{0, 0, 2}, row{1, 10, 5},
                             row{0.05, 1000, 100}, row{1, 0, 1}}) {
        BOOST_TEST_CONTEXT("P7: ratio " << each.ratio << ", reserve " << each.reserve)
        {
            client_config::retry_config config;
            config.budget_ratio = each.ratio;
            config.budget_reserve = each.reserve;
            policy::retry_budget budget{config};
            constexpr int calls = 10'000;
            double requests = 0;
            for (int call = 0; call != calls; ++call) {
                budget.call_made();
                ++requests;
                for (int retry = 0; retry != each.retries && budget.take(); ++retry)
                    ++requests;
            }
            BOOST_TEST(requests <= (1 + each.ratio) * calls + each.reserve);
            BOOST_TEST(requests >= (1 + each.ratio) * calls * 0.99 - 1, "nor is it less than agreed");
        }
    }
}

BOOST_AUTO_TEST_CASE(as_many_replacements_between_two_answers_as_connections)
{
    policy::replacement_allowance allowance{3};
    for (int round = 0; round != 3; ++round) {
        for (int i = 0; i != 3; ++i)
            BOOST_TEST(allowance.take(), "P2: round " << round << ", " << i);
        for (int i = 0; i != 10; ++i)
            BOOST_TEST(!allowance.take(), "P7: nothing is answered any more");
        allowance.answered();
        allowance.answered(); // saves nothing up
    }
}

BOOST_AUTO_TEST_CASE(the_budget_refills_and_has_an_end)
{
    client_config::retry_config config;
    config.budget_ratio = 0.2;
    config.budget_reserve = 10;
    policy::retry_budget budget{config};
    int taken = 0;
    while (budget.take())
        ++taken;
    BOOST_TEST(taken == 10, "P7: the reserve");
    BOOST_TEST(!budget.take());
    for (int i = 0; i != 4; ++i) {
        budget.call_made();
        BOOST_TEST(!budget.take(), "P7: after " << i + 1 << " calls");
    }
    budget.call_made();
    BOOST_TEST(budget.take(), "P7: five calls earn one");
    for (int i = 0; i != 100'000; ++i)
        budget.call_made();
    BOOST_TEST(budget.available() == 10.0, "P7: good times are not saved up without end");
    config.budget_reserve = 0;
    policy::retry_budget without{config};
    BOOST_TEST(!without.take());
    for (int i = 0; i != 6; ++i)
        without.call_made();
    BOOST_TEST(without.take(), "P7: calls earn without a reserve too");
}

BOOST_AUTO_TEST_SUITE_END()
