# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# What every target of this project gets, and no target of anyone else.

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

if(RTKHOOKS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(CCACHE_PROGRAM ccache)
    mark_as_advanced(CCACHE_PROGRAM)
    if(CCACHE_PROGRAM)
        # ccache takes part in precompiled headers only where it may ignore their times.
        set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros
            "${CCACHE_PROGRAM}")
    endif()
endif()

if(RTKHOOKS_LTO)
    include(CheckIPOSupported)
    check_ipo_supported(LANGUAGES CXX)
endif()

# See include/rtkhooks/awaitable.hpp. Whatever includes Asio in one program must agree on it, so that what this library is
# compiled with is for its users, too.
set(rtkhooks_asio_definitions "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    set(rtkhooks_asio_definitions BOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION)
endif()

# Warnings, standard, visibility, sanitizers. Nothing of it reaches a consumer.
function(rtkhooks_own_target target)
    set_target_properties(${target} PROPERTIES
        CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        POSITION_INDEPENDENT_CODE ON
        INTERPROCEDURAL_OPTIMIZATION ${RTKHOOKS_LTO})
    target_compile_definitions(${target} PRIVATE ${rtkhooks_asio_definitions})
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # False where g++ inlines a coroutine frame's operator new, Asio's own, and not its operator delete.
        # And where it inlines operator+ of a std::string that may be short.
        target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete -Wno-array-bounds -Wno-restrict
                               -Wno-stringop-overflow)
        # g++ 13 alone takes what an empty std::optional does not hold for used, where Asio moves it.
        if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13 AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
            target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
        endif()
    endif()
    if(RTKHOOKS_WARNINGS_AS_ERRORS AND NOT RTKHOOKS_SANITIZE)
        # Sanitizers' code makes g++ warn of what is not there; the same files are built without them too.
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(RTKHOOKS_PRECOMPILED_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -fpch-preprocess) # for ccache
    endif()
    if(RTKHOOKS_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${RTKHOOKS_SANITIZE} -fno-omit-frame-pointer
                               -fno-sanitize-recover=all)
        target_link_options(${target} PRIVATE -fsanitize=${RTKHOOKS_SANITIZE})
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            # What they add hides from it that a value is set.
            target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
            if(RTKHOOKS_SANITIZE MATCHES "thread")
                # Asio uses atomic_thread_fence, which this one does not model; only the warning is turned off.
                target_compile_options(${target} PRIVATE -Wno-tsan)
            endif()
        endif()
    endif()
endfunction()

# Several files are one to the compiler, which reads what they include only once.
function(rtkhooks_compile_together target)
    if(RTKHOOKS_UNITY_BUILD)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            # What is in an anonymous namespace is in no main file then. And g++ inlines less in what is that large: a call
            # costs 5 % more instructions.
            target_compile_options(${target} PRIVATE -Wno-subobject-linkage --param=large-unit-insns=200000)
        endif()
    endif()
endfunction()

# Files of this project that no one links to from outside.
function(rtkhooks_internal target)
    set(sources ${ARGN})
    if(NOT sources)
        set(sources "${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp")
        file(CONFIGURE OUTPUT "${sources}" CONTENT "// no sources yet\n")
    endif()
    target_sources(${target} PRIVATE ${sources})
    rtkhooks_own_target(${target})
    rtkhooks_compile_together(${target})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} PRIVATE Boost::headers Boost::json)
endfunction()

# For what takes longer to compile than to run: a third of that, with sanitizers, is optimising.
function(rtkhooks_compile_soon target)
    if(RTKHOOKS_SANITIZE)
        target_compile_options(${target} PRIVATE -O0)
    endif()
endfunction()

# Precompiles headers that many files of a target include. Every file includes what it uses all the same: the debug preset
# and consumers build without this.
function(rtkhooks_precompile target)
    if(RTKHOOKS_PRECOMPILED_HEADERS)
        target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <memory> <optional> <string> <vector> ${ARGN})
    endif()
endfunction()

# A library that others link to.
function(rtkhooks_library target)
    rtkhooks_own_target(${target})
    set_target_properties(${target} PROPERTIES
        LINKER_LANGUAGE CXX
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
        ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib" LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_compile_definitions(${target} INTERFACE ${rtkhooks_asio_definitions})
    target_include_directories(${target} INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>")
    target_link_libraries(${target} PUBLIC Boost::headers Boost::json Threads::Threads
                          PRIVATE OpenSSL::SSL OpenSSL::Crypto)
    # A sanitized library needs the sanitizer's runtime in every program here; installing one is not a use of it.
    if(RTKHOOKS_SANITIZE)
        target_link_options(${target} INTERFACE $<BUILD_INTERFACE:-fsanitize=${RTKHOOKS_SANITIZE}>)
    endif()
endfunction()
