// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/event.hpp>

#include <string_view>
#include <tuple>

/// @file
/// The one table of what each part of an event is called in JSON. Reading, writing and printing follow it.

namespace rtkhooks::delivery {

/// A member of an object, and where it is kept: always in a std::optional.
template <class Object, class Member>
struct field {
    constexpr field(std::string_view name, Member Object::*place) noexcept : key{name}, member{place} {}

    std::string_view key;
    Member Object::*member;
};

/// A tuple of fields, in the order in which they are written.
template <class Object>
inline constexpr auto fields_of = nullptr;

template <>
inline constexpr auto fields_of<events::organizer> = std::tuple{
    field{"id", &events::organizer::id},
    field{"name", &events::organizer::name},
};

template <>
inline constexpr auto fields_of<events::meeting> = std::tuple{
    field{"id", &events::meeting::id},
    field{"sessionId", &events::meeting::session_id},
    field{"title", &events::meeting::title},
    field{"status", &events::meeting::status},
    field{"createdAt", &events::meeting::created_at},
    field{"startedAt", &events::meeting::started_at},
    field{"endedAt", &events::meeting::ended_at},
    field{"organizedBy", &events::meeting::organized_by},
    field{"roomName", &events::meeting::room_name},
};

template <>
inline constexpr auto fields_of<events::participant> = std::tuple{
    field{"peerId", &events::participant::peer_id},
    field{"userDisplayName", &events::participant::user_display_name},
    field{"customParticipantId", &events::participant::custom_participant_id},
    field{"clientSpecificId", &events::participant::client_specific_id},
    field{"joinedAt", &events::participant::joined_at},
    field{"leftAt", &events::participant::left_at},
};

template <>
inline constexpr auto fields_of<events::recording> = std::tuple{
    field{"id", &events::recording::id},
    field{"recordingId", &events::recording::recording_id},
    field{"status", &events::recording::status},
    field{"startedTime", &events::recording::started_time},
    field{"stoppedTime", &events::recording::stopped_time},
    field{"fileSize", &events::recording::file_size},
    field{"downloadUrl", &events::recording::download_url},
    field{"audioDownloadUrl", &events::recording::audio_download_url},
    field{"downloadUrlExpiry", &events::recording::download_url_expiry},
    field{"outputFileName", &events::recording::output_file_name},
    field{"recordingDuration", &events::recording::recording_duration},
    field{"meetingId", &events::recording::meeting_id},
    field{"organizationId", &events::recording::organization_id},
    field{"roomUUID", &events::recording::room_uuid},
    field{"stopReason", &events::recording::stop_reason},
};

template <>
inline constexpr auto fields_of<events::meeting_started> = std::tuple{
    field{"meeting", &events::meeting_started::meeting},
};

template <>
inline constexpr auto fields_of<events::meeting_ended> = std::tuple{
    field{"meeting", &events::meeting_ended::meeting},
    field{"reason", &events::meeting_ended::reason},
};

template <>
inline constexpr auto fields_of<events::meeting_participant_joined> = std::tuple{
    field{"meeting", &events::meeting_participant_joined::meeting},
    field{"participant", &events::meeting_participant_joined::participant},
};

template <>
inline constexpr auto fields_of<events::meeting_participant_left> = std::tuple{
    field{"meeting", &events::meeting_participant_left::meeting},
    field{"participant", &events::meeting_participant_left::participant},
};

template <>
inline constexpr auto fields_of<events::meeting_chat_synced> = std::tuple{
    field{"meetingId", &events::meeting_chat_synced::meeting_id},
    field{"sessionId", &events::meeting_chat_synced::session_id},
    field{"title", &events::meeting_chat_synced::title},
    field{"createdAt", &events::meeting_chat_synced::created_at},
    field{"startedAt", &events::meeting_chat_synced::started_at},
    field{"endedAt", &events::meeting_chat_synced::ended_at},
    field{"organizedBy", &events::meeting_chat_synced::organized_by},
    field{"chatDownloadUrl", &events::meeting_chat_synced::chat_download_url},
    field{"chatDownloadUrlExpiry", &events::meeting_chat_synced::chat_download_url_expiry},
};

template <>
inline constexpr auto fields_of<events::recording_status_update> = std::tuple{
    field{"meeting", &events::recording_status_update::meeting},
    field{"recording", &events::recording_status_update::recording},
};

template <>
inline constexpr auto fields_of<events::livestreaming_status_update> = std::tuple{
    field{"streamId", &events::livestreaming_status_update::stream_id},
    field{"status", &events::livestreaming_status_update::status},
    field{"manualIngest", &events::livestreaming_status_update::manual_ingest},
    field{"playbackUrl", &events::livestreaming_status_update::playback_url},
    field{"ingestServer", &events::livestreaming_status_update::ingest_server},
    field{"streamKey", &events::livestreaming_status_update::stream_key},
    field{"meeting", &events::livestreaming_status_update::meeting},
};

template <>
inline constexpr auto fields_of<events::meeting_transcript> = std::tuple{
    field{"meeting", &events::meeting_transcript::meeting},
    field{"transcriptDownloadUrl", &events::meeting_transcript::transcript_download_url},
    field{"transcriptDownloadUrlExpiry", &events::meeting_transcript::transcript_download_url_expiry},
};

template <>
inline constexpr auto fields_of<events::meeting_summary> = std::tuple{
    field{"meeting", &events::meeting_summary::meeting},
    field{"summaryDownloadUrl", &events::meeting_summary::summary_download_url},
    field{"summaryDownloadUrlExpiry", &events::meeting_summary::summary_download_url_expiry},
};

} // namespace rtkhooks::delivery
