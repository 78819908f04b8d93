// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A target's main function where there is no libFuzzer: PROGRAM FOLDER_OR_FILE... gives the target every file of the
// folders, and a few changes of each, always the same.
#include "target.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include <unistd.h>

namespace {

namespace filesystem = std::filesystem;

std::string current; // what the target has now, to be shown where it ends the program

extern "C" void show_current(int signal)
{
    std::signal(signal, SIG_DFL);
    // Nothing else is safe here; where it is not written, the program ends all the same.
    [[maybe_unused]] auto const written = write(STDERR_FILENO, current.data(), current.size());
    std::raise(signal);
}

void give(std::string_view input, std::string const& change)
{
    current = "    with " + change + ": [" + rtkhooks::fuzz::escaped(input) + "]\n";
    // A copy of exactly that size: a sanitizer sees who reads beyond it.
    std::unique_ptr<std::uint8_t[]> const exact{new std::uint8_t[input.size()]};
    std::copy(input.begin(), input.end(), exact.get());
    LLVMFuzzerTestOneInput(exact.get(), input.size());
}

/// Evenly spread over a text, 32 at most.
std::vector<std::size_t> places_in(std::string_view text)
{
    std::vector<std::size_t> places;
    auto const step = text.size() / 32 + 1;
    for (std::size_t at = 0; at < text.size(); at += step)
        places.push_back(at);
    return places;
}

void replay(std::string const& input, std::string const& name)
{
    give(input, name);
    for (auto const at : places_in(input)) {
        auto const where = std::to_string(at);
        give(input.substr(0, at), name + ", cut at byte " + where);
        give(input.substr(0, at) + input.substr(at + 1), name + ", without byte " + where);
        for (char const flip : {'\x01', '\x20', '\x80'}) {
            auto changed = input;
            changed[at] = static_cast<char>(changed[at] ^ flip);
            give(changed, name + ", with bits of byte " + where + " flipped");
        }
    }
    give(input + input, name + " twice");
}

std::vector<filesystem::path> files_of(filesystem::path const& place)
{
    std::vector<filesystem::path> files;
    if (!filesystem::is_directory(place))
        return {place};
    for (auto const& entry : filesystem::directory_iterator{place})
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__has_feature)
// So that what the sanitizer finds leads to show_current() too.
extern "C" char const* __asan_default_options();
extern "C" __attribute__((visibility("default"))) char const* __asan_default_options() { return "abort_on_error=1"; }
extern "C" char const* __ubsan_default_options();
extern "C" __attribute__((visibility("default"))) char const* __ubsan_default_options() { return "abort_on_error=1"; }
#endif

int main(int count, char** arguments)
{
    for (int const signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal, &show_current);
    std::size_t replayed = 0;
    for (int i = 1; i < count; ++i) {
        for (auto const& file : files_of(arguments[i])) {
            std::ifstream in{file, std::ios::binary};
            if (!in) {
                std::cerr << file << " cannot be read\n";
                return 2;
            }
            replay({std::istreambuf_iterator<char>{in}, {}}, file.filename().string());
            ++replayed;
        }
    }
    if (replayed == 0) {
        std::cerr << "no seeds; usage: " << arguments[0] << " FOLDER_OR_FILE...\n";
        return 2;
    }
    std::cout << replayed << " seeds and changes of each: all properties hold\n";
    return 0;
}
