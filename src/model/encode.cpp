// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/encode.hpp"

#include "model/utf8.hpp"

namespace rtkhooks::model {

namespace {

constexpr std::string_view replacement_character = "\xef\xbf\xbd"; // U+FFFD

bool is_plain(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escape(std::string& out, char c)
{
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\b':
        out += "\\b";
        return;
    case '\f':
        out += "\\f";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out += "\\u00";
        out += "01"[c >> 4 & 1];
        out += "0123456789abcdef"[c & 0xf];
    }
}

/// Writes the members of one object.
class object_writer {
public:
    explicit object_writer(std::string& out) : out_{out} { out_ += '{'; }

    void member(std::string_view key, std::string_view value) { append_json(start(key), value); }
    void member(std::string_view key, event_set const& value) { append_json(start(key), value); }
    void flag(std::string_view key, bool value) { start(key) += value ? "true" : "false"; }
    void member(std::string_view key, timestamp value)
    {
        start(key).append(1, '"').append(format_timestamp(value)).append(1, '"');
    }

    void end() { out_ += '}'; }

private:
    /// @param key needs no escapes
    std::string& start(std::string_view key)
    {
        if (!first_)
            out_ += ',';
        first_ = false;
        return out_.append(1, '"').append(key).append("\":");
    }

    std::string& out_;
    bool first_ = true;
};

} // namespace

void append_json(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain]))
            ++plain;
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty())
            break;
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            append_escape(out, text.front());
            text.remove_prefix(1);
        } else if (auto const length = utf8_sequence_length(text); length != 0) {
            out += text.substr(0, length);
            text.remove_prefix(length);
        } else {
            out += replacement_character;
            text.remove_prefix(1);
        }
    }
    out += '"';
}

void append_json(std::string& out, event_set const& events)
{
    out += '[';
    bool first = true;
    for (auto const& event : events) {
        if (!first)
            out += ',';
        first = false;
        append_json(out, event.name());
    }
    out += ']';
}

void append_json(std::string& out, webhook const& hook)
{
    object_writer object{out};
    object.member("id", hook.id);
    object.member("name", hook.name);
    object.member("url", hook.url);
    object.member("events", hook.events);
    object.flag("enabled", hook.enabled);
    object.member("created_at", hook.created_at);
    object.member("updated_at", hook.updated_at);
    object.end();
}

void append_json(std::string& out, webhook_spec const& spec)
{
    object_writer object{out};
    object.member("name", spec.name());
    object.member("url", spec.url());
    object.member("events", spec.events());
    object.flag("enabled", spec.enabled());
    object.end();
}

void append_json(std::string& out, webhook_patch const& patch)
{
    object_writer object{out};
    if (patch.name())
        object.member("name", *patch.name());
    if (patch.url())
        object.member("url", *patch.url());
    if (patch.events())
        object.member("events", *patch.events());
    if (patch.enabled())
        object.flag("enabled", *patch.enabled());
    object.end();
}

} // namespace rtkhooks::model
