// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/request_reader.hpp"

#include "http/field_syntax.hpp"
#include "text/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace rtkhooks::http {
namespace {

// What a connection keeps from one request to the next, of each text.
constexpr std::size_t kept_capacity = 4096;

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

std::string_view trim(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void clear(std::string& text)
{
    text.clear();
    if (text.capacity() > kept_capacity)
        text.shrink_to_fit();
}

void add(received_request::field& field, std::string_view value)
{
    if (field.lines++ != 0)
        field.value.append(", ");
    field.value.append(value);
}

} // namespace

request_reader::progress request_reader::state() const noexcept
{
    switch (stage_) {
    case stage::complete:
        return progress::complete;
    case stage::failed:
        return progress::failed;
    default:
        return progress::need_more;
    }
}

void request_reader::drop_body()
{
    clear(request_.body);
    if (request_.body.capacity() < memory_.size())
        static_cast<void>(memory_.resize(request_.body.capacity()));
}

void request_reader::skip_body()
{
    skips_body_ = true;
    drop_body();
}

void request_reader::give_up_body()
{
    fail(503);
    drop_body();
}

void request_reader::next()
{
    clear(request_.method);
    clear(request_.target);
    request_.http_1_1 = true;
    request_.keep_alive = true;
    for (auto& field : request_.fields) {
        field.lines = 0;
        clear(field.value);
    }
    drop_body();
    stage_ = stage::start_line;
    clear(line_);
    header_bytes_ = 0;
    body_bytes_ = 0;
    body_left_ = 0;
    skips_body_ = false;
    has_host_ = has_length_ = chunked_ = asks_close_ = asks_keep_alive_ = expects_continue_ = awaits_continue_ = false;
    failure_ = 0;
}

std::size_t request_reader::feed(std::string_view bytes)
{
    std::size_t taken = 0;
    while (state() == progress::need_more && taken < bytes.size()) {
        auto const rest = bytes.substr(taken);
        if (stage_ == stage::body || stage_ == stage::chunk_data) {
            taken += take_body(rest);
            continue;
        }
        std::string_view line;
        if (take_line(rest, taken, line)) {
            read_line(line);
            line_.clear();
        }
    }
    return taken;
}

// Takes bytes up to and with the next line feed; `line` is then the line without its end.
bool request_reader::take_line(std::string_view bytes, std::size_t& taken, std::string_view& line)
{
    auto const end = bytes.find('\n');
    auto const part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    taken += part.size();
    if (stage_ == stage::start_line && line_.empty() && part[0] != '\r' && !is_token_character(part[0]))
        return fail(400), false; // not HTTP: no need to wait for the line's end
    bool const in_header = stage_ == stage::start_line || stage_ == stage::fields || stage_ == stage::trailer;
    if (in_header)
        header_bytes_ += part.size();
    if (stage_ == stage::start_line && header_bytes_ > limits_.start_line)
        return fail(414), false;
    if (header_bytes_ > limits_.header)
        return fail(431), false;
    if (!in_header && line_.size() + part.size() > limits_.chunk_line)
        return fail(400), false;
    if (end == std::string_view::npos)
        return line_.append(part), false;
    line = line_.empty() ? part : std::string_view{line_.append(part)};
    if (line.size() < 2 || line[line.size() - 2] != '\r')
        return fail(400), false;
    line.remove_suffix(2);
    return true;
}

void request_reader::read_line(std::string_view line)
{
    switch (stage_) {
    case stage::start_line:
        if (!line.empty()) // empty lines before a request are ignored (RFC 9112 section 2.2)
            read_start_line(line);
        break;
    case stage::fields:
        if (line.empty())
            end_header();
        else
            read_field_line(line);
        break;
    case stage::chunk_size:
        read_chunk_size(line);
        break;
    case stage::chunk_end:
        stage_ = stage::chunk_size;
        if (!line.empty())
            fail(400);
        break;
    case stage::trailer:
        if (line.empty())
            stage_ = stage::complete;
        else
            read_field_line(line);
        break;
    default:
        break;
    }
}

void request_reader::read_start_line(std::string_view line)
{
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == last)
        return fail(400);
    auto const method = line.substr(0, first);
    auto const target = line.substr(first + 1, last - first - 1);
    auto const version = line.substr(last + 1);
    if (!is_token(method) || target.empty() || !std::all_of(target.begin(), target.end(), is_visible))
        return fail(400);
    if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.')
        return fail(400);
    if (version[5] != '1' || version[7] < '0' || version[7] > '9')
        return fail(505);
    request_.method = method;
    request_.target = target;
    request_.http_1_1 = version[7] != '0';
    stage_ = stage::fields;
}

void request_reader::read_field_line(std::string_view line)
{
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) // obs-fold and `Name :` too
        return fail(400);
    auto const value = trim(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_character))
        return fail(400);
    if (stage_ == stage::fields) // what a trailer says is of no use here
        read_field(line.substr(0, colon), value);
}

void request_reader::read_field(std::string_view name, std::string_view value)
{
    if (ascii::equal_in_any_case(name, "host"))
        read_host(value);
    else if (ascii::equal_in_any_case(name, "content-length"))
        read_content_length(value);
    else if (ascii::equal_in_any_case(name, "transfer-encoding"))
        read_transfer_encoding(value);
    else if (ascii::equal_in_any_case(name, "connection"))
        read_connection(value);
    else if (ascii::equal_in_any_case(name, "expect"))
        ascii::equal_in_any_case(value, "100-continue") ? void(expects_continue_ = true) : fail(417);
    else
        keep(name, value);
}

void request_reader::keep(std::string_view name, std::string_view value)
{
    for (std::size_t i = 0; i != kept_.size(); ++i) {
        if (ascii::equal_in_any_case(name, kept_[i]))
            return add(request_.fields[i], value);
    }
}

void request_reader::read_host(std::string_view value)
{
    bool const is_one_word = std::all_of(value.begin(), value.end(),
                                         [](char c) { return is_visible(c) && c != '/' && c != '@' && c != ','; });
    if (has_host_ || !is_one_word)
        return fail(400);
    has_host_ = true;
}

void request_reader::read_content_length(std::string_view value)
{
    auto const* const end = value.data() + value.size();
    auto const [stop, error] = std::from_chars(value.data(), end, body_left_);
    bool const is_number = error != std::errc::invalid_argument && stop == end;
    if (has_length_ || !is_number)
        return fail(400);
    if (error == std::errc::result_out_of_range || body_left_ > limits_.body)
        return fail(413);
    has_length_ = true;
}

void request_reader::read_transfer_encoding(std::string_view value)
{
    if (chunked_)
        return fail(400);
    if (!ascii::equal_in_any_case(value, "chunked"))
        return fail(501);
    chunked_ = true;
}

void request_reader::read_connection(std::string_view value)
{
    while (!value.empty()) {
        auto const comma = value.find(',');
        auto const option = trim(value.substr(0, comma));
        asks_close_ = asks_close_ || ascii::equal_in_any_case(option, "close");
        asks_keep_alive_ = asks_keep_alive_ || ascii::equal_in_any_case(option, "keep-alive");
        value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
    }
}

void request_reader::end_header()
{
    if (request_.http_1_1 && !has_host_)
        return fail(400);
    if (chunked_ && (has_length_ || !request_.http_1_1)) // RFC 9112 section 6.1
        return fail(400);
    request_.keep_alive = !asks_close_ && (request_.http_1_1 || asks_keep_alive_);
    if (chunked_)
        stage_ = stage::chunk_size;
    else
        stage_ = body_left_ > 0 ? stage::body : stage::complete;
    awaits_continue_ = expects_continue_ && request_.http_1_1 && stage_ != stage::complete;
}

void request_reader::read_chunk_size(std::string_view line)
{
    awaits_continue_ = false;
    auto const* const end = line.data() + line.size();
    auto const [stop, error] = std::from_chars(line.data(), end, body_left_, 16);
    auto const extensions = trim({stop, static_cast<std::size_t>(end - stop)});
    if (error == std::errc::result_out_of_range)
        return fail(413);
    if (error != std::errc{} || (!extensions.empty() && extensions[0] != ';') ||
        !std::all_of(extensions.begin(), extensions.end(), is_value_character))
        return fail(400);
    if (body_left_ > limits_.body - body_bytes_)
        return fail(413);
    stage_ = body_left_ > 0 ? stage::chunk_data : stage::trailer;
}

// Whether the body can grow to a size. It grows in steps, as it comes: who only says that it will be large has no
// memory yet.
bool request_reader::make_room(std::size_t size)
{
    auto& body = request_.body;
    if (size <= body.capacity())
        return true;
    auto const most = chunked_ ? limits_.body : body.size() + static_cast<std::size_t>(body_left_);
    auto const wanted = std::max(size, std::min(2 * body.capacity(), most));
    while (!memory_.resize(wanted)) {
        if (!reclaim_ || !reclaim_())
            return false;
    }
    std::string larger; // for reserve() may take twice as much as there is
    larger.reserve(wanted);
    larger.append(body);
    body.swap(larger);
    return true;
}

std::size_t request_reader::take_body(std::string_view bytes)
{
    awaits_continue_ = false;
    auto const part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_)));
    if (!skips_body_) {
        if (!make_room(request_.body.size() + part.size()))
            return fail(503), 0;
        request_.body.append(part);
    }
    body_bytes_ += part.size();
    body_left_ -= part.size();
    if (body_left_ == 0)
        stage_ = stage_ == stage::body ? stage::complete : stage::chunk_end;
    return part.size();
}

void request_reader::fail(int status) noexcept
{
    stage_ = stage::failed;
    failure_ = status;
}

} // namespace rtkhooks::http
