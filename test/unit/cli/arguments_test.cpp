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
             {{"emulator", "--delivery-retries", "11"}, {"--delivery-retries", "'11'", "0 to 10"}},
             {{"emulator", "--delivery-pause", "86401"}, {"--delivery-pause", "a day at most"}},
             {{"emulator", "--delivery-timeout", "0"}, {"--delivery-timeout", "'0'"}},
             {{"emulator", "--delivery-headers", "old"}, {"--delivery-headers", "'old'", "rtk, dyte or both"}},
             {{"verify"}, {"verify needs --key FILE, --signature TEXT"}},
             {{"verify", "--key", "k"}, {"verify needs --signature TEXT"}},
             {{"verify", "--signature", "s"}, {"verify needs --key FILE"}},
             {{"verify", "--key", "k", "--signature", "s", "body"}, {"'body'"}},
             {{"listen", "--port", "65536"}, {"--port", "'65536'", "65535"}},
             {{"listen", "--host", "localhost"}, {"--host", "'localhost'", "IP address", "127.0.0.1"}},
             {{"listen", "--key", "k", "--key-url", "https://h/"}, {"--key and --key-url", "one of them"}},
             {{"listen", "--tls-key", "k"}, {"--tls-key", "--tls-certificate FILE"}},
             {{"listen", "--tls-certificate", "c"}, {"--tls-certificate", "--tls-key FILE"}},
             {{"listen", "--name", "n"}, {"--name", "without --register URL"}},
             {{"listen", "--timeout", "1"}, {"--timeout", "without --register URL"}},
             {{"listen", "--register", "https://h/", "--event", ""}, {"--event"}},
             {{"listen", "--tls-certificate", "", "--tls-key", ""}, {"--tls-certificate needs a value"}},
             {{"list", "--ca-file", ""}, {"--ca-file needs a value", "empty"}},
             {{"listen", "--register", "https://h/", "--timeout", "abc"}, {"--timeout", "'abc'"}},
             {{"listen", "--url", "https://h/"}, {"--url is not an option of listen"}},
             {{"listen", "id"}, {"listen", "'id'"}},
             {{"check"}, {"'check'", "did you mean verify?"}},
             {{"receive"}, {"'receive'", "did you mean listen?"}},
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
    words const calls{"list", "create", "get", "replace", "edit", "delete", "event-types", "listen"};
    words const writers{"create", "replace", "edit"};
    words const named{"create", "replace", "edit", "listen"};
    words const commands{"list",        "create", "get",      "replace", "edit",  "delete",
                         "event-types", "demo",   "emulator", "verify",  "listen"};
    words reporters = commands;
    std::erase(reporters, "demo");
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
        {{"--name", "n"}, named},
        {{"--url", "u"}, writers},
        {{"--event", "all"}, named},
        {{"--enabled", "true"}, writers},
        {{"--port", "0"}, {"emulator", "listen"}},
        {{"--ca-out", "f"}, {"emulator"}},
        {{"--list-not-found-when-empty"}, {"emulator"}},
        {{"--partial-replies"}, {"emulator"}},
        {{"--rate-limit", "1/1"}, {"emulator"}},
        {{"--delivery-retries", "1"}, {"emulator"}},
        {{"--delivery-pause", "1"}, {"emulator"}},
        {{"--delivery-timeout", "1"}, {"emulator"}},
        {{"--delivery-headers", "both"}, {"emulator"}},
        {{"--delivery-ca-file", "f"}, {"emulator"}},
        {{"--deliver-to-other-machines"}, {"emulator"}},
        {{"--key", "f"}, {"verify", "listen"}},
        {{"--signature", "s"}, {"verify"}},
        {{"--event-only"}, {"verify"}},
        {{"--host", "::1"}, {"listen"}},
        {{"--path", "/p"}, {"listen"}},
        {{"--tls-certificate", "f"}, {"listen"}},
        {{"--tls-key", "f"}, {"listen"}},
        {{"--key-url", "https://h"}, {"listen"}},
        {{"--owner", "o"}, {"listen"}},
        {{"--register", "https://h"}, {"listen"}},
    };
    // Without which a command line is not complete.
    words const a_registration{"--register", "https://h"};
    words const a_delivery{"--key", "f", "--signature", "s"};
    words const a_certificate{"--tls-certificate", "f", "--tls-key", "f"};
    words const with_id{"get", "replace", "edit", "delete"};
    auto const has = [](words const& all, std::string const& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    for (auto const& command : commands)
        for (auto const& [given, takers] : options) {
            words line{command};
            if (has(with_id, command))
                line.emplace_back("some-id");
            auto needed = has(writers, command) ? a_webhook : command == "verify" ? a_delivery : words{};
            if (command == "listen")
                needed = given.front().starts_with("--tls") ? a_certificate : a_registration;
            for (std::size_t i = 0; i < needed.size(); i += 2)
                if (needed[i] != given.front())
                    line.insert(line.end(), {needed[i], needed[i + 1]});
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

BOOST_AUTO_TEST_CASE(what_the_emulator_is_told_about_deliveries)
{
    auto const asked = parsed<emulator_command>({"emulator", "--delivery-retries", "2", "--delivery-pause", "0.05",
                                                 "--delivery-timeout", "1.5", "--delivery-headers", "both",
                                                 "--delivery-ca-file", "ca.pem", "--deliver-to-other-machines"});
    BOOST_TEST(asked.options.delivery_retries() == 2u);
    BOOST_CHECK(asked.options.delivery_pause() == 50ms);
    BOOST_CHECK(asked.options.delivery_timeout() == 1500ms);
    BOOST_CHECK(asked.options.delivery_header_names() == delivery_headers::both);
    BOOST_TEST(asked.options.deliver_to_other_machines());
    BOOST_TEST(asked.delivery_ca_file.value() == "ca.pem");

    auto const plain = parsed<emulator_command>({"emulator"});
    BOOST_TEST(plain.options.delivery_retries() == 3u);
    BOOST_CHECK(plain.options.delivery_pause() == 1s);
    BOOST_CHECK(plain.options.delivery_timeout() == 3s);
    BOOST_CHECK(plain.options.delivery_header_names() == delivery_headers::rtk);
    BOOST_TEST(!plain.options.deliver_to_other_machines());
    BOOST_TEST(!plain.delivery_ca_file.has_value());
}

BOOST_AUTO_TEST_CASE(verify)
{
    auto const asked = parsed<verify_command>({"verify", "--key", "k.pem", "--signature", "c2ln"}, environment{});
    BOOST_TEST(asked.key_file == "k.pem");
    BOOST_TEST(asked.signature == "c2ln");
    BOOST_TEST(!asked.event_only);
    BOOST_CHECK(asked.format == output_format::json);
    auto const other = parsed<verify_command>(
        {"verify", "--signature=c2ln", "--event-only", "--key=k.pem", "--output", "table"}, environment{});
    BOOST_TEST(other.event_only);
    BOOST_CHECK(other.format == output_format::table);
}

BOOST_AUTO_TEST_CASE(listen)
{
    auto const plain = parsed<listen_command>({"listen"}, environment{});
    BOOST_TEST(plain.where.address().to_string() == "127.0.0.1");
    BOOST_TEST(plain.where.port() == 0);
    BOOST_TEST(plain.config.path == "/");
    BOOST_TEST(plain.config.owners.empty());
    BOOST_TEST(plain.config.tls.certificate_chain_file.empty());
    BOOST_TEST(plain.keys.url == key_store_config{}.url);
    BOOST_TEST(!plain.key_file);
    BOOST_TEST(!plain.webhook);
    BOOST_CHECK(plain.format == output_format::json);
    BOOST_TEST(!plain.verbose);

    auto const asked = parsed<listen_command>({"listen",
                                               "--port",
                                               "8080",
                                               "--host",
                                               "::1",
                                               "--path",
                                               "/p?q",
                                               "--owner",
                                               "a",
                                               "--owner",
                                               "b",
                                               "--key-url",
                                               "http://localhost/k",
                                               "--insecure-http-loopback",
                                               "--ca-file",
                                               "ca.pem",
                                               "--resolve",
                                               "h:1:127.0.0.1",
                                               "--tls-certificate",
                                               "c.pem",
                                               "--tls-key",
                                               "k.pem",
                                               "--verbose",
                                               "--output",
                                               "table"});
    BOOST_TEST(asked.where.address().to_string() == "::1");
    BOOST_TEST(asked.where.port() == 8080);
    BOOST_TEST(asked.config.path == "/p?q");
    BOOST_TEST((asked.config.owners == words{"a", "b"}));
    BOOST_TEST(asked.config.tls.certificate_chain_file == "c.pem");
    BOOST_TEST(asked.config.tls.private_key_file == "k.pem");
    BOOST_TEST(asked.keys.url == "http://localhost/k");
    BOOST_TEST(asked.keys.insecure_http_loopback);
    BOOST_TEST(asked.keys.tls.ca_file == "ca.pem");
    BOOST_TEST(asked.keys.resolve.size() == 1u);
    BOOST_TEST(!asked.webhook);
    BOOST_CHECK(asked.format == output_format::table);
    BOOST_TEST(asked.verbose);
    BOOST_TEST(parsed<listen_command>({"listen", "--key", "k.pem"}).key_file.value() == "k.pem");
}

BOOST_AUTO_TEST_CASE(the_webhook_that_listen_registers)
{
    auto const plain = parsed<listen_command>({"listen", "--register", "https://h.example/hook"});
    auto const& webhook = plain.webhook.value();
    BOOST_CHECK(webhook.what == operation::create);
    BOOST_TEST(webhook.spec.name() == "rtkhooks listen");
    BOOST_TEST(webhook.spec.url() == "https://h.example/hook");
    BOOST_CHECK(webhook.spec.events() == event_set::all());
    BOOST_TEST(webhook.spec.enabled());
    BOOST_TEST(webhook.account_id == "account");
    BOOST_TEST(webhook.app_id == "app");

    auto const asked =
        parsed<listen_command>({"listen", "--register", "https://h", "--name", "n", "--event", "meeting.ended",
                                "--account-id", "x", "--timeout", "5", "--api-token-file", "-"});
    BOOST_TEST(asked.webhook->spec.name() == "n");
    BOOST_TEST(asked.webhook->spec.events().size() == 1u);
    BOOST_TEST(asked.webhook->account_id == "x");
    BOOST_CHECK(asked.webhook->config.timeouts.call == 5s);
    BOOST_TEST(asked.webhook->token_file.value() == "-");
    BOOST_TEST(contains(complaint({"listen", "--register", "https://h"}, environment{}), "CLOUDFLARE_ACCOUNT_ID"));
}

BOOST_AUTO_TEST_CASE(the_path_of_listen_is_that_of_its_webhook)
{
    auto const path = [](std::string const& url) {
        return parsed<listen_command>({"listen", "--register", url}).config.path;
    };
    BOOST_TEST(path("https://h.example/a/b?c=/d#e") == "/a/b?c=/d");
    BOOST_TEST(path("https://h.example") == "/");
    BOOST_TEST(path("https://h.example/") == "/");
    BOOST_TEST(path("https://h.example?q") == "/?q");
    BOOST_TEST(path("https://h.example#f/g") == "/");
    BOOST_TEST(parsed<listen_command>({"listen", "--register", "https://h/a", "--path", "/b"}).config.path == "/b");
}

BOOST_AUTO_TEST_CASE(demo_emulator_and_listen_need_nothing_of_the_environment)
{
    BOOST_TEST(complaint({"demo"}, environment{}).empty());
    BOOST_TEST(complaint({"emulator"}, environment{}).empty());
    BOOST_TEST(complaint({"listen"}, environment{}).empty());
}

BOOST_AUTO_TEST_CASE(help)
{
    auto const of_program = parsed<print_command>({"--help"}, environment{}).text;
    for (auto const* part :
         {"list", "create", "get ID", "replace ID", "edit ID", "delete ID", "event-types", "demo", "emulator", "verify",
          "listen", "--account-id", "CLOUDFLARE_ACCOUNT_ID", "--api-token-file", "--output", "130"})
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
    for (auto const* part : {"--rate-limit", "--delivery-retries", "--deliver-to-other-machines"})
        BOOST_TEST(contains(of_emulator, part), "without " << part);
    BOOST_TEST(!contains(of_emulator, "--account-id"));

    auto const of_listen = parsed<print_command>({"listen", "--help"}).text;
    for (auto const* part : {"--register", "--key-url", "--key FILE", "webhook_id", "meeting.participantJoined",
                             "SIGINT, SIGTERM or SIGHUP,\n", "url, name and events"})
        BOOST_TEST(contains(of_listen, part), "without " << part);
    BOOST_TEST(!contains(of_listen, "--signature"));
    BOOST_TEST(!contains(parsed<print_command>({"verify", "--help"}).text, "--key-url"));
}

BOOST_AUTO_TEST_CASE(version)
{
    BOOST_TEST(parsed<print_command>({"--version"}, environment{}).text == "rtkhooks " RTKHOOKS_VERSION "\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
