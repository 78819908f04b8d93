// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/answer.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace rtkhooks::emulation {
namespace {

std::string quote(std::string_view text)
{
    return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

std::string_view reason_phrase(int status)
{
    using phrase = std::pair<int, std::string_view>;
    static constexpr std::array<phrase, 23> phrases{{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    }};
    auto const found = std::find_if(phrases.begin(), phrases.end(), [&](phrase const& p) { return p.first == status; });
    return found == phrases.end() ? "Error" : found->second; // a phrase says nothing to a program
}

// The gateway's page for an origin that does not answer as it should.
answer make_error_page(int status)
{
    std::string const title = std::to_string(status) + ": Origin error";
    answer result{status, {}, "text/html; charset=UTF-8", {}};
    result.body = "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>" + title + "</title></head>\n<body><h1>" +
                  title + "</h1></body>\n</html>\n";
    return result;
}

void append_two_digits(std::string& out, unsigned value)
{
    out += static_cast<char>('0' + value / 10 % 10);
    out += static_cast<char>('0' + value % 10);
}

void append_date(std::string& out, std::chrono::sys_seconds now) // RFC 9110 section 5.6.7
{
    constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(now);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{now - day};
    auto const year = static_cast<unsigned>(static_cast<int>(date.year()));
    out.append(days[std::chrono::weekday{day}.c_encoding()]).append(", ");
    append_two_digits(out, static_cast<unsigned>(date.day()));
    out.append(" ").append(months[static_cast<unsigned>(date.month()) - 1]).append(" ");
    append_two_digits(out, year / 100);
    append_two_digits(out, year % 100);
    out += ' ';
    append_two_digits(out, static_cast<unsigned>(time.hours().count()));
    out += ':';
    append_two_digits(out, static_cast<unsigned>(time.minutes().count()));
    out += ':';
    append_two_digits(out, static_cast<unsigned>(time.seconds().count()));
    out.append(" GMT");
}

std::string make_header(answer const& what, framing how, std::chrono::sys_seconds now)
{
    std::string out;
    out.reserve(longest_header / 2);
    out.append("HTTP/1.1 ").append(std::to_string(what.status)).append(" ").append(reason_phrase(what.status));
    out.append("\r\nDate: ");
    append_date(out, now);
    out.append("\r\nContent-Type: ").append(what.content_type);
    out.append("\r\nContent-Length: ").append(std::to_string(what.body.size()));
    if (!how.keep_alive)
        out.append("\r\nConnection: close");
    else if (!how.http_1_1)
        out.append("\r\nConnection: keep-alive");
    out.append("\r\nServer: rtkhooks-emulator");
    for (auto const& [name, value] : what.fields)
        out.append("\r\n").append(name).append(": ").append(value);
    return out.append("\r\n\r\n");
}

} // namespace

answer make_realtimekit_error(int status, std::string_view message)
{
    answer result{status, {}, "application/json", {}};
    result.body =
        "{\"success\":false,\"error\":{\"code\":" + std::to_string(status) + ",\"message\":" + quote(message) + "}}";
    return result;
}

answer make_unauthorized() { return {401, R"({"message":"Unauthorized"})", "application/json", {}}; }

answer make_gateway_error(int status, std::optional<int> code, std::string_view message)
{
    answer result{status, {}, "application/json", {}};
    result.body = "{\"success\":false,\"errors\":[{";
    if (code)
        result.body.append("\"code\":").append(std::to_string(*code)).append(",");
    result.body.append("\"message\":").append(quote(message)).append("}],\"messages\":[],\"result\":null}");
    return result;
}

answer make_bad_credentials(int code, std::string_view message)
{
    answer result{400, {}, "application/json", {}};
    result.body = "{\"success\":false,\"errors\":[{\"code\":6003,\"message\":\"Invalid request headers\","
                  "\"error_chain\":[{\"code\":" +
                  std::to_string(code) + ",\"message\":" + quote(message) + "}]}],\"messages\":[],\"result\":null}";
    return result;
}

answer make_protocol_error(int status) { return make_gateway_error(status, {}, reason_phrase(status)); }

answer make_overload()
{
    auto result =
        make_gateway_error(503, {}, "Service Unavailable: too much is under way in this emulator, try again later");
    result.fields.emplace_back("Retry-After", "1");
    result.closes = true;
    return result;
}

answer make_error(int status)
{
    switch (status) {
    case 400:
        return make_realtimekit_error(400, "BAD_REQUEST");
    case 401:
        return make_unauthorized();
    case 403:
        return make_gateway_error(403, 10000, "Authentication error");
    case 404:
        return make_realtimekit_error(404, "Error: resource not found");
    case 409:
        return make_realtimekit_error(409, "Error: resource already exists");
    case 422:
        return make_gateway_error(422, 1001, "Unprocessable entity");
    case 429:
        return make_gateway_error(429, 971, "Please wait and consider throttling your request speed");
    case 500:
        return make_realtimekit_error(500, "Internal Server Error");
    case 502:
    case 504:
        return make_error_page(status);
    default:
        return status >= 520 ? make_error_page(status) : make_protocol_error(status);
    }
}

void append(std::string& out, answer what, framing how, std::chrono::sys_seconds now)
{
    constexpr std::size_t long_body = 4096;
    auto const header = make_header(what, how, now);
    if (how.head) {
        out.append(header);
    } else if (what.body.size() < long_body || !out.empty()) {
        out.reserve(out.size() + header.size() + what.body.size());
        out.append(header).append(what.body);
    } else {
        out = std::move(what.body);
        out.insert(0, header);
    }
}

} // namespace rtkhooks::emulation
