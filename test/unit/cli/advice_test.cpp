// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/advice.hpp"

#include <boost/test/unit_test.hpp>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_advice)

namespace {

std::string advice(errc code, operation what = operation::get, request_state state = request_state::answered)
{
    api_command asked;
    asked.what = what;
    error::details details;
    details.code = code;
    details.request_state = state;
    return advice_for(asked, error{details});
}

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_CASE(by_kind_of_failure)
{
    BOOST_TEST(contains(advice(errc::unauthorized), "--api-token-file"));
    BOOST_TEST(contains(advice(errc::forbidden), "Realtime Admin"));
    BOOST_TEST(contains(advice(errc::not_found), "rtkhooks list"));
    BOOST_TEST(contains(advice(errc::conflict), "url"));
    BOOST_TEST(contains(advice(errc::tls_failed), "--ca-file"));
    BOOST_TEST(contains(advice(errc::timed_out), "--timeout"));
    BOOST_TEST(advice(errc::server_error).empty());
}

BOOST_AUTO_TEST_CASE(a_change_that_may_have_happened)
{
    BOOST_TEST(contains(advice(errc::connection_lost, operation::create, request_state::unknown), "whether it did"));
    BOOST_TEST(contains(advice(errc::timed_out, operation::remove, request_state::unknown), "whether it did"));
    BOOST_TEST(!contains(advice(errc::timed_out, operation::list, request_state::unknown), "whether it did"));
    BOOST_TEST(!contains(advice(errc::timed_out, operation::create, request_state::unsent), "whether it did"));
}

BOOST_AUTO_TEST_CASE(events_that_may_be_mistyped)
{
    api_command asked;
    asked.what = operation::create;
    asked.spec.events(event_type{"meeting.strated"} | event_type{"meeting.ended"});
    auto const text = advice_for(asked, error{errc::invalid_request});
    BOOST_TEST(contains(text, "'meeting.strated'"));
    BOOST_TEST(contains(text, "did you mean meeting.started?"));
    BOOST_TEST(!contains(text, "meeting.ended"));
}

BOOST_AUTO_TEST_CASE(where_a_refused_value_came_from)
{
    BOOST_TEST(contains(advice_for({}, error{errc::invalid_argument, "base_url: not an URL"}), "--base-url"));
    BOOST_TEST(contains(advice_for({}, error{errc::invalid_argument, "tls.ca_file: no such file"}), "--ca-file"));
    BOOST_TEST(advice_for({}, error{errc::invalid_argument, "webhook id: empty"}).empty());
}

BOOST_AUTO_TEST_CASE(what_kept_listen_from_starting_is_named_by_its_option)
{
    auto const advice = [](char const* message) { return advice_for_listen(error{errc::invalid_argument, message}); };
    BOOST_TEST(advice("url must start with https://") == "given by --key-url");
    BOOST_TEST(advice("base_url: not an URL") == "given by --base-url or CLOUDFLARE_BASE_URL");
    BOOST_TEST(advice("tls.ca_file: no certificate could be read from url") == "given by --ca-file or SSL_CERT_FILE");
    BOOST_TEST(advice("path must begin with a slash") == "given by --path or --register");
    BOOST_TEST(advice("owners has an empty id") == "given by --owner");
    BOOST_TEST(advice("tls.certificate_chain_file cannot be used") == "given by --tls-certificate");
    BOOST_TEST(advice("tls.private_key_file cannot be used") == "given by --tls-key");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
