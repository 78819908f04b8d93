// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/key_file.hpp"

#include "cli/arguments.hpp"
#include "cli/input_file.hpp"

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>

namespace rtkhooks::cli {

namespace json = boost::json;

public_key read_key(std::string const& file)
{
    constexpr std::size_t longest_key_file = 64 * 1024;
    auto const key = public_key::from_pem(pem_of(read_file("key", file, longest_key_file)));
    if (!key)
        throw usage_error{"--key '" + file + "': " + key.error().parts().explanation};
    return *key;
}

std::string pem_of(std::string const& text)
{
    boost::system::error_code failure;
    auto const document = json::parse(text, failure);
    if (failure || !document.is_object())
        return text;
    auto const* const data = document.get_object().if_contains("data");
    auto const* const key = data && data->is_object() ? data->get_object().if_contains("publicKey") : nullptr;
    return key && key->is_string() ? std::string{key->get_string().data(), key->get_string().size()} : text;
}

} // namespace rtkhooks::cli
