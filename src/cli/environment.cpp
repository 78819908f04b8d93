// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/environment.hpp"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace rtkhooks::cli {

namespace {

std::string variable(char const* name)
{
    auto const* value = std::getenv(name);
    return value != nullptr ? value : std::string{};
}

} // namespace

environment environment::of_process()
{
    environment result;
    result.account_id = variable("CLOUDFLARE_ACCOUNT_ID");
    result.app_id = variable("REALTIMEKIT_APP_ID");
    result.ca_file = variable("SSL_CERT_FILE");
    result.config = client_config::from_environment();
    result.output_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    result.colour_is_welcome = result.output_is_terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
    return result;
}

} // namespace rtkhooks::cli
