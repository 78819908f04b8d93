// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/signing_key.hpp"

#include <rtkhooks/delivery.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace rtkhooks::emulation {

BOOST_AUTO_TEST_SUITE(emulator_signing_key)

BOOST_AUTO_TEST_CASE(what_it_signs_is_genuine)
{
    signing_key const own;
    auto const key = public_key::from_pem(own.public_pem()).value();
    BOOST_TEST(key.bits() == 2048);
    std::string const binary{"{\"event\":\"\x00\xff\"}", 14};
    for (auto const& body : {std::string{}, std::string{"{}"}, binary, std::string(100'000, 'b')}) {
        auto const signature = own.sign(body);
        BOOST_TEST(signature.size() == 344u);
        BOOST_TEST(verify(key, body, signature) == verdict::genuine);
        BOOST_TEST(verify(key, body + ' ', signature) == verdict::signature_mismatch);
    }
    BOOST_TEST(own.sign("{}") == own.sign("{}")); // as that scheme does
}

BOOST_AUTO_TEST_CASE(a_ring_keeps_its_key_until_it_is_rotated)
{
    signing_key_ring keys;
    auto const first = keys.current();
    BOOST_TEST(keys.current() == first);
    keys.rotate();
    auto const second = keys.current();
    BOOST_TEST(second->public_pem() != first->public_pem());
    BOOST_TEST(keys.current() == second);
    auto const key = public_key::from_pem(first->public_pem()).value();
    BOOST_TEST(verify(key, "{}", first->sign("{}")) == verdict::genuine); // it still can, where it is still held
    BOOST_TEST(verify(key, "{}", second->sign("{}")) == verdict::signature_mismatch);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::emulation
