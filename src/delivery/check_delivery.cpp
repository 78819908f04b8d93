// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/public_key.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace rtkhooks {

namespace {

struct verdict_row {
    verdict value;
    std::string_view name;
    int status;
};

/// In the order of verdict.
constexpr std::array verdict_rows{
    verdict_row{verdict::genuine, "genuine", 200},
    verdict_row{verdict::signature_missing, "signature_missing", 401},
    verdict_row{verdict::signature_malformed, "signature_malformed", 400},
    verdict_row{verdict::signature_mismatch, "signature_mismatch", 401},
    verdict_row{verdict::undecided, "undecided", 503},
};

constexpr bool rows_are_in_order() noexcept
{
    for (std::size_t i = 0; i < verdict_rows.size(); ++i)
        if (static_cast<std::size_t>(verdict_rows[i].value) != i)
            return false;
    return static_cast<std::size_t>(verdict::undecided) + 1 == verdict_rows.size();
}
static_assert(rows_are_in_order());

verdict_row const& row_of(verdict value) noexcept
{
    auto const i = static_cast<std::size_t>(value);
    return i < verdict_rows.size() ? verdict_rows[i] : verdict_rows.back();
}

/// By its present name, or where it is missing by its older one.
header_value find(header_lookup headers, std::string_view present, std::string_view older)
{
    auto const value = headers(present);
    return value.is_missing() ? headers(older) : value;
}

constexpr std::size_t longest_id = 128;

/// An id that is fit to be logged, and to be remembered.
std::string id_of(header_value const& value)
{
    auto const text = value.once().value_or(std::string_view{});
    bool const is_fit =
        text.size() <= longest_id && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    return is_fit ? std::string{text} : std::string{};
}

verdict verdict_of(std::span<public_key const> keys, header_value const& header, std::string_view body) noexcept
{
    if (header.is_missing())
        return verdict::signature_missing;
    // Of one that came twice no value is the right one.
    auto const signature = delivery::signature::from_base64(header.once().value_or(std::string_view{}));
    if (!signature)
        return verdict::signature_malformed;
    auto found = keys.empty() ? verdict::undecided : verdict::signature_mismatch;
    for (auto const& key : keys) {
        auto const one = detail::public_key_access::verify(key, body, signature->bytes());
        if (one == verdict::genuine)
            return one;
        if (one == verdict::undecided)
            found = one; // this key may have made it
    }
    return found;
}

} // namespace

std::string_view to_string(verdict value) noexcept { return row_of(value).name; }
std::ostream& operator<<(std::ostream& out, verdict value) { return out << to_string(value); }
int status_for(verdict value) noexcept { return row_of(value).status; }

delivery_check check_delivery(std::span<public_key const> keys, header_lookup headers, std::string_view body)
{
    delivery_check result;
    result.verdict = verdict_of(keys, find(headers, "rtk-signature", "dyte-signature"), body);
    result.id = id_of(find(headers, "rtk-uuid", "dyte-uuid"));
    result.webhook_id = id_of(find(headers, "rtk-webhook-id", "dyte-webhook-id"));
    return result;
}

delivery_check check_delivery(public_key const& key, header_lookup headers, std::string_view body)
{
    return check_delivery(std::span{&key, 1}, headers, body);
}

std::ostream& operator<<(std::ostream& out, delivery_check const& check)
{
    return out << check.verdict << ", delivery " << (check.id.empty() ? "without id" : check.id) << ", webhook "
               << (check.webhook_id.empty() ? "unnamed" : check.webhook_id);
}

} // namespace rtkhooks
