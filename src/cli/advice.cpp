// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/advice.hpp"

#include "cli/suggestion.hpp"

#include <array>
#include <span>

namespace rtkhooks::cli {

namespace {

struct origin {
    std::string_view member; // of client_config, as the library's message names it
    char const* options;
};

constexpr std::array origins{
    origin{"base_url", "--base-url or CLOUDFLARE_BASE_URL"}, origin{"ca_file", "--ca-file or SSL_CERT_FILE"},
    origin{"auth", "--api-token-file or CLOUDFLARE_API_TOKEN"},
    origin{"account_id", "--account-id or CLOUDFLARE_ACCOUNT_ID"}, origin{"app_id", "--app-id or REALTIMEKIT_APP_ID"}};

constexpr std::array origins_of_listen{
    origin{"certificate_chain_file", "--tls-certificate"},
    origin{"private_key_file", "--tls-key"},
    origin{"owners", "--owner"},
    origin{"path must", "--path or --register"},
    origin{"url", "--key-url"},
};

// Where a value came from that was refused before sending.
std::string origin_of(std::string const& message, std::span<origin const> from = origins)
{
    for (auto const& [member, options] : from)
        if (message.find(member) != std::string::npos)
            return std::string{"given by "} + options;
    return {};
}

event_set events_of(api_command const& asked)
{
    return asked.what == operation::edit ? asked.patch.events().value_or(event_set{}) : asked.spec.events();
}

// The library sends events that it does not know, since the API may have learnt new ones.
std::string unknown_events_in(api_command const& asked)
{
    std::vector<std::string> known;
    for (auto const& event : event_set::all())
        known.emplace_back(event.name());
    auto const events = events_of(asked);
    std::string advice;
    for (auto const& name : events.others()) {
        auto const suggestion = suggestion_for(name, known);
        advice += (advice.empty() ? "" : "; ") + ("'" + name + "' is no event that this version knows") +
                  (suggestion ? ": did you mean " + *suggestion + "?" : "");
    }
    return advice;
}

bool changes_something(operation what)
{
    return what == operation::create || what == operation::replace || what == operation::edit ||
           what == operation::remove;
}

} // namespace

std::string advice_for(api_command const& asked, error const& failure)
{
    if (changes_something(asked.what) && failure.request_state() == request_state::unknown)
        return "rtkhooks list tells whether it did";
    switch (static_cast<errc>(failure.code().value())) {
    case errc::invalid_argument:
        return origin_of(failure.message());
    case errc::unauthorized:
        return "check the token: CLOUDFLARE_API_TOKEN or --api-token-file";
    case errc::forbidden:
        return "the token needs the permission Realtime or Realtime Admin of this account";
    case errc::not_found:
        return "rtkhooks list prints the ids of this app's webhooks";
    case errc::conflict:
        return "rtkhooks list tells which webhook has this url";
    case errc::invalid_request:
        return unknown_events_in(asked);
    case errc::tls_failed:
        return "--ca-file FILE trusts another certificate authority";
    case errc::timed_out:
        return "--timeout SECONDS gives it longer";
    default:
        return {};
    }
}

std::string advice_for_listen(error const& failure)
{
    auto const of_client = origin_of(failure.message());
    return of_client.empty() ? origin_of(failure.message(), origins_of_listen) : of_client;
}

} // namespace rtkhooks::cli
