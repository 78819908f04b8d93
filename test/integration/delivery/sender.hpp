// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "fixtures/signing_key.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace rtkhooks::test {

/// A request as RealtimeKit sends a delivery, unless something else is asked for.
struct delivery_request {
    delivery_request() = default;
    explicit delivery_request(std::string_view what, signing_key const& by = usual_key())
        : body{what}, signature{by.signature_of(what)}
    {
    }

    std::string method = "POST";
    std::string target = "/";
    std::string type = "application/json";
    std::string body;
    std::string signature; ///< empty: none
    std::string id;        ///< empty: none
    std::string fields;    ///< further lines, each with its end
    bool has_length = true;

    [[nodiscard]] std::string head() const
    {
        auto text = method + ' ' + target + " HTTP/1.1\r\nHost: receiver.example\r\n" + fields;
        if (!type.empty())
            text += "Content-Type: " + type + "\r\n";
        if (!signature.empty())
            text += "rtk-signature: " + signature + "\r\n";
        if (!id.empty())
            text += "rtk-uuid: " + id + "\r\n";
        if (has_length)
            text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return text + "\r\n";
    }
    [[nodiscard]] std::string text() const { return head() + body; }
};

/// An answer; its status is 0 where none came.
struct received_answer {
    int status = 0;
    std::map<std::string, std::string> fields; ///< by name in lower case
    std::string body;
};

/// A plain connection to a receiver: blocking, and as rude as a test wants. Every wait ends after 20 s.
class sender {
public:
    explicit sender(std::uint16_t port)
    {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        timeval const limit{20, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        socket_.set_option(boost::asio::ip::tcp::no_delay{true});
    }

    /// @return whether it could be sent whole
    bool send(std::string_view bytes)
    {
        boost::system::error_code failure;
        boost::asio::write(socket_, boost::asio::buffer(bytes), failure);
        return !failure;
    }
    received_answer read(bool head = false)
    {
        received_answer answer;
        auto end = std::string::npos;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
            if (!fill())
                return {};
        }
        auto const header = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        answer.status = std::stoi(header.substr(9, 3));
        for (auto at = header.find("\r\n") + 2; at < header.size();) {
            auto const line = header.substr(at, header.find("\r\n", at) - at);
            at += line.size() + 2;
            auto name = line.substr(0, line.find(':'));
            std::transform(name.begin(), name.end(), name.begin(),
                           [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
            answer.fields[name] = line.substr(line.find(": ") + 2);
        }
        auto const size = answer.status == 100 || head ? 0 : std::stoul(answer.fields["content-length"]);
        while (buffer_.size() < size) {
            if (!fill())
                return {};
        }
        answer.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return answer;
    }
    int status(delivery_request const& request)
    {
        send(request.text());
        return read().status;
    }
    /// Whether the receiver closes, and in order, without anything more to read.
    bool ends()
    {
        while (fill()) {}
        return buffer_.empty() && last_ == boost::asio::error::eof;
    }
    void stop_sending()
    {
        boost::system::error_code ignored;
        socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    }
    void close()
    {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
    [[nodiscard]] int native() { return socket_.native_handle(); }

private:
    bool fill()
    {
        std::array<char, 4096> more;
        // The descriptor itself: Asio would wait for it without regard to the time limit.
        auto const size = ::recv(socket_.native_handle(), more.data(), more.size(), 0);
        last_ = size == 0  ? boost::asio::error::eof
                : size < 0 ? boost::system::error_code{errno, boost::system::system_category()}
                           : boost::system::error_code{};
        if (size > 0)
            buffer_.append(more.data(), static_cast<std::size_t>(size));
        return size > 0;
    }

    /// Of all of them, so that each takes one descriptor.
    static boost::asio::io_context& context()
    {
        static boost::asio::io_context shared;
        return shared;
    }

    boost::asio::ip::tcp::socket socket_{context()};
    boost::system::error_code last_;
    std::string buffer_;
};

} // namespace rtkhooks::test
