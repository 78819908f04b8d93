// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Checking and decoding a delivery, against the one part of it that cannot be had for less: OpenSSL's check of an RSA
// signature, which is what `openssl speed rsa2048` times.
#include "fixtures/events.hpp"
#include "fixtures/signing_key.hpp"
#include "processor_time.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/event.hpp>

#include <benchmark/benchmark.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace rtkhooks;

namespace {

/// A digest's signature, again and again, by a context that is kept.
class raw_check {
public:
    raw_check(std::string const& pem, std::string_view body, std::string signature) : signature_{std::move(signature)}
    {
        std::unique_ptr<BIO, decltype(&BIO_free)> const text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                             BIO_free};
        key_.reset(PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr));
        context_.reset(EVP_PKEY_CTX_new(key_.get(), nullptr));
        unsigned size = 0;
        if (!context_ || EVP_PKEY_verify_init(context_.get()) != 1 ||
            EVP_PKEY_CTX_set_rsa_padding(context_.get(), RSA_PKCS1_PADDING) != 1 ||
            EVP_PKEY_CTX_set_signature_md(context_.get(), EVP_sha256()) != 1 ||
            EVP_Digest(body.data(), body.size(), digest_.data(), &size, EVP_sha256(), nullptr) != 1)
            throw std::logic_error{"OpenSSL does not take the key"};
    }

    [[nodiscard]] bool operator()() const
    {
        return EVP_PKEY_verify(context_.get(), reinterpret_cast<unsigned char const*>(signature_.data()),
                               signature_.size(), digest_.data(), digest_.size()) == 1;
    }

private:
    std::string signature_;
    std::array<unsigned char, 32> digest_{};
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context_{nullptr, EVP_PKEY_CTX_free};
};

/// A delivery as it comes, and what is done with it.
class whole_check {
public:
    whole_check(std::string const& pem, std::string_view body, std::string signature)
        : key_{public_key::from_pem(pem).value()}, body_{body}, signature_{std::move(signature)}
    {
    }

    [[nodiscard]] bool operator()() const
    {
        auto const find = [this](std::string_view name) {
            return name == "rtk-signature" ? header_value{signature_} : header_value{};
        };
        return check_delivery(key_, find, body_).verdict == verdict::genuine && decode_event(body_).has_value();
    }

private:
    public_key key_;
    std::string body_;
    std::string signature_;
};

/// All nine events, both ways by turns, so that whatever else the machine does slows them alike. `speed` is that of the whole, as a share of
/// the raw check's; `rate` is how many a second one processor does.
void delivery_against_openssl(benchmark::State& state)
{
    auto const& signer = test::usual_key();
    std::vector<raw_check> raw;
    std::vector<whole_check> whole;
    for (auto const body : test::events::all) {
        raw.emplace_back(signer.public_pem(), body, signer.sign(body));
        whole.emplace_back(signer.public_pem(), body, signer.signature_of(body));
    }
    auto const seconds_of = [](auto const& checks) {
        auto const begin = bench::processor_seconds();
        for (auto const& check : checks) {
            if (!check())
                throw std::logic_error{"a genuine delivery was refused"};
        }
        return bench::processor_seconds() - begin;
    };
    double of_raw = 0;
    double of_whole = 0;
    for (auto _ : state) {
        of_raw += seconds_of(raw);
        of_whole += seconds_of(whole);
    }
    state.counters["speed"] = of_raw / of_whole;
    state.counters["rate"] = static_cast<double>(raw.size()) * static_cast<double>(state.iterations()) / of_whole;
}
BENCHMARK(delivery_against_openssl)->Unit(benchmark::kMicrosecond);

void decode_delivery(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(decode_event(test::events::recording_uploaded)); // the longest
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(test::events::recording_uploaded.size()));
}
BENCHMARK(decode_delivery);

} // namespace
