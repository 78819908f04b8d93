#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# promises_test.sh: every promise of README.md and SECURITY.md names tests, and each test that they name is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

failed=
complain() { echo "$*" && failed=yes; }

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
            [ -z "$name" ] || grep -qE "BOOST_AUTO_TEST_CASE\($name[,)]" "$file" && return
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
done
[ -z "$failed" ] || exit 1
echo "$count tests are named, and all are there"
