// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "emulator/host_lookup.hpp"

#include <boost/asio/post.hpp>

#include <netdb.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace rtkhooks::emulation {
namespace {

using boost::asio::ip::tcp;
using endpoints = std::vector<tcp::endpoint>;

constexpr int most_lookups = 32;
std::atomic<int> lookups{0}; // in the whole process, as are the threads that nobody waits for

endpoints ask_system(std::string const& host, std::uint16_t port)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return {};
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> const owner{found, freeaddrinfo};
    endpoints result;
    for (auto const* each = found; each != nullptr; each = each->ai_next) {
        tcp::endpoint address;
        if (each->ai_addrlen > address.capacity())
            continue;
        std::memcpy(address.data(), each->ai_addr, each->ai_addrlen);
        address.resize(each->ai_addrlen);
        result.push_back(address);
    }
    return result;
}

} // namespace

// What the thread and the one who waits share.
struct host_lookup::flight {
    std::mutex mutex;
    boost::asio::io_context* context = nullptr; // null: nobody waits
    std::function<void()> done;
    endpoints found;
};

host_lookup::host_lookup(boost::asio::io_context& context, std::string host, std::uint16_t port,
                         std::function<void()> done)
    : flight_{std::make_shared<flight>()}
{
    flight_->context = &context;
    flight_->done = std::move(done);
    if (++lookups > most_lookups) {
        --lookups;
        throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
    try {
        std::thread{[shared = flight_, host = std::move(host), port] {
            endpoints found;
            try {
                found = ask_system(host, port);
            } catch (std::exception const&) { // no memory: as if there were no address
            }
            --lookups;
            std::lock_guard const lock{shared->mutex}; // held while posting: the context may be gone after
            if (!shared->context)
                return;
            shared->found = std::move(found);
            try {
                boost::asio::post(*shared->context, [shared] {
                    auto const call = std::exchange(shared->done, nullptr); // empty where nobody waits any more
                    if (call)
                        call();
                });
            } catch (std::exception const&) { // no memory: whoever waits does so until the deadline
            }
        }}.detach();
    } catch (...) {
        --lookups;
        throw;
    }
}

host_lookup::~host_lookup()
{
    std::lock_guard const lock{flight_->mutex};
    flight_->context = nullptr;
    flight_->done = nullptr;
}

endpoints host_lookup::found() const
{
    std::lock_guard const lock{flight_->mutex};
    return flight_->found;
}

} // namespace rtkhooks::emulation
