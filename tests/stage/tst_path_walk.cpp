// SPDX-License-Identifier: Apache-2.0
//
// The path walker on the scenes of a prediction.
#include "core/stage/path_walk.h"

#include "tests/stage/made_recording.h"

#include <QTest>
#include <set>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;
using pivotbench::core::kernel::HopReason;

namespace {

struct Telling {
    Recording recording;
    Story story;
    std::size_t frame = 0;

    Telling(const char *preset, std::string_view step)
        : recording(predicted(preset))
        , story(recording)
    {
        while (recording.frames[frame].initial || recording.header.plan.steps[recording.frames[frame].step].id != step)
            ++frame;
    }
    [[nodiscard]] const Moment &moment() const { return story.moments()[frame]; }
    [[nodiscard]] PathWalk walk(std::string_view path) const
    {
        return walkPath(recording, moment(), path, std::make_shared<const EverythingExists>(true));
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
        QVERIFY2(walk.found, walk.outcome.c_str());
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
        QVERIFY(walk.found);
        QCOMPARE(walk.hops[1].reason, HopReason::DotDotAtRoot);
        QCOMPARE(walk.hops.back().mount, telling.at("/oldroot"));
        QCOMPARE(told(telling.walk("/..")), QByteArray("/ /"));
    }

    /// In a chroot the walk begins at the jail, although the process' table shows nothing.
    void inAChroot()
    {
        const Telling telling("chroot-jail", "chroot");
        const PathWalk walk = telling.walk("/usr");
        QVERIFY2(walk.found, walk.outcome.c_str());
        QCOMPARE(walk.hops.front().mount, telling.moment().root.mount);
        QVERIFY2(walk.hops.back().path.starts_with("/home/"), walk.hops.back().path.c_str());
        QCOMPARE(telling.walk("/..").hops.back().reason, HopReason::DotDotAtRoot);
    }

    void whatIsNotThere()
    {
        const Telling telling("bare-pivot", "chdir-root");
        const PathWalk walk = telling.walk("/upper/x"); // "upper" is what EverythingExists made
        QVERIFY(walk.found);
        const PathWalk broken = telling.walk("");
        QVERIFY(!broken.found);
        QVERIFY2(QByteArray::fromStdString(broken.outcome).contains("No such file"), broken.outcome.c_str());
        QVERIFY(!telling.walk(std::string(5000, 'x')).found);
        QVERIFY(!telling.walk(std::string("/\xff\n") + '\0').outcome.empty());
    }

    void anyRecording()
    {
        for (unsigned seed = 1; seed <= 40; ++seed) {
            const Recording recording = RandomRecording(seed, seed % 2 == 0).make(8, 15);
            const Story story(recording);
            for (const Moment &moment : story.moments())
                for (const char *path : {"/", "/m1/m2/../m3", "..", "/m0/./m4/m5/"})
                    QVERIFY(!walkPath(recording, moment, path, std::make_shared<const EverythingExists>(true))
                                 .outcome.empty());
        }
    }
};

QTEST_GUILESS_MAIN(TestPathWalk)
#include "tst_path_walk.moc"
