// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/tls_engine.hpp"

#include <boost/asio/ssl/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace rtkhooks::transport {

/// A BIO whose bytes come from and go to an engine: no socket, no copy into a buffer of its own.
struct tls_engine::bio {
    static tls_engine& engine(BIO* self) { return *static_cast<tls_engine*>(BIO_get_data(self)); }

    static int read(BIO* self, char* to, int room)
    {
        auto& input = engine(self).input_;
        BIO_clear_retry_flags(self);
        if (input.empty()) {
            BIO_set_retry_read(self);
            return -1;
        }
        auto const size = std::min(input.size(), static_cast<std::size_t>(std::max(room, 0)));
        std::memcpy(to, input.data(), size);
        input.remove_prefix(size);
        return static_cast<int>(size);
    }

    static int write(BIO* self, char const* from, int size)
    {
        BIO_clear_retry_flags(self);
        try {
            engine(self).output_.append(from, static_cast<std::size_t>(std::max(size, 0)));
        } catch (std::bad_alloc const&) {
            engine(self).out_of_memory_ = true;
            return -1;
        }
        return size;
    }

    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    static int create(BIO* self)
    {
        BIO_set_init(self, 1);
        return 1;
    }

    static BIO_METHOD* method()
    {
        static BIO_METHOD* const instance = [] {
            auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rtkhooks");
            if (made == nullptr)
                throw std::bad_alloc{};
            BIO_meth_set_read(made, read);
            BIO_meth_set_write(made, write);
            BIO_meth_set_ctrl(made, control);
            BIO_meth_set_create(made, create);
            return made;
        }();
        return instance;
    }
};

namespace {

/// What servers say to a client that has no certificate: only TLS 1.3 has an alert for that alone.
bool may_miss_a_certificate(unsigned long code)
{
    constexpr std::array alerts{SSL_AD_HANDSHAKE_FAILURE,   SSL_AD_NO_CERTIFICATE, SSL_AD_BAD_CERTIFICATE,
                                SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_ACCESS_DENIED,  SSL_AD_CERTIFICATE_REQUIRED};
    return ERR_GET_LIB(code) == ERR_LIB_SSL &&
           std::find(alerts.begin(), alerts.end(), ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET) != alerts.end();
}

std::string describe(SSL* connection, unsigned long code, bool certificate_asked_for)
{
    if (auto const verdict = SSL_get_verify_result(connection); verdict != X509_V_OK) {
        std::string text = "the server's certificate is refused: ";
        text += X509_verify_cert_error_string(verdict);
        if (verdict == X509_V_ERR_CERT_NOT_YET_VALID || verdict == X509_V_ERR_CERT_HAS_EXPIRED)
            text += " (or this machine's clock is wrong)";
        return text;
    }
    auto const* const reason = ERR_reason_error_string(code);
    std::string text = reason != nullptr ? reason : "the TLS library gives no reason";
    if (certificate_asked_for && may_miss_a_certificate(code))
        text += ": the server asked for a client certificate, and there is none "
                "(client_config::tls.client_certificate_file)";
    return text;
}

/// Of whatever used OpenSSL in this thread before, so that what is found afterwards is our own. Clearing costs more than
/// looking.
void forget_errors() noexcept
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

/// Whether a record was damaged on its way, the server's or ours: OpenSSL's own reasons, and alerts that say so.
bool tells_of_a_broken_record(int reason)
{
    if (reason < SSL_AD_REASON_OFFSET)
        return true;
    constexpr std::array alerts{SSL_AD_UNEXPECTED_MESSAGE, SSL_AD_BAD_RECORD_MAC, SSL_AD_RECORD_OVERFLOW,
                                SSL_AD_DECODE_ERROR, SSL_AD_INTERNAL_ERROR};
    return std::find(alerts.begin(), alerts.end(), reason - SSL_AD_REASON_OFFSET) != alerts.end();
}

} // namespace

tls_engine::tls_engine(ssl_ptr connection) : connection_{std::move(connection)}
{
    auto* const shared = BIO_new(bio::method());
    if (shared == nullptr)
        throw std::bad_alloc{};
    BIO_set_data(shared, this);
    SSL_set_bio(connection_.get(), shared, shared);
    SSL_set_cert_cb(
        connection_.get(),
        [](SSL* asked, void* self) {
            static_cast<tls_engine*>(self)->misses_certificate_ = SSL_get_certificate(asked) == nullptr;
            return 1; // go on, with or without one
        },
        this);
    SSL_set_connect_state(connection_.get());
}

tls_engine::status tls_engine::judge(int returned)
{
    auto* const connection = connection_.get();
    switch (SSL_get_error(connection, returned)) {
    case SSL_ERROR_NONE:
        return status::ok;
    case SSL_ERROR_WANT_READ:
        return status::want_input;
    case SSL_ERROR_ZERO_RETURN:
        return status::closed;
    default:
        break;
    }
    auto const code = ERR_get_error(); // the first says most, and any that memory lacked
    bool const refused = SSL_get_verify_result(connection) != X509_V_OK;
    cause_ = {static_cast<int>(code), boost::asio::error::get_ssl_category()};
    failed_ = true;
    for (auto each = code; each != 0; each = ERR_get_error())
        out_of_memory_ = out_of_memory_ || ERR_GET_REASON(each) == ERR_R_MALLOC_FAILURE;
    reason_ = describe(connection, code, misses_certificate_);
    broken_record_ = !refused && tells_of_a_broken_record(ERR_GET_REASON(code));
    ERR_clear_error();
    return status::failed;
}

tls_engine::status tls_engine::handshake()
{
    forget_errors();
    return judge(SSL_do_handshake(connection_.get()));
}

tls_engine::status tls_engine::read(char* to, std::size_t room, std::size_t& size)
{
    size = 0;
    forget_errors();
    auto const returned = SSL_read_ex(connection_.get(), to, room, &size);
    return returned == 1 ? status::ok : judge(returned);
}

tls_engine::status tls_engine::write(std::string_view text)
{
    std::size_t written = 0;
    forget_errors();
    auto const returned = SSL_write_ex(connection_.get(), text.data(), text.size(), &written);
    return returned == 1 ? status::ok : judge(returned);
}

void tls_engine::shutdown() noexcept
{
    if (failed_ || SSL_is_init_finished(connection_.get()) == 0)
        return;
    ERR_clear_error();
    SSL_shutdown(connection_.get());
    // Whether the peer's own close_notify comes is not waited for (F11); the session stays good either way.
    SSL_set_shutdown(connection_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ERR_clear_error();
}

bool tls_engine::holds_input() const noexcept
{
    // Of a record whose five bytes of header are all that came SSL_has_pending() knows nothing: it waits for the body.
    return !input_.empty() || SSL_has_pending(connection_.get()) == 1 || SSL_rstate_string(connection_.get())[1] == 'B';
}

bool tls_engine::resumed() const noexcept { return SSL_session_reused(connection_.get()) == 1; }

} // namespace rtkhooks::transport
