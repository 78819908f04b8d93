#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Every operation over TLS, as JSON and as a table.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
start_emulator

succeed list
[[ $out == "[]" ]] || fail "an app without webhooks is not an empty array"
succeed list --output table
expect_out "no webhooks"

succeed event-types
[[ $out == '["meeting.started","meeting.ended",'*',"meeting.summary"]' ]] || fail "not the events"
succeed event-types --output table
[[ $(wc -l <"$work/out") -eq 9 ]] || fail "not nine lines"

succeed create --name audit --url https://example.com/hook --event meeting.started,meeting.ended
created=$out
id=$(field id "$created")
[[ $id =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] || fail "no UUID"
expect_out '"name":"audit"'
expect_out '"url":"https://example.com/hook"'
expect_out '"events":["meeting.started","meeting.ended"]'
expect_out '"enabled":true'
expect_out '"created_at":"2'

succeed get "$id"
[[ $out == "$created" ]] || fail "get does not print what create did"
succeed get "$id" --output table
expect_out "id       $id"
expect_out "events   meeting.started"
expect_out "         meeting.ended"

succeed list
[[ $out == "[$created]" ]] || fail "the list is not the webhook in an array"
succeed list --output table
[[ $(head -n 1 "$work/out") == "ID "*" NAME "*" ENABLED "*" EVENTS "*" URL" ]] || fail "no heading"
[[ $(tail -n 1 "$work/out") == "$id  audit "* ]] || fail "no row"

succeed edit "$id" --enabled false
expect_out '"enabled":false'
expect_out '"name":"audit"'
succeed edit "$id" --name renamed --event all --output table
expect_out "name     renamed"
expect_out "enabled  no"
expect_out "meeting.summary"

succeed replace "$id" --name other --url https://example.com/other --event meeting.summary
expect_out '"name":"other"'
expect_out '"events":["meeting.summary"]'
expect_out '"enabled":true'
replaced=$out

# --- what took effect, and cannot be printed, is not told to be unsent
if [[ -w /dev/full ]]; then
    called="rtkhooks create, onto a full disk"
    "$command" create --name full --url https://example.com/full --event all >/dev/full 2>"$work/err"
    status=$?
    out=
    err=$(<"$work/err")
    expect_status 1
    expect_one_line_of_err
    expect_err '"code":"resource_exhausted"'
    expect_err '"http_status":201'
    expect_err '"attempts":1'
    expect_err '"request_state":"answered"'
    succeed list
    full=$(sed -n 's/.*{"id":"\([^"]*\)","name":"full".*/\1/p' <<<"$out")
    succeed delete "$full"
fi

succeed delete "$id"
[[ $out == "$replaced" ]] || fail "delete does not print the deleted webhook"
succeed list
[[ $out == "[]" ]] || fail "the webhook is still there"

# Text that a terminal or JSON could stumble over goes there and back.
name=$'quotes "\\" and tab\t and \e[31m and \u00fc\u4f1a'
succeed create --name "$name" --url https://example.com/odd --event meeting.chatSynced
odd=$(field id "$out")
succeed get "$odd" --output table
expect_out 'tab\x09'
expect_out '\x1b[31m'
succeed delete "$odd" --output table
expect_out "Deleted webhook $odd"

# --verbose tells of each attempt on standard error, in the format of the rest.
run list --verbose --output table
expect_status 0
expect_one_line_of_err
[[ $err == "rtkhooks: list: attempt 1: status 200, "*" ms, connection 1, new, "*" requests left, ray "*-EMU ]] ||
    fail "not a line about the attempt"
run list --verbose
expect_status 0
expect_one_line_of_err
[[ $err == '{"attempt":{"command":"list","number":1,"http_status":200,"error":null,'* ]] ||
    fail "not JSON about the attempt"

conclude
