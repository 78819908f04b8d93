// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/delivery_log.hpp"

#include "model/encode.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>

namespace rtkhooks {

std::string_view to_string(emulator_delivery::state value) noexcept
{
    switch (value) {
    case emulator_delivery::state::pending:
        return "pending";
    case emulator_delivery::state::delivered:
        return "delivered";
    case emulator_delivery::state::refused:
        return "refused";
    case emulator_delivery::state::failed:
        return "failed";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, emulator_delivery::state value) { return out << to_string(value); }

} // namespace rtkhooks

namespace rtkhooks::emulation {
namespace {

constexpr std::string_view before_data = R"({"success":true,"data":[)";
constexpr std::string_view after_data = "]}";

} // namespace

void append_json(std::string& out, emulator_delivery const& what)
{
    out.append(R"({"id":)");
    model::append_json(out, what.id);
    out.append(R"(,"webhook_id":)");
    model::append_json(out, what.webhook_id);
    out.append(R"(,"event":)");
    model::append_json(out, what.event);
    out.append(R"(,"outcome":")").append(to_string(what.outcome)).append(R"(","attempts":[)");
    for (auto const& each : what.attempts) {
        out.append(out.back() == '[' ? "" : ",").append(R"({"status":)");
        out.append(each.status == 0 ? "null" : std::to_string(each.status)).append(R"(,"error":)");
        if (each.error.empty())
            out.append("null");
        else
            model::append_json(out, each.error);
        out.append("}");
    }
    out.append("]}");
}

void delivery_log::add(emulator_delivery what)
{
    std::lock_guard const lock{mutex_};
    all_.push_back(std::move(what));
    auto const added = std::prev(all_.end());
    try {
        pending_.emplace(added->id, added);
    } catch (...) {
        all_.erase(added);
        throw;
    }
    ++total_;
}

void delivery_log::record(std::string const& id, emulator_delivery::attempt what, emulator_delivery::state then)
{
    std::lock_guard const lock{mutex_};
    auto const found = pending_.find(id);
    if (found == pending_.end())
        return;
    auto const entry = found->second;
    entry->attempts.push_back(std::move(what));
    entry->outcome = then;
    if (then == emulator_delivery::state::pending)
        return;
    pending_.erase(found);
    finished_.push_back(entry);
    if (finished_.size() > most_finished_) {
        all_.erase(finished_.front());
        finished_.pop_front();
    }
    if (pending_.empty())
        none_pending_.notify_all();
}

std::vector<emulator_delivery> delivery_log::list() const
{
    std::lock_guard const lock{mutex_};
    return {all_.begin(), all_.end()};
}

std::uint64_t delivery_log::total() const
{
    std::lock_guard const lock{mutex_};
    return total_;
}

std::size_t delivery_log::pending() const
{
    std::lock_guard const lock{mutex_};
    return pending_.size();
}

bool delivery_log::wait_until_none_is_pending(std::chrono::milliseconds patience) const
{
    std::unique_lock lock{mutex_};
    // The clock would overflow with more, or less.
    constexpr std::chrono::milliseconds none{0};
    constexpr std::chrono::milliseconds most = std::chrono::hours{24 * 365};
    return none_pending_.wait_for(lock, std::clamp(patience, none, most), [&] { return pending_.empty(); });
}

void delivery_log::append_json(std::string& out) const
{
    out.append(before_data);
    for (auto const& each : all_) {
        out.append(out.back() == '[' ? "" : ",");
        emulation::append_json(out, each);
    }
    out.append(after_data);
}

std::size_t delivery_log::measure_json() const
{
    auto size = before_data.size() + after_data.size() + all_.size();
    std::string one;
    for (auto const& each : all_) {
        one.clear();
        emulation::append_json(one, each);
        size += one.size();
    }
    return size;
}

} // namespace rtkhooks::emulation
