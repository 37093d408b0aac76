# SPDX-License-Identifier: Apache-2.0
#
# Holds the rules of the house (README, "Rooms"): who may include what. Run by ctest:
#   cmake -D SOURCE=<top of the tree> -P check_layers.cmake
# It fails on a forbidden include, and on a rule that matches no file, so that a renamed folder cannot silence it.

set(broken "")

# forbid(FOLDERS GLOB_EXCLUDE PATTERN WHY): no source below FOLDERS may include what matches PATTERN.
function(forbid folders pattern why)
    set(checked 0)
    foreach(folder IN LISTS folders)
        file(GLOB_RECURSE sources ${SOURCE}/${folder}/*.h ${SOURCE}/${folder}/*.cpp ${SOURCE}/${folder}/*.in)
        foreach(source IN LISTS sources)
            math(EXPR checked "${checked} + 1")
            file(STRINGS ${source} includes REGEX "^[ \t]*#[ \t]*include")
            foreach(line IN LISTS includes)
                if(line MATCHES "${pattern}")
                    file(RELATIVE_PATH name ${SOURCE} ${source})
                    set(broken "${broken}\n  ${name}: ${line}\n    ${why}" PARENT_SCOPE)
                    set(broken "${broken}\n  ${name}: ${line}\n    ${why}")
                endif()
            endforeach()
        endforeach()
    endforeach()
    if(checked EQUAL 0)
        message(FATAL_ERROR "check_layers: no source in ${folders}: mend the rule")
    endif()
endfunction()

set(qt "[<\"]Q[A-Z][A-Za-z]*[>\"/]")
forbid("core;helper;app/cli;app/client" "${qt}" "Qt has no place here")
forbid("core;app" "<(sys/mount|sched)\\.h>" "only the helper changes mounts and namespaces")
forbid("core" "<(systemd/|seccomp\\.h|cap-ng\\.h)" "core needs no privilege and no such library")
forbid("core;app" "\"helper/" "only the helper may use its own parts")
forbid("core;helper" "\"app/" "clients are above core and helper")
forbid("app/client;app/cli" "<systemd/" "pivotctl is linked statically")
foreach(room base spec plan mount explain host preset kernel)
    forbid("core/${room}" "\"core/wire/" "only the outermost rooms know the wire")
endforeach()
forbid("core/base" "\"core/(spec|plan|mount|explain|recording|wire|host|preset|kernel)/" "base stands on nothing")
forbid("core/mount" "\"core/(spec|plan|explain|recording|wire|host|preset|kernel)/" "mount tables stand on base alone")
forbid("core/spec" "\"core/(plan|explain|recording|wire|preset|kernel)/" "the spec comes before the plan")
forbid("core/plan" "\"core/(explain|recording|wire|preset|kernel)/" "the plan comes before what consumes it")
forbid("core/recording" "\"core/(explain|wire|preset|kernel)/" "what makes a recording comes after it")
forbid("core/kernel" "\"core/(explain|preset)/" "the model knows plans and tables, not what is said of them")

if(NOT broken STREQUAL "")
    message(FATAL_ERROR "check_layers:${broken}")
endif()
message(STATUS "check_layers: every include is in its place")
