// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/demo.hpp"
#include "cli/emulator_command.hpp"
#include "cli/listen_command.hpp"
#include "cli/output.hpp"
#include "cli/standard_streams.hpp"
#include "cli/verify_command.hpp"

#include <rtkhooks/error.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace rtkhooks::cli {

namespace {

class runner {
public:
    runner(environment const& surroundings, output_format format) : surroundings_{surroundings}, format_{format} {}

    exit_status operator()(print_command const& asked) const
    {
        if (auto const failure = write_output(asked.text))
            throw std::runtime_error{"standard output cannot be written: " + failure.message()};
        return exit_status::done;
    }
    exit_status operator()(api_command const& asked) const { return run(asked); }
    exit_status operator()(demo_command const& asked) const { return run(asked, surroundings_.colour_is_welcome); }
    exit_status operator()(emulator_command const& asked) const { return run(asked, format_); }
    exit_status operator()(verify_command const& asked) const { return run(asked); }
    exit_status operator()(listen_command const& asked) const { return run(asked); }

private:
    environment const& surroundings_;
    output_format format_;
};

exit_status run_command_line(std::vector<std::string> const& arguments)
{
    auto const surroundings = environment::of_process();
    auto const format = wanted_format(arguments, surroundings);
    try {
        return std::visit(runner{surroundings, format}, parse_arguments(arguments, surroundings));
    } catch (usage_error const& failure) {
        write_diagnostic(print_error(own_error(errc::invalid_argument, failure.what()), {}, format));
        return exit_status::usage;
    } catch (std::exception const& failure) {
        write_diagnostic(print_error(own_error(errc::resource_exhausted, failure.what()), {}, format));
        return exit_status::failed_here;
    }
}

} // namespace

} // namespace rtkhooks::cli

int main(int count, char** values)
{
    rtkhooks::cli::keep_standard_descriptors();
    rtkhooks::cli::report_closed_pipes_as_errors();
    std::vector<std::string> const arguments(values + (count > 0 ? 1 : 0), values + count);
    return static_cast<int>(rtkhooks::cli::run_command_line(arguments));
}
