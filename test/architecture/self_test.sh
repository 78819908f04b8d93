#!/bin/sh
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# self_test.sh CHECK ARROWS: shows that the check sees a forbidden arrow of each kind, and passes what is permitted.
set -eu

check=$1
arrows=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/include/rtkhooks" "$root/src/model" "$root/src/http" "$root/src/client" "$root/src/other"
failures=0

# expect STATUS FILE LINE: the check's exit status with this one line in this one file.
expect() {
    printf '#pragma once\n%s\n' "$3" > "$root/$2"
    status=0
    output=$(sh "$check" "$arrows" "$root" 2>&1) || status=$?
    rm "$root/$2"
    if [ "$status" -ne "$1" ]; then
        printf 'expected status %s, got %s for %s with: %s\n%s\n' "$1" "$status" "$2" "$3" "$output"
        failures=$((failures + 1))
    fi
}

expect 0 include/rtkhooks/a.hpp '#include <boost/asio/awaitable.hpp>'
expect 0 include/rtkhooks/a.hpp '#include <rtkhooks/export.hpp>'
expect 1 include/rtkhooks/a.hpp '#include <boost/beast/http/verb.hpp>'
expect 1 include/rtkhooks/a.hpp '#  include <openssl/ssl.h>'
expect 1 include/rtkhooks/a.hpp '#include "model/json.hpp"'
expect 1 include/rtkhooks/a.hpp '#include "../../src/model/json.hpp"'
expect 0 src/model/a.cpp '#include "model/json.hpp"'
expect 0 src/model/a.cpp '#include "json.hpp"'
expect 1 src/model/a.cpp '#include <boost/asio/buffer.hpp>'
expect 1 src/model/a.cpp '#include "../http/request.hpp"'
expect 1 src/model/a.cpp '#include "http/request.hpp"'
expect 1 src/model/a.cpp '#include "../unknown/request.hpp"'
expect 0 src/http/a.cpp '#include <boost/asio/buffer.hpp>'
expect 1 src/http/a.cpp '#include <boost/asio/ip/tcp.hpp>'
expect 1 src/http/a.cpp '#include "client/core.hpp"'
expect 0 src/client/a.cpp '#include "transport/pool.hpp"'
expect 1 src/client/a.cpp '#include <openssl/ssl.h>'
expect 1 src/other/a.cpp '#include <string>'

[ "$failures" -eq 0 ] || exit 1
echo "the check tells what is permitted from what is not"
