// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/address.hpp"
#include "transport/failure.hpp"
#include "transport/timer_queue.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rtkhooks::transport {

/// Addresses, or why there are none.
using lookup_result = std::variant<std::vector<endpoint>, failure>;

/// Looks a host up and takes as long as it takes.
using lookup_function = std::function<lookup_result(std::string const& host, std::uint16_t port)>;

/// getaddrinfo.
[[nodiscard]] lookup_result system_lookup(std::string const& host, std::uint16_t port);

/// Finds the addresses of one host, and remembers them.
///
/// Nothing can stop a getaddrinfo that is under way (F1). So each runs on a thread of its own that knows nothing of the
/// client: whoever waits can stop waiting, and a late answer is dropped. There is never more than one per host at once.
/// Not synchronised: the pool's lock guards it.
class resolver {
public:
    resolver(boost::asio::any_io_executor executor, lookup_function lookup, std::string host, std::uint16_t port);
    ~resolver();
    resolver(resolver const&) = delete;
    resolver& operator=(resolver const&) = delete;

    /// The addresses as they were at most 30 s ago, if they are known.
    [[nodiscard]] std::vector<endpoint> const* cached(time_point now) const noexcept;

    /// Looks up, unless that is under way.
    /// @param done called on the executor, without the lock
    /// @throws std::system_error where no thread can be had
    void look_up(std::function<void(lookup_result)> done);
    [[nodiscard]] bool busy() const noexcept { return flight_ != nullptr; }

    /// Takes in what came of a look-up. Where it failed, addresses known from before serve on.
    [[nodiscard]] lookup_result const& landed(lookup_result result, time_point now);

    /// No look-up will call back any more.
    void cancel() noexcept;

private:
    struct flight;

    boost::asio::any_io_executor executor_;
    lookup_function lookup_;
    std::string host_;
    std::uint16_t port_;
    lookup_result known_;
    std::optional<time_point> known_since_;
    std::shared_ptr<flight> flight_;
};

} // namespace rtkhooks::transport
