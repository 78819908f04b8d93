// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/export.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtkhooks {

/// A point in time as the API gives it: UTC, to the microsecond.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Reads an RFC 3339 date-time (`2026-06-03T10:00:00.000Z`; also with a space instead of `T`, an offset such as
/// `+02:00`, and up to nine fraction digits, of which those past microseconds are dropped). A leap second, `:60`, is
/// read at the end of a UTC day only, and then as the second after it: system time has none.
/// @return the time, or nothing where the text is no such date-time.
[[nodiscard]] RTKHOOKS_API std::optional<timestamp> parse_timestamp(std::string_view text) noexcept;

/// Writes `2026-06-03T10:00:00.000Z`: milliseconds, or microseconds where there are any. A year outside 0000 to 9999
/// gets a sign and six digits (ISO 8601), which RFC 3339 and parse_timestamp() do not know.
[[nodiscard]] RTKHOOKS_API std::string format_timestamp(timestamp time);

/// The name of an event that a webhook can subscribe to.
///
/// Holds one of the nine names that the API documents, or any other string: an event that this version does not know
/// survives a read and a write.
/// Source: the `events` enum of the API's webhook schema.
class event_type {
public:
    /// The documented events.
    enum known : std::uint8_t {
        meeting_started,             ///< `meeting.started`
        meeting_ended,               ///< `meeting.ended`
        meeting_participant_joined,  ///< `meeting.participantJoined`
        meeting_participant_left,    ///< `meeting.participantLeft`
        meeting_chat_synced,         ///< `meeting.chatSynced`
        recording_status_update,     ///< `recording.statusUpdate`
        livestreaming_status_update, ///< `livestreaming.statusUpdate`
        meeting_transcript,          ///< `meeting.transcript`
        meeting_summary,             ///< `meeting.summary`
    };
    /// How many events are documented.
    static constexpr std::size_t known_count = 9;

    event_type(known event) noexcept : known_{event} {}
    /// From a name as the API writes it. A documented name becomes the documented event, any other is kept as it is.
    RTKHOOKS_API explicit event_type(std::string_view name);

    /// The name as the API writes it.
    [[nodiscard]] RTKHOOKS_API std::string_view name() const noexcept;
    /// Which of the documented events this is, or nothing.
    [[nodiscard]] std::optional<known> as_known() const noexcept
    {
        return other_.empty() && known_ < known_count ? std::optional{static_cast<known>(known_)} : std::nullopt;
    }

    friend bool operator==(event_type const&, event_type const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, event_type const&);

private:
    std::uint8_t known_; // known_count where other_ holds the name
    std::string other_;
};

/// A set of events: the documented ones as bits, others by name beside them.
///
/// Build it with `|`: `event_type::meeting_started | event_type::meeting_ended`.
class event_set {
public:
    class const_iterator;

    event_set() noexcept = default;
    event_set(event_type::known event) noexcept : bits_{bit(event)} {}
    event_set(event_type const& event) { insert(event); }

    /// The nine documented events.
    [[nodiscard]] static event_set all() noexcept
    {
        event_set result;
        result.bits_ = (1u << event_type::known_count) - 1;
        return result;
    }

    [[nodiscard]] bool contains(event_type::known event) const noexcept { return (bits_ & bit(event)) != 0; }
    [[nodiscard]] RTKHOOKS_API bool contains(event_type const& event) const noexcept;
    [[nodiscard]] bool empty() const noexcept { return bits_ == 0 && others_.empty(); }
    [[nodiscard]] RTKHOOKS_API std::size_t size() const noexcept;
    /// The names that this version does not know, sorted.
    [[nodiscard]] std::vector<std::string> const& others() const noexcept { return others_; }

    void insert(event_type::known event) noexcept { bits_ = static_cast<std::uint16_t>(bits_ | bit(event)); }
    RTKHOOKS_API void insert(event_type const& event);
    /// Inserts by the name as the API writes it, without an intermediate event_type.
    RTKHOOKS_API void insert(std::string_view name);
    RTKHOOKS_API void erase(event_type const& event) noexcept;

    RTKHOOKS_API event_set& operator|=(event_set const& other);
    friend event_set operator|(event_set left, event_set const& right)
    {
        left |= right;
        return left;
    }

    /// The documented events in the order of `event_type::known`, then the others in order of name.
    [[nodiscard]] const_iterator begin() const noexcept;
    [[nodiscard]] const_iterator end() const noexcept;

    friend bool operator==(event_set const&, event_set const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, event_set const&);

private:
    static constexpr std::uint16_t bit(event_type::known event) noexcept
    {
        return static_cast<std::uint16_t>(1u << event);
    }

    std::uint16_t bits_ = 0;
    std::vector<std::string> others_; // sorted, unique, none of them documented
};

[[nodiscard]] inline event_set operator|(event_type::known left, event_type::known right) noexcept
{
    event_set result{left};
    result.insert(right);
    return result;
}
[[nodiscard]] inline event_set operator|(event_type const& left, event_type const& right)
{
    event_set result{left};
    result.insert(right);
    return result;
}
RTKHOOKS_API std::ostream& operator<<(std::ostream&, event_type::known);

/// Visits an event_set. Gives events by value.
class event_set::const_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    using value_type = event_type;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = event_type;

    const_iterator() noexcept = default;
    [[nodiscard]] RTKHOOKS_API event_type operator*() const;
    RTKHOOKS_API const_iterator& operator++() noexcept;
    const_iterator operator++(int) noexcept
    {
        auto before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const_iterator const&, const_iterator const&) = default;

private:
    friend class event_set;
    const_iterator(event_set const* set, std::size_t position) noexcept : set_{set}, position_{position} {}

    event_set const* set_ = nullptr;
    std::size_t position_ = 0; // a bit below known_count, an index into others_ from there on
};

inline event_set::const_iterator event_set::end() const noexcept
{
    return {this, event_type::known_count + others_.size()};
}
inline event_set::const_iterator event_set::begin() const noexcept
{
    std::size_t first = 0;
    while (first < event_type::known_count && (bits_ >> first & 1u) == 0)
        ++first;
    return {this, first};
}

/// A webhook as the API returns it.
///
/// Source: the API reference's `Webhook` model (`id`, `name`, `url`, `events`, `enabled`, `created_at`, `updated_at`).
struct webhook {
    webhook() =
        default; // declared, so that the type is no aggregate: g++ 12.2 frees those twice in co_await expressions

    std::string id;   ///< a UUID, given by the API
    std::string name; ///< free text
    std::string url;  ///< where deliveries go
    event_set events; ///< what is delivered
    bool enabled = true;
    timestamp created_at{};
    timestamp updated_at{};

    friend bool operator==(webhook const&, webhook const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, webhook const&);
};

/// What a webhook shall be: the body of create and replace. Every field is sent, `enabled` too.
class webhook_spec {
public:
    webhook_spec() = default;
    /// @param name free text, not empty
    /// @param url where deliveries go, unique within the app
    /// @param events what shall be delivered
    /// @param enabled whether deliveries happen; default: they do
    webhook_spec(std::string name, std::string url, event_set events, bool enabled = true)
        : name_{std::move(name)}, url_{std::move(url)}, events_{std::move(events)}, enabled_{enabled}
    {
    }
    /// What an existing webhook is now: change a field and replace it.
    explicit webhook_spec(webhook const& from) : webhook_spec{from.name, from.url, from.events, from.enabled} {}

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::string const& url() const noexcept { return url_; }
    [[nodiscard]] event_set const& events() const noexcept { return events_; }
    [[nodiscard]] bool enabled() const noexcept { return enabled_; }

    webhook_spec& name(std::string value) & { return name_ = std::move(value), *this; }
    webhook_spec& url(std::string value) & { return url_ = std::move(value), *this; }
    webhook_spec& events(event_set value) & { return events_ = std::move(value), *this; }
    webhook_spec& enabled(bool value) & { return enabled_ = value, *this; }
    webhook_spec&& name(std::string value) && { return std::move(name(std::move(value))); }
    webhook_spec&& url(std::string value) && { return std::move(url(std::move(value))); }
    webhook_spec&& events(event_set value) && { return std::move(events(std::move(value))); }
    webhook_spec&& enabled(bool value) && { return std::move(enabled(value)); }

    friend bool operator==(webhook_spec const&, webhook_spec const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, webhook_spec const&);

private:
    std::string name_;
    std::string url_;
    event_set events_;
    bool enabled_ = true;
};

/// A change to a webhook: the body of edit. Only what was set is sent; an empty patch is refused before sending.
class webhook_patch {
public:
    webhook_patch() = default;

    [[nodiscard]] std::optional<std::string> const& name() const noexcept { return name_; }
    [[nodiscard]] std::optional<std::string> const& url() const noexcept { return url_; }
    [[nodiscard]] std::optional<event_set> const& events() const noexcept { return events_; }
    [[nodiscard]] std::optional<bool> enabled() const noexcept { return enabled_; }
    [[nodiscard]] bool empty() const noexcept { return !name_ && !url_ && !events_ && !enabled_; }

    webhook_patch& name(std::string value) & { return name_ = std::move(value), *this; }
    webhook_patch& url(std::string value) & { return url_ = std::move(value), *this; }
    webhook_patch& events(event_set value) & { return events_ = std::move(value), *this; }
    webhook_patch& enabled(bool value) & { return enabled_ = value, *this; }
    webhook_patch&& name(std::string value) && { return std::move(name(std::move(value))); }
    webhook_patch&& url(std::string value) && { return std::move(url(std::move(value))); }
    webhook_patch&& events(event_set value) && { return std::move(events(std::move(value))); }
    webhook_patch&& enabled(bool value) && { return std::move(enabled(value)); }

    friend bool operator==(webhook_patch const&, webhook_patch const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, webhook_patch const&);

private:
    std::optional<std::string> name_;
    std::optional<std::string> url_;
    std::optional<event_set> events_;
    std::optional<bool> enabled_;
};

} // namespace rtkhooks
