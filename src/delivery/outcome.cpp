// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/outcome.hpp"

#include "text/ascii.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdio>
#include <span>

namespace rtkhooks::delivery {
namespace {

struct row {
    outcome value;
    int status;
    std::string_view text;
};

/// In the order of outcome.
constexpr std::array rows{
    row{outcome::handled, 200, "accepted"},
    row{outcome::duplicate, 200, "accepted before"},
    row{outcome::signature_malformed, 400, "the signature is not one text in base64"},
    row{outcome::signature_missing, 401, "there is no signature"},
    row{outcome::signature_mismatch, 401, "the signature does not match"},
    row{outcome::of_others, 403, "the event is not meant for this receiver"},
    row{outcome::wrong_path, 404, "nothing is received here"},
    row{outcome::wrong_method, 405, "deliveries are posted"},
    row{outcome::wrong_type, 415, "the body must be application/json"},
    row{outcome::wrong_coding, 415, "the body must not be encoded"},
    row{outcome::handler_failed, 500, "it could not be handled"},
    row{outcome::undecided, 503, "whether the signature matches cannot be known yet"},
    row{outcome::not_in_time, 503, "it is still being handled"},
    row{outcome::overloaded, 503, "too much is under way"},
    row{outcome::stopping, 503, "this receiver stops"},
};

constexpr bool rows_are_in_order() noexcept
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].value) != i)
            return false;
    }
    return static_cast<std::size_t>(outcome::stopping) + 1 == rows.size();
}
static_assert(rows_are_in_order());

/// A request's target as its sender has configured it: with or without scheme and authority (RFC 9112 section 3.2.2).
std::string_view path_of(std::string_view target) noexcept
{
    for (std::string_view const scheme : {"http://", "https://"}) {
        if (ascii::equal_in_any_case(target.substr(0, scheme.size()), scheme)) {
            target.remove_prefix(scheme.size());
            auto const path = target.find('/');
            return path == target.npos ? "/" : target.substr(path);
        }
    }
    return target;
}

/// Takes as long wherever the two differ: the path may be what keeps strangers out.
bool is_path(std::string_view given, std::string_view path) noexcept
{
    return given.size() == path.size() && CRYPTO_memcmp(given.data(), path.data(), path.size()) == 0;
}

bool is_json(http::received_request::field const& type) noexcept
{
    auto name = std::string_view{type.value}.substr(0, type.value.find(';'));
    while (name.ends_with(' ') || name.ends_with('\t'))
        name.remove_suffix(1);
    return type.lines == 1 && ascii::equal_in_any_case(name, "application/json");
}

http::received_request::field const& field_of(http::received_request const& request, kept_field which)
{
    return request.fields[static_cast<std::size_t>(which)];
}

std::string_view reason_phrase(int status) noexcept
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return {};
    }
}

/// RFC 9110 section 5.6.7, whatever the locale.
std::string http_date(std::chrono::sys_seconds now)
{
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(now);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{now - day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  days[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text.data();
}

} // namespace

int status_of(outcome what) noexcept { return rows[static_cast<std::size_t>(what)].status; }
std::string_view explanation_of(outcome what) noexcept { return rows[static_cast<std::size_t>(what)].text; }

std::optional<outcome> outcome_of(verdict what) noexcept
{
    switch (what) {
    case verdict::genuine:
        return std::nullopt;
    case verdict::signature_missing:
        return outcome::signature_missing;
    case verdict::signature_malformed:
        return outcome::signature_malformed;
    case verdict::signature_mismatch:
        return outcome::signature_mismatch;
    case verdict::undecided:
        break;
    }
    return outcome::undecided;
}

std::optional<outcome> objection_to(http::received_request const& request, std::string_view path)
{
    if (!is_path(path_of(request.target), path))
        return outcome::wrong_path;
    if (request.method != "POST")
        return outcome::wrong_method;
    auto const& coding = field_of(request, kept_field::content_encoding);
    if (!coding.value.empty() && !ascii::equal_in_any_case(coding.value, "identity"))
        return outcome::wrong_coding;
    auto const& type = field_of(request, kept_field::content_type);
    if (!type.value.empty() && !is_json(type)) // a field without a value says nothing
        return outcome::wrong_type;
    return std::nullopt;
}

std::optional<outcome> refusal_by_header(http::received_request const& request, std::string_view path)
{
    if (auto const objection = objection_to(request, path))
        return objection;
    auto const fields = [&](std::string_view name) { return find_field(request, name); };
    auto const without_key = check_delivery(std::span<public_key const>{}, fields, {}).verdict;
    return without_key == verdict::undecided ? std::nullopt : outcome_of(without_key);
}

header_value find_field(http::received_request const& request, std::string_view name) noexcept
{
    auto const found = std::find(kept_fields.begin(), kept_fields.end(), name);
    if (found == kept_fields.end())
        return {};
    auto const& field = request.fields[static_cast<std::size_t>(found - kept_fields.begin())];
    if (field.lines > 1)
        return header_value::repeated();
    return field.present() ? header_value{field.value} : header_value{};
}

std::string make_answer(int status, std::string_view text, answer_framing how, std::chrono::sys_seconds now)
{
    std::string out;
    out.reserve(256 + text.size());
    out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_phrase(status));
    out.append("\r\nDate: ").append(http_date(now));
    out.append("\r\nContent-Type: text/plain\r\nContent-Length: ").append(std::to_string(text.size() + 1));
    if (status == 405)
        out.append("\r\nAllow: POST");
    if (!how.keep_alive)
        out.append("\r\nConnection: close");
    else if (!how.http_1_1)
        out.append("\r\nConnection: keep-alive");
    out.append("\r\n\r\n");
    if (!how.head)
        out.append(text).append("\n");
    return out;
}

} // namespace rtkhooks::delivery
