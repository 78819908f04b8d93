# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
# shellcheck shell=bash
#
# shellcheck disable=SC2034 # read by whoever sources this
# Sourced by the tests that another program counts for: `program` is guard_calls, `figures` figures.txt.

program=${1:?guard_calls}
figures=${2:?figures.txt}

skip() { # WHY
    printf 'skipped: %s\n' "$*"
    exit 77
}

# The figure of a name, and the bound with another toolchain behind it.
recorded() { # NAME
    awk -v name="$1" '$1 == name { print $2; found = 1; exit } END { exit !found }' "$figures" ||
        { printf '%s has no %s\n' "$figures" "$1" >&2 && exit 1; }
}

recorded_toolchain() { sed -n 's/^toolchain //p' "$figures"; }
