// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/public_key.hpp"

#include "delivery/base64.hpp"
#include "model/server_text.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <vector>

namespace rtkhooks {

namespace {

struct release {
    void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
    void operator()(EVP_MD_CTX* it) const noexcept { EVP_MD_CTX_free(it); }
    void operator()(BIGNUM* it) const noexcept { BN_free(it); }
    void operator()(unsigned char* it) const noexcept { OPENSSL_free(it); }
};
template <class T>
using owned = std::unique_ptr<T, release>;

/// Forgets the errors that OpenSSL notes meanwhile, and no others.
class own_errors {
public:
    own_errors() noexcept { ERR_set_mark(); }
    own_errors(own_errors const&) = delete;
    own_errors& operator=(own_errors const&) = delete;
    ~own_errors() { ERR_pop_to_mark(); }
};

constexpr std::size_t most_pem = 16 * 1024;
constexpr std::string_view pem_white_space = " \t\r\n";
constexpr int most_exponent_bits = 64; // of which a check takes about four times as long as with 65537

error bad_key(std::string_view reason)
{
    return error{errc::invalid_argument, std::string{"public key: "}.append(reason)};
}

// --- PEM (RFC 7468) ---------------------------------------------------------------------------------------------------

/// With line ends for what stands for them where JSON was escaped twice.
std::string with_line_ends(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const is_escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r');
        result += is_escape ? '\n' : text[i];
        i += is_escape ? 1 : 0;
    }
    return result;
}

/// Takes a prefix off a text, or says that it is not there.
bool take(std::string_view& text, std::string_view prefix) noexcept
{
    bool const good = text.starts_with(prefix);
    text.remove_prefix(good ? prefix.size() : 0);
    return good;
}

/// The one block's bytes. Not by OpenSSL, which looks for a block among other text, and asks for passwords.
result<std::vector<unsigned char>> public_key_block(std::string_view pem)
{
    if (pem.size() > most_pem)
        return bad_key("longer than " + std::to_string(most_pem) + " bytes");
    auto const text = with_line_ends(pem);
    std::string_view rest{text};
    rest.remove_prefix(std::min(rest.find_first_not_of(pem_white_space), rest.size()));
    if (rest.empty())
        return bad_key("the text is empty");
    if (!take(rest, "-----BEGIN "))
        return bad_key("the text does not begin with a PEM block");
    auto const label = rest.substr(0, rest.find("-----"));
    if (label != "PUBLIC KEY")
        return bad_key("expected a PEM block PUBLIC KEY, found " + model::server_text(label.substr(0, 40)));
    rest.remove_prefix(label.size() + 5);
    auto const content = rest.substr(0, rest.find('-'));
    rest.remove_prefix(content.size());
    if (!take(rest, "-----END PUBLIC KEY-----"))
        return bad_key("the PEM block has no end");
    if (rest.find_first_not_of(pem_white_space) != rest.npos)
        return bad_key("there is more behind the PEM block");

    std::string base64;
    base64.reserve(content.size());
    for (char const c : content)
        if (pem_white_space.find(c) == pem_white_space.npos)
            base64 += c;
    std::vector<unsigned char> bytes(delivery::most_bytes_of_base64(base64.size()));
    auto const size = delivery::decode_base64(base64, bytes);
    if (!size)
        return bad_key("the PEM block is no base64");
    bytes.resize(*size);
    return bytes;
}

// --- the key ----------------------------------------------------------------------------------------------------------

owned<BIGNUM> number_of(EVP_PKEY const* key, char const* name) noexcept
{
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key, name, &number);
    return owned<BIGNUM>{number};
}

/// @return why it is not to be used
std::optional<std::string> objection_to(EVP_PKEY const* key)
{
    if (EVP_PKEY_is_a(key, "RSA") != 1) { // nor RSA-PSS, which is a name of its own
        auto const* const name = EVP_PKEY_get0_type_name(key);
        return std::string{"expected an RSA key, found "}.append(name != nullptr ? name : "another");
    }
    auto const bits = EVP_PKEY_get_bits(key);
    if (bits < delivery::least_bits || bits > delivery::most_bits)
        return "a modulus of " + std::to_string(bits) + " bits, not of " + std::to_string(delivery::least_bits) +
               " to " + std::to_string(delivery::most_bits);
    auto const modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    auto const exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
    if (!modulus || !exponent)
        return "its numbers cannot be had";
    if (BN_is_odd(modulus.get()) == 0)
        return "an even modulus";
    // With 1 the signature is the padded digest itself, which anyone can write.
    if (BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) != 0 ||
        BN_num_bits(exponent.get()) > most_exponent_bits)
        return "an exponent that is not odd and from 3 to 2^64 - 1";
    return std::nullopt;
}

/// What each check starts from a copy of: to look up algorithms and to set up takes a tenth of a check's time.
owned<EVP_MD_CTX> checking_with(EVP_PKEY* key) noexcept
{
    owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* settings = nullptr; // the context's own
    if (context && EVP_DigestVerifyInit(context.get(), &settings, EVP_sha256(), nullptr, key) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) == 1)
        return context;
    return nullptr;
}

/// The SubjectPublicKeyInfo's SHA-256; empty where it cannot be had. Written anew, so that it is the key's own,
/// whichever way it was written.
std::string fingerprint_of(EVP_PKEY const* key)
{
    unsigned char* encoded = nullptr;
    int const size = i2d_PUBKEY(key, &encoded);
    owned<unsigned char> const der{encoded};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned digest_size = 0;
    if (size <= 0 ||
        EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), &digest_size, EVP_sha256(), nullptr) != 1)
        return {};
    std::string result;
    for (unsigned i = 0; i < digest_size; ++i)
        result.append(1, "0123456789abcdef"[digest[i] >> 4]).append(1, "0123456789abcdef"[digest[i] & 15]);
    return result;
}

} // namespace

struct public_key::state {
    owned<EVP_MD_CTX> ready; // holds the key
    int bits = 0;
    std::size_t signature_size = 0;
    std::string fingerprint;
};

result<public_key> public_key::from_pem(std::string_view pem)
{
    auto const bytes = public_key_block(pem);
    if (!bytes)
        return bytes.error();

    own_errors const forget;
    auto const* at = bytes->data();
    owned<EVP_PKEY> const key{d2i_PUBKEY(nullptr, &at, static_cast<long>(bytes->size()))};
    if (!key)
        return bad_key("no SubjectPublicKeyInfo of a kind that OpenSSL knows");
    if (at != bytes->data() + bytes->size())
        return bad_key("there are more bytes behind the SubjectPublicKeyInfo");
    if (auto const objection = objection_to(key.get()))
        return bad_key(*objection);

    auto made = std::make_shared<state>();
    made->ready = checking_with(key.get());
    made->bits = EVP_PKEY_get_bits(key.get());
    made->signature_size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    made->fingerprint = fingerprint_of(key.get());
    if (!made->ready || made->fingerprint.empty())
        return bad_key("OpenSSL has no RSA with SHA-256, or no memory");
    return public_key{std::move(made)};
}

int public_key::bits() const noexcept { return state_->bits; }
std::string const& public_key::fingerprint() const noexcept { return state_->fingerprint; }

std::ostream& operator<<(std::ostream& out, public_key const& key)
{
    return out << "RSA " << key.bits() << " bits, SHA-256 " << key.fingerprint();
}

// --- signatures -------------------------------------------------------------------------------------------------------

std::optional<delivery::signature> delivery::signature::from_base64(std::string_view text) noexcept
{
    std::optional<signature> result{std::in_place};
    auto const size = decode_base64(text, result->bytes_);
    result->size_ = size.value_or(0);
    if (result->size_ == 0)
        result.reset();
    return result;
}

verdict detail::public_key_access::verify(public_key const& key, std::string_view body,
                                          std::span<unsigned char const> signature) noexcept
{
    auto const& state = *key.state_;
    if (signature.size() != state.signature_size)
        return verdict::signature_mismatch;
    own_errors const forget;
    owned<EVP_MD_CTX> const context{EVP_MD_CTX_new()};
    if (!context || EVP_MD_CTX_copy_ex(context.get(), state.ready.get()) != 1)
        return verdict::undecided;
    int const outcome = EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                         reinterpret_cast<unsigned char const*>(body.data()), body.size());
    return outcome == 1 ? verdict::genuine : outcome == 0 ? verdict::signature_mismatch : verdict::undecided;
}

verdict verify(public_key const& key, std::string_view body, std::string_view text) noexcept
{
    auto const signature = delivery::signature::from_base64(text);
    return signature ? detail::public_key_access::verify(key, body, signature->bytes()) : verdict::signature_malformed;
}

} // namespace rtkhooks
