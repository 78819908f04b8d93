# Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Takes the fenced blocks out of a Markdown file: awk -v out=FOLDER -f extract.awk README.md. FOLDER/cmake must exist.
# The line before each block says what is done with it, and a block without such a line is a complaint:
#
#   <!-- test: program NAME -->    a complete program, written to FOLDER/NAME
#   <!-- test: definition -->      C++ at namespace scope, before the fragments
#   <!-- test: fragment -->        C++ in a coroutine: see fragments.cpp for what is declared around it
#   <!-- test: function [slow] --> C++ in a plain function, likewise; slow: the emulator would answer after 20 s, and it
#                                  must not take that long
#   <!-- test: run [WORD...] -->   shell: `sh` must succeed; of `console`, what follows `$ ` is run and the rest is what
#                                  it must print. WORDs: background, printed (what the last command in the background
#                                  prints then), needs=TOOL, no-sanitizer (session.sh reads them)
#   <!-- test: configure -->       a CMakeLists.txt beside provision.cpp: it is configured, and not built
#   <!-- test: build [WORD...] --> the same, configured and built; WORDs as above, and where one forbids it, only configured
#   <!-- test: not run: REASON -->
#
# Writes FOLDER/definitions.inc and FOLDER/bodies.inc (C++), FOLDER/index (a line for each shell block: number, line,
# language, words), FOLDER/NUMBER.block, FOLDER/cmake/LINE, FOLDER/projects (a line for each: line, kind, words), and
# FOLDER/complaints.

function complain(line, text) { print "README.md:" line ": " text > complaints }

function begin(    name) {
    language = substr($0, 4)
    sub(/[ \t].*/, "", language)
    opened = NR
    open = 1
    kind = ""
    if (marker_line != NR - 1) {
        complain(NR, "a block without a marker in the line before it: see test/readme/extract.awk")
        return
    }
    split(marker, word, " ")
    kind = word[1]
    if (marker ~ /^not run: ./) {
        kind = "not-run"
    } else if (language == "cpp" && kind == "program") {
        file = out "/" word[2]
        if (index(" " programs " ", " " word[2] " ") == 0)
            complain(NR, "program " word[2] " is not named in test/readme/CMakeLists.txt")
    } else if (language == "cpp" && kind == "definition") {
        print "\n#line " NR + 1 " \"README.md\"" > definitions
    } else if (language == "cpp" && (kind == "fragment" || kind == "function")) {
        name = kind "_" NR
        if (kind == "fragment") {
            print "\nnet::awaitable<void> " name "(surroundings& given)\n{\n    GIVEN_IN_A_FRAGMENT\n    {" > bodies
        } else {
            print "\nvoid " name "(surroundings& given)\n{\n    GIVEN_IN_A_FUNCTION\n    {" > bodies
        }
        if (word[2] == "slow")
            print "    given.emulator.delay_next(20s);" > bodies
        print "#line " NR + 1 " \"README.md\"" > bodies
        calls = calls "    run_" kind "(" NR ", " name ");\n"
    } else if ((language == "sh" || language == "console") && kind == "run") {
        ++shell_blocks
        file = out "/" shell_blocks ".block"
        printf "" > file
        print shell_blocks, NR, language, substr(marker, 5) > listing
    } else if (language == "cmake" && (kind == "configure" || kind == "build")) {
        file = out "/cmake/" NR
        print NR, marker > projects
    } else {
        complain(NR, "`" kind "` is nothing that is done with a block of `" language "`")
        kind = ""
    }
}

function end() {
    open = 0
    if (kind == "fragment" || kind == "function")
        print "    }\n    " (kind == "fragment" ? "co_return;" : "") "\n}" > bodies
    else if (kind == "program" || kind == "run" || kind == "configure" || kind == "build")
        close(file)
}

function line() {
    if (kind == "definition")
        print > definitions
    else if (kind == "fragment" || kind == "function")
        print "        " $0 > bodies
    else if (kind == "program" || kind == "run" || kind == "configure" || kind == "build")
        print > file
}

BEGIN {
    complaints = out "/complaints"
    definitions = out "/definitions.inc"
    bodies = out "/bodies.inc"
    listing = out "/index"
    projects = out "/projects"
    printf "" > complaints
    printf "" > definitions
    printf "" > bodies
    printf "" > listing
    printf "" > projects
}

/^```/ {
    if (open)
        end()
    else
        begin()
    next
}
open {
    line()
    next
}
/^<!-- test: .* -->$/ {
    marker = substr($0, 12, length($0) - 15)
    marker_line = NR
}

END {
    if (open)
        complain(opened, "a block that does not end")
    print "\nvoid run_all()\n{\n" calls "}" > bodies
}
