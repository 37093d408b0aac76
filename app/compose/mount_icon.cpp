// SPDX-License-Identifier: Apache-2.0
#include "app/compose/mount_icon.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pivotbench::app {

Icon mountIcon(std::string_view type)
{
    static constexpr std::pair<std::string_view, Icon> icons[] = {
        {"bind", Icon::MountBind},     {"rbind", Icon::MountBind},   {"tmpfs", Icon::MountTmpfs},
        {"proc", Icon::MountProc},     {"sysfs", Icon::MountSysfs},  {"overlay", Icon::MountOverlay},
        {"devpts", Icon::MountDev},    {"devtmpfs", Icon::MountDev}, {"cgroup", Icon::MountCgroup},
        {"cgroup2", Icon::MountCgroup}};
    const auto *found = std::ranges::find(icons, type, &std::pair<std::string_view, Icon>::first);
    return found == std::end(icons) ? Icon::Mount : found->second;
}

} // namespace pivotbench::app
