// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/outbox.hpp"

#include "emulator/identifier.hpp"

#include <rtkhooks/error.hpp>
#include <rtkhooks/event.hpp>

#include <utility>
#include <variant>

namespace rtkhooks::emulation {
namespace {

constexpr std::size_t bookkeeping = 1024; // of one delivery: its nodes, ids and attempts, about

[[noreturn]] void refuse(errc code, std::string const& explanation) { throw exception{error{code, explanation}}; }

std::string read_name(std::string_view body)
{
    auto const event = decode_any_event(body);
    auto const type = type_of(event);
    if (!type.name().empty())
        return std::string{type.name()};
    auto const* const unknown = std::get_if<events::unknown_event>(&event);
    auto const why = unknown && unknown->why ? unknown->why->parts().explanation : std::string{};
    refuse(errc::invalid_argument, "what is emitted must be an event: " + why);
}

} // namespace

emulator_delivery::state judge(int status, std::size_t attempts, std::size_t retries) noexcept
{
    if (status / 100 == 2)
        return emulator_delivery::state::delivered;
    if (status != 0 && status < 500)
        return emulator_delivery::state::refused;
    return attempts <= retries ? emulator_delivery::state::pending : emulator_delivery::state::failed;
}

outbox::outbox(std::size_t retries, std::chrono::milliseconds pause, delivery_limits limits)
    : retries_{retries}, pause_{pause}, limits_{limits}, log_{limits.finished}, memory_{limits.memory}
{
}

std::shared_ptr<signed_event const> outbox::sign(std::string_view body)
{
    if (body.size() > limits_.body)
        refuse(errc::invalid_argument,
               "what is emitted must not be longer than " + std::to_string(limits_.body) + " bytes");
    auto name = read_name(body);
    auto signature = keys_.current()->sign(body);
    return std::make_shared<signed_event const>(signed_event{std::move(name), std::string{body}, std::move(signature)});
}

std::vector<emulator_delivery> outbox::add(std::shared_ptr<signed_event const> what, std::vector<subscriber> to)
{
    std::vector<emulator_delivery> result;
    if (to.empty())
        return result;
    auto bytes = what->body.size();
    for (auto const& each : to)
        bytes += each.url.size() + bookkeeping;
    auto const memory = std::make_shared<http::memory_budget::share>(memory_);
    if (to.size() > limits_.pending || log_.pending() > limits_.pending - to.size() || !memory->resize(bytes))
        refuse(errc::queue_full, "too many deliveries are pending");
    for (auto& each : to) {
        auto& shown = result.emplace_back();
        shown.id = make_uuid();
        shown.webhook_id = each.webhook_id;
        shown.event = what->name;
        auto const delivery = std::make_shared<outgoing_delivery>();
        delivery->id = shown.id;
        delivery->webhook_id = std::move(each.webhook_id);
        delivery->url = std::move(each.url);
        delivery->what = what;
        delivery->memory = memory;
        log_.add(shown);
        put_into_lane(delivery);
    }
    return result;
}

outgoing_ptr outbox::take(time_point now)
{
    while (!resting_.empty() && resting_.front().until <= now) {
        put_into_lane(std::move(resting_.front().what));
        resting_.pop_front();
    }
    if (!can_send())
        return nullptr;
    auto& from = *turns_.front();
    turns_.pop_front();
    from.has_turn = false;
    auto what = std::move(from.waiting.front());
    from.waiting.pop_front();
    ++from.under_way;
    ++under_way_;
    give_turn(from); // behind all others
    return what;
}

void outbox::record(outgoing_ptr const& what, emulator_delivery::attempt attempt, bool hopeless, time_point now)
{
    ++what->attempts;
    auto const then = judge(attempt.status, what->attempts, hopeless ? 0 : retries_);
    if (then == emulator_delivery::state::pending)
        resting_.push_back({now + pause_, what});
    else
        what->memory.reset(); // its event and url go with it, soon
    log_.record(what->id, std::move(attempt), then);
}

void outbox::release(std::string const& webhook_id)
{
    auto const found = lanes_.find(webhook_id);
    --found->second.under_way;
    --under_way_;
    give_turn(found->second);
    if (found->second.under_way == 0 && found->second.waiting.empty())
        lanes_.erase(found);
}

std::optional<outbox::time_point> outbox::next_due() const
{
    return resting_.empty() ? std::nullopt : std::optional{resting_.front().until};
}

void outbox::put_into_lane(outgoing_ptr what)
{
    auto& to = lanes_[what->webhook_id];
    to.waiting.push_back(std::move(what));
    give_turn(to);
}

void outbox::give_turn(lane& to)
{
    if (to.has_turn || to.waiting.empty() || to.under_way >= limits_.at_once_per_webhook)
        return;
    turns_.push_back(&to);
    to.has_turn = true;
}

} // namespace rtkhooks::emulation
