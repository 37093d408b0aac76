// SPDX-License-Identifier: Apache-2.0
#include "core/plan/operation.h"

#include "core/base/overloaded.h"

#include <utility>

namespace pivotbench::core {

const char *namespaceWord(Namespace ns)
{
    switch (ns) {
    case Namespace::User: return "user";
    case Namespace::Mount: return "mount";
    case Namespace::Pid: return "pid";
    case Namespace::Uts: return "uts";
    case Namespace::Ipc: return "ipc";
    case Namespace::Network: return "network";
    case Namespace::Cgroup: return "cgroup";
    case Namespace::Time: return "time";
    }
    std::unreachable();
}

const char *namespaceConstant(Namespace ns)
{
    switch (ns) {
    case Namespace::User: return "CLONE_NEWUSER";
    case Namespace::Mount: return "CLONE_NEWNS";
    case Namespace::Pid: return "CLONE_NEWPID";
    case Namespace::Uts: return "CLONE_NEWUTS";
    case Namespace::Ipc: return "CLONE_NEWIPC";
    case Namespace::Network: return "CLONE_NEWNET";
    case Namespace::Cgroup: return "CLONE_NEWCGROUP";
    case Namespace::Time: return "CLONE_NEWTIME";
    }
    std::unreachable();
}

const char *namespaceFile(Namespace ns)
{
    switch (ns) {
    case Namespace::User: return "user";
    case Namespace::Mount: return "mnt";
    case Namespace::Pid: return "pid";
    case Namespace::Uts: return "uts";
    case Namespace::Ipc: return "ipc";
    case Namespace::Network: return "net";
    case Namespace::Cgroup: return "cgroup";
    case Namespace::Time: return "time";
    }
    std::unreachable();
}

const char *operationWord(const Operation &operation)
{
    return std::visit(Overloaded{
                          [](const CreateProcess &) { return "create-process"; },
                          [](const DenySetgroups &) { return "deny-setgroups"; },
                          [](const WriteIdMaps &) { return "write-id-maps"; },
                          [](const EnterCgroup &) { return "enter-cgroup"; },
                          [](const Unshare &) { return "unshare"; },
                          [](const SetPropagation &) { return "set-propagation"; },
                          [](const MountFilesystem &) { return "mount-filesystem"; },
                          [](const MountOverlay &) { return "mount-overlay"; },
                          [](const BindMount &) { return "bind-mount"; },
                          [](const MoveMount &) { return "move-mount"; },
                          [](const SetMountAttributes &) { return "set-mount-attributes"; },
                          [](const MaskPath &) { return "mask-path"; },
                          [](const MakeDirectory &) { return "make-directory"; },
                          [](const MakeMountPoint &) { return "make-mount-point"; },
                          [](const MakeDevice &) { return "make-device"; },
                          [](const MakeSymlink &) { return "make-symlink"; },
                          [](const WriteFile &) { return "write-file"; },
                          [](const SetHostname &) { return "set-hostname"; },
                          [](const SetDomainname &) { return "set-domainname"; },
                          [](const BringUpLoopback &) { return "bring-up-loopback"; },
                          [](const ChangeDirectory &) { return "change-directory"; },
                          [](const PivotRoot &) { return "pivot-root"; },
                          [](const ChangeRoot &) { return "change-root"; },
                          [](const Unmount &) { return "unmount"; },
                          [](const RemoveDirectory &) { return "remove-directory"; },
                          [](const OpenTerminal &) { return "open-terminal"; },
                          [](const SpawnPayload &) { return "spawn-payload"; },
                          [](const NewSession &) { return "new-session"; },
                          [](const SetResourceLimit &) { return "set-resource-limit"; },
                          [](const LimitCapabilities &) { return "limit-capabilities"; },
                          [](const SetIds &) { return "set-ids"; },
                          [](const SetCapabilities &) { return "set-capabilities"; },
                          [](const SetNoNewPrivileges &) { return "set-no-new-privileges"; },
                          [](const InstallSeccomp &) { return "install-seccomp"; },
                          [](const Execute &) { return "execute"; },
                      },
                      operation);
}

} // namespace pivotbench::core
