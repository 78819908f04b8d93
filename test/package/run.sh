#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Builds and runs the consumer in each way that the package offers: add_subdirectory, find_package on an install,
# pkg-config; each with static and shared libraries. The library is compiled once, without optimisation, and each target
# as one file, as a project that it is added to may want it.
#
# From CTest: CMAKE, CXX, CMAKE_GENERATOR, PREFIX_PATH (where Boost is), FOLDER (to build in).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$here/../.." && pwd)
cmake=${CMAKE:-cmake}
export CXX=${CXX:-c++}
folder=${FOLDER:-$source_root/build}/consumers
prefix_path=${PREFIX_PATH:-}
unset DESTDIR

rm -rf "$folder"
mkdir -p "$folder"

# step NAME COMMAND...: says what is done; on failure shows what it printed.
step() {
    local name=$1 log=$folder/log started=$SECONDS
    shift
    if "$@" > "$log" 2>&1; then
        printf '%-44s ok (%d s)\n' "$name" $((SECONDS - started))
    else
        printf '%-44s FAILED: %s\n' "$name" "$*"
        tail -n 60 "$log"
        exit 1
    fi
}

configure() { # BUILD-FOLDER ARGUMENT...
    local build=$1
    shift
    "$cmake" -S "$here" -B "$build" -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-O0 "$@"
}

pkg_config_consumer() { # PREFIX
    local prefix=$1 flags libs
    local PKG_CONFIG_PATH
    PKG_CONFIG_PATH=$(echo "$prefix"/lib*/pkgconfig "$prefix"/lib/*/pkgconfig | tr ' ' ':')
    export PKG_CONFIG_PATH
    flags=$(pkg-config --cflags rtkhooks-emulator)
    libs=$(pkg-config --libs rtkhooks-emulator)
    # shellcheck disable=SC2086 # lists of flags
    "$CXX" -std=c++20 $flags "$here/main.cpp" -o "$prefix/pkg-config-consumer" $libs
}

# No symbol of the project's inside, and none of OpenSSL's or its own files', leaves a shared library.
exports_only_the_interface() { # LIBRARY...
    local strange
    strange=$(nm -D --defined-only -C "$@" | awk 'NF >= 3 && $2 ~ /^[TDBR]$/' |
        grep -vE ' [TDBR] (vtable for |typeinfo for |typeinfo name for |VTT for )?(rtkhooks::|boost::)' || true)
    strange+=$(nm -D --defined-only -C "$@" | grep -E ' [TDBRVWu] .*rtkhooks::(model|http|policy|transport|emulation)::' |
        grep -vE 'boost::|std::' || true)
    if [ -n "$strange" ]; then
        printf 'exported, but not part of the interface:\n%s\n' "$strange"
        return 1
    fi
}

build=$folder/add_subdirectory
for kind in static shared; do
    prefix=$folder/$kind
    shared=$([ $kind = shared ] && echo ON || echo OFF)

    step "$kind: add_subdirectory, configure" configure "$build" -D "RTKHOOKS_SOURCE=$source_root" \
        -D "BUILD_SHARED_LIBS=$shared" -D "CMAKE_INSTALL_PREFIX=$prefix" -D "CMAKE_PREFIX_PATH=$prefix_path" \
        -D RTKHOOKS_CCACHE=ON -D RTKHOOKS_PRECOMPILED_HEADERS=ON -D CMAKE_UNITY_BUILD_BATCH_SIZE=0
    step "$kind: add_subdirectory, build" "$cmake" --build "$build" --parallel
    step "$kind: add_subdirectory, run" "$build/consumer"
    step "$kind: install" "$cmake" --install "$build"
    [ $kind = static ] || step "$kind: exported symbols" exports_only_the_interface "$prefix"/lib*/librtkhooks*.so

    # Moved, to show that nothing in the package remembers where it was installed.
    mv "$prefix" "$prefix-moved"
    prefix=$prefix-moved
    step "$kind: find_package, configure" configure "$folder/find_package-$kind" \
        -D "CMAKE_PREFIX_PATH=$prefix;$prefix_path"
    step "$kind: find_package, build" "$cmake" --build "$folder/find_package-$kind"
    step "$kind: find_package, run" "$folder/find_package-$kind/consumer"

    if command -v pkg-config > /dev/null; then
        step "$kind: pkg-config, build" pkg_config_consumer "$prefix"
        libraries=$(echo "$prefix"/lib* | tr ' ' ':')
        step "$kind: pkg-config, run" env LD_LIBRARY_PATH="$libraries" "$prefix/pkg-config-consumer"
    else
        echo "$kind: pkg-config is not installed: skipped"
    fi
done
echo "the package works in every way that it offers"
