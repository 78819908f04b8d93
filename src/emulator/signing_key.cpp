// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/signing_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <utility>

namespace rtkhooks::emulation {
namespace {

constexpr unsigned bits = 2048;

void require(bool succeeded, char const* step)
{
    if (succeeded)
        return;
    ERR_clear_error();
    throw std::runtime_error{step};
}

std::string to_pem(EVP_PKEY* key)
{
    std::unique_ptr<BIO, decltype(&BIO_free)> const memory{BIO_new(BIO_s_mem()), &BIO_free};
    require(memory && PEM_write_bio_PUBKEY(memory.get(), key) == 1, "the key for deliveries cannot be written");
    char* text = nullptr;
    auto const length = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string to_base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // and the zero that OpenSSL puts behind
    auto const length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

} // namespace

signing_key::signing_key() : key_{EVP_RSA_gen(bits)}
{
    require(key_ != nullptr, "a key for deliveries cannot be made");
    public_pem_ = to_pem(key_.get());
}

std::string signing_key::sign(std::string_view body) const
{
    constexpr char const* step = "a delivery cannot be signed";
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    EVP_PKEY_CTX* settings = nullptr;
    require(context && EVP_DigestSignInit(context.get(), &settings, EVP_sha256(), nullptr, key_.get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) == 1,
            step);
    std::string signature(bits / 8, '\0');
    auto size = signature.size();
    require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<unsigned char const*>(body.data()), body.size()) == 1,
            step);
    signature.resize(size);
    return to_base64(signature);
}

std::shared_ptr<signing_key const> signing_key_ring::current()
{
    std::lock_guard const lock{mutex_};
    if (!current_)
        current_ = std::make_shared<signing_key const>();
    return current_;
}

void signing_key_ring::rotate()
{
    auto made = std::make_shared<signing_key const>(); // before the lock, since it takes a while
    std::lock_guard const lock{mutex_};
    current_ = std::move(made);
}

} // namespace rtkhooks::emulation
