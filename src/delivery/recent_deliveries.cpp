// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/recent_deliveries.hpp"

#include <boost/json/object.hpp>

#include <openssl/evp.h>

#include <iterator>
#include <new>
#include <utility>
#include <variant>

namespace rtkhooks::delivery {
namespace {

/// Another for each turn.
body_digest mixed(body_digest const& body, std::uint64_t number)
{
    std::array<char, sizeof body + sizeof number> bytes{};
    std::memcpy(bytes.data(), body.data(), sizeof body);
    std::memcpy(bytes.data() + sizeof body, &number, sizeof number);
    return digest_of({bytes.data(), bytes.size()});
}

} // namespace

body_digest digest_of(std::string_view body)
{
    body_digest result{};
    if (EVP_Digest(body.data(), body.size(), result.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::bad_alloc{};
    return result;
}

std::optional<body_digest> series_of(event const& what)
{
    if (!std::holds_alternative<events::livestreaming_status_update>(what) &&
        !std::holds_alternative<events::unknown_event>(what))
        return std::nullopt;
    auto const type = type_of(what);
    auto text = std::to_string(type.name().size()); // which tells a name from one with a stream behind it
    text.append(1, ' ').append(type.name());
    auto const body = base_of(what).json(); // an event that is not known may have a stream too
    auto const* const stream = body ? body->if_contains("streamId") : nullptr;
    if (stream != nullptr && stream->is_string()) {
        auto const& id = stream->get_string();
        text.append(id.data(), id.size());
    }
    return digest_of(text);
}

body_digest series_turns::digest_in_turn(body_digest const& series, body_digest const& body, time_point now)
{
    while (!turns_.empty() && now - turns_.front().since >= age_)
        forget_oldest();
    auto const known = by_series_.find(series);
    if (known == by_series_.end()) {
        while (turns_.size() >= most_)
            forget_oldest();
        turns_.emplace_back(series, body, ++turns_so_far_, now);
        try {
            by_series_.emplace(series, std::prev(turns_.end()));
        } catch (...) {
            turns_.pop_back();
            throw;
        }
    } else {
        auto const at = known->second;
        if (at->body != body) {
            at->body = body;
            at->number = ++turns_so_far_;
        }
        at->since = now;
        turns_.splice(turns_.end(), turns_, at);
    }
    return mixed(body, turns_.back().number);
}

void series_turns::forget_oldest() noexcept
{
    by_series_.erase(turns_.front().series);
    turns_.pop_front();
}

bool is_same_delivery(std::string_view id, std::string_view other, std::chrono::steady_clock::duration since,
                      std::chrono::steady_clock::duration same_body_for) noexcept
{
    return (!id.empty() && id == other) || since < same_body_for;
}

bool recent_deliveries::contains(std::string_view id, time_point now)
{
    while (!entries_.empty() && now - entries_.front().since >= age_)
        forget_oldest();
    return !id.empty() && ids_.contains(id);
}

bool recent_deliveries::contains(body_digest const& body, std::string_view id, time_point now, duration same_body_for)
{
    if (contains(id, now))
        return true;
    auto const same = bodies_.find(body);
    if (same == bodies_.end())
        return false;
    auto const& known = *same->second;
    return is_same_delivery(known.id, id, now - known.since, same_body_for);
}

void recent_deliveries::add(body_digest const& body, std::string id, time_point now)
{
    if (most_ == 0)
        return;
    while (entries_.size() >= most_)
        forget_oldest();
    auto const& added = entries_.emplace_back(body, std::move(id), now); // a deque does not move its elements
    try {
        if (!added.id.empty())
            ids_.insert(added.id);
        bodies_[body] = &added;
    } catch (...) {
        ids_.erase(added.id);
        entries_.pop_back();
        throw;
    }
}

void recent_deliveries::forget_oldest() noexcept
{
    auto const& oldest = entries_.front();
    if (auto const latest = bodies_.find(oldest.body); latest != bodies_.end() && latest->second == &oldest)
        bodies_.erase(latest);
    ids_.erase(oldest.id);
    entries_.pop_front();
}

} // namespace rtkhooks::delivery
