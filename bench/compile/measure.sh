#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# bench/compile/measure.sh [OPTION...]: what this library costs a user's build: the time to compile a file that awaits all
# six operations, against the same with Asio's coroutines alone. Medians of interleaved rounds, in seconds of the
# compiler's own processor time, which other work on the machine changes little. Ends with 1 where a target is missed.
#
#   --rounds N   Default: 5
#   --headers    compiles each public header alone, too, and tells how many lines it brings
#   --full       also the time of a clean build of library and command on 2 jobs, without ccache; a minute or more, and
#                only true on a machine with nothing else to do
#
# Environment: CXX, the compiler; CXXFLAGS, added to `-std=c++20 -O2`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rounds=5
headers=
full=
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=${2:?a number} && shift ;;
        --headers) headers=yes ;;
        --full) full=yes ;;
        -h | --help) sed -n '4,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
        *) echo "unknown: $1. See measure.sh --help" >&2 && exit 2 ;;
    esac
    shift
done

compiler=${CXX:-c++}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C # a point in numbers
status=0

compile() { # FILE ARGUMENT...
    # shellcheck disable=SC2086 # words
    "$compiler" -std=c++20 -O2 -DNDEBUG ${CXXFLAGS:-} -Iinclude -x c++ "$@"
}

# Appends the time of a compilation to a file: processor seconds, of the user and of the system.
measure() { # RESULTS FILE
    local TIMEFORMAT='%U %S'
    { time compile -c "$2" -o "$folder/object" 2> "$folder/errors"; } 2> "$folder/time" ||
        { cat "$folder/errors" >&2 && exit 1; }
    awk '{ print $1 + $2 }' "$folder/time" >> "$1"
}

middle() { sort -n "$1" | awk '{ at[NR] = $1 } END { print NR % 2 ? at[(NR + 1) / 2] : (at[NR / 2] + at[NR / 2 + 1]) / 2 }'; }
extent() { sort -n "$1" | awk 'NR == 1 { least = $1 } { most = $1 } END { printf "%.2f to %.2f", least, most }'; }
lines() { compile -E -P "$1" | grep -c .; }

# A file that includes a header and does nothing.
including() { # HEADER
    local file
    file=$folder/$(printf '%s' "$1" | tr / _).cpp
    printf '#include <%s>\n' "$1" > "$file"
    echo "$file"
}

verdict() { # NAME VALUE UNIT TARGET
    if awk -v value="$2" -v target="$4" 'BEGIN { exit !(value <= target) }'; then
        printf '%s: %s%s, target at most %s: met\n' "$1" "$2" "$3" "$4"
    else
        printf '%s: %s%s, target at most %s: MISSED\n' "$1" "$2" "$3" "$4"
        status=1
    fi
}

ours=bench/compile/operations.cpp
base=bench/compile/asio_alone.cpp
printf '%s\n' "$("$compiler" --version | head -n 1), $rounds rounds"
compile -c $ours -o "$folder/object" # so that no round reads files from the disk
for ((round = 0; round != rounds; ++round)); do
    measure "$folder/ours" $ours
    measure "$folder/base" $base
done
printf '%-44s %8s %16s %8s\n' file seconds spread lines
printf '%-44s %8.2f %16s %8d\n' $ours "$(middle "$folder/ours")" "$(extent "$folder/ours")" "$(lines $ours)"
printf '%-44s %8.2f %16s %8d\n' $base "$(middle "$folder/base")" "$(extent "$folder/base")" "$(lines $base)"
# The median of the rounds' own ratios: both files of a round met the same conditions.
paste "$folder/ours" "$folder/base" | awk '{ printf "%.3f\n", $1 / $2 }' > "$folder/ratios"
verdict "compile time of a user's file against Asio alone" "$(middle "$folder/ratios")" "" 1.5

if [ -n "$headers" ]; then
    for header in boost/asio/awaitable.hpp boost/asio/co_spawn.hpp boost/system/result.hpp boost/json/value.hpp \
        include/rtkhooks/*.hpp; do
        header=${header#include/}
        file=$(including "$header")
        for ((round = 0; round != rounds; ++round)); do measure "$file.times" "$file"; done
        printf '%-44s %8.2f %16s %8d\n' "$header" "$(middle "$file.times")" "$(extent "$file.times")" "$(lines "$file")"
    done
fi

if [ -n "$full" ]; then
    generator=()
    ! command -v ninja > /dev/null || generator=(-G Ninja)
    CCACHE_DISABLE=1 cmake --preset release "${generator[@]}" -B "$folder/build" -D CMAKE_CXX_COMPILER="$compiler" \
        -D RTKHOOKS_CCACHE=OFF -D RTKHOOKS_BUILD_TESTS=OFF -D RTKHOOKS_BUILD_BENCHMARKS=OFF > "$folder/log" ||
        { cat "$folder/log" && exit 1; }
    TIMEFORMAT='%R %U %S'
    { time CCACHE_DISABLE=1 cmake --build "$folder/build" --parallel 2 > "$folder/log" 2>&1; } 2> "$folder/time" ||
        { tail -n 40 "$folder/log" && exit 1; }
    read -r wall user system < "$folder/time"
    printf 'processor time of that build: %s s\n' "$(awk -v user="$user" -v system="$system" 'BEGIN { print user + system }')"
    verdict "clean build of library and command on 2 jobs" "$wall" " s" 150
fi
exit $status
