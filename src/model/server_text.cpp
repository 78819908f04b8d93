// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "model/server_text.hpp"

#include "model/utf8.hpp"
#include "text/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rtkhooks::model {

namespace {

constexpr std::string_view ellipsis = "\xe2\x80\xa6";

/// How far into a page its title is looked for: a body may have 1 GiB.
constexpr std::size_t title_within = 16'384;

/// One character as it is shown.
class shown_character {
public:
    /// @param text not empty
    explicit shown_character(std::string_view text) noexcept
    {
        taken_ = utf8_sequence_length(text);
        auto const lead = static_cast<unsigned char>(text.front());
        if (taken_ == 0) {
            taken_ = 1;
            escape('x', lead, 2);
        } else if (taken_ == 1 && (lead < 0x20 || lead == 0x7f)) {
            escape_control(lead);
        } else if (auto const code = code_point(text.substr(0, taken_)); is_deceptive(code)) {
            escape('u', code, 4);
        } else {
            shown_ = text.substr(0, taken_);
        }
    }

    /// How many bytes of the text it was.
    [[nodiscard]] std::size_t taken() const noexcept { return taken_; }
    [[nodiscard]] std::string_view shown() const noexcept
    {
        return escape_size_ == 0 ? shown_ : std::string_view{escape_.data(), escape_size_};
    }

private:
    /// Of a well-formed sequence; 0 for those of one or four bytes, among which none is deceptive.
    static unsigned code_point(std::string_view sequence) noexcept
    {
        auto const byte = [sequence](std::size_t i) { return unsigned{static_cast<unsigned char>(sequence[i])}; };
        if (sequence.size() == 2)
            return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
        if (sequence.size() == 3)
            return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
        return 0;
    }

    /// C1 controls, a byte order mark, line and paragraph separators, and what turns the direction of text.
    static bool is_deceptive(unsigned code) noexcept
    {
        return (code >= 0x80 && code <= 0x9f) || code == 0x61c || code == 0x200e || code == 0x200f ||
               (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
    }

    void escape_control(unsigned char control) noexcept
    {
        switch (control) {
        case '\n':
            return escape('n', 0, 0);
        case '\r':
            return escape('r', 0, 0);
        case '\t':
            return escape('t', 0, 0);
        default:
            return escape('x', control, 2);
        }
    }

    void escape(char kind, unsigned value, std::size_t digits) noexcept
    {
        escape_[0] = '\\';
        escape_[1] = kind;
        for (std::size_t i = 0; i < digits; ++i)
            escape_[1 + digits - i] = "0123456789abcdef"[value >> 4 * i & 0xf];
        escape_size_ = 2 + digits;
    }

    std::size_t taken_ = 0;
    std::string_view shown_;
    std::array<char, 6> escape_{};
    std::size_t escape_size_ = 0;
};

bool is_white(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f'; }

/// @param wanted in lower case
std::size_t find_any_case(std::string_view text, std::string_view wanted, std::size_t from) noexcept
{
    auto const found = std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
                                   wanted.begin(), wanted.end(), [](char a, char b) { return ascii::lower(a) == b; });
    return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

/// The text of the first `title` element, or nothing but an empty view.
std::string_view html_title(std::string_view page) noexcept
{
    page = page.substr(0, title_within);
    auto const element = find_any_case(page, "<title", 0);
    if (element == std::string_view::npos)
        return {};
    auto const start = page.find('>', element);
    if (start == std::string_view::npos)
        return {};
    return page.substr(start + 1, find_any_case(page, "</title", start) - start - 1);
}

/// @param enough how much of the result is wanted
std::string with_single_spaces(std::string_view text, std::size_t enough)
{
    std::string result;
    for (char const c : text) {
        if (result.size() > enough)
            break;
        if (!is_white(c))
            result += c;
        else if (!result.empty() && result.back() != ' ')
            result += ' ';
    }
    if (!result.empty() && result.back() == ' ')
        result.pop_back();
    return result;
}

/// How many bytes a text begins with that are a character, or stand for it within a string of JSON. 0: it does not.
std::size_t stands_for(std::string_view text, char wanted) noexcept
{
    if (!text.starts_with('\\'))
        return text.starts_with(wanted) ? 1 : 0;
    if (text.size() < 2)
        return 0;
    if (text[1] == wanted && (wanted == '/' || wanted == '"' || wanted == '\\'))
        return 2;
    if (text[1] != 'u' || text.size() < 6)
        return 0;
    unsigned code = 0;
    auto const [end, problem] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
    bool const is_it = problem == std::errc{} && end == text.data() + 6 && code == static_cast<unsigned char>(wanted);
    return is_it ? 6 : 0;
}

/// How many bytes a text begins with that are a secret. 0: it begins with something else.
std::size_t spelled_at(std::string_view text, std::string_view secret) noexcept
{
    if (text.starts_with(secret))
        return secret.size();
    std::size_t size = 0;
    for (char const each : secret) {
        auto const taken = stands_for(text.substr(size), each);
        if (taken == 0)
            return 0;
        size += taken;
    }
    return size;
}

} // namespace

std::string server_text(std::string_view text, std::size_t cap)
{
    std::string result;
    std::size_t fits_with_ellipsis = 0;
    while (!text.empty()) {
        shown_character const next{text};
        if (result.size() + next.shown().size() > cap) {
            result.resize(fits_with_ellipsis);
            if (ellipsis.size() <= cap)
                result += ellipsis;
            break;
        }
        result += next.shown();
        text.remove_prefix(next.taken());
        if (result.size() + ellipsis.size() <= cap)
            fits_with_ellipsis = result.size();
    }
    return result;
}

std::string server_snippet(std::string_view body, std::size_t cap)
{
    if (auto title = with_single_spaces(html_title(body), cap); !title.empty())
        return server_text(title, cap);
    return server_text(with_single_spaces(body, cap), cap);
}

bool conceal(std::string& text, std::string_view secret)
{
    constexpr std::string_view instead = "[secret]";
    if (secret.size() < instead.size())
        return false;
    char const begins[] = {secret.front(), '\\'};
    std::string result; // pieces, as to replace in place would take time that grows with the square
    std::size_t from = 0;
    for (auto at = text.find_first_of(begins, 0, 2); at != text.npos; at = text.find_first_of(begins, at, 2)) {
        auto const size = spelled_at(std::string_view{text}.substr(at), secret);
        if (size == 0) {
            at += text.compare(at, 2, "\\\\") == 0 ? 2 : 1; // the second of two backslashes escapes nothing
            continue;
        }
        result.append(text, from, at - from).append(instead);
        at += size;
        from = at;
    }
    if (from == 0)
        return false;
    result.append(text, from);
    text.swap(result);
    return true;
}

void conceal_in_short_text(std::string& text, std::string_view secret)
{
    conceal(text, secret);
    if (!text.ends_with(ellipsis) || secret.size() < 8)
        return;
    auto const end = text.size() - ellipsis.size();
    for (auto size = std::min(secret.size() - 1, end); size >= 4; --size) {
        if (std::string_view{text}.substr(end - size, size) == secret.substr(0, size)) {
            text.replace(end - size, size, "[secret]");
            return;
        }
    }
}

} // namespace rtkhooks::model
