// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/given_options.hpp"

#include "cli/arguments.hpp"
#include "cli/options.hpp"
#include "cli/suggestion.hpp"

#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>

namespace rtkhooks::cli {

namespace po = boost::program_options;

namespace {

// What a person typed, without the value that may stand behind it: it could be a secret.
std::string name_alone(std::string const& option)
{
    auto const is_long = option.starts_with("--");
    return is_long ? option.substr(0, option.find('=')) : option.substr(0, 2);
}

std::string unknown_option_message(std::string const& option)
{
    auto const every = every_option();
    std::vector<std::string> known;
    for (auto const& description : every.options())
        if (!description->description().empty())
            known.push_back("--" + description->long_name());
    auto const suggestion = suggestion_for(option, known);
    return "there is no option " + option + (suggestion ? ": did you mean " + *suggestion + "?" : "");
}

std::string syntax_message(po::invalid_command_line_syntax const& failure)
{
    auto const option = name_alone(failure.get_option_name());
    switch (failure.kind()) {
    case po::invalid_syntax::missing_parameter:
    case po::invalid_syntax::empty_adjacent_parameter:
        return option + " needs a value";
    case po::invalid_syntax::extra_parameter:
        return option + " takes no value";
    default:
        return option + " is not written as an option should be";
    }
}

po::parsed_options take_apart(std::vector<std::string> const& arguments)
{
    namespace style = po::command_line_style;
    auto const options = every_option();
    // No guessing: an abbreviation of today is ambiguous once another option arrives, and "--api-token" is a mistake.
    po::command_line_parser parser{arguments};
    return parser.options(options).style(style::unix_style & ~style::allow_guessing).run();
}

bool is_option(std::string const& word)
{
    return word.starts_with("--") && every_option().find_nothrow(name_alone(word).substr(2), false) != nullptr;
}

// "--name --verbose" is a name forgotten; "--name=--verbose" gives an odd one.
void check_value(po::option const& option)
{
    auto const& words = option.original_tokens;
    if (words.size() == 2 && is_option(words.back()))
        throw usage_error{words.front() + " needs a value, but is followed by " + name_alone(words.back())};
    // An empty signature is one that matches nothing.
    if (words.size() == 2 && words.back().empty() && option.string_key != "signature")
        throw usage_error{words.front() + " needs a value, but is given an empty one"};
}

} // namespace

given_options::given_options(std::vector<std::string> const& arguments)
try {
    for (auto const& option : take_apart(arguments).options) {
        check_value(option);
        if (option.string_key.empty())
            operands_.insert(operands_.end(), option.value.begin(), option.value.end());
        else
            options_.emplace_back(option.string_key, option.value.empty() ? std::string{} : option.value.front());
    }
} catch (po::unknown_option const& failure) {
    throw usage_error{unknown_option_message(name_alone(failure.get_option_name()))};
} catch (po::invalid_command_line_syntax const& failure) {
    throw usage_error{syntax_message(failure)};
}

bool given_options::has(std::string_view name) const { return !values(name).empty(); }

std::optional<std::string> given_options::value(std::string_view name) const
{
    auto const all = values(name);
    if (all.size() > 1)
        throw usage_error{"--" + std::string{name} + " is given " + std::to_string(all.size()) +
                          " times: give it once"};
    return all.empty() ? std::nullopt : std::optional{all.front()};
}

std::vector<std::string> given_options::values(std::string_view name) const
{
    std::vector<std::string> result;
    for (auto const& [key, value] : options_)
        if (key == name)
            result.push_back(value);
    return result;
}

std::vector<std::string> given_options::names() const
{
    std::vector<std::string> result;
    for (auto const& [key, value] : options_)
        result.push_back(key);
    return result;
}

} // namespace rtkhooks::cli
