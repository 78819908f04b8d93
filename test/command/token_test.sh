#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Where a token may come from, and that it goes nowhere else: `run` looks for it in every output.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
start_emulator

succeed list
unset CLOUDFLARE_API_TOKEN
refused 2 invalid_argument list

printf '%s\n' "$token" >"$work/token"
succeed list --api-token-file "$work/token"
printf '%s' "$token" >"$work/token-without-line-feed"
succeed list --api-token-file "$work/token-without-line-feed"
input=$work/token
succeed list --api-token-file -
input=/dev/null

# The file is more particular than the environment.
CLOUDFLARE_API_TOKEN=wrong succeed list --api-token-file "$work/token"

refused 2 invalid_argument list --api-token-file -
expect_err "empty"
refused 2 invalid_argument list --api-token-file "$work/none"
expect_err "No such file"

# A token on the command line is refused, and not repeated.
for option in --api-token --api-key --token; do
    refused 2 invalid_argument list "$option" "$token"
    expect_err "never taken from the command line"
    refused 2 invalid_argument list "$option=$token"
done

# Nor is it told when a call is, or when it fails.
export CLOUDFLARE_API_TOKEN=$token
run list --verbose
run get 00000000-0000-4000-8000-000000000000 --verbose
run list --verbose --ca-file ""
printf '%s\nsecond line\n' "$token" >"$work/two-lines"
refused 2 invalid_argument list --api-token-file "$work/two-lines"
CLOUDFLARE_API_TOKEN="$token with spaces" refused 2 invalid_argument list
CLOUDFLARE_API_TOKEN="$token"$'\r\nX-Injected: 1' refused 2 invalid_argument list
CLOUDFLARE_API_TOKEN="$token-but-wrong" refused 3 unauthorized list

conclude
