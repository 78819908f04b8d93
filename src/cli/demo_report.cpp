// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "cli/demo_report.hpp"

#include "cli/output.hpp"
#include "cli/terminal_text.hpp"

#include <rtkhooks/version.hpp>

namespace rtkhooks::cli {

namespace {

// ECMA-48, "select graphic rendition".
constexpr char const* bold = "\x1b[1m";
constexpr char const* faint = "\x1b[2m";
constexpr char const* red = "\x1b[31m";
constexpr char const* green = "\x1b[32m";
constexpr char const* plain = "\x1b[0m";

constexpr std::size_t answer_columns = 63;
constexpr char const* margin = "     ";

std::string padded(std::string text, std::size_t columns)
{
    auto const width = display_width(text);
    return width < columns ? text + std::string(columns - width, ' ') : text;
}

std::string right_aligned(std::string const& text, std::size_t columns)
{
    return text.size() < columns ? std::string(columns - text.size(), ' ') + text : text;
}

std::string in_seconds(std::chrono::microseconds time)
{
    auto const tenths = (time.count() + 50'000) / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string summary_of(error const& failure)
{
    auto text = std::string{to_string(static_cast<errc>(failure.code().value()))} + ", as it should";
    text += ": " + counted(static_cast<std::size_t>(failure.attempts()), "attempt");
    text += ", request " + std::string{to_string(failure.request_state())};
    return text;
}

} // namespace

std::string demo_report::introduction(std::string const& base_url) const
{
    return painted(bold, "rtkhooks " RTKHOOKS_VERSION ": every operation, and every kind of failure") +
           "\nagainst an emulator in this process: " + visible(base_url) +
           ", TLS with a certificate authority of its own.\n";
}

std::string demo_report::chapter(std::string const& title) const { return '\n' + painted(bold, visible(title)) + '\n'; }

std::string demo_report::success(std::string const& call, std::string const& answer, call_info const& info)
{
    return call_step(call, painted(green, "ok"), answer, info);
}

std::string demo_report::expected_failure(std::string const& call, error const& failure, call_info const& info)
{
    ++failures_;
    return call_step(call, painted(green, "ok"), summary_of(failure), info) + margin +
           painted(faint, visible(failure.message())) + '\n';
}

std::string demo_report::surprise(std::string const& call, std::string const& what, call_info const& info)
{
    return call_step(call, painted(red, "??"), what, info);
}

std::string demo_report::delivery(std::string const& what, int status, std::string const& outcome,
                                  std::chrono::microseconds elapsed)
{
    return delivery_step(what, painted(green, "ok"), status, outcome, elapsed);
}

std::string demo_report::surprising_delivery(std::string const& what, int status, std::string const& outcome,
                                             std::chrono::microseconds elapsed)
{
    return delivery_step(what, painted(red, "??"), status, outcome, elapsed);
}

void demo_report::add(pool_stats const& stats)
{
    opened_ += stats.opened;
    reused_ += stats.reused;
    retries_ += stats.retries;
}

std::string demo_report::conclusion(std::chrono::microseconds elapsed) const
{
    auto const deliveries =
        deliveries_ != 0 ? " and " + std::to_string(deliveries_) + (deliveries_ == 1 ? " delivery" : " deliveries")
                         : "";
    auto const text = "demo: " + counted(static_cast<std::size_t>(calls_), "call") + deliveries + " in " +
                      in_seconds(elapsed) + " over " + counted(static_cast<std::size_t>(opened_), "connection") + " (" +
                      std::to_string(reused_) + " times reused), " + std::to_string(retries_) +
                      (retries_ == 1 ? " retry, " : " retries, ") +
                      counted(static_cast<std::size_t>(failures_), "failure") + ", all as expected";
    return '\n' + painted(green, text) + '\n';
}

std::string demo_report::bad_conclusion(std::string const& what) const
{
    return '\n' + painted(red, "demo: not as expected: " + visible(what)) + '\n';
}

std::string demo_report::call_step(std::string const& call, std::string const& mark, std::string const& answer,
                                   call_info const& info)
{
    ++calls_;
    return step(call, mark, info.http_status, answer, info.elapsed, connection_in_words(info));
}

std::string demo_report::delivery_step(std::string const& what, std::string const& mark, int status,
                                       std::string const& outcome, std::chrono::microseconds elapsed)
{
    ++deliveries_;
    failures_ += status == 200 ? 0 : 1;
    return step(what, mark, status, outcome, elapsed, "delivery");
}

std::string demo_report::step(std::string const& what, std::string const& mark, int status, std::string const& answer,
                              std::chrono::microseconds elapsed, std::string const& rest) const
{
    auto const code = status != 0 ? std::to_string(status) : std::string{"---"};
    return right_aligned(std::to_string(calls_ + deliveries_), 3) + "  " + visible(what) + '\n' + margin + mark + "  " +
           code + "  " + padded(visible(answer), answer_columns) + right_aligned(in_milliseconds(elapsed), 10) + "  " +
           rest + '\n';
}

std::string demo_report::painted(char const* sequence, std::string const& text) const
{
    return colour_ ? sequence + text + plain : text;
}

} // namespace rtkhooks::cli
