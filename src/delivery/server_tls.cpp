// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/server_tls.hpp"

#include "delivery/bad_member.hpp"
#include "transport/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <string>

namespace rtkhooks::delivery {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

void must(error_code failure, char const* member)
{
    if (failure)
        refuse_member(std::string{"tls."} + member, "cannot be used: " + failure.message());
}

/// A client that offers protocols without HTTP/1.1 among them is refused (RFC 7301 section 3.2).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* length, unsigned char const* offered,
                    unsigned offered_length, void*)
{
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, length, ours.data(), ours.size(), offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

void check_given(receiver_config::tls_config const& config)
{
    bool const has_certificate = !config.certificate_chain_file.empty() || !config.certificate_chain_pem.empty();
    bool const has_key = !config.private_key_file.empty() || !config.private_key_pem.empty();
    if (!config.certificate_chain_file.empty() && !config.certificate_chain_pem.empty())
        refuse_member("tls.certificate_chain_pem", "is given beside certificate_chain_file: one of both is needed");
    if (!config.private_key_file.empty() && !config.private_key_pem.empty())
        refuse_member("tls.private_key_pem", "is given beside private_key_file: one of both is needed");
    if (has_certificate && !has_key)
        refuse_member("tls.private_key_file", "is not given, but a certificate needs its key");
    if (has_key && !has_certificate)
        refuse_member("tls.certificate_chain_file", "is not given, but a key needs its certificate");
}

} // namespace

std::shared_ptr<ssl::context> make_server_tls(receiver_config::tls_config const& config)
{
    static constexpr std::array<unsigned char, 8> session_context{'r', 't', 'k', 'h', 'o', 'o', 'k', 's'};
    check_given(config);
    if (config.certificate_chain_file.empty() && config.certificate_chain_pem.empty())
        return nullptr;
    auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
    auto* const native = made->native_handle();
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF); // sessions are in the clients' tickets
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);         // most connections are idle
    SSL_CTX_set_default_passwd_cb(native, transport::no_password);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_session_id_context(native, session_context.data(), session_context.size()) != 1)
        refuse_member("tls.certificate_chain_file", "cannot be used: TLS could not be set up");

    error_code failure;
    if (!config.certificate_chain_file.empty()) {
        made->use_certificate_chain_file(config.certificate_chain_file, failure);
        must(failure, "certificate_chain_file");
    } else {
        made->use_certificate_chain(boost::asio::buffer(config.certificate_chain_pem), failure);
        must(failure, "certificate_chain_pem");
    }
    if (!config.private_key_file.empty()) {
        made->use_private_key_file(config.private_key_file, ssl::context::pem, failure);
        must(failure, "private_key_file");
    } else {
        made->use_private_key(boost::asio::buffer(config.private_key_pem.reveal()), ssl::context::pem, failure);
        must(failure, "private_key_pem");
    }
    ERR_clear_error();
    if (SSL_CTX_check_private_key(native) != 1) {
        ERR_clear_error();
        refuse_member(config.private_key_file.empty() ? "tls.private_key_pem" : "tls.private_key_file",
                      "is not the certificate's key");
    }
    return made;
}

} // namespace rtkhooks::delivery
