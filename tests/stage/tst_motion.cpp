// SPDX-License-Identifier: Apache-2.0
//
// From one drawing to the next.
#include "core/stage/drawing.h"

#include "tests/stage/made_recording.h"

#include <QTest>
#include <cmath>
#include <set>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;

namespace {

std::vector<Drawing> drawingsOf(const Recording &recording)
{
    const Story story(recording);
    const Focus focus = focusOf(story, recording.header.plan);
    std::vector<Drawing> drawings;
    for (std::size_t i = 0; i < story.moments().size(); ++i)
        drawings.push_back(
            draw(makeScene(recording, story.moments()[i], i == 0 ? nullptr : &story.moments()[i - 1], focus, {})));
    return drawings;
}

Group dot(std::uint64_t key, Point at)
{
    Group group{.key = key, .at = at};
    group.shapes.emplace_back(BoxShape{.rect = {0, 0, 10, 10}});
    return group;
}

} // namespace

class TestMotion : public QObject {
    Q_OBJECT

private slots:
    void whatStaysMoves()
    {
        const Drawing from{.view = {}, .groups = {dot(1, {0, 0})}};
        const Drawing to{.view = {}, .groups = {dot(1, {100, 50})}};
        const Drawing half = blend(from, to, 0.485); // the middle of the time in which things move
        QCOMPARE(half.groups.size(), std::size_t{1});
        QVERIFY(std::abs(half.groups[0].at.x - 50) < 1e-6 && std::abs(half.groups[0].at.y - 25) < 1e-6);
        double last = 0;
        for (double part = 0; part <= 1; part += 0.01) {
            const double x = blend(from, to, part).groups[0].at.x;
            QVERIFY(x >= last && x <= 100);
            last = x;
        }
    }

    void whatLeavesSinksAndFades()
    {
        Group leaving = dot(1, {0, 0});
        leaving.departure = {0, 70};
        const Drawing from{.view = {}, .groups = {leaving}};

        const Drawing early = blend(from, {}, 0.25);
        QVERIFY(early.groups[0].opacity < 1 && early.groups[0].opacity > 0 && early.groups[0].at.y > 0);
        QVERIFY(blend(from, {}, 0.5).groups.empty());
    }

    void whatComes()
    {
        Group coming = dot(1, {100, 0});
        coming.arrival = {-100, 0};
        Drawing to{.view = {}, .groups = {coming}};
        QCOMPARE(blend({}, to, 0.3).groups[0].opacity, 0.0); // not yet
        to.groups[0].arrivesSeen = true;
        const Drawing way = blend({}, to, 0.3);
        QCOMPARE(way.groups[0].opacity, 1.0); // seen on its way
        QVERIFY(way.groups[0].at.x > 0 && way.groups[0].at.x < 100);
    }

    /// A text that becomes another one: both for a moment, the new one on top.
    void whatLooksOtherwiseFadesOver()
    {
        Group a = dot(1, {0, 0});
        Group b = a;
        a.shapes.emplace_back(TextShape{.text = "rw"});
        b.shapes.emplace_back(TextShape{.text = "ro"});
        const Drawing half = blend({.view = {}, .groups = {a}}, {.view = {}, .groups = {b}}, 0.5);
        QCOMPARE(half.groups.size(), std::size_t{2});
        QCOMPARE(half.groups[1].key, std::uint64_t{1});
        QVERIFY(half.groups[1].opacity > 0);
    }

    void anyRecording()
    {
        for (unsigned seed = 1; seed <= 30; ++seed) {
            const std::vector<Drawing> drawings = drawingsOf(RandomRecording(seed, seed % 2 == 0).make(12, 20));
            for (std::size_t i = 1; i < drawings.size(); ++i) {
                QVERIFY(blend(drawings[i - 1], drawings[i], 0) == drawings[i - 1]);
                QVERIFY(blend(drawings[i - 1], drawings[i], 1) == drawings[i]);
                for (const double part : {0.01, 0.3, 0.5, 0.7, 0.99}) {
                    std::set<std::uint64_t> keys;
                    for (const Group &group : blend(drawings[i - 1], drawings[i], part).groups) {
                        QVERIFY(keys.insert(group.key).second);
                        QVERIFY(std::isfinite(group.at.x) && std::isfinite(group.at.y));
                        QVERIFY(group.opacity >= 0 && group.opacity <= 1);
                    }
                }
            }
        }
    }

    /// Every node is a group of its own, whose key it keeps.
    void nodesAreGroups()
    {
        const std::vector<Drawing> drawings = drawingsOf(predicted("bare-pivot"));
        std::map<MountKey, std::uint64_t> keys;
        for (const Drawing &drawing : drawings)
            for (const Group &group : drawing.groups)
                if (group.node != 0)
                    QCOMPARE(keys.emplace(group.node, group.key).first->second, group.key);
        QVERIFY(keys.size() >= 9);
    }
};

QTEST_GUILESS_MAIN(TestMotion)
#include "tst_motion.moc"
