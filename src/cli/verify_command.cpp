// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/verify_command.hpp"

#include "cli/arguments.hpp"
#include "cli/event_output.hpp"
#include "cli/input_file.hpp"
#include "cli/key_file.hpp"
#include "cli/output.hpp"
#include "cli/standard_streams.hpp"
#include "cli/terminal_text.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/event.hpp>
#include <rtkhooks/json.hpp>

#include <boost/json.hpp>

#include <stdexcept>
#include <utility>

namespace rtkhooks::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_body = 16 * 1024 * 1024;

// Its code is the verdict's name: no call of the API ends so.
std::string print_mismatch(output_format format)
{
    auto const failure = own_error(errc::unauthorized, "the signature does not match: it is of another body or key");
    if (format == output_format::table)
        return print_error(failure, "the body must be the exact bytes that came, without a line feed added", format);
    auto told = json::value_from(failure).as_object();
    told["code"] = to_string(verdict::signature_mismatch);
    json::object outer;
    outer["error"] = std::move(told);
    return json::serialize(outer) + '\n';
}

exit_status report(std::string const& text)
{
    if (auto const failure = write_output(text))
        throw std::runtime_error{"the signature matches, but standard output cannot be written: " + failure.message()};
    return exit_status::done;
}

exit_status report_genuine(verify_command const& asked, std::string const& body)
{
    auto const what = decode_any_event(body);
    auto const name = std::string{type_of(what).name()};
    if (name.empty()) {
        auto const& why = std::get<events::unknown_event>(what).why;
        auto const failure = own_error(errc::decode_failed, "the signature matches, but the body is no event: " +
                                                                (why ? why->parts().explanation : std::string{}));
        write_diagnostic(print_error(failure, {}, asked.format));
        return exit_status_of(failure);
    }
    return report(asked.event_only ? visible(name) + '\n' : print_event(what, asked.format));
}

} // namespace

exit_status run(verify_command const& asked)
{
    auto const key = read_key(asked.key_file);
    auto const body = read_input("standard input", "-", longest_body);
    switch (verify(key, body, asked.signature)) {
    case verdict::genuine:
        return report_genuine(asked, body);
    case verdict::signature_missing:
    case verdict::signature_malformed:
        throw usage_error{"--signature: not a signature: give the header's value, one text in base64"};
    case verdict::signature_mismatch:
        write_diagnostic(print_mismatch(asked.format));
        return exit_status::not_genuine;
    case verdict::undecided:
        break;
    }
    throw std::runtime_error{"no memory to check the signature with"};
}

} // namespace rtkhooks::cli
