// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/route.hpp"

#include <array>
#include <optional>

namespace rtkhooks::emulation {
namespace {

constexpr std::size_t longest_id = 128; // they are kept

int hexadecimal_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decode_percent(std::string_view segment)
{
    std::string decoded;
    decoded.reserve(segment.size());
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            decoded += segment[i];
            continue;
        }
        if (segment.size() - i < 3)
            return {};
        auto const high = hexadecimal_value(segment[i + 1]);
        auto const low = hexadecimal_value(segment[i + 2]);
        if (high < 0 || low < 0)
            return {};
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

// The path of any form of target (RFC 9112 section 3.2).
std::string_view path_of(std::string_view target)
{
    target = target.substr(0, target.find('?'));
    for (std::string_view const scheme : {"https://", "http://"}) {
        if (target.starts_with(scheme)) {
            auto const slash = target.find('/', scheme.size());
            return slash == std::string_view::npos ? std::string_view{"/"} : target.substr(slash);
        }
    }
    return target;
}

bool can_be_id(std::string_view segment)
{
    return !segment.empty() && segment != "." && segment != ".." && segment.size() <= longest_id;
}

} // namespace

route find_route(std::string_view target)
{
    auto path = path_of(target);
    if (path == events_path)
        return {route::resource::events, {}, {}, {}};
    if (path == public_key_path)
        return {route::resource::public_key, {}, {}, {}};
    if (path.starts_with("/client/v4/"))
        path.remove_prefix(std::string_view{"/client/v4"}.size());
    if (!path.starts_with('/'))
        return {};

    std::array<std::string, 7> segments;
    std::size_t count = 0;
    while (!path.empty()) {
        path.remove_prefix(1);
        auto const segment = path.substr(0, path.find('/'));
        auto decoded = decode_percent(segment);
        if (!decoded)
            return {route::resource::malformed, {}, {}, {}};
        if (count == segments.size())
            return {};
        segments[count++] = std::move(*decoded);
        path.remove_prefix(segment.size());
    }

    auto& [accounts, account, realtime, kit, app, webhooks, id] = segments;
    if (accounts != "accounts" || realtime != "realtime" || kit != "kit" || webhooks != "webhooks" ||
        !can_be_id(account) || !can_be_id(app))
        return {};
    if (count == 6)
        return {route::resource::collection, std::move(account), std::move(app), {}};
    if (!can_be_id(id))
        return {};
    auto const what = id == "all" ? route::resource::event_types : route::resource::item;
    return {what, std::move(account), std::move(app), std::move(id)};
}

} // namespace rtkhooks::emulation
