// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/identifier.hpp"
#include "emulator/route.hpp"
#include "emulator/server.hpp"
#include "emulator/tls_context.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/event.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace rtkhooks {
namespace {

constexpr std::chrono::hours a_day{24};

void require(bool holds, char const* explanation)
{
    if (!holds)
        throw exception{error{errc::invalid_argument, explanation}};
}

emulator_options complete(emulator_options options)
{
    auto const& token = options.token().reveal();
    require(std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; }),
            "emulator_options::token: only visible ASCII characters can be sent in a header");
    auto const window = options.rate_limit_window();
    require(options.rate_limit() == 0 || (window > std::chrono::seconds{0} && window <= a_day),
            "emulator_options::rate_limit: the window must be longer than 0 and at most a day");
    require(options.delivery_retries() <= 10, "emulator_options::delivery_retries: at most 10");
    require(options.delivery_pause() >= std::chrono::milliseconds{0} && options.delivery_pause() <= a_day,
            "emulator_options::delivery_retries: a pause from 0 to a day is needed");
    require(options.delivery_timeout() > std::chrono::milliseconds{0} && options.delivery_timeout() <= a_day,
            "emulator_options::delivery_timeout: a time of more than 0 and at most a day is needed");
    require(options.delivery_ca_pem().empty() || emulation::has_certificates(options.delivery_ca_pem()),
            "emulator_options::delivery_ca_pem: certificates as PEM text are needed");
    if (token.empty())
        options.token(emulation::make_token(40));
    return options;
}

} // namespace

class emulator::server {
public:
    explicit server(emulator_options options)
        : token_{options.token()},
          serving_{std::move(options), {}},
          base_url_{origin() + "/client/v4"},
          events_url_{origin().append(emulation::events_path)},
          key_url_{origin().append(emulation::public_key_path)}
    {
    }

    [[nodiscard]] std::string origin() const { return "https://localhost:" + std::to_string(serving_.port()); }

    secret token_;
    emulation::server serving_;
    std::string base_url_;
    std::string events_url_;
    std::string key_url_;
};

emulator::emulator(emulator_options options) : server_{std::make_unique<server>(complete(std::move(options)))} {}
emulator::~emulator() = default;
emulator::emulator(emulator&&) noexcept = default;
emulator& emulator::operator=(emulator&&) noexcept = default;

std::string const& emulator::base_url() const noexcept { return server_->base_url_; }

std::uint16_t emulator::port() const noexcept { return server_->serving_.port(); }

std::string const& emulator::ca_pem() const noexcept { return server_->serving_.ca_pem(); }

secret const& emulator::token() const noexcept { return server_->token_; }

client_config emulator::config() const
{
    client_config config;
    config.auth = credentials::api_token(token().reveal());
    config.base_url = base_url();
    config.tls.ca_pem = ca_pem();
    config.rate_limit.enabled = false;
    return config;
}

void emulator::fail_next(int status, std::size_t count, std::optional<std::chrono::seconds> retry_after)
{
    require(status >= 400 && status <= 599, "emulator::fail_next: a status from 400 to 599 is needed");
    server_->serving_.faults().add(emulation::fail_fault{status, retry_after}, count);
}

void emulator::drop_next(std::size_t count) { server_->serving_.faults().add(emulation::drop_fault{}, count); }

void emulator::delay_next(std::chrono::milliseconds delay, std::size_t count)
{
    require(delay >= std::chrono::milliseconds{0} && delay <= a_day,
            "emulator::delay_next: a time from 0 to a day is needed");
    server_->serving_.faults().add(emulation::delay_fault{delay}, count);
}

std::vector<std::string> emulator::emit(event const& what) { return server_->serving_.emit(encode(what)); }

std::vector<std::string> emulator::emit(std::string_view body) { return server_->serving_.emit(body); }

std::vector<emulator_delivery> emulator::deliveries() const { return server_->serving_.deliveries().list(); }

bool emulator::wait_for_deliveries(std::chrono::milliseconds patience) const
{
    return server_->serving_.deliveries().wait_until_none_is_pending(patience);
}

std::string const& emulator::events_url() const noexcept { return server_->events_url_; }

std::string const& emulator::key_url() const noexcept { return server_->key_url_; }

std::string emulator::public_key_pem() const { return server_->serving_.keys().current()->public_pem(); }

void emulator::rotate_key() { server_->serving_.keys().rotate(); }

emulator_stats emulator::stats() const { return server_->serving_.stats(); }

} // namespace rtkhooks
