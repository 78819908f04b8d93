#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# session.sh BLOCKS COMMAND PROVISION RECEIVE: what a reader of README.md types, block after block in one shell, in a folder
# that looks like a checkout with a release build. BLOCKS is what extract.awk wrote. What commands print is compared
# with what README.md shows; ids, times, ports and the like may differ, `...` stands for any lines, `…` for the
# rest of a line.
# The CMake projects are configured, or built as well where README.md says so. Then the options that README.md and --help name are compared.
#
# From CTest: CXX, CMAKE, CMAKE_GENERATOR, CMAKE_PREFIX_PATH, BUILD, SOURCE, SANITIZE.
set -u
blocks=$1 command=$2 provision=$3 receive=$4
unset "${!CLOUDFLARE_@}" "${!REALTIMEKIT_@}" SSL_CERT_FILE SSL_CERT_DIR DESTDIR NO_COLOR
export LC_ALL=C

work=$(mktemp -d) || exit 1
servers=()
finish() {
    local server
    for server in ${servers[@]+"${servers[@]}"}; do
        kill "$server" 2> /dev/null && wait "$server" 2> /dev/null
    done
    rm -rf "$work"
}
trap finish EXIT

failures=0
fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*" >&2
}

# A checkout with a release build, as far as README.md looks at it.
mkdir -p "$work/checkout/build" "$work/home"
ln -s "$BUILD" "$work/checkout/build/release"
cp "$blocks/provision.cpp" "$work/checkout/"
ln -s "$provision" "$work/checkout/provision"
ln -s "$receive" "$work/checkout/receive"
export HOME=$work/home
cd "$work/checkout" || exit 1
mkdir "$work/tools"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "${CXX:-c++}")" > "$work/tools/c++"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "${CMAKE:-cmake}")" > "$work/tools/cmake"
chmod +x "$work/tools/"*
export PATH=$work/tools:$PATH

# Ports that nobody listens at, for those that README.md names, as a script for sed.
ports=
port=$((20000 + $$ % 10000))
for named in 8443 8081 8082; do
    while (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do port=$((port + 1)); done
    ports="${ports}s/:$named/:$port/g;s/ $named/ $port/g;"
    port=$((port + 1))
done

# What may differ from one run to the next.
mask() {
    sed -E -e 's/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/ID/g' \
        -e 's/[0-9a-f]{16}-EMU/RAY/g' -e 's/[0-9]+(\.[0-9]+)? ms/T ms/g' -e 's/in [0-9.]+ s /in T s /' \
        -e 's/(localhost|127\.0\.0\.1):[0-9]+/\1:PORT/g' -e 's/[0-9-]{10}T[0-9:.]+Z/TIME/g' \
        -e 's/"ca_file":"[^"]*"/FILE/' -e 's/[ ]+/ /g' -e 's/ $//'
}

# matches WANTED GOT: two files.
matches() {
    mask < "$1" > "$work/wanted"
    mask < "$2" > "$work/got"
    awk '
        FILENAME == ARGV[1] { got[++count] = $0; next }
        $0 == "..." { skipping = 1; next }
        {
            rest = index($0, "…")
            text = rest ? substr($0, 1, rest - 1) : $0
            do {
                if (++at > count) { print "not printed: " $0; exit different = 1 }
                same = rest ? index(got[at], text) == 1 : got[at] == text
            } while (!same && skipping)
            if (!same) { print "printed: " got[at]; print "wanted:  " $0; exit different = 1 }
            skipping = 0
        }
        END {
            if (!different && !skipping && at < count) { print "printed too: " got[at + 1]; different = 1 }
            exit different
        }
    ' "$work/got" "$work/wanted"
}

# in_background COMMAND: until it has printed as many lines as are wanted.
in_background() {
    background=$work/background.${#servers[@]} told=0
    : > "$background"
    eval "exec $1" > "$background" 2>&1 &
    servers+=($!)
    wait_for_lines
}

# The next lines that the last command in the background prints, as many as are wanted.
wait_for_lines() {
    local deadline=$((SECONDS + 60)) count status=0
    count=$(wc -l < "$work/shown")
    until [ "$(wc -l < "$background")" -ge $((told + count)) ]; do
        [ $SECONDS -lt $deadline ] || { status=1 && break; }
        sleep 0.05
    done
    tail -n +$((told + 1)) "$background" | head -n "$count" > "$work/printed"
    told=$((told + count))
    return $status
}

# perform PLACE COMMAND [background]: a command of a console block. It must print what $work/shown has.
perform() {
    local place=$1 typed=$2 how=${3:-} status=0
    if [ "$how" = background ]; then
        in_background "$typed" || status=$?
    else
        eval "$typed" > "$work/printed" 2>&1 < /dev/null || status=$?
    fi
    [ $status = 0 ] || fail "$place: \$ $typed: status $status: $(tail -n 5 "$work/printed")"
    matches "$work/shown" "$work/printed" || fail "$place: \$ $typed"
}

# console PLACE FILE [background]
console() {
    local place=$1 file=$2 how=${3:-} line typed=
    while IFS= read -r line <&3; do
        if [ "${line#\$ }" != "$line" ]; then
            [ -z "$typed" ] || perform "$place" "$typed" "$how"
            typed=${line#\$ }
            : > "$work/shown"
        else
            printf '%s\n' "$line" >> "$work/shown"
        fi
    done 3< "$file"
    [ -z "$typed" ] || perform "$place" "$typed" "$how"
}

why_skipped() { # WORD...
    local word
    for word; do
        case $word in
            needs=*) command -v "${word#needs=}" > /dev/null || echo "no ${word#needs=} here" ;;
            no-sanitizer) [ -z "${SANITIZE:-}" ] || echo "what is installed wants the sanitizer's own options" ;;
        esac
    done
}

while read -r number line language words <&4; do
    place=README.md:$line
    # shellcheck disable=SC2086 # words
    reason=$(why_skipped $words)
    if [ -n "$reason" ]; then
        echo "$place: skipped: $reason"
        continue
    fi
    echo "$place"
    sed "$ports" "$blocks/$number.block" > "$work/block"
    if [ "$language" = console ]; then
        case " $words " in
            *" background "*) console "$place" "$work/block" background ;;
            *" printed "*)
                cp "$work/block" "$work/shown"
                wait_for_lines || fail "$place: not printed in a minute"
                matches "$work/shown" "$work/printed" || fail "$place"
                ;;
            *) console "$place" "$work/block" ;;
        esac
    else
        # shellcheck disable=SC1091 # what README.md says
        . "$work/block" > "$work/printed" 2>&1 < /dev/null || fail "$place: status $?: $(tail -n 20 "$work/printed")"
    fi
done 4< "$blocks/index"
[ -s "$blocks/index" ] || fail "README.md has no shell block"

# --- the CMake projects

while read -r line kind words <&4; do
    place=README.md:$line
    # shellcheck disable=SC2086 # words
    reason=$(why_skipped $words)
    echo "$place: $kind${reason:+: configured only: $reason}"
    mkdir "$work/project"
    cp "$blocks/cmake/$line" "$work/project/CMakeLists.txt"
    cp "$blocks/provision.cpp" "$work/project/"
    ln -s "$SOURCE" "$work/project/rtkhooks"
    cmake -S "$work/project" -B "$work/project/build" -D "CMAKE_PREFIX_PATH=$HOME/.local;${CMAKE_PREFIX_PATH:-}" \
        > "$work/printed" 2>&1 || fail "$place: $(tail -n 20 "$work/printed")"
    if [ "$kind" = build ] && [ -z "$reason" ]; then
        cmake --build "$work/project/build" > "$work/printed" 2>&1 || fail "$place: $(tail -n 20 "$work/printed")"
    fi
    rm -rf "$work/project"
done 4< "$blocks/projects"

# --- the options

for name in "" create verify emulator listen; do
    "$command" $name --help
done | grep -oE -- '--[a-z][a-z-]+' | sort -u > "$work/options"
grep -oE -- '`--[a-z][a-z-]+' "$SOURCE/README.md" | tr -d '`' | sort -u > "$work/documented"
missing=$(comm -23 "$work/options" "$work/documented" | tr '\n' ' ')
[ -z "$missing" ] || fail "README.md does not name: $missing"
unknown=$(comm -13 "$work/options" "$work/documented" | tr '\n' ' ')
[ -z "$unknown" ] || fail "README.md names what the command does not have: $unknown"

# --- the markers

while IFS= read -r complaint; do fail "$complaint"; done < "$blocks/complaints"

if [ $failures != 0 ]; then
    echo "$failures failed" >&2
    exit 1
fi
echo "passed"
