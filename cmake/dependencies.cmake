# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Boost, OpenSSL and threads, with a plain word where one is missing.

set(rtkhooks_boost_minimum 1.81)

# Finds compiled parts of Boost.
macro(rtkhooks_require_boost)
    find_package(Boost ${rtkhooks_boost_minimum} QUIET CONFIG COMPONENTS headers ${ARGN})
    if(NOT Boost_FOUND)
        message(FATAL_ERROR "Boost ${rtkhooks_boost_minimum} or later with its CMake files and the parts `${ARGN}` was "
                "not found.\nConsidered: ${Boost_CONSIDERED_CONFIGS} ${Boost_CONSIDERED_VERSIONS}\n"
                "scripts/setup installs what is missing, or tells what to install. A Boost elsewhere: "
                "-D CMAKE_PREFIX_PATH=DIR.\n${Boost_NOT_FOUND_MESSAGE}")
    endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
rtkhooks_require_boost(json)
