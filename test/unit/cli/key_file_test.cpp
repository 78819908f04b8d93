// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/key_file.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace rtkhooks::cli {

BOOST_AUTO_TEST_SUITE(cli_key_file)

BOOST_AUTO_TEST_CASE(takes_the_key_out_of_the_document_that_publishes_it)
{
    std::string const pem = "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n";
    BOOST_TEST(pem_of(pem) == pem);
    BOOST_TEST(pem_of(R"({"success":true,"data":{"publicKey":"a\nb"},"message":""})") == "a\nb");
    for (auto const* const text : {"", "{}", "[]", R"({"data":null})", R"({"data":{}})", R"({"data":{"publicKey":7}})"})
        BOOST_TEST(pem_of(text) == text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rtkhooks::cli
