// SPDX-License-Identifier: Apache-2.0
//
// Where things stand: the scenes of presets as text (tests/stage/golden; PIVOTBENCH_UPDATE_GOLDEN=1 writes them anew),
// and what holds for the scenes of any recording.
#include "core/stage/label.h"
#include "core/stage/scene.h"

#include "tests/stage/made_recording.h"

#include <QFile>
#include <QTest>
#include <cmath>
#include <set>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;

namespace {

std::vector<Scene> scenesOf(const Recording &recording, double width = 1000)
{
    const Story story(recording);
    const Focus focus = focusOf(story, recording.header.plan);
    std::vector<Scene> scenes;
    for (std::size_t i = 0; i < story.moments().size(); ++i)
        scenes.push_back(makeScene(recording, story.moments()[i], i == 0 ? nullptr : &story.moments()[i - 1], focus,
                                   {.width = width}));
    return scenes;
}

/// Every scene that differs from the one before.
std::string storyText(const Recording &recording)
{
    std::string text;
    std::string last;
    const std::vector<Scene> scenes = scenesOf(recording);
    for (std::size_t i = 0; i < scenes.size(); ++i) {
        const Frame &frame = recording.frames[i];
        const std::string scene = sceneText(scenes[i]);
        if (scene != last)
            text += fmt::format("== {}{}\n{}", frame.initial ? "before" : recording.header.plan.steps[frame.step].id,
                                frame.error ? ", failed" : "", scene);
        last = scene;
    }
    return text;
}

bool overlap(const Rect &a, const Rect &b)
{
    return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

bool within(const Rect &inner, const Rect &outer)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.right() <= outer.right() &&
           inner.bottom() <= outer.bottom();
}

} // namespace

class TestScene : public QObject {
    Q_OBJECT

private slots:
    void golden_data()
    {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<bool>("sharedRoot");
        for (const Preset &preset : presets())
            QTest::newRow(preset.id.c_str()) << QString::fromStdString(preset.id) << false;
        QTest::newRow("bare-pivot-shared") << "bare-pivot" << true; // pivot_root fails
    }
    void golden()
    {
        QFETCH(QString, preset);
        QFETCH(bool, sharedRoot);
        const Recording recording = predicted(preset.toUtf8().constData(), [&](SandboxSpec &spec) {
            if (sharedRoot)
                spec.root.propagation = RootPropagation::Shared;
        });
        QCOMPARE(recording.frames.back().error.has_value(), sharedRoot);
        const QByteArray text = QByteArray::fromStdString(storyText(recording));
        QFile file(QFINDTESTDATA("golden") + '/' + QTest::currentDataTag() + ".txt");
        if (qEnvironmentVariableIsSet("PIVOTBENCH_UPDATE_GOLDEN")) {
            QVERIFY(file.open(QFile::WriteOnly));
            file.write(text);
            return;
        }
        QVERIFY(file.open(QFile::ReadOnly));
        const QByteArray expected = file.readAll();
        const QList<QByteArray> lines = text.split('\n');
        const QList<QByteArray> wanted = expected.split('\n');
        for (qsizetype i = 0; i < std::min(lines.size(), wanted.size()); ++i)
            QVERIFY2(lines[i] == wanted[i],
                     QByteArray("line " + QByteArray::number(i + 1) + ": " + lines[i] + "\nexpected: " + wanted[i])
                         .constData());
        QCOMPARE(lines.size(), wanted.size());
    }

    void anyRecording_data()
    {
        QTest::addColumn<bool>("hostile");
        QTest::addColumn<double>("width");
        QTest::newRow("random, narrow") << false << 100.0;
        QTest::newRow("random") << false << 1000.0;
        QTest::newRow("hostile") << true << 1000.0;
        QTest::newRow("hostile, wide") << true << 2500.0;
    }
    void anyRecording()
    {
        QFETCH(bool, hostile);
        QFETCH(double, width);
        for (unsigned seed = 1; seed <= 60; ++seed) {
            const Recording recording = RandomRecording(seed, hostile).make(20, seed % 3 == 0 ? 60 : 12);
            const Story story(recording);
            const Focus focus = focusOf(story, recording.header.plan);
            for (std::size_t i = 0; i < story.moments().size(); ++i) {
                const Moment &moment = story.moments()[i];
                const Scene scene =
                    makeScene(recording, moment, i == 0 ? nullptr : &story.moments()[i - 1], focus, {.width = width});
                for (const Side side : {Side::Host, Side::Sandbox})
                    checkMounts(scene, side, moment.world(side));
                checkPlaces(scene);
                checkTies(scene);
                if (QTest::currentTestFailed())
                    QFAIL(fmt::format("seed {}, frame {}", seed, i).c_str());
            }
        }
    }

    /// A chain of mounts each on the next, and very many beside each other: still within the bounds, and none is lost.
    void extremes()
    {
        for (const bool chain : {true, false}) {
            std::vector<MountEntry> rows;
            for (std::uint64_t i = 1; i <= 5000; ++i) {
                MountEntry row{.id = i,
                               .parentId = chain ? i - 1 : i * 1000000,
                               .root = "/",
                               .mountPoint = fmt::format("/{}", i),
                               .options = "rw",
                               .unknownTags = {},
                               .type = "tmpfs",
                               .source = "x",
                               .superOptions = "rw"};
                rows.push_back(std::move(row));
            }
            Recording recording;
            Frame frame{.initial = true,
                        .error = {},
                        .root = {},
                        .cwd = {},
                        .namespaces = {},
                        .table = std::make_shared<const MountTable>(std::move(rows))};
            frame.cwd = {"/4990", 4990};
            recording.frames = {frame};
            const std::vector<Scene> scenes = scenesOf(recording);
            const Story story(recording);
            checkMounts(scenes[0], Side::Host, story.moments()[0].host.get());
            checkPlaces(scenes[0]);
            checkTies(scenes[0]);
            QVERIFY(scenes[0].token.cwd.node != 0);
        }
    }

    void noFrameAtAll()
    {
        Recording recording;
        QVERIFY(scenesOf(recording).empty());
        recording.frames.push_back(
            {.error = {}, .root = {}, .cwd = {}, .namespaces = {}, .table = std::make_shared<const MountTable>()});
        QCOMPARE(scenesOf(recording).size(), std::size_t{1});
    }

private:
    /// Each mount stands there once, or is counted in a fold.
    static void checkMounts(const Scene &scene, Side side, const World *world)
    {
        std::set<MountKey> keys;
        std::size_t folded = 0;
        for (const SceneNode &node : scene.nodes) {
            if (node.side != side)
                continue;
            QVERIFY(keys.insert(node.key).second);
            folded += node.folded;
        }
        const std::size_t folds = static_cast<std::size_t>(std::ranges::count_if(
            scene.nodes, [&](const SceneNode &node) { return node.side == side && node.form == Form::Fold; }));
        QCOMPARE(keys.size() - folds + folded, world == nullptr ? std::size_t{0} : world->mounts.size());
        if (world != nullptr)
            for (const StoryMount &mount : world->mounts)
                if (const SceneNode *node = scene.find(mount.key))
                    QCOMPARE(node->parent, mount.parent);
    }

    /// Nothing lies on another, nothing outside, no label is wider than its room.
    static void checkPlaces(const Scene &scene)
    {
        for (const ScenePanel &panel : scene.panels)
            QVERIFY(within(panel.box, scene.bounds));
        for (std::size_t i = 0; i < scene.nodes.size(); ++i) {
            const SceneNode &node = scene.nodes[i];
            QVERIFY(node.box.width > 0 && std::isfinite(node.box.x) && std::isfinite(node.box.y));
            QVERIFY(within(node.box, scene.panels[static_cast<std::size_t>(node.side)].box));
            if (i > 0 && i < 200)
                for (std::size_t other = 0; other < i; ++other)
                    QVERIFY(!overlap(node.box, scene.nodes[other].box));
            QVERIFY(!overlap(node.box, scene.token.box));
            const double size = node.form == Form::Card ? 13 : 11;
            QVERIFY(labelWidth(node.name, size, node.form != Form::Chip) <= node.box.width);
            QVERIFY(labelWidth(node.detail, 11) <= node.box.width);
            for (const Plate &plate : node.plates)
                QVERIFY(within(plate.box, node.box) && labelWidth(plate.label, 11) <= plate.box.width);
        }
        for (const ScenePin *pin : {&scene.token.root, &scene.token.cwd}) {
            const SceneNode *node = scene.find(pin->node);
            QVERIFY(pin->node == 0 || node != nullptr);
            QVERIFY(pin->box.width <= 0 || within(pin->box, node->box));
        }
        QVERIFY(scene.token.root.box.width <= 0 || scene.token.cwd.box.width <= 0 ||
                !overlap(scene.token.root.box, scene.token.cwd.box));
    }

    static void checkTies(const Scene &scene)
    {
        for (const SceneArc &arc : scene.arcs) {
            const SceneNode *from = scene.find(arc.from);
            const SceneNode *to = scene.find(arc.to);
            QVERIFY(from != nullptr && to != nullptr);
            QCOMPARE(from->peerGroup, arc.group);
            QCOMPARE(arc.slave ? to->master : to->peerGroup, arc.group);
        }
        for (const SceneNode &node : scene.nodes)
            QVERIFY(node.origin == 0 || scene.find(node.origin) != nullptr);
    }
};

QTEST_GUILESS_MAIN(TestScene)
#include "tst_scene.moc"
