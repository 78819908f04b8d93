// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/token_file.hpp"

#include "cli/arguments.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

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

[[noreturn]] void refuse(std::string const& name, std::string const& reason)
{
    throw usage_error{"--api-token-file " + shown(name) + ": " + reason};
}

[[noreturn]] void refuse_by_errno(std::string const& name)
{
    refuse(name, boost::system::error_code{errno, boost::system::system_category()}.message());
}

// A descriptor that is closed with its owner, unless it is standard input.
class input {
public:
    explicit input(std::string const& name)
        : descriptor_{name == "-" ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC)}
    {
    }
    ~input()
    {
        if (descriptor_ > STDIN_FILENO)
            ::close(descriptor_);
    }
    input(input const&) = delete;
    input& operator=(input const&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

std::string read_all(input const& from, std::string const& name)
{
    std::string text;
    std::array<char, 4096> block{};
    while (text.size() <= longest_token) {
        auto const count = ::read(from.descriptor(), block.data(), block.size());
        if (count == 0)
            return text;
        if (count < 0 && errno != EINTR)
            refuse_by_errno(name);
        if (count > 0)
            text.append(block.data(), static_cast<std::size_t>(count));
    }
    refuse(name, "too long for a token");
}

} // namespace

std::string read_token(std::string const& name)
{
    input const from{name};
    if (from.descriptor() < 0)
        refuse_by_errno(name);
    auto token = read_all(from, name);
    token.erase(token.find_last_not_of("\r\n") + 1);
    if (token.empty())
        refuse(name, "empty: it must hold an API token");
    return token;
}

} // namespace rtkhooks::cli
