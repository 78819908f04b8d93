#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# instructions_test.sh GUARD_CALLS FIGURES: counts with callgrind what a get costs of user-space instructions, in all and
# in this project's own code with what it inlines. Fails where that is not within 3 % of what is recorded. With another
# toolchain than that of the record it tells the figures, and is skipped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/recorded.bash"

calls=200
command -v valgrind > /dev/null || skip "valgrind is not installed"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The first dump is what was between the two: only calls over a warm connection.
valgrind --tool=callgrind --callgrind-out-file="$folder/out" --zero-before=counting_begins \
    --dump-before=counting_ends "$program" get $calls > "$folder/log" 2>&1 ||
    { cat "$folder/log" && exit 1; }
[ -s "$folder/out.1" ] || { echo "callgrind wrote nothing" && cat "$folder/log" && exit 1; }

# Lines of costs are `POSITION COST`; one behind `calls=` is of the callee, and is counted there. `ob=` names the file
# that the following ones are of, in full for the first time and by number from then on.
read -r all openssl own < <(awk -v calls=$calls '
    /^c?ob=/ {
        number = $0; sub(/^c?ob=/, "", number); sub(/\).*/, ")", number)
        if ($0 ~ /\) /) { path = $0; sub(/^[^)]*\) /, "", path); name[number] = path }
        if ($0 ~ /^ob=/) object = number
        next
    }
    /^calls=/ { callee = 1; next }
    /^[-+*0-9]/ { if (callee) callee = 0; else cost[object] += $2 }
    END {
        for (each in cost) {
            all += cost[each]
            if (name[each] ~ /\/lib(crypto|ssl)\.[^\/]*$/) openssl += cost[each]
            if (name[each] ~ /\/(guard_calls|librtkhooks)[^\/]*$/) own += cost[each]
            printf "   %8d  %s\n", cost[each] / calls, name[each] > "/dev/stderr"
        }
        printf "%d %d %d\n", all / calls, openssl / calls, own / calls
    }' "$folder/out.1")

here=$("$program" --toolchain)
if [ "$here" != "$(recorded_toolchain)" ]; then
    echo "with $here: $all instructions a get, $own of them our own"
    skip "the record is of $(recorded_toolchain)"
fi
status=0
compare() { # NAME FOUND
    local figure
    figure=$(recorded "$1")
    if [ $(($2 * 100)) -gt $((figure * 103)) ]; then
        printf 'FAILED: %s is %s, more than 3 %% above the recorded %s\n' "$1" "$2" "$figure"
        status=1
    elif [ $(($2 * 100)) -lt $((figure * 97)) ]; then
        printf 'FAILED: %s is %s, more than 3 %% below the recorded %s: record it in figures.txt\n' "$1" "$2" "$figure"
        status=1
    else
        printf '%s: %s, and %s is recorded\n' "$1" "$2" "$figure"
    fi
}
# OpenSSL's part depends on the processor: it is told, and not judged.
printf 'get.instructions: %s, and %s is recorded\n' "$all" "$(recorded get.instructions)"
compare get.instructions_but_openssl $((all - openssl))
compare get.own_instructions "$own"
exit $status
