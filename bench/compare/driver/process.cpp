// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <system_error>

namespace rtkhooks::bench {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void give_way()
{
    if (interrupted != 0)
        throw interruption{};
}

cpu_set_t to_set(std::vector<int> const& processors)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (auto const each : processors)
        CPU_SET(static_cast<std::size_t>(each), &set);
    return set;
}

/// As execve takes them: each points into the text.
std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> made;
    for (auto& each : texts)
        made.push_back(each.data());
    made.push_back(nullptr);
    return made;
}

void must(bool succeeded, char const* what)
{
    if (!succeeded)
        throw std::system_error{errno, std::generic_category(), what};
}

} // namespace

void catch_interrupts()
{
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; }; // without SA_RESTART: a wait ends
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

std::vector<int> usable_processors()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    must(sched_getaffinity(0, sizeof set, &set) == 0, "sched_getaffinity");
    std::vector<int> made;
    for (int i = 0; i != CPU_SETSIZE; ++i)
        if (CPU_ISSET(static_cast<std::size_t>(i), &set))
            made.push_back(i);
    return made;
}

void pin_this_thread(std::vector<int> const& processors)
{
    auto const set = to_set(processors);
    must(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

process::process(std::vector<std::string> const& command, std::vector<int> const& processors,
                 std::vector<std::string> const& variables)
{
    // All that allocates happens before fork: the emulator's thread may hold a lock then.
    auto texts = command;
    auto const arguments = pointers(texts);
    auto more = variables;
    auto environment = pointers(more);
    environment.pop_back();
    for (auto** each = environ; *each != nullptr; ++each)
        environment.push_back(*each);
    environment.push_back(nullptr);
    auto const set = to_set(processors);
    std::array<int, 2> ends{};
    must(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2");
    auto const parent = getpid();
    id_ = fork();
    must(id_ >= 0, "fork");
    if (id_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || sched_setaffinity(0, sizeof set, &set) != 0)
            _exit(126);
        dup2(ends[1], STDOUT_FILENO);
        execve(arguments[0], arguments.data(), environment.data());
        _exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
}

process::~process()
{
    if (running()) {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    ::close(output_);
}

bool process::running()
{
    if (id_ != 0 && waitpid(id_, &status_, WNOHANG) == id_)
        id_ = 0;
    return id_ != 0;
}

int process::finish(std::string& output, std::chrono::seconds longest)
{
    auto const deadline = std::chrono::steady_clock::now() + longest;
    std::array<char, 4096> bytes;
    for (;;) {
        give_way();
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wanted{output_, POLLIN, 0};
        auto const ready = left.count() > 0 ? poll(&wanted, 1, static_cast<int>(left.count())) : 0;
        if (ready == 0)
            kill(id_, SIGKILL);
        if (ready < 0)
            continue; // interrupted
        auto const size = read(output_, bytes.data(), bytes.size());
        if (size <= 0)
            break;
        output.append(bytes.data(), static_cast<std::size_t>(size));
    }
    while (running())
        pause(std::chrono::milliseconds{1});
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

void pause(std::chrono::milliseconds time)
{
    poll(nullptr, 0, static_cast<int>(time.count()));
    give_way();
}

std::string find_program(std::string const& name)
{
    auto const* path = std::getenv("PATH");
    std::istringstream folders{std::string{path != nullptr ? path : ""} + ":/usr/sbin:/usr/local/sbin"};
    for (std::string folder; std::getline(folders, folder, ':');)
        if (auto file = folder + "/" + name; !folder.empty() && access(file.c_str(), X_OK) == 0)
            return file;
    return "";
}

} // namespace rtkhooks::bench
