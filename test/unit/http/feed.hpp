// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "http/response.hpp"

#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace rtkhooks::test {

/// What comes behind an answer's last byte.
enum class ending { open, clean, unclean };

/// What a reader made of some bytes.
struct verdict {
    std::string
        summary;        ///< "200 keep [body] +3": +3 for three bytes behind the answer; else the error, or "incomplete"
    std::string detail; ///< all else that must not depend on how the bytes were split

    friend bool operator==(verdict const&, verdict const&) = default;
    friend std::ostream& operator<<(std::ostream& out, verdict const& from)
    {
        return out << from.summary << " {" << from.detail << '}';
    }
};

/// Gives a reader its bytes in pieces as a connection does: what it did not read it sees again, with more behind it.
class feeder {
public:
    explicit feeder(http::response_limits limits = {}) : reader_{limits} { reader_.start(); }

    void give(std::string_view piece)
    {
        if (reader_.failure())
            return;
        if (reader_.complete()) {
            left_over_ += piece.size();
            return;
        }
        unread_.append(piece);
        // A copy of exactly that size: a sanitizer sees who reads beyond it.
        std::unique_ptr<char[]> const exact{new char[unread_.size()]};
        unread_.copy(exact.get(), unread_.size());
        auto const used = reader_.read({exact.get(), unread_.size()});
        if (used > unread_.size())
            overran_ = true;
        unread_.erase(0, used);
        if (reader_.complete())
            left_over_ = unread_.size();
    }

    [[nodiscard]] verdict end(ending how)
    {
        if (how != ending::open)
            reader_.end(how == ending::clean);
        if (overran_)
            return {"read more than there was", {}};
        if (auto const& failure = reader_.failure()) {
            auto const code = std::string{to_string(failure->code)};
            return {code, std::string{to_string(failure->where)} + ": " + failure->reason};
        }
        if (!reader_.complete())
            return {"incomplete", std::string{to_string(reader_.where())} + (reader_.started() ? "" : ", not started")};
        auto const& answer = reader_.answer();
        verdict result{std::to_string(answer.status) + (answer.keep_alive ? " keep [" : " close [") + answer.body + ']',
                       {}};
        if (left_over_ != 0)
            result.summary += " +" + std::to_string(left_over_);
        for (std::size_t i = 0; i != answer.field_count(); ++i)
            result.detail.append(answer.field_name(i)).append("=").append(answer.field_value(i)).append("|");
        return result;
    }

    [[nodiscard]] http::response_reader& reader() noexcept { return reader_; }
    [[nodiscard]] std::size_t held_back() const noexcept { return unread_.size(); }

private:
    http::response_reader reader_;
    std::string unread_;
    std::size_t left_over_ = 0;
    bool overran_ = false;
};

[[nodiscard]] inline verdict feed_whole(std::string_view bytes, ending how, http::response_limits limits)
{
    feeder fed{limits};
    fed.give(bytes);
    return fed.end(how);
}

[[nodiscard]] inline verdict feed_bytewise(std::string_view bytes, ending how, http::response_limits limits)
{
    feeder fed{limits};
    for (std::size_t i = 0; i != bytes.size(); ++i)
        fed.give(bytes.substr(i, 1));
    return fed.end(how);
}

/// In pieces of random sizes, mostly few.
[[nodiscard]] inline verdict feed_split(std::string_view bytes, ending how, http::response_limits limits,
                                        std::mt19937& random)
{
    feeder fed{limits};
    auto const longest = 1 + random() % (bytes.size() < 64 ? bytes.size() + 1 : bytes.size() / (1 + random() % 8));
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, 1 + random() % longest);
        fed.give(piece);
        bytes.remove_prefix(piece.size());
    }
    return fed.end(how);
}

} // namespace rtkhooks::test
