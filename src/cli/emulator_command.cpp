// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/emulator_command.hpp"

#include "cli/certificate_file.hpp"
#include "cli/input_file.hpp"
#include "cli/output.hpp"
#include "cli/standard_streams.hpp"

#include <rtkhooks/emulator.hpp>
#include <rtkhooks/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>

#include <csignal>
#include <memory>
#include <stdexcept>

namespace rtkhooks::cli {

namespace {

std::string announcement(emulator const& server, certificate_file const& certificate)
{
    boost::json::object announced;
    announced["base_url"] = server.base_url();
    announced["ca_file"] = certificate.path();
    announced["token"] = server.token().reveal(); // made for tests; whoever starts the emulator needs it
    announced["key_url"] = server.key_url();
    announced["events_url"] = server.events_url();
    return boost::json::serialize(announced) + '\n';
}

std::unique_ptr<certificate_file> write_certificate(emulator_command const& asked, emulator const& server)
{
    return asked.ca_out ? std::make_unique<certificate_file>(*asked.ca_out, server.ca_pem())
                        : std::make_unique<certificate_file>(server.ca_pem());
}

emulator_options complete(emulator_command const& asked)
{
    constexpr std::size_t longest_file = 4 * 1024 * 1024; // many authorities
    auto options = asked.options;
    if (asked.delivery_ca_file)
        options.delivery_ca_pem(read_file("delivery-ca-file", *asked.delivery_ca_file, longest_file));
    return options;
}

} // namespace

exit_status run(emulator_command const& asked, output_format format)
try {
    boost::asio::io_context context{1};
    boost::asio::signal_set signals{context, SIGINT, SIGTERM}; // before anyone knows that it runs
    signals.async_wait([](boost::system::error_code, int) {});
    emulator const server{complete(asked)};
    auto const certificate = write_certificate(asked, server);
    if (auto const failure = write_output(announcement(server, *certificate)))
        throw std::runtime_error{"standard output cannot be written: " + failure.message()};
    context.run(); // until a signal
    return exit_status::done;
} catch (exception const& failure) {
    write_diagnostic(print_error(failure.error(), {}, format));
    return exit_status_of(failure.error());
}

} // namespace rtkhooks::cli
