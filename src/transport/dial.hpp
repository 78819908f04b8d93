// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/pool.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace rtkhooks::transport {

/// One connection in the making: addresses, TCP to the first of them that answers (RFC 8305), the TLS handshake.
/// Belongs to the pool and to no call. The pool's lock guards it.
class pool::dial final : public timer, public std::enable_shared_from_this<dial> {
public:
    explicit dial(pool& owner) : owner_{owner}, stagger_{*this} {}

    void start(ready_list& ready);
    /// The addresses that start() asked for.
    void addresses(lookup_result const& found, ready_list& ready);
    /// Ends it. The pool is not told.
    void cancel();

    [[nodiscard]] phase where() const noexcept { return where_; }

private:
    class stagger final : public timer {
    public:
        explicit stagger(dial& owner) : owner_{owner} {}
        void expire(ready_list& ready) override { owner_.attempt_next(ready); }

    private:
        dial& owner_;
    };

    struct connecting;

    void expire(ready_list& ready) override;
    void attempt_next(ready_list& ready);
    void connected(std::size_t index, boost::system::error_code ec, ready_list& ready);
    void begin_handshake();
    void shake_hands(boost::asio::ip::tcp::socket socket, endpoint const& address, ready_list& ready);
    void fail(failure const& why, ready_list& ready);
    void stop_timers();

    pool& owner_;
    stagger stagger_;
    phase where_ = phase::resolve;
    std::vector<endpoint> endpoints_;
    std::vector<std::optional<boost::asio::ip::tcp::socket>> attempts_; // one per endpoint tried; empty once over
    std::size_t pending_ = 0;
    std::optional<failure> last_failure_;
    std::shared_ptr<connection> made_;
    bool over_ = false;
};

} // namespace rtkhooks::transport
