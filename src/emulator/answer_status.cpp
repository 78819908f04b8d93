// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/answer_status.hpp"

namespace rtkhooks::emulation {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `HTTP/1.1 204 No Content` (RFC 9112 section 4). The blank behind the status may be missing, as it often is.
// Returns 0 where it is another line.
int read_status_line(std::string_view line)
{
    constexpr std::string_view version = "HTTP/1.";
    constexpr std::size_t least = 12;
    if (line.size() < least || !line.starts_with(version) || !is_digit(line[7]) || line[8] != ' ' ||
        (line.size() > least && line[least] != ' '))
        return 0;
    auto const digits = line.substr(9, 3);
    if (digits[0] < '1' || !is_digit(digits[0]) || !is_digit(digits[1]) || !is_digit(digits[2]))
        return 0;
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

} // namespace

answer_status_reader::progress answer_status_reader::feed(std::string_view bytes)
{
    constexpr std::string_view beginning = "HTTP/1.";
    for (char const c : bytes) {
        if (++header_bytes_ > longest_header)
            return progress::failed;
        if (c == '\n') {
            if (line_.ends_with('\r'))
                line_.pop_back();
            auto const now = read_line();
            line_.clear();
            if (now != progress::need_more)
                return now;
        } else {
            line_ += c;
            // What begins otherwise never becomes a status line, and may have no end.
            if (!in_fields_ && line_.size() <= beginning.size() && c != beginning[line_.size() - 1])
                return progress::failed;
        }
    }
    return progress::need_more;
}

answer_status_reader::progress answer_status_reader::read_line()
{
    if (!in_fields_) {
        status_ = read_status_line(line_);
        in_fields_ = true;
        // The connection then speaks something else, which was not asked for.
        return status_ == 0 || status_ == 101 ? progress::failed : progress::need_more;
    }
    if (!line_.empty())
        return progress::need_more;
    in_fields_ = false;
    return status_ / 100 == 1 ? progress::need_more : progress::complete;
}

} // namespace rtkhooks::emulation
