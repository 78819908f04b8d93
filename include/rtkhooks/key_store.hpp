// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/awaitable.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/delivery.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/export.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// RealtimeKit's public key, fetched when it is needed and kept:
///
/// @code
/// rtkhooks::key_store keys{context, {}}; // once
///
/// // of each request; `found` as in <rtkhooks/delivery.hpp>
/// auto const check = co_await keys.check(found, request.body());
/// if (check.verdict != rtkhooks::verdict::genuine)
///     co_return answer(rtkhooks::status_for(check.verdict));
/// @endcode
///
/// Source: RealtimeKit's guide to webhooks. How often the key changes, and how long it may be kept, it does not say.

namespace rtkhooks {

namespace detail {
class key_store_owner;
struct key_store_access; // makes stores with other clocks and resolvers, for the library's own tests
} // namespace detail

/// A fetch that failed.
struct key_alarm {
    key_alarm() = default; // declared, so that the type is no aggregate: see webhook
    key_alarm(error reason, std::optional<std::chrono::seconds> age) : what{std::move(reason)}, key_age{age} {}

    error what;
    /// How long ago the key that is still used was last confirmed. Absent where there is none: deliveries are answered
    /// with 503 then.
    std::optional<std::chrono::seconds> key_age;
};

/// All that a key_store can be told. Every member has a default that is safe for production. A bad value is an
/// `rtkhooks::exception` with `errc::invalid_argument` when a store is made; its message names the member. No time may
/// be longer than a year.
struct key_store_config {
    key_store_config() = default;

    /// Where the key is: answered by 200 with `{"success":true,"data":{"publicKey":"-----BEGIN PUBLIC KEY-----…"}}`.
    /// `https` always; `http` for a loopback host alone, and only with `insecure_http_loopback`.
    std::string url = "https://api.realtime.cloudflare.com/.well-known/webhooks.json";
    /// Permits a `url` of `http` for `localhost`, 127.0.0.0/8 and `[::1]`.
    bool insecure_http_loopback = false;
    /// Sent as `User-Agent`. Default: `rtkhooks/` and the version.
    std::string user_agent;

    /// When a key is older, the next delivery has it fetched again; none waits for that. More than 0, and no more than
    /// max_age.
    std::chrono::milliseconds refresh_after = std::chrono::hours{12};
    /// A key that could not be confirmed for so long is not used any more: what needs it is `undecided`. What a cache on
    /// the way has kept of it confirms it too. More than 0, a year at most.
    std::chrono::milliseconds max_age = std::chrono::hours{7 * 24};
    /// The least time between two fetches that signatures cause which do not match. What cannot be decided meanwhile is
    /// `undecided`, and has to come again. So it must be shorter than the sender goes on sending one, which is said to
    /// be some seconds: else deliveries are lost where the key changes just after a forgery came. More than 0.
    std::chrono::milliseconds refetch_interval = std::chrono::seconds{2};
    /// Of those fetches, and of those for want of a key, no more than two in any such time, besides what fails or brings
    /// a new key: so forgeries cannot have it fetched on and on. Where two have been used up, by two forgeries, by the
    /// first delivery of all and a forgery, or because the address still had the old key, one that changes is noticed
    /// only when this is over, or by refresh_after; deliveries may be lost until then. The two may be a moment apart
    /// where the first was for want of a key. refetch_interval to a year; equal to it, there is no such limit.
    std::chrono::milliseconds refetch_window = std::chrono::seconds{10};
    /// The least time between a fetch that failed and the next that a delivery needs. Shorter than the sender goes on,
    /// likewise. More than 0.
    std::chrono::milliseconds retry_interval = std::chrono::seconds{1};
    /// How long a key is accepted after another took its place: deliveries signed with it may be on their way yet, or
    /// be sent again. 0 to max_age. Where a key is known to be stolen, 0 keeps its thief out sooner.
    std::chrono::milliseconds previous_key_for = std::chrono::hours{1};

    struct timeouts_config {
        timeouts_config() = default;
        /// How long a check waits for a fetch; then its verdict is `undecided`. Each check has its own. Where four wait
        /// already, one that fits none of the keys waits no longer than until the fetch has taken a second: so forgeries
        /// cannot fill a receiver while the address does not answer. RealtimeKit is said to wait for 3 s. More than 0.
        std::chrono::milliseconds check = std::chrono::seconds{2};
        /// A whole fetch. More than 0.
        std::chrono::milliseconds fetch = std::chrono::seconds{10};
        /// Resolving the host and connecting to one of its addresses. More than 0.
        std::chrono::milliseconds connect = std::chrono::seconds{5};
        /// More than 0.
        std::chrono::milliseconds tls_handshake = std::chrono::seconds{5};
    } timeouts;

    /// What to trust. The chain and the host name are always verified.
    client_config::tls_config tls;
    std::vector<resolve_override> resolve;
    /// Bytes of the answer's body. 1024 to 1 MiB.
    std::size_t body_bytes = 64 * 1024;

    /// Told of each fetch that failed. Called on the thread where it did, without locks; must not block. What it throws
    /// is lost.
    std::function<void(key_alarm const&)> on_alarm;
};

struct key_store_stats {
    key_store_stats() = default;

    std::uint64_t checks = 0;
    std::uint64_t genuine = 0;
    std::uint64_t mismatches = 0; ///< that were final
    std::uint64_t undecided = 0;
    std::uint64_t fetches = 0; ///< begun
    std::uint64_t failed_fetches = 0;
    std::uint64_t key_changes = 0; ///< fetches that brought another key than the last, the first not counted
};

/// Keys to check deliveries with: fetched from where RealtimeKit publishes them, or given.
///
/// - There is never more than one fetch at a time, whoever needs one waits for it.
/// - Without a key, or with one older than `max_age`, deliveries wait for a fetch. Where it fails they are `undecided`.
/// - Where a signature does not match, the keys are fetched again, and it is checked once more. Only then is it a
///   mismatch: until a fetch that began after the delivery came has confirmed the keys, it is `undecided`, which makes
///   RealtimeKit send it again. What a cache on the way had kept for a second or longer, by its field `Age`, makes
///   none final. Forgeries, however many, cause two fetches in any `refetch_window` at most (one in each
///   `retry_interval` while fetches fail). So no delivery is lost when the key changes, if the sender goes on for longer
///   than `refetch_interval` and `retry_interval`, if the address has a new key before it is used, and unless those two
///   fetches have just been used up. Where the address still has the old key, that is confirmed, and what the new one
///   signed is a mismatch.
/// - When the key changes, the previous one is accepted for `previous_key_for`; where the address gives now one, now
///   another, all of them, up to four. What a cache has kept since before the last key came does not take
///   that one's place: a key that had been replaced stays so, one that was not seen yet is accepted as a previous one.
/// - While the address is down, the keys go on being used.
///
/// A cheap value: copies share one store. Thread-safety: every member function of every copy may be called from any
/// thread at any time, except that assignment and destruction must not overlap another use of the same copy. One that
/// was moved away may only be assigned to or destroyed.
/// Lifetime: when the last copy is gone, checks under way end with `undecided`, and so they do where the executor's
/// context is destroyed first; destruction waits for nothing. A caller's context must outlive its checks. A fetch under
/// way, and a second after it at most, is work for the executor's context. fork() is as with client.
class RTKHOOKS_API key_store {
public:
    /// Fetches nothing yet: the first check does, or fetch().
    /// @param executor where sockets and timers work; checks resume on their own callers' executors
    /// @throws rtkhooks::exception with `errc::invalid_argument` and the member's name for a bad configuration
    key_store(boost::asio::any_io_executor executor, key_store_config config);
    /// @param context an io_context or thread_pool, whose executor is used
    template <std::derived_from<boost::asio::execution_context> Context>
    key_store(Context& context, key_store_config config)
        : key_store{boost::asio::any_io_executor{context.get_executor()}, std::move(config)}
    {
    }

    /// These keys for ever: nothing is fetched, and what fits none of them is a mismatch at once.
    /// @throws rtkhooks::exception with `errc::invalid_argument` where there are none, or more than 16
    [[nodiscard]] static key_store pinned(std::vector<public_key> keys);

    /// Checks a delivery as check_delivery() does, with the keys that are known or can be had. Does not throw for what
    /// the network does.
    ///
    /// @param headers finds a header. Called before this returns, and never afterwards; what it throws is passed on
    /// @param body the exact bytes that came. Must stay until the awaitable has completed or was destroyed
    /// @return the verdict: `undecided` where there is no key, or not yet the right one, where the check was cancelled
    ///         and where the store is closed
    /// Cancellation: of any kind, wherever it waits. The fetch goes on for the others.
    [[nodiscard]] boost::asio::awaitable<delivery_check> check(header_lookup headers, std::string_view body) const;

    /// Fetches the keys now, or waits for the fetch under way: to find out at the start of a program whether that can
    /// be done. Takes `timeouts.check` at most. Of pinned keys it is a success.
    /// Errors: any errc; `client_closed` where the store is closed.
    [[nodiscard]] boost::asio::awaitable<result<void>> fetch() const;

    /// The keys that signatures are checked with now, the newest first.
    [[nodiscard]] std::vector<public_key> keys() const;
    [[nodiscard]] key_store_stats stats() const;

    /// Ends what waits, with `undecided`, and fetches no more. What can be decided with the keys that are known still
    /// is. Waits for nothing. May be called again.
    void close();

private:
    friend struct detail::key_store_access;
    explicit key_store(std::shared_ptr<detail::key_store_owner> owner) noexcept;

    std::shared_ptr<detail::key_store_owner> owner_;
};

} // namespace rtkhooks
