// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "delivery/recent_deliveries.hpp"

#include <openssl/evp.h>

#include <new>
#include <utility>

namespace rtkhooks::delivery {

body_digest digest_of(std::string_view body)
{
    body_digest result{};
    if (EVP_Digest(body.data(), body.size(), result.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::bad_alloc{};
    return result;
}

bool is_same_delivery(std::string_view id, std::string_view other, std::chrono::steady_clock::duration since,
                      std::chrono::steady_clock::duration same_body_for) noexcept
{
    return (!id.empty() && id == other) || since < same_body_for;
}

bool recent_deliveries::contains(body_digest const& body, std::string_view id, time_point now, duration same_body_for)
{
    while (!entries_.empty() && now - entries_.front().since >= age_)
        forget_oldest();
    if (!id.empty() && ids_.contains(id))
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
