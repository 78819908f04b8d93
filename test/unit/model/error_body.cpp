// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/decode.hpp"

#include "model/utf8.hpp"

#include "fixtures/responses.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace rtkhooks;
using model::decode_error_body;
using form = model::error_body::form;
namespace responses = rtkhooks::test::responses;

BOOST_AUTO_TEST_SUITE(model_error_body)

namespace {

constexpr std::size_t depth = 32;

struct row {
    std::string_view body;
    form kind;
    std::vector<error_message> messages;
    std::optional<bool> success = std::nullopt;
};

void check(row const& row)
{
    BOOST_TEST_CONTEXT(row.body)
    {
        auto const read = decode_error_body(row.body, depth);
        BOOST_TEST((read.kind == row.kind), "form " << static_cast<int>(read.kind));
        BOOST_TEST((read.success == row.success));
        BOOST_REQUIRE(read.messages.size() == row.messages.size());
        for (std::size_t i = 0; i < row.messages.size(); ++i) {
            BOOST_TEST((read.messages[i].code == row.messages[i].code));
            BOOST_TEST(read.messages[i].message == row.messages[i].message);
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(what_the_api_answers)
{
    row const rows[] = {
        {responses::bad_request, form::error_object, {{400, "BAD_REQUEST: \"url\" is required"}}, false},
        {responses::unauthorized, form::message, {{std::nullopt, "Unauthorized"}}},
        {responses::not_found, form::error_object, {{404, "Error: resource not found"}}, false},
        {responses::conflict, form::error_object, {{409, "Error: url is taken"}}, false},
        {responses::internal_error, form::error_object, {{500, "Internal Server Error"}}, false},
        {responses::gateway_bad_header,
         form::errors_array,
         {{6003, "Invalid request headers"}, {6111, "Invalid format for Authorization header"}},
         false},
        {responses::gateway_forbidden, form::errors_array, {{10000, "Authentication error"}}, false},
        {responses::gateway_no_route, form::errors_array, {{7003, "No route for the URI"}}, false},
        {responses::gateway_unprocessable, form::errors_array, {{1001, "Cannot process this"}}, false},
        {responses::gateway_throttled, form::errors_array, {{971, "Please slow down"}}, false},
        {responses::gateway_without_code, form::errors_array, {{std::nullopt, "It did not work"}}, false},
        {responses::gateway_page, form::not_json, {{std::nullopt, "edge.example.com | 522: Connection timed out"}}},
        {responses::quoted_script,
         form::message,
         {{std::nullopt, "{ success: false, error: { code: 404, message: 'Error: resource not found' } }"}}},
        {responses::bare_script,
         form::not_json,
         {{std::nullopt, "{ success: false, error: { code: 404, message: 'Error: resource not found' } }"}}},
        {"", form::empty, {}},
        {" \r\n\t", form::empty, {}},
    };
    for (auto const& one : rows)
        check(one);
}

/// RealtimeKit's 404 can mean an empty list, the gateway's never does: what is not clearly the former is the latter.
BOOST_AUTO_TEST_CASE(whose_answer_it_is)
{
    BOOST_TEST(decode_error_body(responses::not_found, depth).is_from_realtimekit());
    BOOST_TEST(!decode_error_body(responses::not_found, depth).is_from_gateway());
    BOOST_TEST(decode_error_body(responses::gateway_no_route, depth).is_from_gateway());
    for (std::string_view const body :
         {responses::gateway_no_route, responses::unauthorized, responses::gateway_page, responses::quoted_script,
          responses::bare_script, std::string_view{}, std::string_view{"{}"}, std::string_view{R"({"error":null})"},
          std::string_view{R"({"error":"Not Found","statusCode":404})"},
          std::string_view{R"({"error":{"code":404},"errors":[{"code":7003}]})"},
          std::string_view{R"({"errors":[5],"error":{"code":404}})"},
          std::string_view{R"({"x":{"error":{"code":404,"message":"m"}}})"},
          std::string_view{R"([{"error":{"code":404,"message":"m"}}])"}})
        BOOST_TEST(!decode_error_body(body, depth).is_from_realtimekit(), body);
}

BOOST_AUTO_TEST_CASE(other_shapes)
{
    row const rows[] = {
        // Both: an `errors` that has any wins, and the messages of both are kept.
        {R"({"error":{"code":404,"message":"a"},"errors":[{"code":7003,"message":"b"}]})",
         form::errors_array,
         {{404, "a"}, {7003, "b"}}},
        {R"({"errors":[],"error":{"code":404,"message":"a"}})", form::error_object, {{404, "a"}}},
        {R"({"errors":[],"messages":[],"result":null})",
         form::errors_array,
         {{std::nullopt, R"({"errors":[],"messages":[],"result":null})"}}},
        // Texts where objects belong.
        {R"({"error":"plain"})", form::message, {{std::nullopt, "plain"}}},
        {R"({"errors":["one","t\u0077o"]})", form::errors_array, {{std::nullopt, "one"}, {std::nullopt, "two"}}},
        // Values of other kinds are passed over.
        {R"({"error":{"code":"404","message":5}})", form::error_object, {{}}},
        {R"({"error":{"code":null,"message":null,"error_chain":null}})", form::error_object, {{}}},
        {R"({"error":{"code":true,"message":["m"],"error_chain":{}}})", form::error_object, {{}}},
        {R"({"error":{"message":{"message":"inner"},"code":400}})", form::error_object, {{400, ""}}},
        {R"({"error":{"details":[{"message":"x","code":1}],"message":"m"}})",
         form::error_object,
         {{std::nullopt, "m"}}},
        {R"({"success":"no","message":"m"})", form::message, {{std::nullopt, "m"}}},
        {R"({"success":true,"message":"m","data":{"message":"x"}})", form::message, {{std::nullopt, "m"}}, true},
        {R"({"message":"m","error":"Bad Request","statusCode":400})",
         form::message,
         {{std::nullopt, "m"}, {std::nullopt, "Bad Request"}}},
        {R"({"message":""})", form::message, {{}}},
        {R"({"message":null})", form::other, {{std::nullopt, R"({"message":null})"}}},
        {R"({"detail":  "gone"})", form::other, {{std::nullopt, R"({"detail": "gone"})"}}},
        {"{}", form::other, {{std::nullopt, "{}"}}},
        {"[]", form::other, {{std::nullopt, "[]"}}},
        {"null", form::other, {{std::nullopt, "null"}}},
        {"404", form::other, {{std::nullopt, "404"}}},
        {"\"text\"", form::message, {{std::nullopt, "text"}}},
        {"upstream connect error", form::not_json, {{std::nullopt, "upstream connect error"}}},
        {R"({"success":false,"error":{"code":404,"mess)",
         form::not_json,
         {{std::nullopt, R"({"success":false,"error":{"code":404,"mess)"}}},
        {"\x1b[31m\xff", form::not_json, {{std::nullopt, "\\x1b[31m\\xff"}}},
        // Given twice: all of it.
        {R"({"error":{"code":1,"code":2},"error":{"message":"b"}})",
         form::error_object,
         {{2, ""}, {std::nullopt, "b"}}},
        {R"({"success":true,"success":false,"message":"m"})", form::message, {{std::nullopt, "m"}}, false},
        // A key that only starts like a known one, and a known one in escapes.
        {R"({"error":{"message":"m","error_chain\u0061":[{"code":5}]}})", form::error_object, {{std::nullopt, "m"}}},
        {R"({"error":{"error_chai\u006e":[{"code":5}]}})", form::error_object, {{}, {5, ""}}},
        // Numbers.
        {R"({"error":{"code":-0}})", form::error_object, {{0, ""}}},
        {R"({"error":{"code":-9223372036854775808}})",
         form::error_object,
         {{std::numeric_limits<std::int64_t>::min(), ""}}},
        {R"({"error":{"code":9223372036854775807}})",
         form::error_object,
         {{std::numeric_limits<std::int64_t>::max(), ""}}},
        {R"({"error":{"code":9223372036854775808}})", form::error_object, {{}}},
        {R"({"error":{"code":-9223372036854775809}})", form::error_object, {{}}},
        {R"({"error":{"code":1e400}})", form::error_object, {{}}},
        {R"({"error":{"code":404.0}})", form::error_object, {{}}},
        // The members of an error in any order, and the chain before its error's text.
        {R"({"errors":[{"error_chain":[{"message":"c","code":3},{"code":4}],"message":"m","code":2},{"message":"n"}]})",
         form::errors_array,
         {{2, "m"}, {3, "c"}, {4, ""}, {std::nullopt, "n"}}},
    };
    for (auto const& one : rows)
        check(one);
}

BOOST_AUTO_TEST_CASE(text_is_capped_and_escaped)
{
    auto const read = decode_error_body(R"({"message":"a\u001b[2J\nb\u202e"})", depth);
    BOOST_REQUIRE(read.messages.size() == 1);
    BOOST_TEST(read.messages[0].message == "a\\x1b[2J\\nb\\u202e");

    std::string escapes;
    for (int i = 0; i < 100'000; ++i)
        escapes += "\\u00fc";
    for (std::string const& text : {std::string(1'000'000, 'x'), escapes})
        for (auto const& body : {R"({"message":")" + text + "\"}", R"({"error":{"message":")" + text + "\"}}",
                                 R"({"errors":[")" + text + "\"]}", '"' + text + '"',
                                 '[' + std::string{"\""} + text + "\"]", "<p>" + text}) {
            auto const capped = decode_error_body(body, depth);
            BOOST_REQUIRE(capped.messages.size() == 1);
            BOOST_TEST(capped.messages[0].message.size() <= 256);
            BOOST_TEST(capped.messages[0].message.size() > 250);
            BOOST_TEST(capped.messages[0].message.ends_with("\xe2\x80\xa6"));
            BOOST_TEST(model::is_valid_utf8(capped.messages[0].message));
        }
}

BOOST_AUTO_TEST_CASE(many_messages_and_deep_chains)
{
    std::string many = R"({"errors":[)";
    for (int i = 0; i < 10'000; ++i)
        many += (i == 0 ? "" : ",") + std::string{R"({"code":)"} + std::to_string(i) + R"(,"message":"m"})";
    many += "]}";
    auto const read = decode_error_body(many, depth);
    BOOST_TEST((read.kind == form::errors_array));
    BOOST_REQUIRE(read.messages.size() == 16);
    BOOST_TEST((read.messages[15].code == 15));

    // Chains in chains, as deep as it goes: some of them are kept, none does harm.
    for (int const levels : {1, 5, 7, 8, 100, 400}) {
        std::string deep = R"({"errors":[{"code":0)";
        for (int i = 1; i < levels; ++i)
            deep += R"(,"error_chain":[{"code":)" + std::to_string(i);
        for (int i = 1; i < levels; ++i)
            deep += "}]";
        deep += R"(}],"message":"end"})";
        auto const chain = decode_error_body(deep, 1000);
        BOOST_TEST((chain.kind == form::errors_array));
        BOOST_REQUIRE(!chain.messages.empty());
        BOOST_TEST(chain.messages.size() <= 16);
        BOOST_TEST((chain.messages[0].code == 0));
        BOOST_TEST(chain.messages.back().message == "end");
    }
    // Deeper than allowed.
    auto const too_deep = decode_error_body(std::string(100'000, '['), depth);
    BOOST_TEST((too_deep.kind == form::not_json));
    BOOST_TEST(too_deep.messages.at(0).message.size() == 256);
}

BOOST_AUTO_TEST_CASE(bodies_that_break_off)
{
    for (std::string_view const body :
         {responses::bad_request, responses::unauthorized, responses::gateway_bad_header,
          responses::gateway_unprocessable, responses::quoted_script, responses::gateway_page})
        for (std::size_t size = 1; size < body.size(); ++size) {
            std::vector<char> const cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
            auto const read = decode_error_body({cut.data(), cut.size()}, depth);
            bool const good =
                read.kind == form::not_json && read.messages.size() == 1 && read.messages[0].message.size() <= 256;
            BOOST_TEST(good, "cut at " << size << ": " << body.substr(0, size));
        }
}

BOOST_AUTO_TEST_CASE(any_bytes)
{
    std::mt19937 random{13};
    std::string_view const alphabet = "{}[]:,\"\\u0041 errorscdmag1\x80\xff\n";
    for (int i = 0; i < 20'000; ++i) {
        std::string body(random() % 60, ' ');
        for (char& c : body)
            c = alphabet[random() % alphabet.size()];
        auto const read = decode_error_body(body, depth);
        for (auto const& one : read.messages)
            BOOST_REQUIRE(model::is_valid_utf8(one.message));
    }
}

BOOST_AUTO_TEST_SUITE_END()
