// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/awaitable.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>
#include <rtkhooks/export.hpp>
#include <rtkhooks/pool_stats.hpp>
#include <rtkhooks/webhook.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rtkhooks {

namespace detail {
class core;           // what a client's calls share: configuration, pool, policies
class collection;     // what a collection's calls share: the core and the path
struct client_access; // makes clients with other clocks and resolvers, for the library's own tests
} // namespace detail

/// The webhooks of one app: the operations.
///
/// Cheap to copy and to make: many per client. It may be used after its client is gone; its calls then give
/// `errc::client_closed`.
///
/// Every operation
/// - takes its parameters by value: the awaitable may be kept and awaited later;
/// - checks them before anything is sent (`errc::invalid_argument`, phase `prepare`);
/// - gives a `result`, and throws nothing for what the network or the server does;
/// - ends by its deadline (`call_options::timeout`, else `client_config::timeouts.call`) with `errc::timed_out`, or before
///   it, with the error that there is, where it could only wait until then;
/// - can be cancelled through Asio's per-operation cancellation, of any kind, wherever it waits. It then gives
///   `errc::cancelled`, with `error::request_state()` telling whether the request may have taken effect;
/// - resumes its caller on the caller's executor, and may be awaited from any thread and any executor;
/// - keeps alive all that it uses.
///
/// Errors of every operation: any `errc`. `invalid_argument` comes at once, before anything is sent: for an id, of the
/// account and the app too, that is empty, longer than 1024 bytes, not of visible ASCII characters alone, or could
/// change the path; for a spec or patch that no webhook can have; for options that are out of bounds.
/// @par Parameters of every operation
/// `id`: a webhook's id, as in `webhook::id`. `options`: of this call alone; what they leave open is as in client_config.
/// @par Example
/// @code
/// auto const hook = co_await hooks.get(id);
/// if (!hook)
///     log(hook.error().message());
/// @endcode
class RTKHOOKS_API webhook_collection {
public:
    /// All webhooks of the app. GET on the collection. Empty too where the server says 404 of the app, unless
    /// `client_config::list_not_found_is_empty` is off.
    [[nodiscard]] boost::asio::awaitable<result<std::vector<webhook>>> list(call_options options = {}) const;

    /// Adds a webhook. POST on the collection. Never sent twice unless it provably had no effect: where the connection
    /// is lost after sending (`request_state::unknown`), and after a `server_error` or a `decode_failed`
    /// (`request_state::answered`), it may have been created all the same, and listing tells.
    /// @param spec what it shall be; its url must be new in the app, else `errc::conflict`
    [[nodiscard]] boost::asio::awaitable<result<webhook>> create(webhook_spec spec, call_options options = {}) const;

    /// One webhook. GET on the item.
    [[nodiscard]] boost::asio::awaitable<result<webhook>> get(std::string id, call_options options = {}) const;

    /// Replaces all details. PUT on the item. Reads the webhook again where the answer leaves fields out; where that
    /// fails, its error is the call's, although the change was made.
    /// @param spec what it shall be
    [[nodiscard]] boost::asio::awaitable<result<webhook>> replace(std::string id, webhook_spec spec,
                                                                  call_options options = {}) const;

    /// Changes what the patch sets. PATCH on the item. Never sent twice where create() is not; reads the webhook again
    /// as replace() does.
    /// @param patch what shall change; one that sets nothing is refused
    [[nodiscard]] boost::asio::awaitable<result<webhook>> edit(std::string id, webhook_patch patch,
                                                               call_options options = {}) const;

    /// Deletes a webhook. DELETE on the item. Where an attempt's answer was lost and a further one finds nothing, the
    /// error is `not_found`, with more than one attempt.
    /// @return what was deleted; empty where the server does not say
    [[nodiscard]] boost::asio::awaitable<result<std::optional<webhook>>> remove(std::string id,
                                                                                call_options options = {}) const;

    /// The events that the server offers. GET on `webhooks/all`.
    [[nodiscard]] boost::asio::awaitable<result<std::vector<event_type>>>
    list_event_types(call_options options = {}) const;

private:
    friend class client;
    explicit webhook_collection(std::shared_ptr<detail::collection const> shared) noexcept;

    std::shared_ptr<detail::collection const> shared_;
};

/// A client of the RealtimeKit webhooks API: a pool of connections to one server, and the policies of its calls.
///
/// Make one per service and share it. Connections are made when calls need them.
///
/// Thread-safety: every member function may be called from any thread at any time, except that destruction and move
/// must not overlap another call of the same object's members. One that was moved away may only be assigned to or
/// destroyed. Destroying it ends its calls with
/// `errc::client_closed`; it never waits, not for a resolver either.
/// A client with open connections is work for its executor's context, because it watches them: `io_context::run()`
/// returns once the client is closed or destroyed, or no call is under way and its connections have been closed: by the
/// server, or here after pool.idle_timeout.
/// fork(): no thread may be within the client meanwhile; a look-up of its host that is under way counts as one. In the
/// child, its calls are refused with `errc::client_closed`, and a child that goes on to use the client's context calls
/// `notify_fork` on it first, as Asio asks: then the client is closed there, and the parent's connections are
/// untouched. A child that starts another program, or ends, has nothing to do.
/// Lifetime: a caller's context must outlive its calls. Where the client's own context is destroyed first, its calls end
/// with `errc::client_closed`, and those of callers on that context are destroyed with it.
class RTKHOOKS_API client {
public:
    /// @param executor where sockets and timers work; calls resume on their own callers' executors. Not of an io_context
    ///                 without locks (`BOOST_ASIO_CONCURRENCY_HINT_UNSAFE`): look-ups come back from a thread of their own
    /// @param config see there
    /// @throws rtkhooks::exception with `errc::invalid_argument` and the member's name for a bad configuration
    client(boost::asio::any_io_executor executor, client_config config);
    /// @param context an io_context or thread_pool, whose executor is used
    template <std::derived_from<boost::asio::execution_context> Context>
    client(Context& context, client_config config)
        : client{boost::asio::any_io_executor{context.get_executor()}, std::move(config)}
    {
    }
    ~client();
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;

    /// The webhooks of one app. Ids are checked when a call is made.
    [[nodiscard]] webhook_collection webhooks(std::string account_id, std::string app_id) const;

    /// Its connections and calls, as they are now.
    [[nodiscard]] pool_stats stats() const;

    /// Closes: no new calls; running ones finish, or end with `errc::client_closed` at the grace; then every
    /// connection is closed. Completes when that is done. May be called again.
    /// Cancelling it ends the grace.
    /// @param grace how long running calls may take; 0 ends them now
    boost::asio::awaitable<void> close(std::chrono::milliseconds grace = std::chrono::seconds{5});

    /// The one that it was made with; an empty one once its context is gone.
    [[nodiscard]] boost::asio::any_io_executor get_executor() const noexcept;

private:
    friend struct detail::client_access;
    explicit client(std::shared_ptr<detail::core> core) noexcept;

    std::shared_ptr<detail::core> core_;
};

} // namespace rtkhooks
