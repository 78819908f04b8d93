// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// JSON and the value types. The first byte chooses how deep an answer may be nested; the rest is the text. A tree that
// Boost.JSON makes of the same text says what should come out.
#include "model/decode.hpp"
#include "model/event_names.hpp"
#include "model/server_text.hpp"
#include "model/utf8.hpp"
#include "model/why_invalid.hpp"
#include "target.hpp"

#include <rtkhooks/json.hpp>

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace rtkhooks::fuzz {
namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 1000;
constexpr std::array<std::size_t, 6> depth_of_choice{32, 4, 5, 6, 8, deepest};

/// How deep a text nests, read without a grammar.
std::size_t nesting_of(std::string_view text)
{
    std::size_t depth = 0;
    std::size_t most = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            most = std::max(most, ++depth);
        else if (!quoted && (text[i] == '}' || text[i] == ']') && depth != 0)
            --depth;
    }
    return most;
}

std::optional<json::value> tree_of(std::string_view text, std::size_t max_depth)
{
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code ec;
    auto tree = json::parse(json::string_view{text.data(), text.size()}, ec, {}, options);
    return ec ? std::nullopt : std::optional{std::move(tree)};
}

/// How many members a text gives, read without a grammar.
std::size_t members_of(std::string_view text)
{
    std::size_t members = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ':')
            ++members;
    }
    return members;
}

/// And how many of them are left in a tree, which keeps the last of those that have the same name.
std::size_t members_of(json::value const& tree)
{
    std::size_t members = 0;
    if (auto const* const object = tree.if_object()) {
        for (auto const& each : *object)
            members += 1 + members_of(each.value());
    } else if (auto const* const array = tree.if_array()) {
        for (auto const& each : *array)
            members += members_of(each);
    }
    return members;
}

template <class T>
std::optional<T> value_of(json::value const& tree)
try {
    return json::value_to<T>(tree);
} catch (boost::system::system_error const& refusal) {
    // An rtkhooks::exception is one; newer Boost.JSON keeps no more than its code where it is of a container's element.
    require(refusal.code() == errc::decode_failed, "what is refused of a tree is called undecodable");
    return std::nullopt;
}

// --- texts -----------------------------------------------------------------------------------------------------------

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Whether a text can do no harm to a terminal or a log: what server_text() is for.
bool is_harmless(std::string_view text)
{
    return model::is_valid_utf8(text) && std::none_of(text.begin(), text.end(), is_control) &&
           text.find("\xe2\x80\xae") == text.npos; // the mark that turns text around
}

void check_server_text(std::string_view text)
{
    for (std::size_t const cap : {std::size_t{0}, std::size_t{7}, model::server_text_cap}) {
        auto const shown = model::server_text(text, cap);
        require(shown.size() <= cap, "a server's text is no longer than its cap", {text, shown});
        require(is_harmless(shown), "a server's text is harmless", {text, shown});
        require(model::server_text(shown, cap) == shown, "a server's text may go through again", {text, shown});
        auto const snippet = model::server_snippet(text, cap);
        require(snippet.size() <= cap && is_harmless(snippet), "a snippet is short and harmless", {text, snippet});
    }
}

void check_messages(std::vector<error_message> const& messages, std::string_view text)
{
    require(messages.size() <= 16, "an error has 16 messages at most", {text});
    for (auto const& each : messages)
        require(each.message.size() <= model::server_text_cap && is_harmless(each.message),
                "a message is short and harmless", {text, each.message});
}

void check_error(error const& what, std::string_view text)
{
    require(what.code().failed() && what.phase() == phase::decode, "what cannot be decoded is an error of decoding",
            {text});
    check_messages(what.messages(), text);
    require(what.message().size() < 2048 && is_harmless(what.message()), "an error is one short, harmless line",
            {text, what.message()});
}

// --- values ----------------------------------------------------------------------------------------------------------

void check_events(event_set const& events)
{
    std::vector<std::string> names;
    for (auto const& each : events) {
        require(events.contains(each), "a set holds what it shows", {each.name()});
        names.emplace_back(each.name());
    }
    require(names.size() == events.size(), "a set shows as many events as it has");
    require(std::is_sorted(events.others().begin(), events.others().end()) &&
                std::adjacent_find(events.others().begin(), events.others().end()) == events.others().end(),
            "unknown events are sorted, each once");
    event_set backwards;
    for (auto each = names.rbegin(); each != names.rend(); ++each)
        backwards.insert(std::string_view{*each});
    require(backwards == events, "the order of insertion does not matter");
    event_set together;
    model::insert_all(together, names);
    require(together == events, "inserting all at once does not matter");
    for (auto const& each : names)
        backwards.erase(event_type{each});
    require(backwards.empty() && backwards.size() == 0, "what was inserted can be erased");
}

/// A value written and read is the same value, through bytes and through a tree.
template <class T>
void check_round_trip(T const& value)
{
    auto const text = encode(value);
    auto const tree = tree_of(text, 4);
    require(tree.has_value(), "what is encoded is JSON", {text});
    require(*tree == json::value_from(value), "what is encoded is what a tree is made of", {text});
    require(value_of<T>(*tree) == value, "what is encoded is read from a tree as the same", {text});
}

bool has_four_digit_years(webhook const& hook)
{
    auto const has = [](timestamp time) { return parse_timestamp(format_timestamp(time)).has_value(); };
    return has(hook.created_at) && has(hook.updated_at);
}

void check_sending(webhook_spec const& spec)
{
    check_round_trip(spec);
    auto const reason = model::why_invalid(spec);
    require(reason == model::why_invalid(webhook_patch{}.name(spec.name()).url(spec.url()).events(spec.events())),
            "a change is refused for the same as a whole", {encode(spec)});
    if (reason)
        require(is_harmless(*reason), "a refusal is one line", {*reason});
    else
        require(!spec.name().empty() && spec.url().find("://") != spec.url().npos && !spec.events().empty() &&
                    std::none_of(spec.url().begin(), spec.url().end(), is_control),
                "what may be sent has a name, an absolute url and events", {encode(spec)});
}

void check_webhook(webhook const& hook)
{
    for (auto const* const text : {&hook.id, &hook.name, &hook.url})
        require(model::is_valid_utf8(*text), "what was decoded is UTF-8", {*text});
    check_events(hook.events);
    webhook_spec const spec{hook};
    check_round_trip(webhook_patch{}.name(hook.name).events(hook.events));
    check_round_trip(webhook_patch{}.url(hook.url).enabled(hook.enabled));
    check_sending(spec);
    if (!has_four_digit_years(hook)) // an offset can lead there, and nothing else
        return;
    check_round_trip(hook);
    auto const text = encode(hook);
    auto const again = decode_webhook(text);
    require(again.has_value() && *again == hook, "what is encoded is decoded as the same", {text});
}

void check_webhook_alone(std::string_view text)
{
    auto const decoded = decode_webhook(text);
    auto const tree = tree_of(text, 32);
    bool const is_object = tree && tree->is_object(); // nothing else is worth an exception's time
    auto const expected = is_object ? value_of<webhook>(*tree) : std::nullopt;
    if (decoded) {
        require(expected == *decoded, "bytes and their tree are decoded as the same", {text});
        check_webhook(*decoded);
    } else {
        check_error(decoded.error(), text);
        require(!expected || members_of(text) != members_of(*tree), "bytes are decoded where their tree is", {text});
    }
    if (is_object) {
        if (auto const spec = value_of<webhook_spec>(*tree))
            check_sending(*spec);
        if (auto const patch = value_of<webhook_patch>(*tree))
            check_round_trip(*patch);
    }
}

// --- answers ---------------------------------------------------------------------------------------------------------

/// The same payload in an envelope of our own.
template <class T>
std::string answer_with(std::vector<T> const& values)
{
    json::object answer;
    answer["data"] = json::value_from(values);
    answer["success"] = true;
    return json::serialize(answer);
}

/// What must hold of any of the decoders.
template <class T>
result<T> decoded_by(result<T> (*decode)(std::string_view, std::size_t), std::string_view text, std::size_t max_depth,
                     std::optional<json::value> const& tree)
{
    auto decoded = decode(text, max_depth);
    auto const deeply = decode(text, deepest);
    if (decoded) {
        require(nesting_of(text) <= max_depth, "nothing is read that is nested too deep", {text});
        require(tree.has_value() && tree->is_object(), "an answer is a JSON object", {text});
        require(deeply.has_value(), "a greater depth refuses nothing", {text});
        auto const* const success = tree->get_object().if_contains("success");
        require(success == nullptr || success->is_null() || *success == true, "success is not false", {text});
    } else {
        auto const& why = decoded.error();
        check_error(why, text);
        require(why.request_state() == request_state::answered, "an answer came", {text});
        require(why.code() == errc::decode_failed || tree.has_value(), "only JSON says that a call failed", {text});
        if (deeply)
            require(nesting_of(text) > max_depth, "nothing is refused for its depth that is nested less", {text});
    }
    return decoded;
}

/// What an envelope holds as the API's answers do, or null.
json::value payload_of(std::optional<json::value> const& tree)
{
    if (!tree || !tree->is_object())
        return nullptr;
    auto const& object = tree->get_object();
    auto const* const data = object.if_contains("data");
    auto const* const result = object.if_contains("result");
    return data != nullptr ? *data : result != nullptr ? *result : json::value{};
}

bool is_success(json::value const& tree)
{
    auto const* const success = tree.get_object().if_contains("success");
    return success == nullptr || success->is_null() || *success == true;
}

/// Whether an answer, of which a tree has what is wanted, must be taken.
bool is_plain_success(std::string_view text, json::value const& tree)
{
    return is_success(tree) && members_of(text) == members_of(tree);
}

/// Whether a decoder gave what the tree has.
/// @param expected where the tree has what is wanted
template <class T>
void check_decoded(result<T> const& decoded, std::optional<T> const& expected, std::string_view text,
                   std::optional<json::value> const& tree)
{
    if (decoded)
        require(expected == *decoded, "an answer and its tree are decoded as the same", {text});
    else
        require(!expected || !is_plain_success(text, *tree), "an answer is decoded where its tree is",
                {text, decoded.error().message()});
}

void check_webhook_answers(std::string_view text, std::size_t max_depth, std::optional<json::value> const& tree)
{
    auto const whole = decoded_by(&model::decode_webhook_answer, text, max_depth, tree);
    auto const payload = payload_of(tree);
    check_decoded(whole, payload.is_object() ? value_of<webhook>(payload) : std::nullopt, text, tree);
    if (whole)
        check_webhook(*whole);

    auto const edited = decoded_by(&model::decode_edited_answer, text, max_depth, tree);
    auto const deleted = decoded_by(&model::decode_deleted_answer, text, max_depth, tree);
    require(deleted.has_value() || !edited, "delete takes what edit does", {text});
    require(edited || !deleted || (!deleted->has_value() && is_success(*tree)),
            "what delete takes besides is a success, and no webhook", {text});
    require(edited.has_value() || !whole, "whoever takes a part takes a whole webhook", {text});
    if (!edited)
        return;
    require(edited->complete == whole.has_value(), "only a whole webhook is complete", {text});
    require(!whole || edited->value == *whole, "a whole webhook is the same for those who take a part", {text});
    require(deleted->has_value() == edited->complete && (!edited->complete || **deleted == edited->value),
            "delete gives what edit does, or nothing", {text});
    check_events(edited->value.events);
    auto const has = [&](char const* name, std::string const& value) {
        auto const* const member = payload.is_object() ? payload.get_object().if_contains(name) : nullptr;
        return value == (member != nullptr && member->is_string() ? member->get_string() : json::string{});
    };
    require(has("id", edited->value.id) && has("name", edited->value.name) && has("url", edited->value.url),
            "a part is decoded as its tree has it", {text});
}

void check_list_answer(std::string_view text, std::size_t max_depth, std::optional<json::value> const& tree)
{
    auto const list = decoded_by(&model::decode_list_answer, text, max_depth, tree);
    auto const payload = payload_of(tree);
    auto const* const elements = payload.if_array();
    bool const has_objects = elements != nullptr && (elements->empty() || elements->front().is_object());
    check_decoded(list, has_objects ? value_of<std::vector<webhook>>(payload) : std::nullopt, text, tree);
    if (!list)
        return;
    std::for_each(list->begin(), list->end(), check_webhook);
    if (!std::all_of(list->begin(), list->end(), has_four_digit_years))
        return;
    auto const again = model::decode_list_answer(answer_with(*list), 4);
    require(again.has_value() && *again == *list, "a list is encoded and decoded as the same", {text});
}

void check_event_types_answer(std::string_view text, std::size_t max_depth, std::optional<json::value> const& tree)
{
    auto const types = decoded_by(&model::decode_event_types_answer, text, max_depth, tree);
    auto const payload = payload_of(tree);
    std::optional<std::vector<event_type>> expected;
    if (auto const* const elements = payload.if_array()) {
        expected.emplace();
        for (auto const& each : *elements)
            if (each.is_string())
                expected->push_back(json::value_to<event_type>(each));
        if (expected->size() != elements->size())
            expected.reset();
    }
    check_decoded(types, expected, text, tree);
    if (!types)
        return;
    for (auto const& each : *types)
        require(event_type{each.name()} == each, "a name makes the event that it is of", {each.name()});
    auto const again = model::decode_event_types_answer(answer_with(*types), 4);
    require(again.has_value() && *again == *types, "event types are encoded and decoded as the same", {text});
}

/// What a tree says of a failure, in its order. Its envelope is level 1; past level 15 nothing counts.
class expected_messages {
public:
    explicit expected_messages(json::object const& envelope)
    {
        for (auto const& member : envelope) {
            if (member.key() == "errors")
                add_list(member.value(), 2);
            else if (member.key() == "error" || (member.key() == "message" && member.value().is_string()))
                add(member.value(), 2);
        }
    }

    [[nodiscard]] std::vector<error_message> const& all() const noexcept { return all_; }

private:
    void add_list(json::value const& errors, int level)
    {
        if (errors.is_array() && level <= 15)
            for (auto const& each : errors.get_array())
                add(each, level + 1);
    }

    void add(json::value const& error, int level)
    {
        if (error.is_string())
            keep({std::nullopt, as_shown(error)});
        if (!error.is_object() || level > 15)
            return;
        auto const& members = error.get_object();
        auto const* const code = members.if_contains("code");
        auto const* const message = members.if_contains("message");
        keep({code != nullptr && code->is_int64() ? std::optional{code->get_int64()} : std::nullopt,
              message != nullptr && message->is_string() ? as_shown(*message) : std::string{}});
        if (auto const* const chain = members.if_contains("error_chain"))
            add_list(*chain, level + 1);
    }

    void keep(error_message message)
    {
        if (all_.size() != 16)
            all_.push_back(std::move(message));
    }

    static std::string as_shown(json::value const& text)
    {
        auto const& shown = text.get_string();
        return model::server_text({shown.data(), shown.size()});
    }

    std::vector<error_message> all_;
};

void check_error_body(std::string_view text, std::size_t max_depth, std::optional<json::value> const& tree)
{
    using form = model::error_body::form;

    auto const body = model::decode_error_body(text, max_depth);
    bool const is_blank = text.find_first_not_of(" \t\r\n") == text.npos;
    require((body.kind == form::empty) == is_blank, "a body is empty where it is blank", {text});
    require((body.kind == form::not_json) == (!tree && !is_blank), "a body is no JSON where it has no tree", {text});
    check_messages(body.messages, text);
    require(body.messages.empty() || body.kind != form::empty, "an empty body says nothing", {text});
    require(body.messages.size() == 1 || (body.kind != form::not_json && body.kind != form::other),
            "a body that is not understood is one message", {text});
    if (!tree || !tree->is_object()) {
        require(!body.is_from_realtimekit() && !body.is_from_gateway(), "an envelope is an object", {text});
        require(!body.success, "what is no object says nothing of success", {text});
        return;
    }
    auto const& object = tree->get_object();
    auto const* const success = object.if_contains("success");
    if (members_of(text) == members_of(*tree)) {
        require(body.success ==
                    (success != nullptr && success->is_bool() ? std::optional{success->get_bool()} : std::nullopt),
                "success is what the body says of it", {text});
        auto const* const error = object.if_contains("error");
        auto const* const errors = object.if_contains("errors");
        require(!body.is_from_realtimekit() || (error != nullptr && error->is_object()),
                "RealtimeKit's own errors have an object", {text});
        auto said = expected_messages{object}.all();
        if (said.empty())
            said.emplace_back(std::nullopt, model::server_snippet(text));
        if (body.kind != form::other)
            require(body.messages == said, "messages are what the body says", {text});
        require(!body.is_from_gateway() || (errors != nullptr && errors->is_array()), "the gateway's have an array",
                {text});
    }
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks::fuzz;

    auto const text = after_choice(data, size);
    auto const max_depth = depth_of_choice[choice_of(data, size) % depth_of_choice.size()];
    check_webhook_alone(text);
    auto const tree = tree_of(text, max_depth);
    check_webhook_answers(text, max_depth, tree);
    check_list_answer(text, max_depth, tree);
    check_event_types_answer(text, max_depth, tree);
    check_error_body(text, max_depth, tree);
    check_server_text(text);
    return 0;
}
