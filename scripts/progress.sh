# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
# shellcheck shell=bash
#
# Sourced by the scripts beside it: how they say what they do. Bash 3.2 suffices.

say() { printf '== %s\n' "$*"; }
complain() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# How many jobs at once.
processors() { getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2; }

# What runs a program without its addresses being random: the sanitizers' own memory has no room for the layouts that some
# kernels give (vm.mmap_rnd_bits above 28). Nothing where that is not allowed.
fixed_addresses() {
    if setarch "$(uname -m)" -R true 2> /dev/null; then echo "setarch $(uname -m) -R"; fi
}

# The progress of a build, at most once in INTERVAL seconds: `[12/80]` of ninja, `[ 15%]` of make.
show_build_progress() { # NAME
    local name=$1 line last=-100 started=$SECONDS interval=10 terminal=
    if [ -t 1 ]; then
        terminal=1
        interval=1
    fi
    while IFS= read -r line; do
        case $line in
            \[*\]*)
                if [ $((SECONDS - last)) -ge $interval ]; then
                    last=$SECONDS
                    line="   building $name ${line%%]*}] $((SECONDS - started)) s"
                    if [ -n "$terminal" ]; then printf '\r%s\033[K' "$line"; else printf '%s\n' "$line"; fi
                fi
                ;;
        esac
    done
    [ -z "$terminal" ] || printf '\r\033[K'
}

# What a person needs of a log that ended badly: from the first error on, or else its end.
show_failure() { # LOG
    local log=$1 first
    first=$(grep -nE 'FAILED: |^E: |(error|Error)[: ]|undefined reference|not found' "$log" | head -n 1 | cut -d: -f1 || true)
    printf -- '---- %s\n' "$log" >&2
    if [ -n "$first" ]; then
        # Without the compiler's command lines.
        sed -n "$first,$((first + 50))p" "$log" | grep -vE '^/[^ ]* .* -o .* -c ' | cut -c 1-400 >&2
    else
        tail -n 50 "$log" | cut -c 1-400 >&2
    fi
    printf -- '----\n' >&2
}

# Runs a command with its output in a log, and says every ten seconds that it goes on; shows the log where it fails.
quietly() { # LOG COMMAND...
    local log=$1 started=$SECONDS status=0 ticker
    shift
    mkdir -p "$(dirname "$log")"
    while sleep 10 > /dev/null 2>&1 && kill -0 $$ 2> /dev/null; do
        printf '   %s s\n' $((SECONDS - started))
    done &
    ticker=$!
    "$@" > "$log" 2>&1 < /dev/null || status=$?
    { kill $ticker && wait $ticker; } 2> /dev/null || true
    [ $status = 0 ] || show_failure "$log"
    return $status
}

# Configures a preset in build/PRESET. Further arguments go to cmake.
configure_preset() { # PRESET ARGUMENT...
    local preset=$1
    shift
    if [ -z "${CMAKE_GENERATOR:-}" ] && command -v ninja > /dev/null; then
        export CMAKE_GENERATOR=Ninja
    fi
    say "configure $preset"
    quietly "build/$preset.configure.log" cmake --preset "$preset" "$@"
}

# Builds a configured preset. Further arguments go to cmake --build. Through $runner, where that is set: programs that
# were built run while building. Where $strict is ON, a warning is a failure: the compiler makes no errors of them where
# there are sanitizers (cmake/defaults.cmake).
build_preset() { # PRESET ARGUMENT...
    local preset=$1 log=build/$1.build.log started=$SECONDS warnings status=0
    shift
    say "build $preset"
    {
        ${runner:-} cmake --build --preset "$preset" --parallel "${jobs:-$(processors)}" "$@" 2>&1 < /dev/null ||
            echo failed > "$log.status"
    } | tee "$log" | show_build_progress "$preset"
    if [ -e "$log.status" ]; then
        rm -f "$log.status"
        status=1
        show_failure "$log"
    fi
    warnings=$(grep -c 'warning:' "$log" || true)
    if [ "$warnings" != 0 ]; then
        printf '   %s warnings: see %s\n' "$warnings" "$log"
        [ "${strict:-OFF}" = OFF ] || status=1
    fi
    [ $status = 0 ] && printf '   built in %s s\n' $((SECONDS - started))
    return $status
}
