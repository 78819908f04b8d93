// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/key_document.hpp"

#include "fixtures/signing_key.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace rtkhooks;
using namespace std::chrono_literals;
using delivery::kept_for;
using delivery::read_key_answer;
using delivery::read_key_document;
using test::signing_key;

BOOST_AUTO_TEST_SUITE(delivery_key_document)

namespace {

std::string json_text(std::string_view text)
{
    return boost::json::serialize(boost::json::value(boost::json::string_view(text.data(), text.size())));
}

std::string document(std::string_view pem)
{
    return R"({"success":true,"data":{"publicKey":)" + json_text(pem) + R"(},"message":""})";
}

std::string with_escaped_line_ends(std::string text)
{
    for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at))
        text.replace(at, 1, "\\n");
    return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(keys_that_are_taken)
{
    auto const pem = test::usual_key().public_pem();
    auto const key = public_key::from_pem(pem).value();
    std::vector<std::string> const documents{
        document(pem),
        document(with_escaped_line_ends(pem)), // row 104: a literal backslash and n
        R"({"data":{"publicKey":)" + json_text(pem) + "}}",
        R"({"success":null,"data":{"kid":"1","publicKey":)" + json_text(pem) + R"(},"more":[{"a":1},{"a":2}]})",
        " \n" + document(pem) + "\n",
    };
    for (auto const& each : documents) {
        BOOST_TEST_CONTEXT(each)
        {
            auto const got = read_key_document(each);
            BOOST_REQUIRE(got.has_value());
            BOOST_CHECK(*got == key);
            BOOST_TEST(read_key_answer(200, each).has_value());
        }
    }
}

namespace {

struct bad_document {
    std::string text;
    std::string_view why; ///< a part of the explanation
};

} // namespace

BOOST_AUTO_TEST_CASE(documents_without_a_key)
{
    auto const pem = json_text(test::usual_key().public_pem());
    std::vector<bad_document> const bad{
        {"", "the body is empty"},
        {"<!DOCTYPE html><title>Sign in</title>", "Sign in"},
        {"[]", "expected an object"},
        {"null", "expected an object"},
        {"\"text\"", "expected an object"},
        {R"({"success":true,"data":{"publicKey":)" + pem + "}", "JSON"},
        {R"({"success":false,"error":{"code":500,"message":"out of order"}})", "out of order"},
        {R"({"success":false,"data":{"publicKey":)" + pem + "}}", "success: false"},
        {R"({"success":"yes","data":{"publicKey":)" + pem + "}}", "success: expected true"},
        {R"({"success":true})", "data: missing"},
        {R"({"success":true,"data":null})", "data: expected an object"},
        {R"({"success":true,"data":[)" + pem + "]}", "data: expected an object"},
        {R"({"success":true,"data":{}})", "data.publicKey: missing"},
        {R"({"success":true,"data":{"public_key":)" + pem + "}}", "data.publicKey: missing"},
        {R"({"success":true,"publicKey":)" + pem + "}", "data: missing"},
        {R"({"success":true,"data":{"publicKey":null}})", "data.publicKey: expected a string"},
        {R"({"success":true,"data":{"publicKey":[)" + pem + "]}}", "data.publicKey: expected a string"},
        {R"({"success":true,"data":{"publicKey":""}})", "empty"},
        {R"({"success":true,"data":{"publicKey":)" + pem + R"(,"publicKey":)" + pem + "}}", "two members"},
        {R"({"data":{"publicKey":)" + pem + R"(},"data":{"publicKey":)" + pem + "}}", "two members"},
        {document(signing_key::rsa(512).public_pem()), "512 bits"},
        {document(signing_key::ec().public_pem()), "expected an RSA key, found EC"},
        {document(test::usual_key().private_pem()), "found PRIVATE KEY"},
        {document("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "no SubjectPublicKeyInfo"},
        {document(std::string(20'000, 'A')), "longer than"},
    };
    for (auto const& each : bad) {
        BOOST_TEST_CONTEXT(each.text.substr(0, 120))
        {
            auto const got = read_key_document(each.text);
            BOOST_REQUIRE(!got.has_value());
            BOOST_TEST(got.error().code() == errc::decode_failed);
            BOOST_TEST(got.error().message().find(each.why) != std::string::npos, got.error().message());
        }
    }
}

BOOST_AUTO_TEST_CASE(only_a_200_has_a_key)
{
    auto const good = document(test::usual_key().public_pem());
    struct {
        int status;
        errc code;
    } const rows[]{{201, errc::protocol_error},      {204, errc::protocol_error}, {301, errc::unexpected_redirect},
                   {302, errc::unexpected_redirect}, {401, errc::unauthorized},   {404, errc::not_found},
                   {429, errc::rate_limited},        {500, errc::server_error},   {503, errc::server_error}};
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.status)
        {
            auto const got = read_key_answer(each.status, good);
            BOOST_REQUIRE(!got.has_value());
            BOOST_TEST(got.error().code() == each.code);
            BOOST_TEST(got.error().http_status() == each.status);
        }
    }
    auto const told = read_key_answer(500, R"({"success":false,"error":{"code":500,"message":"no keys today"}})");
    BOOST_TEST(told.error().message().find("no keys today") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_cache_had_kept)
{
    for (std::string_view const age : {"0", "00", "0000000000000000000000000000000000"})
        BOOST_TEST(!kept_for(age), age);
    BOOST_TEST((kept_for("1") == 1s));
    BOOST_TEST((kept_for("0010") == 10s));
    BOOST_TEST((kept_for("31535999") == 31'535'999s));
    for (std::string_view const age : {"31536000", "99999999999999999999999999999999999"})
        BOOST_TEST((kept_for(age) == 31'536'000s), age);
    for (std::string_view const age : {"", "-0", "-1", "+0", "0.5", "0, 0", "0 0", "soon", "0x0"})
        BOOST_TEST((kept_for(age) == 0s), age << ": who knows");
}

BOOST_AUTO_TEST_SUITE_END()
