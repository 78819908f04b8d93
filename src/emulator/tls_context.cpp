// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/tls_context.hpp"

#include <boost/asio/buffer.hpp>

#include <openssl/ssl.h>

#include <array>
#include <stdexcept>

namespace rtkhooks::emulation {
namespace {

namespace ssl = boost::asio::ssl;

// A client that offers protocols without HTTP/1.1 among them is refused (RFC 7301 section 3.2).
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

} // namespace

ssl::context make_tls_context(certified_key const& own, bool max_tls_1_2)
{
    static constexpr std::array<unsigned char, 8> session_context{'r', 't', 'k', 'h', 'o', 'o', 'k', 's'};
    ssl::context context{ssl::context::tls_server};
    auto* const native = context.native_handle();
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Sessions are in the clients' tickets; the server keeps none.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(native, max_tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_session_id_context(native, session_context.data(), session_context.size()) != 1 ||
        SSL_CTX_use_certificate(native, own.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(native, own.key.get()) != 1)
        throw std::runtime_error{"TLS could not be set up"};
    return context;
}

ssl::context make_client_tls_context(std::string const& ca_pem)
{
    ssl::context context{ssl::context::tls_client};
    context.set_default_verify_paths();
    if (!ca_pem.empty())
        context.add_certificate_authority(boost::asio::buffer(ca_pem));
    context.set_verify_mode(ssl::verify_peer);
    if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1)
        throw std::runtime_error{"TLS could not be set up"};
    return context;
}

bool has_certificates(std::string const& pem)
{
    ssl::context context{ssl::context::tls_client};
    boost::system::error_code failure;
    context.add_certificate_authority(boost::asio::buffer(pem), failure);
    return !failure;
}

} // namespace rtkhooks::emulation
