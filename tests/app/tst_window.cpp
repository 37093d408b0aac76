// SPDX-License-Identifier: Apache-2.0
#include "app/compose/layer_stack.h"
#include "app/widgets/banner.h"
#include "app/widgets/navigation_rail.h"
#include "app/workbench/app_context.h"
#include "app/workbench/command_line.h"
#include "app/workbench/main_window.h"
#include "app/workbench/plurals.h"
#include "core/preset/presets.h"
#include "isolated_home.h"

#include <QAction>
#include <QClipboard>
#include <QDropEvent>
#include <QMenuBar>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPointer>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 20'000;

} // namespace

class TestWindow : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void opensEveryPreset();
    void everyActionHasAnIconAndAWord();
    void copyTellsWhatIsLost();
    void aSecondSandboxGetsAWindowOfItsOwn();
    void undoNamesAFileAsItIs();
    void placesByKeyboard();
    void goesWithAnEditorThatHasTheFocus();
    void opensADroppedFile();
    void commandLine_data();
    void commandLine();
    void helpNamesEveryOption();
    void countsInEnglish();

private:
    IsolatedHome m_home;
    std::unique_ptr<AppContext> m_context;
};

void TestWindow::init() { m_context = std::make_unique<AppContext>(); }

void TestWindow::cleanup()
{
    QList<MainWindow *> windows;
    for (QWidget *widget : QApplication::topLevelWidgets())
        if (auto *window = qobject_cast<MainWindow *>(widget))
            windows << window;
    qDeleteAll(windows); // they take their menus along, which are top levels too
    m_context.reset();
}

void TestWindow::opensEveryPreset()
{
    for (const pivotbench::core::Preset &preset : presets()) {
        MainWindow window(*m_context);
        window.QWidget::show();
        QVERIFY(window.document().isEmpty());
        QVERIFY(window.openPreset(QString::fromStdString(preset.id)));
        QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
        QVERIFY2(window.analyser().current()->plan, preset.id.c_str());
        QVERIFY(window.windowTitle().startsWith(QString::fromStdString(preset.name)));
        QVERIFY(!window.isWindowModified());
    }
    MainWindow window(*m_context);
    QVERIFY(!window.openPreset("no such preset"));
}

void TestWindow::everyActionHasAnIconAndAWord()
{
    MainWindow window(*m_context);
    int seen = 0;
    for (QAction *menu : window.menuBar()->actions()) {
        QVERIFY(!menu->text().isEmpty());
        for (QAction *action : menu->menu()->actions()) {
            if (action->isSeparator())
                continue;
            QVERIFY(!action->text().isEmpty());
            QVERIFY2(!action->icon().isNull() || action->isCheckable(), qPrintable(action->text()));
            ++seen;
        }
    }
    QVERIFY(seen > 15);
}

void TestWindow::copyTellsWhatIsLost()
{
    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(window.openPreset("busybox"));
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
    if (!window.analyser().current()->plan)
        QSKIP("the preset cannot be planned here: no static BusyBox");
    QMenu *copy = nullptr;
    for (QMenu *menu : window.findChildren<QMenu *>())
        copy = menu->title() == "&Copy as" ? menu : copy;
    QVERIFY(copy);
    emit copy->aboutToShow();
    QStringList found;
    for (QAction *action : copy->actions()) {
        QApplication::clipboard()->clear();
        for (Banner *banner : window.findChildren<Banner *>())
            banner->hide();
        action->trigger();
        const QString text = QApplication::clipboard()->text();
        QString told;
        for (const Banner *banner : window.findChildren<Banner *>())
            told += banner->isVisible() ? banner->asText() : QString();
        QVERIFY(!text.isEmpty());
        if (text.contains("by bubblewrap"))
            found.append("bwrap");
        else if (text.contains("by unshare(1)"))
            found.append("unshare");
        else if (text.contains("ociVersion"))
            found.append("oci");
        else {
            QVERIFY2(told.isEmpty(), qPrintable(told));
            continue;
        }
        QVERIFY2(told.contains("Not in it") && told.contains("seccomp.profile: "), qPrintable(told));
    }
    found.sort();
    QCOMPARE(found, (QStringList{"bwrap", "oci", "unshare"}));
}

void TestWindow::aSecondSandboxGetsAWindowOfItsOwn()
{
    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(window.openPreset("busybox"));
    QVERIFY(window.openPreset("bare-pivot"));
    QCOMPARE(window.document().spec().name, findPreset("busybox")->name);
    int windows = 0;
    for (QWidget *widget : QApplication::topLevelWidgets())
        windows += qobject_cast<MainWindow *>(widget) ? 1 : 0;
    QCOMPARE(windows, 2);
}

void TestWindow::undoNamesAFileAsItIs()
{
    MainWindow window(*m_context);
    QVERIFY(window.openPreset("bare-pivot"));
    window.document().edit("Add “R&D & <b>”", [](SandboxSpec &spec) { spec.hostname = "h"; });
    const auto check = [&](const QString &menuText, const QString &toolTip) {
        int found = 0;
        for (const QAction *action : window.findChildren<QAction *>())
            found += action->text() == menuText && action->toolTip().contains(toolTip) ? 1 : 0;
        QCOMPARE(found, 1);
    };
    QCOMPARE(window.document().history().text(0), QString("Add “R&D & <b>”"));
    check("&Undo Add “R&&D && <b>”", "Undo Add “R&amp;D &amp; &lt;b&gt;”");
    window.document().history().undo();
    check("&Redo Add “R&&D && <b>”", "Redo Add “R&amp;D &amp; &lt;b&gt;”");
}

void TestWindow::placesByKeyboard()
{
    MainWindow window(*m_context);
    window.QWidget::show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QVERIFY(window.openPreset("busybox"));
    auto *rail = window.findChild<NavigationRail *>();
    QTest::keyClick(&window, Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(rail->current(), 1);
    QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
    QCOMPARE(rail->current(), 0);
}

void TestWindow::goesWithAnEditorThatHasTheFocus()
{
    auto window = std::make_unique<MainWindow>(*m_context);
    window->QWidget::show();
    QVERIFY(window->openPreset("busybox"));
    const QPointer<QPlainTextEdit> editor = window->findChild<QPlainTextEdit *>();
    QVERIFY(editor);
    window->activateWindow();
    editor->setFocus();
    QTRY_VERIFY_WITH_TIMEOUT(editor->hasFocus(), patienceMs);
    bool left = false;
    const QObject untilTheEnd;
    connect(qApp, &QApplication::focusChanged, &untilTheEnd, [&](const QWidget *old) { left = left || old == editor; });
    window.reset();
    QVERIFY(left);
    QVERIFY(!editor);
}

void TestWindow::opensADroppedFile()
{
    const QString path = m_home.filePath("dropped.pbox");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(presetText("bare-pivot").data());
    file.close();
    MainWindow window(*m_context);
    window.QWidget::show();
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &drop);
    QTRY_VERIFY_WITH_TIMEOUT(!window.document().isEmpty(), patienceMs);
    QCOMPARE(window.document().path(), path);
    QCOMPARE(m_context->recent().front(), path);
}

void TestWindow::commandLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status"); ///< -1: goes on
    QTest::newRow("nothing") << QStringList{} << -1;
    QTest::newRow("help") << QStringList{"--help"} << 0;
    QTest::newRow("version") << QStringList{"--version"} << 0;
    QTest::newRow("a preset") << QStringList{"--preset", "busybox", "--run"} << -1;
    QTest::newRow("an unknown preset") << QStringList{"--preset", "no-such-preset"} << 2;
    QTest::newRow("files") << QStringList{"a.pbox", "b.pbox"} << -1;
    QTest::newRow("both") << QStringList{"--preset", "busybox", "b.pbox"} << 2;
    QTest::newRow("no such place") << QStringList{"--place", "moon"} << 2;
    QTest::newRow("no such colours") << QStringList{"--theme", "mauve"} << 2;
    QTest::newRow("a size") << QStringList{"--screenshot", "a.png", "--size", "800x600"} << -1;
    QTest::newRow("no size") << QStringList{"--size", "800"} << 2;
    QTest::newRow("a size beyond reason") << QStringList{"--size", "99999x1"} << 2;
    QTest::newRow("an unknown option") << QStringList{"--frobnicate"} << 2;
}

void TestWindow::commandLine()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    const auto line = parseCommandLine(QStringList{"pivotbench"} + arguments);
    QCOMPARE(line ? -1 : line.error().status, status);
    if (!line)
        QVERIFY(!line.error().text.isEmpty());
}

void TestWindow::helpNamesEveryOption()
{
    const auto line = parseCommandLine({"pivotbench", "--help"});
    QVERIFY(!line);
    const QString text = line.error().text;
    for (const char *option : {"-h, --help", "-v, --version", "--preset <ID>", "--place <PLACE>", "--theme <THEME>",
                               "--run", "--new-instance", "--screenshot <OUT.png>", "--size <WxH>"})
        QVERIFY2(text.contains(QString("\n  %1 ").arg(option)), option);
}

void TestWindow::countsInEnglish()
{
    installPlurals(*qApp);
    QCOMPARE(MainWindow::tr("%n errors", nullptr, 0), "0 errors");
    QCOMPARE(MainWindow::tr("%n errors", nullptr, 1), "1 error");
    QCOMPARE(MainWindow::tr("%n errors", nullptr, 2), "2 errors");
    QCOMPARE(MainWindow::tr("%n errors", nullptr, 21), "21 errors");
    QCOMPARE(LayerStack::tr("%Ln files", nullptr, 1), "1 file");
    QCOMPARE(LayerStack::tr("%Ln files", nullptr, 2), "2 files");
}

QTEST_MAIN(TestWindow)
#include "tst_window.moc"
