// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "integration/scripted_server.hpp"

namespace rtkhooks::test {

/// Has a server be able to send_alert(). It speaks TLS 1.3 then.
void allow_alerts(SSL_CTX* context);
/// Any alert, encrypted, as a server's: OpenSSL has no function for that.
/// @param description which of RFC 8446, 6
void send_alert(scripted_server::session& connection, int description);

} // namespace rtkhooks::test
