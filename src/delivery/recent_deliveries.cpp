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

bool recent_deliveries::contains(body_digest const& body, std::string_view id, time_point now)
{
    while (!entries_.empty() && now - entries_.front().since >= age_)
        forget_oldest();
    return bodies_.contains(body) || (!id.empty() && ids_.contains(id));
}

void recent_deliveries::add(body_digest const& body, std::string id, time_point now)
{
    if (most_ == 0)
        return;
    while (entries_.size() >= most_)
        forget_oldest();
    entries_.push_back({body, std::move(id), now});
    try {
        bodies_.insert(body);
        if (auto const& kept = entries_.back().id; !kept.empty())
            ids_.insert(kept);
    } catch (...) {
        bodies_.erase(body);
        entries_.pop_back();
        throw;
    }
}

void recent_deliveries::forget_oldest() noexcept
{
    auto const& oldest = entries_.front();
    bodies_.erase(oldest.body);
    ids_.erase(oldest.id);
    entries_.pop_front();
}

} // namespace rtkhooks::delivery
