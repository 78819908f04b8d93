#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# The emulator as a command: what it announces, its options, and how it ends.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"

# stop SIGNAL: ends the emulator; it must do so with 0.
stop() {
    called="rtkhooks emulator, and $1"
    kill "-$1" "$emulator"
    wait "$emulator"
    status=$?
    expect_status 0
}

# One line of JSON; a certificate in a temporary file that goes with the emulator.
TMPDIR=$work start_emulator
called="rtkhooks emulator"
[[ $announced == '{"base_url":"https://localhost:'*'/client/v4","ca_file":"'*'","token":"'*'"}' ]] ||
    fail "announced: $announced"
[[ $ca_file == "$work"/* ]] || fail "the certificate is not in TMPDIR: $ca_file"
grep -q "BEGIN CERTIFICATE" "$ca_file" || fail "no certificate in $ca_file"
((${#token} >= 16)) || fail "a token that is easily guessed"
stop TERM
[[ ! -e $ca_file ]] || fail "the temporary certificate is left behind"

# A certificate where it is wanted, which stays; a token as it is wanted.
cd "$work" || exit 1
start_emulator --ca-out ca.pem --token made-for-this-test
[[ $ca_file == "$work/ca.pem" ]] || fail "not an absolute path: $ca_file"
[[ $token == made-for-this-test ]] || fail "another token"
succeed list
port=${base_url##*:}
port=${port%%/*}
refused 1 resource_exhausted emulator --port "$port"
[[ $err == "rtkhooks: the emulator cannot listen on port $port of this machine: another program has it; "* ]] ||
    fail "it does not say what is wrong, and nothing else"
expect_err "; give another port, or 0 for any that is free"
stop INT
[[ -e $work/ca.pem ]] || fail "the certificate is gone"

refused 2 invalid_argument emulator --ca-out /no/such/folder/ca.pem
expect_err "--ca-out"

# Answers as the real service is reported to give: the command makes up for them.
start_emulator --list-not-found-when-empty --partial-replies
run list --verbose --output json
expect_err '"http_status":404'
[[ $out == "[]" ]] || fail "a 404 is not an empty list"
succeed create --name a --url https://example.com/a --event all --enabled false
id=$(field id "$out")
succeed replace "$id" --name b --url https://example.com/a --event all --enabled false
expect_out '"enabled":false'
succeed edit "$id" --name c
expect_out '"enabled":false'
succeed delete "$id"
[[ $out == "{\"id\":\"$id\"}" ]] || fail "not the id alone"
stop TERM

# A port that is asked for.
start_emulator --port "$port"
[[ $base_url == "https://localhost:$port/client/v4" ]] || fail "not at port $port, but at $base_url"

# It ends while clients are connected.
for ((descriptor = 100; descriptor < 200; ++descriptor)); do
    eval "exec $descriptor<>/dev/tcp/127.0.0.1/$port" || fail "it does not take 100 connections"
done
stop TERM
for ((descriptor = 100; descriptor < 200; ++descriptor)); do
    eval "exec $descriptor>&-"
done

# Where nobody can read where it listens, it does not stay.
if [[ -w /dev/full ]]; then
    called="rtkhooks emulator, onto a full disk"
    "$command" emulator >/dev/full 2>"$work/err"
    status=$?
    expect_status 1
fi

conclude
