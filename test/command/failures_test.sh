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
expect_err "id "
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
refused 9 timed_out list --timeout 0.001
kill -TERM "$emulator"
wait "$emulator"
refused 9 connect_failed list --max-retries 0
refused 9 resolve_failed list --base-url https://does-not-exist.invalid/client/v4 --max-retries 0

# 7: rate limited
start_emulator --rate-limit 1/600
succeed list
refused 7 rate_limited list --max-retries 0
run --output json list --max-retries 0
expect_err '"http_status":429'
[[ $err =~ \"retry_after_seconds\":[0-9]+ ]] || fail "stderr does not say how long to wait"

conclude
