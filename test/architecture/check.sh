#!/bin/sh
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# check.sh ARROWS ROOT: reads the #include lines of every file under ROOT/include and ROOT/src and fails, with file and
# line, on one that the table ARROWS does not permit.
set -eu

arrows=$1
root=$2
cd "$root"

# shellcheck disable=SC2046 # no file of this project has a blank in its name
set -- $(find include src -name '*.hpp' -o -name '*.cpp' | LC_ALL=C sort)

exec awk -v arrows="$arrows" '
    function fail(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; failures++ }

    # own/a/../b.hpp -> own/b.hpp
    function normal(path,    before) {
        do { before = path; sub(/[^\/]+\/\.\.\//, "", path); sub(/^\.\//, "", path) } while (path != before)
        return path
    }

    BEGIN {
        while ((getline line < arrows) > 0) {
            sub(/#.*/, "", line)
            count = split(line, word, /[ \t]+/)
            if (line ~ /^[ \t]+not:/) {
                for (i = 1; i <= count; ++i)
                    if (word[i] != "" && word[i] != "not:") never[folder] = never[folder] " " word[i]
            } else if (line ~ /^[^ \t]+:/) {
                folder = word[1]; sub(/:$/, "", folder)
                known[folder] = 1
                for (i = 2; i <= count; ++i) if (word[i] != "") may[folder, word[i]] = 1
                if (folder ~ /^src\//) { own = folder; sub(/^src\//, "", own); may[folder, own] = 1; inner[own] = 1 }
            }
        }
        inner["rtkhooks"] = 1
    }

    FNR == 1 {
        files++
        from = FILENAME; sub(/\/[^\/]*$/, "", from)
        while (!(from in known) && from ~ /\//) sub(/\/[^\/]*$/, "", from)
        if (!(from in known)) fail("this folder is not in " arrows)
    }

    /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
        quoted = $0 ~ /include[ \t]*"/
        path = $0; sub(/^[^<"]*[<"]/, "", path); sub(/[>"].*/, "", path)
        first = path; sub(/\/.*/, "", first)
        if (quoted && !(path ~ /\// && first in inner)) { # relative to the file
            path = normal(FILENAME "/../" path)
            sub(/^(src|include)\//, "", path)
            first = path; sub(/\/.*/, "", first)
        }
        lines++

        if (first in inner) {
            if (!((from, first) in may)) fail(from " must not know " first "/ (includes " path ")")
        } else if (quoted) {
            fail("includes " path ", which is in no folder of " arrows)
        }

        count = split(never[from], word, " ")
        hit = ""
        for (i = 1; i <= count; ++i)
            if (word[i] !~ /^!/ && index(path, word[i]) == 1) hit = word[i]
        for (i = 1; i <= count; ++i)
            if (word[i] ~ /^!/ && index(path, substr(word[i], 2)) == 1) hit = ""
        if (hit != "") fail(from " must not include " path)
    }

    END {
        if (files == 0 || lines == 0) { print "nothing was read: wrong root?"; exit 2 }
        if (failures) { printf "%d of %d #include lines break the rules of %s\n", failures, lines, arrows; exit 1 }
        printf "%d #include lines in %d files, all as %s permits\n", lines, files, arrows
    }
' "$@"
