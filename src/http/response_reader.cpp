// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/chunked_body.hpp"
#include "http/response.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>

namespace rtkhooks::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;

// Go's number. RFC 9110 section 15.2 allows any, which would let a server keep a call busy for ever.
constexpr int most_interim_answers = 5;

// Each takes memory besides its bytes. Most answers have ten.
constexpr int most_lines = 1000;

violation against_protocol(std::string reason) { return {errc::protocol_error, phase::read_header, std::move(reason)}; }

/// Beast's parser as a source of what we keep of an answer. It is given headers, and bodies without chunks.
class parser final : public beast::http::basic_parser<false> {
public:
    parser(response& answer, response_limits const& limits) : answer_{answer}, most_{limits.body_bytes}
    {
        eager(true);
        header_limit(static_cast<std::uint32_t>(
            std::min<std::size_t>(limits.header_bytes, std::numeric_limits<std::uint32_t>::max())));
        body_limit(limits.body_bytes);
    }

    std::optional<violation> const& refusal() const noexcept { return refusal_; }
    int status() const noexcept { return status_; }
    bool is_interim() const noexcept { return status_ >= 100 && status_ < 200; }
    int version() const noexcept { return version_; }

private:
    // F5, F6: Beast skips transfer codings that it does not know and then frames by something else.
    void judge_framing()
    {
        if (transfer_encodings_ > 1 || (transfer_encodings_ == 1 && !chunked()))
            refuse("its Transfer-Encoding is not a lone 'chunked'");
        else if (transfer_encodings_ == 1 && (content_lengths_ != 0 || version_ < 11))
            refuse("its body is framed twice: Transfer-Encoding and " +
                   std::string{content_lengths_ != 0 ? "Content-Length" : "HTTP/1.0"});
        else if (content_lengths_ > 1)
            refuse("it has more than one Content-Length");
        else if (encoded_ && status_ >= 200 && status_ != 204 && status_ != 304) // those have no body
            refuse("its body has a Content-Encoding that was not asked for");
    }

    void refuse(std::string reason)
    {
        if (!refusal_)
            refusal_ = against_protocol(std::move(reason));
    }

    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {}

    void on_response_impl(int status, beast::string_view, int version, beast::error_code& ec) override
    {
        ec = {};
        status_ = status;
        version_ = version;
        if (status < 100 || status > 599)
            refuse("its status is not from 100 to 599");
        else if (status == 101)
            refuse("it switches protocols (101), which was not asked for");
    }

    void on_field_impl(beast::http::field id, beast::string_view name, beast::string_view value,
                       beast::error_code& ec) override
    {
        ec = {};
        if (id == beast::http::field::content_length) {
            ++content_lengths_;
            if (value.empty() || value.find_first_not_of("0123456789") != beast::string_view::npos)
                refuse("its Content-Length is no number");
        } else if (id == beast::http::field::transfer_encoding) {
            ++transfer_encodings_;
            if (!beast::iequals(value, "chunked"))
                refuse("its Transfer-Encoding is not a lone 'chunked'");
        } else if (id == beast::http::field::content_encoding) {
            encoded_ = encoded_ || !(value.empty() || beast::iequals(value, "identity"));
        }
        answer_.add_field({name.data(), name.size()}, {value.data(), value.size()});
    }

    void on_header_impl(beast::error_code& ec) override
    {
        ec = {};
        judge_framing();
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const& length, beast::error_code& ec) override
    {
        ec = {};
        if (length) // which is within the limit
            most_ = static_cast<std::size_t>(*length);
    }

    std::size_t on_body_impl(beast::string_view body, beast::error_code& ec) override
    {
        ec = {};
        append_to_body(answer_.body, {body.data(), body.size()}, most_);
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override { return 0; }

    void on_finish_impl(beast::error_code& ec) override { ec = {}; }

    response& answer_;
    std::size_t most_; // that the body may become
    std::optional<violation> refusal_;
    int status_ = 0;
    int version_ = 0;
    int content_lengths_ = 0;
    int transfer_encodings_ = 0;
    bool encoded_ = false;
};

violation describe(beast::error_code const& ec, phase where)
{
    auto const of = [&](errc code, std::string reason) { return violation{code, where, std::move(reason)}; };
    if (ec == error::header_limit)
        return of(errc::limit_exceeded, "its header is larger than client_config::limits.header_bytes");
    if (ec == error::body_limit)
        return of(errc::limit_exceeded, "its body is larger than client_config::limits.body_bytes");
    return of(errc::protocol_error, ec.message());
}

} // namespace

struct response_reader::impl {
    explicit impl(response_limits const& from) : limits{from} {}

    response answer;
    response_limits limits;
    std::optional<parser> message;
    chunked_body chunks{0}; // of a message that has them
    std::optional<violation> failure;
    std::size_t header_scanned = 0; // bytes of an incomplete header that end_of_header has seen
    std::size_t line_begin = 0;     // where its current line begins
    int lines = 0;                  // before that
    int interim_answers = 0;
    bool in_body = false;
    bool complete = false;
    bool started = false;

    void begin_message()
    {
        answer.clear();
        message.emplace(answer, limits);
        header_scanned = 0;
        line_begin = 0;
        lines = 0;
        in_body = false;
    }

    void fail(errc code, std::string reason)
    {
        failure = violation{code, in_body ? phase::read_body : phase::read_header, std::move(reason)};
    }

    std::size_t end_of_header(std::string_view bytes);
    std::size_t read_header(std::string_view bytes);
    std::size_t read_body(std::string_view bytes);
    void header_done();
    void message_done();
};

/// Where the header ends, or 0 while it does not. Refuses line ends that are not CR LF, and folded lines: what Beast
/// accepts of those depends on how the bytes are split.
std::size_t response_reader::impl::end_of_header(std::string_view bytes)
{
    constexpr std::string_view begin = "HTTP/1.";
    if (bytes.substr(0, begin.size()) != begin.substr(0, bytes.size()))
        return fail(errc::protocol_error, "it does not begin with HTTP/1."), 0;
    for (;;) {
        auto const line_end = bytes.find('\n', header_scanned);
        if (line_end == bytes.npos || line_end + 1 > limits.header_bytes)
            break;
        auto const line = bytes.substr(line_begin, line_end - line_begin);
        if (line.empty() || line.find('\r') != line.size() - 1)
            return fail(errc::protocol_error, "its header has a line end other than CR LF"), 0;
        if (line_begin != 0 && (line.front() == ' ' || line.front() == '\t'))
            return fail(errc::protocol_error, "a line of its header is folded"), 0;
        line_begin = header_scanned = line_end + 1;
        if (line.size() == 1)
            return line_begin;
        if (++lines > most_lines)
            return fail(errc::limit_exceeded, "its header has more than 1000 lines"), 0;
    }
    header_scanned = bytes.size();
    if (bytes.size() > limits.header_bytes)
        fail(errc::limit_exceeded, "its header is larger than client_config::limits.header_bytes");
    return 0;
}

std::size_t response_reader::impl::read_header(std::string_view bytes)
{
    auto const size = end_of_header(bytes);
    if (size == 0)
        return 0;
    boost::system::error_code ec;
    auto const header = answer.keep_header(bytes.substr(0, size)); // of which the parser gives parts
    message->put(boost::asio::const_buffer{header.data(), header.size()}, ec);
    if (message->refusal())
        failure = message->refusal();
    else if (ec && ec != error::need_more)
        failure = describe(ec, phase::read_header);
    else if (!message->is_header_done())
        fail(errc::protocol_error, "its header is malformed");
    else
        header_done();
    return size;
}

void response_reader::impl::header_done()
{
    if (message->is_interim()) {
        if (++interim_answers > most_interim_answers)
            return fail(errc::protocol_error, "it is preceded by more than five interim answers (1xx)");
        return begin_message();
    }
    in_body = true;
    answer.status = message->status();
    if (message->chunked())
        chunks = chunked_body{limits.body_bytes};
    if (!message->is_done())
        return;
    message_done();
    // A 204 or 304 that announces a body has none. If one comes nevertheless, it must not answer the next request (F4).
    if (message->chunked() || message->content_length().value_or(0) != 0)
        answer.keep_alive = false;
}

std::size_t response_reader::impl::read_body(std::string_view bytes)
{
    if (message->chunked()) {
        auto const used = chunks.read(bytes, answer.body);
        failure = chunks.failure();
        if (chunks.complete())
            message_done();
        return used;
    }
    boost::system::error_code ec;
    auto const used = message->put(boost::asio::const_buffer{bytes.data(), bytes.size()}, ec);
    if (ec && ec != error::need_more)
        failure = describe(ec, phase::read_body);
    else if (message->is_done())
        message_done();
    return used;
}

void response_reader::impl::message_done()
{
    complete = true;
    answer.keep_alive = message->keep_alive() && !message->need_eof() && message->version() == 11;
}

response_reader::response_reader(response_limits limits) : impl_{std::make_unique<impl>(limits)} {}
response_reader::~response_reader() = default;
response_reader::response_reader(response_reader&&) noexcept = default;
response_reader& response_reader::operator=(response_reader&&) noexcept = default;

void response_reader::start()
{
    auto& self = *impl_;
    self.failure.reset();
    self.interim_answers = 0;
    self.complete = false;
    self.started = false;
    self.begin_message();
}

std::size_t response_reader::read(std::string_view bytes)
{
    auto& self = *impl_;
    std::size_t total = 0;
    self.started = self.started || !bytes.empty();
    while (!self.complete && !self.failure && total != bytes.size()) {
        auto const rest = bytes.substr(total);
        auto const used = self.in_body ? self.read_body(rest) : self.read_header(rest);
        total += used;
        if (used == 0)
            break;
    }
    return total;
}

void response_reader::end(bool clean)
{
    auto& self = *impl_;
    if (self.complete || self.failure)
        return;
    if (!self.started)
        return self.fail(errc::connection_lost, "the server closed the connection without an answer");
    if (!self.in_body)
        return self.fail(errc::connection_lost, "the server closed the connection within the answer's header");
    if (!self.message->need_eof())
        return self.fail(errc::connection_lost, "the server closed the connection within the answer's body");
    if (!clean)
        return self.fail(errc::connection_lost, "the connection broke off within the answer's body, which only a "
                                                "close_notify could have ended");
    boost::system::error_code ec;
    self.message->put_eof(ec);
    if (ec)
        self.failure = describe(ec, phase::read_body);
    else
        self.message_done();
}

bool response_reader::complete() const noexcept { return impl_->complete; }
bool response_reader::started() const noexcept { return impl_->started; }
phase response_reader::where() const noexcept { return impl_->in_body ? phase::read_body : phase::read_header; }
std::optional<violation> const& response_reader::failure() const noexcept { return impl_->failure; }
response& response_reader::answer() noexcept { return impl_->answer; }

} // namespace rtkhooks::http
