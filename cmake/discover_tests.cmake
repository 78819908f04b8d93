# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# rtkhooks_discover_tests(target [PREFIX name] [TIMEOUT seconds] [COST figure] [SKIP_RETURN_CODE status]
#                         [ENVIRONMENT ...])
#
# Registers with CTest each top-level suite of a Boost.Test program (and each test case outside suites) as
# `PREFIX.suite`, with the labels that the suite or anything in it has. The program is asked after each build, so that
# new suites need no new configuration. A program without tests registers nothing.

if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(rtkhooks_discover_script "${CMAKE_CURRENT_LIST_FILE}")

    function(rtkhooks_discover_tests target)
        cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX;TIMEOUT;COST;SKIP_RETURN_CODE" "ENVIRONMENT")
        set(list "${CMAKE_CURRENT_BINARY_DIR}/${target}-tests.cmake")
        set(include "${CMAKE_CURRENT_BINARY_DIR}/${target}-include.cmake")
        string(REPLACE ";" "$<SEMICOLON>" environment "${arg_ENVIRONMENT}")
        add_custom_command(TARGET ${target} POST_BUILD VERBATIM
            COMMAND "${CMAKE_COMMAND}" "-Dprogram=$<TARGET_FILE:${target}>" "-Dprefix=${arg_PREFIX}"
                    "-Dtimeout=${arg_TIMEOUT}" "-Dcost=${arg_COST}" "-Dskip=${arg_SKIP_RETURN_CODE}"
                    "-Denvironment=${environment}" "-Doutput=${list}" -P "${rtkhooks_discover_script}")
        file(WRITE "${include}" "if(EXISTS \"${list}\")\n  include(\"${list}\")\nelse()\n"
             "  add_test(${arg_PREFIX}.not_built \"${target} is not built\")\nendif()\n")
        set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${include}")
    endfunction()
    return()
endif()

# The tree comes as a graph on standard error: nodes `tu3[...label="name|file(line)|labels: @a @b"]`, edges `tu1 -> tu3`.
execute_process(COMMAND "${program}" --list_content=DOT RESULT_VARIABLE status OUTPUT_VARIABLE printed
                ERROR_VARIABLE graph)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${program} --list_content=DOT ended with ${status}:\n${printed}${graph}")
endif()

string(REPLACE ";" "," graph "${graph}")
string(REPLACE "[" "<" graph "${graph}") # brackets would join list elements
string(REPLACE "]" ">" graph "${graph}")
string(REPLACE "\n" ";" lines "${graph}")
set(top_units "")
foreach(line IN LISTS lines)
    if(line MATCHES "^(tu[0-9]+)<.*color=([a-z]+),label=\"([^|\"]*)([^\"]*)\"")
        set(unit ${CMAKE_MATCH_1})
        set(color_${unit} ${CMAKE_MATCH_2})
        set(name_${unit} "${CMAKE_MATCH_3}")
        set(labels_${unit} "")
        if(CMAKE_MATCH_4 MATCHES "labels:(.*)")
            string(REGEX MATCHALL "[^ @|]+" labels_${unit} "${CMAKE_MATCH_1}")
        endif()
    elseif(line MATCHES "^(tu[0-9]+) -> (tu[0-9]+)")
        if(CMAKE_MATCH_1 STREQUAL "tu1")
            set(top ${CMAKE_MATCH_2})
            list(APPEND top_units ${top})
        else()
            list(APPEND labels_${top} ${labels_${CMAKE_MATCH_2}})
        endif()
    endif()
endforeach()

set(content "")
if(NOT skip STREQUAL "")
    set(skip " SKIP_RETURN_CODE ${skip}")
endif()
if(NOT cost STREQUAL "") # the higher, the earlier
    set(cost " COST ${cost}")
endif()
foreach(unit IN LISTS top_units)
    if(NOT color_${unit} STREQUAL "green") # disabled
        continue()
    endif()
    set(test "${prefix}.${name_${unit}}")
    set(labels ${prefix} ${labels_${unit}})
    list(REMOVE_DUPLICATES labels)
    string(APPEND content "add_test([==[${test}]==] [==[${program}]==] [==[--run_test=${name_${unit}}]==] "
           "--color_output=no)\nset_tests_properties([==[${test}]==] PROPERTIES TIMEOUT ${timeout} "
           "LABELS [==[${labels}]==] ENVIRONMENT [==[${environment}]==]${skip}${cost})\n")
endforeach()
file(WRITE "${output}" "${content}")
