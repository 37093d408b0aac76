// SPDX-License-Identifier: Apache-2.0
#include "core/host/doctor.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace pivotbench::core {
namespace {

/// sun_path of unix(7), without its NUL, for "/helper.sock" and the like below the runtime directory.
constexpr std::size_t maxRuntimePathBytes = 80;

Check userNamespaces(const HostFacts &facts, std::optional<bool> mountInside)
{
    Check check{.id = "user-namespaces", .title = "User namespaces", .state = CheckState::Ok, .detail = {}, .fix = {}};
    if (!facts.userNamespaces) {
        check.state = facts.privileged ? CheckState::Limited : CheckState::Missing;
        check.detail = facts.userNamespaceObstacle + (facts.privileged ? "; root can do without" : "");
        check.fix = "sysctl user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1";
    } else if (mountInside == false) {
        check.state = facts.privileged ? CheckState::Limited : CheckState::Missing;
        check.detail = "one can be made, but a mount inside was refused: a security module takes its capabilities away";
        check.fix = facts.appArmorRestricts
                        ? "install the AppArmor profile of the package, or sysctl "
                          "kernel.apparmor_restrict_unprivileged_userns=0"
                        : "look for denials in the kernel's log (dmesg), and allow this program to use them";
    } else {
        check.detail = mountInside == true ? "they can be made, and a mount inside succeeded" : "nothing forbids them";
    }
    return check;
}

Check appArmor(const HostFacts &facts, std::optional<bool> mountInside)
{
    Check check{.id = "apparmor", .title = "AppArmor", .state = CheckState::Ok, .detail = {}, .fix = {}};
    if (!facts.appArmorRestricts) {
        check.detail = "it does not restrict user namespaces";
    } else if (mountInside == true) {
        check.detail = "it restricts user namespaces, and this program has a profile that allows them";
    } else {
        check.state = CheckState::Limited;
        check.detail =
            "kernel.apparmor_restrict_unprivileged_userns is 1: without a profile a user namespace has no capabilities";
        check.fix =
            "install the AppArmor profile of the package, or sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    }
    return check;
}

Check idMapTools(const HostFacts &facts)
{
    Check check{
        .id = "id-map-tools", .title = "newuidmap and newgidmap", .state = CheckState::Ok, .detail = {}, .fix = {}};
    if (facts.idMapTools) {
        check.detail = "installed";
    } else if (facts.privileged) {
        check.detail = "not installed, and root needs neither";
    } else {
        check.state = CheckState::Limited;
        check.detail = "not installed: your own id alone can be mapped";
        check.fix = "apt install uidmap";
    }
    return check;
}

std::uint64_t total(const std::vector<IdRange> &ranges)
{
    return std::accumulate(ranges.begin(), ranges.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const IdRange &range) { return sum + range.size; });
}

Check subordinateIds(const HostFacts &facts)
{
    Check check{.id = "subordinate-ids", .title = "Subordinate ids", .state = CheckState::Ok, .detail = {}, .fix = {}};
    const std::uint64_t uids = total(facts.subordinateUids);
    const std::uint64_t gids = total(facts.subordinateGids);
    if (facts.privileged) {
        check.detail = "root maps every id by itself";
    } else if (uids == 0 || gids == 0) {
        check.state = CheckState::Limited;
        check.detail = "/etc/subuid and /etc/subgid grant you none: files of others show as nobody inside";
        check.fix = fmt::format("as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {}",
                                facts.userName.empty() ? "USER" : shellQuote(facts.userName));
    } else {
        check.detail = fmt::format("{} user ids, {} group ids", uids, gids);
    }
    return check;
}

Check kernel(const HostFacts &facts)
{
    Check check{.id = "kernel",
                .title = "Kernel",
                .state = CheckState::Ok,
                .detail = fmt::format("Linux {}", printable(facts.kernelRelease)),
                .fix = {}};
    if (facts.kernelRelease.empty()) {
        check.state = CheckState::Missing;
        check.detail = "its version cannot be read: /proc is missing or hidden";
        check.fix = "mount /proc";
    } else if (!facts.kernelAtLeast(5, 12)) {
        check.state = CheckState::Missing;
        check.detail += ", older than 5.12: no mount_setattr(2), and overlays in user namespaces came with 5.11";
        check.fix = "use a newer kernel; Debian 12 has 6.1";
    }
    return check;
}

/// What newer kernels add; each has a fallback, so that none is missed badly.
Check kernelFeatures(const HostFacts &facts)
{
    struct Feature {
        const char *words;
        bool present;
    };
    const Feature features[] = {
        {"SO_PEERPIDFD (6.5)", facts.kernelAtLeast(6, 5)},
        {"user attributes on tmpfs (6.6)", facts.tmpfsUserXattr},
        {"overlay layers one by one, \"lowerdir+\" (6.8)", facts.overlayLowerAppend},
        {"statmount and listmount (6.8)", facts.kernelAtLeast(6, 8)},
        {"mount notifications by fanotify (6.15)", facts.kernelAtLeast(6, 15)},
    };
    std::vector<std::string> present;
    std::vector<std::string> absent;
    for (const Feature &feature : features)
        (feature.present ? present : absent).emplace_back(feature.words);
    Check check{
        .id = "kernel-features", .title = "Newer kernel interfaces", .state = CheckState::Ok, .detail = {}, .fix = {}};
    check.detail = present.empty() ? "none" : join(present, ", ");
    if (!absent.empty()) {
        check.state = CheckState::Limited;
        check.detail = fmt::format("not here, other ways are used: {}", join(absent, ", "));
        check.fix = "nothing has to be done; a newer kernel has them";
    }
    return check;
}

Check cgroups(const HostFacts &facts)
{
    Check check{.id = "cgroups", .title = "Limits by cgroup v2", .state = CheckState::Limited, .detail = {}, .fix = {}};
    const auto lacks = [&](const char *controller) {
        return std::ranges::find(facts.cgroupControllers, controller) == facts.cgroupControllers.end();
    };
    std::vector<std::string> missing;
    for (const char *controller : {"cpu", "memory", "pids"})
        if (lacks(controller))
            missing.emplace_back(controller);
    if (facts.cgroupLayout == CgroupLayout::None) {
        check.detail = "there is no cgroup filesystem on /sys/fs/cgroup: sandboxes run without limits";
        check.fix = "mount -t cgroup2 cgroup2 /sys/fs/cgroup";
    } else if (facts.cgroupLayout != CgroupLayout::Unified && !missing.empty()) {
        check.detail = fmt::format("cgroup v1 has the controllers ({} layout): sandboxes run without limits",
                                   facts.cgroupLayout == CgroupLayout::Hybrid ? "hybrid" : "legacy");
        check.fix = "boot with systemd.unified_cgroup_hierarchy=1";
    } else if (!missing.empty()) {
        check.detail = fmt::format("not delegated to you here: {}", join(missing, ", "));
        check.fix = "systemd-run --user --scope -p Delegate=yes pivotctl …; where one is still missing, Delegate=cpu "
                    "memory pids in "
                    "a drop-in of user@.service";
    } else {
        check.state = CheckState::Ok;
        check.detail = fmt::format("delegated: {}", printable(join(facts.cgroupControllers, ", ")));
    }
    return check;
}

Check runtimeDirectory(const HostFacts &facts)
{
    const std::string &path = facts.runtimeDirectory;
    Check check{.id = "runtime-directory",
                .title = "Runtime directory",
                .state = CheckState::Ok,
                .detail = printable(path),
                .fix = {}};
    if (path.empty()) {
        check.state = CheckState::Missing;
        check.detail = "neither XDG_RUNTIME_DIR nor a home directory: there is no place for the helper's socket";
        check.fix = "log in through a session (loginctl enable-linger), or set XDG_RUNTIME_DIR or HOME";
    } else if (path.size() > maxRuntimePathBytes) {
        check.state = CheckState::Missing;
        check.detail = fmt::format("{} is too long for the address of a socket", printable(path));
        check.fix = "set XDG_RUNTIME_DIR to a shorter path";
    } else if (path.starts_with(facts.stateDirectory + "/")) {
        check.state = CheckState::Limited;
        check.detail = fmt::format("{}, on disk, because there is none of the session", printable(path));
        check.fix = "log in through a session (loginctl enable-linger), or set XDG_RUNTIME_DIR";
    }
    return check;
}

Check busybox(const HostFacts &facts)
{
    Check check{.id = "busybox",
                .title = "Static BusyBox",
                .state = CheckState::Ok,
                .detail = printable(facts.busyboxPath),
                .fix = {}};
    if (facts.busyboxPath.empty()) {
        check.state = CheckState::Limited;
        check.detail = "none on PATH: the presets that are made from it cannot run";
        check.fix = "apt install busybox-static";
    }
    return check;
}

} // namespace

std::vector<Check> runDoctor(const HostFacts &facts, std::optional<bool> mountInside)
{
    return {userNamespaces(facts, mountInside),
            appArmor(facts, mountInside),
            idMapTools(facts),
            subordinateIds(facts),
            kernel(facts),
            kernelFeatures(facts),
            cgroups(facts),
            runtimeDirectory(facts),
            busybox(facts)};
}

const char *checkStateWord(CheckState state)
{
    switch (state) {
    case CheckState::Ok: return "ok";
    case CheckState::Limited: return "limited";
    case CheckState::Missing: return "missing";
    }
    return "";
}

std::string doctorText(const std::vector<Check> &checks)
{
    std::string text;
    for (const Check &check : checks) {
        text += fmt::format("{:<8} {}: {}\n", checkStateWord(check.state), check.title, check.detail);
        if (!check.fix.empty())
            text += fmt::format("{:<8} fix: {}\n", "", check.fix);
    }
    return text;
}

std::string doctorJson(const std::vector<Check> &checks)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Check &check : checks) {
        nlohmann::ordered_json object = {
            {"id", check.id}, {"title", check.title}, {"state", checkStateWord(check.state)}, {"detail", check.detail}};
        if (!check.fix.empty())
            object["fix"] = check.fix;
        list.push_back(std::move(object));
    }
    const nlohmann::ordered_json document = {{"checks", std::move(list)}};
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace pivotbench::core
