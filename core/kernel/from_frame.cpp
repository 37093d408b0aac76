// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/from_frame.h"

#include "core/kernel/walk.h"
#include "core/plan/operation.h"

#include <algorithm>

namespace pivotbench::core::kernel {

namespace {

std::uint64_t numberOf(const Frame &frame, Namespace space)
{
    const auto found = frame.namespaces.find(namespaceFile(space));
    return found == frame.namespaces.end() ? 0 : found->second;
}

} // namespace

Machine machineOfFrame(const Recording &recording, std::size_t frame, std::shared_ptr<const HostTree> files)
{
    const std::vector<Frame> &frames = recording.frames;
    const Frame &present = frames[frame];
    const bool jailed = present.root.path != "/";
    std::size_t whole = frame;
    while (jailed && whole > 0 && frames[whole].root.path != "/")
        --whole;

    Reader reader{.uid = present.uid, .privileged = true};
    if (numberOf(present, Namespace::User) != numberOf(frames.front(), Namespace::User)) {
        // A namespace of its own owner: what was there when it was made is locked, what came later is not; nor is the
        // root, which hides nothing (fs/namespace.c, lock_mnt_tree).
        reader.initialUserNamespace = false;
        const auto made = std::ranges::find_if(frames, [&](const Frame &candidate) {
            return numberOf(candidate, Namespace::Mount) == numberOf(present, Namespace::Mount);
        });
        reader.locked.emplace();
        for (const MountEntry &row : made->table->entries())
            reader.locked->insert(row.id);
        for (const std::size_t root : made->table->roots())
            reader.locked->erase(made->table->entries()[root].id);
    }
    Machine machine = machineOf(*frames[whole].table, reader, std::move(files));
    // Both paths are as somebody outside of the builder reads them.
    const auto walked = [&](const std::string &path) {
        return walk(machine.state, machine.reader, path, {.directory = true});
    };
    const Checked<Place> root = walked(present.root.path);
    const Checked<Place> cwd = walked(present.cwd.path);
    Process &builder = machine.state.processes.edit(machine.reader);
    if (jailed && root)
        builder.root = *root;
    if (cwd)
        builder.cwd = *cwd;
    return machine;
}

} // namespace pivotbench::core::kernel
