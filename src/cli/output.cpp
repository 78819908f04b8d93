// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/output.hpp"

#include "cli/options.hpp"
#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

#include <rtkhooks/json.hpp>

#include <boost/json.hpp>

#include <utility>

namespace rtkhooks::cli {

namespace json = boost::json;

namespace {

std::string line(json::value const& value) { return json::serialize(value) + '\n'; }

char const* yes_or_no(bool value) { return value ? "yes" : "no"; }

// Short enough for a column: all names are in the output of get.
std::string summary_of(event_set const& events)
{
    if (events == event_set::all())
        return "all";
    if (events.empty())
        return "none";
    auto const first = std::string{(*events.begin()).name()};
    return events.size() == 1 ? first : first + " and " + std::to_string(events.size() - 1) + " more";
}

void add_fields(std::vector<std::pair<std::string, std::string>>& fields, event_set const& events)
{
    std::string label = "events";
    for (auto const& event : events) {
        fields.emplace_back(label, event.name());
        label.clear();
    }
    if (events.empty())
        fields.emplace_back(label, "none");
}

std::string details_of(webhook const& hook)
{
    std::vector<std::pair<std::string, std::string>> fields{
        {"id", hook.id}, {"name", hook.name}, {"url", hook.url}, {"enabled", yes_or_no(hook.enabled)}};
    add_fields(fields, hook.events);
    fields.emplace_back("created", format_timestamp(hook.created_at));
    fields.emplace_back("updated", format_timestamp(hook.updated_at));
    return layout_fields(fields);
}

double milliseconds_of(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

json::object as_json(attempt_info const& attempt)
{
    json::object told;
    told["http_status"] = attempt.http_status;
    told["error"] = nullptr;
    told["phase"] = nullptr;
    if (attempt.http_status == 0) {
        told["error"] = to_string(static_cast<errc>(attempt.error.value()));
        told["phase"] = to_string(attempt.phase);
    }
    told["elapsed_ms"] = milliseconds_of(attempt.elapsed);
    told["connection"] = attempt.connection_id;
    told["connection_reused"] = attempt.connection_reused;
    told["tls_resumed"] = attempt.tls_resumed;
    return told;
}

std::string attempt_as_json(operation what, std::size_t number, call_info const& info)
{
    json::object told;
    told["command"] = command_name(what);
    told["number"] = number;
    for (auto const& member : as_json(info.history[number - 1]))
        told.insert(member);
    if (number == info.history.size()) {
        told["ray_id"] = info.ray_id;
        if (info.rate_limit_remaining)
            told["rate_limit_remaining"] = *info.rate_limit_remaining;
    }
    json::object outer;
    outer["attempt"] = std::move(told);
    return line(outer);
}

std::string end_in_words(attempt_info const& attempt)
{
    if (attempt.http_status != 0)
        return "status " + std::to_string(attempt.http_status);
    return std::string{to_string(static_cast<errc>(attempt.error.value()))} + " in phase " +
           std::string{to_string(attempt.phase)};
}

std::string attempt_in_words(operation what, std::size_t number, call_info const& info)
{
    auto const& attempt = info.history[number - 1];
    auto text = std::string{command_name(what)} + ": attempt " + std::to_string(number) + ": " + end_in_words(attempt) +
                ", " + in_milliseconds(attempt.elapsed) + ", " + connection_in_words(attempt);
    if (number == info.history.size()) {
        if (info.rate_limit_remaining)
            text += ", " + std::to_string(*info.rate_limit_remaining) + " requests left";
        if (!info.ray_id.empty())
            text += ", ray " + info.ray_id;
    }
    return "rtkhooks: " + visible(text) + '\n';
}

std::string connection_in_words(std::uint64_t id, bool reused, bool resumed)
{
    if (id == 0)
        return "no connection";
    auto words = "connection " + std::to_string(id) + (reused ? ", reused" : ", new");
    return !reused && resumed ? words + ", TLS resumed" : words;
}

} // namespace

std::string print_webhooks(std::vector<webhook> const& hooks, output_format format)
{
    if (format == output_format::json)
        return line(json::value_from(hooks));
    if (hooks.empty())
        return "The app has no webhooks.\n";
    std::vector<table_row> rows;
    for (auto const& hook : hooks)
        rows.push_back({hook.id, hook.name, yes_or_no(hook.enabled), summary_of(hook.events), hook.url});
    return layout_table({"ID", "NAME", "ENABLED", "EVENTS", "URL"}, rows);
}

std::string print_webhook(webhook const& hook, output_format format)
{
    return format == output_format::json ? line(json::value_from(hook)) : details_of(hook);
}

std::string print_deleted(std::string const& id, std::optional<webhook> const& hook, output_format format)
{
    if (format == output_format::table)
        return "Deleted webhook " + visible(id) + (hook ? ":\n" + details_of(*hook) : ".\n");
    if (hook)
        return line(json::value_from(*hook));
    json::object only_id;
    only_id["id"] = id;
    return line(only_id);
}

std::string print_event_types(std::vector<event_type> const& events, output_format format)
{
    if (format == output_format::json)
        return line(json::value_from(events));
    std::string text;
    for (auto const& event : events)
        text += visible(event.name()) + '\n';
    return text;
}

std::string print_error(error const& failure, std::string const& advice, output_format format)
{
    if (format == output_format::table)
        return "rtkhooks: " + visible(failure.message()) + (advice.empty() ? "" : "; " + visible(advice)) + '\n';
    json::object outer;
    outer["error"] = json::value_from(failure);
    return line(outer);
}

error own_error(errc code, std::string text)
{
    error::details details;
    details.code = code;
    details.message = std::move(text);
    return error{std::move(details)};
}

error in_context(std::string const& what, error const& failure)
{
    auto details = failure.parts();
    details.message = what + ": " + failure.message();
    return error{std::move(details)};
}

std::string print_attempts(operation what, call_info const& info, output_format format)
{
    std::string text;
    for (std::size_t number = 1; number <= info.history.size(); ++number)
        text +=
            format == output_format::json ? attempt_as_json(what, number, info) : attempt_in_words(what, number, info);
    return text;
}

std::string counted(std::size_t number, std::string const& noun)
{
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string in_milliseconds(std::chrono::microseconds time)
{
    auto const hundredths = (time.count() + 5) / 10;
    auto const decimals = std::to_string(100 + hundredths % 100).substr(1);
    return std::to_string(hundredths / 100) + "." + decimals + " ms";
}

std::string connection_in_words(call_info const& info)
{
    return connection_in_words(info.connection_id, info.connection_reused, info.tls_resumed);
}

std::string connection_in_words(attempt_info const& info)
{
    return connection_in_words(info.connection_id, info.connection_reused, info.tls_resumed);
}

} // namespace rtkhooks::cli
