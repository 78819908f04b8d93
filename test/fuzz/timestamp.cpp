// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Timestamps. The input is a text, of which the first eight bytes are also taken as a time of their own.
#include "target.hpp"

#include <rtkhooks/webhook.hpp>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <optional>

namespace rtkhooks::fuzz {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int number(std::string_view text, std::size_t at, std::size_t digits)
{
    int value = 0;
    for (char const c : text.substr(at, digits))
        value = value * 10 + (c - '0');
    return value;
}

/// Whether a text has a form in which `0` stands for a digit, `T` and `-` for themselves and so on.
bool has_form(std::string_view text, std::string_view form)
{
    return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                      [](char c, char f) { return f == '0' ? is_digit(c) : c == f; });
}

/// What an RFC 3339 date-time is, said once more by another way: the form first, then the C library's calendar.
std::optional<timestamp> expected_of(std::string text)
{
    std::string_view const form = "0000-00-00T00:00:00";
    if (text.size() < form.size() + 1)
        return std::nullopt;
    if (text[10] == 't' || text[10] == ' ')
        text[10] = 'T';
    if (text.back() == 'z')
        text.back() = 'Z';
    if (!has_form(text.substr(0, form.size()), form))
        return std::nullopt;

    auto rest = text.substr(form.size());
    std::string fraction;
    if (rest.front() == '.') {
        fraction = rest.substr(1, rest.find_first_not_of("0123456789", 1) - 1);
        rest.erase(0, 1 + fraction.size());
        if (fraction.empty() || fraction.size() > 9)
            return std::nullopt;
    }
    int offset = 0; // in minutes
    if (has_form(rest, "+00:00") || has_form(rest, "-00:00")) {
        int const hour = number(rest, 1, 2);
        int const minute = number(rest, 4, 2);
        if (hour > 23 || minute > 59)
            return std::nullopt;
        offset = (rest.front() == '-' ? -1 : 1) * (hour * 60 + minute);
    } else if (rest != "Z") {
        return std::nullopt;
    }

    std::tm parts{};
    parts.tm_year = number(text, 0, 4) - 1900;
    parts.tm_mon = number(text, 5, 2) - 1;
    parts.tm_mday = number(text, 8, 2);
    parts.tm_hour = number(text, 11, 2);
    parts.tm_min = number(text, 14, 2);
    int const second = number(text, 17, 2);
    if (parts.tm_hour > 23 || parts.tm_min > 59 || second > 60)
        return std::nullopt;
    auto normal = parts;
    std::time_t const minute = timegm(&normal) - offset * 60;
    if (normal.tm_mon != parts.tm_mon || normal.tm_mday != parts.tm_mday)
        return std::nullopt; // no such day
    if (second == 60 && (minute + 60) % 86'400 != 0)
        return std::nullopt;

    fraction.resize(6, '0');
    return timestamp{seconds{minute + second} + microseconds{number(fraction, 0, 6)}};
}

/// The same for the other direction.
std::string expected_text(timestamp time)
{
    std::int64_t const all = time.time_since_epoch().count();
    auto const fraction = static_cast<int>((all % 1'000'000 + 1'000'000) % 1'000'000);
    std::time_t const count = all / 1'000'000 - (all % 1'000'000 < 0 ? 1 : 0); // not floor(), which overflows
    std::tm parts{};
    gmtime_r(&count, &parts);
    long const year = parts.tm_year + 1900L;
    char text[64];
    int size = std::snprintf(text, sizeof text, year >= 0 && year <= 9999 ? "%04ld" : "%+07ld", year);
    size += std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), "-%02d-%02dT%02d:%02d:%02d.",
                          parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), fraction % 1000 == 0 ? "%03dZ" : "%06dZ",
                  fraction % 1000 == 0 ? fraction / 1000 : fraction);
    return text;
}

void check_writing(timestamp time)
{
    auto const text = format_timestamp(time);
    require(text == expected_text(time), "a time is written as the C library's calendar has it",
            {text, expected_text(time)});
    bool const four_digits = text.front() != '-' && text.front() != '+';
    require(parse_timestamp(text) == (four_digits ? std::optional{time} : std::nullopt),
            "a written time is read as the same, unless its year is outside 0000 to 9999", {text});
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks;
    using namespace rtkhooks::fuzz;

    std::string const text{reinterpret_cast<char const*>(data), size};
    auto const read = parse_timestamp(text);
    auto const expected = expected_of(text);
    require(read.has_value() == expected.has_value(), "exactly the date-times of RFC 3339 are read", {text});
    require(read == expected, "a date-time is read as the C library's calendar has it",
            {text, read ? format_timestamp(*read) : "", expected ? format_timestamp(*expected) : ""});
    if (read)
        check_writing(*read);

    std::int64_t count = 0;
    std::memcpy(&count, data, std::min(size, sizeof count));
    check_writing(timestamp{microseconds{count}});
    return 0;
}
