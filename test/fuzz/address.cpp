// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What a caller gives that becomes a request's header. The first byte chooses the method and the kind of credentials;
// then there are texts with 0x1f, the unit separator, between them: base URL, account id, app id, webhook id, user
// agent, key, a header's name, its value, and the body.
#include "client/check_config.hpp"
#include "http/base_url.hpp"
#include "http/request.hpp"
#include "target.hpp"

#include <rtkhooks/error.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <variant>

namespace rtkhooks::fuzz {
namespace {

using http::header_list;
using http::method;

constexpr char unit_separator = '\x1f';
constexpr std::string_view end_of_key = "5ecre7"; // of every key, so that it can be told from other text
constexpr std::array methods{method::get, method::post, method::put, method::patch, method::delete_};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string in_lower_case(std::string_view text)
{
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

std::string without_percent_encoding(std::string_view segment)
{
    std::string result;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            result += segment[i];
            continue;
        }
        auto const digits = std::string{segment.substr(i + 1, 2)};
        require(digits.size() == 2 && digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos,
                "a percent sign has two digits behind it", {segment});
        result += static_cast<char>(std::stoi(digits, nullptr, 16));
        i += 2;
    }
    return result;
}

/// Whether a text has any of these, or a control character.
bool has_any(std::string_view text, std::string_view characters)
{
    return std::any_of(text.begin(), text.end(), [&](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || characters.find(c) != characters.npos;
    });
}

// --- base URL --------------------------------------------------------------------------------------------------------

void check_base_url(std::string_view text)
{
    auto const parsed = http::parse_base_url(text);
    auto const* const url = std::get_if<http::base_url>(&parsed);
    if (url == nullptr) {
        auto const& reason = std::get<std::string>(parsed);
        require(!reason.empty() && !has_any(reason, ""), "a refusal is one line", {text, reason});
        return;
    }
    require(!url->host.empty() && url->host.size() <= 253 && url->host == in_lower_case(url->host),
            "a host is in lower case, and not too long", {text});
    bool const is_v6 = url->host.find(':') != url->host.npos;
    require(is_v6 == (text.find('[') != text.npos), "brackets are for IPv6 addresses, and these stand in them", {text});
    require(std::all_of(url->host.begin(), url->host.end(),
                        [&](char c) {
                            return is_alphanumeric(c) || c == '.' || c == (is_v6 ? ':' : '-') || (!is_v6 && c == '_');
                        }),
            "a host has characters of a name, or of an address", {text});
    boost::system::error_code ec;
    boost::asio::ip::make_address(url->host, ec);
    require(url->host_is_address == !ec.failed(), "a host is an address where Asio takes it for one",
            {text, url->host});
    require(url->port != 0, "a port is not 0", {text});

    auto const port = std::to_string(url->port);
    auto const host = is_v6 ? '[' + url->host + ']' : url->host;
    bool const is_default = url->port == (url->tls ? 443 : 80);
    require(url->authority == (is_default ? host : host + ':' + port),
            "an authority is the host, and a port if need be", {text, url->authority});
    require(url->path.empty() || (url->path.front() == '/' && url->path.back() != '/'),
            "a path begins with a slash and does not end with one", {text});
    require(!has_any(url->path, "?# \"<>\\^`{|}[]") &&
                std::none_of(url->path.begin(), url->path.end(), [](char c) { return (c & 0x80) != 0; }),
            "a path has no character that would end it", {text, url->path});
    for (auto const segment : split(url->path, '/')) {
        auto const meant = without_percent_encoding(segment);
        require(meant != "." && meant != "..", "a path has no dot segment", {text, url->path});
    }

    auto const again = http::parse_base_url((url->tls ? "https://" : "http://") + host + ':' + port + url->path);
    auto const* const same = std::get_if<http::base_url>(&again);
    require(same != nullptr && same->tls == url->tls && same->host == url->host && same->port == url->port &&
                same->host_is_address == url->host_is_address && same->authority == url->authority &&
                same->path == url->path,
            "a base URL put together again is the same", {text});
    if (http::is_loopback(*url))
        require(url->host == "localhost" || boost::asio::ip::make_address(url->host).is_loopback(),
                "only this machine is a loopback", {text});
}

// --- segments --------------------------------------------------------------------------------------------------------

/// Undoes the client's own percent-encoding, which leaves no other characters than unreserved ones.
std::string decoded(std::string_view segment)
{
    for (char const c : segment)
        require(is_alphanumeric(c) || std::string_view{"-._~%"}.find(c) != std::string_view::npos,
                "a path segment has unreserved characters alone", {segment});
    return without_percent_encoding(segment);
}

bool check_segment(std::string_view value)
{
    std::string encoded;
    http::append_path_segment(encoded, value);
    require(decoded(encoded) == value, "a path segment is encoded as what it is", {value, encoded});
    auto const reason = http::why_no_path_segment("id", value);
    if (reason) {
        require(reason->starts_with("id ") && !has_any(*reason, ""), "a refusal is one line about the parameter",
                {value, *reason});
        return false;
    }
    require(!value.empty() && value.size() <= 1024 && value != "." && value != ".." && !has_any(value, "/\\?#% "),
            "what is accepted changes no path", {value});
    require(encoded != "." && encoded != "..", "an accepted segment is no dot segment", {value});
    return true;
}

// --- headers ---------------------------------------------------------------------------------------------------------

bool check_header(std::string_view name, std::string_view value)
{
    auto const reason = http::why_no_extra_header(name, value);
    if (reason) {
        require(!has_any(*reason, ""), "a refusal is one line", {name, value, *reason});
        return false;
    }
    require(!name.empty() && std::all_of(name.begin(), name.end(),
                                         [](char c) {
                                             return is_alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) !=
                                                                              std::string_view::npos;
                                         }),
            "a header's name is a token", {name});
    require(std::none_of(value.begin(), value.end(),
                         [](char c) {
                             return has_any({&c, 1}, "") && c != '\t';
                         }),
            "a header's value splits no header", {name, value});
    auto const lower_name = in_lower_case(name);
    for (auto const* const taken : {"host", "content-length", "transfer-encoding", "connection", "authorization",
                                    "content-type", "te", "trailer", "upgrade", "expect", "x-auth-key"})
        require(lower_name != taken, "what frames a message or carries a secret is the client's own", {name});
    return true;
}

/// A request taken apart, as strictly as any server would.
struct request {
    std::vector<std::string_view> start_line;
    header_list headers;
    std::string_view body;

    [[nodiscard]] std::vector<std::string> all(std::string_view name) const
    {
        std::vector<std::string> values;
        for (auto const& [key, value] : headers)
            if (in_lower_case(key) == name)
                values.push_back(value);
        return values;
    }
};

request read(std::string_view bytes)
{
    auto const end = bytes.find("\r\n\r\n");
    require(end != bytes.npos, "a request has a header that ends", {bytes});
    request result;
    result.body = bytes.substr(end + 4);
    auto lines = split(bytes.substr(0, end + 2), '\n');
    lines.pop_back(); // behind the last line's end
    for (auto& line : lines) {
        require(line.ends_with('\r'), "a line ends with CR LF", {bytes});
        line.remove_suffix(1);
        require(line.find('\r') == line.npos && line.find('\0') == line.npos, "a line has no CR and no NUL", {bytes});
    }
    result.start_line = split(lines.front(), ' ');
    for (std::size_t i = 1; i != lines.size(); ++i) {
        auto const colon = lines[i].find(": ");
        require(colon != std::string_view::npos && colon != 0, "a header line has a name and a value", {lines[i]});
        result.headers.emplace_back(lines[i].substr(0, colon), lines[i].substr(colon + 2));
    }
    return result;
}

/// What a client can be made of, as it makes it.
struct client {
    http::base_url url;
    header_list headers;
};

std::optional<client> make_client(client_config const& config)
try {
    client made;
    made.url = detail::check(config);
    made.headers = detail::constant_headers(config, made.url);
    return made;
} catch (exception const& refusal) {
    std::string_view const reason = refusal.what();
    require(refusal.error().code() == errc::invalid_argument && !has_any(reason, ""),
            "a configuration is refused with one line", {reason});
    require(reason.find(end_of_key) == reason.npos, "a refusal holds no key", {reason});
    return std::nullopt;
}

void check_request(client const& from, std::vector<std::string> const& ids, method verb, header_list const& extra,
                   std::string_view body)
{
    auto target = from.url.path + "/accounts/";
    http::append_path_segment(target, ids[0]);
    target += "/realtime/kit/";
    http::append_path_segment(target, ids[1]);
    target += "/webhooks/";
    http::append_path_segment(target, ids[2]);
    auto const bytes = http::request_builder{from.headers}.build(verb, target, extra, body);
    auto const sent = read(bytes);

    require(sent.start_line.size() == 3 && sent.start_line[0] == to_string(verb) && sent.start_line[1] == target &&
                sent.start_line[2] == "HTTP/1.1",
            "a request line is method, target and version", {bytes});
    auto const parts = split(std::string_view{target}.substr(from.url.path.size()), '/');
    require(parts.size() == 8, "a target has as many segments as it should", {target});
    require(decoded(parts[2]) == ids[0] && decoded(parts[5]) == ids[1] && decoded(parts[7]) == ids[2],
            "a target has the ids that were given", {target});

    header_list expected = from.headers;
    expected.insert(expected.end(), extra.begin(), extra.end());
    if (!body.empty()) {
        expected.emplace_back("Content-Type", "application/json");
        expected.emplace_back("Content-Length", std::to_string(body.size()));
    }
    require(sent.headers == expected, "a request has the headers that were given, and no other", {bytes});
    require(sent.body == body, "a request has the body that was given", {bytes});
    for (auto const* const once : {"host", "user-agent", "accept"})
        require(sent.all(once).size() == 1, "there is one of what there must be one of", {bytes});
    require(sent.all("host").front() == from.url.authority, "the host is that of the base URL", {bytes});
    require(sent.all("content-length").size() == (body.empty() ? 0u : 1u) && sent.all("transfer-encoding").empty(),
            "a body is framed once", {bytes});
    require(sent.all("authorization").size() + sent.all("x-auth-key").size() == 1, "there is one key", {bytes});
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks;
    using namespace rtkhooks::fuzz;

    auto const choice = choice_of(data, size);
    auto const parts = split(after_choice(data, size), unit_separator);
    auto const part = [&](std::size_t index, std::string_view otherwise) {
        return std::string{index < parts.size() ? parts[index] : otherwise};
    };
    client_config config;
    config.insecure_http_loopback = true;
    config.base_url = part(0, "");
    std::vector<std::string> const ids{part(1, "a"), part(2, "b"), part(3, "c")};
    config.user_agent = part(4, "");
    auto key = part(5, "t");
    if (!key.empty())
        key += end_of_key;
    config.auth = choice % 2 == 0 ? credentials::api_token(key) : credentials::global_key("a@example.com", key);
    header_list const extra{{part(6, "X-A"), part(7, "1")}};
    auto const body = part(8, "");

    check_base_url(config.base_url);
    bool good = true;
    for (auto const& id : ids)
        good = check_segment(id) && good;
    good = check_header(extra[0].first, extra[0].second) && good;
    auto const made = make_client(config);
    if (made && good)
        check_request(*made, ids, methods[choice / 2 % methods.size()], extra, body);
    return 0;
}
