// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "fault/alert.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace rtkhooks::test {
namespace {

/// Of the connection that this thread serves.
thread_local std::string traffic_secret;

void keep_secret(SSL const*, char const* line)
{
    constexpr std::string_view label = "SERVER_TRAFFIC_SECRET_0 ";
    std::string_view rest{line};
    if (!rest.starts_with(label))
        return;
    rest.remove_prefix(rest.rfind(' ') + 1);
    traffic_secret.clear();
    for (; !rest.empty(); rest.remove_prefix(2))
        traffic_secret += static_cast<char>(std::stoi(std::string{rest.substr(0, 2)}, nullptr, 16));
}

/// HKDF-Expand-Label (RFC 8446, 7.1) by SHA-256, of no context and no more than one block.
std::string expand(std::string const& secret, std::string_view label, std::size_t size)
{
    std::string info{'\0', static_cast<char>(size), static_cast<char>(6 + label.size())};
    info.append("tls13 ").append(label).append({'\0', '\1'});
    std::array<unsigned char, EVP_MAX_MD_SIZE> block;
    BOOST_TEST_REQUIRE(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                            reinterpret_cast<unsigned char const*>(info.data()), info.size(), block.data(),
                            nullptr) != nullptr);
    return {reinterpret_cast<char const*>(block.data()), size};
}

unsigned char const* bytes(std::string_view of) { return reinterpret_cast<unsigned char const*>(of.data()); }

/// The first record by the keys of a secret.
std::string first_record(std::string const& secret, std::string_view content, unsigned char type)
{
    auto const inner = std::string{content} + static_cast<char>(type);
    std::string record{'\x17', '\3', '\3', '\0', static_cast<char>(inner.size() + 16)};
    auto const key = expand(secret, "key", 16);
    auto const nonce = expand(secret, "iv", 12); // with a sequence number of 0
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> const cipher{EVP_CIPHER_CTX_new(),
                                                                                 EVP_CIPHER_CTX_free};
    std::string encrypted(inner.size() + 16, '\0');
    auto* const to = reinterpret_cast<unsigned char*>(encrypted.data());
    int size = 0;
    auto* const context = cipher.get();
    BOOST_TEST_REQUIRE(EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, bytes(key), bytes(nonce)) == 1);
    BOOST_TEST_REQUIRE(EVP_EncryptUpdate(context, nullptr, &size, bytes(record), static_cast<int>(record.size())) == 1);
    BOOST_TEST_REQUIRE(EVP_EncryptUpdate(context, to, &size, bytes(inner), static_cast<int>(inner.size())) == 1);
    BOOST_TEST_REQUIRE(EVP_EncryptFinal_ex(context, to + size, &size) == 1);
    BOOST_TEST_REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, to + inner.size()) == 1);
    return record + encrypted;
}

} // namespace

void allow_alerts(SSL_CTX* context)
{
    BOOST_TEST_REQUIRE(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
    BOOST_TEST_REQUIRE(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1);
    SSL_CTX_set_keylog_callback(context, keep_secret);
}

void send_alert(scripted_server::session& connection, int description)
{
    // By new keys, as their records are counted from 0.
    SSL_key_update(connection.tls(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(connection.tls());
    constexpr char fatal = 2;
    connection.send_raw(first_record(expand(traffic_secret, "traffic upd", 32),
                                     std::string{fatal, static_cast<char>(description)}, SSL3_RT_ALERT));
}

} // namespace rtkhooks::test
