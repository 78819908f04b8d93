// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/config.hpp>

#include "transport/wipe.hpp"

#include <charconv>
#include <cstdlib>
#include <ostream>

namespace rtkhooks {

using transport::wipe;

namespace {

std::optional<std::string> variable(char const* name)
{
    auto const* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::optional<std::string>{value} : std::nullopt;
}

} // namespace

secret::secret(secret&& other) noexcept : value_{std::move(other.value_)}
{
    wipe(other.value_); // a short text was copied, not moved
}

secret& secret::operator=(secret const& other)
{
    if (this != &other) {
        wipe(value_);
        value_ = other.value_;
    }
    return *this;
}

secret& secret::operator=(secret&& other) noexcept
{
    if (this != &other) {
        wipe(value_);
        value_ = std::move(other.value_);
        wipe(other.value_);
    }
    return *this;
}

secret::~secret() { wipe(value_); }

std::ostream& operator<<(std::ostream& out, secret const&) { return out << "[secret]"; }

std::optional<resolve_override> resolve_override::parse(std::string_view text)
{
    auto const first = text.find(':');
    auto const second = first == text.npos ? text.npos : text.find(':', first + 1);
    if (second == text.npos)
        return std::nullopt;
    auto const host = text.substr(0, first);
    auto const port_text = text.substr(first + 1, second - first - 1);
    auto address = text.substr(second + 1);
    if (address.size() > 2 && address.front() == '[' && address.back() == ']')
        address = address.substr(1, address.size() - 2);
    std::uint16_t port = 0;
    auto const [end, problem] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (host.empty() || address.empty() || problem != std::errc{} || end != port_text.data() + port_text.size() ||
        port == 0)
        return std::nullopt;
    return resolve_override{std::string{host}, port, std::string{address}};
}

client_config client_config::from_environment()
{
    client_config config;
    auto const key = variable("CLOUDFLARE_API_KEY");
    auto const email = variable("CLOUDFLARE_EMAIL");
    if (auto token = variable("CLOUDFLARE_API_TOKEN"))
        config.auth = credentials::api_token(std::move(*token));
    else if (key && email)
        config.auth = credentials::global_key(*email, *key);
    if (auto url = variable("CLOUDFLARE_BASE_URL"))
        config.base_url = std::move(*url);
    return config;
}

} // namespace rtkhooks
