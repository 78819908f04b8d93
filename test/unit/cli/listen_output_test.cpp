// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/listen_output.hpp"

#include "fixtures/events.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_listen_output)

namespace {

using boost::asio::ip::make_address;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_CASE(an_address_is_one_to_post_to)
{
    BOOST_TEST(address_of({make_address("127.0.0.1"), 8080}, "/", false) == "http://127.0.0.1:8080/");
    BOOST_TEST(address_of({make_address("::1"), 443}, "/a?b", true) == "https://[::1]:443/a?b");
}

BOOST_AUTO_TEST_CASE(the_first_line_is_for_a_script_or_a_person)
{
    BOOST_TEST(print_listening("http://127.0.0.1:1/", "", output_format::json) ==
               "{\"listening\":\"http://127.0.0.1:1/\"}\n");
    BOOST_TEST(print_listening("http://127.0.0.1:1/", "w", output_format::json) ==
               "{\"listening\":\"http://127.0.0.1:1/\",\"webhook_id\":\"w\"}\n");
    BOOST_TEST(print_listening("http://127.0.0.1:1/", "", output_format::table) ==
               "Listening at http://127.0.0.1:1/. SIGINT (Ctrl-C) ends it.\n");
    BOOST_TEST(print_listening("http://127.0.0.1:1/", "w", output_format::table) ==
               "Listening at http://127.0.0.1:1/, for the deliveries of webhook w. SIGINT (Ctrl-C) ends it.\n");
}

BOOST_AUTO_TEST_CASE(a_delivery_is_one_line_without_secrets)
{
    for (auto const body : test::events::all)
        for (auto const format : {output_format::json, output_format::table}) {
            auto const text = print_delivery(decode_any_event(body), timestamp{}, format);
            BOOST_TEST(text.find('\n') == text.size() - 1, text);
            BOOST_TEST(text.find(test::events::hidden) == text.npos, text);
        }
}

BOOST_AUTO_TEST_CASE(an_alarm_says_which_key_is_missing_and_what_follows)
{
    error const failure{errc::connect_failed};
    BOOST_TEST(print_key_alarm({failure, {}}, "https://h/k", output_format::table) ==
               "rtkhooks: the key cannot be fetched from https://h/k: " + failure.message() +
                   "; deliveries are answered with 503 until it can\n");
    BOOST_TEST(print_key_alarm({failure, 90s}, "https://h/k", output_format::table)
                   .ends_with("; the one that was confirmed 90 s ago is used\n"));
    BOOST_TEST(
        print_key_alarm({failure, {}}, "https://h/k", output_format::json)
            .starts_with("{\"error\":{\"code\":\"connect_failed\",\"message\":\"the key cannot be fetched from"));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_taken_for_its_own_is_named)
{
    BOOST_TEST(print_adopted("w", output_format::table).find(" webhook w ") != std::string::npos);
    BOOST_TEST(print_adopted("w", output_format::json).starts_with("{\"warning\":\""));
}

BOOST_AUTO_TEST_CASE(how_much_was_dropped_is_told)
{
    BOOST_TEST(print_dropped(1, output_format::table) == "rtkhooks: standard error was not read: 1 message dropped\n");
    BOOST_TEST(print_dropped(2, output_format::json) ==
               "{\"warning\":\"standard error was not read: 2 messages dropped\"}\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_new_delivery_is_told)
{
    BOOST_TEST(print_unhandled(401, "there is no signature", output_format::table) ==
               "rtkhooks: a request was answered with 401: there is no signature\n");
    BOOST_TEST(print_unhandled(200, "accepted before", output_format::json) ==
               "{\"unhandled\":{\"status\":200,\"reason\":\"accepted before\"}}\n");
}

BOOST_AUTO_TEST_CASE(every_count_of_the_requests_is_told)
{
    receiver_stats stats;
    stats.handled = 11;
    stats.duplicates = 12;
    stats.unknown_events = 13;
    stats.failed = 14;
    stats.not_genuine = 15;
    stats.of_others = 16;
    stats.undecided = 17;
    stats.refused = 18;
    stats.bad_requests = 19;
    BOOST_TEST(print_stats(stats, output_format::json) ==
               "{\"deliveries\":{\"handled\":11,\"duplicates\":12,\"unknown_events\":13,\"failed\":14,"
               "\"not_genuine\":15,\"of_others\":16,\"undecided\":17,\"refused\":18,\"bad_requests\":19}}\n");
    auto const words = print_stats(stats, output_format::table);
    BOOST_TEST(words.starts_with("rtkhooks: listen: 11 handled, 12 came again, "), words);
    BOOST_TEST(words.find("15 not genuine (400, 401)") != words.npos, words);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
