#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Help, and command lines that are refused. The tables of test/unit/cli/arguments_test.cpp hold the details.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"

succeed --help
expect_out "Usage: rtkhooks"
expect_out "event-types"
expect_out "CLOUDFLARE_API_TOKEN"
for name in list create get replace edit delete event-types verify listen demo emulator; do
    succeed "$name" --help
    expect_out "Usage: rtkhooks $name"
done
succeed --version
[[ $out =~ ^rtkhooks\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "no version"

refused 2 invalid_argument
refused 2 invalid_argument craete
expect_err "did you mean create?"
refused 2 invalid_argument list --timeout soon
expect_err "--timeout 'soon'"
refused 2 invalid_argument list
expect_err "--account-id"
expect_err "CLOUDFLARE_ACCOUNT_ID"
refused 2 invalid_argument list --account-id a
expect_err "REALTIMEKIT_APP_ID"
refused 2 invalid_argument list --account-id a --app-id b
expect_err "CLOUDFLARE_API_TOKEN"
expect_err "--api-token-file"

# An option that a command has no use for is refused, and not ignored.
run demo --verbose
expect_status 2
expect_no_out
expect_one_line_of_err
expect_err "--verbose is not an option of demo, but of list, create, get, replace, edit, delete, event-types"
refused 2 invalid_argument emulator --verbose
expect_err "--verbose is not an option of emulator, but of "
run demo --output json
expect_status 2
expect_no_out
expect_one_line_of_err
[[ $err == '{"error":{"code":"invalid_argument"'* ]] || fail "stderr is not JSON"
expect_err "--output is not an option of demo, but of list, create, get, replace, edit, delete, event-types, emulator"

# What cannot be written is not a success, and a closed pipe is no sudden death.
closed_pipe=$work/closed
mkfifo "$closed_pipe"
exec 5<>"$closed_pipe" # a reader lets the writer open it
exec 6>"$closed_pipe"
exec 5<&-
called="rtkhooks --help, into a closed pipe"
"$command" --help >&6 2>"$work/err"
status=$?
expect_status 1
called="rtkhooks --help, without a standard output"
"$command" --help >&- 2>"$work/err"
status=$?
expect_status 1
if [[ -w /dev/full ]]; then
    called="rtkhooks --help, onto a full disk"
    "$command" --help >/dev/full 2>"$work/err"
    status=$?
    expect_status 1
fi

conclude
