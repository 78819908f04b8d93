// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/arguments.hpp"

#include <rtkhooks/version.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <variant>
#include <vector>

namespace rtkhooks::cli {

using namespace std::chrono_literals;

namespace {

environment surroundings()
{
    environment result;
    result.account_id = "account";
    result.app_id = "app";
    result.config.auth = credentials::api_token("token-of-the-environment");
    return result;
}

using words = std::vector<std::string>;

words joined(words left, words const& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

template <class Command = api_command>
Command parsed(words const& arguments, environment const& around = surroundings())
{
    return std::get<Command>(parse_arguments(arguments, around));
}

// What the command says of a wrong command line, or "" where it takes it.
std::string complaint(words const& arguments, environment const& around = surroundings())
{
    try {
        static_cast<void>(parse_arguments(arguments, around));
    } catch (usage_error const& failure) {
        return failure.what();
    }
    return {};
}

bool contains(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

words const a_webhook{"--name", "audit", "--url", "https://example.com/hook", "--event", "meeting.started"};

} // namespace

BOOST_AUTO_TEST_SUITE(cli_arguments)

BOOST_AUTO_TEST_CASE(every_operation)
{
    BOOST_TEST((parsed({"list"}).what == operation::list));
    BOOST_TEST((parsed(joined({"create"}, a_webhook)).what == operation::create));
    BOOST_TEST((parsed({"get", "x"}).what == operation::get));
    BOOST_TEST((parsed(joined({"replace", "x"}, a_webhook)).what == operation::replace));
    BOOST_TEST((parsed({"edit", "x", "--name", "n"}).what == operation::edit));
    BOOST_TEST((parsed({"delete", "x"}).what == operation::remove));
    BOOST_TEST((parsed({"event-types"}).what == operation::event_types));
    BOOST_TEST(parsed({"get", "some-id"}).webhook_id == "some-id");
    BOOST_TEST(parsed({"delete", "--", "--odd-id"}).webhook_id == "--odd-id");
}

BOOST_AUTO_TEST_CASE(options_stand_before_or_after_the_command)
{
    BOOST_TEST(parsed({"--timeout", "5", "list"}).config.timeouts.call.count() == 5000);
    BOOST_TEST(parsed({"list", "--timeout=5"}).config.timeouts.call.count() == 5000);
    BOOST_TEST(parsed({"get", "--timeout", "5", "some-id"}).webhook_id == "some-id");
}

BOOST_AUTO_TEST_CASE(the_environment_is_overridden_by_options)
{
    auto around = surroundings();
    around.ca_file = "/from/environment.pem";
    around.config.base_url = "https://environment.example";
    auto const plain = parsed({"list"}, around);
    BOOST_TEST(plain.account_id == "account");
    BOOST_TEST(plain.app_id == "app");
    BOOST_TEST(plain.config.tls.ca_file == "/from/environment.pem");
    BOOST_TEST(plain.config.base_url == "https://environment.example");
    auto const given =
        parsed({"list", "--account-id", "a", "--app-id", "b", "--ca-file", "c", "--base-url", "d"}, around);
    BOOST_TEST(given.account_id == "a");
    BOOST_TEST(given.app_id == "b");
    BOOST_TEST(given.config.tls.ca_file == "c");
    BOOST_TEST(given.config.base_url == "d");
}

BOOST_AUTO_TEST_CASE(connection_options)
{
    auto const asked = parsed({"list", "--timeout", "0.25", "--max-retries", "0", "--max-connections", "3", "--resolve",
                               "example.com:443:127.0.0.1", "--resolve", "example.com:8443:[::1]",
                               "--insecure-http-loopback", "--verbose"});
    BOOST_TEST((asked.config.timeouts.call == 250ms));
    BOOST_TEST(asked.config.retry.max_retries == 0);
    BOOST_TEST(asked.config.pool.max_connections == 3u);
    BOOST_TEST(asked.config.resolve.size() == 2u);
    BOOST_TEST(asked.config.resolve.back().port() == 8443);
    BOOST_TEST(asked.config.insecure_http_loopback);
    BOOST_TEST(asked.verbose);
    BOOST_TEST(!parsed({"list"}).config.insecure_http_loopback);
}

BOOST_AUTO_TEST_CASE(output_is_a_table_on_a_terminal_and_else_json)
{
    auto terminal = surroundings();
    terminal.output_is_terminal = true;
    BOOST_TEST((parsed({"list"}, terminal).format == output_format::table));
    BOOST_TEST((parsed({"list"}).format == output_format::json));
    BOOST_TEST((parsed({"list", "--output", "table"}).format == output_format::table));
    BOOST_TEST((parsed({"list", "--output=json"}, terminal).format == output_format::json));
    BOOST_TEST((wanted_format({"nonsense", "--output", "json"}, terminal) == output_format::json));
    BOOST_TEST((wanted_format({"--output=table", "--nonsense"}, surroundings()) == output_format::table));
    BOOST_TEST((wanted_format({"--output"}, terminal) == output_format::table));
    BOOST_TEST((wanted_format({"--output", "xml"}, surroundings()) == output_format::json));
}

BOOST_AUTO_TEST_CASE(the_webhook_of_create)
{
    auto const asked = parsed({"create", "--name", "audit", "--url", "https://example.com/hook", "--event",
                               "meeting.started,meeting.ended", "--event", "meeting.paused", "--enabled", "false"});
    BOOST_TEST(asked.spec.name() == "audit");
    BOOST_TEST(asked.spec.url() == "https://example.com/hook");
    BOOST_TEST(asked.spec.events().size() == 3u);
    BOOST_TEST(asked.spec.events().contains(event_type::meeting_ended));
    BOOST_TEST(asked.spec.events().contains(event_type{"meeting.paused"}));
    BOOST_TEST(!asked.spec.enabled());
    BOOST_TEST(parsed(joined({"create"}, a_webhook)).spec.enabled());
}

BOOST_AUTO_TEST_CASE(a_value_may_look_like_an_option_where_it_is_attached)
{
    BOOST_TEST(parsed({"edit", "x", "--name=--verbose"}).patch.name().value() == "--verbose");
    BOOST_TEST(parsed({"edit", "x", "--name", "--odd"}).patch.name().value() == "--odd");
}

BOOST_AUTO_TEST_CASE(all_events)
{
    auto const asked = parsed({"edit", "x", "--event", "all"});
    BOOST_TEST((asked.patch.events() == event_set::all()));
    BOOST_TEST(parsed({"edit", "x", "--event", "all,meeting.paused"}).patch.events()->size() == 10u);
}

BOOST_AUTO_TEST_CASE(edit_changes_only_what_is_given)
{
    auto const asked = parsed({"edit", "x", "--enabled", "true"});
    BOOST_TEST(asked.patch.enabled().value());
    BOOST_TEST(!asked.patch.name());
    BOOST_TEST(!asked.patch.url());
    BOOST_TEST(!asked.patch.events());
    BOOST_TEST(parsed({"edit", "x", "--name", "n", "--url", "u"}).patch.url().value() == "u");
}

BOOST_AUTO_TEST_CASE(wrong_command_lines_name_what_is_wrong_and_what_is_right)
{
    struct row {
        words arguments;
        words said;
    };
    for (auto const& [arguments, said] : std::vector<row>{
             {{}, {"list", "create", "demo", "--help"}},
             {{"craete"}, {"'craete'", "did you mean create?"}},
             {{"remove", "x"}, {"'remove'", "did you mean delete?"}},
             {{"xyzzy"}, {"'xyzzy'", "--help"}},
             {{"list", "--nmae", "x"}, {"--nmae", "did you mean --name?"}},
             {{"list", "-x"}, {"-x"}},
             {{"list", "--out", "json"}, {"--out"}}, // no abbreviations
             {{"list", "--timeout"}, {"--timeout", "needs a value"}},
             {{"list", "--timeout", "--verbose"}, {"--timeout", "needs a value"}},
             {{"list", "--verbose=yes"}, {"--verbose", "takes no value"}},
             {{"list", "--timeout", "abc"}, {"--timeout", "'abc'", "seconds"}},
             {{"list", "--timeout", "0"}, {"--timeout", "'0'"}},
             {{"list", "--timeout", "-1"}, {"--timeout", "'-1'"}},
             {{"list", "--max-retries", "101"}, {"--max-retries", "'101'", "0 to 100"}},
             {{"list", "--max-retries", "1.5"}, {"--max-retries", "'1.5'"}},
             {{"list", "--max-connections", "0"}, {"--max-connections", "'0'", "1 to 65535"}},
             {{"list", "--resolve", "nonsense"}, {"--resolve", "'nonsense'", "HOST:PORT:ADDRESS"}},
             {{"list", "--output", "xml"}, {"--output", "'xml'", "table or json"}},
             {{"emulator", "--output", "xml"}, {"--output", "'xml'"}},
             {{"list", "--timeout", "1", "--timeout", "2"}, {"--timeout", "2 times"}},
             {{"list", "extra"}, {"list", "'extra'"}},
             {{"get"}, {"get", "id", "rtkhooks get ID"}},
             {{"get", "a", "b"}, {"'b'", "one id"}},
             {{"list", "--name", "x"}, {"--name", "list", "create, replace, edit"}},
             {{"demo", "--timeout", "1"}, {"--timeout", "demo"}},
             {{"list", "--port", "1"}, {"--port", "emulator"}},
             {{"create"}, {"--name", "--url", "--event"}},
             {{"create", "--name", "x", "--url", "y"}, {"create needs --event"}},
             {{"replace", "x", "--name", "n"}, {"replace needs --url URL, --event EVENT"}},
             {{"edit", "x"}, {"edit", "--name", "--enabled"}},
             {{"edit", "x", "--enabled", "yes"}, {"--enabled", "'yes'", "true or false"}},
             {{"edit", "x", "--event", "a,,b"}, {"--event", "commas"}},
             {{"edit", "x", "--event", ""}, {"--event"}},
             {{"emulator", "--port", "65536"}, {"--port", "'65536'", "65535"}},
             {{"emulator", "--rate-limit", "10"}, {"--rate-limit", "'10'", "N/SECONDS"}},
             {{"emulator", "--rate-limit", "0/1"}, {"--rate-limit", "'0/1'"}},
             {{"emulator", "--rate-limit", "5/1/1"}, {"--rate-limit"}},
             {{"emulator", "--token", ""}, {"--token"}},
         }) {
        auto const text = complaint(arguments);
        BOOST_TEST_CONTEXT("said: " << text)
        for (auto const& part : said)
            BOOST_TEST(contains(text, part), "without " << part);
    }
}

BOOST_AUTO_TEST_CASE(every_command_refuses_the_options_that_it_has_no_use_for)
{
    struct option {
        words given;
        words takers;
    };
    words const calls{"list", "create", "get", "replace", "edit", "delete", "event-types"};
    words const writers{"create", "replace", "edit"};
    words const reporters{"list", "create", "get", "replace", "edit", "delete", "event-types", "emulator"};
    std::vector<option> const options{
        {{"--account-id", "a"}, calls},
        {{"--app-id", "a"}, calls},
        {{"--api-token-file", "f"}, calls},
        {{"--base-url", "https://h"}, calls},
        {{"--insecure-http-loopback"}, calls},
        {{"--ca-file", "f"}, calls},
        {{"--resolve", "h:1:127.0.0.1"}, calls},
        {{"--timeout", "1"}, calls},
        {{"--max-retries", "1"}, calls},
        {{"--max-connections", "1"}, calls},
        {{"--verbose"}, calls},
        {{"--output", "json"}, reporters},
        {{"--name", "n"}, writers},
        {{"--url", "u"}, writers},
        {{"--event", "all"}, writers},
        {{"--enabled", "true"}, writers},
        {{"--port", "0"}, {"emulator"}},
        {{"--ca-out", "f"}, {"emulator"}},
        {{"--list-not-found-when-empty"}, {"emulator"}},
        {{"--partial-replies"}, {"emulator"}},
        {{"--rate-limit", "1/1"}, {"emulator"}},
    };
    words const with_id{"get", "replace", "edit", "delete"};
    words commands = reporters;
    commands.emplace_back("demo");
    auto const has = [](words const& all, std::string const& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    for (auto const& command : commands)
        for (auto const& [given, takers] : options) {
            words line{command};
            if (has(with_id, command))
                line.emplace_back("some-id");
            for (std::size_t i = 0; has(writers, command) && i < a_webhook.size(); i += 2)
                if (a_webhook[i] != given.front())
                    line.insert(line.end(), {a_webhook[i], a_webhook[i + 1]});
            auto const text = complaint(joined(line, given));
            if (has(takers, command))
                BOOST_TEST(text.empty(), command << ' ' << given.front() << ": " << text);
            else
                BOOST_TEST(text.starts_with(given.front() + " is not an option of " + command + ", but of "),
                           command << ' ' << given.front() << ": " << text);
            auto const help = parsed<print_command>({command, "--help"}).text;
            BOOST_TEST(contains(help, given.front() + ' ') == has(takers, command),
                       "help of " << command << ", and " << given.front());
        }
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named_with_its_variable)
{
    auto without = surroundings();
    without.account_id.clear();
    BOOST_TEST(contains(complaint({"list"}, without), "--account-id ID, or set CLOUDFLARE_ACCOUNT_ID"));
    without = surroundings();
    without.app_id.clear();
    BOOST_TEST(contains(complaint({"list"}, without), "--app-id ID, or set REALTIMEKIT_APP_ID"));
    without = surroundings();
    without.config.auth = {};
    BOOST_TEST(contains(complaint({"list"}, without), "CLOUDFLARE_API_TOKEN"));
    BOOST_TEST(contains(complaint({"list"}, without), "--api-token-file"));
    BOOST_TEST(parsed({"list", "--api-token-file", "-"}, without).token_file.value() == "-");
}

BOOST_AUTO_TEST_CASE(a_token_on_the_command_line_is_refused_and_not_repeated)
{
    for (auto const& arguments : std::vector<words>{{"list", "--api-token", "s3cret"},
                                                    {"--api-token", "s3cret", "list"},
                                                    {"list", "--api-token=s3cret"},
                                                    {"list", "--api-key=s3cret"},
                                                    {"list", "--token", "s3cret"},
                                                    {"--api-token", "s3cret", "--help"}}) {
        auto const text = complaint(arguments);
        BOOST_TEST(contains(text, "never taken from the command line"), text);
        BOOST_TEST(contains(text, "--api-token-file"));
        BOOST_TEST(!contains(text, "s3cret"));
    }
    for (auto const& arguments : std::vector<words>{{"list", "--apitoken=s3cret"}, {"list", "-ts3cret"}}) {
        auto const text = complaint(arguments);
        BOOST_TEST(!text.empty());
        BOOST_TEST(!contains(text, "s3cret"), text);
    }
}

BOOST_AUTO_TEST_CASE(the_emulator)
{
    auto const asked =
        parsed<emulator_command>({"emulator", "--port", "8443", "--token", "t", "--ca-out", "ca.pem",
                                  "--list-not-found-when-empty", "--partial-replies", "--rate-limit", "100/60"});
    BOOST_TEST(asked.options.port() == 8443);
    BOOST_TEST(asked.options.token().reveal() == "t");
    BOOST_TEST(asked.ca_out.value() == "ca.pem");
    BOOST_TEST(asked.options.list_not_found_when_empty());
    BOOST_TEST(asked.options.partial_replies());
    BOOST_TEST(asked.options.rate_limit() == 100u);
    BOOST_TEST((asked.options.rate_limit_window() == 60s));
    BOOST_TEST(parsed<emulator_command>({"emulator"}).options.port() == 0);
}

BOOST_AUTO_TEST_CASE(demo_and_emulator_need_nothing_of_the_environment)
{
    BOOST_TEST(complaint({"demo"}, environment{}).empty());
    BOOST_TEST(complaint({"emulator"}, environment{}).empty());
}

BOOST_AUTO_TEST_CASE(help)
{
    auto const of_program = parsed<print_command>({"--help"}, environment{}).text;
    for (auto const* part :
         {"list", "create", "get ID", "replace ID", "edit ID", "delete ID", "event-types", "demo", "emulator",
          "--account-id", "CLOUDFLARE_ACCOUNT_ID", "--api-token-file", "--output", "130"})
        BOOST_TEST(contains(of_program, part), "without " << part);
    BOOST_TEST(!contains(of_program, "--api-token "));
    BOOST_TEST(parsed<print_command>({"help"}).text == of_program);
    BOOST_TEST(parsed<print_command>({"-h"}).text == of_program);

    auto const of_create = parsed<print_command>({"create", "--help"}).text;
    for (auto const* part : {"--name", "--event", "meeting.participantJoined", "--timeout", "--verbose"})
        BOOST_TEST(contains(of_create, part), "without " << part);
    BOOST_TEST(!contains(of_create, "--rate-limit"));
    BOOST_TEST(parsed<print_command>({"help", "create"}).text == of_create);

    auto const of_emulator = parsed<print_command>({"emulator", "--help"}).text;
    BOOST_TEST(contains(of_emulator, "--rate-limit"));
    BOOST_TEST(!contains(of_emulator, "--account-id"));
}

BOOST_AUTO_TEST_CASE(version)
{
    BOOST_TEST(parsed<print_command>({"--version"}, environment{}).text == "rtkhooks " RTKHOOKS_VERSION "\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
