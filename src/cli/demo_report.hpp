// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <rtkhooks/client.hpp>
#include <rtkhooks/config.hpp>
#include <rtkhooks/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

/// @file
/// How the demo looks: text for each step, and the count of what happened. No input or output.

namespace rtkhooks::cli {

class demo_report {
public:
    /// @param colour whether the text has the escape sequences of terminals
    explicit demo_report(bool colour) : colour_{colour} {}

    [[nodiscard]] std::string introduction(std::string const& base_url) const;
    [[nodiscard]] std::string chapter(std::string const& title) const;

    /// A call that gave what it was made for.
    /// @param call what was called, such as "get ID"
    /// @param answer what came back
    [[nodiscard]] std::string success(std::string const& call, std::string const& answer, call_info const& info);
    /// A call that failed as it should.
    [[nodiscard]] std::string expected_failure(std::string const& call, error const& failure, call_info const& info);
    /// A call that went another way than it should.
    [[nodiscard]] std::string surprise(std::string const& call, std::string const& what, call_info const& info);

    /// A delivery that was handled, or refused, as it should.
    /// @param what was delivered
    /// @param status that it was answered with
    /// @param outcome what the receiver made of it
    [[nodiscard]] std::string delivery(std::string const& what, int status, std::string const& outcome,
                                       std::chrono::microseconds elapsed);
    /// A delivery that went another way than it should.
    [[nodiscard]] std::string surprising_delivery(std::string const& what, int status, std::string const& outcome,
                                                  std::chrono::microseconds elapsed);

    /// Counts a client's connections.
    void add(pool_stats const& stats);

    [[nodiscard]] std::string conclusion(std::chrono::microseconds elapsed) const;
    /// @param what the reason
    [[nodiscard]] std::string bad_conclusion(std::string const& what) const;

private:
    [[nodiscard]] std::string call_step(std::string const& call, std::string const& mark, std::string const& answer,
                                        call_info const& info);
    [[nodiscard]] std::string delivery_step(std::string const& what, std::string const& mark, int status,
                                            std::string const& outcome, std::chrono::microseconds elapsed);
    // As both kinds of steps look.
    [[nodiscard]] std::string step(std::string const& what, std::string const& mark, int status,
                                   std::string const& answer, std::chrono::microseconds elapsed,
                                   std::string const& rest) const;
    [[nodiscard]] std::string painted(char const* sequence, std::string const& text) const;

    bool colour_;
    int calls_ = 0;
    int deliveries_ = 0;
    int failures_ = 0;
    std::uint64_t opened_ = 0;
    std::uint64_t reused_ = 0;
    std::uint64_t retries_ = 0;
};

} // namespace rtkhooks::cli
