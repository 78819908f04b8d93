// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/owners.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace rtkhooks::delivery {
namespace {

namespace json = boost::json;

/// The text that a path of members leads to; empty where there is none.
std::string_view text_at(json::object const& from, std::initializer_list<std::string_view> path)
{
    json::object const* object = &from;
    json::value const* value = nullptr;
    for (auto const name : path) {
        value = object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
        object = value == nullptr ? nullptr : value->if_object();
    }
    auto const* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

} // namespace

bool is_of(event const& what, std::vector<std::string> const& owners)
{
    auto const body = base_of(what).json();
    if (!body)
        return false;
    auto const is_owner = [&](std::string_view id) {
        return !id.empty() && std::find(owners.begin(), owners.end(), id) != owners.end();
    };
    return is_owner(text_at(*body, {"meeting", "organizedBy", "id"})) ||
           is_owner(text_at(*body, {"organizedBy", "id"})) || is_owner(text_at(*body, {"recording", "organizationId"}));
}

} // namespace rtkhooks::delivery
