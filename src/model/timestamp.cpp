// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/webhook.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace rtkhooks {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Takes a text apart from its front. A wish that is not met makes all later ones fail too.
class scanner {
public:
    explicit scanner(std::string_view text) noexcept : rest_{text} {}

    /// Exactly so many decimal digits.
    int number(std::size_t digits) noexcept
    {
        good_ = good_ && rest_.size() >= digits;
        if (!good_)
            return 0;
        int value = 0;
        for (char const c : rest_.substr(0, digits)) {
            good_ = good_ && is_digit(c);
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    /// Any one of some characters.
    char one_of(std::string_view choice) noexcept
    {
        if (!next_is(choice)) {
            good_ = false;
            return '\0';
        }
        char const taken = rest_.front();
        rest_.remove_prefix(1);
        return taken;
    }

    [[nodiscard]] bool next_is(std::string_view choice) const noexcept
    {
        // The choices are few: std::string_view::find would cost more than it finds.
        return good_ && !rest_.empty() &&
               std::any_of(choice.begin(), choice.end(), [this](char c) { return c == rest_.front(); });
    }

    /// Whether all wishes were met and nothing is left.
    [[nodiscard]] bool complete() const noexcept { return good_ && rest_.empty(); }

    [[nodiscard]] bool next_is_digit() const noexcept { return good_ && !rest_.empty() && is_digit(rest_.front()); }

    int digit() noexcept
    {
        good_ = next_is_digit();
        if (!good_)
            return 0;
        int const value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

private:
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    std::string_view rest_;
    bool good_ = true;
};

/// After the point: one to nine digits, to the microsecond.
microseconds scan_fraction(scanner& in) noexcept
{
    microseconds result{0};
    microseconds weight{100'000};
    int digits = 0;
    do {
        result += in.digit() * weight;
        weight /= 10; // 0 past the sixth digit
    } while (++digits < 9 && in.next_is_digit());
    return result;
}

/// `Z` or `+02:00`. Nothing where the numbers are out of range.
std::optional<minutes> scan_offset(scanner& in) noexcept
{
    char const sign = in.one_of("Zz+-");
    if (sign != '+' && sign != '-')
        return minutes{0};
    int const hour = in.number(2);
    in.one_of(":");
    int const minute = in.number(2);
    if (hour > 23 || minute > 59)
        return std::nullopt;
    auto const offset = hours{hour} + minutes{minute};
    return sign == '+' ? offset : -offset;
}

constexpr auto day = microseconds{days{1}};

/// Appends with leading zeros.
void append_number(std::string& out, std::int64_t value, std::size_t digits)
{
    std::array<char, 20> buffer{};
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    auto const size = static_cast<std::size_t>(end - buffer.data());
    if (size < digits)
        out.append(digits - size, '0');
    out.append(buffer.data(), size);
}

struct civil_date {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

/// The Gregorian date of a day counted from 1970-01-01, in 64 bits: std::chrono::year ends at 32767, and a timestamp
/// reaches past 290,000 either way. The year is counted from March, so that the leap day is its last.
/// Source: H. Hinnant, chrono-Compatible Low-Level Date Algorithms, civil_from_days.
civil_date civil_from_days(std::int64_t since_1970) noexcept
{
    std::int64_t const shifted = since_1970 + 719'468; // from 0000-03-01
    std::int64_t const era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
    auto const day_of_era = static_cast<unsigned>(shifted - era * 146'097);
    unsigned const year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    unsigned const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned const month_from_march = (5 * day_of_year + 2) / 153;
    unsigned const day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    unsigned const month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {std::int64_t{year_of_era} + era * 400 + (month <= 2 ? 1 : 0), month, day_of_month};
}

} // namespace

std::optional<timestamp> parse_timestamp(std::string_view text) noexcept
{
    scanner in{text};
    int const year = in.number(4);
    in.one_of("-");
    int const month = in.number(2);
    in.one_of("-");
    int const day_of_month = in.number(2);
    in.one_of("Tt ");
    int const hour = in.number(2);
    in.one_of(":");
    int const minute = in.number(2);
    in.one_of(":");
    int const second = in.number(2);
    microseconds fraction{0};
    if (in.next_is(".")) {
        in.one_of(".");
        fraction = scan_fraction(in);
    }
    auto const offset = scan_offset(in);
    if (!in.complete() || !offset || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;

    std::chrono::year_month_day const date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day_of_month)}};
    if (!date.ok())
        return std::nullopt;
    auto const to_the_minute = std::chrono::sys_days{date} + hours{hour} + minutes{minute} - *offset;
    // A leap second is the last of a day in UTC (RFC 3339, 5.7). Such a time is that of the second after it, because
    // system time has no leap seconds.
    if (second == 60 && (to_the_minute + minutes{1}) != std::chrono::floor<days>(to_the_minute + minutes{1}))
        return std::nullopt;
    return to_the_minute + seconds{second} + fraction;
}

std::string format_timestamp(timestamp time)
{
    std::int64_t const count = time.time_since_epoch().count();
    std::int64_t const within_day = (count % day.count() + day.count()) % day.count();
    std::int64_t const whole_days = count / day.count() - (count % day.count() < 0 ? 1 : 0);
    auto const date = civil_from_days(whole_days);

    std::string result;
    result.reserve(std::string_view{"+290000-01-01T00:00:00.000000Z"}.size());
    bool const four_digits = date.year >= 0 && date.year <= 9999;
    if (!four_digits)
        result += date.year < 0 ? '-' : '+';
    append_number(result, date.year < 0 ? -date.year : date.year, four_digits ? 4 : 6);
    result += '-';
    append_number(result, date.month, 2);
    result += '-';
    append_number(result, date.day, 2);
    result += 'T';
    append_number(result, within_day / 3'600'000'000, 2);
    result += ':';
    append_number(result, within_day / 60'000'000 % 60, 2);
    result += ':';
    append_number(result, within_day / 1'000'000 % 60, 2);
    result += '.';
    if (std::int64_t const fraction = within_day % 1'000'000; fraction % 1000 == 0)
        append_number(result, fraction / 1000, 3);
    else
        append_number(result, fraction, 6);
    result += 'Z';
    return result;
}

} // namespace rtkhooks
