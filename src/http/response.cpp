// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "http/response.hpp"

#include "text/ascii.hpp"

#include <algorithm>

namespace rtkhooks::http {

void response::clear() noexcept
{
    status = 0;
    keep_alive = false;
    body.clear();
    header_.clear();
    fields_.clear();
}

void response::shrink()
{
    if (body.capacity() > capacity_to_keep)
        std::string{}.swap(body);
    if (header_.capacity() > capacity_to_keep) {
        std::string{}.swap(header_);
        std::vector<position>{}.swap(fields_);
    }
}

std::string_view response::keep_header(std::string_view bytes)
{
    header_.assign(bytes);
    return header_;
}

void response::add_field(std::string_view name, std::string_view value)
{
    auto const at = [&](std::string_view part) {
        return part.empty() ? 0 : static_cast<std::uint32_t>(part.data() - header_.data());
    };
    fields_.push_back(
        {at(name), static_cast<std::uint32_t>(name.size()), at(value), static_cast<std::uint32_t>(value.size())});
}

std::string_view response::field_name(std::size_t index) const noexcept
{
    auto const& at = fields_[index];
    return {header_.data() + at.name, at.name_size};
}

std::string_view response::field_value(std::size_t index) const noexcept
{
    auto const& at = fields_[index];
    return {header_.data() + at.value, at.value_size};
}

std::size_t response::find(std::string_view name, std::size_t from) const noexcept
{
    auto index = from;
    while (index != fields_.size() && !ascii::equal_in_any_case(name, field_name(index)))
        ++index;
    return index;
}

std::optional<std::string_view> response::field(std::string_view name) const noexcept
{
    auto const index = find(name);
    return index != fields_.size() ? std::optional{field_value(index)} : std::nullopt;
}

std::optional<std::string_view> response::list(std::string_view name, std::string& room) const
{
    auto const first = find(name);
    if (first == fields_.size())
        return std::nullopt;
    auto next = find(name, first + 1);
    if (next == fields_.size())
        return field_value(first);
    room.assign(field_value(first));
    for (; next != fields_.size(); next = find(name, next + 1))
        room.append(", ").append(field_value(next));
    return room;
}

void append_to_body(std::string& body, std::string_view more, std::size_t most)
{
    // A small one grows as strings do. A large one would be in memory twice while it grows, and so takes all that it may
    // need at once: where nothing is written, that costs addresses and no memory.
    constexpr std::size_t small = 512 * 1024;
    auto const size = body.size() + more.size();
    if (size > body.capacity() && std::max(size, 2 * body.capacity()) > small)
        body.reserve(std::max(size, most));
    body.append(more);
}

} // namespace rtkhooks::http
