// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The bytes of an answer. The first byte chooses limits and how the connection ends; the rest is what comes. A reading
// of the same bytes without Beast says what an accepted answer must be.
#include "http/response.hpp"
#include "message.hpp"
#include "target.hpp"
#include "unit/http/feed.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <random>

namespace rtkhooks::fuzz {
namespace {

using http::response_limits;
using http::response_reader;
using test::ending;
using test::verdict;

constexpr std::array<std::size_t, 4> header_limit_of_choice{64 * 1024, 512, 128, 48};
constexpr std::array<std::size_t, 4> body_limit_of_choice{32 * 1024 * 1024, 256, 16, 1};
/// `0` to `?` leaves it open, `@` to `O` ends it, space to `/` breaks it off.
constexpr std::array<ending, 4> ending_of_choice{ending::open, ending::clean, ending::open, ending::unclean};

// --- the same once more ----------------------------------------------------------------------------------------------

/// An answer's header.
struct answer_header : header {
    int minor_version = 0;
    int status = 0;
};

/// @return nothing where the bytes do not begin with a complete, well-formed header of an answer
std::optional<answer_header> read_answer_header(std::string_view bytes)
{
    auto const lines = read_header(bytes);
    if (!lines)
        return std::nullopt;
    answer_header read{*lines};
    auto const first = read.start_line;
    bool const is_status_line = first.size() >= 13 && first.starts_with("HTTP/1.") && first[8] == ' ' &&
                                first[12] == ' ' && (first[7] == '0' || first[7] == '1');
    auto const status_end = first.data() + 12;
    if (!is_status_line || std::from_chars(first.data() + 9, status_end, read.status).ptr != status_end)
        return std::nullopt;
    read.minor_version = first[7] - '0';
    return read;
}

/// The body that a header announces; nothing where the bytes hold less, or the header says two things.
std::optional<body> read_body(answer_header const& from, std::string_view bytes, ending how)
{
    auto const lengths = from.all("content-length");
    auto const codings = from.all("transfer-encoding");
    if (lengths.size() + codings.size() > 1)
        return std::nullopt;
    if (!codings.empty() && (from.minor_version == 0 || !equals(codings.front(), "chunked")))
        return std::nullopt;
    auto const length = lengths.empty() ? std::optional<std::size_t>{0} : number(lengths.front(), 10);
    if (!length)
        return std::nullopt;
    if (from.status == 204 || from.status == 304)
        return body{};
    if (!codings.empty())
        return read_chunks(bytes);
    if (lengths.empty())
        return how == ending::clean ? std::optional{body{std::string{bytes}, bytes.size()}} : std::nullopt;
    if (*length > bytes.size())
        return std::nullopt;
    return body{std::string{bytes.substr(0, *length)}, *length};
}

// --- properties ------------------------------------------------------------------------------------------------------

void check_kept(response_reader& reader, response_limits const& limits)
{
    auto& answer = reader.answer();
    std::size_t kept = 0;
    for (std::size_t i = 0; i != answer.field_count(); ++i)
        kept += answer.field_name(i).size() + answer.field_value(i).size();
    require(kept <= limits.header_bytes, "no more of a header is kept than its limit");
    require(answer.body.size() <= limits.body_bytes, "no more of a body is kept than its limit");
    // As a string grows, to twice what it holds; and what it has from the start.
    require(answer.body.capacity() <= std::max<std::size_t>(2 * limits.body_bytes, 32),
            "no more memory is taken for a body than its limit");
}

/// Whether the connection may be used again. A body where there must not be one could be the next answer.
void check_keep_alive(bool kept, answer_header const& read, std::string_view bytes)
{
    auto const lengths = read.all("content-length");
    bool const has_chunks = !read.all("transfer-encoding").empty();
    bool const has_length = !lengths.empty() && number(lengths.front(), 10) != 0u;
    bool const has_no_body = read.status == 204 || read.status == 304;
    bool const is_clear = has_no_body ? !has_chunks && !has_length : has_chunks || !lengths.empty();
    if (kept)
        require(is_clear && read.minor_version == 1 && !read.asks_for("close"),
                "a connection is kept where that is allowed", {bytes});
    else if (read.all("connection").empty() && read.all("proxy-connection").empty())
        require(!is_clear || read.minor_version == 0, "a connection is kept where nothing speaks against it", {bytes});
}

/// What the bytes of an accepted answer are, as the reading above has it.
void check_accepted(response_reader& reader, std::string_view bytes, std::size_t used, ending how,
                    response_limits const& limits)
{
    auto& answer = reader.answer();
    std::size_t at = 0;
    auto read = read_answer_header(bytes);
    for (int interim = 0; read && read->status >= 100 && read->status <= 199; ++interim) {
        require(interim < 5 && read->status != 101, "no more than five interim answers, and no other protocol",
                {bytes});
        at += read->size;
        read = read_answer_header(bytes.substr(at));
    }
    require(read.has_value(), "an accepted answer has a well-formed header", {bytes});
    require(read->size <= limits.header_bytes, "an accepted header is within its limit", {bytes});
    require(answer.status == read->status && answer.status >= 200 && answer.status <= 599,
            "an accepted answer is a final one, of that status", {bytes});
    require(answer.field_count() == read->fields.size(), "all fields are kept", {bytes});
    for (std::size_t i = 0; i != answer.field_count(); ++i) {
        auto const& expected = read->fields[i];
        require(answer.field_name(i) == expected.name && answer.field_value(i) == expected.value,
                "a field is kept as it came", {answer.field_name(i), answer.field_value(i), expected.value});
        require(answer.field(expected.name).has_value(), "a field is found by its name", {expected.name});
    }
    for (auto const coding : read->all("content-encoding"))
        require(equals(coding, "identity"), "an accepted body is not encoded", {bytes});

    at += read->size;
    auto const expected = read_body(*read, bytes.substr(at), how);
    require(expected.has_value(), "an accepted body is framed once, and complete", {bytes});
    require(answer.body == expected->data, "an accepted body is what its framing says", {bytes, answer.body});
    require(used == at + expected->size, "an answer ends where its framing says", {bytes});
    check_keep_alive(answer.keep_alive, *read, bytes);
}

/// What a reader says, without how far it read.
std::string describe(response_reader& reader)
{
    if (auto const& failure = reader.failure())
        return std::string{to_string(failure->code)} + ' ' + std::string{to_string(failure->where)} + ' ' +
               failure->reason;
    if (!reader.complete())
        return "incomplete " + std::string{to_string(reader.where())};
    auto& answer = reader.answer();
    auto text = std::to_string(answer.status) + (answer.keep_alive ? " keep " : " close ") + answer.body;
    for (std::size_t i = 0; i != answer.field_count(); ++i)
        text.append("|").append(answer.field_name(i)).append("=").append(answer.field_value(i));
    return text;
}

/// One answer after another, on one reader: what the one before was leaves no trace.
void check_in_a_row(std::string_view bytes, ending how, response_limits const& limits)
{
    response_reader reused{limits};
    for (int answers = 0; answers != 4; ++answers) {
        response_reader fresh{limits};
        fresh.start();
        reused.start();
        require(!reused.started() && !reused.complete() && !reused.failure(), "a reader starts anew");
        auto const used = reused.read(bytes);
        require(used <= bytes.size() && fresh.read(bytes) == used, "a used reader reads as far as a new one", {bytes});
        if (how != ending::open) {
            reused.end(how == ending::clean);
            fresh.end(how == ending::clean);
        }
        require(describe(reused) == describe(fresh), "a used reader says what a new one does",
                {bytes, describe(reused), describe(fresh)});
        check_kept(reused, limits);
        if (!reused.complete())
            return;
        check_accepted(reused, bytes, used, how, limits);
        bytes.remove_prefix(used);
    }
}

void check_splits(std::string_view bytes, ending how, response_limits const& limits)
{
    auto const whole = test::feed_whole(bytes, how, limits);
    auto const same = [&](verdict const& other, char const* property) {
        require(other == whole, property, {bytes, whole.summary, whole.detail, other.summary, other.detail});
    };
    std::mt19937 random{number_of(bytes)};
    same(test::feed_split(bytes, how, limits, random), "the verdict is the same in pieces");
    same(test::feed_split(bytes, how, limits, random), "the verdict is the same in other pieces");

    test::feeder fed{limits};
    for (std::size_t i = 0; i != bytes.size(); ++i) {
        fed.give(bytes.substr(i, 1));
        if (!fed.reader().failure() && !fed.reader().complete())
            require(fed.held_back() <= (fed.reader().where() == phase::read_header ? limits.header_bytes : 0),
                    "no more bytes wait to be read again than a header's limit", {bytes});
        check_kept(fed.reader(), limits);
    }
    same(fed.end(how), "the verdict is the same byte by byte");
}

/// Whatever a body holds, it comes through as it is; one that is too large does not.
void check_body(std::string_view data, response_limits limits)
{
    limits.header_bytes = 1024;
    std::string const begin = "HTTP/1.1 200 OK\r\n";
    auto const length = std::to_string(data.size());
    std::mt19937 random{number_of(data)};
    auto const chunks = begin + "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(data, random);
    for (auto const& bytes : {(begin + "Content-Length: " + length + "\r\n\r\n").append(data), chunks}) {
        auto const read = test::feed_split(bytes, ending::open, limits, random);
        auto const expected =
            data.size() <= limits.body_bytes ? "200 keep [" + std::string{data} + ']' : "limit_exceeded";
        require(read.summary == expected, "a body comes through as it is, or is too large", {bytes, read.summary});
    }
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks::fuzz;

    auto const bytes = after_choice(data, size);
    auto const choice = choice_of(data, size);
    response_limits limits;
    limits.header_bytes = header_limit_of_choice[choice & 3];
    limits.body_bytes = body_limit_of_choice[choice >> 2 & 3];
    auto const how = ending_of_choice[choice >> 4 & 3];
    check_in_a_row(bytes, how, limits);
    check_splits(bytes, how, limits);
    check_body(bytes, limits);
    return 0;
}
