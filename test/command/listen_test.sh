#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# What keeps the receiver from starting, what it does where it cannot go on, and that it leaves no webhook behind.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
can_call || skip "neither curl nor openssl"
cd "$work" || exit 1

no_webhooks() {
    succeed list
    [[ $out == "[]" ]] || fail "$1: a webhook is left behind"
}

# deliver PATH [HEADER]: posts a body to the receiver itself; leaves the status.
deliver() {
    called="POST $1"
    exec 9<>"/dev/tcp/127.0.0.1/$port" || { fail "nobody listens"; return; }
    printf 'POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n%s\r\n{}' "$1" "${2:-}" >&9
    status=$(sed -n '1s/^HTTP\/1.1 \([0-9]*\).*/\1/p' <&9)
    exec 9>&-
}

# long_event ID: one that takes more than PIPE_BUF bytes, and is printed as it is: of no text is more than 256 shown.
long_event() {
    local wide name
    wide=$(printf '\\"%.0s' {1..256})
    printf '{"event":"recording.statusUpdate","meeting":{"id":"%s"},"recording":{"id":"%s"' "$1" "$wide"
    for name in recordingId status outputFileName meetingId organizationId roomUUID stopReason; do
        printf ',"%s":"%s"' "$name" "$wide"
    done
    printf '}}'
}

# fill_pipe: until it takes no more.
fill_pipe() { dd if=/dev/zero of=pipe bs=4096 count=1024 oflag=nonblock 2>/dev/null; }
# fill_pipe_but_for_a_page: it can be written to then, as poll() says, but does not take a long text whole.
fill_pipe_but_for_a_page() {
    fill_pipe
    dd of=/dev/null bs=4096 count=1 <&5 2>/dev/null
}

# end_unread WHAT: the listener, which writes into the pipe; it must end, and well.
end_unread() {
    called="rtkhooks listen, and $1"
    kill -TERM "$listener"
    until_true has_ended "$listener" || { fail "it goes on"; kill -KILL "$listener"; }
    wait "$listener"
    status=$?
    expect_status 0
    exec 5<&-
    no_webhooks "$1"
}
has_webhook() { run list && [[ $out == '[{'* ]]; }

start_emulator --delivery-retries 0
call GET "$key_url"
cp body key.json
find_free_port
hook=http://127.0.0.1:$port/hook
event='{"event":"meeting.started","meeting":{"title":"Choir practice"}}'

# --- refused before it listens
refused 2 invalid_argument listen --key /no/such.pem
expect_err "--key '/no/such.pem'"
refused 2 invalid_argument listen --key "$ca_file"
expect_err "public key"
refused 2 invalid_argument listen --key-url http://localhost/
expect_err "url must start with https://"
run listen --key-url http://localhost/ --output table
expect_err "given by --key-url"
refused 2 invalid_argument listen --path hook
run listen --path hook --output table
expect_err "given by --path or --register"
refused 2 invalid_argument listen --ca-file /no/such.pem
refused 2 invalid_argument listen --key key.json --register "$hook" --api-token-file /no/such
expect_err "/no/such"
refused 2 invalid_argument listen --key key.json --register "$hook" --base-url nonsense

# --- an address that cannot be had
start_listener --port "$port" --key key.json
refused 1 resource_exhausted listen --key key.json --port "$port"
expect_err "cannot listen on 127.0.0.1 port $port"
refused 1 resource_exhausted listen --key key.json --port "$port" --register "$hook"
no_webhooks "without a port"
deliver /hook
expect_status 404
deliver /
expect_status 401
deliver / $'rtk-signature: AAAA\r\n'
expect_status 401
deliver / $'rtk-signature: !\r\n'
expect_status 400
stop_listener TERM
expect_status 0
[[ $err == '{"unhandled":{"status":404,"reason":"nothing is received here"}}
{"unhandled":{"status":401,"reason":"there is no signature"}}
{"unhandled":{"status":401,"reason":"the signature does not match"}}
{"unhandled":{"status":400,"reason":"the signature is not one text in base64"}}' ]] || fail "said of the refused: $err"
[[ $out == "{\"listening\":\"http://127.0.0.1:$port/\"}" ]] || fail "printed: $out"

# --- a webhook that cannot be created
CLOUDFLARE_API_TOKEN=wrong refused 3 unauthorized listen --key key.json --register "$hook"
run listen --key key.json --register "$hook" --event meeting.strated --output table
expect_status 5
expect_err "did you mean meeting.started?"
succeed create --name other --url "$hook" --event all
other=$(field id "$out")
refused 6 conflict listen --key key.json --register "$hook"
succeed get "$other" # which is not its own
succeed delete "$other"
refused 9 connect_failed listen --key key.json --register "$hook" --base-url https://127.0.0.1:1 --max-retries 0

# --- a key that cannot be fetched is told at once, and deliveries are to be sent again
start_listener --port "$port" --key-url https://127.0.0.1:1/ --register "$hook"
alarm='{"error":{"code":"connect_failed","message":"the key cannot be fetched from https://127.0.0.1:1/: '
alarm_is_told() { [[ $(<"$complaints") == "$alarm"* ]]; }
until_true alarm_is_told || fail "no alarm: $(<"$complaints")"
emit "$event"
deliveries_end
[[ $out == *'"attempts":[{"status":503,"error":null}]}]}' ]] || fail "not 503"
stop_listener TERM
expect_status 0
no_webhooks "without a key"

# --- what is not written is not accepted: a reader that is gone
mkfifo pipe
called="rtkhooks listen, and its reader is gone"
exec 5<>pipe
"$command" listen --port "$port" --register "$hook" --key key.json >pipe 2>err 5<&- &
listener=$!
servers+=("$listener")
IFS= read -r -t 60 announced <&5 || fail "it does not say where it listens"
exec 5<&-
emit "$event"
wait "$listener"
status=$?
err=$(<err)
expect_status 1
[[ $err == '{"error":{"code":"resource_exhausted","message":"standard output cannot be written: Broken pipe'* ]] ||
    fail "it does not say why, and nothing else"
expect_one_line_of_err
deliveries_end
[[ $out == *'"outcome":"failed","attempts":[{"status":500,"error":null}]}]}' ]] || fail "not 500"
no_webhooks "without a reader"
if [[ -w /dev/full ]]; then
    called="rtkhooks listen, onto a full disk"
    "$command" listen --port "$port" --register "$hook" --key key.json >/dev/full 2>err
    status=$?
    expect_status 1
    no_webhooks "onto a full disk"
fi

# --- where a standard stream is closed from the beginning, nothing of its own gets that descriptor
called="rtkhooks listen, without a standard output"
"$command" listen --port "$port" --key key.json >&- 2>err &
listener=$!
servers+=("$listener")
until_true has_ended "$listener" || { fail "it goes on"; kill -KILL "$listener"; }
wait "$listener"
status=$?
err=$(<err)
expect_status 1
expect_err "standard output cannot be written: Bad file descriptor"
if [[ -r /proc/self/status ]]; then
    called="rtkhooks listen, with a standard output alone"
    : >printed
    "$command" listen --port "$port" --key key.json <&- >printed 2>&- &
    listener=$!
    servers+=("$listener")
    until_true test -s printed || fail "it does not say where it listens"
    for descriptor in 0 2; do
        [[ $(readlink "/proc/$listener/fd/$descriptor") == /dev/null ]] || fail "what is its descriptor $descriptor?"
    done
    kill -TERM "$listener"
    wait "$listener"
    status=$?
    expect_status 0
fi

# --- a reader that does not read does not keep it from ending
if dd if=/dev/zero of=/dev/null count=1 oflag=nonblock 2>/dev/null; then
    exec 5<>pipe
    fill_pipe
    "$command" listen --port "$port" --register "$hook" --key key.json >pipe 2>unread.err 5<&- &
    listener=$!
    servers+=("$listener")
    until_true has_webhook || fail "it creates no webhook"
    end_unread "nobody reads where it listens"

    called="rtkhooks listen, and its reader does not read"
    exec 5<>pipe
    "$command" listen --port "$port" --register "$hook" --key key.json >pipe 2>unread.err 5<&- &
    listener=$!
    servers+=("$listener")
    IFS= read -r -t 60 announced <&5 || fail "it does not say where it listens"
    fill_pipe_but_for_a_page
    emit "$(long_event 1)"
    deliveries_end
    [[ $out == *'"attempts":[{"status":503,"error":null}]}]}' ]] || fail "accepted, and not written whole"
    others=("$event" "${event/Choir/Brass}" "${event/Choir/Dance}")
    for other in "${others[@]}"; do
        emit "$other"
    done
    lines=$'\n'
    for _ in 1 2 3 4; do # after the zeros, which read skips
        IFS= read -r -t 60 line <&5 || fail "a line is missing"
        lines+=$line$'\n'
    done
    for line in "$(long_event 1)" "${others[@]}"; do
        [[ $lines == *$'\n'"$line"$'\n'* ]] || fail "not printed, or not by itself: $line; but: $lines"
    done
    deliveries_end
    fill_pipe_but_for_a_page
    emit "$(long_event 2)"
    deliveries_end
    [[ $out == *'"attempts":[{"status":503,"error":null}]}]}' ]] || fail "accepted, and not written whole"
    end_unread "its reader does not read"

    # --- nor from going on, where it is what it complains of that is not read
    called="rtkhooks listen, and nobody reads its complaints"
    exec 5<>pipe
    : >printed
    "$command" listen --verbose --port "$port" --register "$hook" --key key.json >printed 2>pipe 5<&- &
    listener=$!
    servers+=("$listener")
    until_true test -s printed || fail "it does not say where it listens"
    fill_pipe
    succeed create --name other --url "http://127.0.0.1:$port/wrong" --event all
    other=$(field id "$out")
    emit "$event"
    deliveries_end
    [[ $out == *'"attempts":[{"status":404,"error":null}]}'* ]] || fail "the wrong path is not refused"
    succeed delete "$other"
    emit "$event"
    deliveries_end
    [[ $out == *'"attempts":[{"status":200,"error":null}]}]}' ]] || fail "it receives nothing any more"
    end_unread "nobody reads its complaints"
fi

# --- a terminal that is closed is an end like any other, unless it is to outlive that, as under nohup
if [[ -z $(trap -p HUP) ]]; then # else this test is under it, and cannot change that
    start_listener --port "$port" --register "$hook" --key key.json
    stop_listener HUP
    expect_status 0
    no_webhooks "a closed terminal"
fi
trap '' HUP
start_listener --port "$port" --register "$hook" --key key.json
trap - HUP
kill -HUP "$listener"
emit "$event"
line_of_listener "$event"
stop_listener TERM
expect_status 0
no_webhooks "a terminal that was closed before"

# --- a webhook that cannot be deleted is named
start_listener --port "$port" --register "$hook" --key key.json
webhook=$(field webhook_id "$announced")
succeed delete "$webhook"
stop_listener TERM
expect_status 4
[[ $(wc -l <"$complaints") -eq 1 ]] || fail "stderr is not one line"
[[ $err == '{"error":{"code":"not_found","message":"webhook '"$webhook"' was not deleted: '* ]] || fail "which is left?"

# --- a second signal ends it at once
is_stopped() { ! grep -L '^State:[[:space:]]*T' /proc/"$emulator"/task/*/status | grep -q .; }
waits_for_second_signal() {
    local mask
    mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$listener/status" 2>/dev/null)
    [[ -n $mask ]] && (((16#$mask & 0x4000) == 0)) # SIGTERM is bit 14
}
if [[ -r /proc/self/status ]]; then
    start_listener --port "$port" --register "$hook" --key key.json
    kill -STOP "$emulator" # which then takes the deletion, and does not answer
    until_true is_stopped || fail "the emulator goes on"
    kill -TERM "$listener"
    until_true waits_for_second_signal || fail "it goes on as if there had been no signal"
    before=$SECONDS
    stop_listener TERM
    expect_status 143
    ((SECONDS - before < 20)) || fail "it took $((SECONDS - before)) s"
fi

conclude
