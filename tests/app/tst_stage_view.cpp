// SPDX-License-Identifier: Apache-2.0
//
// The view and the timeline, used with keys, the mouse and a screen reader's questions.
#include "app/stage/node_words.h"
#include "app/stage/stage_player.h"
#include "app/stage/stage_view.h"
#include "app/stage/timeline.h"
#include "app/widgets/palette.h"
#include "core/stage/scene.h"
#include "tests/app/staged_samples.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <set>

using namespace pivotbench::app;
using namespace pivotbench::core::stage;
using namespace pivotbench::test;
using namespace pivotbench::tests;

namespace {

struct Stage {
    explicit Stage(Recording recording = predictedOnABusyHost("busybox"))
        : view(player)
        , timeline(player)
    {
        player.setReducedMotion(true);
        view.resize(1000, 600);
        timeline.resize(1000, timeline.sizeHint().height());
        view.show();
        timeline.show();
        player.setStaged(stagedOf(std::move(recording)));
    }

    const std::vector<SceneNode> &nodes() const { return player.scene()->nodes; }

    StagePlayer player{StagePlayer::Clock::Given};
    StageView view;
    Timeline timeline;
};

/// How many pixels are not the ground's.
int painted(const QImage &image, const QColor &ground)
{
    int count = 0;
    for (int y = 0; y < image.height(); y += 3)
        for (int x = 0; x < image.width(); x += 3)
            count += image.pixelColor(x, y) != ground ? 1 : 0;
    return count;
}

} // namespace

class TestStageView : public QObject {
    Q_OBJECT
private slots:
    void cleanup();
    void keysWalkEveryNode();
    void leftAndRightChangeTheWorld();
    void unfoldsByKeyAndByMouse();
    void aScreenReaderFindsEveryNode();
    void wordsForANode();
    void zooms();
    void whatIsNewComesIntoSight();
    void copiesTheMountPoint();
    void paintsInEveryPalette_data();
    void paintsInEveryPalette();
    void squeezesWideText();
    void hostileLabelsArePainted();
    void timelineByKeys();
    void timelineByMouse();
    void timelineSpeaks();
    void timelineHasAPlaceForEveryFrame();
};

void TestStageView::cleanup() { QApplication::setPalette(lightPalette()); }

void TestStageView::keysWalkEveryNode()
{
    Stage stage;
    stage.view.setFocus();
    for (std::size_t frame = 0; frame < stage.player.frameCount(); frame += 7) {
        stage.player.seek(frame);
        stage.view.select(stage.nodes().front().key);
        std::set<MountKey> seen{stage.view.selected()->key};
        for (std::size_t i = 1; i < stage.nodes().size(); ++i) {
            QTest::keyClick(&stage.view, Qt::Key_Down);
            seen.insert(stage.view.selected()->key);
            const QRect rect = stage.view.rectOf(*stage.view.selected());
            QVERIFY2(stage.view.viewport()->rect().intersects(rect), "walked out of sight");
        }
        QCOMPARE(seen.size(), stage.nodes().size());
        QTest::keyClick(&stage.view, Qt::Key_Down);
        QCOMPARE(stage.view.selected()->key, stage.nodes().back().key);
        QTest::keyClick(&stage.view, Qt::Key_Home);
        QCOMPARE(stage.view.selected()->key, stage.nodes().front().key);
        QTest::keyClick(&stage.view, Qt::Key_End);
        QTest::keyClick(&stage.view, Qt::Key_Up);
        QCOMPARE(stage.view.selected()->key, stage.nodes()[stage.nodes().size() - 2].key);
    }
}

void TestStageView::leftAndRightChangeTheWorld()
{
    Stage stage;
    QVERIFY(stage.player.seekStep("pivot-root"));
    stage.view.select(stage.nodes().front().key);
    QCOMPARE(stage.view.selected()->side, Side::Host);
    QTest::keyClick(&stage.view, Qt::Key_Left);
    QCOMPARE(stage.view.selected()->side, Side::Host);
    QTest::keyClick(&stage.view, Qt::Key_Right);
    QCOMPARE(stage.view.selected()->side, Side::Sandbox);
    QTest::keyClick(&stage.view, Qt::Key_Left);
    QCOMPARE(stage.view.selected()->side, Side::Host);
}

void TestStageView::unfoldsByKeyAndByMouse()
{
    Stage stage;
    const auto fold = [&] {
        const auto found = std::ranges::find(stage.nodes(), Form::Fold, &SceneNode::form);
        return found == stage.nodes().end() ? nullptr : &*found;
    };
    QVERIFY(fold());
    const MountKey owner = fold()->parent;
    const std::size_t before = stage.nodes().size();
    for (const int key : {Qt::Key_Return, Qt::Key_Space}) {
        while (fold() && fold()->parent == owner) { // what stands on hidden mounts takes a second press
            stage.view.select(fold()->key);
            QTest::keyClick(&stage.view, static_cast<Qt::Key>(key));
        }
        QVERIFY(stage.player.isUnfolded(owner));
        QVERIFY(stage.nodes().size() > before);
        QVERIFY(!stage.view.selected()); // it is gone
        stage.view.select(owner);
        QTest::keyClick(&stage.view, Qt::Key_Return);
        QVERIFY(!stage.player.isUnfolded(owner));
    }
    const QPoint middle = stage.view.rectOf(*fold()).center();
    QCOMPARE(stage.view.nodeAt(middle), fold());
    QTest::mouseDClick(stage.view.viewport(), Qt::LeftButton, {}, middle);
    QVERIFY(stage.player.isUnfolded(owner));
}

void TestStageView::aScreenReaderFindsEveryNode()
{
    Stage stage;
    QVERIFY(stage.player.seekStep("pivot-root"));
    QAccessibleInterface *view = QAccessible::queryAccessibleInterface(&stage.view);
    QVERIFY(view);
    QCOMPARE(view->role(), QAccessible::List);
    QCOMPARE(view->childCount(), static_cast<int>(stage.nodes().size()));
    for (int i = 0; i < view->childCount(); ++i) {
        const SceneNode &node = stage.nodes()[static_cast<std::size_t>(i)];
        QAccessibleInterface *child = view->child(i);
        QVERIFY(child && child->isValid());
        QCOMPARE(child->role(), QAccessible::ListItem);
        QCOMPARE(child->text(QAccessible::Name), spokenNode(node));
        QCOMPARE(view->indexOfChild(child), i);
        QCOMPARE(child->parent(), view);
        QVERIFY(!child->rect().isEmpty());
        stage.view.select(node.key);
        QVERIFY(child->state().selected);
        const QRect inside = stage.view.rectOf(node);
        const QPoint at = stage.view.viewport()->mapToGlobal(inside.center());
        if (stage.view.nodeAt(inside.center()) == &node)
            QCOMPARE(view->childAt(at.x(), at.y()), child);
    }
    // A node that is gone says nothing any more, and does not crash who still holds it.
    QAccessibleInterface *last = view->child(view->childCount() - 1);
    stage.player.seek(0);
    QVERIFY(!last->isValid());
    QCOMPARE(last->text(QAccessible::Name), QString());
    // A fold can be pressed.
    for (int i = 0; i < view->childCount(); ++i) {
        auto *action = view->child(i)->actionInterface();
        QVERIFY(action);
        if (!action->actionNames().contains(QAccessibleActionInterface::pressAction()))
            continue;
        const int before = view->childCount();
        action->doAction(QAccessibleActionInterface::pressAction());
        QVERIFY(view->childCount() > before);
        return;
    }
    QFAIL("no fold");
}

void TestStageView::wordsForANode()
{
    Stage stage;
    QVERIFY(stage.player.seekStep("mount:/proc"));
    const auto found =
        std::ranges::find_if(stage.nodes(), [](const SceneNode &node) { return node.mark == Mark::Added; });
    QVERIFY(found != stage.nodes().end());
    const QString spoken = spokenNode(*found);
    QVERIFY2(spoken.contains("/proc, proc, read-write, private") && spoken.endsWith("new in this step"),
             qPrintable(spoken));
    const QString details = nodeDetails(*found, mountOf(*stage.player.moment(), found->key));
    for (const char *word : {"Type: proc", "Options: ", "Propagation: private"})
        QVERIFY2(details.contains(word), qPrintable(details));
}

void TestStageView::zooms()
{
    Stage stage;
    stage.view.setFocus();
    const QRect before = stage.view.rectOf(stage.nodes().front());
    QTest::keyClick(&stage.view, Qt::Key_Plus, Qt::ControlModifier);
    QVERIFY(stage.view.rectOf(stage.nodes().front()).width() > before.width());
    QTest::keyClick(&stage.view, Qt::Key_Minus, Qt::ControlModifier);
    QTest::keyClick(&stage.view, Qt::Key_Minus, Qt::ControlModifier);
    QVERIFY(stage.view.rectOf(stage.nodes().front()).width() < before.width());
    QTest::keyClick(&stage.view, Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(stage.view.zoom(), 1.0);
    // What is under the pointer stays there.
    const QPoint at = before.center();
    QWheelEvent wheel(at, stage.view.viewport()->mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::ControlModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(stage.view.viewport(), &wheel);
    QVERIFY(stage.view.zoom() > 1.3);
    QVERIFY(stage.view.rectOf(stage.nodes().front()).contains(at));
    for (int i = 0; i < 60; ++i)
        stage.view.setZoom(stage.view.zoom() * 2);
    QVERIFY(stage.view.zoom() <= 6);
    stage.view.grab();
}

void TestStageView::whatIsNewComesIntoSight()
{
    Stage stage;
    stage.view.resize(900, 320);
    int looked = 0;
    for (std::size_t i = 0; i < stage.player.frameCount(); ++i) {
        stage.player.seek(i);
        bool any = false;
        bool seen = false;
        for (const SceneNode &node : stage.nodes()) {
            any = any || node.mark != Mark::None;
            seen =
                seen || (node.mark != Mark::None && stage.view.viewport()->rect().intersects(stage.view.rectOf(node)));
        }
        looked += any ? 1 : 0;
        QVERIFY2(!any || seen, qPrintable(QString::number(i)));
    }
    QVERIFY(looked > 10);
}

void TestStageView::copiesTheMountPoint()
{
    Stage stage;
    stage.view.select(stage.nodes().front().key);
    QContextMenuEvent asked(QContextMenuEvent::Keyboard, {}, stage.view.mapToGlobal(QPoint()));
    QApplication::sendEvent(&stage.view, &asked);
    auto *menu = stage.view.findChild<QMenu *>();
    QVERIFY(menu);
    for (QAction *action : menu->actions())
        if (action->text() == "Copy mount point")
            action->trigger();
    QCOMPARE(QApplication::clipboard()->text(), "/");
}

void TestStageView::paintsInEveryPalette_data()
{
    QTest::addColumn<bool>("dark");
    QTest::addColumn<double>("ratio");
    for (const double ratio : {1.0, 1.25, 1.5, 2.0}) {
        QTest::addRow("light, %d %%", static_cast<int>(ratio * 100)) << false << ratio;
        QTest::addRow("dark, %d %%", static_cast<int>(ratio * 100)) << true << ratio;
    }
}

void TestStageView::paintsInEveryPalette()
{
    QFETCH(bool, dark);
    QFETCH(double, ratio);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    Stage stage;
    QVERIFY(stage.player.seekStep("pivot-root"));
    QImage image((stage.view.size() * ratio), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    image.fill(Qt::magenta);
    stage.view.render(&image);
    const QColor ground = stage.view.palette().color(QPalette::Window);
    QCOMPARE(image.pixelColor(1, 1), ground);
    const int pixels = painted(image, ground);
    QVERIFY2(pixels > image.width() * image.height() / 9 / 3, qPrintable(QString::number(pixels)));
    QCOMPARE(painted(image, Qt::magenta), ((image.width() + 2) / 3) * ((image.height() + 2) / 3));
}

void TestStageView::squeezesWideText()
{
    StagePainter painter;
    QFont wide = QApplication::font();
    wide.setStretch(QFont::UltraExpanded);
    wide.setLetterSpacing(QFont::AbsoluteSpacing, 8);
    painter.setFont(wide);
    Drawing drawing{.view = {0, 0, 300, 40}};
    drawing.groups.push_back({.key = 1});
    drawing.groups.back().shapes.emplace_back(
        TextShape{.at = {10, 25}, .text = "a label that is far too wide", .size = 14, .width = 100});
    QImage image(300, 40, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    QPainter on(&image);
    painter.paint(on, drawing, 1, {}, QRectF(image.rect()));
    on.end();
    int right = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y) != Qt::white)
                right = std::max(right, x);
    QVERIFY2(right > 60 && right <= 112, qPrintable(QString::number(right)));
}

void TestStageView::hostileLabelsArePainted()
{
    for (unsigned seed = 0; seed < 8; ++seed) {
        Stage stage(RandomRecording(seed, true).make(10, 30));
        for (std::size_t i = 0; i < stage.player.frameCount(); ++i) {
            stage.player.seek(i);
            QVERIFY(!stage.view.grab().isNull());
            QVERIFY(!stage.timeline.grab().isNull());
            for (const SceneNode &node : stage.nodes()) {
                const QString spoken = spokenNode(node);
                QVERIFY(!spoken.contains('\n') && !spoken.contains(QChar(0x202e)));
                (void)nodeDetails(node, mountOf(*stage.player.moment(), node.key));
            }
        }
    }
}

void TestStageView::timelineByKeys()
{
    Stage stage;
    const std::size_t last = stage.player.frameCount() - 1;
    QTest::keyClick(&stage.timeline, Qt::Key_Right);
    QCOMPARE(stage.player.frame(), 1U);
    QTest::keyClick(&stage.timeline, Qt::Key_Left);
    QCOMPARE(stage.player.frame(), 0U);
    QTest::keyClick(&stage.timeline, Qt::Key_End);
    QCOMPARE(stage.player.frame(), last);
    QTest::keyClick(&stage.timeline, Qt::Key_PageUp);
    QVERIFY(stage.player.frame() < last);
    QTest::keyClick(&stage.timeline, Qt::Key_PageDown);
    QCOMPARE(stage.player.frame(), last);
    QTest::keyClick(&stage.timeline, Qt::Key_B);
    QVERIFY(stage.player.hasBreakpoint(*stepOf(*stage.player.staged()->recording, last)));
    QTest::keyClick(&stage.timeline, Qt::Key_Home);
    QCOMPARE(stage.player.frame(), 0U);
}

void TestStageView::timelineByMouse()
{
    Stage stage;
    for (const std::size_t frame : {std::size_t{3}, stage.player.frameCount() - 1, std::size_t{0}}) {
        QTest::mouseClick(&stage.timeline, Qt::LeftButton, {}, stage.timeline.placeOf(frame).toPoint());
        QCOMPARE(stage.player.frame(), frame);
    }
    // Scrubbing visits all of them, in order.
    std::vector<std::size_t> seen;
    connect(&stage.player, &StagePlayer::frameChanged, &stage.timeline, [&] { seen.push_back(stage.player.frame()); });
    QTest::mousePress(&stage.timeline, Qt::LeftButton, {}, {0, 20});
    for (int x = 0; x < stage.timeline.width(); ++x) {
        QMouseEvent move(QEvent::MouseMove, QPointF(x, 20), QPointF(x, 20), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(&stage.timeline, &move);
    }
    QTest::mouseRelease(&stage.timeline, Qt::LeftButton, {}, {stage.timeline.width() - 1, 20});
    QCOMPARE(seen.size(), stage.player.frameCount() - 1);
    QVERIFY(std::ranges::is_sorted(seen));
}

void TestStageView::timelineSpeaks()
{
    Stage stage(predicted("bare-pivot"));
    QAccessibleInterface *slider = QAccessible::queryAccessibleInterface(&stage.timeline);
    QVERIFY(slider);
    QCOMPARE(slider->role(), QAccessible::Slider);
    QCOMPARE(slider->text(QAccessible::Name), "Steps");
    QVERIFY(stage.player.seekStep("pivot-root"));
    const std::size_t step = stage.player.staged()->recording->frames[stage.player.frame()].step + 1;
    QCOMPARE(slider->text(QAccessible::Value), QString("step %1 of %2, Switch to the new root")
                                                   .arg(step)
                                                   .arg(stage.player.staged()->recording->header.plan.steps.size()));
    QAccessibleValueInterface *value = slider->valueInterface();
    QVERIFY(value);
    QCOMPARE(value->currentValue().toInt(), static_cast<int>(stage.player.frame()));
    value->setCurrentValue(2);
    QCOMPARE(stage.player.frame(), 2U);
    QCOMPARE(value->maximumValue().toInt(), static_cast<int>(stage.player.frameCount()) - 1);
}

void TestStageView::timelineHasAPlaceForEveryFrame()
{
    for (const int width : {200, 600, 1600}) {
        Stage stage;
        stage.timeline.resize(width, stage.timeline.height());
        double last = -1;
        for (std::size_t i = 0; i < stage.player.frameCount(); ++i) {
            const double x = stage.timeline.placeOf(i).x();
            QVERIFY(x > last && x < width);
            QCOMPARE(stage.timeline.frameAt(x), i);
            last = x;
        }
        QVERIFY(!stage.timeline.grab().isNull());
    }
}

QTEST_MAIN(TestStageView)
#include "tst_stage_view.moc"
