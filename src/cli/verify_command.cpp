// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/verify_command.hpp"

#include "cli/arguments.hpp"
#include "cli/input_file.hpp"
#include "cli/output.hpp"
#include "cli/standard_streams.hpp"
#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

#include <rtkhooks/delivery.hpp>
#include <rtkhooks/json.hpp>

#include <boost/json.hpp>

#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rtkhooks::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_key_file = 64 * 1024;
constexpr std::size_t longest_body = 16 * 1024 * 1024;

using fields = std::vector<std::pair<std::string, std::string>>;

// "meeting.organizedBy.id" and its value, for each that is no object.
void add_fields(fields& to, std::string const& label, json::value const& value)
{
    if (auto const* const object = value.if_object()) {
        for (auto const& [name, member] : *object)
            add_fields(to, label + (label.empty() ? "" : ".") + std::string{name}, member);
    } else if (auto const* const text = value.if_string()) {
        to.emplace_back(label, std::string{text->data(), text->size()});
    } else {
        to.emplace_back(label, json::serialize(value));
    }
}

public_key read_key(std::string const& file)
{
    auto const key = public_key::from_pem(pem_of(read_file("key", file, longest_key_file)));
    if (!key)
        throw usage_error{"--key '" + file + "': " + key.error().parts().explanation};
    return *key;
}

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

std::string pem_of(std::string const& text)
{
    json::error_code failure;
    auto const document = json::parse(text, failure);
    if (failure || !document.is_object())
        return text;
    auto const* const data = document.get_object().if_contains("data");
    auto const* const key = data && data->is_object() ? data->get_object().if_contains("publicKey") : nullptr;
    return key && key->is_string() ? std::string{key->get_string().data(), key->get_string().size()} : text;
}

std::string print_event(event const& what, output_format format)
{
    std::ostringstream line;
    line << what; // without secrets
    json::error_code failure;
    auto const shown = json::parse(line.str(), failure);
    if (format == output_format::json || failure)
        return line.str() + '\n';
    fields rows;
    add_fields(rows, "", shown);
    return layout_fields(rows);
}

exit_status run(verify_command const& asked)
{
    auto const key = read_key(asked.key_file);
    auto const body = read_standard_input(longest_body);
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
