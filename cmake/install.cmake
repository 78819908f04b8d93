# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# What `cmake --install` puts where. Components: `runtime` (shared libraries), `development` (headers, libraries to link
# with, package files), `command`. Everything installed can be moved as a whole.

include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/rtkhooks")

function(rtkhooks_install_library target export)
    install(TARGETS ${target} EXPORT ${export}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
            RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
            INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT ${export} NAMESPACE rtkhooks:: DESTINATION ${package_folder} COMPONENT development)
endfunction()

# --- files --------------------------------------------------------------------------------------------------------------

install(DIRECTORY include/rtkhooks DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN *.hpp PATTERN emulator.hpp EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)

rtkhooks_install_library(rtkhooks rtkhooks-targets)
if(TARGET rtkhooks_emulator)
    install(FILES include/rtkhooks/emulator.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rtkhooks COMPONENT development)
    rtkhooks_install_library(rtkhooks_emulator rtkhooks-emulator-targets)
endif()
if(TARGET rtkhooks_command)
    # The shared library is found beside the command's folder, wherever the whole was moved to.
    if(BUILD_SHARED_LIBS)
        file(RELATIVE_PATH to_libraries "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
        set_target_properties(rtkhooks_command PROPERTIES INSTALL_RPATH "$ORIGIN/${to_libraries}")
        set_target_properties(rtkhooks_emulator PROPERTIES INSTALL_RPATH "$ORIGIN")
    endif()
    install(TARGETS rtkhooks_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
endif()

# --- find_package(rtkhooks) -------------------------------------------------------------------------------------------

set(find_openssl "")
if(NOT BUILD_SHARED_LIBS)
    set(find_openssl "find_dependency(OpenSSL 3.0)")
endif()
configure_package_config_file(cmake/rtkhooks-config.cmake.in rtkhooks-config.cmake INSTALL_DESTINATION ${package_folder})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(rtkhooks-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/rtkhooks-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/rtkhooks-config-version.cmake"
        DESTINATION ${package_folder} COMPONENT development)

# --- pkg-config ---------------------------------------------------------------------------------------------------------

# Boost brings no pkg-config files: name its library, and its folder unless the linker looks there anyway.
get_target_property(boost_json Boost::json LOCATION)
get_filename_component(boost_folder "${boost_json}" DIRECTORY)
set(pc_boost "-lboost_json")
if(NOT boost_folder IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    string(PREPEND pc_boost "-L${boost_folder} ")
endif()
get_target_property(boost_json_type Boost::json TYPE)
if(boost_json_type STREQUAL "STATIC_LIBRARY")
    string(APPEND pc_boost " -lboost_container")
endif()
get_target_property(boost_headers Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
set(pc_boost_cflags "")
if(NOT boost_headers IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    set(pc_boost_cflags " -isystem ${boost_headers}")
endif()
foreach(definition IN LISTS rtkhooks_asio_definitions)
    string(APPEND pc_boost_cflags " -D${definition}")
endforeach()

# What a static library needs is needed without `--static` too: that would ask of OpenSSL to be linked statically, for
# which Debian 13 lacks what it names.
set(pc_requires "")
set(pc_threads "")
if(NOT BUILD_SHARED_LIBS)
    set(pc_requires "openssl >= 3.0")
    set(pc_threads " -pthread")
endif()

file(RELATIVE_PATH pc_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
foreach(name IN ITEMS rtkhooks rtkhooks-emulator)
    if(name STREQUAL "rtkhooks" OR TARGET rtkhooks_emulator)
        configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
        install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
                COMPONENT development)
    endif()
endforeach()
