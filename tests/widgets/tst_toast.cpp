// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/toast.h"
#include "checks.h"

#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>

using namespace pivotbench::app;
using namespace std::chrono_literals;

namespace {

struct Window {
    QWidget window;
    QLineEdit *edit = new QLineEdit(&window);
    ToastArea *toasts = new ToastArea(&window);

    Window()
    {
        window.resize(500, 400);
        // Where the focus is in a window with more in it than notices.
        edit->setFocus();
        window.show();
    }
    QWidget *toast() const { return toasts->findChildren<QWidget *>(Qt::FindDirectChildrenOnly).constFirst(); }
};

} // namespace

class TestToast : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { look(Theme::Light); }

    void itShowsAndLeaves()
    {
        Window window;
        window.toasts->setDuration(50ms);
        window.toasts->show("Saved", Tone::Good);
        QCOMPARE(window.toasts->toastCount(), 1);
        QVERIFY(window.toasts->isVisible());
        QTRY_COMPARE(window.toasts->toastCount(), 0);
        QTRY_VERIFY(!window.toasts->isVisible());
    }

    void itIsAnnounced()
    {
        Window window;
        const Listener listener;
        window.toasts->show("Saved", Tone::Good);
        QCOMPARE(listener.heard(), QStringList{"Saved"});
        QCOMPARE(spoken(*window.toast()).role(), QAccessible::AlertMessage);
    }

    void anActionRunsOnce()
    {
        Window window;
        int runs = 0;
        window.toasts->show("Layer removed", Tone::Note, "Undo", [&] { ++runs; });
        auto *undo = window.toasts->findChild<QPushButton *>();
        QCOMPARE(undo->text(), QString("Undo"));
        QTest::mouseClick(undo, Qt::LeftButton);
        undo->click();
        QCOMPARE(runs, 1);
        QCOMPARE(window.toasts->toastCount(), 0);
    }

    void thePointerHoldsIt()
    {
        Window window;
        window.toasts->setDuration(80ms);
        window.toasts->show("Saved");
        QWidget *toast = window.toast();
        QHoverEvent enter(QEvent::HoverEnter, QPointF(5, 5), QPointF(5, 5), QPointF(-1, -1));
        QCoreApplication::sendEvent(toast, &enter);
        QTest::qWait(250);
        QCOMPARE(window.toasts->toastCount(), 1);
        QHoverEvent leave(QEvent::HoverLeave, QPointF(-1, -1), QPointF(-1, -1), QPointF(5, 5));
        QCoreApplication::sendEvent(toast, &leave);
        QTRY_COMPARE_WITH_TIMEOUT(window.toasts->toastCount(), 0, 4000);
    }

    void theFocusHoldsIt()
    {
        Window window;
        QVERIFY(showActive(window.window));
        window.toasts->setDuration(40ms);
        window.toasts->show("Layer removed", Tone::Note, "Undo", [] {});
        window.toasts->findChild<QPushButton *>()->setFocus();
        QTest::qWait(250);
        QCOMPARE(window.toasts->toastCount(), 1);
        window.edit->setFocus();
        QTRY_COMPARE_WITH_TIMEOUT(window.toasts->toastCount(), 0, 4000);
    }

    void theyStackAndTheOldestGoes()
    {
        Window window;
        for (int index = 0; index < 6; ++index) {
            window.toasts->show(QString("Notice %1").arg(index));
        }
        QCOMPARE(window.toasts->toastCount(), 4);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents();
        QVERIFY(holdsItsChildren(*window.toasts));
        window.toasts->dismissAll();
        QCOMPARE(window.toasts->toastCount(), 0);
    }

    void itKeepsToTheWindowsLowerEdge()
    {
        Window window;
        window.toasts->show(QString("a long notice ").repeated(40), Tone::Warning, "Undo", [] {});
        for (const QSize &size : {QSize(500, 400), QSize(300, 200), QSize(900, 600)}) {
            window.window.resize(size);
            QCoreApplication::processEvents();
            QVERIFY(window.window.rect().contains(window.toasts->geometry()));
            QVERIFY(window.toasts->geometry().bottom() > size.height() - 40);
        }
    }

    void itClosesByHand()
    {
        Window window;
        window.toasts->show("Saved");
        auto *close = window.toasts->findChild<QToolButton *>();
        QVERIFY(!close->accessibleName().isEmpty());
        QTest::mouseClick(close, Qt::LeftButton);
        QCOMPARE(window.toasts->toastCount(), 0);
        window.toasts->show("Saved");
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QTest::keyClick(window.toast(), Qt::Key_Escape);
        QCOMPARE(window.toasts->toastCount(), 0);
    }

    void theWindowMayGoFirst()
    {
        auto *window = new Window;
        window->toasts->show("Layer removed", Tone::Note, "Undo", [] {});
        window->toasts->findChild<QPushButton *>()->setFocus();
        delete window;
    }
};

QTEST_MAIN(TestToast)
#include "tst_toast.moc"
