// SPDX-License-Identifier: Apache-2.0
#include "helper/capabilities.h"

#include "core/base/text.h"
#include "core/spec/capability_names.h"

#include <cerrno>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::helper {
namespace {

constexpr CapabilityMask bit(unsigned number) { return CapabilityMask{1} << number; }

/// Calls `visit(number)` for each capability of this kernel that is in the bounding set, until it returns false. The
/// first number the kernel does not know ends the set, whatever the kernel is newer or older than our table.
template <typename Visitor> bool forEachBounding(Visitor visit)
{
    for (unsigned number = 0; number < 64; ++number) {
        const int present = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (present < 0)
            return true;
        if (present > 0 && !visit(number))
            return false;
    }
    return true;
}

} // namespace

core::Result<CapabilityMask> capabilityMask(const std::vector<std::string> &names)
{
    CapabilityMask mask = 0;
    for (const std::string &name : names) {
        const auto number = core::capabilityNumber(name);
        if (!number)
            return core::failure("capability.unknown", "there is no capability \"" + core::printable(name) + "\"", {},
                                 "names are those of capabilities(7), such as CAP_CHOWN");
        mask |= bit(*number);
    }
    return mask;
}

core::Status limitBoundingSet(CapabilityMask keep)
{
    const bool done = forEachBounding(
        [keep](unsigned number) { return (keep & bit(number)) != 0 || prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0; });
    if (!done)
        return core::systemError("PR_CAPBSET_DROP", errno);
    return {};
}

core::Status keepCapabilitiesOverIdChange()
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return core::systemError("PR_SET_KEEPCAPS", errno);
    return {};
}

core::Status setCapabilities(CapabilityMask keep, bool ambient)
{
    CapabilityMask bounding = 0;
    forEachBounding([&bounding](unsigned number) {
        bounding |= bit(number);
        return true;
    });
    const CapabilityMask kept = keep & bounding;
    const CapabilityMask inherited = ambient ? kept : 0;

    // The ambient set may only shrink by itself when permitted or inheritable do; clear it so that it is exactly
    // `inherited`.
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return core::systemError("PR_CAP_AMBIENT", errno);

    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
    for (unsigned word = 0; word < _LINUX_CAPABILITY_U32S_3; ++word) {
        data[word].permitted = static_cast<std::uint32_t>(kept >> (32 * word));
        data[word].effective = data[word].permitted;
        data[word].inheritable = static_cast<std::uint32_t>(inherited >> (32 * word));
    }
    if (syscall(SYS_capset, &header, data) != 0)
        return core::systemError("capset(2)", errno);

    for (unsigned number = 0; number < 64; ++number) {
        if ((inherited & bit(number)) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0)
            return core::systemError("PR_CAP_AMBIENT", errno);
    }
    return {};
}

} // namespace pivotbench::helper
