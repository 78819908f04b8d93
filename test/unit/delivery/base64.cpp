// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/base64.hpp"

#include "fixtures/signing_key.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>
#include <string>
#include <vector>

using rtkhooks::delivery::decode_base64;

BOOST_AUTO_TEST_SUITE(delivery_base64)

namespace {

std::optional<std::string> decoded(std::string_view text, std::size_t room = 100)
{
    std::vector<unsigned char> into(room);
    auto const size = decode_base64(text, into);
    if (!size)
        return std::nullopt;
    BOOST_TEST_REQUIRE(*size <= room);
    return std::string{into.begin(), into.begin() + static_cast<std::ptrdiff_t>(*size)};
}

} // namespace

BOOST_AUTO_TEST_CASE(texts_that_are_base64)
{
    struct row {
        std::string_view text;
        std::string expected;
    };
    // RFC 4648 section 10, and the two digits that are neither letter nor number.
    row const rows[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"+/+/", "\xfb\xff\xbf"},
        {"AAAA", std::string(3, '\0')},
    };
    for (auto const& row : rows)
        BOOST_TEST((decoded(row.text) == row.expected), row.text);
}

BOOST_AUTO_TEST_CASE(texts_that_are_none)
{
    using namespace std::string_view_literals;
    for (auto const text : {
             "Z"sv,     "Zg"sv,    "Zg="sv,    "Zm8"sv,      "Zm9vY"sv, "="sv,         "=="sv,
             "===="sv,  "A==="sv,  "Zg==="sv,  "Zm9v===="sv, "Zm9v="sv, "Zg==Zg=="sv,                  // padding
             "Z=g="sv,  "=Zg="sv,  "Zm=v"sv,   "Zm8=Zm9v"sv,                                           // within
             " Zm9v"sv, "Zm9v "sv, "Zm9v\n"sv, "Zm9v\r\n"sv, "Zm9 "sv,  "Zm\n9vYmE"sv,                 // white space
             "Zm9-"sv,  "Zm9_"sv,  "Zm9."sv,   "Zm9,"sv,     "Zm9\0"sv, "Zm9\xff"sv,   "Z\xc3\xbcg"sv, // digits
             "Zh=="sv,  "Zk=="sv,  "Zm9="sv,   "Zm+="sv,     "//=="sv,                                 // unused bits
         })
        BOOST_TEST(!decoded(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(only_as_much_as_there_is_room_for)
{
    BOOST_TEST((decoded("Zm9vYg==", 4) == "foob"));
    BOOST_TEST(!decoded("Zm9vYg==", 3).has_value());
    BOOST_TEST(!decoded("Zm9v", 0).has_value());
    BOOST_TEST((decoded("", 0) == ""));
    BOOST_TEST(!decoded(std::string(1'000'000, 'A'), 100).has_value());
}

/// Of any four characters those are taken that OpenSSL writes for the bytes that they stand for, and no others.
BOOST_AUTO_TEST_CASE(each_text_is_the_only_one_for_its_bytes)
{
    std::mt19937 random{11};
    std::string_view const some = "AQgw/+=9z \n-";
    int taken = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string text;
        for (int c = 0; c < 8; ++c)
            text += i % 2 == 0 ? some[random() % some.size()] : static_cast<char>(random());
        if (auto const bytes = decoded(text)) {
            ++taken;
            BOOST_TEST(rtkhooks::test::base64(*bytes) == text);
        }
    }
    BOOST_TEST(taken > 100);
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes(random() % 60, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        BOOST_TEST((decoded(rtkhooks::test::base64(bytes)) == bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()
