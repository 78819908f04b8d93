// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "delivery/accepting.hpp"
#include "delivery/outcome.hpp"
#include "delivery/receiver_state.hpp"
#include "delivery/recent_deliveries.hpp"
#include "http/memory_budget.hpp"
#include "transport/clock.hpp"
#include "transport/timer_queue.hpp"

#include <rtkhooks/receiver.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace rtkhooks::delivery {

/// One run of a receiver: the connections, and the deliveries that are being handled. All of it happens on one strand,
/// but for the handlers. Owned by its coroutines, so that it goes with their context.
class receiving : public std::enable_shared_from_this<receiving> {
public:
    using strand_type = boost::asio::strand<boost::asio::any_io_executor>;

    /// Listens.
    /// @throws rtkhooks::exception
    [[nodiscard]] static std::shared_ptr<receiving> make(std::shared_ptr<detail::receiver_state> state,
                                                         boost::asio::ip::tcp::endpoint const& where,
                                                         delivery_handler handler);
    ~receiving();

    [[nodiscard]] strand_type const& strand() const noexcept { return strand_; }
    [[nodiscard]] boost::asio::ip::tcp::endpoint where() const { return where_; }

    // On the strand, with the owner as parameter.
    /// Serves until it is stopped and nothing is left.
    [[nodiscard]] static boost::asio::awaitable<void> serve(std::shared_ptr<receiving> self);
    /// Stops, and waits until nothing is left.
    [[nodiscard]] static boost::asio::awaitable<void> stop(std::shared_ptr<receiving> self,
                                                           std::chrono::milliseconds grace);

    /// From any thread.
    void stop_soon();

private:
    class connection;
    class handling;
    class grace_timer;
    class run_end;
    using handling_ptr = std::shared_ptr<handling>;
    enum class arrival;
    enum class sequel;

    receiving(std::shared_ptr<detail::receiver_state> state, delivery_handler handler);
    void listen(boost::asio::ip::tcp::endpoint const& where);

    // time
    void alarm();
    void arm();
    void set_timer(transport::timer& which, std::chrono::milliseconds from_now);

    // connections
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<bool> make_room();
    void start(boost::asio::ip::tcp::socket socket);
    [[nodiscard]] bool full() const noexcept { return connections_.size() >= limit_.most(); }
    void evict();
    bool reclaim_memory(connection const& other);
    static boost::asio::awaitable<void> attend(std::shared_ptr<receiving> self, boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<bool> exchange(connection& peer);
    boost::asio::awaitable<arrival> read_request(connection& peer);
    boost::asio::awaitable<sequel> answer(connection& peer);
    boost::asio::awaitable<sequel> refuse(connection& peer, int status, std::string_view text);
    boost::asio::awaitable<bool> send(connection& peer, int status, std::string_view text, answer_framing how);
    boost::asio::awaitable<void> say_goodbye(connection& peer);

    // deliveries
    boost::asio::awaitable<outcome> judge(connection& peer);
    boost::asio::awaitable<outcome> handle(connection& peer, received_delivery what);
    boost::asio::awaitable<outcome> await_handling(connection& peer, handling_ptr which, bool own);
    void begin(handling_ptr const& which);
    [[nodiscard]] handling_ptr find_under_way(body_digest const& body, std::string_view id,
                                              transport::time_point::duration same_body_for) const;
    void start_handlers();
    void start_handler(handling_ptr const& which);
    static boost::asio::awaitable<void> run_handler(std::shared_ptr<receiving> self, handling_ptr which);
    void handled(handling_ptr const& which, bool succeeded) noexcept;
    void forget(handling_ptr const& which) noexcept;
    void count(outcome what);
    void tell_unhandled(int status, std::string_view reason) const noexcept;

    // the end
    void begin_stop(std::chrono::milliseconds grace);
    void stop_now();
    [[nodiscard]] bool finished() const noexcept;
    void note_change() { changed_.cancel(); }
    boost::asio::awaitable<bool> await_change(boost::asio::steady_timer& which);

    std::shared_ptr<detail::receiver_state> const state_;
    receiver_config const& config_;
    delivery_handler const handler_;
    strand_type strand_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint where_;
    std::unique_ptr<transport::clock> clock_;
    transport::timer_queue timers_;
    std::optional<transport::time_point> armed_;
    std::atomic<bool> rang_ = false; // elsewhere than on the strand
    std::unique_ptr<grace_timer> grace_;

    http::memory_budget memory_;
    std::unordered_set<connection*> connections_;
    std::uint64_t idle_turns_ = 0;
    connection_limit limit_{config_.limits.max_connections};
    // Two of a series can be sent by turns without end, each of them new, and are not to have the others forgotten.
    recent_deliveries recent_;
    recent_deliveries recurring_; // those of a series
    series_turns turns_;
    std::unordered_multimap<body_digest, handling_ptr, body_digest_hash> under_way_;
    std::unordered_map<std::string_view, handling_ptr> under_way_by_id_; // those that have one, which is read there
    std::deque<handling_ptr> queue_;                                     // not started yet
    std::size_t running_ = 0;
    bool accepting_ = false;
    bool stopping_ = false;
    bool ended_ = false;                // serve()
    std::exception_ptr problem_;        // which serve() ends with
    boost::asio::steady_timer changed_; // cancelled when something may have ended
    boost::asio::steady_timer room_;    // cancelled when another connection may fit
};

} // namespace rtkhooks::delivery
