// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"
#include "core/spec/path_index.h"

#include <algorithm>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

constexpr std::size_t maxKeepNameBytes = 64;

void checkLayer(const Examined &examined, std::size_t index, Findings &findings)
{
    const Layer &layer = examined.spec.root.layers[index];
    const std::string field = fmt::format("root.layers[{}]", index);
    if (!layer.builtin.empty() && layer.builtin != "busybox" && layer.builtin != "system")
        findings.add("root.layers.builtin", field + ".builtin",
                     fmt::format("there is no built-in root filesystem \"{}\"", printable(layer.builtin)),
                     "the built-in ones are \"busybox\" and \"system\"; for a directory of your own write \"path\"");
    if (!layer.path.empty())
        return checkPath(field + ".path", layer.path, findings);
    if (layer.builtin.empty())
        findings.add("root.layers.empty", field, "the layer names neither a directory nor a built-in root filesystem",
                     "write {\"path\": \"/a/directory\"} or {\"builtin\": \"busybox\"}");
    if (layer.builtin == "busybox" && examined.facts.busyboxPath.empty())
        findings.add(
            "root.layers.busybox", field + ".builtin",
            "this machine has no statically linked BusyBox to make the root from; a dynamic one lacks its libraries "
            "inside",
            "install it (Debian: apt install busybox-static), or name a directory with \"path\"");
}

/// overlayfs refuses with ELOOP a layer twice, and a layer below another one of the same filesystem.
void checkOverlaps(const RootSpec &root, Findings &findings)
{
    PathIndex layers;
    for (std::size_t i = 0; i < root.layers.size(); ++i) {
        const Layer &layer = root.layers[i];
        if (layer.path.empty() && layer.builtin.empty())
            continue;
        const std::string field = fmt::format("root.layers[{}]", i);
        const std::string path = layer.path.empty() ? layer.builtin : normalPath(layer.path);
        const auto *nested = layer.path.empty() ? nullptr : layers.below(path);
        if (!nested && !layer.path.empty())
            nested = layers.above(path);
        if (const auto *same = layers.at(path))
            findings.add(
                "root.layers.duplicate", field,
                fmt::format("the same directory is {} already, and overlayfs refuses that: ELOOP", same->second),
                "remove one of the two");
        else if (nested)
            findings.add(
                "root.layers.nested", field,
                fmt::format("this layer and {} contain each other; overlayfs refuses that with ELOOP when both are on "
                            "one filesystem",
                            nested->second),
                "use directories beside each other");
        layers.insert(path, field);
    }
}

void checkLayers(const Examined &examined, Findings &findings)
{
    const RootSpec &root = examined.spec.root;
    if (root.layers.empty())
        findings.add("root.layers.none", "root.layers", "the sandbox has no root filesystem: there is no layer",
                     "name a directory: \"layers\": [{\"path\": \"/a/directory\"}]");
    if (root.layers.size() > examined.limits.layers)
        findings.add("root.layers.many", "root.layers",
                     fmt::format("{} layers; the limit is {} (overlayfs itself stops at 500)", root.layers.size(),
                                 examined.limits.layers),
                     "merge some of them into one directory");
    for (std::size_t i = 0; i < root.layers.size(); ++i)
        checkLayer(examined, i, findings);
    checkOverlaps(root, findings);
}

/// The name of the kept layer becomes the name of a directory.
void checkKeep(const Examined &examined, Findings &findings)
{
    const RootSpec &root = examined.spec.root;
    if (root.writable != Writable::Keep) {
        if (!root.keepName.empty())
            findings.add("root.keepName.unused", "root.keepName",
                         "a name for the kept layer is given, but the changes are not kept",
                         "choose \"writable\": \"keep\", or remove keepName");
        return;
    }
    const bool own = !root.keepName.empty();
    const std::string &name = own ? root.keepName : examined.spec.name;
    const std::string field = own ? "root.keepName" : "name";
    if (name.empty())
        findings.add("root.keepName.missing", "root.keepName",
                     "changes are to be kept, but the kept layer has no name to find it by",
                     "write keepName, or give the sandbox a name");
    else if (name.contains('/') || name.starts_with('.') || name.size() > maxKeepNameBytes || !isPlain(name))
        findings.add(
            "root.keepName.invalid", field,
            fmt::format("\"{}\" cannot name the directory of the kept layer: no \"/\", no dot at its front, no control "
                        "characters, at most {} bytes",
                        printable(name), maxKeepNameBytes),
            "use letters, digits, \"-\" and \"_\"");
    if (examined.facts.stateDirectory.empty())
        findings.add("root.keep.directory", "root.writable",
                     "changes are to be kept, but there is no place for them: the user has no home directory",
                     "set HOME or XDG_STATE_HOME, or choose \"writable\": \"discard\"");
}

void checkWritable(const Examined &examined, Findings &findings)
{
    const RootSpec &root = examined.spec.root;
    if (root.writable == Writable::Direct && root.layers.size() > 1)
        findings.add(
            "root.direct.layers", "root.writable",
            fmt::format("\"direct\" makes the one layer itself the root, and there are {}", root.layers.size()),
            "keep one layer, or choose discard, keep or none");
    if (root.writable == Writable::Direct && std::ranges::any_of(root.layers, [](const Layer &layer) {
            return !layer.path.empty() && normalPath(layer.path) == "/";
        }))
        findings.add("root.direct.host", "root.writable",
                     "the machine's own root is the sandbox's root, writable: what the sandbox deletes is gone",
                     "choose \"writable\": \"discard\": the sandbox writes to a layer above");
    if (root.scratchBytes != 0 && root.writable != Writable::Discard)
        findings.add("root.scratchBytes.unused", "root.scratchBytes",
                     "it limits the layer of discarded changes, and there is none",
                     "choose \"writable\": \"discard\", or remove scratchBytes");
    const bool overlay = root.writable == Writable::Discard || root.writable == Writable::Keep ||
                         (root.writable == Writable::None && root.layers.size() > 1);
    if (overlay && examined.inUserNamespace() && !examined.facts.kernelAtLeast(5, 11))
        findings.add(
            "root.overlay.kernel", "root.writable",
            fmt::format("overlayfs in a user namespace needs Linux 5.11, and this is {}", examined.facts.kernelRelease),
            "choose \"writable\": \"direct\", or run it as root");
    if (root.writable == Writable::Discard && examined.inUserNamespace() && !examined.facts.tmpfsUserXattr)
        findings.add(
            "root.discard.xattr", "root.writable",
            "before Linux 6.6 a tmpfs holds no user.* attributes, in which overlayfs in a user namespace notes that a "
            "directory was replaced: deleting a directory of a lower layer and making it again can fail",
            "choose \"writable\": \"keep\" where that matters; it is on disk");
}

void checkPutOld(const Examined &examined, Findings &findings)
{
    const RootSpec &root = examined.spec.root;
    if (root.switchRoot != SwitchRoot::PivotRoot)
        return;
    checkPath("root.putOld", root.putOld, findings);
    const std::string putOld = normalPath(root.putOld);
    if (putOld == "/" && !root.putOld.empty())
        findings.add(
            "root.putOld.root", "root.putOld",
            "put_old is the new root itself; the textbook form wants a directory below it, to which the old root moves",
            "write a directory such as \"/.put_old\", or choose \"switchRoot\": \"pivot_root_dot\"");
    const bool inProc = isWithin(putOld, "/proc") && examined.spec.proc != ProcPolicy::None;
    const bool inSys = isWithin(putOld, "/sys") && examined.spec.sys != SysPolicy::None;
    if (putOld != "/" && (inProc || inSys))
        findings.add("root.putOld.kernel-tree", "root.putOld",
                     fmt::format("{} is in a tree of the kernel, where no directory can be made for the old root",
                                 printable(putOld)),
                     "write a directory such as \"/.put_old\"");
    if (root.writable == Writable::None)
        findings.add(
            "root.putOld.read-only", "root.putOld",
            fmt::format("the root is read-only, so {} cannot be made there: the launch fails with EROFS unless a layer "
                        "has that directory",
                        printable(root.putOld)),
            "choose \"switchRoot\": \"pivot_root_dot\", which needs no directory");
}

void checkSwitch(const Examined &examined, Findings &findings)
{
    const RootSpec &root = examined.spec.root;
    switch (root.switchRoot) {
    case SwitchRoot::PivotRoot:
    case SwitchRoot::PivotRootDot:
        if (!examined.newMounts())
            findings.add(
                "root.switchRoot.mount-namespace", "root.switchRoot",
                "pivot_root(2) changes the root of a whole mount namespace, and without one of its own that is the "
                "machine's",
                "choose \"namespaces\": {\"mount\": \"new\"}, or \"switchRoot\": \"chroot\"");
        break;
    case SwitchRoot::Chroot:
        findings.add(
            "root.switchRoot.chroot", "root.switchRoot",
            "chroot(2) changes what \"/\" means and nothing else: every mount of the old root is still there, and a "
            "process with CAP_SYS_CHROOT, a kept working directory or a descriptor from outside walks back out",
            "choose \"pivot_root_dot\": the old root is unmounted and there is nothing to walk to");
        break;
    case SwitchRoot::None:
        findings.add(
            "root.switchRoot.none", "root.switchRoot",
            "the root is not switched: the command sees and runs in the machine's own tree, the new root is only a "
            "directory in it",
            "choose \"pivot_root_dot\" for anything but experiments with the mount table");
        break;
    }
}

void checkPropagation(const Examined &examined, Findings &findings)
{
    if (!examined.newMounts())
        return;
    const std::string field = "root.propagation";
    const std::string fix = "choose \"propagation\": \"private\"";
    switch (examined.spec.root.propagation) {
    case RootPropagation::Private: break;
    case RootPropagation::Slave:
        findings.add("root.propagation.slave", field,
                     "mounts that the machine makes later still arrive in the copied tree; nothing goes the other way",
                     fix + " when the sandbox is to stay as it was built");
        break;
    case RootPropagation::Shared:
        findings.add(
            "root.propagation.shared", field,
            "with shared mounts every mount and unmount leaks both ways between peers, and pivot_root(2) refuses a "
            "shared parent with EINVAL",
            fix);
        break;
    case RootPropagation::Unbindable:
        findings.add(
            "root.propagation.unbindable", field,
            "an unbindable mount cannot be the source of a bind, and the whole copied tree becomes unbindable: every "
            "bind from the host fails with EINVAL",
            fix);
        break;
    case RootPropagation::Unchanged:
        findings.add(
            "root.propagation.unchanged", field,
            "unshare(2) copies the mounts with their propagation, and systemd makes them shared: mounts leak both ways "
            "until a call says otherwise. unshare(1) makes that call by itself, which hides this",
            fix);
        break;
    }
}

} // namespace

void checkRoot(const Examined &examined, Findings &findings)
{
    checkLayers(examined, findings);
    checkWritable(examined, findings);
    checkKeep(examined, findings);
    checkPutOld(examined, findings);
    checkSwitch(examined, findings);
    checkPropagation(examined, findings);
}

} // namespace pivotbench::core
