// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/identifier.hpp"
#include "emulator/server.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/error.hpp>

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
          base_url_{"https://localhost:" + std::to_string(serving_.port()) + "/client/v4"}
    {
    }

    secret token_;
    emulation::server serving_;
    std::string base_url_;
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

emulator_stats emulator::stats() const { return server_->serving_.stats(); }

} // namespace rtkhooks
