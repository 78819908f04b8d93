// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/response.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rtkhooks::http {

/// Takes the data out of a chunked body (RFC 9112 section 7.1). It looks at every byte once and keeps at most one line,
/// so that its verdict cannot depend on how the bytes are split, and a line without end takes no memory. Beast's does
/// either (F7, F8). Trailers are checked and dropped: nobody asked for one.
class chunked_body {
public:
    /// @param limit how much data the chunks may hold in all
    explicit chunked_body(std::size_t limit) noexcept : data_left_{limit} {}

    /// Reads bytes, and stops behind the body's last.
    /// @param data gets what the chunks hold
    /// @return how many were read: all, unless the body is complete or malformed
    std::size_t read(std::string_view bytes, std::string& data);

    [[nodiscard]] bool complete() const noexcept { return step_ == step::complete; }
    [[nodiscard]] std::optional<violation> const& failure() const noexcept { return failure_; }

private:
    enum class step { size_line, data, data_cr, data_lf, trailers, complete };

    void read_data(std::string_view& bytes, std::string& data);
    void read_data_end(std::string_view& bytes);
    void read_line(std::string_view& bytes);
    void judge_line(std::string_view line);
    void judge_size_line(std::string_view line);
    void fail(errc code, char const* reason);

    step step_ = step::size_line;
    std::uint64_t data_left_;       // that may come yet
    std::uint64_t chunk_left_ = 0;  // of the chunk's data
    std::size_t framing_bytes_ = 0; // of the chunk's size line, or of all trailers
    std::string line_;              // begins here, if it came in pieces
    std::optional<violation> failure_;
};

} // namespace rtkhooks::http
