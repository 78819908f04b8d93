// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/reader.hpp"

#include "model/event_names.hpp"
#include "model/json_kind.hpp"
#include "model/server_text.hpp"

// The one place that instantiates the parser: it is costly to compile.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace rtkhooks::model {

namespace {

// --- the shape of what the API sends ----------------------------------------------------------------------------------

/// Where a value can stand.
enum class place : std::uint8_t {
    unknown, ///< nowhere that this library knows
    document,
    // members of the envelope
    success,
    data,
    result,
    error,
    errors,
    message,
    // elements of a payload that is an array
    listed_webhook,
    listed_name,
    // members of a webhook, and elements of its events
    id,
    name,
    url,
    events,
    enabled,
    created_at,
    updated_at,
    event,
    // elements of errors and of an error_chain, and members of an error
    listed_error,
    error_code,
    error_text,
    error_chain,
};

/// An object or array with places for values in it.
enum class container : std::uint8_t { none, envelope, webhook, webhook_list, name_list, event_list, error, error_list };

/// What a value at a place must be.
struct place_rule {
    std::string_view key;              ///< empty for an element
    json_kind kind = json_kind::null;  ///< null: whatever it is, it is passed over
    container opens = container::none; ///< for arrays and objects
    bool is_lenient = false;           ///< another kind is passed over
};

struct place_row {
    place where;
    place_rule rule;
};

/// In the order of place.
constexpr std::array place_rows{
    place_row{place::unknown, {}},
    place_row{place::document, {"", json_kind::object, container::envelope}}, // opens a webhook where one is asked for
    place_row{place::success, {"success", json_kind::boolean}},
    place_row{place::data, {"data", json_kind::object, container::webhook}}, // or an array: see reader::rule_at
    place_row{place::result, {"result", json_kind::object, container::webhook}},
    place_row{place::error, {"error", json_kind::object, container::error, true}},
    place_row{place::errors, {"errors", json_kind::array, container::error_list, true}},
    place_row{place::message, {"message", json_kind::string, container::none, true}},
    place_row{place::listed_webhook, {"", json_kind::object, container::webhook}},
    place_row{place::listed_name, {"", json_kind::string}},
    place_row{place::id, {"id", json_kind::string}},
    place_row{place::name, {"name", json_kind::string}},
    place_row{place::url, {"url", json_kind::string}},
    place_row{place::events, {"events", json_kind::array, container::event_list}},
    place_row{place::enabled, {"enabled", json_kind::boolean}},
    place_row{place::created_at, {"created_at", json_kind::string}},
    place_row{place::updated_at, {"updated_at", json_kind::string}},
    place_row{place::event, {"", json_kind::string}},
    place_row{place::listed_error, {"", json_kind::object, container::error, true}},
    place_row{place::error_code, {"code", json_kind::number, container::none, true}},
    place_row{place::error_text, {"message", json_kind::string, container::none, true}},
    place_row{place::error_chain, {"error_chain", json_kind::array, container::error_list, true}},
};

constexpr bool rows_are_in_order() noexcept
{
    for (std::size_t i = 0; i < place_rows.size(); ++i)
        if (static_cast<std::size_t>(place_rows[i].where) != i)
            return false;
    return static_cast<std::size_t>(place::error_chain) + 1 == place_rows.size();
}
static_assert(rows_are_in_order());

constexpr place_rule const& rule_of(place where) noexcept { return place_rows[static_cast<std::size_t>(where)].rule; }

// In the order in which the API's examples have them, which member_named() counts on to be quick.
constexpr std::array envelope_members{place::data,   place::success, place::error,
                                      place::result, place::errors,  place::message};
constexpr std::array webhook_members{place::id,   place::created_at, place::enabled, place::events,
                                     place::name, place::updated_at, place::url};
constexpr std::array error_members{place::error_code, place::error_text, place::error_chain};

constexpr std::span<place const> members_of(container what) noexcept
{
    switch (what) {
    case container::envelope:
        return envelope_members;
    case container::webhook:
        return webhook_members;
    case container::error:
        return error_members;
    default:
        return {};
    }
}

constexpr place element_of(container what) noexcept
{
    switch (what) {
    case container::webhook_list:
        return place::listed_webhook;
    case container::name_list:
        return place::listed_name;
    case container::event_list:
        return place::event;
    case container::error_list:
        return place::listed_error;
    default:
        return place::unknown;
    }
}

/// A set of places.
using place_set = std::uint32_t;

constexpr place_set bit(place where) noexcept { return place_set{1} << static_cast<unsigned>(where); }

constexpr place_set all_of(std::span<place const> places) noexcept
{
    place_set result = 0;
    for (place const where : places)
        result |= bit(where);
    return result;
}
constexpr place_set whole_webhook = all_of(webhook_members);

/// Longer keys are unknown ones.
constexpr std::size_t longest_key = 11;

constexpr bool keys_fit() noexcept
{
    for (auto const members : {std::span<place const>{envelope_members}, std::span<place const>{webhook_members},
                               std::span<place const>{error_members}})
        for (place const where : members)
            if (rule_of(where).key.size() > longest_key)
                return false;
    return true;
}
static_assert(keys_fit());

// --- the parser's handler ---------------------------------------------------------------------------------------------

/// How much of an error body is kept. Texts are capped again, and escaped, by server_text().
constexpr std::size_t most_messages = 16;
constexpr std::size_t most_text = 16 * server_text_cap;

/// The shortest names take ten times as much memory as text. So there may be as many as if each had some length, and a
/// few besides.
constexpr std::size_t least_of_a_name = 12;
constexpr std::size_t names_at_least = 1000;
constexpr std::string_view too_many_names = "more names of events than a text of its size could mean";

/// Takes what the parser finds to where it belongs.
///
/// It stands in a stack of containers, each with the place of the value that comes next. A value that belongs nowhere
/// is passed over with all that is in it (passing_over_).
class reader {
public:
    // What basic_parser asks for.
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    using string_view = boost::json::string_view;
    using error_code = boost::system::error_code;

    /// @param size of the text
    reader(read_request const& wanted, std::size_t size) noexcept
        : wanted_{wanted}, names_left_{size / least_of_a_name + names_at_least}
    {
        top().next = place::document;
    }

    [[nodiscard]] read_outcome& outcome() noexcept { return outcome_; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    bool on_object_begin(error_code& ec) { return begin(json_kind::object, ec); }
    bool on_array_begin(error_code& ec) { return begin(json_kind::array, ec); }
    bool on_object_end(std::size_t, error_code& ec) { return end(ec); }
    bool on_array_end(std::size_t, error_code& ec) { return end(ec); }

    bool on_key_part(string_view part, std::size_t, error_code&)
    {
        if (passing_over_ == 0)
            keep(part, longest_key);
        return true;
    }
    bool on_key(string_view last, std::size_t size, error_code& ec)
    {
        if (passing_over_ != 0)
            return true;
        if (text_.empty())
            return turn_to({last.data(), last.size()}, ec);
        keep(last, longest_key);
        bool const good = turn_to(size <= longest_key ? std::string_view{text_} : std::string_view{}, ec);
        text_.clear();
        return good;
    }

    bool on_string_part(string_view part, std::size_t, error_code& ec)
    {
        if (passing_over_ != 0 || !takes(json_kind::string))
            return passing_over_ != 0 || refuse(json_kind::string, ec);
        if (auto* const field = text_field())
            field->append(part.data(), part.size());
        else
            keep(part, is_of_error(top().next) ? most_text : max_string_size);
        return true;
    }
    bool on_string(string_view last, std::size_t, error_code& ec)
    {
        if (passing_over_ != 0)
            return true;
        if (!takes(json_kind::string))
            return refuse(json_kind::string, ec) && value_done();
        if (auto* const field = text_field()) {
            field->append(last.data(), last.size());
            return value_done();
        }
        if (text_.empty())
            return take_text({last.data(), last.size()}, ec);
        keep(last, is_of_error(top().next) ? most_text : max_string_size);
        bool const good = take_text(text_, ec);
        text_.clear();
        return good;
    }

    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t value, string_view, error_code& ec) { return number(value, ec); }
    bool on_uint64(std::uint64_t, string_view, error_code& ec) { return number(std::nullopt, ec); } // over 2^63 - 1
    bool on_double(double, string_view, error_code& ec) { return number(std::nullopt, ec); }

    bool on_bool(bool value, error_code& ec)
    {
        if (passing_over_ != 0)
            return true;
        if (!takes(json_kind::boolean))
            return refuse(json_kind::boolean, ec) && value_done();
        if (top().next == place::success)
            outcome_.success = value;
        else
            hook_->enabled = value;
        return value_done();
    }

    bool on_null(error_code& ec)
    {
        if (passing_over_ != 0)
            return true;
        if (!may_be_null(top().next) && !refuse(json_kind::null, ec))
            return false;
        ++top().index;
        return true;
    }

private:
    /// A container that is open, or the document around all of them.
    struct level {
        container what = container::none;
        place next = place::unknown; ///< of the value that comes next, or is being read
        std::size_t index = 0;       ///< of that value in an array
        std::size_t message = 0;     ///< of an error: which message it is kept in
        std::size_t member = 0;      ///< of an object: where to look first for the next key
        place_set seen = 0;          ///< keys that were given
        place_set present = 0;       ///< and have a value
    };

    [[nodiscard]] level& top() noexcept { return levels_[depth_]; }

    [[nodiscard]] bool is_lenient(place where) const noexcept
    {
        return wanted_.document == document::error_body || rule_of(where).is_lenient;
    }

    [[nodiscard]] place payload_place() const noexcept
    {
        return wanted_.payload_in_result ? place::result : place::data;
    }

    /// What is expected at a place: for three of them that depends on what was asked for.
    [[nodiscard]] place_rule rule_at(place where) const noexcept
    {
        return where > place::result ? rule_of(where) : asked_rule_of(where);
    }

    [[nodiscard]] place_rule asked_rule_of(place where) const noexcept
    {
        auto rule = rule_of(where);
        if (where == place::document && wanted_.document == document::webhook)
            rule.opens = container::webhook;
        if (where != place::data && where != place::result)
            return rule;
        bool const passed_over = wanted_.document == document::error_body || wanted_.payload == payload::anything;
        if (where != payload_place() || passed_over)
            return {};
        if (wanted_.payload == payload::webhook_list || wanted_.payload == payload::event_names) {
            rule.kind = json_kind::array;
            rule.opens = wanted_.payload == payload::webhook_list ? container::webhook_list : container::name_list;
        }
        return rule;
    }

    /// Whether a value of a kind fits where the reader stands.
    [[nodiscard]] bool takes(json_kind kind) noexcept
    {
        return rule_at(top().next).kind == kind || (kind == json_kind::string && is_text_too(top().next));
    }

    /// Some error bodies have a text where an object belongs; one is a text as a whole.
    [[nodiscard]] bool is_text_too(place where) const noexcept
    {
        return where == place::error || where == place::listed_error ||
               (where == place::document && wanted_.document == document::error_body);
    }

    [[nodiscard]] bool may_be_null(place where) const noexcept
    {
        if (where == place::success || is_lenient(where))
            return true;
        bool const may_be_missing = wanted_.document == document::answer && wanted_.payload == payload::partial_webhook;
        return may_be_missing && (where == payload_place() || (bit(where) & whole_webhook) != 0);
    }

    static bool is_of_error(place where) noexcept
    {
        return where == place::message || where == place::error || where == place::listed_error ||
               where == place::error_text || where == place::document;
    }

    // --- containers

    bool begin(json_kind kind, error_code& ec)
    {
        if (passing_over_ != 0) {
            ++passing_over_;
            return true;
        }
        auto const rule = rule_at(top().next);
        if (rule.kind != kind && !refuse(kind, ec))
            return false;
        if (rule.kind != kind || depth_ + 1 == levels_.size()) {
            passing_over_ = 1;
            return true;
        }
        open(rule.opens);
        return true;
    }

    void open(container what)
    {
        place const where = top().next;
        level opened;
        opened.what = what;
        opened.next = element_of(what);
        switch (what) {
        case container::webhook:
            hook_ = where == place::listed_webhook ? &outcome_.webhooks.emplace_back() : &outcome_.hook;
            break;
        case container::error:
            opened.message = new_message();
            outcome_.has_error_object |= where == place::error;
            break;
        case container::error_list:
            outcome_.has_errors_array |= where == place::errors;
            break;
        default:
            break;
        }
        levels_[++depth_] = opened;
    }

    bool end(error_code& ec)
    {
        if (passing_over_ != 0)
            return --passing_over_ != 0 || value_done();
        if (top().what == container::event_list && !other_events_.empty())
            insert_all(hook_->events, std::exchange(other_events_, {}));
        if (top().what == container::webhook) {
            auto const missing = whole_webhook & ~top().present;
            outcome_.hook_is_complete = missing == 0;
            if (missing != 0 && !(wanted_.document == document::answer && wanted_.payload == payload::partial_webhook))
                return refuse_missing(missing, ec);
        }
        --depth_;
        return value_done();
    }

    /// Which member of an object a key names.
    static place member_named(level& object, std::string_view key) noexcept
    {
        auto const members = members_of(object.what);
        // The one behind the last is mostly it.
        for (std::size_t i = 0; i != members.size(); ++i) {
            auto const at = object.member < members.size() ? object.member++ : (object.member = 1, 0);
            if (rule_of(members[at]).key == key)
                return members[at];
        }
        return place::unknown;
    }

    /// Turns to the place that a key names.
    bool turn_to(std::string_view key, error_code& ec)
    {
        auto& object = top();
        object.next = member_named(object, key);
        if (object.next == place::unknown)
            return true;
        bool const is_again = (object.seen & bit(object.next)) != 0;
        object.seen |= bit(object.next);
        outcome_.has_data |= object.next == place::data;
        outcome_.has_result |= object.next == place::result;
        if (is_again && object.what != container::error && wanted_.document != document::error_body)
            return fail("given twice", ec);
        return true;
    }

    // --- values

    bool value_done() noexcept
    {
        outcome_.has_errors_element |= top().next == place::listed_error && levels_[1].next == place::errors;
        top().present |= bit(top().next);
        ++top().index;
        return true;
    }

    /// Keeps part of a text, unless there is as much of it as is wanted.
    void keep(string_view part, std::size_t most)
    {
        if (text_.size() < most)
            text_.append(part.data(), std::min(part.size(), most));
    }

    /// The string that a text belongs to as it is.
    [[nodiscard]] std::string* text_field() noexcept
    {
        switch (top().next) {
        case place::id:
            return &hook_->id;
        case place::name:
            return &hook_->name;
        case place::url:
            return &hook_->url;
        default:
            return nullptr;
        }
    }

    bool take_event(std::string_view name, error_code& ec)
    {
        if (auto const known = event_type{name}.as_known()) {
            hook_->events.insert(*known);
            return true;
        }
        if (names_left_-- == 0)
            return fail(too_many_names, ec);
        other_events_.emplace_back(name);
        return true;
    }

    bool take_text(std::string_view text, error_code& ec)
    {
        place const where = top().next;
        switch (where) {
        case place::event:
            if (!take_event(text, ec))
                return false;
            break;
        case place::listed_name:
            if (names_left_-- == 0)
                return fail(too_many_names, ec);
            outcome_.names.emplace_back(text);
            break;
        case place::created_at:
        case place::updated_at:
            if (auto const time = parse_timestamp(text))
                (where == place::created_at ? hook_->created_at : hook_->updated_at) = *time;
            else
                return fail(not_a_time, ec);
            break;
        case place::error_text:
            if (auto* const message = message_at(top().message))
                message->message = server_text(text);
            break;
        default:
            outcome_.has_message |= where != place::listed_error;
            if (auto* const message = message_at(new_message()))
                message->message = where == place::document ? server_snippet(text) : server_text(text);
            break;
        }
        return value_done();
    }

    /// @param value nothing where it is no integer, or one past the range
    bool number(std::optional<std::int64_t> value, error_code& ec)
    {
        if (passing_over_ != 0)
            return true;
        if (!takes(json_kind::number))
            return refuse(json_kind::number, ec) && value_done();
        if (auto* const message = message_at(top().message)) // the one place for numbers is the code of an error
            message->code = value;
        return value_done();
    }

    // --- messages

    /// @return its index, which leads nowhere past the most that are kept
    std::size_t new_message()
    {
        if (outcome_.messages.size() == most_messages)
            return most_messages;
        outcome_.messages.emplace_back();
        return outcome_.messages.size() - 1;
    }

    [[nodiscard]] error_message* message_at(std::size_t index) noexcept
    {
        return index < outcome_.messages.size() ? &outcome_.messages[index] : nullptr;
    }

    // --- failures

    /// Passes over a value of the wrong kind where that is allowed.
    bool refuse(json_kind found, error_code& ec)
    {
        place const where = top().next;
        auto const rule = rule_at(where);
        if (rule.kind == json_kind::null || is_lenient(where))
            return true;
        return fail(describe_mismatch(rule.kind, found), ec);
    }

    bool refuse_missing(place_set missing, error_code& ec)
    {
        for (place const where : webhook_members)
            if ((missing & bit(where)) != 0) {
                top().next = where;
                break;
            }
        return fail("missing", ec);
    }

    bool fail(std::string_view reason, error_code& ec)
    {
        read_failure failure;
        failure.is_in_payload =
            levels_[1].what == container::envelope && depth_ >= 1 && levels_[1].next == payload_place();
        failure.text = path().append(": ").append(reason);
        outcome_.failure = std::move(failure);
        ec = make_error_code(errc::decode_failed); // any would do: it ends the parse
        return false;
    }

    /// Of the value that comes next: `data.events[2]`.
    [[nodiscard]] std::string path() const
    {
        std::string result;
        for (std::size_t i = 1; i <= depth_; ++i) {
            auto const& at = levels_[i];
            auto const key = rule_of(at.next).key;
            if (key.empty())
                result.append(1, '[').append(std::to_string(at.index)).append(1, ']');
            else
                result.append(result.empty() ? "" : ".").append(key);
        }
        return result.empty() ? "the whole" : result;
    }

    read_request wanted_;
    read_outcome outcome_;
    std::array<level, 16> levels_{}; // the first is the document; an error_chain that goes deeper is passed over
    std::size_t depth_ = 0;
    std::size_t names_left_;                // that may come yet
    std::size_t passing_over_ = 0;          // how many containers are open that belong nowhere
    webhook* hook_ = nullptr;               // where the webhook's fields go that is being read
    std::vector<std::string> other_events_; // of the webhook that is being read
    std::string text_;                      // a text that comes in parts
};

// --- what the parser itself refuses -----------------------------------------------------------------------------------

/// @param code the parser's
/// @param at where it stopped
std::string syntax_failure(std::string_view text, boost::system::error_code code, std::size_t at, std::size_t max_depth)
{
    std::string const where = ", at byte " + std::to_string(at);
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return "the body is empty";
    if (text.starts_with("\xef\xbb\xbf"))
        return "not JSON: starts with a byte order mark, at byte 0";
    if (!code)
        return "not JSON: text after the end" + where;
    if (code == boost::json::error::incomplete)
        return "not JSON: breaks off" + where;
    if (code == boost::json::error::too_deep)
        return "nested deeper than " + std::to_string(max_depth) + " levels" + where;
    if (code == boost::json::error::syntax && at < text.size()) {
        auto const byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x80)
            return "not JSON: a byte that belongs to no UTF-8 character" + where;
        return "not JSON: unexpected '" + server_text(text.substr(at, 1)) + '\'' + where;
    }
    return "not JSON: " + code.message() + where;
}

} // namespace

read_outcome read_json(std::string_view text, read_request const& wanted)
{
    boost::json::parse_options options;
    options.max_depth = std::min<std::size_t>(wanted.max_depth, 1000);
    boost::json::basic_parser<reader> parser{options, wanted, text.size()};
    boost::system::error_code code;
    std::size_t const stopped_at = parser.write_some(false, text.data(), text.size(), code);

    auto& outcome = parser.handler().outcome();
    if (outcome.failure) {
        outcome.failure->text += ", at byte " + std::to_string(stopped_at);
    } else if (code || stopped_at < text.size()) {
        read_failure failure;
        failure.is_syntax = true;
        failure.text = syntax_failure(text, code, stopped_at, options.max_depth);
        outcome.failure = std::move(failure);
    }
    return std::move(outcome);
}

} // namespace rtkhooks::model
