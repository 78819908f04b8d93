// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Deliveries. The input is lines of a header, `name: value`, an empty line, and the body, which is also decoded. One
// body was signed once, with a key that was thrown away: nothing else may be genuine.
#include "model/utf8.hpp"
#include "target.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/event.hpp>

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

namespace rtkhooks::fuzz {
namespace {

namespace json = boost::json;

constexpr std::string_view key_pem = "-----BEGIN PUBLIC KEY-----\n"
                                     "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6tk3U0taipUU1Pujd5nu\n"
                                     "DCVi4BaZ0VSFoqDgLOYRNNAT5DL0Nz8ronshrkvnZbXHXuWaeJ32CMQXFg2WGrhT\n"
                                     "I7cSw7uJRMwYwGb4oS79Mzo3rvrqN/SxLtHbxzARHJGJanNR/vFZVECJiq0dacjP\n"
                                     "dVDW72xc3p2Mx4gaLstMfqpcN0q6lcVlO/EN+/INkI7Lw3E1BKADHJUe0Y/lDn1r\n"
                                     "OcCRSlLX84OVGcDKXHKCtvZy149ohV1U04UXCAH6yWiq8Cb0MLRHZikGFO+4fdC4\n"
                                     "fZIr4MNfO8HBqg8OEF3LCR1oFeb5gxeAU9uqtq8lfYLj2Au7cA849EHJcDjgVaXC\n"
                                     "FQIDAQAB\n"
                                     "-----END PUBLIC KEY-----\n";
constexpr std::string_view signed_body = R"({"event":"meeting.ended","reason":"HOST_ENDED_MEETING"})";
constexpr std::string_view its_signature =
    "Awfm5EfKArht095EC6Pgg8nNaxASQ6UPAbRKhIqMEdLLVf1rKqqYpMA/ZyaoSQ0oDNwq3Z7Mpf/B"
    "eCyVQnzexu+nVSL1/aCWz8/j9h7825Yq1sL0f9BpLyoGqCowvV05DOXQNMEzl3vkmLI8PA/xLEoQ"
    "9XJU8aDjEoceuU1JaEKdZKPnkrnYTKXcnZd61cVNDdvghrFWQaoDe+q24QSYQlRp1cIZhu+3+UgW"
    "mMgrTo96T/Y7iqkfVIB5xRJMjzjSq7liFQXQqFFkwXm9yB7pWQdSNghaEQiEoMQi8ufTVCUWUtBk"
    "IXyrzewZ0CA23i3JAQgqBqeZqGfwTsek7qXYHw==";

public_key const& key()
{
    static auto const read = public_key::from_pem(key_pem).value();
    return read;
}

struct header_line {
    std::string_view name;
    std::string_view value;
};

struct delivery {
    std::vector<header_line> headers;
    std::string_view body;
};

delivery delivery_of(std::string_view input)
{
    delivery result;
    auto const end = input.find("\n\n");
    result.body = end == input.npos ? std::string_view{} : input.substr(end + 2);
    for (auto const line : split(input.substr(0, end), '\n'))
        if (auto const colon = line.find(": "); colon != line.npos)
            result.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
    return result;
}

std::vector<std::string_view> values_of(delivery const& given, std::string_view name)
{
    std::vector<std::string_view> values;
    for (auto const& line : given.headers)
        if (line.name == name)
            values.push_back(line.value);
    return values;
}

/// Whether a text is base64, by another way: what OpenSSL makes of it, and writes again.
bool is_base64(std::string_view text)
{
    if (text.empty() || text.size() % 4 != 0)
        return false;
    std::vector<unsigned char> bytes(text.size() / 4 * 3);
    auto const size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<unsigned char const*>(text.data()),
                                      static_cast<int>(text.size()));
    ERR_clear_error();
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    if (size < 0 || static_cast<std::size_t>(size) != bytes.size())
        return false;
    std::vector<unsigned char> again(text.size() + 1);
    EVP_EncodeBlock(again.data(), bytes.data(), size - static_cast<int>(padding));
    return std::equal(text.begin(), text.end(), again.begin(),
                      [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
}

verdict expected_of(std::vector<std::string_view> const& signatures, std::string_view body)
{
    if (signatures.empty())
        return verdict::signature_missing;
    constexpr std::size_t longest = 2048 / 3 * 4 + 4; // of a key of 16384 bits
    if (signatures.size() > 1 || signatures[0].size() > longest || !is_base64(signatures[0]))
        return verdict::signature_malformed;
    return signatures[0] == its_signature && body == signed_body ? verdict::genuine : verdict::signature_mismatch;
}

void check_verdict(delivery const& given)
{
    auto const found = [&](std::string_view name) -> header_value {
        auto const values = values_of(given, name);
        if (values.empty())
            return {};
        return values.size() == 1 ? header_value{values[0]} : header_value::repeated();
    };
    ERR_raise(ERR_LIB_USER, 1);
    auto const checked = check_delivery(key(), found, given.body);
    require(ERR_GET_LIB(ERR_get_error()) == ERR_LIB_USER && ERR_get_error() == 0, "OpenSSL's errors stay as they were");

    auto signatures = values_of(given, "rtk-signature");
    if (signatures.empty())
        signatures = values_of(given, "dyte-signature");
    require(checked.verdict == expected_of(signatures, given.body), "a verdict is what the headers and the body say",
            {to_string(checked.verdict)});
    if (signatures.size() == 1)
        require(verify(key(), given.body, signatures[0]) == checked.verdict, "one signature has one verdict");
    int const status = status_for(checked.verdict);
    require((status == 200) == (checked.verdict == verdict::genuine) && (status == 200 || status / 100 == 4),
            "what is not genuine is refused for good");
    for (auto const* const id : {&checked.id, &checked.webhook_id})
        require(id->size() <= 128 && std::all_of(id->begin(), id->end(), [](char c) { return c > 0x20 && c < 0x7f; }),
                "an id is fit to be logged", {*id});
    require(checked == check_delivery(std::span{&key(), 1}, found, given.body), "one key is a list of one");
    require(check_delivery(std::span<public_key const>{}, found, given.body).verdict != verdict::genuine,
            "nothing is genuine without a key");
}

// --- events ----------------------------------------------------------------------------------------------------------

/// How many members a text gives, read without a grammar.
std::size_t members_of(std::string_view text)
{
    std::size_t members = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ':')
            ++members;
    }
    return members;
}

/// And how many of them are left in a tree, which keeps one of those that have the same name.
std::size_t members_of(json::value const& tree)
{
    std::size_t members = 0;
    if (auto const* const object = tree.if_object()) {
        for (auto const& each : *object)
            members += 1 + members_of(each.value());
    } else if (auto const* const array = tree.if_array()) {
        for (auto const& each : *array)
            members += members_of(each);
    }
    return members;
}

void check_line(std::string_view line)
{
    require(model::is_valid_utf8(line), "what is printed is UTF-8", {line});
    require(std::none_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }),
            "what is printed is one line without controls", {line});
    for (std::string_view const secret : {"streamKey", "chatDownloadUrl", "transcriptDownloadUrl", "summaryDownloadUrl",
                                          "downloadUrl", "audioDownloadUrl"}) {
        auto const member = std::string{"\""}.append(secret).append("\":");
        for (auto at = line.find(member); at != line.npos; at = line.find(member, at + 1))
            require(line.substr(at + member.size()).starts_with("\"[secret]\""), "no secret is printed", {line});
    }
}

std::string printed(event const& any)
{
    std::ostringstream out;
    out << any;
    return std::move(out).str();
}

void check_decoding(std::string_view body)
{
    auto const decoded = decode_event(body);
    auto const any = decode_any_event(body);
    check_line(printed(any));
    require(base_of(any).body == body, "the body is kept", {body});
    auto const* const raw = std::get_if<events::unknown_event>(&any);
    require(decoded.has_value() == !(raw != nullptr && raw->why), "what is not decoded says why", {body});

    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code ec;
    auto const tree = json::parse({body.data(), body.size()}, ec, {}, options);
    if (!decoded) {
        auto const& why = decoded.error();
        require(raw->why == why, "both say the same", {body});
        require(why.code() == errc::decode_failed && why.message().size() < 1000, "an error is short", {why.message()});
        check_line(why.message());
        auto const shape = why.parts().explanation;
        require(!ec || shape.starts_with("not JSON: ") || shape.starts_with("nested deeper") ||
                    shape == "the body is empty",
                "what is no JSON is called so", {body, shape});
        require(shape != "the whole: an object has two members of one name" || members_of(body) != members_of(tree),
                "nothing else is refused for a name that is given twice", {body});
        return;
    }
    require(*decoded == any, "both are decoded as the same", {body});
    require(!ec && tree.is_object(), "only JSON objects are decoded", {body});
    require(members_of(body) == members_of(tree), "nothing is decoded that has a name twice", {body});
    auto const& name = tree.at("event").as_string();
    require(type_of(*decoded).name() == std::string_view{name.data(), name.size()}, "an event has its name", {body});
    auto const all = base_of(*decoded).json();
    // As texts: Boost.JSON reads 0e999 as not a number, which equals nothing.
    require(all.has_value() && json::serialize(*all) == json::serialize(tree), "all that the body has is there",
            {body});
    auto const text = encode(*decoded);
    auto const again = decode_event(text);
    // A year outside of 0000 to 9999, which an offset can make, is written and not read.
    bool const has_far_year = !again && again.error().message().find("expected a date-time") != std::string::npos;
    require(has_far_year || (again && *again == *decoded), "an event is encoded and decoded as the same", {body, text});
}

} // namespace
} // namespace rtkhooks::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace rtkhooks::fuzz;

    auto const given = delivery_of({reinterpret_cast<char const*>(data), size});
    check_verdict(given);
    check_decoding(given.body);
    return 0;
}
