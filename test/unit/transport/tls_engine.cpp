// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "transport/tls_engine.hpp"

#include "emulator/certificate_authority.hpp"
#include "fixtures/environment_variable.hpp"

#include <rtkhooks/error.hpp>

#include <boost/asio/ssl/error.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace rtkhooks;
using namespace std::string_literals;
using transport::tls_context;
using transport::tls_engine;
using status = tls_engine::status;

BOOST_AUTO_TEST_SUITE(transport_tls_engine)

namespace {

using context_ptr = std::unique_ptr<SSL_CTX, transport::openssl_deleter>;

std::string_view name(status value)
{
    switch (value) {
    case status::ok:
        return "ok";
    case status::want_input:
        return "want_input";
    case status::closed:
        return "closed";
    case status::failed:
        return "failed";
    }
    return "?";
}

emulation::certificate_authority const& authority()
{
    static emulation::certificate_authority const instance;
    return instance;
}

client_config::tls_config trusting(emulation::certificate_authority const& trusted = authority())
{
    client_config::tls_config config;
    config.ca_pem = trusted.pem();
    return config;
}

context_ptr make_server(int version, emulation::certified_key const& own)
{
    context_ptr server{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_set_security_level(server.get(), 0);
    SSL_CTX_set_min_proto_version(server.get(), version);
    SSL_CTX_set_max_proto_version(server.get(), version);
    BOOST_REQUIRE(SSL_CTX_use_certificate(server.get(), own.certificate.get()) == 1);
    BOOST_REQUIRE(SSL_CTX_use_PrivateKey(server.get(), own.key.get()) == 1);
    constexpr unsigned char id[] = "unit";
    SSL_CTX_set_session_id_context(server.get(), id, sizeof id);
    // Takes HTTP/1.1 and nothing else.
    SSL_CTX_set_alpn_select_cb(
        server.get(),
        [](SSL*, unsigned char const** out, unsigned char* size, unsigned char const* in, unsigned length, void*) {
            constexpr std::string_view only{"\x08http/1.1"};
            if (std::string_view{reinterpret_cast<char const*>(in), length} != only)
                return SSL_TLSEXT_ERR_ALERT_FATAL;
            *out = in + 1;
            *size = 8;
            return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    return server;
}

context_ptr make_server(int version) { return make_server(version, authority().issue()); }

/// A certificate that signs itself, so that whoever trusts it looks at nothing but its names and its key.
/// @param alternative its subjectAltName, or none
emulation::certified_key make_certificate(char const* common_name, char const* alternative, EVP_PKEY* key)
{
    emulation::certified_key made{emulation::openssl_ptr<EVP_PKEY>{key}, emulation::openssl_ptr<X509>{X509_new()}};
    auto* const own = made.certificate.get();
    X509_set_version(own, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(own), 1);
    X509_gmtime_adj(X509_getm_notBefore(own), -60);
    X509_gmtime_adj(X509_getm_notAfter(own), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(own), "CN", MBSTRING_UTF8,
                               reinterpret_cast<unsigned char const*>(common_name), -1, -1, 0);
    X509_set_issuer_name(own, X509_get_subject_name(own));
    X509_set_pubkey(own, key);
    if (alternative != nullptr) {
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension{
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative), &X509_EXTENSION_free};
        BOOST_REQUIRE(X509_add_ext(own, extension.get(), -1) == 1);
    }
    BOOST_REQUIRE(X509_sign(own, key, EVP_sha256()) > 0);
    return made;
}

template <class Write>
std::string text_of(Write write)
{
    std::unique_ptr<BIO, transport::openssl_deleter> const memory{BIO_new(BIO_s_mem())};
    BOOST_REQUIRE(write(memory.get()) == 1);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate)
{
    return text_of([&](BIO* to) { return PEM_write_bio_X509(to, certificate); });
}

/// A file that is gone afterwards.
class temporary_file {
public:
    explicit temporary_file(std::string_view text)
        : path_{(std::filesystem::temp_directory_path() / "rtkhooks-XXXXXX").string()}
    {
        auto const descriptor = mkstemp(path_.data());
        BOOST_REQUIRE(descriptor >= 0);
        BOOST_REQUIRE(write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        close(descriptor);
    }
    ~temporary_file() { unlink(path_.c_str()); }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;

    std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// A client engine and an OpenSSL server that talk over memory.
class conversation {
public:
    conversation(tls_context& client, SSL_CTX* server, std::string const& host = "localhost", bool address = false)
        : engine{client.connect(host, address)}, server_{SSL_new(server)}
    {
        SSL_set_bio(server_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(server_.get());
    }

    /// Lets both talk until neither has more to say.
    /// @param piece how many bytes the client gets at once
    void talk(std::size_t piece = 1 << 20)
    {
        step_client({});
        for (bool moved = true; moved;) {
            moved = to_server();
            for (auto bytes = from_server(); !bytes.empty();) {
                moved = true;
                auto const part = bytes.substr(0, piece);
                bytes.erase(0, part.size());
                step_client(part);
            }
        }
    }
    void server_writes(std::string_view text)
    {
        std::size_t written = 0;
        BOOST_TEST(SSL_write_ex(server_.get(), text.data(), text.size(), &written) == 1);
    }
    void client_writes(std::string_view text) { BOOST_TEST(name(engine.write(text)) == "ok"); }
    /// Bytes that no TLS library wrote.
    void forge(std::string_view bytes) { step_client(bytes); }
    SSL* server() const { return server_.get(); }
    bool shaken() const { return shaken_; }

    tls_engine engine;
    status last = status::want_input; ///< of the client
    std::string client_read;
    std::string server_read;
    bool server_closed = false; ///< a close_notify came

private:
    void step_client(std::string_view bytes)
    {
        if (last == status::failed || last == status::closed)
            return;
        engine.feed(bytes);
        if (!shaken_) {
            last = engine.handshake();
            shaken_ = last == status::ok;
        }
        while (shaken_) {
            std::array<char, 1000> room;
            std::size_t size = 0;
            last = engine.read(room.data(), room.size(), size);
            client_read.append(room.data(), size);
            if (last != status::ok)
                break;
        }
    }
    bool to_server()
    {
        auto const bytes = std::exchange(engine.output(), {});
        if (!bytes.empty())
            BIO_write(SSL_get_rbio(server_.get()), bytes.data(), static_cast<int>(bytes.size()));
        std::array<char, 1000> room;
        std::size_t size = 0;
        ERR_clear_error();
        int returned = 0;
        while ((returned = SSL_read_ex(server_.get(), room.data(), room.size(), &size)) == 1)
            server_read.append(room.data(), size);
        server_closed = server_closed || SSL_get_error(server_.get(), returned) == SSL_ERROR_ZERO_RETURN;
        ERR_clear_error();
        return !bytes.empty();
    }
    std::string from_server()
    {
        char* data = nullptr;
        auto const size = BIO_get_mem_data(SSL_get_wbio(server_.get()), &data);
        std::string bytes{data, static_cast<std::size_t>(size)};
        (void)BIO_reset(SSL_get_wbio(server_.get()));
        return bytes;
    }

    transport::ssl_ptr server_;
    bool shaken_ = false;
};

/// One connection from beginning to end.
/// @return whether it resumed a session
bool connect_and_close(tls_context& client, SSL_CTX* server)
{
    conversation talk{client, server};
    talk.talk();
    BOOST_TEST(talk.shaken(), talk.engine.reason());
    bool const resumed = talk.engine.resumed();
    BOOST_TEST(resumed == (SSL_session_reused(talk.server()) == 1));
    talk.engine.shutdown();
    talk.talk();
    BOOST_TEST(talk.server_closed);
    SSL_shutdown(talk.server()); // or it would forget the session
    return resumed;
}

constexpr std::array versions{TLS1_2_VERSION, TLS1_3_VERSION};

} // namespace

BOOST_AUTO_TEST_CASE(talks_however_the_bytes_are_split)
{
    for (auto const version : versions) {
        for (auto const piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
            BOOST_TEST_CONTEXT("version " << version << ", " << piece << " bytes at once")
            {
                tls_context client{trusting(), std::nullopt};
                auto const server = make_server(version);
                conversation talk{client, server.get()};
                talk.talk(piece);
                BOOST_REQUIRE_MESSAGE(talk.shaken(), talk.engine.reason());
                BOOST_TEST(SSL_version(talk.server()) == version);
                BOOST_TEST(SSL_get_servername(talk.server(), TLSEXT_NAMETYPE_host_name) == "localhost"s, "P40: SNI");
                unsigned char const* chosen = nullptr;
                unsigned size = 0;
                SSL_get0_alpn_selected(talk.server(), &chosen, &size);
                BOOST_TEST(size == 8u, "P40: ALPN");
                talk.client_writes("question");
                talk.talk(piece);
                BOOST_TEST(talk.server_read == "question");
                talk.server_writes("answer");
                talk.server_writes(" in two records");
                talk.talk(piece);
                BOOST_TEST(talk.client_read == "answer in two records");
                BOOST_TEST(name(talk.last) == "want_input");
                BOOST_TEST(talk.engine.reason() == "");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(addresses_are_verified_and_not_named)
{
    for (auto const* const host : {"127.0.0.1", "::1"}) {
        tls_context client{trusting(), std::nullopt};
        auto const server = make_server(TLS1_3_VERSION);
        conversation talk{client, server.get(), host, true};
        talk.talk();
        BOOST_TEST(talk.shaken(), host << ": " << talk.engine.reason());
        BOOST_TEST((SSL_get_servername(talk.server(), TLSEXT_NAMETYPE_host_name) == nullptr), "P40, F3: no SNI");
    }
}

BOOST_AUTO_TEST_CASE(a_dot_behind_a_host_is_the_resolvers)
{
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_3_VERSION);
    conversation talk{client, server.get(), "localhost."};
    talk.talk();
    BOOST_TEST(talk.shaken(), talk.engine.reason());
    BOOST_TEST(SSL_get_servername(talk.server(), TLSEXT_NAMETYPE_host_name) == "localhost"s);
}

BOOST_AUTO_TEST_CASE(names_that_would_turn_the_check_off_are_none)
{
    tls_context client{trusting(), std::nullopt};
    for (auto const* const host : {"", ".", ".localhost"})
        BOOST_CHECK_THROW((void)client.connect(host, false), std::bad_alloc);
    BOOST_CHECK_THROW((void)client.connect("", true), std::bad_alloc);
    BOOST_CHECK_THROW((void)client.connect("localhost", true), std::bad_alloc);
}

BOOST_AUTO_TEST_CASE(certificates_that_are_refused)
{
    constexpr std::time_t day = 24 * 60 * 60;
    static emulation::certificate_authority const stranger;
    struct row {
        std::string name;
        std::string host;
        bool address;
        emulation::certificate_authority const* trusted;
        std::time_t offset;
        std::string reason;
    };
    std::string const refused = "the server's certificate is refused: ";
    row const rows[] = {
        {"row 21: another host", "example.com", false, &authority(), 0, refused + "hostname mismatch"},
        {"row 21: a name below it", "a.localhost", false, &authority(), 0, refused + "hostname mismatch"},
        {"row 21: a name that begins so", "localhost.example", false, &authority(), 0, refused + "hostname mismatch"},
        {"row 21, F3: its common name is not looked at", "rtkhooks", false, &authority(), 0, refused + "hostname"},
        {"row 21: another address", "127.0.0.2", true, &authority(), 0, refused + "IP address mismatch"},
        {"row 21: an address as a name", "127.0.0.1", false, &authority(), 0, refused},
        {"row 20: unknown authority", "localhost", false, &stranger, 0, refused},
        {"row 17: expired", "localhost", false, &authority(), 366 * day,
         refused + "certificate has expired (or this machine's clock is wrong)"},
        {"row 18: not yet valid", "localhost", false, &authority(), -2 * day,
         refused + "certificate is not yet valid (or this machine's clock is wrong)"},
    };
    for (auto const& each : rows) {
        for (auto const version : versions) {
            BOOST_TEST_CONTEXT(each.name << ", version " << version)
            {
                tls_context client{trusting(*each.trusted), std::time(nullptr) + each.offset};
                auto const server = make_server(version);
                conversation talk{client, server.get(), each.host, each.address};
                talk.talk();
                BOOST_TEST(name(talk.last) == "failed");
                BOOST_TEST(!talk.shaken());
                BOOST_TEST(talk.engine.reason().starts_with(each.reason), talk.engine.reason());
                BOOST_TEST((talk.engine.cause().category() == boost::asio::error::get_ssl_category()));
                BOOST_TEST(talk.engine.cause().failed());
                BOOST_TEST(!talk.engine.broken_record(), "it is a decision");
                BOOST_TEST(talk.server_read == "", "P39: not one byte of a request");
                BOOST_TEST(name(talk.engine.write("request")) == "failed", "P39");
                talk.engine.shutdown();
                BOOST_TEST(talk.engine.output() == "", "nothing after the alert");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(names_of_certificates)
{
    struct row {
        char const* name;
        char const* common_name;
        char const* alternative;
        char const* host;
        bool taken;
    };
    row const rows[] = {
        {"the name itself", "x", "DNS:a.example", "a.example", true},
        {"in another case", "x", "DNS:A.Example", "a.example", true},
        {"one of several", "x", "DNS:b.example,DNS:a.example", "a.example", true},
        {"a wildcard", "x", "DNS:*.a.example", "b.a.example", true},
        {"row 21: a wildcard is one label", "x", "DNS:*.a.example", "c.b.a.example", false},
        {"row 21: and not none", "x", "DNS:*.a.example", "a.example", false},
        {"row 21, F3: a part of a label", "x", "DNS:b*.a.example", "bc.a.example", false},
        {"row 21: a wildcard further on", "x", "DNS:b.*.example", "b.a.example", false},
        {"row 21: a wildcard alone", "x", "DNS:*", "a", false},
        {"row 21, F3: a common name alone", "a.example", nullptr, "a.example", false},
        {"row 21, F3: a common name beside others", "a.example", "DNS:b.example", "a.example", false},
        {"row 21, F3: a common name beside an email", "a.example", "email:a@a.example", "a.example", false},
        {"row 21: an address as a name", "x", "DNS:127.0.0.1", "127.0.0.1", false},
        {"row 21: a name that goes on", "x", "DNS:a.example.evil", "a.example", false},
    };
    for (auto const& each : rows) {
        auto const own = make_certificate(each.common_name, each.alternative, EVP_EC_gen("P-256"));
        client_config::tls_config config;
        config.ca_pem = pem(own.certificate.get());
        tls_context client{config, std::nullopt};
        auto const server = make_server(TLS1_3_VERSION, own);
        conversation talk{client, server.get(), each.host, std::string_view{each.host} == "127.0.0.1"};
        talk.talk();
        BOOST_TEST(talk.shaken() == each.taken, each.name << ": " << talk.engine.reason());
    }
}

BOOST_AUTO_TEST_CASE(weak_keys_are_refused)
{
    for (auto const bits : {1024u, 2048u}) {
        auto const own = make_certificate("x", "DNS:a.example", EVP_RSA_gen(bits));
        client_config::tls_config config;
        config.ca_pem = pem(own.certificate.get());
        tls_context client{config, std::nullopt};
        auto const server = make_server(TLS1_3_VERSION, own);
        conversation talk{client, server.get(), "a.example"};
        talk.talk();
        BOOST_TEST(talk.shaken() == (bits == 2048), "row 23: RSA " << bits << ": " << talk.engine.reason());
    }
}

BOOST_AUTO_TEST_CASE(times_within_validity_are_taken)
{
    for (auto const days : {0, 8}) {
        tls_context client{trusting(), std::time(nullptr) + days * 24 * 60 * 60};
        auto const server = make_server(TLS1_3_VERSION);
        conversation talk{client, server.get()};
        talk.talk();
        BOOST_TEST(talk.shaken(), talk.engine.reason());
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_trusted_without_a_reason)
{
    client_config::tls_config config;
    config.system_store = false;
    tls_context client{config, std::nullopt};
    auto const server = make_server(TLS1_3_VERSION);
    conversation talk{client, server.get()};
    talk.talk();
    BOOST_TEST(!talk.shaken(), "F2");
}

BOOST_AUTO_TEST_CASE(the_systems_store_is_trusted_where_nothing_else_is_or_where_asked_for)
{
    static emulation::certificate_authority const stranger;
    temporary_file const store{authority().pem()};
    temporary_file const other{stranger.pem()};
    // OpenSSL takes the file that this names for the system's store.
    test::environment_variable const named{"SSL_CERT_FILE", store.path()};
    struct row {
        std::string_view name;
        std::string pem, file;
        std::optional<bool> system;
        bool trusted;
    };
    row const rows[] = {
        {"nothing else", {}, {}, {}, true},
        {"nothing else, and asked for", {}, {}, true, true},
        {"nothing at all", {}, {}, false, false},
        {"another text", stranger.pem(), {}, {}, false},
        {"another text, and asked for", stranger.pem(), {}, true, true},
        {"another file", {}, other.path(), {}, false},
        {"another file, and asked for", {}, other.path(), true, true},
        {"text", authority().pem(), {}, {}, true},
        {"a file", {}, store.path(), {}, true},
        {"several in one text", stranger.pem() + authority().pem(), {}, false, true},
        {"a file and a text", authority().pem(), other.path(), false, true},
    };
    auto const server = make_server(TLS1_3_VERSION);
    for (auto const& each : rows) {
        client_config::tls_config config;
        config.ca_pem = each.pem;
        config.ca_file = each.file;
        config.system_store = each.system;
        tls_context client{config, std::nullopt};
        conversation talk{client, server.get()};
        talk.talk();
        BOOST_TEST(talk.shaken() == each.trusted, "F2: " << each.name << ": " << talk.engine.reason());
    }
}

BOOST_AUTO_TEST_CASE(old_versions_are_refused)
{
    struct row {
        int server;
        tls_version least;
        bool agree;
    };
    for (auto const& each :
         {row{TLS1_VERSION, tls_version::v1_2, false}, row{TLS1_1_VERSION, tls_version::v1_2, false},
          row{TLS1_2_VERSION, tls_version::v1_2, true}, row{TLS1_2_VERSION, tls_version::v1_3, false},
          row{TLS1_3_VERSION, tls_version::v1_3, true}}) {
        auto config = trusting();
        config.min_version = each.least;
        tls_context client{config, std::nullopt};
        auto const server = make_server(each.server);
        conversation talk{client, server.get()};
        talk.talk();
        BOOST_TEST(talk.shaken() == each.agree, "row 23, P38: version " << each.server << ": " << talk.engine.reason());
        BOOST_TEST((name(talk.last) == "failed") != each.agree);
    }
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed)
{
    for (auto const version : versions) {
        BOOST_TEST_CONTEXT("version " << version)
        {
            tls_context client{trusting(), std::nullopt};
            auto const server = make_server(version);
            BOOST_TEST(!connect_and_close(client, server.get()));
            for (int i = 0; i != 5; ++i)
                BOOST_TEST(connect_and_close(client, server.get()), "connection " << i);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tls_1_2_session_serves_many_connections)
{
    // By session id: the server sends it once, in the first handshake.
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_2_VERSION);
    SSL_CTX_set_options(server.get(), SSL_OP_NO_TICKET);
    BOOST_TEST(!connect_and_close(client, server.get()));
    std::vector<std::unique_ptr<conversation>> open;
    for (int i = 0; i != 5; ++i) {
        open.push_back(std::make_unique<conversation>(client, server.get()));
        open.back()->talk();
        BOOST_TEST(open.back()->engine.resumed(), "connection " << i);
    }
}

BOOST_AUTO_TEST_CASE(a_tls_1_3_ticket_serves_one_connection)
{
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(server.get(), 1);
    BOOST_TEST(!connect_and_close(client, server.get()));
    conversation one{client, server.get()};
    conversation two{client, server.get()};
    for (auto* const each : {&one, &two}) // both offer what they have before either gets more
        BOOST_TEST(name(each->engine.handshake()) == "want_input");
    one.talk();
    two.talk();
    BOOST_TEST(one.engine.resumed());
    BOOST_TEST(two.shaken());
    BOOST_TEST(!two.engine.resumed(), "a ticket used twice links connections");
}

BOOST_AUTO_TEST_CASE(large_tickets_are_not_kept)
{
    static std::string const whole(12'000, 'x');
    struct row {
        std::size_t size; ///< of what is in the ticket besides
        bool kept;
    };
    for (auto const version : versions) {
        for (auto const& each : {row{0, true}, row{7'000, true}, row{8'192, false}, row{whole.size(), false}}) {
            BOOST_TEST_CONTEXT("version " << version << ", " << each.size << " bytes")
            {
                tls_context client{trusting(), std::nullopt};
                auto const server = make_server(version);
                auto size = each.size;
                SSL_CTX_set_session_ticket_cb(
                    server.get(),
                    [](SSL* connection, void* more) {
                        return SSL_SESSION_set1_ticket_appdata(SSL_get_session(connection), whole.data(),
                                                               *static_cast<std::size_t const*>(more));
                    },
                    nullptr, &size);
                BOOST_TEST(!connect_and_close(client, server.get()));
                for (int i = 0; i != 3; ++i)
                    BOOST_TEST(connect_and_close(client, server.get()) == each.kept, "connection " << i);
                SSL_CTX_set_session_ticket_cb(server.get(), nullptr, nullptr, nullptr);
                connect_and_close(client, server.get());
                BOOST_TEST(connect_and_close(client, server.get()), "one of the usual size");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(sessions_that_are_not_resumed)
{
    for (auto const version : versions) {
        BOOST_TEST_CONTEXT("version " << version)
        {
            auto const server = make_server(version);
            tls_context client{trusting(), std::nullopt};
            BOOST_TEST(!connect_and_close(client, server.get()));
            tls_context other{trusting(), std::nullopt};
            BOOST_TEST(!connect_and_close(other, server.get()), "P41: another client's");
            auto const restarted = make_server(version);
            BOOST_TEST(!connect_and_close(client, restarted.get()), "a server that forgot it");

            auto config = trusting();
            config.session_resumption = false;
            tls_context without{config, std::nullopt};
            BOOST_TEST(!connect_and_close(without, server.get()));
            BOOST_TEST(!connect_and_close(without, server.get()), "turned off");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_resumed_session_is_not_verified_again)
{
    static emulation::certificate_authority const stranger;
    auto const own = stranger.issue();
    auto config = trusting();
    config.session_resumption = false;
    for (auto const version : versions) {
        BOOST_TEST_CONTEXT("version " << version)
        {
            auto const server = make_server(version);
            tls_context client{trusting(), std::nullopt};
            tls_context careful{config, std::nullopt};
            BOOST_TEST(!connect_and_close(client, server.get()));
            BOOST_REQUIRE(SSL_CTX_use_certificate(server.get(), own.certificate.get()) == 1);
            BOOST_REQUIRE(SSL_CTX_use_PrivateKey(server.get(), own.key.get()) == 1);
            conversation talk{careful, server.get()};
            talk.talk();
            BOOST_TEST(!talk.shaken(), "without resumption each is verified");
            BOOST_TEST(connect_and_close(client, server.get()), "as SECURITY.md says");
        }
    }
}

BOOST_AUTO_TEST_CASE(shutdown_says_so_once)
{
    for (auto const version : versions) {
        tls_context client{trusting(), std::nullopt};
        auto const server = make_server(version);
        conversation talk{client, server.get()};
        talk.engine.shutdown();
        BOOST_TEST(talk.engine.output() == "", "not before the handshake");
        talk.talk();
        talk.engine.shutdown();
        BOOST_TEST(talk.engine.output().size() > 0u);
        talk.talk();
        BOOST_TEST(talk.server_closed);
        talk.engine.shutdown();
        BOOST_TEST(talk.engine.output() == "");
    }
}

BOOST_AUTO_TEST_CASE(the_servers_end_is_seen)
{
    for (auto const version : versions) {
        tls_context client{trusting(), std::nullopt};
        auto const server = make_server(version);
        conversation talk{client, server.get()};
        talk.talk();
        talk.server_writes("last words");
        SSL_shutdown(talk.server());
        talk.talk();
        BOOST_TEST(talk.client_read == "last words");
        BOOST_TEST(name(talk.last) == "closed");
    }
}

BOOST_AUTO_TEST_CASE(broken_records_and_alerts_differ)
{
    std::string const forged[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", "\x17\x03\x03\x00\x20"s.append(32, 'x'),
                                  "\x17\x03\x03\xff\xff", std::string(100, '\0')};
    for (auto const version : versions) {
        for (auto const& bytes : forged) {
            tls_context client{trusting(), std::nullopt};
            auto const server = make_server(version);
            conversation talk{client, server.get()};
            talk.talk();
            talk.forge(bytes);
            BOOST_TEST(name(talk.last) == "failed", "row 26");
            BOOST_TEST(talk.engine.broken_record(), "row 26: " << talk.engine.reason());
            BOOST_TEST(talk.client_read == "");
            BOOST_TEST(talk.engine.reason() != "");
        }
    }
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_3_VERSION);
    conversation plain{client, server.get()};
    plain.forge("HTTP/1.1 400 Bad Request\r\n\r\n");
    BOOST_TEST(name(plain.last) == "failed", "row 13");
    BOOST_TEST(!plain.shaken());
}

BOOST_AUTO_TEST_CASE(a_demand_for_a_client_certificate_is_named)
{
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_3_VERSION);
    SSL_CTX_set_verify(server.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    conversation talk{client, server.get()};
    talk.talk();
    BOOST_TEST(talk.shaken(), "row 24: the alert comes after the handshake");
    BOOST_TEST(name(talk.last) == "failed");
    BOOST_TEST(!talk.engine.broken_record());
    BOOST_TEST(talk.engine.reason().find("tls.client_certificate_file") != std::string::npos, talk.engine.reason());
}

BOOST_AUTO_TEST_CASE(keys_can_be_changed_and_tickets_come_late)
{
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_3_VERSION);
    conversation talk{client, server.get()};
    talk.talk();
    BOOST_TEST(SSL_key_update(talk.server(), SSL_KEY_UPDATE_REQUESTED) == 1);
    talk.server_writes("ans");
    talk.talk();
    BOOST_TEST(SSL_new_session_ticket(talk.server()) == 1);
    talk.server_writes("wer");
    talk.talk();
    BOOST_TEST(talk.client_read == "answer", "row 29");
    BOOST_TEST(name(talk.last) == "want_input", "row 29: " << talk.engine.reason());
    talk.client_writes("question");
    talk.talk();
    BOOST_TEST(talk.server_read == "question", "row 29: with the new key");
}

BOOST_AUTO_TEST_CASE(renegotiation_is_refused)
{
    tls_context client{trusting(), std::nullopt};
    auto const server = make_server(TLS1_2_VERSION);
    conversation talk{client, server.get()};
    talk.talk();
    BOOST_TEST(SSL_renegotiate(talk.server()) == 1);
    SSL_do_handshake(talk.server());
    talk.talk();
    BOOST_TEST(SSL_num_renegotiations(talk.server()) <= 1, "row 30: asked for at most");
    BOOST_TEST(!SSL_is_init_finished(talk.server()), "row 30: and never done");
    BOOST_TEST((talk.last == status::want_input || talk.last == status::failed), "row 30: no hang");
}

BOOST_AUTO_TEST_CASE(a_request_is_one_record_and_a_large_one_is_whole)
{
    for (auto const version : versions) {
        tls_context client{trusting(), std::nullopt};
        auto const server = make_server(version);
        conversation talk{client, server.get()};
        talk.talk();
        talk.client_writes(std::string(4000, 'x'));
        auto const& output = talk.engine.output();
        BOOST_REQUIRE(output.size() > 4000u);
        auto const byte = [&](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(output[i]));
        };
        BOOST_TEST(byte(0) == 23u);
        BOOST_TEST(5 + byte(3) * 256 + byte(4) == output.size());
        talk.talk();
        std::string const large(3'000'000, 'y');
        talk.client_writes(large);
        talk.talk();
        BOOST_TEST((talk.server_read == std::string(4000, 'x') + large));
    }
}

BOOST_AUTO_TEST_CASE(bad_configurations_name_the_member)
{
    auto const reason = [](auto change) -> std::string {
        client_config::tls_config config = trusting();
        change(config);
        try {
            tls_context const context{config, std::nullopt};
            return "none";
        } catch (exception const& problem) {
            BOOST_TEST((problem.error().code() == errc::invalid_argument));
            return problem.what();
        }
    };
    using config = client_config::tls_config;
    BOOST_TEST(reason([](config&) {}) == "none");
    BOOST_TEST(reason([](config& c) { c.ca_pem += authority().pem(); }) == "none", "twice the same is no harm");
    auto const names = [&](std::string_view member, std::string_view what, auto change) {
        auto const text = reason(change);
        BOOST_TEST(text.find(member) != std::string::npos, member << ", " << what << ": " << text);
        BOOST_TEST(ERR_peek_error() == 0u, "and nothing is left behind");
    };
    names("tls.ca_file", "absent", [](config& c) { c.ca_file = "/nonexistent/ca.pem"; });
    names("tls.ca_file", "no certificate", [](config& c) { c.ca_file = "/dev/null"; });
    names("tls.ca_directory", "absent", [](config& c) { c.ca_directory = "/nonexistent"; });
    names("tls.ca_directory", "a file", [](config& c) { c.ca_directory = "/dev/null"; });
    names("tls.ca_pem", "no certificate", [](config& c) { c.ca_pem = "hello"; });
    names("tls.ca_pem", "cut off", [](config& c) { c.ca_pem.resize(c.ca_pem.size() / 2); });
    names("tls.ca_pem", "damaged", [](config& c) { c.ca_pem[c.ca_pem.size() / 2] = '!'; });
    names("tls.ca_pem", "a good one, then half another",
          [](config& c) { c.ca_pem += c.ca_pem.substr(0, c.ca_pem.size() / 2); });
    names("tls.client_certificate_file", "without a key", [](config& c) { c.client_certificate_file = "x"; });
    names("tls.client_key_file", "without a certificate", [](config& c) { c.client_key_file = "x"; });
    names("tls.client_certificate_file", "absent",
          [](config& c) { c.client_certificate_file = c.client_key_file = "/nonexistent/client.pem"; });

    // One that is encrypted, where the password could be had from standard input if there is no terminal.
    std::string password = "password";
    auto const own = authority().issue();
    temporary_file const certificate{pem(own.certificate.get())};
    temporary_file const key{text_of([&](BIO* to) {
        return PEM_write_bio_PrivateKey(to, own.key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, password.data());
    })};
    std::array<int, 2> input{};
    BOOST_REQUIRE(pipe(input.data()) == 0);
    password += '\n';
    BOOST_REQUIRE(write(input[1], password.data(), password.size()) == static_cast<ssize_t>(password.size()));
    close(input[1]);
    int const before = dup(0);
    dup2(input[0], 0);
    names("tls.client_key_file", "encrypted", [&](config& c) {
        c.client_certificate_file = certificate.path();
        c.client_key_file = key.path();
    });
    auto const sealed = [](std::string text) { // PEM lets a certificate be encrypted too (RFC 1421 section 4.6)
        return text.insert(text.find('\n') + 1, "Proc-Type: 4,ENCRYPTED\n"
                                                "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n");
    };
    temporary_file const sealed_certificate{sealed(pem(own.certificate.get()))};
    names("tls.client_certificate_file", "an encrypted certificate", [&](config& c) {
        c.client_certificate_file = sealed_certificate.path();
        c.client_key_file = key.path();
    });
    names("tls.ca_file", "encrypted", [&](config& c) { c.ca_file = sealed_certificate.path(); });
    names("tls.ca_pem", "encrypted", [&](config& c) { c.ca_pem = sealed(c.ca_pem); });
    dup2(before, 0);
    BOOST_TEST(read(input[0], password.data(), password.size()) == static_cast<ssize_t>(password.size()),
               "nobody has asked for the password");
    close(before);
    close(input[0]);
}

BOOST_AUTO_TEST_SUITE_END()
