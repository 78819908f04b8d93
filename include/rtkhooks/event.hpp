// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/export.hpp>
#include <rtkhooks/webhook.hpp>

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// @file
/// The events that webhooks deliver, as values.
///
/// No schema of them is published, and older and newer samples differ. So every field may be missing, and words such as
/// a status are kept as the text that came; those that are documented are named beside it.
///
/// Streams show an event as one line of JSON: texts are cut short and what could disturb a terminal is escaped, secrets
/// show as `[secret]`. Secrets are the stream key, which lets anyone broadcast, and the download addresses, which open
/// recordings, chats, transcripts and summaries to whoever holds them.
///
/// Source: RealtimeKit's guide to webhooks, its samples now and earlier.

namespace rtkhooks::events {

/// Whose app a meeting is of.
struct organizer {
    organizer() = default; // declared, so that the type is no aggregate: see webhook

    std::optional<std::string> id; ///< a UUID
    std::optional<std::string> name;

    friend bool operator==(organizer const&, organizer const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, organizer const&);
};

/// What events say of their meeting.
struct meeting {
    meeting() = default;

    std::optional<std::string> id;         ///< a UUID
    std::optional<std::string> session_id; ///< a UUID: of this one time that the meeting is held
    std::optional<std::string> title;
    std::optional<std::string> status; ///< `LIVE`, after the end too
    std::optional<timestamp> created_at;
    std::optional<timestamp> started_at;
    std::optional<timestamp> ended_at;
    std::optional<organizer> organized_by;
    std::optional<std::string> room_name; ///< no longer sent

    friend bool operator==(meeting const&, meeting const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting const&);
};

/// Who has joined or left.
struct participant {
    participant() = default;

    std::optional<std::string> peer_id; ///< a UUID
    std::optional<std::string> user_display_name;
    std::optional<std::string> custom_participant_id; ///< what your app named the participant
    std::optional<std::string> client_specific_id;    ///< the same, under its older name
    std::optional<timestamp> joined_at;
    std::optional<timestamp> left_at;

    friend bool operator==(participant const&, participant const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, participant const&);
};

/// What a status update says of its recording.
struct recording {
    recording() = default;

    std::optional<std::string> id;           ///< a UUID
    std::optional<std::string> recording_id; ///< the same
    std::optional<std::string> status;       ///< `INVOKED`, `RECORDING`, `UPLOADING`, `UPLOADED` or `ERRORED`
    std::optional<timestamp> started_time;
    std::optional<timestamp> stopped_time;
    std::optional<std::uint64_t> file_size; ///< in bytes; comes as a number or as a text of digits
    std::optional<secret> download_url;
    std::optional<secret> audio_download_url;
    std::optional<timestamp> download_url_expiry;
    std::optional<std::string> output_file_name;
    std::optional<std::chrono::duration<double>> recording_duration;
    std::optional<std::string> meeting_id;      ///< a UUID
    std::optional<std::string> organization_id; ///< a UUID
    std::optional<std::string> room_uuid;       ///< mostly the meeting's session id
    std::optional<std::string> stop_reason;     ///< no longer sent; looks like JSON, and is none

    friend bool operator==(recording const&, recording const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, recording const&);
};

/// What every event has besides its fields.
struct base {
    base() = default;
    explicit base(std::string text) : body{std::move(text)} {}

    /// The exact text that was decoded; empty where the event was made otherwise. It is no part of the event's value:
    /// `==` passes over it. Its secrets are in the clear.
    std::string body;

    /// All that `body` has, fields that this version does not know too. Include `<boost/json.hpp>` to use it. Parsed
    /// anew at each call.
    /// @return the object, or `errc::decode_failed` where the body is no JSON object, or nested deeper than 32 levels
    [[nodiscard]] RTKHOOKS_API result<boost::json::object> json() const;

    friend bool operator==(base const&, base const&) noexcept { return true; }
};

/// `meeting.started`: the first participant has joined.
struct meeting_started : base {
    static constexpr auto type = event_type::meeting_started;
    meeting_started() = default;

    std::optional<events::meeting> meeting;

    friend bool operator==(meeting_started const&, meeting_started const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_started const&);
};

/// `meeting.ended`: the host has ended it, or all have left.
struct meeting_ended : base {
    static constexpr auto type = event_type::meeting_ended;
    meeting_ended() = default;

    std::optional<events::meeting> meeting;
    std::optional<std::string> reason; ///< `HOST_ENDED_MEETING` or `ALL_PARTICIPANTS_LEFT`

    friend bool operator==(meeting_ended const&, meeting_ended const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_ended const&);
};

/// `meeting.participantJoined`
struct meeting_participant_joined : base {
    static constexpr auto type = event_type::meeting_participant_joined;
    meeting_participant_joined() = default;

    std::optional<events::meeting> meeting;
    std::optional<events::participant> participant;

    friend bool operator==(meeting_participant_joined const&, meeting_participant_joined const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_participant_joined const&);
};

/// `meeting.participantLeft`
struct meeting_participant_left : base {
    static constexpr auto type = event_type::meeting_participant_left;
    meeting_participant_left() = default;

    std::optional<events::meeting> meeting;
    std::optional<events::participant> participant;

    friend bool operator==(meeting_participant_left const&, meeting_participant_left const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_participant_left const&);
};

/// `meeting.chatSynced`: the chat of a meeting that ended can be downloaded. Has a meeting's fields, and no `meeting`.
struct meeting_chat_synced : base {
    static constexpr auto type = event_type::meeting_chat_synced;
    meeting_chat_synced() = default;

    std::optional<std::string> meeting_id; ///< a UUID
    std::optional<std::string> session_id; ///< a UUID
    std::optional<std::string> title;
    std::optional<timestamp> created_at;
    std::optional<timestamp> started_at;
    std::optional<timestamp> ended_at;
    std::optional<organizer> organized_by;
    std::optional<secret> chat_download_url;
    std::optional<timestamp> chat_download_url_expiry;

    friend bool operator==(meeting_chat_synced const&, meeting_chat_synced const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_chat_synced const&);
};

/// `recording.statusUpdate`
struct recording_status_update : base {
    static constexpr auto type = event_type::recording_status_update;
    recording_status_update() = default;

    std::optional<events::meeting> meeting;
    std::optional<events::recording> recording;

    friend bool operator==(recording_status_update const&, recording_status_update const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, recording_status_update const&);
};

/// `livestreaming.statusUpdate`
struct livestreaming_status_update : base {
    static constexpr auto type = event_type::livestreaming_status_update;
    livestreaming_status_update() = default;

    std::optional<std::string> stream_id; ///< a UUID
    std::optional<std::string> status;    ///< `LIVE`, `OFFLINE` or `IDLE`
    std::optional<bool> manual_ingest;
    std::optional<std::string> playback_url;
    std::optional<std::string> ingest_server;
    std::optional<secret> stream_key;
    std::optional<events::meeting> meeting;

    friend bool operator==(livestreaming_status_update const&, livestreaming_status_update const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, livestreaming_status_update const&);
};

/// `meeting.transcript`: the transcript can be downloaded.
struct meeting_transcript : base {
    static constexpr auto type = event_type::meeting_transcript;
    meeting_transcript() = default;

    std::optional<events::meeting> meeting;
    std::optional<secret> transcript_download_url;
    std::optional<timestamp> transcript_download_url_expiry;

    friend bool operator==(meeting_transcript const&, meeting_transcript const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_transcript const&);
};

/// `meeting.summary`: the summary can be downloaded.
struct meeting_summary : base {
    static constexpr auto type = event_type::meeting_summary;
    meeting_summary() = default;

    std::optional<events::meeting> meeting;
    std::optional<secret> summary_download_url;
    std::optional<timestamp> summary_download_url_expiry;

    friend bool operator==(meeting_summary const&, meeting_summary const&) = default;
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, meeting_summary const&);
};

/// An event that this version does not know, or a body that is not what the event's samples promise: see `why`.
struct unknown_event : base {
    unknown_event(event_type name, std::string text, std::optional<error> reason = {})
        : base{std::move(text)}, type{std::move(name)}, why{std::move(reason)}
    {
    }

    event_type type; ///< its name is empty where the body has none
    /// Why the body could not be decoded; absent where the event is merely not known.
    std::optional<error> why;

    /// Here `body` counts: there is nothing else.
    friend bool operator==(unknown_event const& left, unknown_event const& right)
    {
        return left.type == right.type && left.why == right.why && left.body == right.body;
    }
    /// Shows the name, and why it was not decoded. Not the body: no one knows what is secret in it.
    friend RTKHOOKS_API std::ostream& operator<<(std::ostream&, unknown_event const&);
};

} // namespace rtkhooks::events

namespace rtkhooks {

/// Any event. The alternatives are in the order of `event_type::known`, and unknown_event behind them.
///
/// @code
/// std::visit(rtkhooks::overload{
///                [](rtkhooks::events::meeting_ended const& ended) { std::cout << ended.reason.value_or("?"); },
///                [](auto const& other) { std::cout << "nothing to do for " << other; },
///            },
///            event);
/// @endcode
using event = std::variant<events::meeting_started, events::meeting_ended, events::meeting_participant_joined,
                           events::meeting_participant_left, events::meeting_chat_synced,
                           events::recording_status_update, events::livestreaming_status_update,
                           events::meeting_transcript, events::meeting_summary, events::unknown_event>;

/// Several functions as one, for `std::visit`.
template <class... Functions>
struct overload : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
overload(Functions...) -> overload<Functions...>;

/// Which event it is; of an unknown_event the name that came, which is empty where there was none.
[[nodiscard]] RTKHOOKS_API event_type type_of(event const& any);

/// What every event has: its body, and that as JSON.
[[nodiscard]] RTKHOOKS_API events::base const& base_of(event const& any) noexcept;

/// Decodes the body of a delivery. Verify it first: see `<rtkhooks/delivery.hpp>`.
///
/// - The body is one JSON object (RFC 8259) in UTF-8, nested no deeper than 32 levels; no object in it may have two
///   members of one name, as no one can tell which of them was meant.
/// - `event` must be there, and be a text of no more than 256 bytes. A name that is not documented makes an
///   unknown_event without a reason.
/// - All else may be missing, and null is as good as missing. Members that are not documented are passed over, and stay
///   in `body`.
/// - Times are read as parse_timestamp() does: `2026-06-03T10:00:00.000Z`, or with a space and microseconds.
///
/// Takes linear time.
/// @return the event, or `errc::decode_failed` with the JSON path of what has another type than in the samples, or the
///         byte at which it is no JSON. Never with what the body says there: it may be a secret.
[[nodiscard]] RTKHOOKS_API result<event> decode_event(std::string_view body);

/// The same for whoever takes what comes: a body that cannot be decoded is an unknown_event that says why. To be
/// answered with 2xx like any other, for it will be the same when it is sent again.
[[nodiscard]] RTKHOOKS_API event decode_any_event(std::string_view body);

/// Encodes as compact JSON text with the API's field names, **secrets in the clear**. What decodes to an equal event.
/// Of an unknown_event this is its body.
[[nodiscard]] RTKHOOKS_API std::string encode(event const& any);

/// The same for what may be read by others: `[secret]` stands for each secret. Of an unknown_event, whose body may hold
/// some, it is the name, and why it was not decoded. Other texts are whole, as JSON has them; what `<<` shows a person is
/// cut short where it is long.
[[nodiscard]] RTKHOOKS_API std::string encode_without_secrets(event const& any);

namespace events {
/// As the event itself does. Here, where argument-dependent lookup finds it.
RTKHOOKS_API std::ostream& operator<<(std::ostream&, event const&);
} // namespace events

} // namespace rtkhooks
