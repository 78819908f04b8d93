// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/webhook_body.hpp"

#include "text/ascii.hpp"

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace rtkhooks::emulation {
namespace {

namespace json = boost::json;

std::string_view view(json::string const& text) { return {text.data(), text.size()}; }

// Reads a body's members. The first that is wrong is what the refusal tells; what follows it is of no account.
class member_reader {
public:
    member_reader(std::string_view body, bool all_required) : all_required_{all_required}
    {
        boost::system::error_code failure;
        body_ = json::parse({body.data(), body.size()}, failure);
        if (failure)
            refuse("the body is not valid JSON");
        else if (!body_.is_object())
            refuse("\"value\" must be of type object");
    }

    std::optional<std::string> read_text(std::string_view name)
    {
        auto const* const member = find(name, all_required_);
        if (!member)
            return {};
        if (!member->is_string())
            return refuse(name, "must be a string"), std::nullopt;
        if (member->get_string().empty())
            return refuse(name, "is not allowed to be empty"), std::nullopt;
        if (member->get_string().size() > longest_text)
            return refuse(name, "must not be longer than " + std::to_string(longest_text) + " bytes"), std::nullopt;
        return std::string{view(member->get_string())};
    }

    std::optional<std::string> read_uri(std::string_view name)
    {
        auto text = read_text(name);
        if (text && !is_web_uri(*text))
            return refuse(name, "must be a valid uri"), std::nullopt;
        return text;
    }

    std::optional<event_set> read_events(std::string_view name)
    {
        auto const* const member = find(name, all_required_);
        if (!member)
            return {};
        if (!member->is_array())
            return refuse(name, "must be an array"), std::nullopt;
        if (member->get_array().empty())
            return refuse(name, "must contain at least 1 items"), std::nullopt;
        event_set events;
        std::size_t index = 0;
        for (auto const& element : member->get_array()) {
            auto const place = std::string{name} + '[' + std::to_string(index++) + ']';
            if (!element.is_string())
                return refuse(place, "must be a string"), std::nullopt;
            event_type const event{view(element.get_string())};
            if (!event.as_known())
                return refuse(place, "must be one of [" + join_known_events() + ']'), std::nullopt;
            events.insert(event);
        }
        return events;
    }

    std::optional<bool> read_flag(std::string_view name)
    {
        auto const* const member = find(name, false);
        if (!member)
            return {};
        if (!member->is_bool())
            return refuse(name, "must be a boolean"), std::nullopt;
        return member->get_bool();
    }

    [[nodiscard]] bool refused() const noexcept { return !problem_.empty(); }
    [[nodiscard]] refusal why() const { return {"BAD_REQUEST: " + problem_}; }

private:
    json::value const* find(std::string_view name, bool required)
    {
        if (refused())
            return nullptr;
        auto const* const member = body_.get_object().if_contains({name.data(), name.size()});
        if (!member && required)
            refuse(name, "is required");
        return member;
    }

    void refuse(std::string problem)
    {
        if (!refused())
            problem_ = std::move(problem);
    }
    void refuse(std::string_view name, std::string_view problem)
    {
        refuse(std::string{"\""}.append(name).append("\" ").append(problem));
    }

    static std::string join_known_events()
    {
        std::string names;
        for (auto const event : event_set::all())
            names.append(names.empty() ? "" : ", ").append(event.name());
        return names;
    }

    bool all_required_;
    json::value body_;
    std::string problem_;
};

// Unreserved, sub-delims, what `more` has, and percent-encoded bytes (RFC 3986 section 2).
bool consists_of_uri_characters(std::string_view text, std::string_view more)
{
    constexpr std::string_view marks = "-._~!$&'()*+,;=";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() - i < 3 || !ascii::is_hexadecimal(text[i + 1]) || !ascii::is_hexadecimal(text[i + 2]))
                return false;
            i += 2;
        } else if (!ascii::is_alphanumeric(text[i]) && marks.find(text[i]) == marks.npos &&
                   more.find(text[i]) == more.npos) {
            return false;
        }
    }
    return true;
}

bool is_port(std::string_view text)
{
    unsigned value = 0;
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return text.empty() || (error == std::errc{} && stop == text.data() + text.size() && value <= 65535);
}

bool is_host_and_port(std::string_view text)
{
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == text.npos || end < 3)
            return false;
        auto const address = text.substr(1, end - 1);
        auto const rest = text.substr(end + 1);
        return std::all_of(address.begin(), address.end(),
                           [](char c) { return ascii::is_hexadecimal(c) || c == ':' || c == '.'; }) &&
               address.find(':') != address.npos && (rest.empty() || (rest[0] == ':' && is_port(rest.substr(1))));
    }
    auto const colon = text.find(':');
    auto const host = text.substr(0, colon);
    return !host.empty() && consists_of_uri_characters(host, "") &&
           (colon == text.npos || is_port(text.substr(colon + 1)));
}

} // namespace

bool is_web_uri(std::string_view text)
{
    auto const colon = text.find("://");
    if (colon == text.npos)
        return false;
    auto const scheme = ascii::lower(text.substr(0, colon));
    if (scheme != "https" && scheme != "http")
        return false;
    auto const rest = text.substr(colon + 3);
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    auto const tail = rest.substr(authority.size());
    auto const at = authority.rfind('@');
    if (at != authority.npos && !consists_of_uri_characters(authority.substr(0, at), ":"))
        return false;
    auto const fragment = tail.find('#');
    return is_host_and_port(at == authority.npos ? authority : authority.substr(at + 1)) &&
           consists_of_uri_characters(tail.substr(0, fragment), ":@/?") &&
           (fragment == tail.npos || consists_of_uri_characters(tail.substr(fragment + 1), ":@/?"));
}

std::variant<webhook_spec, refusal> read_spec(std::string_view body)
{
    member_reader members{body, true};
    auto name = members.read_text("name");
    auto url = members.read_uri("url");
    auto events = members.read_events("events");
    auto const enabled = members.read_flag("enabled");
    if (members.refused())
        return members.why();
    return webhook_spec{std::move(*name), std::move(*url), std::move(*events), enabled.value_or(true)};
}

std::variant<webhook_patch, refusal> read_patch(std::string_view body)
{
    member_reader members{body, false};
    webhook_patch patch;
    if (auto name = members.read_text("name"))
        patch.name(std::move(*name));
    if (auto url = members.read_uri("url"))
        patch.url(std::move(*url));
    if (auto events = members.read_events("events"))
        patch.events(std::move(*events));
    if (auto const enabled = members.read_flag("enabled"))
        patch.enabled(*enabled);
    if (members.refused())
        return members.why();
    return patch;
}

} // namespace rtkhooks::emulation
