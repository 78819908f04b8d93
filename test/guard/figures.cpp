// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "guard/figures.hpp"

#include <boost/test/unit_test_log.hpp>
#include <boost/test/unit_test_suite.hpp>
#include <boost/version.hpp>
#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace rtkhooks::test {
namespace {

struct bounds {
    double here = 0;
    double elsewhere = 0;
};

struct recorded {
    std::string toolchain;
    std::map<std::string, bounds, std::less<>> figures;
};

recorded read_figures()
{
    recorded read;
    std::ifstream file{RTKHOOKS_SOURCE_DIR "/test/guard/figures.txt"};
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line.substr(0, line.find('#'))};
        std::string name;
        if (!(words >> name))
            continue;
        if (name == "toolchain") {
            std::getline(words >> std::ws, read.toolchain);
            continue;
        }
        bounds each;
        if (words >> each.here) {
            each.elsewhere = each.here;
            words >> each.elsewhere;
            read.figures[name] = each;
        }
    }
    return read;
}

recorded const& figures()
{
    static recorded const read = read_figures();
    return read;
}

} // namespace

std::string toolchain()
{
    std::ostringstream text;
#ifdef __clang__
    text << "clang " << __clang_major__ << '.' << __clang_minor__;
#else
    text << "g++ " << __GNUC__ << '.' << __GNUC_MINOR__;
#endif
    text << ", Boost " << BOOST_VERSION / 100'000 << '.' << BOOST_VERSION / 100 % 1000;
    text << ", OpenSSL " << OPENSSL_version_major() << '.' << OPENSSL_version_minor();
    utsname machine{};
    ::uname(&machine);
    text << ", " << machine.machine << ", " RTKHOOKS_FLAGS;
    return text.str();
}

boost::test_tools::assertion_result within_bound(std::string_view name, long long found, long long per_call)
{
    auto const& all = figures();
    auto const which = all.figures.find(name);
    if (which == all.figures.end())
        throw std::runtime_error{"figures.txt has no " + std::string{name}};
    bool const here = all.toolchain == toolchain();
    auto const bound = here ? which->second.here : which->second.elsewhere;
    auto const figure = static_cast<double>(found) / static_cast<double>(per_call);
    std::ostringstream text;
    text << name << ": " << figure << ", and at most " << bound << " may be";
    if (figure < bound && here)
        text << " (less than recorded in figures.txt)";
    BOOST_TEST_MESSAGE(text.str());
    boost::test_tools::assertion_result verdict{figure <= bound};
    verdict.message() << text.str();
    return verdict;
}

} // namespace rtkhooks::test
