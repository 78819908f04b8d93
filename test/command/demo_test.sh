#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# The demo: all steps go as they should, whatever the environment says.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"

export CLOUDFLARE_BASE_URL=https://does-not-exist.invalid CLOUDFLARE_API_TOKEN=canary-token-unused
token=canary-token-unused
succeed demo
for call in create list get replace edit list_event_types remove; do
    [[ $out =~ $'\n'\ *[0-9]+\ \ ${call}[:\ $'\n'] ]] || fail "no call of $call"
done
for code in invalid_argument unauthorized forbidden not_found conflict invalid_request rate_limited server_error \
    timed_out cancelled queue_full connection_lost limit_exceeded decode_failed unexpected_redirect protocol_error \
    tls_failed connect_failed resolve_failed resource_exhausted client_closed; do
    expect_out "  $code, as it should: "
done
steps=$(grep -cE '^ *[0-9]+  ' "$work/out")
deliveries=$(grep -c ' ms  delivery$' "$work/out")
failed=$(grep -cE 'as it should: ' "$work/out")
[[ $deliveries == 2 ]] || fail "$deliveries deliveries"
expect_out "ok  401  refused, as it should: the signature does not match"
[[ $(tail -n 4 "$work/out") == *"meeting.ended of \"Choir practice\": signed, delivered, verified, decoded"$'\n'"     ok  200  handled  "*" ms  delivery"* ]] ||
    fail "it does not end with an event that was delivered"
[[ $(tail -n 1 "$work/out") == "demo: $((steps - deliveries)) calls and $deliveries deliveries in "*" retries, $failed failures, all as expected" ]] ||
    fail "the last line does not count $steps steps and $failed failures"
for part in " 2 attempts" " ms  connection 1, new" " ms  connection 1, reused" "TLS resumed"; do
    expect_out "$part"
done
[[ $out != *$'\e'* ]] || fail "colours where there is no terminal"

if [[ -w /dev/full ]]; then
    called="rtkhooks demo, onto a full disk"
    "$command" demo >/dev/full 2>"$work/err"
    status=$?
    expect_status 1
fi

conclude
