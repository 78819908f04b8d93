// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/demo_report.hpp"

#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(cli_demo_report)

namespace {

call_info example_info()
{
    call_info info;
    info.http_status = 200;
    info.connection_id = 1;
    info.elapsed = 1'500us;
    return info;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_step_tells_call_status_time_and_connection)
{
    demo_report report{false};
    auto const text = report.success("get x", "audit", example_info());
    for (auto const* part : {"  1  get x\n", "ok  200  audit ", "1.50 ms", "connection 1, new\n"})
        BOOST_TEST(text.find(part) != std::string::npos, "without " << part);
}

BOOST_AUTO_TEST_CASE(a_failure_tells_its_code_and_message)
{
    demo_report report{false};
    error const failure{errc::not_found};
    auto const text = report.expected_failure("get y", failure, call_info{});
    for (auto const& part : {std::string{"not_found, as it should"}, std::string{"---"}, failure.message()})
        BOOST_TEST(text.find(part) != std::string::npos, "without " << part);
}

BOOST_AUTO_TEST_CASE(a_delivery_is_a_step_like_a_call)
{
    demo_report report{false};
    static_cast<void>(report.success("get x", "audit", example_info()));
    auto const text = report.delivery("an event", 200, "handled", 1'500us);
    for (auto const* part : {"  2  an event\n", "ok  200  handled ", "1.50 ms  delivery\n"})
        BOOST_TEST(text.find(part) != std::string::npos, "without " << part);
    auto const odd = report.surprising_delivery("an event", 0, "failed \x1b[31m", 1'500us);
    for (auto const* part : {"  3  an event\n", "??  ---  failed "})
        BOOST_TEST(odd.find(part) != std::string::npos, "without " << part);
    BOOST_TEST(odd.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_conclusion_counts)
{
    demo_report report{false};
    static_cast<void>(report.success("get x", "audit", example_info()));
    static_cast<void>(report.expected_failure("get y", error{errc::not_found}, call_info{}));
    pool_stats stats;
    stats.opened = 1;
    stats.reused = 3;
    stats.retries = 1;
    report.add(stats);
    BOOST_TEST(report.conclusion(1'234ms) ==
               "\ndemo: 2 calls in 1.2 s over 1 connection (3 times reused), 1 retry, 1 failure, all as expected\n");
    static_cast<void>(report.delivery("an event", 200, "handled", 1'500us));
    BOOST_TEST(report.conclusion(1'234ms).starts_with("\ndemo: 2 calls and 1 delivery in "));
    static_cast<void>(report.delivery("a forged event", 401, "refused", 1'500us));
    auto const text = report.conclusion(1'234ms);
    BOOST_TEST(text.starts_with("\ndemo: 2 calls and 2 deliveries in "), text);
    BOOST_TEST(text.find(" 2 failures, all as expected") != text.npos, text);
    BOOST_TEST(report.bad_conclusion("get x: oops") == "\ndemo: not as expected: get x: oops\n");
}

BOOST_AUTO_TEST_CASE(colour_only_where_it_is_welcome)
{
    demo_report plain{false};
    demo_report coloured{true};
    BOOST_TEST(plain.chapter("x").find('\x1b') == std::string::npos);
    BOOST_TEST(plain.success("c", "a", call_info{}).find('\x1b') == std::string::npos);
    BOOST_TEST(coloured.chapter("x").find('\x1b') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_that_was_received_can_steer_the_terminal)
{
    demo_report report{false};
    auto const text = report.success("call \x1b[31m", "answer \x1b[31m", call_info{}) +
                      report.surprise("call", "\x1b[31m", call_info{});
    BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
