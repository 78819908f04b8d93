// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/event.hpp>

#include "delivery/event_fields.hpp"
#include "model/json_kind.hpp"
#include "model/reader.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace rtkhooks {

namespace {

namespace json = boost::json;
using model::json_kind;

constexpr std::size_t max_depth = 32;
constexpr std::size_t longest_name = 256;

json_kind kind_of(json::value const& value) noexcept
{
    if (value.is_number())
        return json_kind::number;
    if (value.is_bool())
        return json_kind::boolean;
    if (value.is_string())
        return json_kind::string;
    if (value.is_array())
        return json_kind::array;
    return value.is_object() ? json_kind::object : json_kind::null;
}

error decode_error(std::string explanation)
{
    error::details what;
    what.code = errc::decode_failed;
    what.phase = phase::decode;
    what.explanation = std::move(explanation);
    return error{std::move(what)};
}

// --- the tree ---------------------------------------------------------------------------------------------------------

/// Behind a string's end.
/// @param from behind its first quote
std::size_t end_of_string(std::string_view text, std::size_t from) noexcept
{
    for (;;) {
        auto const quote = text.find('"', from);
        auto const other = text.find_last_not_of('\\', quote - 1); // the first quote, if nothing else
        if ((quote - other) % 2 == 1)
            return quote + 1;
        from = quote + 1; // which an odd number of backslashes has made a part of the string
    }
}

constexpr std::string_view white_space = " \t\r\n";

/// At least as many as members_in() a JSON text, and mostly as many: what a string has of `":` within it is counted too.
std::size_t most_members_in(std::string_view text) noexcept
{
    std::size_t members = 0;
    for (auto at = text.find(':'); at != text.npos; at = text.find(':', at + 1)) {
        auto const before = text.find_last_not_of(white_space, at - 1);
        members += before != text.npos && text[before] == '"' ? 1 : 0;
    }
    return members;
}

/// How many members a JSON text gives: strings with a colon behind them.
std::size_t members_in(std::string_view text) noexcept
{
    std::size_t members = 0;
    for (auto at = text.find('"'); at != text.npos; at = text.find('"', at)) {
        at = end_of_string(text, at + 1);
        auto const next = text.find_first_not_of(white_space, at);
        members += next != text.npos && text[next] == ':' ? 1 : 0;
    }
    return members;
}

/// How many are left in its tree, which keeps one of those that have the same name. No deeper than max_depth.
std::size_t members_in(json::value const& tree) noexcept
{
    std::size_t members = 0;
    if (auto const* const object = tree.if_object()) {
        members = object->size();
        for (auto const& each : *object)
            members += members_in(each.value());
    } else if (auto const* const array = tree.if_array()) {
        for (auto const& each : *array)
            members += members_in(each);
    }
    return members;
}

/// Parses a text that shall be one object.
/// @return why it is none
std::optional<std::string> parse_object(std::string_view text, json::value& tree)
{
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code code;
    tree = json::parse({text.data(), text.size()}, code, tree.storage(), options);
    if (code) {
        // The same once more, by the parser that can say where.
        model::read_request lenient;
        lenient.document = model::document::error_body;
        lenient.max_depth = max_depth;
        auto const outcome = model::read_json(text, lenient);
        return outcome.failure ? outcome.failure->text : "not JSON: " + code.message();
    }
    if (!tree.is_object())
        return "the whole: " + model::describe_mismatch(json_kind::object, kind_of(tree));
    auto const kept = members_in(tree);
    if (most_members_in(text) != kept && members_in(text) != kept)
        return "the whole: an object has two members of one name";
    return std::nullopt;
}

// --- values -----------------------------------------------------------------------------------------------------------

/// Finds an object's members. Most come in the order in which they are asked for, so the one behind the last is tried
/// first.
class member_finder {
public:
    explicit member_finder(json::object const& of) noexcept : of_{of}, next_{of.begin()} {}

    json::value const* operator()(std::string_view name) noexcept
    {
        json::string_view const key{name.data(), name.size()};
        auto const at = next_ != of_.end() && next_->key() == key ? next_ : of_.find(key);
        if (at == of_.end())
            return nullptr;
        next_ = at + 1;
        return &at->value();
    }

private:
    json::object const& of_;
    json::object::const_iterator next_;
};

/// Reads a tree into the parts of an event. Each function is false where it has set `failure()`.
class event_reader {
public:
    [[nodiscard]] std::string& failure() noexcept { return failure_; }

    /// Members that are missing or null are left as they are: absent.
    template <class Object>
    bool read(json::value const& from, Object& to)
    {
        if (!expect(json_kind::object, from))
            return false;
        member_finder find{from.get_object()};
        return std::apply([&](auto const&... field) { return (member(find, field.key, to.*field.member) && ...); },
                          delivery::fields_of<Object>);
    }

    template <class T>
    bool member(member_finder& find, std::string_view key, std::optional<T>& to)
    {
        auto const* const value = find(key);
        if (value == nullptr || value->is_null())
            return true;
        path_[depth_++] = key;
        bool const good = read(*value, to.emplace());
        depth_ -= good ? 1 : 0; // a failure keeps its path
        return good;
    }

    bool refuse(std::string_view reason)
    {
        for (std::size_t i = 0; i < depth_; ++i)
            failure_.append(i == 0 ? "" : ".").append(path_[i]);
        if (depth_ == 0)
            failure_ = "the whole";
        failure_.append(": ").append(reason);
        return false;
    }

private:
    bool expect(json_kind kind, json::value const& found)
    {
        auto const is = kind_of(found);
        return is == kind || refuse(model::describe_mismatch(kind, is));
    }

    static std::string_view text_of(json::value const& from) noexcept
    {
        auto const& text = from.get_string();
        return {text.data(), text.size()};
    }

    bool read(json::value const& from, std::string& to)
    {
        if (!expect(json_kind::string, from))
            return false;
        to = text_of(from);
        return true;
    }

    bool read(json::value const& from, secret& to)
    {
        if (!expect(json_kind::string, from))
            return false;
        to = secret{std::string{text_of(from)}};
        return true;
    }

    bool read(json::value const& from, timestamp& to)
    {
        if (!expect(json_kind::string, from))
            return false;
        auto const time = parse_timestamp(text_of(from));
        to = time.value_or(timestamp{});
        return time || refuse(model::not_a_time);
    }

    bool read(json::value const& from, bool& to)
    {
        if (!expect(json_kind::boolean, from))
            return false;
        to = from.get_bool();
        return true;
    }

    /// A number, or a text of its digits.
    bool read(json::value const& from, std::uint64_t& to)
    {
        if (from.is_string()) {
            auto const text = text_of(from);
            auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to);
            return (problem == std::errc{} && end == text.data() + text.size()) ||
                   refuse("expected a number of bytes, found another text");
        }
        if (!expect(json_kind::number, from))
            return false;
        boost::system::error_code inexact;
        to = from.to_number<std::uint64_t>(inexact);
        return !inexact || refuse("expected a number of bytes, found another number");
    }

    bool read(json::value const& from, std::chrono::duration<double>& to)
    {
        if (!expect(json_kind::number, from))
            return false;
        boost::system::error_code inexact; // an integer past 2^53 is close enough
        to = std::chrono::duration<double>{from.is_double() ? from.get_double() : from.to_number<double>(inexact)};
        return std::isfinite(to.count()) || refuse("expected a number of seconds, found another number");
    }

    std::array<std::string_view, 4> path_; // an event, its meeting, whose organizer, and a field of that
    std::size_t depth_ = 0;
    std::string failure_;
};

// --- events -----------------------------------------------------------------------------------------------------------

using known_events = std::make_index_sequence<event_type::known_count>;

template <std::size_t... I>
constexpr bool is_in_order(std::index_sequence<I...>) noexcept
{
    return (... && (std::variant_alternative_t<I, event>::type == static_cast<event_type::known>(I)));
}
static_assert(is_in_order(known_events{}) && std::variant_size_v<event> == event_type::known_count + 1);

template <std::size_t... I>
bool read_known(event_type::known which, json::value const& from, event& to, event_reader& reader,
                std::index_sequence<I...>)
{
    bool good = false;
    (void)(... || (I == which && (good = reader.read(from, to.emplace<I>()), true)));
    return good;
}

struct outcome {
    event what;
    std::string name;
    std::string failure; ///< empty where there is none
};

outcome read_event(std::string_view body)
{
    std::array<unsigned char, 8192> first; // enough for any sample; more is taken from the heap
    json::monotonic_resource memory{first.data(), first.size()};
    json::value tree(json::storage_ptr{&memory}); // in braces it would be an array

    outcome result;
    if (auto failure = parse_object(body, tree)) {
        result.failure = std::move(*failure);
        return result;
    }
    event_reader reader;
    member_finder find{tree.get_object()};
    std::optional<std::string> name;
    if (!reader.member(find, "event", name))
        result.failure = std::move(reader.failure());
    else if (!name)
        result.failure = "event: missing";
    else if (name->empty())
        result.failure = "event: empty";
    else if (name->size() > longest_name)
        result.failure = "event: longer than " + std::to_string(longest_name) + " bytes";
    if (!result.failure.empty())
        return result;

    result.name = std::move(*name);
    event_type type{std::string_view{result.name}};
    if (auto const known = type.as_known()) {
        if (!read_known(*known, tree, result.what, reader, known_events{}))
            result.failure = std::move(reader.failure());
        else
            std::visit([&](auto& one) { one.body = body; }, result.what);
    } else {
        result.what.emplace<events::unknown_event>(std::move(type), std::string{body});
    }
    return result;
}

} // namespace

result<event> decode_event(std::string_view body)
{
    auto outcome = read_event(body);
    if (!outcome.failure.empty())
        return decode_error(std::move(outcome.failure));
    return std::move(outcome.what);
}

event decode_any_event(std::string_view body)
{
    auto outcome = read_event(body);
    if (outcome.failure.empty())
        return std::move(outcome.what);
    return events::unknown_event{event_type{std::string_view{outcome.name}}, std::string{body},
                                 decode_error(std::move(outcome.failure))};
}

result<json::object> events::base::json() const
{
    json::value tree;
    if (auto failure = parse_object(body, tree))
        return decode_error(std::move(*failure));
    return std::move(tree.get_object());
}

} // namespace rtkhooks
