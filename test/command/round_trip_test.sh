#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Two processes, the emulator and the receiver: a webhook is created, every documented event is signed, delivered,
# verified and printed, and the webhook is deleted.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
can_call || skip "neither curl nor openssl"
cd "$work" || exit 1

meeting='"id":"5d0f7a9e-2c41-4b86-9e13-f08b6c2d7a54","sessionId":"e1b83c60-97d4-4fa2-8c05-3a6e9d1f4b72"'
meeting+=',"title":"Choir practice","status":"LIVE","createdAt":"2026-04-17T18:25:00.000Z"'
meeting+=',"startedAt":"2026-04-17T18:30:00.250Z","endedAt":"2026-04-17T20:00:00.000Z"'
meeting+=',"organizedBy":{"id":"08f4d2b7-6e3a-4c19-b5d8-91c7e0a2f63d","name":"Town choir"}'
participant='"peerId":"b26c9e04-d17f-4835-a0e9-58f3c4b1d20a","userDisplayName":"An alto"'
participant+=',"customParticipantId":"singer-12","joinedAt":"2026-04-17T18:31:02.000Z"'
recording='"id":"93a7e51c-0b4d-4e62-8f98-c5d1b7a3604e","recordingId":"93a7e51c-0b4d-4e62-8f98-c5d1b7a3604e"'
recording+=',"status":"UPLOADED","startedTime":"2026-04-17T18:30:01.000Z","stoppedTime":"2026-04-17T20:00:01.000Z"'
recording+=',"fileSize":"734003200","downloadUrl":"https://files.example.com/video?key=do-not-show"'
recording+=',"audioDownloadUrl":"https://files.example.com/audio?key=do-not-show"'
recording+=',"downloadUrlExpiry":"2026-04-24T20:00:00.000Z","outputFileName":"practice.mp4","recordingDuration":5400'
recording+=',"meetingId":"5d0f7a9e-2c41-4b86-9e13-f08b6c2d7a54","organizationId":"08f4d2b7-6e3a-4c19-b5d8-91c7e0a2f63d"'
recording+=',"roomUUID":"e1b83c60-97d4-4fa2-8c05-3a6e9d1f4b72"'
chat='"meetingId":"5d0f7a9e-2c41-4b86-9e13-f08b6c2d7a54","sessionId":"e1b83c60-97d4-4fa2-8c05-3a6e9d1f4b72"'
chat+=',"title":"Choir practice","createdAt":"2026-04-17T18:25:00.000Z","startedAt":"2026-04-17T18:30:00.250Z"'
chat+=',"endedAt":"2026-04-17T20:00:00.000Z","organizedBy":{"id":"08f4d2b7-6e3a-4c19-b5d8-91c7e0a2f63d"}'
chat+=',"chatDownloadUrl":"https://files.example.com/chat?key=do-not-show"'
chat+=',"chatDownloadUrlExpiry":"2026-04-24T20:00:00.000Z"'
stream='"streamId":"4c6d8e0f-1a2b-4c3d-9e5f-7a8b9c0d1e2f","status":"LIVE","manualIngest":true'
stream+=',"playbackUrl":"https://live.example.com/choir.m3u8","ingestServer":"rtmps://live.example.com/in"'
stream+=',"streamKey":"key-do-not-show"'
events=(
    '{"event":"meeting.started","meeting":{'"$meeting"'}}'
    '{"event":"meeting.ended","meeting":{'"$meeting"'},"reason":"ALL_PARTICIPANTS_LEFT"}'
    '{"event":"meeting.participantJoined","meeting":{'"$meeting"'},"participant":{'"$participant"'}}'
    '{"event":"meeting.participantLeft","meeting":{'"$meeting"'},"participant":{'"$participant"',"leftAt":"2026-04-17T19:45:00.000Z"}}'
    '{"event":"meeting.chatSynced",'"$chat"'}'
    '{"event":"recording.statusUpdate","meeting":{'"$meeting"'},"recording":{'"$recording"'}}'
    '{"event":"livestreaming.statusUpdate",'"$stream"',"meeting":{'"$meeting"'}}'
    '{"event":"meeting.transcript","meeting":{'"$meeting"'},"transcriptDownloadUrl":"https://files.example.com/words?key=do-not-show","transcriptDownloadUrlExpiry":"2026-04-24T20:00:00.000Z"}'
    '{"event":"meeting.summary","meeting":{'"$meeting"'},"summaryDownloadUrl":"https://files.example.com/summary?key=do-not-show","summaryDownloadUrlExpiry":"2026-04-24T20:00:00.000Z"}'
)
conceal() { sed -E 's/"(streamKey|[a-zA-Z]*[dD]ownloadUrl)":"[^"]*"/"\1":"[secret]"/g' <<<"$1"; }

start_emulator
call GET "$key_url"
cp body other.json
start_emulator --delivery-pause 0.01
find_free_port

start_listener --port "$port" --register "http://127.0.0.1:$port/deliveries" --key-url "$key_url"
webhook=$(field webhook_id "$announced")
[[ $announced == "{\"listening\":\"http://127.0.0.1:$port/deliveries\",\"webhook_id\":\"$webhook\"}" ]] ||
    fail "announced: $announced"
succeed get "$webhook"
expect_out '"name":"rtkhooks listen"'
expect_out "\"url\":\"http://127.0.0.1:$port/deliveries\""
expect_out '"events":["meeting.started",'
expect_out '"enabled":true'

for event in "${events[@]}"; do
    emit "$event"
    line_of_listener "$(conceal "$event")"
done
# One that is not known is printed by its name, and taken.
emit '{"event":"meeting.paused","by":7}'
line_of_listener '{"event":"meeting.paused"}'
deliveries_end
[[ $(grep -o '"outcome":"delivered","attempts":\[{"status":200' body | wc -l) -eq 10 ]] || fail "not ten delivered at once"

stop_listener TERM
expect_status 0
expect_no_err
[[ $(wc -l <"$listened") -eq 11 ]] || fail "not a line for itself and one for each event"
[[ $out != *do-not-show* ]] || fail "a secret is printed"
[[ $out != *"$token"* ]] || fail "the token is printed"
succeed list
[[ $out == "[]" ]] || fail "the webhook is still there"

# The same for a person; what it registers is what is asked for; SIGINT ends it too.
start_listener_for_a_person() {
    listened=$work/person.out
    complaints=$work/person.err
    "$command" listen "$@" --output table >"$listened" 2>"$complaints" &
    listener=$!
    servers+=("$listener")
    until_true has_line_or_ended
}
set -m # a job that is started by this shell in the background must not ignore SIGINT
start_listener_for_a_person --port "$port" --register "http://127.0.0.1:$port" --key-url "$key_url" --name mine \
    --event meeting.ended,meeting.started
set +m
succeed list
expect_out '"name":"mine"'
expect_out '"events":["meeting.started","meeting.ended"]'
emit "${events[1]}"
row_is_there() { grep -qE '^20..-..-..T.{8}\.[0-9]+Z  meeting.ended  +Choir practice  ALL_PARTICIPANTS_LEFT$' "$listened"; }
until_true row_is_there || fail "no row: $(<"$listened")"
stop_listener INT
expect_status 0
expect_no_err
[[ $(head -n 1 "$listened") == "Listening at http://127.0.0.1:$port/, for the deliveries of webhook "*"." ]] ||
    fail "no sentence about where it listens"
succeed list
[[ $out == "[]" ]] || fail "the webhook is still there"

# With the key in a file, nothing is fetched.
call GET "$key_url"
cp body key.json
start_listener --port "$port" --register "http://127.0.0.1:$port/" --key key.json
emit "${events[0]}"
line_of_listener "${events[0]}"
stop_listener TERM
expect_status 0
expect_no_err

# With another's key it is refused, and not printed; --verbose tells so at the end, besides the two calls.
start_listener --port "$port" --register "http://127.0.0.1:$port/" --key other.json --verbose
emit "${events[0]}"
deliveries_end
[[ $out == *'"outcome":"refused","attempts":[{"status":401,"error":null}]}]}' ]] || fail "not refused"
stop_listener TERM
expect_status 0
[[ $out == "$announced" ]] || fail "a forged event is printed"
expect_err '{"attempt":{"command":"create","number":1,"http_status":201'
expect_err '{"attempt":{"command":"delete","number":1,"http_status":200'
expect_err '{"deliveries":{"handled":0,"duplicates":0,"unknown_events":0,"failed":0,"not_genuine":1,'

# Of another owner.
start_listener --port "$port" --register "http://127.0.0.1:$port/" --key key.json --owner 6f0e6c56-a6d0-4a85-a7a3-9f62ffb1b1a2
emit "${events[0]}"
deliveries_end
[[ $out == *'"attempts":[{"status":403,"error":null}]}]}' ]] || fail "not refused"
stop_listener TERM

# Over TLS.
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=localhost" \
        -addext "subjectAltName=DNS:localhost" -keyout tls.key -out tls.pem 2>openssl.log || fail "no certificate"
    start_emulator --delivery-ca-file tls.pem
    start_listener --port "$port" --tls-certificate tls.pem --tls-key tls.key --key-url "$key_url" \
        --register "https://localhost:$port/"
    [[ $announced == '{"listening":"https://127.0.0.1:'* ]] || fail "announced: $announced"
    emit "${events[0]}"
    line_of_listener "${events[0]}"
    stop_listener TERM
    expect_status 0
    refused 2 invalid_argument listen --tls-certificate tls.pem --tls-key key.json
    expect_err "--tls-key"
fi

conclude
