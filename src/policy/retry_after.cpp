// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "policy/retry_after.hpp"

#include <algorithm>
#include <array>

namespace rtkhooks::policy {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds longest_wait = std::chrono::hours{24 * 365};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a date apart from its front. After the first thing that is not as expected, all else fails too.
class scanner {
public:
    explicit scanner(std::string_view text) noexcept : rest_{text} {}

    void expect(std::string_view literal) noexcept
    {
        valid_ = valid_ && rest_.substr(0, literal.size()) == literal;
        if (valid_)
            rest_.remove_prefix(literal.size());
    }
    int number(std::size_t digits) noexcept
    {
        valid_ = valid_ && rest_.size() >= digits &&
                 std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(digits), is_digit);
        int value = 0;
        for (std::size_t i = 0; valid_ && i != digits; ++i)
            value = value * 10 + (rest_[i] - '0');
        if (valid_)
            rest_.remove_prefix(digits);
        return value;
    }
    /// A day of the month as asctime writes it, with a space instead of a leading zero.
    int padded_day() noexcept
    {
        if (valid_ && !rest_.empty() && rest_.front() == ' ') {
            rest_.remove_prefix(1);
            return number(1);
        }
        return number(2);
    }
    int month() noexcept
    {
        auto const found = std::find(months.begin(), months.end(), rest_.substr(0, 3));
        valid_ = valid_ && found != months.end();
        if (valid_)
            rest_.remove_prefix(3);
        return valid_ ? static_cast<int>(found - months.begin()) + 1 : 0;
    }
    bool done() const noexcept { return valid_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool valid_ = true;
};

struct civil_time {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void scan_time(scanner& in, civil_time& out)
{
    out.hour = in.number(2);
    in.expect(":");
    out.minute = in.number(2);
    in.expect(":");
    out.second = in.number(2);
}

std::optional<sys_seconds> to_time(civil_time const& from)
{
    using namespace std::chrono;
    year_month_day const date{year{from.year}, month{static_cast<unsigned>(from.month)},
                              day{static_cast<unsigned>(from.day)}};
    if (!date.ok() || from.hour > 23 || from.minute > 59 || from.second > 60)
        return std::nullopt;
    return sys_days{date} + hours{from.hour} + minutes{from.minute} + seconds{std::min(from.second, 59)};
}

/// Of `Sun, 06 Nov 1994 08:49:37 GMT`, what follows the comma and space.
std::optional<civil_time> scan_imf(std::string_view text)
{
    civil_time time;
    scanner in{text};
    time.day = in.number(2);
    in.expect(" ");
    time.month = in.month();
    in.expect(" ");
    time.year = in.number(4);
    in.expect(" ");
    scan_time(in, time);
    in.expect(" GMT");
    return in.done() ? std::optional{time} : std::nullopt;
}

/// Of `Sunday, 06-Nov-94 08:49:37 GMT`, what follows the comma and space.
std::optional<civil_time> scan_rfc850(std::string_view text, int this_year)
{
    civil_time time;
    scanner in{text};
    time.day = in.number(2);
    in.expect("-");
    time.month = in.month();
    in.expect("-");
    time.year = this_year / 100 * 100 + in.number(2);
    if (time.year > this_year + 50) // RFC 9110: more than 50 years ahead means the most recent past year
        time.year -= 100;
    in.expect(" ");
    scan_time(in, time);
    in.expect(" GMT");
    return in.done() ? std::optional{time} : std::nullopt;
}

/// Of `Sun Nov  6 08:49:37 1994`, what follows the day's name and space.
std::optional<civil_time> scan_asctime(std::string_view text)
{
    civil_time time;
    scanner in{text};
    time.month = in.month();
    in.expect(" ");
    time.day = in.padded_day();
    in.expect(" ");
    scan_time(in, time);
    in.expect(" ");
    time.year = in.number(4);
    return in.done() ? std::optional{time} : std::nullopt;
}

} // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) noexcept
{
    using namespace std::chrono;
    std::optional<civil_time> parts;
    auto const comma = text.find(", ");
    if (comma == 3)
        parts = scan_imf(text.substr(5));
    else if (comma != text.npos && comma >= 6 && comma <= 9)
        parts = scan_rfc850(text.substr(comma + 2), static_cast<int>(year_month_day{floor<days>(now)}.year()));
    else if (text.size() > 4 && text[3] == ' ')
        parts = scan_asctime(text.substr(4));
    return parts ? to_time(*parts) : std::nullopt;
}

std::optional<seconds> parse_retry_after(std::string_view text, std::optional<std::string_view> date,
                                         sys_seconds now) noexcept
{
    if (text.empty())
        return std::nullopt;
    if (std::all_of(text.begin(), text.end(), is_digit)) {
        std::int64_t value = 0;
        for (char const c : text)
            value = std::min<std::int64_t>(value * 10 + (c - '0'), longest_wait.count());
        return seconds{value};
    }
    auto const until = parse_http_date(text, now);
    if (!until)
        return std::nullopt;
    auto const from = date ? parse_http_date(*date, now).value_or(now) : now;
    if (*until <= from)
        return std::nullopt;
    return std::min<seconds>(*until - from, longest_wait);
}

} // namespace rtkhooks::policy
