#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# SIGINT and SIGTERM cancel a call that waits for its server.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
[[ -r /proc/self/status ]] || skip "needs Linux's /proc to see when the command catches signals"

# catches PROCESS: whether it is the command by now, no longer this shell's copy, and has a handler for SIGINT (bit 1 of
# the mask).
catches() {
    local mask
    [[ /proc/$1/exe -ef $command ]] || return 1
    mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
    [[ -n $mask ]] && (((16#$mask & 2) != 0))
}

start_emulator
kill -STOP "$emulator" # connections are still taken, by the system; nobody answers

for signal in INT TERM; do
    called="rtkhooks list, and $signal"
    "$command" --output json list --timeout 50 >"$work/out" 2>"$work/err" &
    running=$!
    servers+=("$running")
    until_true catches "$running" || fail "it does not catch signals"
    before=$SECONDS
    kill "-$signal" "$running"
    wait "$running"
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
    expect_status 130
    expect_no_out
    expect_one_line_of_err
    expect_err '"code":"cancelled"'
    ((SECONDS - before < 20)) || fail "it took $((SECONDS - before)) s to stop"
done

conclude
