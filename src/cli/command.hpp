// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/config.hpp>
#include <rtkhooks/emulator.hpp>
#include <rtkhooks/key_store.hpp>
#include <rtkhooks/receiver.hpp>
#include <rtkhooks/webhook.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <variant>

/// @file
/// What the command was asked to do, as values.

namespace rtkhooks::cli {

enum class operation { list, create, get, replace, edit, remove, event_types };

enum class output_format { table, json };

/// Print a text: help, or the version.
struct print_command {
    std::string text;
};

/// Make one call of the API.
struct api_command {
    operation what = operation::list;
    std::string account_id;
    std::string app_id;
    std::string webhook_id;                ///< of get, replace, edit, remove
    webhook_spec spec;                     ///< of create, replace
    webhook_patch patch;                   ///< of edit
    client_config config;                  ///< without a token where token_file has it
    std::optional<std::string> token_file; ///< "-": standard input
    output_format format = output_format::table;
    bool verbose = false;
};

/// Show every operation and every kind of failure.
struct demo_command {};

/// Serve the API on this machine until a signal comes.
struct emulator_command {
    emulator_options options;
    std::optional<std::string> ca_out; ///< nothing: a temporary file
    std::optional<std::string> delivery_ca_file;
};

/// Check the signature of a delivery whose body is on standard input.
struct verify_command {
    std::string key_file;
    std::string signature;
    bool event_only = false; ///< print the event's name and nothing else
    output_format format = output_format::table;
};

/// Receive deliveries and print them until a signal comes.
struct listen_command {
    boost::asio::ip::tcp::endpoint where; ///< port 0: any free one
    receiver_config config;
    key_store_config keys;
    std::optional<std::string> key_file; ///< in place of keys
    std::optional<api_command> webhook;  ///< to create when it listens, and to delete when it ends
    output_format format = output_format::table;
    bool verbose = false;
};

using any_command =
    std::variant<print_command, api_command, demo_command, emulator_command, verify_command, listen_command>;

} // namespace rtkhooks::cli
