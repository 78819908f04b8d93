// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>

#include <string>

namespace rtkhooks::cli {

/// What the process's surroundings say, read once.
struct environment {
    std::string account_id; ///< `CLOUDFLARE_ACCOUNT_ID`
    std::string app_id;     ///< `REALTIMEKIT_APP_ID`
    std::string ca_file;    ///< `SSL_CERT_FILE`
    client_config config;   ///< from the variables that the library reads: token, key, base URL
    bool output_is_terminal = false;
    bool colour_is_welcome = false; ///< a terminal, and neither `NO_COLOR` nor `TERM=dumb` asks for plain text

    [[nodiscard]] static environment of_process();
};

} // namespace rtkhooks::cli
