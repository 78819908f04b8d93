// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/verify_command.hpp"

#include "cli/arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_verify)

namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string complaint(words const& arguments)
{
    try {
        static_cast<void>(parse_arguments(arguments, environment{}));
    } catch (usage_error const& failure) {
        return failure.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(needs_a_key_and_a_signature_and_nothing_of_the_environment)
{
    auto const asked =
        std::get<verify_command>(parse_arguments({"verify", "--key", "k.pem", "--signature", "c2ln"}, {}));
    BOOST_TEST(asked.key_file == "k.pem");
    BOOST_TEST(asked.signature == "c2ln");
    BOOST_TEST(!asked.event_only);
    BOOST_CHECK(asked.format == output_format::json);
    auto const other = std::get<verify_command>(
        parse_arguments({"verify", "--signature=c2ln", "--event-only", "--key=k.pem", "--output", "table"}, {}));
    BOOST_TEST(other.event_only);
    BOOST_CHECK(other.format == output_format::table);

    BOOST_TEST(complaint({"verify"}) == "verify needs --key FILE, --signature TEXT");
    BOOST_TEST(complaint({"verify", "--key", "k"}) == "verify needs --signature TEXT");
    BOOST_TEST(complaint({"verify", "--signature", "s"}) == "verify needs --key FILE");
    BOOST_TEST(contains(complaint({"verify", "--key", "k", "--signature", "s", "body"}), "'body'"));
    BOOST_TEST(contains(complaint({"verify", "--url", "u"}), "--url is not an option of verify"));
    BOOST_TEST(contains(complaint({"list", "--key", "k"}), "--key is not an option of list, but of verify"));
    BOOST_TEST(contains(complaint({"chekc"}), "there is no command"));
    BOOST_TEST(contains(complaint({"check"}), "did you mean verify?"));
}

BOOST_AUTO_TEST_CASE(what_the_emulator_is_told_about_deliveries)
{
    auto const asked = std::get<emulator_command>(
        parse_arguments({"emulator", "--delivery-retries", "2", "--delivery-pause", "0.05", "--delivery-timeout", "1.5",
                         "--delivery-headers", "both", "--delivery-ca-file", "ca.pem", "--deliver-to-other-machines"},
                        {}));
    BOOST_TEST(asked.options.delivery_retries() == 2u);
    BOOST_CHECK(asked.options.delivery_pause() == 50ms);
    BOOST_CHECK(asked.options.delivery_timeout() == 1500ms);
    BOOST_CHECK(asked.options.delivery_header_names() == delivery_headers::both);
    BOOST_TEST(asked.options.deliver_to_other_machines());
    BOOST_TEST(asked.delivery_ca_file.value() == "ca.pem");

    auto const plain = std::get<emulator_command>(parse_arguments({"emulator"}, {}));
    BOOST_TEST(plain.options.delivery_retries() == 3u);
    BOOST_CHECK(plain.options.delivery_pause() == 1s);
    BOOST_CHECK(plain.options.delivery_timeout() == 3s);
    BOOST_CHECK(plain.options.delivery_header_names() == delivery_headers::rtk);
    BOOST_TEST(!plain.options.deliver_to_other_machines());
    BOOST_TEST(!plain.delivery_ca_file.has_value());

    BOOST_TEST(contains(complaint({"emulator", "--delivery-retries", "11"}), "0 to 10"));
    BOOST_TEST(contains(complaint({"emulator", "--delivery-pause", "86401"}), "a day at most"));
    BOOST_TEST(contains(complaint({"emulator", "--delivery-timeout", "0"}), "'0'"));
    BOOST_TEST(contains(complaint({"emulator", "--delivery-headers", "old"}), "rtk, dyte or both"));
    BOOST_TEST(contains(complaint({"list", "--delivery-retries", "1"}), "but of emulator"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
