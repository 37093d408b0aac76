// SPDX-License-Identifier: Apache-2.0
#include "helper/syscall_numbers.h"

#include <algorithm>
#include <seccomp.h>
#include <string_view>

namespace pivotbench::helper {
namespace {

struct Young {
    std::string_view name;
    std::uint32_t number;
    std::uint32_t onlyOn; ///< SCMP_ARCH_*, or 0 for all
};

constexpr Young youngCalls[] = {
    {"uretprobe", 335, SCMP_ARCH_X86_64},
    {"uprobe", 336, SCMP_ARCH_X86_64},
    {"cachestat", 451, 0},
    {"fchmodat2", 452, 0},
    {"map_shadow_stack", 453, 0},
    {"futex_wake", 454, 0},
    {"futex_wait", 455, 0},
    {"futex_requeue", 456, 0},
    {"statmount", 457, 0},
    {"listmount", 458, 0},
    {"lsm_get_self_attr", 459, 0},
    {"lsm_set_self_attr", 460, 0},
    {"lsm_list_modules", 461, 0},
    {"mseal", 462, 0},
    {"setxattrat", 463, 0},
    {"getxattrat", 464, 0},
    {"listxattrat", 465, 0},
    {"removexattrat", 466, 0},
    {"open_tree_attr", 467, 0},
    {"file_getattr", 468, 0},
    {"file_setattr", 469, 0},
};

} // namespace

SyscallLookup lookUpSyscall(const std::string &name)
{
    // A negative number other than the error stands for a call that only other architectures have.
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number >= 0)
        return {.known = true, .exists = true, .number = static_cast<std::uint32_t>(number)};
    const auto young = std::ranges::find(youngCalls, std::string_view(name), &Young::name);
    if (young == std::end(youngCalls))
        return {.known = number != __NR_SCMP_ERROR};
    return {
        .known = true, .exists = young->onlyOn == 0 || young->onlyOn == seccomp_arch_native(), .number = young->number};
}

} // namespace pivotbench::helper
