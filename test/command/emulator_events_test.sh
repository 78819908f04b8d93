#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# The emulator delivers what is posted to its events_url, tells what became of it, and serves its key.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"

can_call || skip "neither curl nor openssl"
cd "$work" || exit 1

start_emulator --delivery-retries 1 --delivery-pause 0.01
origin=${base_url%/client/v4}
[[ $key_url == "$origin/.well-known/webhooks.json" ]] || fail "key_url: $key_url"
[[ $events_url == "$origin/emulator/events" ]] || fail "events_url: $events_url"

# Nothing listens at port 1.
succeed create --name a --url http://127.0.0.1:1/hook --event meeting.started
webhook=$(field id "$out")
succeed create --name b --url http://127.0.0.1:1/other --event meeting.ended

call POST "$events_url" '{"event":"meeting.started"}'
expect_status 202
[[ $out == '{"success":true,"data":[{"id":"'*'","webhook_id":"'"$webhook"'","event":"meeting.started",'* ]] ||
    fail "not the delivery"
delivery=$(field id "$out")
deliveries_end
[[ $out == *'"id":"'"$delivery"'"'*'"outcome":"failed","attempts":[{"status":null,"error":"Connection refused"},'* ]] ||
    fail "not what became of it"

call POST "$events_url" 'no event'
expect_status 400
token=another call POST "$events_url" '{"event":"meeting.started"}'
expect_status 401

# The key, as verify takes it: its document is a key file.
call GET "$key_url"
expect_status 200
cp body key.json
printf '{"event":"meeting.started"}' >event
input=event
refused 11 signature_mismatch verify --key key.json --signature AAAA

refused 2 invalid_argument emulator --delivery-ca-file /no/such.pem
expect_err "--delivery-ca-file"
refused 2 invalid_argument emulator --delivery-ca-file event
expect_err "delivery_ca_pem"

conclude
