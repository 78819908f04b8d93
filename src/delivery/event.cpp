// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/event.hpp>

#include "delivery/event_fields.hpp"
#include "model/encode.hpp"
#include "model/server_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ostream>
#include <sstream>
#include <type_traits>

namespace rtkhooks {

namespace {

/// For people, texts are made fit for a terminal. Only in the clear, secrets are written.
enum class manner { for_people, for_programs, in_the_clear };

/// Writes compact JSON.
class event_writer {
public:
    explicit event_writer(manner how) noexcept : how_{how} {}

    [[nodiscard]] std::string& text() noexcept { return text_; }

    template <class Object>
    void object(Object const& from)
    {
        text_ += '{';
        if constexpr (std::is_base_of_v<events::base, Object>)
            write(start("event"), event_type{from.type}.name());
        std::apply([&](auto const&... field) { (member(field.key, from.*field.member), ...); },
                   delivery::fields_of<Object>);
        text_ += '}';
    }

private:
    template <class T>
    void member(std::string_view key, std::optional<T> const& value)
    {
        if (value)
            write(start(key), *value);
    }

    std::string& start(std::string_view key)
    {
        if (text_.back() != '{')
            text_ += ',';
        return text_.append(1, '"').append(key).append("\":");
    }

    void write(std::string& out, std::string_view value)
    {
        if (how_ == manner::for_people)
            model::append_json(out, model::server_text(value));
        else
            model::append_json(out, value);
    }
    void write(std::string& out, secret const& value)
    {
        model::append_json(out, how_ == manner::in_the_clear ? std::string_view{value.reveal()} : "[secret]");
    }
    void write(std::string& out, std::string const& value) { write(out, std::string_view{value}); }
    void write(std::string& out, timestamp value) { model::append_json(out, format_timestamp(value)); }
    void write(std::string& out, bool value) { out += value ? "true" : "false"; }
    void write(std::string& out, std::uint64_t value) { model::append_json(out, std::to_string(value)); }
    void write(std::string& out, std::chrono::duration<double> value)
    {
        std::array<char, 32> digits{}; // the shortest that is read as the same has 24 at most
        if (std::isfinite(value.count()))
            out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value.count()).ptr);
        else
            out += "null"; // JSON has no such number
    }
    template <class Object>
    void write(std::string&, Object const& value)
    {
        object(value);
    }

    manner how_;
    std::string text_;
};

template <class Object>
std::string written(Object const& from, manner how)
{
    event_writer writer{how};
    writer.object(from);
    return std::move(writer.text());
}

template <class Object>
std::ostream& print(std::ostream& out, Object const& value)
{
    return out << written(value, manner::for_people);
}

} // namespace

event_type type_of(event const& any)
{
    return std::visit([](auto const& one) { return event_type{one.type}; }, any);
}

events::base const& base_of(event const& any) noexcept
{
    static events::base const none; // of a variant that an exception left without a value
    if (any.valueless_by_exception())
        return none;
    return std::visit([](auto const& one) -> events::base const& { return one; }, any);
}

std::string encode(event const& any)
{
    return std::visit(overload{
                          [](events::unknown_event const& one) { return one.body; },
                          [](auto const& one) { return written(one, manner::in_the_clear); },
                      },
                      any);
}

std::string encode_without_secrets(event const& any)
{
    return std::visit(overload{
                          [](events::unknown_event const& one) {
                              std::ostringstream text;
                              text << one;
                              return std::move(text).str();
                          },
                          [](auto const& one) { return written(one, manner::for_programs); },
                      },
                      any);
}

namespace events {

std::ostream& operator<<(std::ostream& out, organizer const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, participant const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, recording const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_started const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_ended const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_participant_joined const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_participant_left const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_chat_synced const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, recording_status_update const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, livestreaming_status_update const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_transcript const& value) { return print(out, value); }
std::ostream& operator<<(std::ostream& out, meeting_summary const& value) { return print(out, value); }

std::ostream& operator<<(std::ostream& out, unknown_event const& value)
{
    std::string text{"{\"event\":"};
    model::append_json(text, model::server_text(value.type.name()));
    if (value.why) {
        text += ",\"why\":";
        model::append_json(text, value.why->message());
    }
    return out << text << '}';
}

std::ostream& operator<<(std::ostream& out, event const& any)
{
    return std::visit([&](auto const& one) -> std::ostream& { return out << one; }, any);
}

} // namespace events

} // namespace rtkhooks
