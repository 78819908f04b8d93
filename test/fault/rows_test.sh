#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# rows_test.sh: every row of the fault matrix is named by a test, as `row 43`, `row_43` or as the first
# argument of a row of a table. What a comment says of a row tests nothing, and a unit, which has no sockets, is not what a row
# is about. Prints which files name which.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Without comments. The slashes of an address follow a colon.
code() { sed -E 's,(^|[[:space:]])//.*,,' "$1"; }

# FILE NUMBER, once for each row that a file names.
named() {
    local file
    find . -name '*.cpp' -not -path './unit/*' | sort | while IFS= read -r file; do
        {
            code "$file" | grep -oE '\brows?[ _][0-9]+((, | and )[0-9]+)*' || true
            case $file in
                ./fault/*) code "$file" | tr '\n' ' ' | grep -oE '\b(of|raw|refused|row|undecodable|on_a_used_connection)\( *[0-9]+,' || true ;;
            esac
        } | grep -oE '[0-9]+' | sort -un | sed "s|^|$file |" || true
    done
}

named | awk '
    { files[$2] = files[$2] " " $1 }
    END {
        for (row = 1; row <= 112; ++row) {
            if (!(row in files))
                missing = missing " " row
            printf "%3d%s\n", row, files[row]
        }
        print missing ? "no test names:" missing : "every row is named by a test"
        exit missing != ""
    }'
