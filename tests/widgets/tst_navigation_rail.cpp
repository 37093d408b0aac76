// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/navigation_rail.h"
#include "checks.h"

#include <QAbstractButton>
#include <QAction>
#include <QBoxLayout>
#include <QLineEdit>
#include <QSignalSpy>

using namespace pivotbench::app;

namespace {

struct Window {
    QWidget window;
    NavigationRail *rail = new NavigationRail;
    QLineEdit *edit = new QLineEdit;

    Window()
    {
        auto *layout = new QHBoxLayout(&window);
        layout->addWidget(rail);
        layout->addWidget(edit);
        rail->addPlace(Icon::Compose, "Compose", "What will my sandbox see?");
        rail->addPlace(Icon::Stage, "Stage");
        rail->addPlace(Icon::Run, "Run");
        rail->addPlace(Icon::Mounts, "Mounts");
        rail->addPlace(Icon::Learn, "Learn");
        window.resize(400, 500);
    }

    QAbstractButton *place(int index) const { return rail->findChildren<QAbstractButton *>().at(index); }
};

} // namespace

class TestNavigationRail : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { look(Theme::Light); }

    void theFirstPlaceIsCurrent()
    {
        const Window window;
        QCOMPARE(window.rail->count(), 5);
        QCOMPARE(window.rail->current(), 0);
        QVERIFY(window.place(0)->isChecked());
    }

    void aClickGoesThere()
    {
        Window window;
        QVERIFY(showActive(window.window));
        const QSignalSpy changed(window.rail, &NavigationRail::currentChanged);
        QTest::mouseClick(window.place(3), Qt::LeftButton);
        QCOMPARE(window.rail->current(), 3);
        QCOMPARE(changed.size(), 1);
        // Again: it stays, and says nothing.
        QTest::mouseClick(window.place(3), Qt::LeftButton);
        QVERIFY(window.place(3)->isChecked());
        QVERIFY(!window.place(0)->isChecked());
        QCOMPARE(changed.size(), 1);
    }

    void arrowsGoRound()
    {
        Window window;
        QVERIFY(showActive(window.window));
        window.place(0)->setFocus(Qt::TabFocusReason);
        QTest::keyClick(window.place(0), Qt::Key_Down);
        QCOMPARE(window.rail->current(), 1);
        QVERIFY(window.place(1)->hasFocus());
        QTest::keyClick(window.place(1), Qt::Key_Up);
        QTest::keyClick(window.place(0), Qt::Key_Up);
        QCOMPARE(window.rail->current(), 4);
        QTest::keyClick(window.place(4), Qt::Key_Home);
        QCOMPARE(window.rail->current(), 0);
        QTest::keyClick(window.place(0), Qt::Key_End);
        QCOMPARE(window.rail->current(), 4);
    }

    void arrowsPassWhatIsDisabled()
    {
        Window window;
        QVERIFY(showActive(window.window));
        window.rail->setPlaceEnabled(1, false);
        window.place(0)->setFocus(Qt::TabFocusReason);
        QTest::keyClick(window.place(0), Qt::Key_Down);
        QCOMPARE(window.rail->current(), 2);
    }

    void tabStopsOnce()
    {
        Window window;
        QVERIFY(showActive(window.window));
        window.rail->setCurrent(2);
        window.place(2)->setFocus(Qt::TabFocusReason);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QVERIFY(window.edit->hasFocus());
        QTest::keyClick(window.edit, Qt::Key_Backtab, Qt::ShiftModifier);
        QVERIFY(window.place(2)->hasFocus());
    }

    void shortcutsWorkFromAnywhere()
    {
        Window window;
        QVERIFY(showActive(window.window));
        window.edit->setFocus();
        QTest::keyClick(window.edit, Qt::Key_4, Qt::ControlModifier);
        QCOMPARE(window.rail->current(), 3);
        // The focus stays where somebody types.
        QVERIFY(window.edit->hasFocus());
        QVERIFY(window.place(3)->toolTip().contains("Ctrl+4"));
        QVERIFY(window.place(0)->toolTip().contains("What will my sandbox see?"));
        QVERIFY(window.rail->placeAction(3)->isChecked());
        window.rail->placeAction(1)->trigger();
        QCOMPARE(window.rail->current(), 1);
    }

    void itIsAListOfTabs()
    {
        Window window;
        QVERIFY(showActive(window.window));
        QCOMPARE(spoken(*window.rail).role(), QAccessible::PageTabList);
        QVERIFY(!spoken(*window.rail).text(QAccessible::Name).isEmpty());
        QAccessibleInterface &run = spoken(*window.place(2));
        QCOMPARE(run.role(), QAccessible::PageTab);
        QCOMPARE(run.text(QAccessible::Name), QString("Run"));
        QVERIFY(!run.state().selected);
        run.actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(window.rail->current(), 2);
        QVERIFY(run.state().selected);
    }

    void countsAreShownAndSaid()
    {
        Window window;
        QVERIFY(showActive(window.window));
        const QImage before = picture(*window.place(2));
        window.rail->setCount(2, 3, Tone::Error, "3 errors");
        QVERIFY(picture(*window.place(2)) != before);
        QCOMPARE(spoken(*window.place(2)).text(QAccessible::Description), QString("3 errors"));
        window.rail->setCount(2, 0);
        QCOMPARE(picture(*window.place(2)), before);
        QVERIFY(spoken(*window.place(2)).text(QAccessible::Description).isEmpty());
    }

    void itFollowsThePalette()
    {
        Window window;
        QVERIFY(showActive(window.window));
        const QImage light = picture(*window.rail);
        look(Theme::Dark);
        const QImage dark = picture(*window.rail);
        look(Theme::Light);
        QCOMPARE(light.pixelColor(1, 1), tone(Tone::RailBackground, lightPalette()));
        QCOMPARE(dark.pixelColor(1, 1), tone(Tone::RailBackground, darkPalette()));
    }

    void largerTypeHasRoom()
    {
        Window window;
        const int before = window.rail->sizeHint().width();
        QFont font = window.rail->font();
        font.setPointSizeF(font.pointSizeF() * 2);
        window.rail->setFont(font);
        QVERIFY(showActive(window.window));
        QVERIFY(window.rail->sizeHint().width() > before);
        QVERIFY(holdsItsChildren(*window.rail));
    }
};

QTEST_MAIN(TestNavigationRail)
#include "tst_navigation_rail.moc"
