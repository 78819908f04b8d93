// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/utf8.hpp"

namespace rtkhooks::model {

namespace {

/// What may follow a lead byte: how long the sequence is, and the range of its second byte. The ranges are what keeps
/// overlong forms (E0, F0), surrogates (ED) and code points above U+10FFFF (F4) out.
struct sequence_form {
    std::size_t length = 0;
    unsigned char second_least = 0x80;
    unsigned char second_most = 0xbf;
};

constexpr sequence_form form_of(unsigned char lead) noexcept
{
    if (lead < 0x80)
        return {1};
    if (lead < 0xc2)
        return {};
    if (lead < 0xe0)
        return {2};
    if (lead == 0xe0)
        return {3, 0xa0, 0xbf};
    if (lead == 0xed)
        return {3, 0x80, 0x9f};
    if (lead < 0xf0)
        return {3};
    if (lead == 0xf0)
        return {4, 0x90, 0xbf};
    if (lead < 0xf4)
        return {4};
    if (lead == 0xf4)
        return {4, 0x80, 0x8f};
    return {};
}

} // namespace

std::size_t utf8_sequence_length(std::string_view text) noexcept
{
    if (text.empty())
        return 0;
    auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto const form = form_of(byte(0));
    if (form.length < 2)
        return form.length;
    if (text.size() < form.length || byte(1) < form.second_least || byte(1) > form.second_most)
        return 0;
    for (std::size_t i = 2; i < form.length; ++i)
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    return form.length;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept
{
    std::size_t at = 0;
    while (at < text.size()) {
        auto const length = utf8_sequence_length(text.substr(at));
        if (length == 0)
            return at;
        at += length;
    }
    return std::nullopt;
}

} // namespace rtkhooks::model
