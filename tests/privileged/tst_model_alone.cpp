// SPDX-License-Identifier: Apache-2.0
//
// What the model refuses where the kernel cannot be asked: on it nobody stands on the root that the machine began with,
// and 100,000 mounts take too long. And what holds for every refusal: nothing has changed.
#include "golden.h"
#include "model_run.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/table_of.h"
#include "core/kernel/tree.h"

#include <QTest>

#include <cerrno>
#include <memory>

using namespace pivotbench;
using namespace pivotbench::test;
using namespace pivotbench::core::kernel;

namespace {

/// One process that stands on the bottom mount of its namespace, with "/a" and "/b", which hold "old".
struct Bottom {
    State state;
    ProcessId process = ProcessId::None;
    MountId mount = MountId::None;

    Bottom()
    {
        const UserNamespaceId user = state.userNamespaces.add({});
        const SuperblockId superblock = addSuperblock(state, "tmpfs", user);
        const NodeId root = state.superblocks[superblock].root;
        for (const char *name : {"a", "b"})
            addEntry(state, addEntry(state, root, name, NodeKind::Directory), "old", NodeKind::Directory);
        mount = addMount(state, superblock, root, flag::relAtime, "bottom");
        const MountNamespaceId space = state.mountNamespaces.add({.owner = user, .root = mount});
        enterNamespace(state, mount, space);
        process = state.processes.add({.user = user,
                                       .capabilities = capability::all,
                                       .space = space,
                                       .root = rootOf(state, mount),
                                       .cwd = rootOf(state, mount)});
    }
    Checked<void> perform(const Call &call) { return kernel::perform(state, process, call); }
};

/// All that the state says of its processes and mounts.
struct Picture {
    std::vector<std::vector<core::MountEntry>> tables;
    std::vector<Place> places;
    std::vector<std::uint32_t> flags;
    std::vector<bool> readOnly;
    bool operator==(const Picture &) const = default;
};

Picture pictureOf(const State &state)
{
    Picture picture;
    for (std::uint32_t i = 1; i < state.processes.end(); ++i) {
        const Process &process = state.processes[ProcessId{i}];
        picture.tables.push_back(tableOf(state, ProcessId{i}));
        picture.places.push_back(process.root);
        picture.places.push_back(process.cwd);
        for (const auto &[number, descriptor] : process.descriptors)
            picture.places.push_back(descriptor.place);
    }
    for (std::uint32_t i = 1; i < state.mounts.end(); ++i)
        picture.flags.push_back(state.mounts[MountId{i}].flags);
    for (std::uint32_t i = 1; i < state.superblocks.end(); ++i)
        picture.readOnly.push_back(state.superblocks[SuperblockId{i}].readOnly);
    return picture;
}

/// Empty where the call is refused for this cause and nothing has changed.
QByteArray refused(State &state, ProcessId process, const Call &call, Cause cause, int errnum)
{
    const Picture before = pictureOf(state);
    const Checked<void> outcome = kernel::perform(state, process, call);
    if (outcome)
        return "it was done";
    if (outcome.error().cause != cause)
        return QByteArray("refused for another cause: ") + textOf(outcome.error().cause).word;
    if (outcome.error().errnum() != errnum)
        return "another errno: " + QByteArray::number(outcome.error().errnum());
    return pictureOf(state) == before ? QByteArray() : QByteArray("the state has changed");
}

} // namespace

class TestModelAlone : public QObject {
    Q_OBJECT
private slots:
    void tooManyMounts();
    void tooManyCopies();
    void namespaceRoot();
    void moveDetachedRoot();
    void pivotRootNotAttached();
    void pivotNewRootNotAttached();
    void refusalChangesNothing_data();
    void refusalChangesNothing();
    void copiesAreApart();
};

#define QREFUSED(state, process, call, cause, errnum)                                                                  \
    do {                                                                                                               \
        const QByteArray wrong = refused(state, process, call, cause, errnum);                                         \
        QVERIFY2(wrong.isEmpty(), wrong.constData());                                                                  \
    } while (false)

void TestModelAlone::tooManyMounts()
{
    Bottom bottom;
    bottom.state.mountLimit = 3;
    QVERIFY(bottom.perform(tmpfs("/a", "second")));
    QVERIFY(bottom.perform(tmpfs("/b", "third")));
    QREFUSED(bottom.state, bottom.process, tmpfs("/b", "fourth"), Cause::TooManyMounts, ENOSPC);
    QREFUSED(bottom.state, bottom.process, bind("/a", "/b"), Cause::TooManyMounts, ENOSPC);
    QVERIFY(bottom.perform(unmount("/b")));
    QVERIFY(bottom.perform(bind("/a", "/b")));
}

/// What a mount passes on counts in the namespace that receives it; so does every mount of a tree.
void TestModelAlone::tooManyCopies()
{
    Bottom bottom;
    QVERIFY(bottom.perform(make("/", ms::shared)));
    QVERIFY(bottom.perform(CloneCall{{.mount = true}}));
    const ProcessId other{static_cast<std::uint32_t>(bottom.state.processes.end() - 1)};
    QVERIFY(perform(bottom.state, other, make("/", ms::slave)));
    QVERIFY(perform(bottom.state, other, tmpfs("/b", "own")));
    bottom.state.mountLimit = 2;
    QREFUSED(bottom.state, bottom.process, tmpfs("/a", "one"), Cause::TooManyMounts, ENOSPC);
    bottom.state.mountLimit = 3;
    QVERIFY(bottom.perform(tmpfs("/a", "one")));
    QREFUSED(bottom.state, bottom.process, bind("/", "/b", ms::recursive), Cause::TooManyMounts, ENOSPC);
    bottom.state.mountLimit = 5;
    QVERIFY(bottom.perform(bind("/", "/b", ms::recursive)));
}

void TestModelAlone::namespaceRoot()
{
    Bottom bottom;
    QREFUSED(bottom.state, bottom.process, detach("/"), Cause::NamespaceRoot, EINVAL);
    // Without MNT_DETACH one's own root becomes read-only instead.
    QVERIFY(bottom.perform(unmount("/")));
    QREFUSED(bottom.state, bottom.process, MkdirCall{"/new"}, Cause::ReadOnly, EROFS);
}

void TestModelAlone::moveDetachedRoot()
{
    Bottom bottom;
    QREFUSED(bottom.state, bottom.process, (MountCall{.source = "/", .target = "/a", .flags = ms::move}),
             Cause::MoveDetachedRoot, EINVAL);
    QREFUSED(bottom.state, bottom.process, (MoveMountCall{.from = {"/"}, .to = {"/a"}}), Cause::MoveDetachedRoot,
             EINVAL);
}

/// Why an initramfs is left by switch_root and not by pivot_root(2).
void TestModelAlone::pivotRootNotAttached()
{
    Bottom bottom;
    QVERIFY(bottom.perform(tmpfs("/a", "new")));
    QVERIFY(bottom.perform(MkdirCall{"/a/old"}));
    QREFUSED(bottom.state, bottom.process, (PivotRootCall{"/a", "/a/old"}), Cause::PivotRootNotAttached, EINVAL);
}

/// The bottom mount itself cannot become the new root.
void TestModelAlone::pivotNewRootNotAttached()
{
    Bottom bottom;
    QVERIFY(bottom.perform(tmpfs("/a", "jail")));
    QVERIFY(bottom.perform(ChrootCall{"/a"}));
    QREFUSED(bottom.state, bottom.process, (PivotRootCall{".", "b/old"}), Cause::PivotNewRootNotAttached, EINVAL);
}

void TestModelAlone::refusalChangesNothing_data()
{
    QTest::addColumn<bool>("userNamespace");
    QTest::addColumn<int>("lesson");
    for (const bool userNamespace : {false, true}) {
        const std::vector<Lesson> all = allLessons(userNamespace);
        for (std::size_t i = 0; i < all.size(); ++i)
            QTest::newRow((all[i].name() + (userNamespace ? " [user]" : " [root]")).c_str())
                << userNamespace << static_cast<int>(i);
    }
}

/// Every refusal of every lesson.
void TestModelAlone::refusalChangesNothing()
{
    QFETCH(bool, userNamespace);
    QFETCH(int, lesson);
    const std::vector<Lesson> all = allLessons(userNamespace);
    ModelWorld world = modelWorld(userNamespace);
    for (const Act &act : all[static_cast<std::size_t>(lesson)].acts()) {
        const Picture before = pictureOf(world.state);
        if (!perform(world, act))
            QVERIFY2(pictureOf(world.state) == before, describe(act.call).c_str());
    }
}

/// A state that was copied before stays as it was.
void TestModelAlone::copiesAreApart()
{
    Bottom bottom;
    const State before = bottom.state;
    const Picture picture = pictureOf(before);
    QVERIFY(bottom.perform(tmpfs("/a", "new")));
    QVERIFY(bottom.perform(make("/", ms::shared)));
    QVERIFY(bottom.perform(ChdirCall{"/a"}));
    QVERIFY(pictureOf(before) == picture);
    QVERIFY(pictureOf(bottom.state) != picture);
}

QTEST_APPLESS_MAIN(TestModelAlone)
#include "tst_model_alone.moc"
