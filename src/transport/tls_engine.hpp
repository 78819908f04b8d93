// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "transport/tls_context.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace rtkhooks::transport {

/// One connection's TLS without the connection: bytes in, bytes out. Records are read in place from what the socket
/// received, and written one behind the other into one buffer, so that a request is one record and one system call.
class tls_engine {
public:
    enum class status {
        ok,
        want_input, ///< give more by feed()
        closed,     ///< the peer sent close_notify
        failed,     ///< see cause() and reason()
    };

    explicit tls_engine(ssl_ptr connection);
    tls_engine(tls_engine const&) = delete;
    tls_engine& operator=(tls_engine const&) = delete;

    /// Bytes as they came from the socket. They must stay where they are until want_input is returned.
    void feed(std::string_view received) noexcept { input_ = received; }
    /// What must go to the socket. The caller takes it from there.
    [[nodiscard]] std::string& output() noexcept { return output_; }

    [[nodiscard]] status handshake();
    /// @param size set to how much was read
    [[nodiscard]] status read(char* to, std::size_t room, std::size_t& size);
    [[nodiscard]] status write(std::string_view text);
    /// Puts close_notify into the output. Without it OpenSSL would never resume the session.
    void shutdown() noexcept;

    [[nodiscard]] bool resumed() const noexcept;
    /// Whether anything of the peer's is held that read() has not given: a part of a record, for one.
    [[nodiscard]] bool holds_input() const noexcept;
    /// Whether the last failure was a record that could not be read, and no decision of either side.
    [[nodiscard]] bool broken_record() const noexcept { return broken_record_; }
    /// Whether it failed for lack of memory.
    [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }
    /// What the last failure was, and one line that says so.
    [[nodiscard]] boost::system::error_code cause() const noexcept { return cause_; }
    [[nodiscard]] std::string const& reason() const noexcept { return reason_; }

private:
    struct bio; // OpenSSL's view of input_ and output_

    status judge(int returned);

    ssl_ptr connection_;
    std::string_view input_;
    std::string output_;
    boost::system::error_code cause_;
    std::string reason_;
    bool failed_ = false;
    bool misses_certificate_ = false; // the server has asked for one
    bool broken_record_ = false;
    bool out_of_memory_ = false;
};

} // namespace rtkhooks::transport
