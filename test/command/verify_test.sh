#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Checking a delivery: what matches, what does not, and what is neither. Signatures are made by OpenSSL's own command.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"

command -v openssl >/dev/null || skip "no openssl"
cd "$work" || exit 1

# make_key NAME ARGUMENT...: a pair, in NAME.private and NAME.pem.
make_key() {
    local name=$1
    shift
    if ! openssl genpkey "$@" -out "$name.private" 2>openssl.err ||
        ! openssl pkey -in "$name.private" -pubout -out "$name.pem"; then
        cat openssl.err
        fail "no key $name"
        conclude
    fi
}

# sign KEY FILE: the signature as the header has it.
sign() { openssl dgst -sha256 -sign "$1.private" "$2" | openssl base64 -A; }

make_key own -algorithm RSA -pkeyopt rsa_keygen_bits:2048
make_key other -algorithm RSA -pkeyopt rsa_keygen_bits:3072
make_key small -algorithm RSA -pkeyopt rsa_keygen_bits:1024
make_key ec -algorithm EC -pkeyopt ec_paramgen_curve:P-256

printf '%s\n' '{ "event": "livestreaming.statusUpdate",  "streamId": "4c6d8e0f", "status": "LIVE",' \
    '  "streamKey": "do-not-show" }' >body
signature=$(sign own body)
input=body

# What matches.
succeed verify --key own.pem --signature "$signature"
[[ $out == '{"event":"livestreaming.statusUpdate",'*'"streamKey":"[secret]"'*'}' ]] || fail "not the event"
[[ $(wc -l <out) -eq 1 ]] || fail "not one line"
[[ $out != *do-not-show* ]] || fail "a secret is printed"
succeed verify --key own.pem --signature "$signature" --output table
[[ $out == "event "*"livestreaming.statusUpdate"*"streamKey "*"[secret]"* ]] || fail "no table"
[[ $out != *do-not-show* ]] || fail "a secret is printed"
for format in json table; do
    succeed verify --key own.pem --signature "$signature" --event-only --output "$format"
    [[ $out == livestreaming.statusUpdate ]] || fail "not the name alone"
done
# The document that the key is published in, both as it is and escaped twice.
pem=$(<own.pem)
printf '{"success":true,"data":{"publicKey":"%s\\n"},"message":""}' "${pem//$'\n'/\\n}" >own.json
printf '{"success":true,"data":{"publicKey":"%s\\\\n"},"message":""}' "${pem//$'\n'/\\\\n}" >twice.json
succeed verify --key own.json --signature "$signature" --event-only
succeed verify --key twice.json --signature "$signature" --event-only
# An event that is not known is genuine all the same.
printf '{"event":"meeting.paused","by":7}' >unknown
input=unknown
succeed verify --key own.pem --signature "$(sign own unknown)"
[[ $out == '{"event":"meeting.paused"}' ]] || fail "not the event's name alone"

# What does not.
input=body
mismatch() { refused 11 signature_mismatch verify "$@"; }
mismatch --key other.pem --signature "$signature"
mismatch --key own.pem --signature "$(sign other body)"
mismatch --key own.pem --signature "$(sign own unknown)"
mismatch --key own.pem --signature AAAA
tr -d '\n' <body >altered
input=altered
mismatch --key own.pem --signature "$signature"
expect_err "the exact bytes that came"
input=/dev/null
mismatch --key own.pem --signature "$signature" --event-only

# What is no signature, no key, no body.
input=body
for malformed in "" "!" "${signature%=}" " $signature" "${signature//[+\/]/-}-" "$signature$signature"; do
    refused 2 invalid_argument verify --key own.pem --signature "$malformed"
    expect_err "--signature"
done
refused 2 invalid_argument verify --key /no/such.pem --signature "$signature"
expect_err "--key '/no/such.pem'"
for bad in small.pem ec.pem own.private body; do
    refused 2 invalid_argument verify --key "$bad" --signature "$signature"
    expect_err "--key '$bad': public key: "
    [[ $err != *MII* ]] || fail "the key file is repeated"
done
: >empty
refused 2 invalid_argument verify --key empty --signature "$signature"
expect_err "empty"
refused 2 invalid_argument verify --key "$work" --signature "$signature"
refused 2 invalid_argument verify --key own.pem
called="rtkhooks verify, without a standard input"
"$command" verify --key own.pem --signature "$signature" <&- >out 2>err
status=$?
expect_status 2

# A body that is genuine, and no event.
printf 'nonsense' >nonsense
input=nonsense
refused 10 decode_failed verify --key own.pem --signature "$(sign own nonsense)"
expect_err "the signature matches"

if [[ -w /dev/full ]]; then
    called="rtkhooks verify, onto a full disk"
    "$command" verify --key own.pem --signature "$signature" <body >/dev/full 2>err
    status=$?
    expect_status 1
fi

conclude
