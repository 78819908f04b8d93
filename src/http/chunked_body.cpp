// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/chunked_body.hpp"

#include "http/field_syntax.hpp"

#include <algorithm>
#include <charconv>

namespace rtkhooks::http {
namespace {

// A chunk's size line with its extensions, or all trailers, line ends included.
constexpr std::size_t most_framing = 16 * 1024;

bool skip(std::string_view& text, char c)
{
    bool const there = !text.empty() && text.front() == c;
    if (there)
        text.remove_prefix(1);
    return there;
}

void skip_white_space(std::string_view& text)
{
    while (skip(text, ' ') || skip(text, '\t')) {}
}

bool skip_token(std::string_view& text)
{
    auto const end = std::find_if_not(text.begin(), text.end(), is_token_character);
    auto const size = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(size);
    return size != 0;
}

bool skip_quoted_string(std::string_view& text) // RFC 9110 section 5.6.4
{
    if (!skip(text, '"'))
        return false;
    while (!text.empty() && text.front() != '"') {
        skip(text, '\\');
        if (text.empty() || !is_value_character(text.front()))
            return false;
        text.remove_prefix(1);
    }
    return skip(text, '"');
}

/// Whether a text is `*( BWS ";" BWS name [ BWS "=" BWS value ] )` (RFC 9112 section 7.1.1).
bool are_extensions(std::string_view text)
{
    while (!text.empty()) {
        skip_white_space(text);
        if (!skip(text, ';'))
            return false;
        skip_white_space(text);
        if (!skip_token(text))
            return false;
        auto value = text;
        skip_white_space(value);
        if (!skip(value, '='))
            continue;
        skip_white_space(value);
        if (!skip_token(value) && !skip_quoted_string(value))
            return false;
        text = value;
    }
    return true;
}

bool is_field(std::string_view line)
{
    auto const colon = line.find(':');
    return colon != line.npos && is_token(line.substr(0, colon)) &&
           std::all_of(line.begin() + static_cast<std::ptrdiff_t>(colon), line.end(), is_value_character);
}

} // namespace

std::size_t chunked_body::read(std::string_view bytes, std::string& data)
{
    auto const size = bytes.size();
    while (!bytes.empty() && !failure_ && !complete()) {
        switch (step_) {
        case step::data:
            read_data(bytes, data);
            break;
        case step::data_cr:
        case step::data_lf:
            read_data_end(bytes);
            break;
        default:
            read_line(bytes);
        }
    }
    return size - bytes.size();
}

void chunked_body::read_data(std::string_view& bytes, std::string& data)
{
    auto const taken = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size())));
    append_to_body(data, taken, data.size() + static_cast<std::size_t>(chunk_left_ + data_left_));
    bytes.remove_prefix(taken.size());
    chunk_left_ -= taken.size();
    if (chunk_left_ == 0)
        step_ = step::data_cr;
}

void chunked_body::read_data_end(std::string_view& bytes)
{
    if (!skip(bytes, step_ == step::data_cr ? '\r' : '\n'))
        return fail(errc::protocol_error, "a chunk of its body is not as long as it says");
    step_ = step_ == step::data_cr ? step::data_lf : step::size_line;
}

void chunked_body::read_line(std::string_view& bytes)
{
    auto const line_feed = bytes.find('\n');
    bool const ends = line_feed != bytes.npos;
    auto const taken = ends ? bytes.substr(0, line_feed + 1) : bytes;
    bytes.remove_prefix(taken.size());
    framing_bytes_ += taken.size();
    if (framing_bytes_ > most_framing)
        return fail(errc::limit_exceeded, "its body has a chunk header or trailers of more than 16 KiB");
    if (!ends || !line_.empty())
        line_.append(taken);
    if (!ends)
        return;
    judge_line(line_.empty() ? taken : line_);
    line_.clear();
}

void chunked_body::judge_line(std::string_view line)
{
    if (!line.ends_with("\r\n"))
        return fail(errc::protocol_error, "a line between its body's chunks ends without CR LF");
    line.remove_suffix(2);
    if (step_ == step::size_line)
        judge_size_line(line);
    else if (line.empty())
        step_ = step::complete;
    else if (!is_field(line))
        fail(errc::protocol_error, "its body has a malformed trailer");
}

void chunked_body::judge_size_line(std::string_view line)
{
    auto const* const end_of_line = line.data() + line.size();
    auto const [end, problem] = std::from_chars(line.data(), end_of_line, chunk_left_, 16);
    if (problem != std::errc{} || !are_extensions({end, static_cast<std::size_t>(end_of_line - end)}))
        return fail(errc::protocol_error, "its body has a chunk with a malformed size or extension");
    if (chunk_left_ > data_left_)
        return fail(errc::limit_exceeded, "its body is larger than client_config::limits.body_bytes");
    data_left_ -= chunk_left_;
    framing_bytes_ = 0;
    step_ = chunk_left_ != 0 ? step::data : step::trailers;
}

void chunked_body::fail(errc code, char const* reason) { failure_ = violation{code, phase::read_body, reason}; }

} // namespace rtkhooks::http
