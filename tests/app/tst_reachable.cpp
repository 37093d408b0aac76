// SPDX-License-Identifier: Apache-2.0
//
// Walks every place of the workbench with the keys a person has: Tab reaches each control, and each says what it is.
#include "app/compose/inspector.h"
#include "app/compose/layer_stack.h"
#include "app/run/run_page.h"
#include "app/run/sandbox_view.h"
#include "app/stage/stage_page.h"
#include "app/tasks/task_button.h"
#include "app/tasks/task_list.h"
#include "app/terminal/terminal_view.h"
#include "app/tree/merged_tree_view.h"
#include "app/widgets/banner.h"
#include "app/widgets/card.h"
#include "app/widgets/navigation_rail.h"
#include "app/widgets/section.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "isolated_home.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QTest>
#include <QThread>
#include <QToolBar>
#include <QToolButton>
#include <QWindow>
#include <algorithm>
#include <pty.h>
#include <set>
#include <vector>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 20'000;

QString nameOf(QWidget *widget)
{
    QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(widget);
    return spoken ? spoken->text(QAccessible::Name) : QString();
}

QString described(QWidget *widget)
{
    const QWidget *parent = widget->parentWidget();
    return QString("%1 “%2” in %3 “%4”")
        .arg(widget->metaObject()->className(), nameOf(widget), parent ? parent->metaObject()->className() : "nothing",
             widget->toolTip());
}

/// What one can press, type into or choose from.
bool isControl(const QWidget *widget)
{
    return qobject_cast<const QAbstractButton *>(widget) || qobject_cast<const QLineEdit *>(widget) ||
           qobject_cast<const QPlainTextEdit *>(widget) || qobject_cast<const QAbstractItemView *>(widget) ||
           qobject_cast<const QComboBox *>(widget) || qobject_cast<const QAbstractSpinBox *>(widget) ||
           qobject_cast<const QTabBar *>(widget) || qobject_cast<const Card *>(widget) ||
           qobject_cast<const terminal::TerminalView *>(widget);
}

/// Of something larger that has the focus, or that has the same as a menu's action with a key.
bool isPart(const QWidget *widget, const QSet<QAction *> &inMenus)
{
    const QWidget *parent = widget->parentWidget();
    if (qobject_cast<const QHeaderView *>(widget) || qobject_cast<const QComboBox *>(parent) ||
        qobject_cast<const QAbstractSpinBox *>(parent) || qobject_cast<const QLineEdit *>(parent) ||
        qobject_cast<const QTabBar *>(parent) || qobject_cast<const NavigationRail *>(parent))
        return true;
    if (const auto *button = qobject_cast<const QToolButton *>(widget);
        button && qobject_cast<const QToolBar *>(parent))
        return QByteArray(widget->metaObject()->className()) == "QToolBarExtension" ||
               inMenus.contains(button->defaultAction());
    return false;
}

void collect(const QMenu *menu, QSet<QAction *> &into)
{
    for (QAction *action : menu->actions()) {
        into.insert(action);
        if (action->menu())
            collect(action->menu(), into);
    }
}

/// With Tab alone, from where the focus is until it comes round; the terminal, whose Tab is the program's, is left with
/// Ctrl+Shift+Tab, and in a text Tab goes from term to term first.
QList<QWidget *> tabbed(QWidget &window)
{
    QList<QWidget *> reached;
    for (int keys = 0; keys < 1000; ++keys) {
        const bool inTerminal = qobject_cast<terminal::TerminalView *>(window.focusWidget());
        QTest::keyClick(window.windowHandle(), Qt::Key_Tab,
                        inTerminal ? Qt::ControlModifier | Qt::ShiftModifier : Qt::NoModifier);
        QWidget *now = window.focusWidget();
        if (now && !reached.isEmpty() && now == reached.last())
            continue;
        if (!now || reached.contains(now))
            break;
        reached << now;
    }
    return reached;
}

/// What cannot be reached, and what is reached without a name.
QStringList troubles(QWidget &window, int atLeast)
{
    QSet<QAction *> inMenus;
    if (const auto *main = qobject_cast<QMainWindow *>(&window))
        for (QAction *menu : main->menuBar()->actions())
            collect(menu->menu(), inMenus);
    const QList<QWidget *> reached = tabbed(window);
    QStringList wrong;
    if (reached.size() < atLeast)
        wrong << QString("only %1 reached").arg(reached.size());
    for (QWidget *widget : reached)
        if (nameOf(widget).isEmpty())
            wrong << "no name: " + described(widget);
    for (QWidget *widget : window.findChildren<QWidget *>()) {
        if (!widget->isVisible() || !widget->isEnabled() || widget->window() != &window || widget->focusProxy() ||
            reached.contains(widget))
            continue;
        if ((widget->focusPolicy() & Qt::TabFocus) != 0 || (isControl(widget) && !isPart(widget, inMenus)))
            wrong << "out of reach: " + described(widget);
    }
    return wrong;
}

} // namespace

class TestReachable : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void startPage();
    void compose_data();
    void compose();
    void run();
    void runWithNothing();
    void stage();
    void findInTerminal();
    void fromTheTopToTheBottom_data();
    void fromTheTopToTheBottom();
    void railByArrows();
    void menus();
    void aboutBox();
    void unsavedChanges();

private:
    void check(int atLeast);

    IsolatedHome m_home;
    std::unique_ptr<AppContext> m_context;
    MainWindow *m_window = nullptr;
};

void TestReachable::init()
{
    qputenv("PIVOTBENCH_HELPER", "/bin/false"); // nothing is launched here
    m_context = std::make_unique<AppContext>();
    m_context->addRecent(m_home.filePath("recent.pbox"));
    m_window = new MainWindow(*m_context);
    m_window->resize(1400, 900);
    m_window->QWidget::show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window));
}

void TestReachable::cleanup()
{
    delete m_window;
    m_context.reset();
}

void TestReachable::check(int atLeast)
{
    QCoreApplication::processEvents();
    const QStringList wrong = troubles(*m_window, atLeast);
    QVERIFY2(wrong.isEmpty(), qPrintable('\n' + wrong.join('\n')));
}

void TestReachable::startPage()
{
    auto *machine = m_window->findChild<Banner *>(); // filled in once the machine was examined
    QVERIFY(machine);
    QTest::qWait(500);
    check(12);
}

void TestReachable::compose_data()
{
    QTest::addColumn<QString>("section");
    QTest::newRow("as it opens") << QString();
    for (const char *title : {"General", "Root", "Mounts", "/proc, /sys, /dev", "Namespaces", "Users and groups",
                              "Files", "Process", "Hardening", "Limits"})
        QTest::newRow(title) << QString(title);
    QTest::newRow("everything at once") << "*";
    QTest::newRow("the predicted mounts") << "predicted";
}

void TestReachable::compose()
{
    QFETCH(QString, section);
    QVERIFY(m_window->openPreset("this-system"));
    m_window->document().edit("odd", [](SandboxSpec &spec) {
        spec.mounts.push_back({"/t", "tmpfs", "tmpfs", {"nosuid"}});
        spec.idMaps.mode = IdMapMode::Explicit;
        spec.seccomp.choice = SeccompChoice::File;
        spec.root.writable = Writable::Keep;
    });
    QTRY_VERIFY_WITH_TIMEOUT(m_window->analyser().isCurrent(), patienceMs);
    int found = 0;
    for (Section *one : m_window->findChildren<Section *>()) {
        const bool wanted = section == "*" || one->title() == section;
        one->setExpanded(wanted);
        found += wanted ? 1 : 0;
    }
    if (section == "predicted")
        for (QTabWidget *tabs : m_window->findChildren<QTabWidget *>())
            tabs->setCurrentIndex(1);
    else
        QVERIFY(section.isEmpty() || found > 0);
    check(section == "*" ? 80 : 20);
}

/// A sandbox that could not be launched, with its banner, and two terminals.
void TestReachable::run()
{
    QVERIFY(m_window->openPreset("busybox"));
    m_window->run();
    auto *page = m_window->findChild<RunPage *>();
    QVERIFY(page && page->current());
    SandboxSession &session = page->current()->session();
    QTRY_VERIFY_WITH_TIMEOUT(session.state() == SandboxSession::State::Failed, patienceMs);
    UniqueFd others[2];
    for (UniqueFd &other : others) {
        int master = -1;
        int slave = -1;
        QCOMPARE(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
        other.reset(slave);
        UniqueFd taken(master);
        emit session.terminalOpened(taken, "sh", true);
    }
    check(8);
}

void TestReachable::runWithNothing()
{
    m_window->goTo(Place::Run);
    check(2);
}

void TestReachable::stage()
{
    QVERIFY(m_window->openPreset("bare-pivot"));
    m_window->goTo(Place::Stage);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->isAtRest(), patienceMs);
    auto *page = m_window->findChild<StagePage *>();
    QVERIFY(page && page->player().frameCount() > 0);
    page->showStep("pivot-root");
    check(12);
}

void TestReachable::findInTerminal()
{
    terminal::TerminalView view;
    view.resize(800, 400);
    view.show();
    view.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    view.setFocus();
    QTest::keyClick(view.windowHandle(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    const QStringList wrong = troubles(view, 4);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
}

void TestReachable::fromTheTopToTheBottom_data()
{
    QTest::addColumn<Place>("place");
    QTest::newRow("Start") << Place::Start;
    QTest::newRow("Compose") << Place::Compose;
    QTest::newRow("Run") << Place::Run;
}

/// However late a page, or a part of it, was made.
void TestReachable::fromTheTopToTheBottom()
{
    QFETCH(Place, place);
    QVERIFY(m_window->openPreset("busybox"));
    QTRY_VERIFY_WITH_TIMEOUT(m_window->analyser().isCurrent(), patienceMs);
    m_window->document().edit("new cards", [](SandboxSpec &spec) {
        spec.root.layers.push_back(Layer{.path = "/usr", .builtin = {}});
        spec.mounts.push_back({"/t", "tmpfs", "tmpfs", {"nosuid"}});
    });
    if (place == Place::Run)
        m_window->run();
    m_window->goTo(place);
    auto *bar = m_window->findChild<TaskButton *>(); // of the status bar
    Task *task = m_context->tasks().start(
        "Long work",
        [](const TaskProgress &progress) -> Status {
            while (!progress.isCancelled())
                QThread::msleep(2);
            return cancelled();
        },
        this, [](const Status &) {});
    QTRY_VERIFY_WITH_TIMEOUT(bar->isVisible(), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->analyser().isCurrent(), patienceMs);

    const auto partOf = [](const QWidget *widget) {
        for (; widget; widget = widget->parentWidget()) {
            if (qobject_cast<const QToolBar *>(widget))
                return 0;
            if (qobject_cast<const NavigationRail *>(widget))
                return 1;
            if (qobject_cast<const LayerStack *>(widget) || widget->accessibleName() == "Sandboxes")
                return 2;
            if (qobject_cast<const MergedTreeView *>(widget))
                return 3;
            if (qobject_cast<const Inspector *>(widget))
                return 4;
            if (qobject_cast<const QStatusBar *>(widget))
                return 6;
        }
        return 5;
    };
    const QList<QWidget *> reached = tabbed(*m_window);
    std::vector<int> parts;
    for (const QWidget *widget : reached)
        if (parts.empty() || parts.back() != partOf(widget))
            parts.push_back(partOf(widget));
    std::ranges::rotate(parts, std::ranges::find(parts, 0)); // wherever it began
    if (parts.size() > 1 && parts.front() == parts.back())
        parts.pop_back();
    QCOMPARE(parts, place == Place::Compose ? (std::vector{0, 1, 2, 3, 4, 5, 6})
                    : place == Place::Run   ? (std::vector{0, 1, 2, 5, 6})
                                            : (std::vector{0, 1, 5, 6}));
    task->cancel();
}

void TestReachable::railByArrows()
{
    auto *rail = m_window->findChild<NavigationRail *>();
    for (int i = 0; i < 100 && !(m_window->focusWidget() && rail->isAncestorOf(m_window->focusWidget())); ++i)
        QTest::keyClick(m_window->windowHandle(), Qt::Key_Tab);
    QVERIFY(rail->isAncestorOf(m_window->focusWidget()));
    QTest::keyClick(m_window->windowHandle(), Qt::Key_Down);
    QTest::keyClick(m_window->windowHandle(), Qt::Key_Return);
    QCOMPARE(rail->current(), 1);
}

/// Each has a letter of its own for Alt, and no entry is empty; entries that do something have an icon or are choices.
void TestReachable::menus()
{
    std::set<QChar> letters;
    for (QAction *menu : m_window->menuBar()->actions()) {
        const qsizetype at = menu->text().indexOf('&');
        QVERIFY2(at >= 0, qPrintable(menu->text()));
        QVERIFY2(letters.insert(menu->text().at(at + 1).toLower()).second, qPrintable(menu->text()));
        QVERIFY(!menu->menu()->actions().isEmpty());
        for (QAction *action : menu->menu()->actions())
            QVERIFY(action->isSeparator() || !action->text().isEmpty());
    }
}

void TestReachable::aboutBox()
{
    QAction *about = m_window->menuBar()->actions().back()->menu()->actions().back();
    about->trigger();
    auto *box = m_window->findChild<QMessageBox *>();
    QVERIFY(box);
    QVERIFY(QTest::qWaitForWindowActive(box));
    const QStringList wrong = troubles(*box, 1);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    QTest::keyClick(box->windowHandle(), Qt::Key_Escape);
    QTRY_VERIFY(!m_window->findChild<QMessageBox *>());
}

void TestReachable::unsavedChanges()
{
    QVERIFY(m_window->openPreset("bare-pivot"));
    m_window->document().edit("a change", [](SandboxSpec &spec) { spec.name = "<img src=x>"; });
    m_window->close();
    auto *box = m_window->findChild<QMessageBox *>();
    QVERIFY(box);
    QVERIFY(QTest::qWaitForWindowActive(box));
    QVERIFY(box->text().contains("<img src=x>")); // as it is
    QCOMPARE(box->textFormat(), Qt::PlainText);
    const QStringList wrong = troubles(*box, 3);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    QTest::keyClick(box->windowHandle(), Qt::Key_Escape);
    QTRY_VERIFY(!m_window->findChild<QMessageBox *>());
    QVERIFY(m_window->isVisible());
}

QTEST_MAIN(TestReachable)
#include "tst_reachable.moc"
