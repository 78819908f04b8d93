// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <rtkhooks/key_store.hpp>

#include "delivery/key_keeper.hpp"
#include "delivery/key_store_access.hpp"

#include <boost/asio/this_coro.hpp>

#include <array>
#include <exception>
#include <utility>

namespace rtkhooks {
namespace {

namespace net = boost::asio;
namespace this_coro = net::this_coro;
using delivery::key_keeper;
using net::awaitable;

/// A delivery's own headers, kept: the lookup is gone when a check begins.
class kept_headers {
public:
    explicit kept_headers(header_lookup from)
    {
        for (std::size_t i = 0; i != names.size(); ++i) {
            auto const value = from(names[i]);
            repeated_[i] = value.is_repeated();
            if (value.once())
                values_[i].emplace(value.once()->substr(0, longest));
        }
    }

    [[nodiscard]] header_value operator()(std::string_view name) const noexcept
    {
        for (std::size_t i = 0; i != names.size(); ++i) {
            if (names[i] == name)
                return repeated_[i] ? header_value::repeated() : value(i);
        }
        return {};
    }

private:
    static constexpr std::array<std::string_view, 6> names{"rtk-signature",  "rtk-uuid",  "rtk-webhook-id",
                                                           "dyte-signature", "dyte-uuid", "dyte-webhook-id"};
    /// More than any signature or id that is accepted has, so that what is cut is refused all the same.
    static constexpr std::size_t longest = 4096;

    [[nodiscard]] header_value value(std::size_t i) const noexcept
    {
        return values_[i] ? header_value{*values_[i]} : header_value{};
    }

    std::array<std::optional<std::string>, names.size()> values_;
    std::array<bool, names.size()> repeated_{};
};

/// One check: what it knows so far.
class check_under_way {
public:
    check_under_way(std::shared_ptr<key_keeper> keeper, kept_headers headers, std::string_view body)
        : keeper_{std::move(keeper)}, headers_{std::move(headers)}, body_{body}, since_{keeper_->latest()}
    {
        try_keys();
    }

    /// Goes on until there is a verdict, or something to wait for.
    /// @return whether to wait
    [[nodiscard]] bool must_wait()
    {
        for (;;) {
            if (result_.verdict != verdict::signature_mismatch && result_.verdict != verdict::undecided)
                return false;
            switch (keeper_->next(tried_, since_)) {
            case key_keeper::step::try_again:
                try_keys();
                break;
            case key_keeper::step::accept_mismatch:
                return false;
            case key_keeper::step::refuse:
                result_.verdict = verdict::undecided;
                return false;
            case key_keeper::step::wait:
                return true;
            }
        }
    }

    [[nodiscard]] bool has_key() const noexcept { return !tried_->empty(); }
    void give_up() noexcept { result_.verdict = verdict::undecided; }
    [[nodiscard]] delivery_check result()
    {
        keeper_->count(result_.verdict);
        return std::move(result_);
    }

private:
    void try_keys()
    {
        tried_ = keeper_->usable();
        result_ = check_delivery(std::span{*tried_}, headers_, body_);
    }

    std::shared_ptr<key_keeper> keeper_;
    kept_headers headers_;
    std::string_view body_;
    key_keeper::fetch_number since_;
    delivery::key_list tried_;
    delivery_check result_;
};

/// Waits for the fetch under way.
/// @param has_key whether there are keys, and a delivery does not fit them
/// @return whether it ended in time
awaitable<bool> wait_for_fetch(std::shared_ptr<key_keeper> keeper, transport::time_point deadline, bool has_key)
{
    key_keeper::waiter waiter{std::move(keeper)};
    bool const ended = waiter.begin(deadline, has_key);
    if (!ended)
        co_await waiter.operation().wait();
    co_return waiter.landed();
}

awaitable<delivery_check> check_with(std::shared_ptr<key_keeper> keeper, kept_headers headers, std::string_view body)
{
    check_under_way check{keeper, std::move(headers), body};
    bool waiting = check.must_wait();
    if (!waiting)
        co_return check.result();
    // What is awaited here tells of a cancellation itself.
    bool const throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    auto const before = co_await this_coro::cancellation_state;
    bool const was_cancelled = before.cancelled() != net::cancellation_type::none; // which was not of this check
    std::exception_ptr problem;
    try {
        auto const deadline = keeper->check_deadline();
        while (waiting) {
            bool const landed = co_await wait_for_fetch(keeper, deadline, check.has_key());
            // A cancellation finds nothing to interrupt once the fetch has landed.
            auto const state = co_await this_coro::cancellation_state;
            bool const goes_on = landed && (was_cancelled || state.cancelled() == net::cancellation_type::none);
            if (!goes_on)
                check.give_up();
            waiting = goes_on && check.must_wait();
        }
    } catch (...) {
        problem = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(throws);
    if (problem)
        std::rethrow_exception(problem);
    co_return check.result();
}

awaitable<result<void>> fetch_with(std::shared_ptr<key_keeper> keeper)
{
    if (keeper->is_pinned())
        co_return result<void>{};
    bool const throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    bool landed = false;
    std::exception_ptr problem;
    try {
        keeper->fetch_now();
        landed = co_await wait_for_fetch(keeper, keeper->check_deadline(), false);
    } catch (...) {
        problem = std::current_exception();
    }
    auto const state = co_await this_coro::cancellation_state;
    co_await this_coro::throw_if_cancelled(throws);
    if (problem)
        std::rethrow_exception(problem);
    if (keeper->closed())
        co_return error{errc::client_closed};
    if (!landed)
        co_return error{state.cancelled() == net::cancellation_type::none ? errc::timed_out : errc::cancelled};
    if (auto const failure = keeper->last_failure())
        co_return *failure;
    co_return result<void>{};
}

} // namespace

key_store::key_store(boost::asio::any_io_executor executor, key_store_config config)
    : key_store{detail::key_store_access::make(std::move(executor), std::move(config), {})}
{
}

key_store::key_store(std::shared_ptr<detail::key_store_owner> owner) noexcept : owner_{std::move(owner)} {}

key_store key_store::pinned(std::vector<public_key> keys)
{
    constexpr std::size_t most = 16; // each costs a check of what it did not sign
    if (keys.empty() || keys.size() > most)
        throw exception{error{errc::invalid_argument,
                              "keys: " + std::to_string(keys.size()) + " are given, but there must be from 1 to 16"}};
    return key_store{std::make_shared<detail::key_store_owner>(std::make_shared<key_keeper>(std::move(keys)))};
}

awaitable<delivery_check> key_store::check(header_lookup headers, std::string_view body) const
{
    return check_with(owner_->keeper(), kept_headers{headers}, body);
}

awaitable<result<void>> key_store::fetch() const { return fetch_with(owner_->keeper()); }

std::vector<public_key> key_store::keys() const { return *owner_->keeper()->usable(); }

key_store_stats key_store::stats() const { return owner_->keeper()->stats(); }

void key_store::close() { owner_->keeper()->close(); }

} // namespace rtkhooks
