// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/tls_context.hpp"

#include <rtkhooks/error.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

namespace rtkhooks::transport {
namespace {

// Enough for a pool's worth of connections with TLS 1.3's usual two tickets each.
constexpr std::size_t most_sessions = 64;
// Some times what tickets usually have. A server may send 64 KiB, of which that many would be kept for nothing.
constexpr std::size_t largest_ticket = 8 * 1024;

constexpr std::chrono::seconds renewal_pause{30};

// What openssl.cnf may have turned on: parts of protocols that are weaker, or silent about an end, and versions that it
// turned off.
constexpr std::uint64_t weak_options = SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                                       SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_NO_EXTENDED_MASTER_SECRET |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_SSL_MASK;

[[noreturn]] void refuse(std::string const& what)
{
    std::string reason = what;
    if (auto const code = ERR_peek_last_error(); code != 0) {
        std::array<char, 256> text{};
        ERR_error_string_n(code, text.data(), text.size());
        auto const* const plain = ERR_reason_error_string(code);
        reason.append(" (").append(plain != nullptr ? plain : text.data()).append(")");
    }
    ERR_clear_error();
    throw exception{error{errc::invalid_argument, reason}};
}

/// OpenSSL may go on with what it had memory for.
void must_have_had_memory()
{
    while (auto const code = ERR_get_error()) {
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE ||
            (ERR_GET_LIB(code) == ERR_LIB_SYS && ERR_GET_REASON(code) == ENOMEM))
            refuse("tls: there is no memory for what is to be trusted");
    }
}

void must(bool succeeded, char const* what)
{
    if (!succeeded)
        refuse(what);
}

// OpenSSL calls this for every session or ticket that a server sends. 1: the reference is ours now.
int keep_session(SSL* connection, SSL_SESSION* session) noexcept
{
    auto* const context = SSL_get_SSL_CTX(connection);
    auto* const store = static_cast<session_store*>(SSL_CTX_get_app_data(context));
    std::size_t ticket = 0;
    SSL_SESSION_get0_ticket(session, nullptr, &ticket);
    if (store == nullptr || ticket > largest_ticket || SSL_SESSION_is_resumable(session) != 1)
        return 0;
    ssl_session_ptr kept{session};
    try {
        store->put(context, std::move(kept));
    } catch (std::bad_alloc const&) {
        // then this session is not resumed
    }
    return 1;
}

/// Not what a caller with fewer rights than the program has set.
char const* environment(char const* name)
{
#ifdef _GNU_SOURCE
    return ::secure_getenv(name);
#else
    return ::issetugid() != 0 ? nullptr : std::getenv(name);
#endif
}

/// Whether files that have to be in one of several directories could be read.
bool can_be_searched(std::string_view directories)
{
    for (;;) {
        auto const end = directories.find(':');
        auto const first = directories.substr(0, end);
        struct stat status; // of "DIRECTORY/.", to come to which it has to be searched
        if (!first.empty() && ::stat(std::string{first}.append("/.").c_str(), &status) == 0)
            return true;
        if (end == directories.npos)
            return false;
        directories.remove_prefix(end + 1);
    }
}

/// As SSL_CTX_set_default_verify_paths() does, which does not tell what it found.
system_store trust_system(SSL_CTX* context)
{
    auto const* const own_file = environment(X509_get_default_cert_file_env());
    auto const* const own_directory = environment(X509_get_default_cert_dir_env());
    auto const* const directory = own_directory != nullptr ? own_directory : X509_get_default_cert_dir();
    system_store found;
    found.file = SSL_CTX_load_verify_file(context, own_file != nullptr ? own_file : X509_get_default_cert_file()) == 1;
    found.directory = SSL_CTX_load_verify_dir(context, directory) == 1 && can_be_searched(directory);
    must_have_had_memory();
    return found;
}

/// @return what it found of the system's store, where that is asked for
system_store trust(SSL_CTX* context, client_config::tls_config const& config)
{
    bool const own = !config.ca_file.empty() || !config.ca_directory.empty() || !config.ca_pem.empty();
    if (!config.ca_file.empty() && SSL_CTX_load_verify_file(context, config.ca_file.c_str()) != 1)
        refuse("tls.ca_file: no certificate could be read from " + config.ca_file);
    must_have_had_memory();
    if (!config.ca_directory.empty() && // OpenSSL would take any name
        (!can_be_searched(config.ca_directory) || SSL_CTX_load_verify_dir(context, config.ca_directory.c_str()) != 1))
        refuse("tls.ca_directory: " + config.ca_directory + " cannot be used");
    if (!config.ca_pem.empty()) {
        std::unique_ptr<BIO, openssl_deleter> const text{
            BIO_new_mem_buf(config.ca_pem.data(), static_cast<int>(config.ca_pem.size()))};
        must(text != nullptr, "tls.ca_pem: no memory");
        int read = 0;
        while (std::unique_ptr<X509, openssl_deleter> const certificate{
            PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr)}) {
            must(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) == 1,
                 "tls.ca_pem: a certificate cannot be trusted");
            ++read;
        }
        if (read == 0)
            refuse("tls.ca_pem: holds no certificate in PEM form");
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) // that is how it ends
            refuse("tls.ca_pem: holds a certificate that cannot be read");
        ERR_clear_error();
    }
    return config.system_store.value_or(!own) ? trust_system(context) : system_store{};
}

void identify(SSL_CTX* context, client_config::tls_config const& config)
{
    if (config.client_certificate_file.empty() != config.client_key_file.empty())
        refuse("tls.client_certificate_file and tls.client_key_file: set both, or none");
    if (config.client_certificate_file.empty())
        return;
    if (SSL_CTX_use_certificate_chain_file(context, config.client_certificate_file.c_str()) != 1)
        refuse("tls.client_certificate_file: no certificate could be read from " + config.client_certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, config.client_key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        refuse("tls.client_key_file: no private key that is not encrypted could be read from " +
               config.client_key_file);
    if (SSL_CTX_check_private_key(context) != 1)
        refuse("tls.client_key_file: the key does not belong to the certificate");
}

} // namespace

int no_password(char*, int, int, void*) { return -1; }

void session_store::serve(SSL_CTX const* whose)
{
    std::lock_guard const lock{mutex_};
    sessions_.clear();
    whose_ = whose;
}

void session_store::put(SSL_CTX const* whose, ssl_session_ptr session)
{
    std::lock_guard const lock{mutex_};
    if (whose != whose_)
        return; // verified by what was trusted before
    if (sessions_.size() == most_)
        sessions_.erase(sessions_.begin());
    sessions_.push_back(std::move(session));
}

ssl_session_ptr session_store::take()
{
    std::lock_guard const lock{mutex_};
    if (sessions_.empty())
        return nullptr;
    auto newest = std::move(sessions_.back());
    sessions_.pop_back();
    // A TLS 1.2 session is good for many connections, and a server may send no other.
    if (SSL_SESSION_get_protocol_version(newest.get()) <= TLS1_2_VERSION && SSL_SESSION_up_ref(newest.get()) == 1)
        sessions_.emplace_back(newest.get());
    return newest;
}

tls_context::tls_context(client_config::tls_config const& config, std::optional<std::time_t> verification_time)
    : config_{config}, verification_time_{verification_time}, sessions_{most_sessions}, current_{make()}
{
    sessions_.serve(current_.context.get());
}

tls_context::made tls_context::make()
{
    made result{ssl_context_ptr{SSL_CTX_new(TLS_client_method())}, {}};
    ERR_clear_error();
    must(result.context != nullptr, "tls: no TLS context could be made");
    auto* const context = result.context.get();
    // F2: every one of these is stated, whatever openssl.cnf says.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    auto const least = config_.min_version == tls_version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    must(SSL_CTX_set_min_proto_version(context, least) == 1, "tls.min_version cannot be set");
    must(SSL_CTX_set_max_proto_version(context, 0) == 1, "tls: the highest version cannot be set");
    SSL_CTX_set_security_level(context, 2);
    // Forward secrecy and authenticated encryption; of TLS 1.3, what OpenSSL has by default.
    must(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK") == 1,
         "tls: no cipher is available");
    must(SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                           "TLS_AES_128_GCM_SHA256") == 1,
         "tls: no cipher of TLS 1.3 is available");
    SSL_CTX_clear_options(context, weak_options);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, no_password);
    constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    must(SSL_CTX_set_alpn_protos(context, http_1_1.data(), http_1_1.size()) == 0, "tls: ALPN cannot be set");

    auto* const parameters = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(parameters, // F3
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (verification_time_)
        X509_VERIFY_PARAM_set_time(parameters, *verification_time_);
    result.found = trust(context, config_);
    identify(context, config_);

    if (config_.session_resumption) {
        must(SSL_CTX_set_app_data(context, &sessions_) == 1, "tls: no memory");
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    }
    return result;
}

void tls_context::renew(time_point now) noexcept
try {
    {
        std::lock_guard const lock{mutex_};
        if (renewed_ && now - *renewed_ < renewal_pause)
            return;
        renewed_ = now;
    }
    auto next = make();
    std::lock_guard const lock{mutex_};
    if ((current_.found.file && !next.found.file) || (current_.found.directory && !next.found.directory))
        return;
    sessions_.serve(next.context.get());
    current_ = std::move(next);
} catch (std::exception const&) {
    ERR_clear_error();
}

ssl_ptr tls_context::connect(std::string const& host, bool host_is_address)
{
    ssl_ptr connection;
    {
        std::lock_guard const lock{mutex_};
        connection.reset(SSL_new(current_.context.get())); // which keeps the context for as long as it lives
    }
    if (!connection)
        throw std::bad_alloc{};
    auto* const parameters = SSL_get0_param(connection.get());
    bool named = false;
    if (host_is_address) // RFC 6066: no SNI for addresses
        named = X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    else // a dot at the end is the resolver's, neither the certificate's nor SNI's
        named = [&, name = host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0))] {
            // For an empty name OpenSSL would check none, for a dot in front take all that end so.
            return !name.empty() && name.front() != '.' &&
                   X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1 &&
                   SSL_set_tlsext_host_name(connection.get(), name.c_str()) == 1;
        }();
    if (!named)
        throw std::bad_alloc{};
    if (config_.session_resumption) {
        if (auto const session = sessions_.take())
            SSL_set_session(connection.get(), session.get());
    }
    return connection;
}

} // namespace rtkhooks::transport
