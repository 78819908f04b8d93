// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/identifier.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_identifier)

BOOST_AUTO_TEST_CASE(uuids_are_of_version_4_and_never_alike)
{
    std::set<std::string> made;
    std::set<char> variants;
    for (int i = 0; i < 1000; ++i) {
        auto const uuid = make_uuid();
        BOOST_TEST(is_uuid(uuid));
        BOOST_TEST(uuid[14] == '4');
        variants.insert(uuid[19]);
        BOOST_TEST(std::none_of(uuid.begin(), uuid.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
        made.insert(uuid);
    }
    BOOST_TEST(made.size() == 1000u);
    BOOST_TEST((variants == std::set<char>{'8', '9', 'a', 'b'}));
}

BOOST_AUTO_TEST_CASE(uuid_form)
{
    BOOST_TEST(is_uuid("0d1f069d-43bb-489a-ad8c-7eb95592ba8e"));
    BOOST_TEST(is_uuid("0D1F069D-43BB-489A-AD8C-7EB95592BA8E"));
    BOOST_TEST(is_uuid("00000000-0000-0000-0000-000000000000"));
    for (auto const* const bad : {"", "all", "0d1f069d43bb489aad8c7eb95592ba8e", "0d1f069d-43bb-489a-ad8c-7eb95592ba8",
                                  "0d1f069d-43bb-489a-ad8c-7eb95592ba8e0", "0d1f069d-43bb-489a-ad8c-7eb95592ba8g",
                                  "0d1f069d-43bb-489a-ad8c7-eb95592ba8e", "{d1f069d-43bb-489a-ad8c-7eb95592ba8}",
                                  "0d1f069d-43bb-489a-ad8c-7eb95592ba8 "}) {
        BOOST_TEST_CONTEXT(bad)
        BOOST_TEST(!is_uuid(bad));
    }
}

BOOST_AUTO_TEST_CASE(tokens_are_letters_and_digits)
{
    auto const token = make_token(4000);
    BOOST_TEST(token.size() == 4000u);
    BOOST_TEST(std::all_of(token.begin(), token.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }));
    BOOST_TEST((std::set<char>{token.begin(), token.end()}.size()) == 62u);
    BOOST_TEST(make_token(40) != make_token(40));
}

BOOST_AUTO_TEST_CASE(numbers_in_hexadecimal)
{
    BOOST_TEST(to_hexadecimal(0) == "0000000000000000");
    BOOST_TEST(to_hexadecimal(0x1a2b3c) == "00000000001a2b3c");
    BOOST_TEST(to_hexadecimal(~std::uint64_t{0}) == "ffffffffffffffff");
    BOOST_TEST(make_random_number() != make_random_number());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
