// SPDX-License-Identifier: Apache-2.0
//
// The path walker on the scenes of a prediction.
#include "core/stage/path_walk.h"
#include "core/stage/walk_drawing.h"

#include "tests/stage/made_recording.h"

#include <QTest>
#include <set>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;
using pivotbench::core::kernel::HopReason;

namespace {

struct Telling {
    Prediction prediction;
    const Recording &recording;
    Story story;
    std::size_t frame = 0;

    Telling(const char *preset, std::string_view step)
        : prediction(
              predict(planOf(preset), someFacts(), machineWith(smallTable), "{}", TablesIn::EveryFrame, Machines::Kept))
        , recording(prediction.recording)
        , story(recording)
    {
        while (recording.frames[frame].initial || recording.header.plan.steps[recording.frames[frame].step].id != step)
            ++frame;
    }
    [[nodiscard]] const Moment &moment() const { return story.moments()[frame]; }
    /// As the prediction knows it.
    [[nodiscard]] PathWalk walk(std::string_view path) const
    {
        return walkPath({prediction.machines[frame], RowNumbers(), true}, moment(), path);
    }
    /// As the recording tells it.
    [[nodiscard]] PathWalk walkRecorded(std::string_view path) const
    {
        return walkPath(machineFromFrame(recording, frame), moment(), path);
    }
    [[nodiscard]] MountKey at(std::string_view mountPoint) const
    {
        for (const StoryMount &mount : moment().world(moment().side)->mounts)
            if (mount.visible && mount.row->mountPoint == mountPoint)
                return mount.key;
        return 0;
    }
};

QByteArray told(const PathWalk &walk)
{
    QByteArray text;
    for (const PathHop &hop : walk.hops)
        text += QByteArray::fromStdString(hop.path) + ' ';
    return text.trimmed();
}

} // namespace

class TestPathWalk : public QObject {
    Q_OBJECT

private slots:
    void acrossMounts()
    {
        const Telling telling("busybox", "hostname");
        const PathWalk walk = telling.walk(telling.recording.header.plan.newRoot + "/dev/pts");
        QVERIFY2(walk.end == PathWalk::End::Found, walk.outcome.c_str());
        QCOMPARE(walk.hops.front().mount, telling.at("/"));
        QCOMPARE(walk.hops.back().mount, telling.at(telling.recording.header.plan.newRoot + "/dev/pts"));
        QCOMPARE(walk.hops.back().reason, HopReason::EnteredMount);
        std::set<MountKey> crossed;
        for (const PathHop &hop : walk.hops)
            crossed.insert(hop.mount);
        QCOMPARE(crossed.size(), std::size_t{4}); // the host's root, the overlay, /dev, /dev/pts
    }

    /// After pivot_root(2) ".." at "/" stays, also from the old root's place.
    void neverAboveTheRoot()
    {
        const Telling telling("bare-pivot", "chdir-root");
        const PathWalk walk = telling.walk("/../../oldroot");
        QVERIFY2(walk.end == PathWalk::End::Found, walk.outcome.c_str());
        QCOMPARE(walk.hops[1].reason, HopReason::DotDotAtRoot);
        QCOMPARE(walk.hops.back().mount, telling.at("/oldroot"));
        QCOMPARE(told(telling.walk("/..")), QByteArray("/ /"));
    }

    /// In a chroot the walk begins at the jail, although the process' table shows nothing.
    void inAChroot()
    {
        const Telling telling("chroot-jail", "chroot");
        const PathWalk walk = telling.walk("/usr");
        QVERIFY2(walk.end == PathWalk::End::Found, walk.outcome.c_str());
        QCOMPARE(walk.hops.front().mount, telling.moment().root.mount);
        QVERIFY2(walk.hops.back().path.starts_with("/home/"), walk.hops.back().path.c_str());
        QCOMPARE(telling.walk("/..").hops.back().reason, HopReason::DotDotAtRoot);
    }

    void whatIsNotThere()
    {
        const Telling telling("bare-pivot", "chdir-root");
        const PathWalk absent = telling.walk("/upper/x"); // EverythingExists, but for this
        QCOMPARE(absent.end, PathWalk::End::Refused);
        QVERIFY2(absent.outcome.starts_with("ENOENT, No such file or directory") &&
                     absent.outcome.ends_with("(/upper)."),
                 absent.outcome.c_str());
        QCOMPARE(telling.walk("").end, PathWalk::End::Refused);
        QCOMPARE(telling.walk(std::string(5000, 'x')).end, PathWalk::End::Refused);
        QVERIFY(!telling.walk(std::string("/\xff\n") + '\0').outcome.empty());
    }

    /// Nobody recorded files: names are directories, and it is said.
    void aRecordingKnowsMountsOnly()
    {
        const Telling telling("bare-pivot", "chdir-root");
        const PathWalk walk = telling.walkRecorded("/upper/x");
        QCOMPARE(walk.end, PathWalk::End::Found);
        QVERIFY(walk.hops.back().assumed);
        QVERIFY2(walk.outcome.contains("mounts, not files"), walk.outcome.c_str());
        const PathWalk mount = telling.walkRecorded("/oldroot");
        QVERIFY(!mount.hops.back().assumed);
        QVERIFY2(!mount.outcome.contains("not files"), mount.outcome.c_str());
        QCOMPARE(mount.hops.back().mount, telling.walk("/oldroot").hops.back().mount);
    }

    /// Every preset, every step: what was kept and what the table tells lead across the same mounts.
    void keptAndRecordedAgreeOnMounts()
    {
        for (const char *preset : {"busybox", "bare-pivot", "chroot-jail"}) {
            Telling telling(preset, predicted(preset).header.plan.steps.front().id);
            for (telling.frame = 0; telling.frame < telling.recording.frames.size(); ++telling.frame)
                for (const char *path : {"/", "..", "/proc", "/dev/..", "."}) {
                    const PathWalk kept = telling.walk(path);
                    const PathWalk told = telling.walkRecorded(path);
                    QVERIFY(!kept.hops.empty() && !told.hops.empty());
                    QVERIFY(kept.hops.front().mount != 0);
                    QCOMPARE(told.hops.front().mount, kept.hops.front().mount);
                    if (kept.end == PathWalk::End::Found)
                        QCOMPARE(told.hops.back().mount, kept.hops.back().mount);
                }
        }
    }

    void overlaysNameTheLayer()
    {
        const Telling telling("busybox", "hostname");
        const std::string root = telling.recording.header.plan.newRoot;
        const PathWalk etc = telling.walk(root + "/etc");
        QCOMPARE(etc.end, PathWalk::End::Found);
        QCOMPARE(etc.hops.back().reason, HopReason::OverlayLayer);
        QVERIFY(etc.hops.back().layer);
        QVERIFY2(etc.hops.back().sentence.contains("layer"), etc.hops.back().sentence.c_str());
    }

    void overmountsAreSaid()
    {
        Recording recording;
        const auto rows =
            parseMountinfo(std::string(smallTable) + "30 20 0:40 / /mnt rw shared:9 - tmpfs first rw\n"
                                                     "31 30 0:41 / /mnt rw shared:10 - tmpfs second rw\n");
        recording.frames.push_back({.initial = true,
                                    .error = {},
                                    .root = {"/", 20},
                                    .cwd = {"/proc", 21},
                                    .namespaces = {},
                                    .table = std::make_shared<const MountTable>(std::vector<MountEntry>(*rows))});
        const Story story(recording);
        const PathWalk walk = walkPath(machineFromFrame(recording, 0), story.moments().front(), "../mnt/");
        QCOMPARE(told(walk), QByteArray("/proc / /mnt /mnt /mnt"));
        QCOMPARE(walk.hops[1].reason, HopReason::DotDotAtMount);
        QVERIFY2(walk.hops[3].sentence.contains("first"), walk.hops[3].sentence.c_str());
        QVERIFY2(walk.hops[4].sentence.starts_with("Another mount") && walk.hops[4].sentence.contains("second"),
                 walk.hops[4].sentence.c_str());
        QVERIFY(walk.hops[3].mount != walk.hops[4].mount);
    }

    void linksAndLongPathsAreBounded()
    {
        const Telling telling("bare-pivot", "chdir-root");
        std::string dots = "/";
        while (dots.size() < 4000)
            dots += "./";
        const PathWalk walk = telling.walk(dots);
        QCOMPARE(walk.hops.size(), mostHops);
        QVERIFY(walk.further > 1000);
        QCOMPARE(walk.end, PathWalk::End::Found);
    }

    void theDrawingFollowsTheWalk()
    {
        const Telling telling("busybox", "hostname");
        const Focus focus = focusOf(telling.story, telling.recording.header.plan);
        const Scene scene = makeScene(telling.recording, telling.moment(), nullptr, focus, {});
        const PathWalk walk = telling.walk(telling.recording.header.plan.newRoot + "/dev/pts");
        std::size_t most = 0;
        for (std::size_t hop = 0; hop < walk.hops.size(); ++hop) {
            const Drawing drawing = drawWalk(scene, telling.moment(), walk, hop);
            QVERIFY(!drawing.groups.empty());
            QVERIFY(drawing.groups.size() >= most); // it only grows, but for the ring of a layer
            most = drawing.groups.size() - 1;
            std::set<std::uint64_t> keys;
            for (const Group &group : drawing.groups)
                QVERIFY(keys.insert(group.key).second);
            QVERIFY(nodeOf(scene, telling.moment(), walk.hops[hop].mount) != nullptr);
        }
        QVERIFY(drawWalk(scene, telling.moment(), walk, walk.hops.size()).groups.empty());
        QVERIFY(drawWalk(scene, telling.moment(), {}, 0).groups.empty());
    }

    void anyRecording()
    {
        for (unsigned seed = 1; seed <= 40; ++seed) {
            const Recording recording = RandomRecording(seed, seed % 2 == 0).make(8, 15);
            const Story story(recording);
            for (const Moment &moment : story.moments())
                for (const char *path : {"/", "/m1/m2/../m3", "..", "/m0/./m4/m5/"})
                    QVERIFY(!walkPath(machineFromFrame(recording, moment.frame), moment, path).outcome.empty());
        }
    }
};

QTEST_GUILESS_MAIN(TestPathWalk)
#include "tst_path_walk.moc"
