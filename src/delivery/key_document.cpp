// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/key_document.hpp"

#include "model/decode.hpp"
#include "model/json_kind.hpp"
#include "model/server_text.hpp"
#include "model/status.hpp"

#include <rtkhooks/event.hpp>

#include <boost/json/object.hpp>

#include <algorithm>
#include <string>

namespace rtkhooks::delivery {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 32;

error undecodable(std::string const& reason)
{
    error::details what;
    what.code = errc::decode_failed;
    what.phase = phase::decode;
    what.request_state = request_state::answered;
    what.explanation = "the key document: " + reason;
    return error{std::move(what)};
}

/// What the document says where it has no key.
std::string why_refused(std::string_view body)
{
    std::string reason = "success: false";
    for (auto const& each : model::decode_error_body(body, max_depth).messages)
        reason += ": " + each.message;
    return reason;
}

} // namespace

result<public_key> read_key_document(std::string_view body)
{
    auto const document = events::base{std::string{body}}.json(); // which refuses a name that comes twice
    if (!document) {
        auto const start = model::server_snippet(body, 80);
        return undecodable(document.error().parts().explanation + (start.empty() ? "" : ", in: " + start));
    }
    if (auto const* const success = document->if_contains("success"); success != nullptr && !success->is_null()) {
        if (!success->is_bool())
            return undecodable("success: expected true");
        if (!success->get_bool())
            return undecodable(why_refused(body));
    }
    auto const* const data = document->if_contains("data");
    if (data == nullptr)
        return undecodable("data: missing");
    if (!data->is_object())
        return undecodable("data: expected an object");
    auto const* const text = data->get_object().if_contains("publicKey");
    if (text == nullptr)
        return undecodable("data.publicKey: missing");
    if (!text->is_string())
        return undecodable("data.publicKey: expected a string");
    auto const& pem = text->get_string();
    auto const key = public_key::from_pem({pem.data(), pem.size()});
    if (!key)
        return undecodable("data.publicKey: " + key.error().parts().explanation);
    return *key;
}

result<public_key> read_key_answer(int status, std::string_view body)
{
    if (status == 200)
        return read_key_document(body);
    error::details what;
    what.code = model::errc_for_status(status);
    what.phase = phase::decode;
    what.http_status = status;
    what.request_state = request_state::answered;
    what.messages = model::decode_error_body(body, max_depth).messages;
    what.explanation = "where the key should be";
    return error{std::move(what)};
}

std::optional<std::chrono::seconds> kept_for(std::string_view age) noexcept
{
    constexpr std::chrono::seconds most = std::chrono::hours{365 * 24};
    constexpr std::chrono::seconds unknown{0};
    if (age.empty() || age.find_first_not_of("0123456789") != age.npos)
        return unknown;
    if (age.find_first_not_of('0') == age.npos)
        return std::nullopt;
    std::chrono::seconds result{0};
    for (char const digit : age)
        result = std::min(most, result * 10 + std::chrono::seconds{digit - '0'});
    return result;
}

} // namespace rtkhooks::delivery
