// SPDX-License-Identifier: Apache-2.0
#include "app/tasks/task_button.h"
#include "app/tasks/task_panel.h"

#include <QAccessible>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <QVBoxLayout>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

constexpr int patienceMs = 20'000;

Status untilCancelled(const TaskProgress &progress)
{
    while (!progress.isCancelled())
        QThread::msleep(2);
    return cancelled();
}

QString nameOf(QWidget *widget)
{
    QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(widget);
    return spoken ? spoken->text(QAccessible::Name) : QString();
}

} // namespace

class TestTaskButton : public QObject {
    Q_OBJECT
private slots:
    void init();
    void comesAndGoesWithTheTasks();
    void saysHowFarTheyAreTogether();
    void cancelsByKeyboard();

private:
    Task *start(const QString &title, std::uint64_t done = 0, std::uint64_t total = 0)
    {
        return m_tasks->start(
            title,
            [done, total](const TaskProgress &progress) {
                if (done > 0)
                    progress.report(done, total);
                return untilCancelled(progress);
            },
            this, [this](const Status &) { ++m_ended; });
    }

    std::unique_ptr<TaskList> m_tasks;
    std::unique_ptr<QWidget> m_window;
    TaskButton *m_button = nullptr;
    int m_ended = 0;
};

void TestTaskButton::init()
{
    m_window.reset();
    m_ended = 0;
    m_tasks = std::make_unique<TaskList>(std::chrono::milliseconds(0));
    m_window = std::make_unique<QWidget>();
    m_button = new TaskButton(*m_tasks);
    (new QVBoxLayout(m_window.get()))->addWidget(m_button);
    m_window->resize(600, 400);
    m_window->show();
}

void TestTaskButton::comesAndGoesWithTheTasks()
{
    QSignalSpy available(m_button, &TaskButton::availableChanged);
    QVERIFY(!m_button->isVisible());
    Task *one = start("One");
    QTRY_VERIFY_WITH_TIMEOUT(m_button->isVisible(), patienceMs);
    QCOMPARE(m_button->text(), "1 task");
    Task *two = start("Two");
    QTRY_COMPARE_WITH_TIMEOUT(m_button->text(), QString("2 tasks"), patienceMs);
    QCOMPARE(nameOf(m_button), "2 tasks");
    one->cancel();
    two->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(!m_button->isVisible(), patienceMs);
    QCOMPARE(m_ended, 2);
    QCOMPARE(available.count(), 2);
}

void TestTaskButton::saysHowFarTheyAreTogether()
{
    start("Half", 50, 100);
    start("Whole", 100, 100);
    QTRY_COMPARE_WITH_TIMEOUT(m_button->text(), QString("2 tasks · 75 %"), patienceMs);
    start("Who knows", 7);
    QTRY_COMPARE_WITH_TIMEOUT(m_button->text(), QString("3 tasks"), patienceMs);
}

void TestTaskButton::cancelsByKeyboard()
{
    start("Unpack <b>base</b>.tar", 1 << 20, 4 << 20);
    QPointer<Task> other = start("Count");
    QTRY_COMPARE_WITH_TIMEOUT(m_button->text(), QString("2 tasks"), patienceMs);
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_button->setFocus();
    QTest::keyClick(m_button, Qt::Key_Space);
    auto *panel = m_button->findChild<TaskPanel *>();
    QTRY_VERIFY_WITH_TIMEOUT(panel->isVisible(), patienceMs);
    QList<QPushButton *> buttons = panel->findChildren<QPushButton *>();
    QCOMPARE(buttons.size(), 2);
    QVERIFY(buttons.front()->hasFocus());
    QCOMPARE(nameOf(buttons.front()), "Cancel: Unpack <b>base</b>.tar");
    QList<QProgressBar *> bars = panel->findChildren<QProgressBar *>();
    QTRY_COMPARE_WITH_TIMEOUT(bars.front()->value(), 250, patienceMs);
    QVERIFY(bars.front()->isVisible());
    QVERIFY(!bars.back()->isVisible()); // nobody knows how far it is
    QTest::keyClick(buttons.front(), Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(m_ended, 1, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(panel->findChildren<QPushButton *>().size(), 1, patienceMs);
    QVERIFY(panel->isVisible());
    QVERIFY(panel->findChildren<QPushButton *>().front()->hasFocus());
    QTest::keyClick(panel, Qt::Key_Escape);
    QVERIFY(!panel->isVisible());
    QVERIFY(other && !other->isCancelled());
    m_button->open();
    QVERIFY(panel->isVisible());
    other->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(!panel->isVisible(), patienceMs);
}

QTEST_MAIN(TestTaskButton)
#include "tst_task_button.moc"
