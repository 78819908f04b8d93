# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
# shellcheck shell=bash disable=SC2034 # what is set here is used by those who read it in
#
# For the tests of the built command: each is `NAME_test.sh COMMAND`, ends with 0 (passed), 1 (failed) or 77 (skipped),
# and reads this file first. The servers that it starts listen on ports of their own and end with it.

set -u
command=${1:?usage: ${0##*/} COMMAND}
unset "${!CLOUDFLARE_@}" "${!REALTIMEKIT_@}" SSL_CERT_FILE SSL_CERT_DIR NO_COLOR
export LC_ALL=C

work=$(mktemp -d) || exit 1
failures=0
servers=()

finish() {
    local server
    for server in ${servers[@]+"${servers[@]}"}; do
        kill -CONT "$server" 2>/dev/null
        kill -TERM "$server" 2>/dev/null
        until_true has_ended "$server" || kill -KILL "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    done
    rm -rf "$work"
}
trap finish EXIT

skip() {
    echo "skipped: $*"
    exit 77
}

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*" >&2
    echo "  called: ${called:-}; status ${status:-}" >&2
    echo "  stdout: ${out:-}" >&2
    echo "  stderr: ${err:-}" >&2
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }

# The last line of a test.
conclude() {
    if ((failures > 0)); then
        echo "$failures failed" >&2
        exit 1
    fi
    echo "passed"
}

# run ARGUMENT...: calls the command; leaves its results in status, out and err. Its input is the file in $input.
input=/dev/null
run() {
    called="rtkhooks $*"
    "$command" "$@" <"$input" >"$work/out" 2>"$work/err"
    status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
    if [[ -n ${token:-} && "$out$err" == *"$token"* ]]; then
        fail "the token is in the output"
    fi
}

expect_status() { [[ $status == "$1" ]] || fail "status is $status, not $1"; }
expect_out() { [[ $out == *"$1"* ]] || fail "stdout has no '$1'"; }
expect_err() { [[ $err == *"$1"* ]] || fail "stderr has no '$1'"; }
expect_no_out() { [[ -z $out ]] || fail "stdout is not empty"; }
expect_no_err() { [[ -z $err ]] || fail "stderr is not empty"; }
expect_one_line_of_err() { [[ $(wc -l <"$work/err") -eq 1 ]] || fail "stderr is not one line"; }

# succeed ARGUMENT...: calls the command, which must end with 0 and say nothing of errors.
succeed() {
    run "$@"
    expect_status 0
    expect_no_err
}

# refused STATUS CODE ARGUMENT...: calls the command in both formats. It must end with the status, print nothing, and
# explain itself in one line: as JSON with the code, and as text.
refused() {
    local wanted=$1 code=$2
    shift 2
    run --output json "$@"
    expect_status "$wanted"
    expect_no_out
    expect_one_line_of_err
    [[ $err == '{"error":{"code":"'"$code"'"'* ]] || fail "stderr is not JSON with the code $code"
    run --output table "$@"
    expect_status "$wanted"
    expect_no_out
    expect_one_line_of_err
    [[ $err == "rtkhooks: "* ]] || fail "stderr does not say who complains"
}

# field NAME TEXT: the first string member of that name in JSON text.
field() { sed -n 's/^[^"]*\("[^"]*"[^"]*\)*"'"$1"'":"\([^"]*\)".*/\2/p' <<<"$2" | head -n 1; }

# start_emulator ARGUMENT...: an emulator of its own, known by emulator (its process), base_url, ca_file, token,
# key_url and events_url; the environment leads the command to it.
emulators=0
# shellcheck disable=SC2120 # without arguments too
start_emulator() {
    emulators=$((emulators + 1))
    local pipe=$work/emulator-$emulators line=
    mkfifo "$pipe"
    "$command" emulator "$@" >"$pipe" &
    emulator=$!
    servers+=("$emulator")
    read -r -t 60 line <"$pipe" || { fail "the emulator did not say where it listens"; conclude; }
    announced=$line
    base_url=$(field base_url "$line")
    ca_file=$(field ca_file "$line")
    token=$(field token "$line")
    key_url=$(field key_url "$line")
    events_url=$(field events_url "$line")
    export CLOUDFLARE_BASE_URL=$base_url SSL_CERT_FILE=$ca_file CLOUDFLARE_API_TOKEN=$token
    export CLOUDFLARE_ACCOUNT_ID=023e105f4ecef8ad9ca31a8372d0c353
    export REALTIMEKIT_APP_ID=2b1e5f0c-8f1d-4a57-9d0e-6c1f7a3b9d42
}

# start_listener ARGUMENT...: a receiver of its own, known by listener (its process), listened and complaints (the files
# that it writes to), announced (its first line), address and port.
listeners=0
start_listener() {
    listeners=$((listeners + 1))
    listened=$work/listener-$listeners.out
    complaints=$work/listener-$listeners.err
    : >"$listened"
    called="rtkhooks listen $*"
    "$command" listen "$@" </dev/null >"$listened" 2>"$complaints" &
    listener=$!
    servers+=("$listener")
    until_true has_line_or_ended || { fail "it does not say where it listens"; conclude; }
    err=$(<"$complaints")
    announced=$(head -n 1 "$listened")
    address=$(field listening "$announced")
    port=${address#*://*:}
    port=${port%%/*}
    [[ $port == [1-9]* ]] || { fail "it does not say where it listens"; conclude; }
}
has_line_or_ended() { [[ $(wc -l <"$listened") -ge 1 ]] || ! kill -0 "$listener" 2>/dev/null; }

# stop_listener SIGNAL: leaves what it ended with in status, out and err.
stop_listener() {
    called="rtkhooks listen, and $1"
    kill "-$1" "$listener"
    wait "$listener"
    status=$?
    out=$(<"$listened")
    err=$(<"$complaints")
}

# line_of_listener TEXT: waits for a line that is this text.
line_of_listener() { until_true grep -qxF -e "$1" "$listened" || fail "not printed: $1; but: $(<"$listened")"; }

# find_free_port: one that nothing listens at, in port.
find_free_port() {
    start_listener --port 0
    stop_listener TERM
}

# call METHOD URL [BODY]: a request to the emulator with its token, by curl, or by openssl where there is no curl; leaves
# status and out.
call() {
    called="$1 $2"
    if command -v curl >/dev/null; then
        call_by_curl "$@"
    else
        call_by_openssl "$@"
    fi
    out=$(<"$work/body")
    err=$(<"$work/err")
}
can_call() { command -v curl >/dev/null || command -v openssl >/dev/null; }

call_by_curl() {
    status=$(curl --silent --show-error --noproxy '*' --cacert "$ca_file" --header "Authorization: Bearer $token" \
        --request "$1" ${3+--data-binary "$3"} --output "$work/body" --write-out '%{http_code}' "$2" 2>"$work/err")
}

# Not by the name: where there is no /etc/hosts, openssl does not know localhost.
call_by_openssl() {
    local authority=${2#https://} body=${3:-}
    local path=/${authority#*/}
    authority=${authority%%/*}
    printf '%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
        "$1" "$path" "$authority" "$token" "${#body}" "$body" |
        openssl s_client -quiet -verify_quiet -verify_return_error -verify_hostname localhost -CAfile "$ca_file" \
            -connect "127.0.0.1:${authority##*:}" -servername localhost >"$work/answer" 2>"$work/err"
    status=$(sed -n '1s/^HTTP\/1.1 \([0-9]*\).*/\1/p' "$work/answer")
    sed $'1,/^\r$/d' "$work/answer" >"$work/body"
}

# emit BODY: has the emulator deliver an event.
emit() {
    call POST "$events_url" "$1"
    expect_status 202
}

# deliveries_end: waits until none is pending; leaves the emulator's log in out.
deliveries_end() { until_true no_delivery_is_pending || fail "deliveries have no end"; }
no_delivery_is_pending() { call GET "$events_url" && [[ $status == 200 && $out != *'"pending"'* ]]; }

# until_true COMMAND...: waits for it to succeed; a minute at most.
until_true() {
    local deadline=$((SECONDS + 60))
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.02
    done
}
