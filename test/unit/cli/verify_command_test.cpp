// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/verify_command.hpp"

#include "cli/arguments.hpp"
#include "fixtures/events.hpp"

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

BOOST_AUTO_TEST_CASE(takes_the_key_out_of_the_document_that_publishes_it)
{
    std::string const pem = "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n";
    BOOST_TEST(pem_of(pem) == pem);
    BOOST_TEST(pem_of(R"({"success":true,"data":{"publicKey":"a\nb"},"message":""})") == "a\nb");
    for (auto const* const text : {"", "{}", "[]", R"({"data":null})", R"({"data":{}})", R"({"data":{"publicKey":7}})"})
        BOOST_TEST(pem_of(text) == text);
}

BOOST_AUTO_TEST_CASE(prints_no_secret_of_any_event)
{
    for (auto const body : test::events::all) {
        for (auto const format : {output_format::json, output_format::table}) {
            auto const text = print_event(decode_event(body).value(), format);
            BOOST_TEST(!contains(text, test::events::hidden), text);
            BOOST_TEST(text.ends_with('\n'));
        }
    }
    auto const live = decode_event(test::events::livestream_live).value();
    BOOST_TEST(contains(print_event(live, output_format::json), R"("streamKey":"[secret]")"));
}

BOOST_AUTO_TEST_CASE(prints_json_as_one_line_and_a_table_with_a_line_for_each_field)
{
    auto const what = decode_event(test::events::participant_joined).value();
    auto const line = print_event(what, output_format::json);
    BOOST_TEST(line.starts_with(R"({"event":"meeting.participantJoined",)"), line);
    BOOST_TEST(line.find('\n') == line.size() - 1);
    auto const table = print_event(what, output_format::table);
    for (auto const* const label : {"event ", "meeting.organizedBy.name ", "participant.customParticipantId "})
        BOOST_TEST(contains('\n' + table, std::string{"\n"} + label), table);
    BOOST_TEST(contains(table, "singer-12\n"));
    auto const unknown = print_event(decode_any_event("{\"event\":\"a\\u001b[31m\"}"), output_format::table);
    BOOST_TEST(!contains(unknown, "\x1b"));
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
