#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# all_system_calls_test.sh GUARD_CALLS FIGURES: counts with strace every system call of a get but epoll_wait: those too that
# guard.system_calls does not know by name, such as the heap's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/recorded.bash"

calls=500
command -v strace > /dev/null || skip "strace is not installed"
strace -o /dev/null true 2> /dev/null || skip "this system lets no process trace another"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# What the beginning and the end cost is in both counts.
strace -c -o "$folder/once" "$program" get $calls
strace -c -o "$folder/twice" "$program" get $((2 * calls))

# The columns: % time, seconds, usecs/call, calls, errors where there were any, name.
awk -v calls=$calls -v bound="$(recorded get.system_calls_but_waits)" '
    $1 !~ /^[0-9]/ || $NF == "total" { next }
    NR == FNR { before[$NF] = $4; next }
    {
        more = ($4 - before[$NF]) / calls
        if ($NF !~ /^epoll_p?wait/) all += more
        if (more != 0) printf "   %6.2f  %s\n", more, $NF
    }
    END {
        printf "get.system_calls_but_waits: %.2f, and at most %s may be\n", all, bound
        if (all < 1) { print "FAILED: they are not counted"; exit 1 }
        # A few in a hundred calls are a timer, or the heap at its end.
        if (all > bound + 0.05) { print "FAILED"; exit 1 }
    }' "$folder/once" "$folder/twice"
