// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/event.hpp>

#include <string>
#include <vector>

namespace rtkhooks::delivery {

/// Whether an event names one of these as whose it is: `meeting.organizedBy.id`, `organizedBy.id` or
/// `recording.organizationId`, in any event, known or not. All of these are RealtimeKit's to set, none is the sender's
/// of another app.
[[nodiscard]] bool is_of(event const& what, std::vector<std::string> const& owners);

} // namespace rtkhooks::delivery
