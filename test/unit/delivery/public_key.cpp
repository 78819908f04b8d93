// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/delivery.hpp>

#include "fixtures/events.hpp"
#include "fixtures/signing_key.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/err.h>

#include <atomic>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace rtkhooks;
using test::signing_key;

namespace {

std::string const body{test::events::meeting_ended};

public_key usual_public_key() { return public_key::from_pem(test::usual_key().public_pem()).value(); }

std::string shown(public_key const& key)
{
    std::ostringstream out;
    out << key;
    return std::move(out).str();
}

/// Why a text is no key, or "a key".
std::string reason(std::string_view pem)
{
    auto const key = public_key::from_pem(pem);
    BOOST_TEST(ERR_peek_error() == 0u);
    if (key)
        return "a key";
    BOOST_TEST(key.error().code() == errc::invalid_argument);
    BOOST_TEST(key.error().message() == "invalid argument: " + key.error().parts().explanation);
    auto const why = key.error().parts().explanation;
    BOOST_TEST_REQUIRE(why.starts_with("public key: "));
    return why.substr(12);
}

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

std::string certificate() { return "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"; }

/// Of an odd number of so many bits, which need not be a product of two primes.
signing_key with_modulus(std::size_t bits)
{
    return signing_key::public_rsa('8' + std::string(bits / 4 - 2, '0') + '1', "10001");
}

/// Verifies with a signature's bytes.
verdict verify_bytes(public_key const& key, std::string_view text, std::string_view signature)
{
    return verify(key, text, test::base64(signature));
}

} // namespace

BOOST_AUTO_TEST_SUITE(delivery_public_key)

BOOST_AUTO_TEST_CASE(keys_as_they_are_published)
{
    auto const pem = test::usual_key().public_pem();
    auto const key = usual_public_key();
    BOOST_TEST(key.bits() == 2048);
    BOOST_TEST(key.fingerprint().size() == 64u);
    BOOST_TEST(key.fingerprint().find_first_not_of("0123456789abcdef") == std::string::npos);
    BOOST_TEST(shown(key) == "RSA 2048 bits, SHA-256 " + key.fingerprint());

    auto const one_line = replaced(pem, "\n", "");
    for (auto const& text : {
             pem,
             " \r\n\t" + pem + " \n\n",
             pem.substr(0, pem.size() - 1),
             replaced(pem, "\n", "\r\n"),
             replaced(pem, "\n", "\\n"),
             replaced(pem, "\n", "\\r\\n"),
             replaced(pem, "\n", "\\n\n"),
             "\\n" + replaced(pem, "\n", "\\n") + "\\n",
             one_line,
             replaced(one_line, "MI", " M\tI "),
         }) {
        auto const same = public_key::from_pem(text);
        BOOST_TEST_REQUIRE(same.has_value(), text << ": " << reason(text));
        BOOST_TEST(*same == key);
        BOOST_TEST(same->fingerprint() == key.fingerprint());
        BOOST_TEST(verify(*same, body, test::usual_key().signature_of(body)) == verdict::genuine);
    }
    BOOST_TEST(!(key == public_key::from_pem(signing_key::rsa(2048).public_pem()).value()));
}

/// Against one that `openssl pkey -pubin -outform DER | sha256sum` told.
BOOST_AUTO_TEST_CASE(fingerprints)
{
    auto const key = public_key::from_pem("-----BEGIN PUBLIC KEY-----\n"
                                          "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6tk3U0taipUU1Pujd5nu\n"
                                          "DCVi4BaZ0VSFoqDgLOYRNNAT5DL0Nz8ronshrkvnZbXHXuWaeJ32CMQXFg2WGrhT\n"
                                          "I7cSw7uJRMwYwGb4oS79Mzo3rvrqN/SxLtHbxzARHJGJanNR/vFZVECJiq0dacjP\n"
                                          "dVDW72xc3p2Mx4gaLstMfqpcN0q6lcVlO/EN+/INkI7Lw3E1BKADHJUe0Y/lDn1r\n"
                                          "OcCRSlLX84OVGcDKXHKCtvZy149ohV1U04UXCAH6yWiq8Cb0MLRHZikGFO+4fdC4\n"
                                          "fZIr4MNfO8HBqg8OEF3LCR1oFeb5gxeAU9uqtq8lfYLj2Au7cA849EHJcDjgVaXC\n"
                                          "FQIDAQAB\n"
                                          "-----END PUBLIC KEY-----\n");
    BOOST_TEST_REQUIRE(key.has_value());
    BOOST_TEST(key->fingerprint() == "1ac3906479f211cd8f6cbd38482fb4eb26cda7a8a46c10c9e6a7aaed478c4c5e");
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_key)
{
    auto const pem = test::usual_key().public_pem();
    auto const content = pem.substr(27, pem.size() - 27 - 25);
    struct row {
        std::string text;
        std::string_view expected;
    };
    row const rows[] = {
        {"", "the text is empty"},
        {" \n\t", "the text is empty"},
        {"\\n", "the text is empty"},
        {content, "the text does not begin with a PEM block"},
        {"key: " + pem, "the text does not begin with a PEM block"},
        {"\"" + pem + "\"", "the text does not begin with a PEM block"},
        {"\xef\xbb\xbf" + pem, "the text does not begin with a PEM block"},
        {"<html>404</html>", "the text does not begin with a PEM block"},
        {pem + pem, "there is more behind the PEM block"},
        {pem + "x", "there is more behind the PEM block"},
        {pem + certificate(), "there is more behind the PEM block"},
        {pem + '\0', "there is more behind the PEM block"},
        {pem.substr(0, 200), "the PEM block has no end"},
        {pem.substr(0, 27), "the PEM block has no end"},
        {replaced(pem, "END PUBLIC", "END PRIVATE"), "the PEM block has no end"},
        {replaced(pem, "MII", "MI-"), "the PEM block has no end"},
        {replaced(pem, "MII", "MI*"), "the PEM block is no base64"},
        {replaced(pem, "MII", "MI\\"), "the PEM block is no base64"},
        {replaced(pem, "MII", "MI"), "the PEM block is no base64"},
        {replaced(pem, "MII", "Proc-Type: 4,ENCRYPTED\n\nMII"), "the PEM block has no end"},
        {certificate() + pem, "expected a PEM block PUBLIC KEY, found CERTIFICATE"},
        {certificate(), "expected a PEM block PUBLIC KEY, found CERTIFICATE"},
        {test::usual_key().private_pem(), "expected a PEM block PUBLIC KEY, found PRIVATE KEY"},
        {replaced(pem, "PUBLIC", "RSA PUBLIC"), "expected a PEM block PUBLIC KEY, found RSA PUBLIC KEY"},
        {replaced(pem, "PUBLIC KEY", "\x1b[31m"), "expected a PEM block PUBLIC KEY, found \\x1b[31m"},
        {"-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", "no SubjectPublicKeyInfo of a kind that OpenSSL knows"},
        {"-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----",
         "no SubjectPublicKeyInfo of a kind that OpenSSL knows"},
        {std::string(16 * 1024 + 1, ' '), "longer than 16384 bytes"},
    };
    for (auto const& row : rows)
        BOOST_TEST(reason(row.text) == row.expected, row.text << ": " << reason(row.text));
    BOOST_TEST(reason("-----BEGIN " + std::string(10'000, 'x')).size() < 100u);
    BOOST_TEST(reason(pem + std::string(16 * 1024 - pem.size(), ' ')) == "a key");

    // Bytes behind the structure, in base64 that is good.
    std::string const end = "-----END PUBLIC KEY-----";
    auto const with_more = [&](std::string_view bytes) {
        auto text = pem;
        BOOST_TEST_REQUIRE(text.find('=') == text.npos); // 294 bytes
        return text.insert(text.find(end), test::base64(bytes) + '\n');
    };
    BOOST_TEST(reason(with_more("")) == "a key");
    BOOST_TEST(reason(with_more("x")) == "there are more bytes behind the SubjectPublicKeyInfo");
}

BOOST_AUTO_TEST_CASE(keys_that_are_not_to_be_used)
{
    auto const modulus = test::usual_key().modulus();
    auto even = modulus;
    even.back() = '0';
    auto const with_exponent = [&](std::string const& exponent) {
        return signing_key::public_rsa(modulus, exponent).public_pem();
    };
    std::string_view const bad_exponent = "an exponent that is not odd and from 3 to 2^64 - 1";
    struct row {
        std::string_view what;
        std::string pem;
        std::string_view expected;
    };
    row const rows[] = {
        {"EC", signing_key::ec().public_pem(), "expected an RSA key, found EC"},
        {"PSS", signing_key::rsa_pss(2048).public_pem(), "expected an RSA key, found RSA-PSS"},
        {"512", signing_key::rsa(512).public_pem(), "a modulus of 512 bits, not of 2048 to 16384"},
        {"1024", signing_key::rsa(1024).public_pem(), "a modulus of 1024 bits, not of 2048 to 16384"},
        {"2044", with_modulus(2044).public_pem(), "a modulus of 2044 bits, not of 2048 to 16384"},
        {"2048", with_modulus(2048).public_pem(), "a key"},
        {"16384", with_modulus(16384).public_pem(), "a key"},
        {"16388", with_modulus(16388).public_pem(), "a modulus of 16388 bits, not of 2048 to 16384"},
        {"even", signing_key::public_rsa(even, "10001").public_pem(), "an even modulus"},
        {"e = 1", with_exponent("1"), bad_exponent},
        {"e = 2", with_exponent("2"), bad_exponent},
        {"e = 3", with_exponent("3"), "a key"},
        {"e = 65536", with_exponent("10000"), bad_exponent},
        {"e = 2^64 - 1", with_exponent("FFFFFFFFFFFFFFFF"), "a key"},
        {"e = 2^64 + 1", with_exponent("10000000000000001"), bad_exponent},
        {"e as large as the modulus", with_exponent(modulus), bad_exponent},
    };
    for (auto const& row : rows)
        BOOST_TEST(reason(row.pem) == row.expected, row.what << ": " << reason(row.pem));
}

BOOST_AUTO_TEST_CASE(larger_keys)
{
    for (unsigned const bits : {3072u, 4096u}) {
        auto const pair = signing_key::rsa(bits);
        auto const key = public_key::from_pem(pair.public_pem()).value();
        BOOST_TEST(key.bits() == static_cast<int>(bits));
        BOOST_TEST(verify(key, body, pair.signature_of(body)) == verdict::genuine);
        BOOST_TEST(verify(key, body, test::usual_key().signature_of(body)) == verdict::signature_mismatch);
        BOOST_TEST(verify(usual_public_key(), body, pair.signature_of(body)) == verdict::signature_mismatch);
    }
}

BOOST_AUTO_TEST_CASE(no_changed_bit_is_accepted)
{
    auto const key = usual_public_key();
    auto const signature = test::usual_key().sign(body);
    std::map<verdict, std::size_t> found;
    auto const flipped = [](std::string text, std::size_t bit) {
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
        return text;
    };
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit)
        ++found[verify_bytes(key, flipped(body, bit), signature)];
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit)
        ++found[verify_bytes(key, body, flipped(signature, bit))];
    BOOST_TEST(found.size() == 1u);
    BOOST_TEST(found[verdict::signature_mismatch] == (body.size() + signature.size()) * 8);

    // And of the header's text: another one, or none.
    auto const text = test::base64(signature);
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        auto const got = verify(key, body, flipped(text, bit));
        BOOST_TEST((got == verdict::signature_mismatch || got == verdict::signature_malformed), bit << ": " << got);
    }
    BOOST_TEST(verify(key, body, text) == verdict::genuine);
}

/// Of the fault matrix: row 102.
BOOST_AUTO_TEST_CASE(the_same_json_in_other_bytes_is_not_accepted)
{
    auto const key = usual_public_key();
    std::string const signed_body = R"({"event":"meeting.ended","reason":"HOST_ENDED_MEETING"})";
    auto const signature = test::usual_key().signature_of(signed_body);
    BOOST_TEST(verify(key, signed_body, signature) == verdict::genuine);
    for (std::string_view const other : {
             R"({"reason":"HOST_ENDED_MEETING","event":"meeting.ended"})",
             R"({"event": "meeting.ended","reason":"HOST_ENDED_MEETING"})",
             R"({"event":"meeting.ended","reason":"HOST_ENDED_MEETING"} )",
             R"({"event":"meeting.ended","reason":"HOST_ENDED_MEETING"}
)",
             R"({"event":"meeting.ended","reason":"HOST_ENDED\u005fMEETING"})",
             "",
         })
        BOOST_TEST(verify(key, other, signature) == verdict::signature_mismatch, other);
    BOOST_TEST(verify(key, signed_body + '\0', signature) == verdict::signature_mismatch);
    BOOST_TEST(verify(key, signed_body.substr(1), signature) == verdict::signature_mismatch);
}

BOOST_AUTO_TEST_CASE(bodies_of_any_bytes)
{
    auto const key = usual_public_key();
    for (auto const& any :
         {std::string{}, std::string(1, '\0'), std::string("\xff\xfe\r\n"), std::string(5'000'000, 'x')})
        BOOST_TEST(verify(key, any, test::usual_key().signature_of(any)) == verdict::genuine);
    BOOST_TEST(verify(key, std::string_view{}, test::usual_key().signature_of("")) == verdict::genuine);
}

/// Of the fault matrix: row 101.
BOOST_AUTO_TEST_CASE(signatures_that_are_none)
{
    auto const key = usual_public_key();
    auto const bytes = test::usual_key().sign(body);
    auto const text = test::base64(bytes);
    BOOST_TEST_REQUIRE(text.ends_with("="));
    for (auto const& malformed :
         {std::string{}, std::string{"="}, text.substr(0, text.size() - 1), text.substr(1), text + "=", ' ' + text,
          text + '\n', text + ", " + text, replaced(text, "=", ""), replaced(text, "/", "_"), "sha256=" + text,
          std::string(4 * 683, 'A'), std::string(10'000'000, 'A'), std::string{"\xff\xff\xff\xff"}})
        BOOST_TEST(verify(key, body, malformed) ==
                       (malformed == text ? verdict::genuine : verdict::signature_malformed),
                   malformed.substr(0, 1000));

    // Of another size it may be of another key.
    for (auto const& other : {bytes.substr(1), bytes.substr(0, 255), bytes + '\0', '\0' + bytes, std::string(1, '\0'),
                              std::string(2048, '\0')})
        BOOST_TEST(verify_bytes(key, body, other) == verdict::signature_mismatch);
    for (auto const& other : {std::string(256, '\0'), std::string(256, '\xff'), std::string(255, '\0') + '\1'})
        BOOST_TEST(verify_bytes(key, body, other) == verdict::signature_mismatch);
}

BOOST_AUTO_TEST_CASE(only_sha256_with_pkcs1_padding)
{
    auto const key = usual_public_key();
    auto const& pair = test::usual_key();
    BOOST_TEST(verify_bytes(key, body, pair.sign(body, RSA_PKCS1_PADDING, EVP_sha256())) == verdict::genuine);
    BOOST_TEST(verify_bytes(key, body, pair.sign(body, RSA_PKCS1_PADDING, EVP_sha1())) == verdict::signature_mismatch);
    BOOST_TEST(verify_bytes(key, body, pair.sign(body, RSA_PKCS1_PADDING, EVP_sha512())) ==
               verdict::signature_mismatch);
    BOOST_TEST(verify_bytes(key, body, pair.sign(body, RSA_PKCS1_PSS_PADDING, EVP_sha256())) ==
               verdict::signature_mismatch);
    BOOST_TEST(verify_bytes(key, body, signing_key::rsa(2048).sign(body)) == verdict::signature_mismatch);
}

BOOST_AUTO_TEST_CASE(a_key_that_was_moved_from_is_still_one)
{
    auto key = usual_public_key();
    auto const taken = std::move(key);
    auto const signature = test::usual_key().signature_of(body);
    BOOST_TEST(verify(taken, body, signature) == verdict::genuine);
    BOOST_TEST(verify(key, body, signature) == verdict::genuine); // NOLINT(bugprone-use-after-move)
    key = public_key::from_pem(signing_key::rsa(2048).public_pem()).value();
    BOOST_TEST(verify(key, body, signature) == verdict::signature_mismatch);
}

BOOST_AUTO_TEST_CASE(errors_of_others_stay_as_they_are)
{
    auto const key = usual_public_key();
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 7);
    auto const before = ERR_peek_last_error();
    BOOST_TEST(verify_bytes(key, body, std::string(256, '\0')) == verdict::signature_mismatch);
    BOOST_TEST(verify_bytes(key, body, std::string(256, '\xff')) == verdict::signature_mismatch);
    BOOST_TEST(!public_key::from_pem("-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----").has_value());
    BOOST_TEST(!public_key::from_pem(signing_key::ec().public_pem()).has_value());
    BOOST_TEST(ERR_get_error() == before);
    BOOST_TEST(ERR_get_error() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(delivery_threads, *boost::unit_test::label("concurrency"))

BOOST_AUTO_TEST_CASE(one_key_for_all)
{
    auto const key = usual_public_key();
    auto const signature = test::usual_key().signature_of(body);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, mine = key] {
            for (int i = 0; i < 300; ++i) {
                auto const other = body + std::to_string(i);
                wrong += verify(i % 2 == 0 ? key : mine, body, signature) != verdict::genuine;
                wrong += verify(mine, other, signature) != verdict::signature_mismatch;
            }
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
