// SPDX-License-Identifier: Apache-2.0
//
// The executor's overlay step. Sources: Documentation/filesystems/overlayfs.rst, fsconfig(2), mount(2).
#include "core/spec/overlay_paths.h"
#include "helper/builder.h"
#include "helper/builder_channel.h"
#include "helper/executor.h"
#include "helper/linux_system.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace pivotbench::helper {

using namespace core;

namespace {

/// What fsconfig(2) takes as one string, and mount(2) as all options.
constexpr std::size_t longestParameter = 255;
constexpr std::size_t longestOptions = 4095;

std::string byDescriptor(const UniqueFd &fd) { return fmt::format("/proc/self/fd/{}", fd.get()); }

/// All options of mount(2) in one string.
std::string optionsOf(const MountOverlay &overlay, const std::vector<UniqueFd> &layers, bool layersByDescriptor)
{
    std::string options = "lowerdir=";
    for (std::size_t i = 0; i < layers.size(); ++i) {
        options += i == 0 ? "" : ":";
        options += layersByDescriptor ? byDescriptor(layers[i]) : overlayEscaped(overlay.lowers[i], "\\:,");
    }
    if (!overlay.upper.empty())
        options +=
            ",upperdir=" + overlayEscaped(overlay.upper, "\\,") + ",workdir=" + overlayEscaped(overlay.work, "\\,");
    for (const auto &[key, value] : overlay.parameters)
        options += "," + key + (value.empty() ? "" : "=" + value);
    return options;
}

unsigned long mountFlags(std::uint64_t attributes)
{
    static constexpr std::pair<std::uint64_t, unsigned long> table[] = {{mount_attr::readOnly, MS_RDONLY},
                                                                        {mount_attr::noSuid, MS_NOSUID},
                                                                        {mount_attr::noDev, MS_NODEV},
                                                                        {mount_attr::noExec, MS_NOEXEC}};
    unsigned long flags = 0;
    for (const auto &[attribute, flag] : table)
        flags |= (attributes & attribute) != 0 ? flag : 0;
    return flags;
}

} // namespace

Result<UniqueFd> Executor::openLayer(const std::string &path)
{
    Result<UniqueFd> fd = open({Location::Base::Host, path});
    if (fd)
        if (Status same = compareWithClient(fd->get(), path); !same)
            return std::unexpected(same.error());
    return fd;
}

/// Every directory, looked at first: the kernel's own error would not say which one is wrong.
Result<std::vector<UniqueFd>> Executor::openLayers(const MountOverlay &overlay)
{
    std::vector<UniqueFd> layers;
    for (const std::string &lower : overlay.lowers) {
        Result<UniqueFd> fd = openLayer(lower);
        if (!fd)
            return wrap(fd.error(), "opening a layer");
        struct stat status{};
        if (::fstat(fd->get(), &status) < 0 || !S_ISDIR(status.st_mode)) {
            auto error = systemError("a layer has to be a directory", ENOTDIR, lower);
            error.error().hint = "unpack the archive into a directory, and name that";
            return error;
        }
        layers.push_back(std::move(*fd));
    }
    return layers;
}

/// A detached overlay, its layers named one by one: as many as the kernel takes (500), with paths of any length.
Result<UniqueFd> Executor::makeOverlay(const MountOverlay &overlay, const std::vector<UniqueFd> &layers)
{
    sys::Outcome<sys::FilesystemContext> context = sys::FilesystemContext::open("overlay");
    if (!context)
        return systemError("cannot begin to mount an overlay", context.error(), overlay.target.path);
    (void)context->set("source", "overlay");
    for (std::size_t i = 0; i < layers.size(); ++i) {
        // A long path is named through its descriptor; a short one as it is, because the mount table shows it.
        const std::string &path = overlay.lowers[i];
        const std::string name = path.size() > longestParameter ? byDescriptor(layers[i]) : path;
        if (auto set = context->set("lowerdir+", name.c_str()); !set)
            return contextError(*context, "cannot use the layer", set.error(), path);
    }
    if (!overlay.upper.empty()) {
        if (auto set = context->set("upperdir", overlayEscaped(overlay.upper, "\\").c_str()); !set)
            return contextError(*context, "cannot use the upper directory", set.error(), overlay.upper);
        if (auto set = context->set("workdir", overlayEscaped(overlay.work, "\\").c_str()); !set)
            return contextError(*context, "cannot use the work directory", set.error(), overlay.work);
    }
    for (const auto &[key, value] : overlay.parameters) {
        const sys::Outcome<void> set =
            value.empty() ? context->setFlag(key.c_str()) : context->set(key.c_str(), value.c_str());
        if (!set)
            return contextError(*context, fmt::format("cannot set the overlay option \"{}\"", key), set.error(),
                                overlay.target.path);
    }
    if (auto created = context->create(); !created)
        return contextError(*context, "cannot create the overlay", created.error(), overlay.target.path);
    sys::OutcomeFd mount = context->mount(overlay.attributes.set);
    if (!mount)
        return contextError(*context, "cannot mount the overlay", mount.error(), overlay.target.path);
    return std::move(*mount);
}

/// An overlay mounted by one mount(2) call with one page of options, as it always was; returns the new mount.
Result<UniqueFd> Executor::mountOverlayByOneCall(const MountOverlay &overlay, const std::vector<UniqueFd> &layers)
{
    Result<UniqueFd> target = open(overlay.target);
    if (!target)
        return std::unexpected(target.error());
    std::string options = optionsOf(overlay, layers, false);
    if (options.size() > longestOptions)
        options = optionsOf(overlay, layers, true);
    if (options.size() > longestOptions)
        return failure("overlay.options",
                       fmt::format("the options of the overlay are {} bytes long; this kernel takes {}", options.size(),
                                   longestOptions),
                       overlay.target.path, "use fewer layers, or kernel 6.8 or newer");
    if (::mount("overlay", byDescriptor(*target).c_str(), "overlay", mountFlags(overlay.attributes.set),
                options.c_str()) < 0)
        return systemError("cannot mount the overlay", errno, overlay.target.path);
    if (m_newRoot)
        m_newRoot->mountedOn({}); // or the place would be found as it was
    return open(overlay.target);
}

/// The helper can look at what the sandbox changes, also after its end. A kept layer it finds by itself: a descriptor
/// of it from here would hold this namespace's mount of the host's file system.
Status Executor::giveUpper(const std::string &path)
{
    std::vector<UniqueFd> held;
    BuilderMessageHeader header{.kind = BuilderMessageKind::Upper};
    if (m_order->plan.keepDirectory.empty()) {
        sys::OutcomeFd upper = sys::openAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!upper)
            return systemError("cannot open the upper directory", upper.error(), path);
        held.push_back(std::move(*upper));
        header.value = 1;
    }
    const std::vector<std::size_t> pins = pinsOf(m_order->plan);
    if (std::ranges::any_of(pins, [](std::size_t pin) { return std::string_view(pinOrder[pin]) == "user"; })) {
        sys::OutcomeFd user = sys::openAt(m_proc.get(), "self/ns/user", O_RDONLY);
        if (!user)
            return systemError("cannot open the user namespace", user.error(), "/proc/self/ns/user");
        held.push_back(std::move(*user));
        header.flag = 1;
    }
    std::vector<int> numbers;
    for (const UniqueFd &fd : held)
        numbers.push_back(fd.get());
    if (const int error = sendMessage(m_channel, header, {}, numbers); error != 0)
        return systemError("cannot hand the upper directory to the helper", error, path);
    return {};
}

Result<Outcome> Executor::run(const MountOverlay &step)
{
    Result<std::vector<UniqueFd>> layers = openLayers(step);
    if (!layers)
        return std::unexpected(layers.error());
    Result<UniqueFd> mount =
        m_order->overlayByOneCall ? mountOverlayByOneCall(step, *layers) : makeOverlay(step, *layers);
    if (!mount)
        return std::unexpected(mount.error());
    // Over an upper directory that it cannot use the kernel may mount read-only without an error.
    struct statvfs status{};
    if (!step.upper.empty() && ::fstatvfs(mount->get(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0 &&
        (step.attributes.set & mount_attr::readOnly) == 0)
        return failure("overlay.readonly",
                       "the overlay came up read-only: its file system cannot hold an upper directory", step.upper,
                       "put the kept layer on another file system, such as ext4, btrfs, xfs or tmpfs");
    if (!step.upper.empty() && isRootOverlay(m_order->plan, step))
        if (Status given = giveUpper(step.upper); !given)
            return std::unexpected(given.error());
    if (!m_order->overlayByOneCall)
        return attach(mount->release(), step.target);
    attached(std::move(*mount), step.target);
    return Outcome::Done;
}

} // namespace pivotbench::helper
