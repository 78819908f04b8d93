#!/bin/sh
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# run_test.sh COMMAND: runs Cloudflare's TypeScript SDK against `COMMAND emulator`.
# Exit status: 0 passed, 77 skipped (no Node.js, or the SDK is not installed), anything else failed.
# The SDK is looked for beside this file (`npm ci` installs it) or in $RTKHOOKS_SDK_DIR.

set -u

skip() {
    echo "skipped: $1"
    exit 77
}

fail() {
    echo "failed: $1" >&2
    exit 1
}

[ $# -eq 1 ] || fail "usage: run_test.sh COMMAND"
command=$1
here=$(cd "$(dirname "$0")" && pwd) || exit 1
sdk=${RTKHOOKS_SDK_DIR:-$here}

command -v node >/dev/null 2>&1 || skip "node is not installed"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || skip "node is older than 20"
[ -d "$sdk/node_modules/cloudflare" ] || skip "the SDK is not installed: npm ci --ignore-scripts in $sdk"
[ -x "$command" ] || fail "no such program: $command"

scratch=$(mktemp -d) || exit 1
emulator=
clean_up() {
    [ -z "$emulator" ] || kill "$emulator" 2>/dev/null
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

mkfifo "$scratch/line" || exit 1
"$command" emulator >"$scratch/line" &
emulator=$!
exec 3<"$scratch/line"
IFS= read -r line <&3 || fail "the emulator printed no line"

member() {
    LINE=$line MEMBER=$1 node -p 'JSON.parse(process.env.LINE)[process.env.MEMBER]'
}
CLOUDFLARE_BASE_URL=$(member base_url) || fail "the emulator's line is no JSON: $line"
CLOUDFLARE_API_TOKEN=$(member token)
NODE_EXTRA_CA_CERTS=$(member ca_file)
export CLOUDFLARE_BASE_URL CLOUDFLARE_API_TOKEN NODE_EXTRA_CA_CERTS
unset CLOUDFLARE_API_KEY CLOUDFLARE_EMAIL CLOUDFLARE_API_USER_SERVICE_KEY

RTKHOOKS_SDK_DIR=$sdk node "$here/run.mjs"
status=$?

kill -TERM "$emulator"
wait "$emulator"
ended=$?
emulator=
[ "$status" -eq 0 ] || fail "run.mjs ended with $status"
[ "$ended" -eq 0 ] || fail "the emulator ended with $ended"
