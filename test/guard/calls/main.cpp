// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// guard_calls OPERATION CALLS: makes calls over a warm connection, for a program that counts what they cost.
// guard_calls --toolchain: what it was built with, in the words of figures.txt.
#include "guard/figures.hpp"
#include "guard/warm_client.hpp"

#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

using namespace rtkhooks::test;

// What valgrind is told the names of.
extern "C" {
[[gnu::noinline, gnu::visibility("default")]] void counting_begins() { asm volatile(""); }
[[gnu::noinline, gnu::visibility("default")]] void counting_ends() { asm volatile(""); }
}

int main(int count, char** arguments)
{
    if (count == 2 && std::string_view{arguments[1]} == "--toolchain") {
        std::cout << toolchain() << '\n';
        return 0;
    }
    std::optional<operation> what;
    int calls = 0;
    if (count == 3) {
        for (auto const each : operations) {
            if (to_string(each) == arguments[1])
                what = each;
        }
        std::string_view const number = arguments[2];
        std::from_chars(number.data(), number.data() + number.size(), calls);
    }
    if (!what || calls <= 0) {
        std::cerr << "usage: guard_calls get|list|create|replace|edit|remove CALLS, or guard_calls --toolchain\n";
        return 2;
    }
    warm_client user;
    user.make_calls(*what, calls, counting_begins, counting_ends);
}
