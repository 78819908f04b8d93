// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/webhook.hpp>

#include <string>
#include <string_view>

namespace rtkhooks::model {

/// Each appends compact JSON (RFC 8259) in UTF-8. What is not UTF-8 becomes U+FFFD, so that the result always is JSON;
/// why_invalid() tells before anything is sent.

void append_json(std::string& out, std::string_view text);
void append_json(std::string& out, event_set const& events);
/// All seven fields.
void append_json(std::string& out, webhook const& hook);
/// All four fields: an API default must not decide `enabled`.
void append_json(std::string& out, webhook_spec const& spec);
/// The fields that are set, and no other.
void append_json(std::string& out, webhook_patch const& patch);

} // namespace rtkhooks::model
