# SPDX-License-Identifier: Apache-2.0
#
# Holds resources/translations/pivotbench_en.ts to the sources: whatever tr() counts with %n has both its forms there, and
# nothing else is there. Run by ctest:
#   cmake -D SOURCE=<top of the tree> -D BINARY=<where to write> -D LUPDATE=<program> -P check_plurals.cmake
set(kept resources/translations/pivotbench_en.ts)
set(update -pluralonly -locations none -no-obsolete -silent -I . app -ts)
file(COPY_FILE ${SOURCE}/${kept} ${BINARY}/pivotbench_en.ts)
execute_process(COMMAND ${LUPDATE} ${update} ${BINARY}/pivotbench_en.ts
    WORKING_DIRECTORY ${SOURCE} OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(READ ${SOURCE}/${kept} before)
file(READ ${BINARY}/pivotbench_en.ts after)
if(NOT before STREQUAL after OR after MATCHES "unfinished")
    list(JOIN update " " words)
    message(FATAL_ERROR "check_plurals: ${kept} is not what the sources ask for. Run, and fill in what is unfinished:\n"
        "  lupdate ${words} ${kept}")
endif()
message(STATUS "check_plurals: every plural form is there")
