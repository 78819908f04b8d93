// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The bytes that somebody sends to a receiver. The first byte chooses limits; the rest is what comes. Another reading of
// the same bytes says what a request must be to be accepted, and what must be accepted.
#include "delivery/outcome.hpp"
#include "http/request_reader.hpp"
#include "message.hpp"
#include "target.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>

namespace rtkhooks::fuzz {
namespace {

using delivery::find_field;
using delivery::objection_to;
using delivery::outcome;
using http::memory_budget;
using http::received_request;
using http::request_limits;
using http::request_reader;
using progress = request_reader::progress;

/// Of start line, header and chunk line.
constexpr std::array<std::array<std::size_t, 3>, 4> limits_of_choice{
    {{8 * 1024, 16 * 1024, 1024}, {512, 512, 64}, {64, 192, 16}, {24, 64, 4}}};
constexpr std::array<std::size_t, 4> body_limit_of_choice{64 * 1024, 256, 16, 1};
/// Of a string that has nothing, and of what it first grows to.
constexpr std::size_t smallest_capacity = 32;
/// What a connection may keep for its next request.
constexpr std::size_t kept_capacity = 4096;
constexpr std::string_view path = "/hook?key=3f9a";

// --- the same once more ----------------------------------------------------------------------------------------------

struct request : header {
    std::string_view method{};
    std::string_view target{};
    int minor_version = 0;
    std::size_t line_size = 0; ///< of the start line, with empty lines before it
    fuzz::body body{};
    std::size_t end = 0; ///< of all of it

    [[nodiscard]] std::size_t header_size() const { return size + line_size - (start_line.size() + 2) + body.trailer; }
};

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

/// The body that a header announces; nothing where the bytes hold less, or the header says two things.
std::optional<body> read_body(request const& from, std::string_view bytes)
{
    auto const lengths = from.all("content-length");
    auto const codings = from.all("transfer-encoding");
    if (lengths.size() + codings.size() > 1)
        return std::nullopt;
    if (!codings.empty())
        return from.minor_version != 0 && equals(codings.front(), "chunked") ? read_chunks(bytes) : std::nullopt;
    auto const length = lengths.empty() ? std::optional<std::size_t>{0} : number(lengths.front(), 10);
    if (!length || *length > bytes.size())
        return std::nullopt;
    return body{std::string{bytes.substr(0, *length)}, *length};
}

/// @return nothing where the bytes do not begin with a complete, well-formed request that is framed in one way
std::optional<request> read_request(std::string_view bytes)
{
    std::size_t begin = 0;
    while (bytes.substr(begin).starts_with("\r\n"))
        begin += 2;
    auto const lines = read_header(bytes.substr(begin));
    if (!lines)
        return std::nullopt;
    request read{*lines};
    auto const parts = split(read.start_line, ' ');
    if (parts.size() != 3 || !is_token(parts[0]) || parts[1].empty() ||
        !std::all_of(parts[1].begin(), parts[1].end(), is_visible))
        return std::nullopt;
    if (parts[2].size() != 8 || !parts[2].starts_with("HTTP/1.") || parts[2][7] < '0' || parts[2][7] > '9')
        return std::nullopt;
    read.method = parts[0];
    read.target = parts[1];
    read.minor_version = parts[2][7] - '0';
    read.line_size = begin + read.start_line.size() + 2;

    auto const hosts = read.all("host");
    auto const is_host = [](std::string_view value) {
        return std::all_of(value.begin(), value.end(), is_visible) && value.find_first_of("/@,") == value.npos;
    };
    if (hosts.size() > 1 || (hosts.empty() && read.minor_version != 0) ||
        !std::all_of(hosts.begin(), hosts.end(), is_host))
        return std::nullopt;
    for (auto const expectation : read.all("expect"))
        if (!equals(expectation, "100-continue"))
            return std::nullopt;

    auto const rest = begin + read.size;
    auto const body = read_body(read, bytes.substr(rest));
    if (!body)
        return std::nullopt;
    read.body = *body;
    read.end = rest + body->size;
    return read;
}

bool is_within(request const& read, request_limits const& limits)
{
    return read.line_size <= limits.start_line && read.header_size() <= limits.header &&
           read.body.data.size() <= limits.body;
}

/// Why a request is no delivery, the path aside.
std::optional<outcome> expected_objection(request const& read)
{
    if (read.method != "POST")
        return outcome::wrong_method;
    auto const codings = read.all("content-encoding");
    if (codings.size() > 1 || (codings.size() == 1 && !codings.front().empty() && !equals(codings.front(), "identity")))
        return outcome::wrong_coding;
    auto const types = read.all("content-type");
    if (types.size() > 1 || (types.size() == 1 && !types.front().empty() &&
                             !equals(trimmed(split(types.front(), ';').front()), "application/json")))
        return outcome::wrong_type;
    return std::nullopt;
}

// --- properties ------------------------------------------------------------------------------------------------------

/// All that a reader says.
std::string describe(request_reader const& reader)
{
    if (reader.state() == progress::failed)
        return "failed " + std::to_string(reader.failure());
    if (!reader.header_complete())
        return reader.idle() ? "idle" : "in its header";
    auto const& from = reader.request();
    std::string text = reader.state() == progress::complete ? "complete" : "in its body";
    text.append(reader.awaits_continue() ? " awaits " : " ").append(from.method).append(" ").append(from.target);
    text.append(from.http_1_1 ? " 1.1" : " 1.0").append(from.keep_alive ? " keep" : " close");
    for (auto const& field : from.fields)
        text.append("|").append(std::to_string(field.lines)).append(field.value);
    return text.append("|").append(from.body);
}

void check_kept(request_reader const& reader, request_limits const& limits)
{
    auto const& from = reader.request();
    auto kept = from.method.size() + from.target.size();
    for (auto const& field : from.fields)
        kept += field.value.size();
    require(kept <= limits.header, "no more of a header is kept than its limit");
    require(from.body.size() <= limits.body, "no more of a body is kept than its limit");
    require(from.body.capacity() <= std::max(limits.body, smallest_capacity),
            "no more memory is taken for a body than its limit");
}

/// A reader that is given bytes as they come.
class feeding {
public:
    explicit feeding(request_limits const& limits, memory_budget::share share = {})
        : limits_{limits}, reader_{delivery::kept_fields, limits, std::move(share)}
    {
    }

    void give(std::string_view piece)
    {
        if (reader_.state() != progress::need_more) {
            require(reader_.feed(piece) == 0, "nothing is taken behind the end");
            left_over_ += piece.size();
            return;
        }
        // A copy of exactly that size: a sanitizer sees who reads beyond it.
        std::unique_ptr<char[]> const exact{new char[piece.size()]};
        piece.copy(exact.get(), piece.size());
        auto const used = reader_.feed({exact.get(), piece.size()});
        require(used <= piece.size() && (used == piece.size() || reader_.state() != progress::need_more),
                "all is taken up to the end", {piece});
        left_over_ += piece.size() - used;
        check_kept(reader_, limits_);
        if (reader_.header_complete()) {
            auto const objection = objection_to(reader_.request(), path);
            require(!objection_ || *objection_ == objection, "what a header is refused for does not change", {piece});
            objection_ = objection;
        }
    }

    /// @return what became of it, and how much was left over
    [[nodiscard]] std::string verdict() const
    {
        auto const said = describe(reader_);
        return reader_.state() == progress::complete ? said + " +" + std::to_string(left_over_) : said;
    }
    [[nodiscard]] request_reader& reader() noexcept { return reader_; }

private:
    request_limits limits_;
    request_reader reader_;
    std::size_t left_over_ = 0;
    std::optional<std::optional<outcome>> objection_;
};

/// In pieces of random sizes, mostly few.
void give_split(feeding& to, std::string_view bytes, std::mt19937& random)
{
    auto const longest = 1 + random() % (bytes.size() < 64 ? bytes.size() + 1 : bytes.size() / (1 + random() % 8));
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, 1 + random() % longest);
        to.give(piece);
        bytes.remove_prefix(piece.size());
    }
}

void check_fields(received_request const& from, request const& read)
{
    for (auto const name : delivery::kept_fields) {
        auto const values = read.all(name);
        auto const found = find_field(from, name);
        require(found.is_missing() == values.empty() && found.is_repeated() == (values.size() > 1) &&
                    (values.size() != 1 || found.once() == values.front()),
                "a field is found as it came", {name});
    }
    require(find_field(from, "host").is_missing() && find_field(from, "").is_missing(), "no other field is found");
}

void check_objection(received_request const& from, request const& read)
{
    auto const expected = expected_objection(read);
    auto const at = [&](std::string_view where) { return objection_to(from, where); };
    require(at("") == outcome::wrong_path, "no request is for no path", {read.target});
    if (read.target.starts_with('/'))
        require(at(read.target) == expected, "a header is refused for what it says", {read.start_line});
    auto const here = at(path);
    require(here == outcome::wrong_path || (here == expected && read.target.ends_with(path)),
            "nothing is received elsewhere", {read.start_line});
    if (here)
        require(delivery::status_of(*here) / 100 == 4, "what is refused is not sent again", {read.start_line});
}

/// What the bytes of an accepted request are, as the other reading has it.
void check_accepted(request_reader const& reader, std::string_view bytes, std::size_t used,
                    request_limits const& limits)
{
    auto const read = read_request(bytes);
    require(read.has_value(), "an accepted request is well-formed, framed once, and complete", {bytes});
    require(is_within(*read, limits), "an accepted request is within the limits", {bytes});
    require(used == read->end, "a request ends where its framing says", {bytes});
    auto const& from = reader.request();
    require(from.method == read->method && from.target == read->target && from.http_1_1 == (read->minor_version != 0),
            "a start line is kept as it came", {bytes});
    require(from.body == read->body.data, "a body is what its framing says", {bytes, from.body});
    require(from.keep_alive == (!read->asks_for("close") && (from.http_1_1 || read->asks_for("keep-alive"))),
            "a connection is kept where both want it", {bytes});
    require(!reader.awaits_continue(), "who has sent all waits for nothing", {bytes});
    check_fields(from, *read);
    check_objection(from, *read);
}

/// What is not accepted, though all of it is there.
void check_not_accepted(request_reader const& reader, std::string_view bytes, request_limits const& limits)
{
    if (reader.state() == progress::failed) {
        constexpr std::array statuses{400, 413, 414, 417, 431, 501, 505};
        require(std::find(statuses.begin(), statuses.end(), reader.failure()) != statuses.end(),
                "a refusal has a status", {bytes, describe(reader)});
    }
    auto const read = read_request(bytes);
    // The lines of chunks and trailers are not looked at so closely there.
    if (read && read->all("transfer-encoding").empty())
        require(!is_within(*read, limits), "a well-formed request within the limits is accepted",
                {bytes, describe(reader)});
}

/// One request after another, on one reader: what the one before was leaves no trace.
void check_in_a_row(std::string_view bytes, request_limits const& limits)
{
    request_reader reused{delivery::kept_fields, limits};
    for (int requests = 0; requests != 4; ++requests) {
        request_reader fresh{delivery::kept_fields, limits};
        require(describe(reused) == "idle" && describe(fresh) == "idle", "a reader starts anew");
        auto const used = reused.feed(bytes);
        require(used <= bytes.size() && fresh.feed(bytes) == used, "a used reader reads as far as a new one", {bytes});
        require(describe(reused) == describe(fresh), "a used reader says what a new one does",
                {bytes, describe(reused), describe(fresh)});
        if (reused.state() != progress::complete)
            return check_not_accepted(reused, bytes, limits);
        check_accepted(reused, bytes, used, limits);
        bytes.remove_prefix(used);
        reused.next();
    }
}

void check_splits(std::string_view bytes, request_limits const& limits)
{
    feeding whole{limits};
    whole.give(bytes);
    auto const same = [&](feeding const& other, char const* property) {
        require(other.verdict() == whole.verdict(), property, {bytes, whole.verdict(), other.verdict()});
    };
    std::mt19937 random{number_of(bytes)};
    for (int i = 0; i != 2; ++i) {
        feeding pieces{limits};
        give_split(pieces, bytes, random);
        same(pieces, "the verdict is the same in pieces");
    }
    feeding bytewise{limits};
    for (std::size_t i = 0; i != bytes.size(); ++i)
        bytewise.give(bytes.substr(i, 1));
    same(bytewise, "the verdict is the same byte by byte");

    feeding begun{limits};
    auto const part = bytes.substr(0, random() % (bytes.size() + 1));
    give_split(begun, part, random);
    feeding part_whole{limits};
    part_whole.give(part);
    require(begun.verdict() == part_whole.verdict(), "a part has the same verdict in pieces",
            {part, part_whole.verdict(), begun.verdict()});
}

/// With less memory than a body may measure: what is taken is accounted for, and given back.
void check_memory(std::string_view bytes, request_limits const& limits)
{
    memory_budget budget{limits.body / 2};
    feeding whole{limits};
    whole.give(bytes);
    {
        feeding pieces{limits, memory_budget::share{budget}};
        std::mt19937 random{number_of(bytes)};
        give_split(pieces, bytes, random);
        auto const& body = pieces.reader().request().body;
        require(pieces.verdict() == whole.verdict() || pieces.reader().failure() == 503,
                "without memory a request is refused, and not otherwise", {bytes, whole.verdict(), pieces.verdict()});
        require(body.capacity() <= std::max(budget.in_use(), smallest_capacity), "a body's memory is accounted for",
                {bytes, std::to_string(budget.in_use()), std::to_string(body.capacity())});
        pieces.reader().drop_body();
        require(body.empty() && budget.in_use() <= kept_capacity, "a body's memory is given back", {bytes});
    }
    require(budget.in_use() == 0, "all memory is given back", {bytes});
}

/// Whatever a body holds, it comes through as it is; one that is too large does not.
void check_body(std::string_view data, std::size_t body_limit)
{
    request_limits limits;
    limits.body = body_limit;
    std::string const begin = "POST / HTTP/1.1\r\nHost: x\r\n";
    auto const length = std::to_string(data.size());
    std::mt19937 random{number_of(data)};
    auto const chunks = begin + "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(data, random);
    for (auto const& bytes : {(begin + "Content-Length: " + length + "\r\n\r\n").append(data), chunks}) {
        feeding pieces{limits};
        give_split(pieces, bytes, random);
        auto const& reader = pieces.reader();
        if (data.size() <= body_limit)
            require(reader.state() == progress::complete && reader.request().body == data,
                    "a body comes through as it is", {bytes, pieces.verdict()});
        else
            require(reader.failure() == 413, "a body that is too large is refused", {bytes, pieces.verdict()});
    }
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks::fuzz;

    auto const bytes = after_choice(data, size);
    auto const choice = choice_of(data, size);
    auto const [start_line, header, chunk_line] = limits_of_choice[choice & 3];
    request_limits const limits{start_line, header, body_limit_of_choice[choice >> 2 & 3], chunk_line};
    check_in_a_row(bytes, limits);
    check_splits(bytes, limits);
    check_memory(bytes, limits);
    check_body(bytes, limits.body);
    return 0;
}
