// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "cli/command.hpp"

#include <boost/program_options/options_description.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Which commands there are, which options each takes, and how both are explained. How values are read:
/// arguments.cpp.

namespace rtkhooks::cli {

/// Options that belong together: a command takes whole groups.
enum class option_group { general, output, connection, webhook, emulator, key, verify, listen };

struct command_entry {
    char const* name;
    char const* operands; ///< "ID", or ""
    char const* summary;
    char const* details; ///< for the command's own help
    char const* example; ///< after the command's name
    std::vector<option_group> groups;
    std::optional<operation> what; ///< the call that it makes, if it makes one
};

/// In the order of help.
[[nodiscard]] std::vector<command_entry> const& command_table();

/// @return nothing where there is no such command
[[nodiscard]] command_entry const* find_command(std::string_view name);

/// The command that makes a call.
[[nodiscard]] char const* command_name(operation what);

/// What was probably meant by a name that is no command: a synonym, or a slip of the finger.
[[nodiscard]] std::optional<std::string> suggested_command(std::string_view name);

[[nodiscard]] boost::program_options::options_description options_of(option_group group);

/// The options of every group, and those that are only there to be refused.
[[nodiscard]] boost::program_options::options_description every_option();

/// Where an option belongs: the group's commands in words, such as "create, replace, edit".
[[nodiscard]] std::string commands_with_option(std::string_view long_name);

/// Whether a command takes an option.
[[nodiscard]] bool takes_option(command_entry const& entry, std::string_view long_name);

[[nodiscard]] std::string program_help();
[[nodiscard]] std::string command_help(command_entry const& entry);

} // namespace rtkhooks::cli
