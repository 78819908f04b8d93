#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# promises_test.sh: everything that README.md and SECURITY.md promise, and that they say is not promised, names tests, and
# each test that they name is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

failed=
complain() { echo "$*" && failed=yes; }

# A suite's part of a file.
suite_of() { # SUITE FILE
    awk -v begin="BOOST_AUTO_TEST_SUITE\\\\($1[,)]" '$0 ~ begin { inside = 1 } /^BOOST_AUTO_TEST_SUITE_END/ { inside = 0 } inside' "$2"
}

# Whether a test is there: KIND.SUITE or KIND.SUITE/CASE.
exists() {
    local kind=${1%%.*} suite=${1#*.} name= file
    case $suite in */*) name=${suite#*/} && suite=${suite%%/*} ;; esac
    case $kind.$suite in
        command.*) [ -e "test/command/${suite}_test.sh" ] && return ;;
        fuzz.*) [ -e "test/fuzz/$suite.cpp" ] && return ;;
        load.soak) [ -e test/load/soak/main.cpp ] && return ;;
        *)
            file=$(grep -rlE "BOOST_AUTO_TEST_SUITE\($suite[,)]" "test/$kind" --include='*.cpp') || return 1
            [ -z "$name" ] || grep -qE "BOOST_AUTO_TEST_CASE\($name[,)]" <<< "$(suite_of "$suite" "$file")" && return
            ;;
    esac
    return 1
}

count=0
for file in README.md SECURITY.md; do
    for test in $(grep -oE '`(unit|integration|fault|conformance|load|fuzz|command)\.[a-z0-9_]+(/[a-z0-9_]+)?`' "$file" | tr -d '`' | sort -u); do
        exists "$test" || complain "$file names $test, which is not there"
        count=$((count + 1))
    done
    # The rows of the table of promises.
    promises=$(awk '/^\| promised \| proved by \|$/ { inside = 1; next } !/^\|/ { inside = 0 } inside && !/^\| ---/' "$file")
    [ -n "$promises" ] || complain "$file promises nothing"
    while IFS= read -r row; do
        case $row in *'`'*.*'`'*) ;; *) complain "$file: nothing proves: $row" ;; esac
    done <<< "${promises}"
    # The items of the list of what is not, each in one line.
    others=$(awk '/^Not there:$|^## What is not promised$/ { inside = 1; next } inside && /^## |^[A-Z]/ { inside = 0 }
        inside && /^- / { if (item) print item; item = "" } inside && NF { item = item " " $0 } END { if (item) print item }' "$file")
    [ -n "$others" ] || complain "$file says of nothing that it is not promised"
    while IFS= read -r item; do
        grep -qE '`(unit|integration|fault|conformance|load|fuzz|command)\.' <<< "$item" || complain "$file: no test shows: $item"
    done <<< "$others"
done
[ -z "$failed" ] || exit 1
echo "$count tests are named, and all are there"
