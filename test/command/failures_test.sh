#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# The exit status of each kind of failure, and what is printed of it. Server errors and broken answers: nginx_test.sh.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
cd "$work" || exit 1
start_emulator --ca-out other.pem
start_emulator --ca-out ca.pem
absent=00000000-0000-4000-8000-000000000000

# 2: refused before sending
refused 2 invalid_argument get ../../secrets
expect_err "id has a '/'"
refused 2 invalid_argument get all
refused 2 invalid_argument list --account-id a/b
refused 2 invalid_argument create --name "" --url https://example.com/ --event all
refused 2 invalid_argument list --base-url http://localhost:1
refused 2 invalid_argument list --base-url nonsense
expect_err "--base-url"
refused 2 invalid_argument list --ca-file /no/such/file
expect_err "--ca-file"

# 3: unauthorized
CLOUDFLARE_API_TOKEN=wrong refused 3 unauthorized list
expect_err "CLOUDFLARE_API_TOKEN"

# 4: not found
refused 4 not_found get "$absent"
refused 4 not_found delete "$absent"
refused 4 not_found edit "$absent" --enabled false
refused 4 not_found replace "$absent" --name a --url https://example.com/a --event all

# 5: invalid request
refused 5 invalid_request create --name a --url https://example.com/a --event meeting.strated
expect_err "did you mean meeting.started?"

# 6: conflict
succeed create --name a --url https://example.com/a --event all
refused 6 conflict create --name b --url https://example.com/a --event all
run --output json create --name b --url https://example.com/a --event all
expect_err '"http_status":409'
expect_err '"request_state":"answered"'
expect_err '"attempts":1'

# 9: nobody there, nobody to trust, no time
refused 9 tls_failed list --ca-file other.pem --max-retries 0
kill -STOP "$emulator" # the system still takes connections for it
refused 9 timed_out list --timeout 0.2
kill -CONT "$emulator"
# A port of this machine that only the system's own services may take, and that none of today's does.
nobody=(--base-url https://hooks.example:1/client/v4 --resolve hooks.example:1:127.0.0.1)
refused 9 connect_failed list "${nobody[@]}" --max-retries 0
refused 9 connect_failed list --base-url http://127.0.0.1:1 --insecure-http-loopback --max-retries 0
# The emulator is at 127.0.0.1, and not where it is said to be.
port=${base_url##*:}
refused 9 connect_failed list --resolve "localhost:${port%%/*}:127.0.0.2" --max-retries 0
# A name that has a part of 64 letters is none (RFC 1035 section 2.3.4): no name server is asked.
label=$(printf '%064d' 0)
refused 9 resolve_failed list --base-url "https://n$label.example/client/v4" --max-retries 0

# --verbose: a line for each attempt, and then why there is no further one.
run list "${nobody[@]}" --max-retries 2 --verbose --output table
expect_status 9
expect_no_out
[[ $(wc -l <"$work/err") -eq 4 ]] || fail "stderr is not a line for each of three attempts and one about the failure"
for number in 1 2 3; do
    [[ $(sed -n "${number}p" "$work/err") == "rtkhooks: list: attempt $number: connect_failed in phase connect, "*" ms, no connection" ]] ||
        fail "not a line about attempt $number"
done
run list "${nobody[@]}" --max-retries 1 --verbose --output json
expect_err '{"attempt":{"command":"list","number":1,"http_status":0,"error":"connect_failed","phase":"connect",'
expect_err '{"attempt":{"command":"list","number":2,'
expect_err '{"error":{"code":"connect_failed",'

# 7: rate limited
start_emulator --rate-limit 1/600
succeed list
refused 7 rate_limited list --max-retries 0
run --output json list --max-retries 0
expect_err '"http_status":429'
[[ $err =~ \"retry_after_seconds\":[0-9]+ ]] || fail "stderr does not say how long to wait"

conclude
