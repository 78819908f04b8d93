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
    timed_out cancelled connection_lost connect_failed tls_failed limit_exceeded client_closed; do
    expect_out "  $code, as it should: "
done
for part in " 2 attempts" " ms  connection 1, new" " ms  connection 1, reused" "TLS resumed"; do
    expect_out "$part"
done
[[ $(tail -n 1 "$work/out") == "demo: "*" all as expected" ]] || fail "no last line that says what happened"
[[ $out != *$'\e'* ]] || fail "colours where there is no terminal"

if [[ -w /dev/full ]]; then
    called="rtkhooks demo, onto a full disk"
    "$command" demo >/dev/full 2>"$work/err"
    status=$?
    expect_status 1
fi

conclude
