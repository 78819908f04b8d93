// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <rtkhooks/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::http {

/// A buffer that is larger is not kept for the next answer or request.
inline constexpr std::size_t capacity_to_keep = 16 * 1024;

/// A complete answer. Reused from answer to answer, so that reading one allocates nothing once its buffers have grown.
class response {
public:
    response() = default;

    int status = 0;
    /// Whether the message allows the connection to be used again. Whether anything came after it, the reader cannot
    /// know.
    bool keep_alive = false;
    std::string body;

    void clear() noexcept;
    /// Gives back what a large answer left behind.
    void shrink();

    /// Keeps a header's bytes. Fields are then found in them.
    /// @return the bytes, which stay where they are until the next clear()
    std::string_view keep_header(std::string_view bytes);
    /// @param name and value: within what keep_header() returned
    void add_field(std::string_view name, std::string_view value);
    [[nodiscard]] std::size_t field_count() const noexcept { return fields_.size(); }
    [[nodiscard]] std::string_view field_name(std::size_t index) const noexcept;
    [[nodiscard]] std::string_view field_value(std::size_t index) const noexcept;
    /// The index of the first field of a name, compared without case, or field_count().
    /// @param from the first index that is looked at
    [[nodiscard]] std::size_t find(std::string_view name, std::size_t from = 0) const noexcept;
    /// The first field of a name.
    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
    /// All fields of a name as one list (RFC 9110 section 5.3).
    /// @param room where they are joined, if there are several
    [[nodiscard]] std::optional<std::string_view> list(std::string_view name, std::string& room) const;

private:
    struct position {
        std::uint32_t name, name_size, value, value_size; // of header_
    };
    std::string header_;
    std::vector<position> fields_;
};

/// Appends to a body. It takes memory for no more than what it has and what it may become.
/// @param most how large the body may become, this included
void append_to_body(std::string& body, std::string_view more, std::size_t most);

/// What a reader may take in.
struct response_limits {
    std::size_t header_bytes = 64 * 1024;
    std::size_t body_bytes = 32 * 1024 * 1024;
};

/// Why an answer is not taken: with errc::protocol_error, errc::limit_exceeded or errc::connection_lost.
struct violation {
    errc code;
    phase where;
    std::string reason;
};

/// Reads one answer after another from the bytes of a connection: Beast's parser, the checks that it leaves out
/// (F4 to F6, F10), and chunked_body where there are chunks (F7, F8). No sockets: it gives the same verdict however the
/// bytes are split.
class response_reader {
public:
    explicit response_reader(response_limits limits);
    ~response_reader();
    response_reader(response_reader&&) noexcept;
    response_reader& operator=(response_reader&&) noexcept;

    /// Begins the next answer.
    void start();
    /// Reads bytes, and stops behind the answer's last.
    /// @return how many were read; the others must be given again, with more behind them, unless the answer is complete
    std::size_t read(std::string_view bytes);
    /// The bytes end here.
    /// @param clean whether the end was announced: by close_notify, or a FIN where there is no TLS
    void end(bool clean);

    [[nodiscard]] bool complete() const noexcept;
    /// Whether a byte of an answer came.
    [[nodiscard]] bool started() const noexcept;
    /// read_header or read_body: where a deadline would strike now.
    [[nodiscard]] phase where() const noexcept;
    [[nodiscard]] std::optional<violation> const& failure() const noexcept;
    [[nodiscard]] response& answer() noexcept;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace rtkhooks::http
