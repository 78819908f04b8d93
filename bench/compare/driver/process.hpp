// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace rtkhooks::bench {

/// Has SIGINT and SIGTERM end what waits below with `interruption`, so that servers and files are cleaned up.
void catch_interrupts();
struct interruption {};

/// The processors that this process may use.
[[nodiscard]] std::vector<int> usable_processors();
void pin_this_thread(std::vector<int> const& processors);

/// A program of its own, on some processors alone. It ends with this object, and with this process.
class process {
public:
    /// @param variables more of the environment, each `NAME=VALUE`
    process(std::vector<std::string> const& command, std::vector<int> const& processors,
            std::vector<std::string> const& variables = {});
    process(process const&) = delete;
    process& operator=(process const&) = delete;
    ~process();

    [[nodiscard]] bool running();
    /// Its standard output, and then how it ended: 0 for well. What takes longer is killed.
    int finish(std::string& output, std::chrono::seconds longest);

private:
    pid_t id_;
    int output_;
    int status_ = 0;
};

/// Sleeps, unless interrupted.
void pause(std::chrono::milliseconds time);

/// The path of a program in PATH or where system programs are, or nothing.
[[nodiscard]] std::string find_program(std::string const& name);

} // namespace rtkhooks::bench
