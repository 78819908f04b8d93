// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/webhook.hpp>

#include <optional>
#include <string>

namespace rtkhooks::model {

/// Checks what a caller wants to send.
/// @return nothing where it may be sent; else one line that names the field and what would be right, with nothing of
///         the field's value in it
[[nodiscard]] std::optional<std::string> why_invalid(webhook_spec const& spec);
/// Checks the fields that are set; that none is set is an error.
[[nodiscard]] std::optional<std::string> why_invalid(webhook_patch const& patch);

} // namespace rtkhooks::model
