// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/options.hpp"

#include "cli/suggestion.hpp"

#include <boost/program_options/value_semantic.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <sstream>

namespace rtkhooks::cli {

namespace po = boost::program_options;

namespace {

constexpr std::array all_groups{option_group::general, option_group::output,   option_group::connection,
                                option_group::webhook, option_group::emulator, option_group::key,
                                option_group::verify,  option_group::listen};

std::vector<command_entry> make_command_table()
{
    using group = option_group;
    std::vector<option_group> const plain{group::connection, group::output, group::general};
    std::vector<option_group> const with_webhook{group::webhook, group::connection, group::output, group::general};
    return {
        {"list", "", "print the app's webhooks", "", "list --output json", plain, operation::list},
        {"create", "", "add a webhook",
         "Needs --name, --url and --event. The url must not be in use by another webhook of the app.",
         "create --name audit --url https://example.com/hook --event meeting.started,meeting.ended", with_webhook,
         operation::create},
        {"get", "ID", "print one webhook", "", "get 0d1f069d-43bb-489a-ad8c-7eb95592ba8e", plain, operation::get},
        {"replace", "ID", "set all of a webhook's fields",
         "Needs --name, --url and --event. Without --enabled the webhook is enabled.",
         "replace 0d1f069d-43bb-489a-ad8c-7eb95592ba8e --name audit --url https://example.com/hook --event all",
         with_webhook, operation::replace},
        {"edit", "ID", "change some of a webhook's fields", "Needs at least one of the webhook's fields.",
         "edit 0d1f069d-43bb-489a-ad8c-7eb95592ba8e --enabled false", with_webhook, operation::edit},
        {"delete", "ID", "remove a webhook",
         "Prints the deleted webhook, or its id alone where the server does not return it.",
         "delete 0d1f069d-43bb-489a-ad8c-7eb95592ba8e", plain, operation::remove},
        {"event-types", "", "print the events that webhooks can get", "", "event-types", plain, operation::event_types},
        {"demo",
         "",
         "show every operation and failure, against an emulator",
         "Needs no account and no network: the emulator is part of this program.",
         "demo",
         {group::general},
         std::nullopt},
        {"emulator",
         "",
         "serve the same API on this machine",
         "Prints one line of JSON when it listens: base_url, ca_file, token, key_url and events_url. Serves until "
         "SIGINT\n"
         "or SIGTERM. An event as JSON that is posted to events_url, with the token, is signed and delivered to the\n"
         "webhooks that want it; GET there tells what became of it. The key is served at key_url.",
         "emulator --ca-out ca.pem --token test-token",
         {group::emulator, group::output, group::general},
         std::nullopt},
        {"verify",
         "",
         "check the signature of a delivery",
         "Reads the body from standard input: the exact bytes that came. Prints the event, without secrets.",
         "verify --key key.pem --signature \"$rtk_signature\" < body",
         {group::key, group::verify, group::output, group::general},
         std::nullopt},
        {"listen",
         "",
         "receive deliveries and print them",
         "Prints one line when it listens, in JSON with listening, the address, and webhook_id; then a line for each "
         "event\n"
         "that is genuine, without secrets, also for events that are not known. What came before, by its body or its "
         "id,\n"
         "is not printed again. A delivery is accepted (200) once its line is written. Deliveries should come by "
         "https:\n"
         "put a proxy or tunnel in front, or give --tls-certificate and --tls-key. Runs until SIGINT, "
         "SIGTERM or SIGHUP,\n"
         "and ends with 0 then; a second signal ends it at once. Where SIGHUP is ignored, as by nohup, it stays "
         "ignored.\n"
         "With --register it creates a webhook once it listens, and deletes it when it ends. Where the answer to the\n"
         "creation does not tell, the app's webhooks are listed, and the one with this url, name and events is taken\n"
         "for its own.",
         "listen --port 8080 --register https://hooks.example.com/deliveries --event meeting.started,meeting.ended",
         {group::listen, group::key, group::connection, group::output, group::general},
         std::nullopt},
    };
}

struct synonym {
    char const* said;
    char const* meant;
};

constexpr std::array synonyms{
    synonym{"ls", "list"},           synonym{"add", "create"},     synonym{"new", "create"},
    synonym{"post", "create"},       synonym{"show", "get"},       synonym{"read", "get"},
    synonym{"put", "replace"},       synonym{"set", "replace"},    synonym{"update", "edit"},
    synonym{"patch", "edit"},        synonym{"change", "edit"},    synonym{"remove", "delete"},
    synonym{"rm", "delete"},         synonym{"del", "delete"},     synonym{"events", "event-types"},
    synonym{"types", "event-types"}, synonym{"serve", "emulator"}, synonym{"check", "verify"},
    synonym{"receive", "listen"}};

struct option_entry {
    char const* name;
    char const* value; // "": it takes none
    char const* meaning;
};

constexpr std::array output_options{
    option_entry{"output", "table|json",
                 "how results and failures are printed; default: table on a terminal, else json"},
};

constexpr std::array general_options{
    option_entry{"help,h", "", "print this help"},
    option_entry{"version", "", "print the version"},
};

constexpr std::array connection_options{
    option_entry{"account-id", "ID", "the Cloudflare account [CLOUDFLARE_ACCOUNT_ID]"},
    option_entry{"app-id", "ID", "the RealtimeKit app [REALTIMEKIT_APP_ID]"},
    option_entry{"api-token-file", "FILE",
                 "read the API token from FILE, or from standard input where it is - [CLOUDFLARE_API_TOKEN holds the "
                 "token itself]"},
    option_entry{"base-url", "URL", "default: https://api.cloudflare.com/client/v4 [CLOUDFLARE_BASE_URL]"},
    option_entry{"insecure-http-loopback", "",
                 "permit http for this machine: in the base URL, with which the token travels unencrypted, and in "
                 "listen's key URL"},
    option_entry{"ca-file", "FILE", "trust these PEM certificates instead of the system's [SSL_CERT_FILE]"},
    option_entry{"resolve", "HOST:PORT:ADDRESS", "connect to ADDRESS for HOST and PORT; may be repeated"},
    option_entry{"timeout", "SECONDS", "of the whole call, retries included; default: 60"},
    option_entry{"max-retries", "N", "further attempts after a failed one; default: 2"},
    option_entry{"max-connections", "N", "default: 16"},
    option_entry{"verbose", "",
                 "a line for each attempt on standard error: how it ended, time, connection; printed when the call "
                 "ends; of listen also what became of the requests that came, when it ends"},
};

constexpr std::array webhook_options{
    option_entry{"name", "NAME", "free text"},
    option_entry{"url", "URL", "where deliveries go"},
    option_entry{"event", "EVENT",
                 "what is delivered; may be repeated or separated by commas; all: the nine of the API"},
    option_entry{"enabled", "true|false", "whether deliveries happen"},
};

constexpr std::array emulator_options{
    option_entry{"port", "PORT", "of 127.0.0.1 and ::1; default: any free one"},
    option_entry{"token", "TOKEN", "the token to accept, made up for tests; default: a random one"},
    option_entry{"ca-out", "FILE", "write the certificate to trust here; default: a temporary file"},
    option_entry{"list-not-found-when-empty", "", "answer 404 when an app without webhooks is listed"},
    option_entry{"partial-replies", "",
                 "leave enabled out of answers to PUT and PATCH, and the webhook out of those to DELETE"},
    option_entry{"rate-limit", "N/SECONDS", "answer 429 to more than N requests in so many seconds"},
    option_entry{"delivery-retries", "N", "further attempts at a delivery after 5xx or no answer; default: 3"},
    option_entry{"delivery-pause", "SECONDS", "before each of these; default: 1"},
    option_entry{"delivery-timeout", "SECONDS", "for a receiver to answer; default: 3"},
    option_entry{"delivery-headers", "rtk|dyte|both", "how the headers of deliveries are named; default: rtk"},
    option_entry{"delivery-ca-file", "FILE", "trust these PEM certificates in receivers of https, beside the system's"},
    option_entry{"deliver-to-other-machines", "", "deliver to receivers on other machines too"},
};

constexpr std::array key_options{
    option_entry{"key", "FILE", "the public key: PEM, or the JSON document that publishes it"},
};

constexpr std::array verify_options{
    option_entry{"signature", "TEXT", "the value of the header rtk-signature"},
    option_entry{"event-only", "", "print the event's name and nothing else"},
};

constexpr std::array listen_options{
    option_entry{"port", "PORT", "where to listen; default: any free one"},
    option_entry{"host", "ADDRESS", "an IP address of this machine, such as 0.0.0.0; default: 127.0.0.1"},
    option_entry{"path", "PATH",
                 "that deliveries are posted to, any other is 404; default: that of --register's URL, else /"},
    option_entry{"tls-certificate", "FILE", "serve HTTPS with this certificate and those behind it, PEM"},
    option_entry{"tls-key", "FILE", "its private key, PEM"},
    option_entry{"key-url", "URL",
                 "where the public key is, if no --key is given; default: "
                 "https://api.realtime.cloudflare.com/.well-known/webhooks.json"},
    option_entry{"owner", "ID",
                 "refuse events of other apps and organizations, with 403; may be repeated; default: none is refused"},
    option_entry{"register", "URL", "create a webhook with this URL, and delete it at the end"},
    option_entry{"name", "NAME", "of that webhook; default: rtkhooks listen"},
    option_entry{"event", "EVENT",
                 "what it gets; may be repeated or separated by commas; default: all, the nine of the API"},
};

std::span<option_entry const> entries_of(option_group group)
{
    switch (group) {
    case option_group::general:
        return general_options;
    case option_group::output:
        return output_options;
    case option_group::connection:
        return connection_options;
    case option_group::webhook:
        return webhook_options;
    case option_group::emulator:
        return emulator_options;
    case option_group::key:
        return key_options;
    case option_group::verify:
        return verify_options;
    case option_group::listen:
        return listen_options;
    }
    return {};
}

char const* caption_of(option_group group)
{
    switch (group) {
    case option_group::general:
        return "General options";
    case option_group::output:
        return "Output options";
    case option_group::connection:
        return "Connection options [environment variable]";
    case option_group::webhook:
        return "The webhook's fields";
    case option_group::emulator:
        return "Emulator options";
    case option_group::key:
        return "The key";
    case option_group::verify:
        return "The delivery";
    case option_group::listen:
        return "Listen options";
    }
    return "";
}

bool group_has(option_group group, std::string_view long_name)
{
    return options_of(group).find_nothrow(std::string{long_name}, false) != nullptr;
}

bool takes_group(command_entry const& entry, option_group group)
{
    return std::find(entry.groups.begin(), entry.groups.end(), group) != entry.groups.end();
}

std::string sentence(std::string text)
{
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text + ".\n";
}

constexpr char const* exit_statuses =
    "Exit status: 0 done; 2 usage, or refused before sending; 3 unauthorized or forbidden; 4 not found;\n"
    "  5 invalid request; 6 conflict; 7 rate limited; 8 server error; 9 not reached or timed out;\n"
    "  10 not the answer that the API promises; 11 the signature does not match; 130 interrupted;\n"
    "  1 anything else.\n";

} // namespace

std::vector<command_entry> const& command_table()
{
    static auto const table = make_command_table();
    return table;
}

command_entry const* find_command(std::string_view name)
{
    auto const& table = command_table();
    auto const found =
        std::find_if(table.begin(), table.end(), [name](auto const& entry) { return entry.name == name; });
    return found != table.end() ? &*found : nullptr;
}

char const* command_name(operation what)
{
    for (auto const& entry : command_table())
        if (entry.what == what)
            return entry.name;
    return "";
}

std::optional<std::string> suggested_command(std::string_view name)
{
    for (auto const& [said, meant] : synonyms)
        if (name == said)
            return meant;
    std::vector<std::string> names;
    for (auto const& entry : command_table())
        names.emplace_back(entry.name);
    return suggestion_for(name, names);
}

po::options_description options_of(option_group group)
{
    constexpr unsigned line_length = 110;
    constexpr unsigned least_meaning_length = 55;
    po::options_description options{caption_of(group), line_length, least_meaning_length};
    for (auto const& [name, value, meaning] : entries_of(group)) {
        if (*value == '\0')
            options.add_options()(name, meaning);
        else
            options.add_options()(name, po::value<std::string>()->value_name(value), meaning);
    }
    return options;
}

po::options_description every_option()
{
    po::options_description options;
    for (auto const group : all_groups) {
        auto const of_group = options_of(group);
        for (auto const& each : of_group.options())
            if (options.find_nothrow(each->long_name(), false) == nullptr) // some are in two groups
                options.add(each);
    }
    auto const refused = [] { return po::value<std::string>()->implicit_value(""); };
    for (auto const* secret : {"api-token", "api-key"})
        options.add_options()(secret, refused(), "");
    return options;
}

std::string commands_with_option(std::string_view long_name)
{
    std::string names;
    for (auto const& entry : command_table())
        if (takes_option(entry, long_name))
            names += (names.empty() ? "" : ", ") + std::string{entry.name};
    return names;
}

bool takes_option(command_entry const& entry, std::string_view long_name)
{
    return std::any_of(all_groups.begin(), all_groups.end(),
                       [&](option_group group) { return takes_group(entry, group) && group_has(group, long_name); });
}

std::string program_help()
{
    std::ostringstream help;
    help << "Usage: rtkhooks [options] COMMAND\n\nManages the webhooks of a Cloudflare RealtimeKit app.\n\nCommands:\n";
    for (auto const& entry : command_table()) {
        auto const call = std::string{entry.name} + (*entry.operands != '\0' ? " " : "") + entry.operands;
        help << "  " << call << std::string(14 - call.size(), ' ') << entry.summary << '\n';
    }
    help
        << "\nrtkhooks COMMAND --help tells a command's options. New here? Try: rtkhooks demo\n\n"
        << options_of(option_group::connection) << '\n'
        << options_of(option_group::output) << '\n'
        << options_of(option_group::general) << '\n'
        << "A token is never taken from the command line. CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL is read as well.\n\n"
        << exit_statuses;
    return help.str();
}

std::string command_help(command_entry const& entry)
{
    std::ostringstream help;
    help << "Usage: rtkhooks " << entry.name << (*entry.operands != '\0' ? " " : "") << entry.operands
         << " [options]\n\n"
         << sentence(entry.summary);
    if (*entry.details != '\0')
        help << entry.details << '\n';
    help << "\nExample: rtkhooks " << entry.example << '\n';
    for (auto const group : entry.groups)
        help << '\n' << options_of(group);
    if (takes_option(entry, "event")) {
        help << "\nEvents:\n";
        for (auto const& event : event_set::all())
            help << "  " << event.name() << '\n';
    }
    return help.str();
}

} // namespace rtkhooks::cli
