// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/error.hpp>
#include <rtkhooks/webhook.hpp>

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

/// @file
/// The value types and Boost.JSON: `boost::json::value_from`, `boost::json::value_to`, with the API's field names.
/// Include `<boost/json.hpp>` beside this header to use them. `value_to` throws `rtkhooks::exception` with
/// `errc::decode_failed` and the JSON path of what is wrong; of an element of a container, newer Boost.JSON (1.88) throws a
/// `boost::system::system_error` with that code alone.

namespace rtkhooks {

RTKHOOKS_API void tag_invoke(boost::json::value_from_tag const&, boost::json::value&, event_type const&);
RTKHOOKS_API void tag_invoke(boost::json::value_from_tag const&, boost::json::value&, event_set const&);
RTKHOOKS_API void tag_invoke(boost::json::value_from_tag const&, boost::json::value&, webhook const&);
RTKHOOKS_API void tag_invoke(boost::json::value_from_tag const&, boost::json::value&, webhook_spec const&);
RTKHOOKS_API void tag_invoke(boost::json::value_from_tag const&, boost::json::value&, webhook_patch const&);
RTKHOOKS_API void tag_invoke(boost::json::value_from_tag const&, boost::json::value&, error const&);

RTKHOOKS_API event_type tag_invoke(boost::json::value_to_tag<event_type> const&, boost::json::value const&);
RTKHOOKS_API event_set tag_invoke(boost::json::value_to_tag<event_set> const&, boost::json::value const&);
RTKHOOKS_API webhook tag_invoke(boost::json::value_to_tag<webhook> const&, boost::json::value const&);
RTKHOOKS_API webhook_spec tag_invoke(boost::json::value_to_tag<webhook_spec> const&, boost::json::value const&);
RTKHOOKS_API webhook_patch tag_invoke(boost::json::value_to_tag<webhook_patch> const&, boost::json::value const&);

/// Decodes one webhook object, straight from bytes.
/// @param text one complete JSON text: the object alone, without the API's envelope
/// @return the webhook, or `errc::decode_failed` with the JSON path and the byte offset of what is wrong
[[nodiscard]] RTKHOOKS_API result<webhook> decode_webhook(std::string_view text);

/// Encodes as compact JSON text with the API's field names.
[[nodiscard]] RTKHOOKS_API std::string encode(webhook const&);
[[nodiscard]] RTKHOOKS_API std::string encode(webhook_spec const&);
[[nodiscard]] RTKHOOKS_API std::string encode(webhook_patch const&);

} // namespace rtkhooks
