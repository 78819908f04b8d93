// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What an answer says about waiting. The first byte chooses what time it is; then there are lines: Retry-After, Date,
// Ratelimit, Ratelimit-Policy, X-RateLimit-Remaining, X-RateLimit-Reset. A field is absent where its line is.
#include "policy/pacer.hpp"
#include "policy/quota.hpp"
#include "policy/retry_after.hpp"
#include "target.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

namespace rtkhooks::fuzz {
namespace {

using namespace std::chrono;
using field = std::optional<std::string_view>;

constexpr seconds year_at_most = hours{24 * 365};
constexpr seconds window{300};

constexpr std::array now_of_choice{
    sys_seconds{sys_days{2026y / November / 24}} + 12h, sys_seconds{},
    sys_seconds{sys_days{1999y / December / 31}} + 23h, sys_seconds{sys_days{2049y / January / 1}},
    sys_seconds{sys_days{2262y / April / 1}}, // about where the system's clock ends
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string printed(char const* format, auto... values)
{
    char text[96];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

/// A time in the three forms of RFC 9110 section 5.6.7, without the day's name and what separates it.
struct written_date {
    explicit written_date(sys_seconds time)
    {
        std::time_t const count = time.time_since_epoch().count();
        std::tm parts{};
        gmtime_r(&count, &parts);
        static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        auto const* const month = months[static_cast<std::size_t>(parts.tm_mon)];
        year = parts.tm_year + 1900;
        auto const clock = printed("%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec);
        imf = printed("%02d %s %04d %s GMT", parts.tm_mday, month, year, clock.c_str());
        rfc850 = printed("%02d-%s-%02d %s GMT", parts.tm_mday, month, year % 100, clock.c_str());
        asctime = printed("%s %2d %s %04d", month, parts.tm_mday, clock.c_str(), year);
    }

    int year = 0;
    std::string imf, rfc850, asctime;
};

/// 59 for a leap second, which is what it is read as.
std::string without_leap_second(std::string text)
{
    if (auto const at = text.find(":60"); at != text.npos)
        text.replace(at, 3, ":59");
    return text;
}

void check_date(std::string_view text, sys_seconds now)
{
    auto const read = policy::parse_http_date(text, now);
    if (!read)
        return;
    written_date const again{*read};
    auto const comma = text.find(", ");
    auto const rest = without_leap_second(std::string{comma != text.npos ? text.substr(comma + 2) : text.substr(4)});
    // asctime's day may have a zero in front too.
    auto asctime_with_zero = again.asctime;
    if (asctime_with_zero[4] == ' ')
        asctime_with_zero[4] = '0';
    require(rest == again.imf || rest == again.rfc850 || rest == again.asctime || rest == asctime_with_zero,
            "a date is read as what it says, in one of the three forms", {text, again.imf});
    if (rest == again.rfc850) {
        int const this_year = written_date{now}.year;
        require(again.year <= this_year + 50 && again.year > this_year - 100,
                "a year of two digits is not more than 50 years ahead", {text, again.imf});
    }
}

/// Every time can be written in each form and is read again.
void check_date_of(std::uint32_t number, sys_seconds now)
{
    auto const near = now + seconds{number % (49u * 365 * 86'400)}; // as far as two digits reach
    written_date const text{near};
    if (text.year > 9999)
        return;
    auto const read = [&](std::string const& date) { return policy::parse_http_date(date, now); };
    require(read("Mon, " + text.imf) == near, "a date is read", {text.imf});
    require(read("Mon " + text.asctime) == near, "a date as asctime writes it is read", {text.asctime});
    if (text.year / 100 == written_date{now}.year / 100)
        require(read("Monday, " + text.rfc850) == near, "a date with a year of two digits is read", {text.rfc850});
}

/// As many seconds as a text of digits says, up to a year.
std::optional<seconds> expected_seconds(std::string_view text)
{
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
        return std::nullopt;
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    if (text.size() > 9)
        return year_at_most;
    return std::min(seconds{std::atol(std::string{text}.c_str())}, year_at_most);
}

void check_retry_after(std::string_view text, field date, sys_seconds now)
{
    auto const wait = policy::parse_retry_after(text, date, now);
    require(!wait || (*wait >= 0s && *wait <= year_at_most), "a wait is neither negative nor longer than a year",
            {text});
    if (auto const expected = expected_seconds(text)) {
        require(wait == expected, "a wait in seconds is what its digits say", {text});
        return;
    }
    auto const until = policy::parse_http_date(text, now);
    auto const from = date ? policy::parse_http_date(*date, now).value_or(now) : now;
    bool const is_ahead = until && *until > from;
    require(wait.has_value() == is_ahead, "a wait until a date is one only where the date is ahead", {text});
    require(!wait || *wait == std::min<seconds>(*until - from, year_at_most), "a wait until a date ends there", {text});
}

/// Whether no quoted string is open at a text's end.
bool is_balanced(std::string_view text)
{
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == '\\' && quoted)
            ++i;
    }
    return !quoted;
}

bool operator==(policy::quota const& left, policy::quota const& right)
{
    return left.remaining == right.remaining && left.reset == right.reset;
}

bool are_equal(policy::quota_list const& left, policy::quota_list const& right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](auto const& a, auto const& b) { return a == b; });
}

void check_quotas(policy::quota_fields const& fields, sys_seconds now)
{
    auto const quotas = policy::read_quotas(fields, window, now);
    require(quotas.size() < policy::most_quotas, "one more quota always has room");
    for (auto const& each : quotas)
        require(each.remaining >= 0 && each.reset >= 0s, "a quota is never negative");

    auto const least = std::min_element(quotas.begin(), quotas.end(),
                                        [](auto const& a, auto const& b) { return a.remaining < b.remaining; });
    auto const remaining = policy::requests_remaining(fields);
    require(remaining.has_value() == !quotas.empty(), "something remains where there is a quota");
    require(!remaining || *remaining == least->remaining, "what remains is the least of all quotas");

    policy::pacer pacer{client_config::rate_limit_config{}};
    auto const start = policy::pacer::time_point{} + hours{1'000'000};
    pacer.correct(quotas, pacer.take(start), start);
    for (auto const ahead : {0u, 1u, 5u, 1000u}) {
        auto const turn = pacer.available(ahead, start);
        require(turn >= start && turn <= start + 1h, "no answer holds a client back for more than an hour");
    }
}

/// A list read as a whole is what its parts are.
void check_list(policy::quota_fields fields, sys_seconds now)
{
    auto const first = fields.rate_limit.value_or(std::string_view{});
    if (!is_balanced(first))
        return;
    std::string_view const second = R"( "extra" ; r=17; t=18 )";
    auto const joined = std::string{first}.append(",").append(second);
    fields.x_remaining.reset();
    auto parts = policy::read_quotas(fields, window, now);
    fields.rate_limit = second;
    auto const last = policy::read_quotas(fields, window, now);
    require(last.size() == 1 && last[0].remaining == 17 && last[0].reset == 18s, "an item is read as what it says");
    auto const most = std::max_element(parts.begin(), parts.end(),
                                       [](auto const& a, auto const& b) { return a.remaining < b.remaining; });
    if (parts.size() + 1 != policy::most_quotas)
        parts.push_back(last[0]);
    else if (last[0].remaining < most->remaining)
        *most = last[0];
    fields.rate_limit = joined;
    require(are_equal(policy::read_quotas(fields, window, now), parts), "a list is read item by item", {joined});
}

/// Any name and any numbers, written as documented, are read.
void check_item_of(std::uint32_t number, std::string_view text)
{
    std::string name;
    for (char const c : text.substr(0, 32))
        name.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    auto const left = static_cast<long long>(number) << (number % 31);
    auto const item = '"' + name + printed("\";r=%lld;t=%u", left, number % 100'000);
    auto const other = "\"not " + name + printed("\";q=9;w=%u, ", number % 1'000 + 1);
    auto const bucket = other + '"' + name + printed("\";q=100;w=%u", number % 1'000);
    policy::quota_fields fields;
    fields.rate_limit = item;
    auto quotas = policy::read_quotas(fields, window, {});
    require(quotas.size() == 1 && quotas[0].remaining == left && quotas[0].reset == seconds{number % 100'000},
            "an item with any name is read", {item});
    auto const without_reset = item.substr(0, item.rfind(';'));
    fields.rate_limit = without_reset;
    fields.rate_limit_policy = bucket;
    quotas = policy::read_quotas(fields, window, {});
    require(quotas.size() == 1 && quotas[0].reset == seconds{number % 1'000},
            "an item that does not say when it starts anew does so by the policy of its name", {item, bucket});
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks;
    using namespace rtkhooks::fuzz;

    auto const now = now_of_choice[choice_of(data, size) % now_of_choice.size()];
    auto const lines = split(after_choice(data, size), '\n');
    auto const line = [&](std::size_t index) { return index < lines.size() ? field{lines[index]} : std::nullopt; };
    auto const number = number_of(after_choice(data, size));

    for (auto const text : lines) {
        check_date(text, now);
        check_retry_after(text, line(1), now);
        check_retry_after(text, std::nullopt, now);
    }
    check_date_of(number, now);

    policy::quota_fields fields;
    fields.date = line(1);
    fields.rate_limit = line(2);
    fields.rate_limit_policy = line(3);
    fields.x_remaining = line(4);
    fields.x_reset = line(5);
    check_quotas(fields, now);
    check_list(fields, now);
    check_item_of(number, fields.rate_limit.value_or("default"));
    return 0;
}
