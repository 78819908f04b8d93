// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/token_file.hpp"

#include "cli/arguments.hpp"
#include "cli/input_file.hpp"

#include <algorithm>
#include <string_view>

namespace rtkhooks::cli {

namespace {

constexpr std::size_t longest_token = 16 * 1024;

// Someone may give the token itself where its file belongs: it is then not repeated.
bool looks_like_a_token(std::string_view name)
{
    constexpr std::size_t shortest_token = 37; // of the API's token formats
    auto const is_part = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    };
    return name.size() >= shortest_token && std::all_of(name.begin(), name.end(), is_part);
}

std::string shown(std::string const& name)
{
    return looks_like_a_token(name) ? "(not shown, since it looks like a token: give a file's name)" : "'" + name + "'";
}

} // namespace

std::string read_token(std::string const& name)
{
    auto const what = "--api-token-file " + shown(name);
    auto token = read_input(what, name, longest_token);
    token.erase(token.find_last_not_of("\r\n") + 1);
    if (token.empty())
        throw usage_error{what + ": empty: it must hold an API token"};
    return token;
}

} // namespace rtkhooks::cli
