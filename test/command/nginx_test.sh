#!/usr/bin/env bash
# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# The command against a server that is not of this project: nginx with TLS, which answers each address with a body of
# the shape that the API documents or is known to give.

# shellcheck source=support.bash
source "${BASH_SOURCE[0]%/*}/support.bash"
PATH=$PATH:/usr/sbin:/usr/local/sbin
type nginx >/dev/null 2>&1 || skip "nginx is not installed"
type openssl >/dev/null 2>&1 || skip "the command openssl is not installed"
nginx -V 2>&1 | grep -q with-http_ssl_module || skip "this nginx has no TLS"

id=0d1f069d-43bb-489a-ad8c-7eb95592ba8e
partial='"id":"'$id'","name":"audit","events":["meeting.started","meeting.ended"],"url":"https://example.com/hook"'
partial+=',"created_at":"2022-05-28T07:01:53.075Z","updated_at":"2022-05-28T07:01:53.075Z"'
hook='{'$partial',"enabled":false}'

make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=test authority" \
        -keyout "$work/ca.key" -out "$work/ca.pem" 2>>"$work/openssl.log" &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
            -keyout "$work/server.key" -out "$work/server.csr" 2>>"$work/openssl.log" &&
        openssl x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -set_serial 1 -days 2 \
            -extfile <(echo "subjectAltName=DNS:localhost,DNS:hooks.example") -out "$work/server.pem" \
            2>>"$work/openssl.log"
}

# answers APP STATUS BODY: whatever is asked of that app.
answers() {
    echo "location /client/v4/accounts/account/realtime/kit/$1/ { return $2 '$3'; }"
}

# One app that works, and one for each way not to.
locations() {
    local works=/client/v4/accounts/account/realtime/kit/works/webhooks
    cat <<LOCATIONS
location = $works {
    if (\$request_method = GET) { return 200 '{"success":true,"data":[$hook]}'; }
    if (\$request_method = POST) { return 201 '{"data":$hook,"success":true}'; }
    return 405;
}
location = $works/$id {
    if (\$request_method = GET) { return 200 '{"success":true,"data":$hook}'; }
    if (\$request_method = PUT) { return 200 '{"success":true,"data":{$partial}}'; }
    if (\$request_method = PATCH) { return 200 '{"success":true,"data":$hook}'; }
    if (\$request_method = DELETE) { return 200 '{"data":null,"success":true}'; }
    return 405;
}
location = $works/all { return 200 '{"data":["meeting.started","meeting.ended"],"success":true}'; }
LOCATIONS
    answers e400 400 '{"success":false,"error":{"code":400,"message":"BAD_REQUEST \"id\" must be a valid GUID"}}'
    answers e401 401 '{"message":"Unauthorized"}'
    answers e403 403 '{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}'
    answers e404 404 '{"success":false,"error":{"code":404,"message":"Error: resource not found"}}'
    answers no-route 404 '{"success":false,"errors":[{"code":7003,"message":"No route for the URI"}],"result":null}'
    answers e409 409 '{"success":false,"error":{"code":409,"message":"Error: resource already exists"}}'
    answers e422 422 '{"success":false,"errors":[{"code":1001,"message":"Unprocessable"}],"messages":[]}'
    answers e429 429 '{"success":false,"errors":[{"code":971,"message":"Please wait"}]}'
    answers e500 500 '{"success":false,"error":{"code":500,"message":"Internal Server Error"}}'
    answers e522 522 '<!DOCTYPE html><title>522: Connection timed out</title>'
    answers moved 301 'https://elsewhere.example/'
    answers empty 200 ''
    answers not-json 200 '<html>maintenance</html>'
    answers no-id 200 '{"success":true,"data":{"name":"audit"}}'
    answers unsuccessful 200 '{"success":false,"error":{"code":400,"message":"no"}}'
}

write_configuration() {
    cat >"$work/nginx.conf" <<CONFIGURATION
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/error.log notice;
events { worker_connections 64; }
http {
    access_log $work/access.log;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    default_type application/json;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $work/server.pem;
        ssl_certificate_key $work/server.key;
        add_header cf-ray 8f0000000000-FRA always;
        $(locations)
    }
}
CONFIGURATION
}

ready_or_dead() { [[ -s $work/nginx.pid ]] || ! kill -0 "$nginx" 2>/dev/null; }

# nginx cannot pick a free port itself: a port is tried, and another one where that is taken.
start_nginx() {
    local attempt
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 12000))
        write_configuration
        nginx -p "$work" -c "$work/nginx.conf" 2>>"$work/stderr.log" &
        nginx=$!
        servers+=("$nginx")
        until_true ready_or_dead
        [[ -s $work/nginx.pid ]] && return 0 # written once the port is its own
        grep -q "Address already in use" "$work/error.log" "$work/stderr.log" || break
    done
    cat "$work/stderr.log" "$work/error.log" >&2
    echo "FAILED: nginx did not start (attempt $attempt)" >&2
    exit 1
}

make_certificates || { cat "$work/openssl.log" >&2; exit 1; }
start_nginx
token=canary-token-for-nginx
export CLOUDFLARE_API_TOKEN=$token CLOUDFLARE_ACCOUNT_ID=account REALTIMEKIT_APP_ID=works
export CLOUDFLARE_BASE_URL=https://localhost:$port/client/v4 SSL_CERT_FILE=$work/ca.pem

succeed list
expect_out '[{"id":"'$id'"'
succeed create --name audit --url https://example.com/hook --event meeting.started,meeting.ended --enabled false
expect_out '"enabled":false'
created=$out
succeed get "$id"
[[ $out == "$created" ]] || fail "get is not what create is"
succeed replace "$id" --name audit --url https://example.com/hook --event meeting.started,meeting.ended
[[ $out == "$created" ]] || fail "what the answer left out was not read again"
succeed edit "$id" --enabled false
[[ $out == "$created" ]] || fail "edit is not what create is"
succeed delete "$id"
[[ $out == "{\"id\":\"$id\"}" ]] || fail "not the id alone"
succeed event-types
[[ $out == '["meeting.started","meeting.ended"]' ]] || fail "not the events"
succeed list --base-url "https://hooks.example:$port/client/v4" --resolve "hooks.example:$port:127.0.0.1"
refused 9 tls_failed list --max-retries 0 --base-url "https://other.example:$port/client/v4" \
    --resolve "other.example:$port:127.0.0.1" # the certificate is for other names

# failing APP STATUS CODE: a get of that app's webhook ends with the status and the code.
failing() { refused "$2" "$3" get "$id" --app-id "$1" --max-retries 0; }
failing e400 5 invalid_request
failing e401 3 unauthorized
failing e403 3 forbidden
failing e404 4 not_found
failing no-route 4 not_found
failing e409 6 conflict
failing e422 5 invalid_request
failing e429 7 rate_limited
failing e500 8 server_error
failing e522 8 server_error
failing moved 8 unexpected_redirect
failing empty 10 decode_failed
failing not-json 10 decode_failed
failing no-id 10 decode_failed

# RealtimeKit's own 404 to a list says that there is none; the gateway's says that there is no such address.
succeed list --app-id e404
[[ $out == "[]" ]] || fail "not an empty list"
refused 4 not_found list --app-id no-route

# What the body says reaches the user.
run get "$id" --app-id e403
expect_err '"messages":[{"code":10000,"message":"Authentication error"}]'
expect_err '"ray_id":"8f0000000000-FRA"'
run get "$id" --app-id unsuccessful
[[ $status != 0 ]] || fail "success:false is a success"

conclude
