// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/webhook.hpp>

#include "model/server_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <ostream>

namespace rtkhooks {

namespace {

/// In the order of event_type::known.
constexpr std::array<std::string_view, event_type::known_count> known_names{
    "meeting.started",    "meeting.ended",          "meeting.participantJoined",  "meeting.participantLeft",
    "meeting.chatSynced", "recording.statusUpdate", "livestreaming.statusUpdate", "meeting.transcript",
    "meeting.summary",
};

/// The number of a documented event, or known_count.
std::size_t find_known(std::string_view name) noexcept
{
    std::size_t i = 0;
    while (i < known_names.size() && known_names[i] != name)
        ++i;
    return i;
}

} // namespace

event_type::event_type(std::string_view name) : known_{static_cast<std::uint8_t>(find_known(name))}
{
    if (known_ == known_count)
        other_ = name;
}

std::string_view event_type::name() const noexcept
{
    return known_ < known_count ? known_names[known_] : std::string_view{other_};
}

std::ostream& operator<<(std::ostream& out, event_type const& event) { return out << model::server_text(event.name()); }

std::ostream& operator<<(std::ostream& out, event_type::known event) { return out << event_type{event}; }

bool event_set::contains(event_type const& event) const noexcept
{
    if (auto const known = event.as_known())
        return contains(*known);
    return std::binary_search(others_.begin(), others_.end(), event.name(), std::less<std::string_view>{});
}

std::size_t event_set::size() const noexcept { return static_cast<std::size_t>(std::popcount(bits_)) + others_.size(); }

void event_set::insert(event_type const& event)
{
    if (auto const known = event.as_known())
        insert(*known);
    else
        insert(event.name());
}

void event_set::insert(std::string_view name)
{
    if (auto const known = find_known(name); known < event_type::known_count) {
        insert(static_cast<event_type::known>(known));
        return;
    }
    auto const place = std::lower_bound(others_.begin(), others_.end(), name, std::less<std::string_view>{});
    if (place == others_.end() || *place != name)
        others_.emplace(place, name);
}

void event_set::erase(event_type const& event) noexcept
{
    if (auto const known = event.as_known()) {
        bits_ = static_cast<std::uint16_t>(bits_ & ~bit(*known));
        return;
    }
    auto const place = std::lower_bound(others_.begin(), others_.end(), event.name(), std::less<std::string_view>{});
    if (place != others_.end() && *place == event.name())
        others_.erase(place);
}

event_set& event_set::operator|=(event_set const& other)
{
    if (!other.others_.empty()) {
        std::vector<std::string> both;
        both.reserve(others_.size() + other.others_.size());
        std::set_union(others_.begin(), others_.end(), other.others_.begin(), other.others_.end(),
                       std::back_inserter(both));
        others_ = std::move(both);
    }
    bits_ = static_cast<std::uint16_t>(bits_ | other.bits_);
    return *this;
}

std::ostream& operator<<(std::ostream& out, event_set const& events)
{
    std::string_view separator;
    for (auto const& event : events) {
        out << separator << event;
        separator = "|";
    }
    return out;
}

event_type event_set::const_iterator::operator*() const
{
    if (position_ < event_type::known_count)
        return static_cast<event_type::known>(position_);
    return event_type{set_->others_[position_ - event_type::known_count]};
}

event_set::const_iterator& event_set::const_iterator::operator++() noexcept
{
    do
        ++position_;
    while (position_ < event_type::known_count && (set_->bits_ >> position_ & 1u) == 0);
    return *this;
}

} // namespace rtkhooks
