// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/banner.h"
#include "checks.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>

using namespace pivotbench::app;

namespace {

const Message pivotFailed{.tone = Tone::Error,
                          .what = "The sandbox did not start",
                          .where = "Step 14, pivot-root",
                          .why = "Invalid argument: new_root is no mount point",
                          .now = "Bind it onto itself first.",
                          .details = "pivot_root(2) = -1 EINVAL"};

QPushButton *button(const Banner &banner, const QString &text)
{
    for (QPushButton *one : banner.findChildren<QPushButton *>()) {
        if (one->text() == text) {
            return one;
        }
    }
    return nullptr;
}

} // namespace

class TestBanner : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { look(Theme::Light); }

    void itIsHiddenUntilThereIsAMessage()
    {
        QWidget window;
        Banner banner(&window);
        window.show();
        QVERIFY(!banner.isVisible());
        banner.show(pivotFailed);
        QVERIFY(banner.isVisible());
    }

    void showingIsAnnounced()
    {
        Banner banner;
        const Listener listener;
        banner.show(pivotFailed);
        QCOMPARE(listener.heard(), QStringList{banner.asText()});
        QCOMPARE(spoken(banner).role(), QAccessible::AlertMessage);
        QCOMPARE(spoken(banner).text(QAccessible::Name), QString("Error: The sandbox did not start"));
        QVERIFY(spoken(banner).text(QAccessible::Description).contains("Bind it onto itself"));
    }

    void itDoesNotTakeTheFocus()
    {
        QWidget window;
        auto *other = new QPushButton("Other", &window);
        auto *banner = new Banner(&window);
        QVERIFY(showActive(window));
        other->setFocus();
        banner->show(pivotFailed);
        QVERIFY(other->hasFocus());
    }

    void detailsAreCopied()
    {
        Banner banner;
        banner.show(pivotFailed);
        QTest::mouseClick(button(banner, "Copy details"), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), banner.asText());
        for (const QString &part :
             {pivotFailed.what, pivotFailed.where, pivotFailed.why, pivotFailed.now, pivotFailed.details}) {
            QVERIFY(banner.asText().contains(part));
        }
        banner.show({.tone = Tone::Good, .what = "Saved"});
        QVERIFY(!button(banner, "Copy details")->isVisible());
    }

    void actionsBelongToTheMessage()
    {
        Banner banner;
        QAction fix("Make it a mount point");
        banner.show(pivotFailed);
        banner.addBannerAction(&fix);
        const QSignalSpy triggered(&fix, &QAction::triggered);
        QTest::mouseClick(button(banner, "Make it a mount point"), Qt::LeftButton);
        QCOMPARE(triggered.size(), 1);
        banner.show({.tone = Tone::Note, .what = "Another"});
        QVERIFY(!button(banner, "Make it a mount point"));
    }

    void anActionMayGoFirst()
    {
        Banner banner;
        auto *fix = new QAction("Fix it");
        banner.show(pivotFailed);
        banner.addBannerAction(fix);
        delete fix;
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QVERIFY(!button(banner, "Fix it"));
        banner.show(pivotFailed);
    }

    void itCloses()
    {
        Banner banner;
        banner.show(pivotFailed);
        const QSignalSpy closed(&banner, &Banner::closed);
        QTest::mouseClick(banner.findChild<QToolButton *>(), Qt::LeftButton);
        QVERIFY(!banner.isVisible());
        banner.show(pivotFailed);
        QTest::keyClick(&banner, Qt::Key_Escape);
        QVERIFY(!banner.isVisible());
        QCOMPARE(closed.size(), 2);
        banner.setClosable(false);
        banner.show(pivotFailed);
        QTest::keyClick(&banner, Qt::Key_Escape);
        QVERIFY(banner.isVisible());
    }

    void whatItShowsIsText()
    {
        Banner banner;
        banner.show({.tone = Tone::Error, .what = "<b>not bold</b>"});
        QCOMPARE(banner.findChild<QLabel *>()->textFormat(), Qt::PlainText);
    }

    void itKeepsToItsWidth()
    {
        Banner banner;
        banner.show({.tone = Tone::Error,
                     .what = QString("a long sentence ").repeated(30),
                     .where = "/srv/x",
                     .why = "because"});
        banner.setFixedWidth(320);
        banner.resize(320, banner.heightForWidth(320));
        QCoreApplication::processEvents();
        QVERIFY(holdsItsChildren(banner));
        QVERIFY(banner.height() > 100);
    }

    void tonesLookDifferent()
    {
        Banner banner;
        banner.resize(300, 60);
        QList<QImage> pictures;
        for (const Tone which : {Tone::Error, Tone::Warning, Tone::Note, Tone::Good}) {
            banner.show({.tone = which, .what = "Something"});
            const QImage now = picture(banner);
            QVERIFY(!pictures.contains(now));
            pictures << now;
        }
    }
};

QTEST_MAIN(TestBanner)
#include "tst_banner.moc"
