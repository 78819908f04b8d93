// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/listen_output.hpp"

#include "cli/event_output.hpp"
#include "cli/output.hpp"
#include "cli/terminal_text.hpp"

#include <boost/json.hpp>

#include <sstream>

namespace rtkhooks::cli {

namespace json = boost::json;

namespace {

std::string line(json::object value) { return json::serialize(std::move(value)) + '\n'; }

std::string print_warning(std::string const& text, output_format format)
{
    if (format == output_format::table)
        return "rtkhooks: " + visible(text) + '\n';
    json::object told;
    told["warning"] = text;
    return line(std::move(told));
}

} // namespace

std::string address_of(boost::asio::ip::tcp::endpoint const& where, std::string const& path, bool tls)
{
    std::ostringstream authority;
    authority << where; // an IPv6 address in brackets
    return (tls ? "https://" : "http://") + authority.str() + path;
}

std::string print_listening(std::string const& address, std::string const& webhook_id, output_format format)
{
    if (format == output_format::table)
        return "Listening at " + visible(address) +
               (webhook_id.empty() ? "" : ", for the deliveries of webhook " + visible(webhook_id)) +
               ". SIGINT (Ctrl-C) ends it.\n";
    json::object told;
    told["listening"] = address;
    if (!webhook_id.empty())
        told["webhook_id"] = webhook_id;
    return line(std::move(told));
}

std::string print_delivery(event const& what, timestamp when, output_format format)
{
    return format == output_format::json ? print_event(what, format) : print_event_row(what, when);
}

std::string print_key_alarm(key_alarm const& alarm, std::string const& url, output_format format)
{
    auto const failure = in_context("the key cannot be fetched from " + url, alarm.what);
    auto const consequence =
        alarm.key_age ? "the one that was confirmed " + std::to_string(alarm.key_age->count()) + " s ago is used"
                      : "deliveries are answered with 503 until it can";
    return print_error(failure, consequence, format);
}

std::string print_adopted(std::string const& webhook_id, output_format format)
{
    return print_warning("the creation was not confirmed; webhook " + webhook_id +
                             " is the one that was asked for, is used, and will be deleted",
                         format);
}

std::string print_dropped(std::size_t number, output_format format)
{
    return print_warning("standard error was not read: " + counted(number, "message") + " dropped", format);
}

std::string print_unhandled(int status, std::string_view reason, output_format format)
{
    if (format == output_format::table)
        return "rtkhooks: a request was answered with " + std::to_string(status) + ": " + std::string{reason} + '\n';
    json::object told;
    told["status"] = status;
    told["reason"] = reason;
    json::object outer;
    outer["unhandled"] = std::move(told);
    return line(std::move(outer));
}

std::string print_stats(receiver_stats const& stats, output_format format)
{
    struct count {
        char const* name;
        char const* words;
        std::uint64_t value;
    };
    json::object told;
    std::string words;
    for (auto const& [name, text, value] :
         {count{"handled", "handled", stats.handled}, count{"duplicates", "came again", stats.duplicates},
          count{"unknown_events", "of unknown events", stats.unknown_events},
          count{"failed", "not printed (500)", stats.failed},
          count{"not_genuine", "not genuine (400, 401)", stats.not_genuine},
          count{"of_others", "of other owners (403)", stats.of_others},
          count{"undecided", "without a key to check with (503)", stats.undecided},
          count{"refused", "of another path, method or type (404, 405, 415)", stats.refused},
          count{"bad_requests", "no HTTP, too slow or too large", stats.bad_requests}}) {
        told[name] = value;
        words += (words.empty() ? "" : ", ") + std::to_string(value) + ' ' + text;
    }
    if (format == output_format::table)
        return "rtkhooks: listen: " + words + '\n';
    json::object outer;
    outer["deliveries"] = std::move(told);
    return line(std::move(outer));
}

} // namespace rtkhooks::cli
