// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/event_output.hpp"

#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks::cli {

namespace json = boost::json;

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

// As a person gets it: the stream conceals secrets, and cuts long texts short.
std::string line_of(event const& what)
{
    std::ostringstream line;
    line << what;
    return line.str();
}

// "meeting.organizedBy.id" and its value, for each that is no object.
void add_fields(fields& to, std::string const& label, json::value const& value)
{
    if (auto const* const object = value.if_object()) {
        for (auto const& [name, member] : *object)
            add_fields(to, label + (label.empty() ? "" : ".") + std::string{name}, member);
    } else if (auto const* const text = value.if_string()) {
        to.emplace_back(label, std::string{text->data(), text->size()});
    } else {
        to.emplace_back(label, json::serialize(value));
    }
}

fields fields_of(event const& what)
{
    fields result;
    boost::system::error_code failure;
    auto const shown = json::parse(line_of(what), failure);
    if (!failure)
        add_fields(result, "", shown);
    return result;
}

// The value of the first of these labels that there is.
std::string first_of(fields const& all, std::initializer_list<std::string_view> labels)
{
    for (auto const label : labels) {
        auto const found = std::find_if(all.begin(), all.end(), [=](auto const& one) { return one.first == label; });
        if (found != all.end())
            return found->second;
    }
    return {};
}

std::size_t longest_known_name()
{
    std::size_t longest = 0;
    for (auto const& each : event_set::all())
        longest = std::max(longest, each.name().size());
    return longest;
}

} // namespace

std::string print_event(event const& what, output_format format)
{
    if (format == output_format::json)
        return encode_without_secrets(what) + '\n';
    auto const rows = fields_of(what);
    return rows.empty() ? line_of(what) + '\n' : layout_fields(rows);
}

std::string print_event_row(event const& what, timestamp when)
{
    auto const all = fields_of(what);
    auto const name = visible(first_of(all, {"event"}));
    auto row = format_timestamp(when) + "  " + name;
    std::size_t padding = longest_known_name() - std::min(longest_known_name(), display_width(name));
    for (auto const& part :
         {first_of(all, {"meeting.title", "title", "meeting.id", "meetingId", "recording.meetingId"}),
          first_of(all,
                   {"participant.userDisplayName", "participant.customParticipantId", "participant.clientSpecificId",
                    "participant.peerId", "recording.status", "status", "reason", "why"})}) {
        if (part.empty())
            continue;
        row += std::string(padding, ' ') + "  " + visible(part);
        padding = 0;
    }
    return row + '\n';
}

} // namespace rtkhooks::cli
