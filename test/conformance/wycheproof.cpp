// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "conformance/vectors.hpp"
#include "fixtures/signing_key.hpp"

#include <rtkhooks/delivery.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

// Wycheproof (https://github.com/C2SP/wycheproof): signatures of RSASSA-PKCS1-v1_5 with SHA-256, good ones and
// forgeries of every known kind, through the public functions (row 103).

using namespace rtkhooks;

BOOST_AUTO_TEST_SUITE(wycheproof)

namespace {

std::string bytes_of(std::string const& hexadecimal)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
    return bytes;
}

/// "valid: genuine" and so on, with how often.
using tally = std::map<std::string, int>;

tally tally_of(std::string const& file, int bits)
{
    tally count;
    auto const data = test::json_vectors("wycheproof/" + file);
    for (auto const& group : data.at("testGroups").as_array()) {
        auto const key = public_key::from_pem(test::text_of(group.as_object(), "publicKeyPem"));
        BOOST_TEST_REQUIRE(key.has_value(), key.error());
        BOOST_TEST(key->bits() == bits);
        ++count["keys"];
        for (auto const& each : group.at("tests").as_array()) {
            auto const& which = each.as_object();
            auto const body = bytes_of(test::text_of(which, "msg"));
            auto const signature = test::base64(bytes_of(test::text_of(which, "sig")));
            auto const expected = test::text_of(which, "result");
            auto const got = verify(*key, body, signature);
            ++count[std::string{expected}.append(": ").append(to_string(got))];
            BOOST_TEST((got == verdict::genuine) == (expected == "valid"), file << ' ' << which.at("tcId") << ", "
                                                                                << expected << ": " << got << ", "
                                                                                << test::text_of(which, "comment"));

            auto const found = [&](std::string_view name) {
                return name == "rtk-signature" ? header_value{signature} : header_value{};
            };
            auto const checked = check_delivery(*key, found, body);
            BOOST_TEST(checked.verdict == got);
            BOOST_TEST((status_for(checked.verdict) == 200) == (expected == "valid"));
        }
    }
    return count;
}

} // namespace

/// The one in each file that is acceptable has a DigestInfo without the NULL that RFC 8017 (appendix A.2.4) writes, and
/// may be tolerated for the sake of old signers. It is refused, as by OpenSSL: RealtimeKit needs no such tolerance.
BOOST_AUTO_TEST_CASE(rsa_signatures)
{
    struct row {
        int bits;
        tally expected;
    };
    row const rows[] = {
        {2048,
         {{"keys", 3},
          {"valid: genuine", 9},
          {"acceptable: signature_mismatch", 1},
          {"invalid: signature_mismatch", 248},
          {"invalid: signature_malformed", 1}}}, // the empty one
        {3072,
         {{"keys", 2},
          {"valid: genuine", 8},
          {"acceptable: signature_mismatch", 1},
          {"invalid: signature_mismatch", 249},
          {"invalid: signature_malformed", 1}}},
        {4096,
         {{"keys", 1},
          {"valid: genuine", 7},
          {"acceptable: signature_mismatch", 1},
          {"invalid: signature_mismatch", 249},
          {"invalid: signature_malformed", 1}}},
    };
    for (auto const& row : rows) {
        auto const bits = std::to_string(row.bits);
        auto const got = tally_of("rsa_signature_" + bits + "_sha256_test.json", row.bits);
        for (auto const& [what, number] : got)
            BOOST_TEST_MESSAGE(bits << ": " << what << ": " << number);
        BOOST_TEST((got == row.expected), bits);
    }
}

BOOST_AUTO_TEST_SUITE_END()
