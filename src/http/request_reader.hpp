// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/memory_budget.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks::http {

/// What a request may measure.
struct request_limits {
    std::size_t start_line = 8 * 1024; ///< bytes; more is 414
    std::size_t header = 16 * 1024;    ///< bytes, the start line included; the trailer counts too; more is 431
    std::size_t body = 64 * 1024;      ///< bytes, decoded; more is 413
    std::size_t chunk_line = 1024;     ///< bytes of a chunk's size and extensions; more is 400
};

/// A request as it came: RFC 9112's framing is off, nothing else is judged.
struct received_request {
    /// A header field, possibly absent. Keeps its memory for the next request.
    struct field {
        std::size_t lines = 0; ///< in how many lines it came
        std::string value;     ///< of all of them, with commas between (RFC 9110 section 5.3)

        [[nodiscard]] bool present() const noexcept { return lines != 0; }
    };

    std::string method;
    std::string target;
    bool http_1_1 = true;
    bool keep_alive = true;
    std::vector<field> fields; ///< those that the reader was asked to keep, in that order
    std::string body;
};

/// Reads HTTP/1 requests from bytes, however they are cut. Strict: what RFC 9112 lets a server refuse is refused,
/// because a message that two parties frame differently is how requests are smuggled.
///
/// Not Beast's parser: version 345 asserts on a split last chunk and buffers chunk extensions without bound.
class request_reader {
public:
    enum class progress {
        need_more,
        complete, ///< request() is whole; next() goes on
        failed,   ///< failure() is the status to answer before closing
    };

    /// @param kept names of the header fields to keep, in lower case; they must stay where they are
    /// @param memory for bodies: 503 is the failure where it has no more
    /// @param reclaim asked where it has no more: whether others have given some back, so that it is tried again
    explicit request_reader(std::span<std::string_view const> kept, request_limits limits = {},
                            memory_budget::share memory = {}, std::function<bool()> reclaim = {})
        : kept_{kept}, limits_{limits}, memory_{std::move(memory)}, reclaim_{std::move(reclaim)}
    {
        request_.fields.resize(kept.size());
    }

    /// Takes bytes until a request is complete.
    /// @return how many were taken: all of them unless the request is complete or has failed
    std::size_t feed(std::string_view bytes);
    [[nodiscard]] progress state() const noexcept;
    /// Whether nothing of a request has come yet, save empty lines.
    [[nodiscard]] bool idle() const noexcept { return stage_ == stage::start_line && line_.empty(); }
    /// Whether the header is complete, and so all of request() but its body.
    [[nodiscard]] bool header_complete() const noexcept
    {
        return stage_ != stage::start_line && stage_ != stage::fields && stage_ != stage::failed;
    }
    /// Whether the client waits for `100 Continue` before it sends the body.
    [[nodiscard]] bool awaits_continue() const noexcept { return awaits_continue_; }
    [[nodiscard]] int failure() const noexcept { return failure_; }
    [[nodiscard]] received_request const& request() const noexcept { return request_; }
    /// Forgets the body, which is of no more use.
    void drop_body();
    /// Has this request's body read as any other, and nothing of it kept.
    void skip_body();
    /// Forgets the part of a body that has come: others need its memory. The failure is 503.
    void give_up_body();
    /// Forgets the request and begins with the next.
    void next();

private:
    enum class stage { start_line, fields, body, chunk_size, chunk_data, chunk_end, trailer, complete, failed };

    bool take_line(std::string_view bytes, std::size_t& taken, std::string_view& line);
    void read_line(std::string_view line);
    void read_start_line(std::string_view line);
    void read_field_line(std::string_view line);
    void read_field(std::string_view name, std::string_view value);
    void keep(std::string_view name, std::string_view value);
    void read_host(std::string_view value);
    void read_content_length(std::string_view value);
    void read_transfer_encoding(std::string_view value);
    void read_connection(std::string_view value);
    void end_header();
    void read_chunk_size(std::string_view line);
    bool make_room(std::size_t size);
    std::size_t take_body(std::string_view bytes);
    void fail(int status) noexcept;

    std::span<std::string_view const> kept_;
    request_limits limits_;
    memory_budget::share memory_; // as much as the body's capacity
    std::function<bool()> reclaim_;
    received_request request_;
    stage stage_ = stage::start_line;
    std::string line_; // the part of a line that came so far
    std::size_t header_bytes_ = 0;
    std::uint64_t body_bytes_ = 0; // of the body, decoded, so far
    std::uint64_t body_left_ = 0;  // of the body, or of the chunk
    bool skips_body_ = false;
    bool has_host_ = false;
    bool has_length_ = false;
    bool chunked_ = false;
    bool asks_close_ = false;
    bool asks_keep_alive_ = false;
    bool expects_continue_ = false;
    bool awaits_continue_ = false;
    int failure_ = 0;
};

} // namespace rtkhooks::http
