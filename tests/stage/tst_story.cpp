// SPDX-License-Identifier: Apache-2.0
//
// Who is who through a recording: of presets, and of random tables.
#include "core/stage/story.h"

#include "tests/stage/made_recording.h"

#include <QTest>
#include <map>
#include <set>
#include <unordered_map>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;

namespace {

const StoryMount *at(const World &world, std::string_view mountPoint)
{
    const auto found = std::ranges::find(
        world.mounts, mountPoint, [](const StoryMount &mount) -> const std::string & { return mount.row->mountPoint; });
    return found == world.mounts.end() ? nullptr : &*found;
}

std::size_t frameOf(const Recording &recording, std::string_view step)
{
    for (std::size_t i = 0; i < recording.frames.size(); ++i)
        if (!recording.frames[i].initial && recording.header.plan.steps[recording.frames[i].step].id == step)
            return i;
    qFatal("no such step");
}

} // namespace

class TestStory : public QObject {
    Q_OBJECT

private slots:
    /// unshare(2) leaves the host's mounts alone; each of the copies knows its twin.
    void unshareCopiesTheTree()
    {
        const Recording recording = predicted("bare-pivot");
        const Story story(recording);
        const std::size_t frame = frameOf(recording, "unshare");
        const Moment &before = story.moments()[frame - 1];
        const Moment &after = story.moments()[frame];
        QVERIFY(!before.sandbox);
        QCOMPARE(before.side, Side::Host);
        QCOMPARE(after.side, Side::Sandbox);
        QCOMPARE(after.host, before.host);
        QCOMPARE(after.sandbox->mounts.size(), std::size_t{4});
        for (const StoryMount &copy : after.sandbox->mounts) {
            const StoryMount *twin = at(*after.host, copy.row->mountPoint);
            QVERIFY(twin != nullptr);
            QCOMPARE(copy.origin, twin->key);
            QVERIFY(copy.key != twin->key);
        }
        QCOMPARE(after.root.mount, at(*after.sandbox, "/")->key);
    }

    /// pivot_root(2): the same two mounts have changed places.
    void pivotRootKeepsWhoIsWho()
    {
        const Recording recording = predicted("bare-pivot");
        const Story story(recording);
        const std::size_t frame = frameOf(recording, "pivot-root");
        const World &before = *story.moments()[frame - 1].sandbox;
        const World &after = *story.moments()[frame].sandbox;
        const StoryMount *newRoot = at(before, recording.header.plan.newRoot);
        const StoryMount *oldRoot = at(before, "/");
        QVERIFY(newRoot != nullptr && oldRoot != nullptr);
        QCOMPARE(newRoot->parent, oldRoot->key);
        QCOMPARE(at(after, "/")->key, newRoot->key);
        QCOMPARE(at(after, "/oldroot")->key, oldRoot->key);
        QCOMPARE(at(after, "/oldroot")->parent, newRoot->key);
        QCOMPARE(story.moments()[frame].root.mount, newRoot->key);
        const std::size_t detached = frameOf(recording, "detach-old-root");
        QCOMPARE(story.moments()[detached].sandbox->mounts.size(), std::size_t{1});
    }

    /// chroot(2) unmounts nothing, although nothing is left in the table of the process.
    void chrootTakesNothingAway()
    {
        const Recording recording = predicted("chroot-jail");
        const Story story(recording);
        const std::size_t frame = frameOf(recording, "chroot");
        QVERIFY(recording.frames[frame].table->size() == 0);
        const Moment &after = story.moments()[frame];
        QCOMPARE(after.side, Side::Host);
        QCOMPARE(after.host->mounts.size(), std::size_t{4});
        for (const StoryMount &mount : after.host->mounts)
            QCOMPARE(mount.outside, mount.row->mountPoint != "/");
        QCOMPARE(after.root.mount, at(*after.host, "/")->key);
        QVERIFY(after.root.path.size() > 1);
    }

    /// A bind mount comes from the mount that its source lies on.
    void aBindKnowsItsOrigin()
    {
        const Recording recording = predicted("busybox");
        const Story story(recording);
        const std::size_t frame = frameOf(recording, "bind:/dev/null");
        const World &world = *story.moments()[frame].sandbox;
        const StoryMount *null = at(world, recording.header.plan.newRoot + "/dev/null");
        QVERIFY(null != nullptr);
        QCOMPARE(null->origin, at(world, "/dev")->key);
    }

    void aStoryThatGrowsIsTheSame()
    {
        const Recording whole = predicted("busybox");
        Recording part = whole;
        part.frames.clear();
        Story growing;
        growing.append(part);
        QVERIFY(growing.moments().empty());
        for (const Frame &frame : whole.frames) {
            part.frames.push_back(frame);
            growing.append(part);
        }
        const Story story(whole);
        QCOMPARE(growing.moments().size(), story.moments().size());
        for (std::size_t i = 0; i < story.moments().size(); ++i) {
            QVERIFY(*growing.moments()[i].host == *story.moments()[i].host);
            QCOMPARE(growing.moments()[i].cwd, story.moments()[i].cwd);
        }
    }

    void anyRecording_data()
    {
        QTest::addColumn<bool>("hostile");
        QTest::newRow("random") << false;
        QTest::newRow("hostile") << true;
    }
    void anyRecording()
    {
        QFETCH(bool, hostile);
        for (unsigned seed = 1; seed <= 150; ++seed) {
            const Recording recording = RandomRecording(seed, hostile).make(25, 12);
            const Story story(recording);
            QCOMPARE(story.moments().size(), recording.frames.size());
            bool jailed = false;
            for (std::size_t i = 0; i < story.moments().size(); ++i) {
                const Moment &moment = story.moments()[i];
                const Frame &frame = recording.frames[i];
                const World &world = *moment.world(moment.side);
                std::set<MountKey> keys;
                for (const StoryMount &mount : world.mounts) {
                    QVERIFY(mount.parent == 0 || keys.contains(mount.parent)); // parents first, so no circle
                    QVERIFY(keys.insert(mount.key).second);
                }
                jailed = jailed || (frame.step == 2 && !frame.initial);
                if (!jailed) {
                    QCOMPARE(world.mounts.size(), frame.table->size());
                    checkParents(*frame.table, world);
                }
                if (i > 0 && !hostile)
                    checkIdentity(story.moments()[i - 1], moment);
                if (QTest::currentTestFailed())
                    QFAIL(fmt::format("seed {}, frame {}", seed, i).c_str());
            }
        }
    }

private:
    /// Parents and children are those of the table.
    static void checkParents(const MountTable &table, const World &world)
    {
        std::multiset<std::pair<std::string, std::string>> expected;
        for (std::size_t i = 0; i < table.size(); ++i) {
            const std::size_t parent = table.parentOf(i);
            expected.emplace(formatMountinfoLine(table.entries()[i]),
                             parent == MountTable::none ? "" : formatMountinfoLine(table.entries()[parent]));
        }
        std::unordered_map<MountKey, const MountEntry *> rows;
        for (const StoryMount &mount : world.mounts)
            rows.emplace(mount.key, mount.row.get());
        std::multiset<std::pair<std::string, std::string>> found;
        for (const StoryMount &mount : world.mounts)
            found.emplace(formatMountinfoLine(*mount.row),
                          mount.parent == 0 ? "" : formatMountinfoLine(*rows.at(mount.parent)));
        QVERIFY(expected == found);
    }

    /// While the namespace stays, a row keeps its key, and no key goes to another.
    static void checkIdentity(const Moment &before, const Moment &after)
    {
        const World *from = before.world(after.side);
        const World &to = *after.world(after.side);
        if (from == nullptr || from->number != to.number)
            return;
        std::map<std::uint64_t, MountKey> keys;
        for (const StoryMount &mount : from->mounts)
            keys.emplace(mount.row->id, mount.key);
        for (const StoryMount &mount : to.mounts)
            if (const auto known = keys.find(mount.row->id); known != keys.end())
                QCOMPARE(mount.key, known->second);
    }
};

QTEST_GUILESS_MAIN(TestStory)
#include "tst_story.moc"
