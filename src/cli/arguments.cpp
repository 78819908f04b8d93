// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/arguments.hpp"

#include "cli/given_options.hpp"
#include "cli/number.hpp"
#include "cli/options.hpp"

#include <rtkhooks/version.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace rtkhooks::cli {

namespace {

constexpr char const* token_on_command_line =
    "a token is never taken from the command line, where other users and the shell's history can read it: set "
    "CLOUDFLARE_API_TOKEN, or give --api-token-file FILE (- reads standard input)";

[[noreturn]] void refuse(std::string const& option, std::string const& value, std::string const& wanted)
{
    throw usage_error{"--" + option + " '" + value + "': give " + wanted};
}

std::optional<std::uint64_t> whole_number(given_options const& given, std::string const& option, std::uint64_t least,
                                          std::uint64_t most)
{
    auto const text = given.value(option);
    if (!text)
        return std::nullopt;
    auto const number = parse_whole(*text);
    if (!number || *number < least || *number > most)
        refuse(option, *text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return number;
}

std::optional<std::chrono::milliseconds> seconds(given_options const& given, std::string const& option)
{
    auto const text = given.value(option);
    if (!text)
        return std::nullopt;
    auto const time = parse_seconds(*text);
    if (!time || time->count() == 0)
        refuse(option, *text, "a number of seconds, at least 0.001, such as 2.5");
    return time;
}

std::optional<std::chrono::milliseconds> within_a_day(given_options const& given, std::string const& option)
{
    auto const time = seconds(given, option);
    if (time && *time > std::chrono::hours{24})
        refuse(option, *given.value(option), "a number of seconds, a day at most");
    return time;
}

std::optional<bool> truth(given_options const& given, std::string const& option)
{
    auto const text = given.value(option);
    if (!text)
        return std::nullopt;
    if (*text != "true" && *text != "false")
        refuse(option, *text, "true or false");
    return *text == "true";
}

output_format format_of(given_options const& given, environment const& surroundings)
{
    auto const text = given.value("output");
    if (!text)
        return surroundings.output_is_terminal ? output_format::table : output_format::json;
    if (*text != "table" && *text != "json")
        refuse("output", *text, "table or json");
    return *text == "table" ? output_format::table : output_format::json;
}

// "a,b" and "all", into the set.
void insert_events(event_set& events, std::string_view list)
{
    while (true) {
        auto const comma = list.find(',');
        auto const name = list.substr(0, comma);
        if (name.empty())
            refuse("event", std::string{list}, "names of events, separated by commas, or all");
        if (name == "all")
            events |= event_set::all();
        else
            events.insert(name);
        if (comma == std::string_view::npos)
            return;
        list.remove_prefix(comma + 1);
    }
}

std::optional<event_set> events_of(given_options const& given)
{
    auto const lists = given.values("event");
    if (lists.empty())
        return std::nullopt;
    event_set events;
    for (auto const& list : lists)
        insert_events(events, list);
    return events;
}

webhook_spec spec_of(given_options const& given, std::string const& command)
{
    auto const name = given.value("name");
    auto const url = given.value("url");
    auto const events = events_of(given);
    std::string missing;
    for (auto const& [present, option] :
         {std::pair{name.has_value(), "--name NAME"}, std::pair{url.has_value(), "--url URL"},
          std::pair{events.has_value(), "--event EVENT"}})
        if (!present)
            missing += (missing.empty() ? "" : ", ") + std::string{option};
    if (!missing.empty())
        throw usage_error{command + " needs " + missing};
    return {*name, *url, *events, truth(given, "enabled").value_or(true)};
}

webhook_patch patch_of(given_options const& given)
{
    webhook_patch patch;
    if (auto const name = given.value("name"))
        patch.name(*name);
    if (auto const url = given.value("url"))
        patch.url(*url);
    if (auto const events = events_of(given))
        patch.events(*events);
    if (auto const enabled = truth(given, "enabled"))
        patch.enabled(*enabled);
    if (patch.empty())
        throw usage_error{"edit needs something to change: --name, --url, --event or --enabled"};
    return patch;
}

void configure_resolving(client_config& config, given_options const& given)
{
    for (auto const& text : given.values("resolve")) {
        auto parsed = resolve_override::parse(text);
        if (!parsed)
            refuse("resolve", text, "HOST:PORT:ADDRESS, such as api.cloudflare.com:443:127.0.0.1");
        config.resolve.push_back(*std::move(parsed));
    }
}

client_config config_of(given_options const& given, environment const& surroundings)
{
    auto config = surroundings.config;
    if (auto url = given.value("base-url"))
        config.base_url = *std::move(url);
    config.insecure_http_loopback = given.has("insecure-http-loopback");
    config.tls.ca_file = given.value("ca-file").value_or(surroundings.ca_file);
    configure_resolving(config, given);
    if (auto const timeout = seconds(given, "timeout"))
        config.timeouts.call = *timeout;
    if (auto const retries = whole_number(given, "max-retries", 0, 100))
        config.retry.max_retries = static_cast<int>(*retries);
    if (auto const connections = whole_number(given, "max-connections", 1, 65535))
        config.pool.max_connections = static_cast<std::size_t>(*connections);
    return config;
}

std::string required_id(given_options const& given, std::string const& option, std::string const& variable,
                        std::string const& from_environment)
{
    auto id = given.value(option).value_or(from_environment);
    if (id.empty())
        throw usage_error{"which " + option.substr(0, option.find('-')) + "? Give --" + option + " ID, or set " +
                          variable};
    return id;
}

// What every call needs.
void add_access(api_command& result, given_options const& given, environment const& surroundings, output_format format)
{
    result.config = config_of(given, surroundings); // what is given and wrong, before what is not given
    result.account_id = required_id(given, "account-id", "CLOUDFLARE_ACCOUNT_ID", surroundings.account_id);
    result.app_id = required_id(given, "app-id", "REALTIMEKIT_APP_ID", surroundings.app_id);
    result.token_file = given.value("api-token-file");
    if (!result.token_file && result.config.auth.empty())
        throw usage_error{"no API token: set CLOUDFLARE_API_TOKEN, or give --api-token-file FILE (- reads standard "
                          "input)"};
    result.format = format;
    result.verbose = given.has("verbose");
}

api_command api_command_of(command_entry const& entry, given_options const& given, environment const& surroundings,
                           output_format format)
{
    api_command result;
    result.what = entry.what.value();
    if (*entry.operands != '\0')
        result.webhook_id = given.operands().at(1);
    if (result.what == operation::create || result.what == operation::replace)
        result.spec = spec_of(given, entry.name);
    if (result.what == operation::edit)
        result.patch = patch_of(given);
    add_access(result, given, surroundings, format);
    return result;
}

// "N/SECONDS"
void configure_rate_limit(emulator_options& options, given_options const& given)
{
    auto const text = given.value("rate-limit");
    if (!text)
        return;
    constexpr std::uint64_t most_requests = 1'000'000'000;
    constexpr std::uint64_t most_seconds = 24 * 60 * 60;
    auto const slash = std::min(text->find('/'), text->size());
    auto const requests = parse_whole(std::string_view{*text}.substr(0, slash)).value_or(0);
    auto const window = parse_whole(std::string_view{*text}.substr(std::min(slash + 1, text->size()))).value_or(0);
    if (requests == 0 || requests > most_requests || window == 0 || window > most_seconds)
        refuse("rate-limit", *text, "N/SECONDS in whole numbers above 0, such as 100/60; a day at most");
    options.rate_limit(static_cast<std::size_t>(requests), std::chrono::seconds{window});
}

delivery_headers header_names_of(given_options const& given)
{
    auto const text = given.value("delivery-headers").value_or("rtk");
    if (text == "dyte")
        return delivery_headers::dyte;
    if (text == "both")
        return delivery_headers::both;
    if (text != "rtk")
        refuse("delivery-headers", text, "rtk, dyte or both");
    return delivery_headers::rtk;
}

void configure_deliveries(emulator_options& options, given_options const& given)
{
    constexpr std::uint64_t most_retries = 10;
    auto const retries = whole_number(given, "delivery-retries", 0, most_retries);
    auto const pause = within_a_day(given, "delivery-pause");
    options.delivery_retries(retries ? static_cast<std::size_t>(*retries) : options.delivery_retries(),
                             pause.value_or(options.delivery_pause()));
    options.delivery_timeout(within_a_day(given, "delivery-timeout").value_or(options.delivery_timeout()));
    options.delivery_header_names(header_names_of(given));
    options.deliver_to_other_machines(given.has("deliver-to-other-machines"));
}

std::uint16_t port_of(given_options const& given)
{
    return static_cast<std::uint16_t>(
        whole_number(given, "port", 0, std::numeric_limits<std::uint16_t>::max()).value_or(0));
}

emulator_command emulator_command_of(given_options const& given)
{
    emulator_command result;
    result.options.port(port_of(given));
    if (auto token = given.value("token")) {
        if (token->empty())
            throw usage_error{"--token is empty: give a token, or leave the option out for a random one"};
        result.options.token(*std::move(token));
    }
    result.options.list_not_found_when_empty(given.has("list-not-found-when-empty"));
    result.options.partial_replies(given.has("partial-replies"));
    configure_rate_limit(result.options, given);
    configure_deliveries(result.options, given);
    result.ca_out = given.value("ca-out");
    result.delivery_ca_file = given.value("delivery-ca-file");
    return result;
}

verify_command verify_command_of(given_options const& given, output_format format)
{
    auto const key = given.value("key");
    auto const signature = given.value("signature");
    if (!key || !signature)
        throw usage_error{"verify needs " + std::string{key         ? "--signature TEXT"
                                                        : signature ? "--key FILE"
                                                                    : "--key FILE, --signature TEXT"}};
    return {*key, *signature, given.has("event-only"), format};
}

boost::asio::ip::tcp::endpoint endpoint_of(given_options const& given)
{
    auto const text = given.value("host").value_or("127.0.0.1");
    boost::system::error_code failure;
    auto const address = boost::asio::ip::make_address(text, failure);
    if (failure)
        refuse("host", text, "an IP address of this machine, such as 127.0.0.1, 0.0.0.0 or ::1");
    return {address, port_of(given)};
}

// With the query, as it is in a request.
std::string path_of(std::string_view url)
{
    auto const scheme = url.find("://");
    auto const rest = url.substr(scheme == url.npos ? 0 : scheme + 3);
    auto const path = rest.substr(std::min(rest.find_first_of("/?#"), rest.size()));
    auto const sent = std::string{path.substr(0, path.find('#'))};
    return sent.starts_with('/') ? sent : '/' + sent;
}

receiver_config receiver_config_of(given_options const& given)
{
    receiver_config result;
    result.path = given.value("path").value_or(path_of(given.value("register").value_or("")));
    result.owners = given.values("owner");
    result.tls.certificate_chain_file = given.value("tls-certificate").value_or("");
    result.tls.private_key_file = given.value("tls-key").value_or("");
    if (given.has("tls-certificate") != given.has("tls-key"))
        throw usage_error{given.has("tls-key") ? "--tls-key needs its certificate: --tls-certificate FILE"
                                               : "--tls-certificate needs its private key: --tls-key FILE"};
    return result;
}

key_store_config key_store_config_of(given_options const& given, environment const& surroundings)
{
    auto const connection = config_of(given, surroundings);
    key_store_config result;
    result.url = given.value("key-url").value_or(result.url);
    result.insecure_http_loopback = connection.insecure_http_loopback;
    result.tls = connection.tls;
    result.resolve = connection.resolve;
    return result;
}

std::optional<api_command> registration_of(given_options const& given, environment const& surroundings,
                                           output_format format)
{
    constexpr std::array of_registration{"name",     "event",   "account-id",  "app-id",         "api-token-file",
                                         "base-url", "timeout", "max-retries", "max-connections"};
    auto const url = given.value("register");
    for (auto const* const option : of_registration)
        if (!url && given.has(option))
            throw usage_error{"--" + std::string{option} + " is of no use to listen without --register URL"};
    if (!url)
        return std::nullopt;
    api_command result;
    result.what = operation::create;
    result.spec = {given.value("name").value_or("rtkhooks listen"), *url, events_of(given).value_or(event_set::all())};
    add_access(result, given, surroundings, format);
    return result;
}

listen_command listen_command_of(given_options const& given, environment const& surroundings, output_format format)
{
    if (given.has("key") && given.has("key-url"))
        throw usage_error{"--key and --key-url: give one of them, a key or where it is"};
    listen_command result;
    result.where = endpoint_of(given);
    result.config = receiver_config_of(given);
    result.keys = key_store_config_of(given, surroundings);
    result.key_file = given.value("key");
    result.webhook = registration_of(given, surroundings, format);
    result.format = format;
    result.verbose = given.has("verbose");
    return result;
}

void refuse_secrets(given_options const& given)
{
    if (given.has("api-token") || given.has("api-key"))
        throw usage_error{token_on_command_line};
}

command_entry const& command_of(given_options const& given)
{
    if (given.operands().empty())
        throw usage_error{"give a command: " + commands_with_option("help") + "; rtkhooks --help explains them"};
    auto const& name = given.operands().front();
    if (auto const* entry = find_command(name))
        return *entry;
    auto const suggestion = suggested_command(name);
    throw usage_error{"there is no command '" + name +
                      "': " + (suggestion ? "did you mean " + *suggestion + "?" : "rtkhooks --help lists them")};
}

void check_options(command_entry const& entry, given_options const& given)
{
    for (auto const& name : given.names()) {
        if (takes_option(entry, name))
            continue;
        if (name == "token")
            throw usage_error{token_on_command_line};
        throw usage_error{"--" + name + " is not an option of " + entry.name + ", but of " +
                          commands_with_option(name)};
    }
}

void check_operands(command_entry const& entry, given_options const& given)
{
    auto const wanted = *entry.operands != '\0' ? std::size_t{2} : std::size_t{1};
    auto const& operands = given.operands();
    if (operands.size() < wanted)
        throw usage_error{std::string{entry.name} + " needs the webhook's id: rtkhooks " + entry.name + " ID"};
    if (operands.size() > wanted)
        throw usage_error{std::string{entry.name} + " takes " + (wanted == 1 ? "no operand" : "one id") +
                          ", but got '" + operands[wanted] + "' too"};
}

// "rtkhooks --help", "rtkhooks help", "rtkhooks help create", "rtkhooks create --help"
std::optional<std::string> help_asked_for(given_options const& given)
{
    auto operands = given.operands();
    auto const as_command = !operands.empty() && operands.front() == "help";
    if (as_command)
        operands.erase(operands.begin());
    if (!as_command && !given.has("help"))
        return std::nullopt;
    auto const* entry = operands.empty() ? nullptr : find_command(operands.front());
    return entry != nullptr ? command_help(*entry) : program_help();
}

} // namespace

any_command parse_arguments(std::vector<std::string> const& arguments, environment const& surroundings)
{
    given_options const given{arguments};
    refuse_secrets(given);
    if (auto help = help_asked_for(given))
        return print_command{*std::move(help)};
    if (given.has("version"))
        return print_command{"rtkhooks " RTKHOOKS_VERSION "\n"};
    auto const& entry = command_of(given);
    check_options(entry, given);
    check_operands(entry, given);
    auto const format = format_of(given, surroundings);
    if (entry.what)
        return api_command_of(entry, given, surroundings, format);
    if (entry.name == std::string_view{"emulator"})
        return emulator_command_of(given);
    if (entry.name == std::string_view{"verify"})
        return verify_command_of(given, format);
    if (entry.name == std::string_view{"listen"})
        return listen_command_of(given, surroundings, format);
    return demo_command{};
}

output_format wanted_format(std::vector<std::string> const& arguments, environment const& surroundings)
{
    auto format = surroundings.output_is_terminal ? output_format::table : output_format::json;
    std::string_view before;
    for (std::string_view const argument : arguments) {
        auto const is_json = argument == "--output=json" || (before == "--output" && argument == "json");
        auto const is_table = argument == "--output=table" || (before == "--output" && argument == "table");
        if (is_json || is_table)
            format = is_json ? output_format::json : output_format::table;
        before = argument;
    }
    return format;
}

} // namespace rtkhooks::cli
