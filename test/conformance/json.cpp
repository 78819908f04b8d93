// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "conformance/vectors.hpp"

#include <rtkhooks/json.hpp>

#include <algorithm>
#include <memory>
#include <vector>

// JSONTestSuite (https://github.com/nst/JSONTestSuite): texts that are JSON (y_), are not (n_), or are as an
// implementation will have it (i_), through the public decoder.

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(json)

namespace {

/// Six of a webhook's seven fields.
constexpr std::string_view fields = R"("id":"i","url":"u","enabled":true,"events":[],)"
                                    R"("created_at":"2026-02-11T08:15:30Z","updated_at":"2026-02-11T08:15:30Z")";

result<webhook> decode(std::string_view text)
{
    // A copy of exactly that size: a sanitizer sees who reads beyond it.
    std::unique_ptr<char[]> const exact{new char[text.size()]};
    text.copy(exact.get(), text.size());
    auto decoded = decode_webhook({exact.get(), text.size()});
    if (!decoded) {
        BOOST_TEST(decoded.error().code() == errc::decode_failed);
        BOOST_TEST(decoded.error().phase() == phase::decode);
        BOOST_TEST(decoded.error().request_state() == request_state::unsent);
        BOOST_TEST(decoded.error().attempts() == 0);
    }
    return decoded;
}

std::string reason(result<webhook> const& decoded) { return decoded ? "taken" : decoded.error().parts().explanation; }

/// Whether it is the parser, not the shape of a webhook, that refuses.
bool is_no_json(std::string const& reason)
{
    return reason.starts_with("not JSON: ") || reason.starts_with("nested deeper than ") ||
           reason == "the body is empty";
}

/// A webhook of all its fields, and a member behind them.
std::string webhook_with(std::string_view member)
{
    return std::string{"{"}.append(fields).append(",\"name\":\"n\",").append(member).append("}");
}

/// A webhook whose name is this text.
result<webhook> decode_as_name(std::string_view text)
{
    return decode(std::string{"{"}.append(fields).append(",\"name\":").append(text).append("}"));
}

/// Why a text is no JSON value, or "taken": by what becomes of a webhook with a further field that holds it.
///
/// It must be good as a member and as an element: what closes the object, or brings members of its own, is no element,
/// and what closes the array, or brings elements of its own, is no member.
std::string as_value(std::string_view text)
{
    auto const member = reason(decode(webhook_with(std::string{"\"x\":"}.append(text))));
    auto const element = reason(decode(webhook_with(std::string{"\"x\":["}.append(text).append("]"))));
    return member == "taken" ? element : member;
}

struct sample {
    std::string name;
    std::string text;
};

std::vector<sample> samples(std::string_view prefix)
{
    std::vector<sample> found;
    for (auto const& each : std::filesystem::directory_iterator{test::vectors("json-test-suite/test_parsing")}) {
        auto const name = each.path().filename().string();
        if (name.starts_with(prefix))
            found.push_back({name, test::content(each)});
    }
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_wrapped_text_stays_what_it_is)
{
    for (auto const text : {"1", " [ ] ", "{\"y\":[1,2]}", "\"]}\"", "null"})
        BOOST_TEST(as_value(text) == "taken", text);
    for (auto const text : {"", " ", "1,2", "1,\"y\":2", "1}", "1]", "1}]", "1],\"y\":[2", "1,", ",1", "1],[1", "1 1",
                            "{\"y\":", "[", "\"", "\\", "1,\"y\":[2]}", "]", "}"})
        BOOST_TEST(is_no_json(as_value(text)), text);
}

BOOST_AUTO_TEST_CASE(what_is_json_is_taken)
{
    auto const all = samples("y_");
    BOOST_TEST(all.size() == 95u);
    for (auto const& each : all)
        BOOST_TEST_CONTEXT(each.name)
        {
            BOOST_TEST(as_value(each.text) == "taken");
            // As a whole it is JSON too, but no webhook.
            auto const whole = decode(each.text);
            BOOST_TEST(!whole.has_value());
            BOOST_TEST(!is_no_json(reason(whole)), reason(whole));
        }
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused)
{
    auto const all = samples("n_");
    BOOST_TEST(all.size() == 188u);
    for (auto const& each : all)
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const found = as_value(each.text);
            BOOST_TEST(is_no_json(found), found);
            BOOST_TEST(!decode(each.text).has_value());
        }
}

BOOST_AUTO_TEST_CASE(what_stands_around_a_text_is_refused)
{
    // Where one of these texts is a value and something else, the same must spoil a webhook.
    auto const good = webhook_with(R"("x":0)");
    BOOST_TEST(reason(decode(good)) == "taken");
    int before = 0;
    int behind = 0;
    for (auto const& each : samples("n_")) {
        std::string_view const text{each.text};
        if (text.size() > 1000) // deep nesting, and nothing else
            continue;
        BOOST_TEST_CONTEXT(each.name)
        {
            for (std::size_t i = 1; i < text.size(); ++i) {
                if (as_value(text.substr(0, i)) == "taken") {
                    ++behind;
                    auto const found = reason(decode(std::string{good}.append(text.substr(i))));
                    BOOST_TEST(is_no_json(found), found);
                }
                if (as_value(text.substr(i)) == "taken") {
                    ++before;
                    auto const found = reason(decode(std::string{text.substr(0, i)}.append(good)));
                    BOOST_TEST(found != "taken");
                }
            }
        }
    }
    BOOST_TEST(before == 13);
    BOOST_TEST(behind == 20);
}

BOOST_AUTO_TEST_CASE(what_is_left_open_does_no_harm)
{
    auto const all = samples("i_");
    BOOST_TEST(all.size() == 35u);
    for (auto const& each : all)
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const found = as_value(each.text);
            BOOST_TEST((found == "taken" || is_no_json(found)), found);
            BOOST_TEST(!decode(each.text).has_value());
        }
}

BOOST_AUTO_TEST_CASE(strings_keep_what_they_say)
{
    int seen = 0;
    for (auto const& each : samples("y_string_")) {
        auto const list = boost::json::parse(each.text);
        if (!list.is_array() || list.get_array().size() != 1)
            continue;
        ++seen;
        BOOST_TEST_CONTEXT(each.name)
        {
            auto const open = each.text.find('[') + 1;
            auto const named = decode_as_name(each.text.substr(open, each.text.rfind(']') - open));
            BOOST_TEST_REQUIRE(named.has_value(), reason(named));
            BOOST_TEST((named->name == list.at(0).get_string()));
            auto const again = decode(encode(*named));
            BOOST_TEST_REQUIRE(again.has_value(), reason(again));
            BOOST_TEST((*again == *named));
        }
    }
    BOOST_TEST(seen == 42);
}

BOOST_AUTO_TEST_SUITE_END()
