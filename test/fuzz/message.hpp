// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "target.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

/// @file
/// An HTTP message, taken apart as RFC 9112 says and no other way; without the library, which is held to it.

namespace rtkhooks::fuzz {

[[nodiscard]] inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// @param right in lower case
[[nodiscard]] inline bool equals(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == b; });
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

[[nodiscard]] inline bool is_control(char c)
{
    auto const byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

[[nodiscard]] inline bool is_token(std::string_view text)
{
    return !text.empty() && text.find_first_of(" \t\"(),/:;<=>?@[\\]{}") == text.npos &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return is_control(c) || static_cast<unsigned char>(c) >= 0x80; });
}

struct field {
    std::string_view name;
    std::string_view value;
};

struct header {
    std::string_view start_line;
    std::vector<field> fields;
    std::size_t size = 0;

    /// @param name in lower case
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const
    {
        std::vector<std::string_view> values;
        for (auto const& each : fields)
            if (equals(each.name, name))
                values.push_back(each.value);
        return values;
    }
    /// Whether `Connection` has this option.
    [[nodiscard]] bool asks_for(std::string_view option) const
    {
        for (auto const value : all("connection"))
            for (auto const each : split(value, ','))
                if (equals(trimmed(each), option))
                    return true;
        return false;
    }
};

/// @return nothing where the bytes do not begin with a complete, well-formed header
[[nodiscard]] inline std::optional<header> read_header(std::string_view bytes)
{
    auto const end = bytes.find("\r\n\r\n");
    if (end == bytes.npos)
        return std::nullopt;
    header read;
    read.size = end + 4;
    auto lines = split(bytes.substr(0, end), '\n');
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        if (!lines[i].ends_with('\r'))
            return std::nullopt;
        lines[i].remove_suffix(1);
    }
    for (auto const line : lines)
        if (std::any_of(line.begin(), line.end(), is_control))
            return std::nullopt;
    read.start_line = lines.front();
    for (std::size_t i = 1; i < lines.size(); ++i) {
        auto const colon = lines[i].find(':');
        auto const name = lines[i].substr(0, colon);
        if (colon == std::string_view::npos || !is_token(name))
            return std::nullopt;
        read.fields.push_back({name, trimmed(lines[i].substr(colon + 1))});
    }
    return read;
}

struct body {
    std::string data;
    std::size_t size = 0;    ///< with what frames it
    std::size_t trailer = 0; ///< of that, behind the last chunk
};

[[nodiscard]] inline std::optional<std::size_t> number(std::string_view text, int base)
{
    std::size_t value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    bool const good = problem == std::errc{} && end == text.data() + text.size();
    return good ? std::optional{value} : std::nullopt;
}

/// Chunks: sizes, and what they say there is.
[[nodiscard]] inline std::optional<body> read_chunks(std::string_view bytes)
{
    body read;
    auto const line = [&]() -> std::optional<std::string_view> {
        auto const end = bytes.find("\r\n", read.size);
        if (end == bytes.npos)
            return std::nullopt;
        auto const found = bytes.substr(read.size, end - read.size);
        read.size = end + 2;
        return found;
    };
    for (;;) {
        auto const size_line = line();
        auto const digits = size_line ? size_line->substr(0, size_line->find_first_of("; \t")) : std::string_view{};
        auto const size = number(digits, 16);
        if (!size)
            return std::nullopt;
        if (*size == 0)
            break;
        if (*size > bytes.size() - read.size || !bytes.substr(read.size + *size).starts_with("\r\n"))
            return std::nullopt;
        read.data += bytes.substr(read.size, *size);
        read.size += *size + 2;
    }
    auto const begin = read.size;
    for (;;) {
        auto const trailer = line();
        if (!trailer)
            return std::nullopt;
        if (trailer->empty()) {
            read.trailer = read.size - begin;
            return read;
        }
    }
}

/// A body as so many chunks, of sizes from 1 to 100.
template <class Random>
[[nodiscard]] std::string in_chunks(std::string_view data, Random& random)
{
    std::string chunks;
    while (!data.empty()) {
        auto const chunk = data.substr(0, 1 + random() % 100);
        char size[16];
        std::snprintf(size, sizeof size, "%zx", chunk.size());
        chunks.append(size).append("\r\n").append(chunk).append("\r\n");
        data.remove_prefix(chunk.size());
    }
    return chunks + "0\r\n\r\n";
}

} // namespace rtkhooks::fuzz
