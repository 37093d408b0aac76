// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/badge.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/empty_state.h"
#include "app/widgets/metrics.h"
#include "app/widgets/primary_button.h"
#include "app/widgets/search_field.h"
#include "app/widgets/sparkline.h"
#include "checks.h"

#include <QAction>
#include <QPainter>
#include <QSignalSpy>
#include <QToolTip>

using namespace pivotbench::app;

class TestSmallWidgets : public QObject {
    Q_OBJECT

private slots:
    void init() { look(Theme::Light); }

    void spaceGrowsWithTheFont()
    {
        QFont font = QApplication::font();
        font.setPixelSize(13);
        const QFontMetrics usual(font);
        QCOMPARE(space(Space::Tiny, usual), 4);
        QCOMPARE(space(Space::Large, usual), 16);
        font.setPixelSize(26);
        const QFontMetrics large(font);
        QVERIFY(space(Space::Small, large) >= 14);
        QVERIFY(iconExtent(IconSize::Small, large) >= 28);
    }

    void aBadgePaintsInside_data()
    {
        QTest::addColumn<QRect>("rect");
        QTest::newRow("as large as it likes") << QRect(QPoint(20, 20), badgeSize("shared:12", QApplication::font()));
        QTest::newRow("too narrow") << QRect(20, 20, 24, 16);
        QTest::newRow("tiny") << QRect(20, 20, 6, 6);
        QTest::newRow("wide") << QRect(20, 20, 150, 30);
    }
    void aBadgePaintsInside()
    {
        QFETCH(QRect, rect);
        for (const bool selected : {false, true}) {
            QImage image(200, 80, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::transparent);
            QPainter painter(&image);
            paintBadge(painter, rect, "shared:12", Tone::Shared, lightPalette(), selected);
            painter.end();
            bool painted = false;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    const bool there = qAlpha(image.pixel(x, y)) != 0;
                    QVERIFY(!there || rect.contains(x, y));
                    painted |= there;
                }
            }
            QVERIFY(painted);
        }
    }

    void aBadgeIsText()
    {
        Badge badge("ro", Tone::ReadOnly);
        QCOMPARE(spoken(badge).role(), QAccessible::StaticText);
        QCOMPARE(spoken(badge).text(QAccessible::Name), QString("ro"));
        const int before = badge.sizeHint().width();
        badge.setText("read-only");
        QVERIFY(badge.sizeHint().width() > before);
        QCOMPARE(spoken(badge).text(QAccessible::Name), QString("read-only"));
        const QImage light = picture(badge);
        badge.setTone(Tone::Error);
        QVERIFY(picture(badge) != light);
    }

    void aPathLosesItsMiddle()
    {
        ElidedLabel label("/srv/images/debian/bookworm/rootfs");
        label.setElideMode(Qt::ElideMiddle);
        label.resize(label.sizeHint());
        QVERIFY(!label.isElided());
        label.resize(80, label.sizeHint().height());
        QVERIFY(label.isElided());
        QVERIFY(label.minimumSizeHint().width() < 80);
        QCOMPARE(spoken(label).text(QAccessible::Name), label.text());
        label.show();
        QHelpEvent help(QEvent::ToolTip, QPoint(5, 5), label.mapToGlobal(QPoint(5, 5)));
        QCoreApplication::sendEvent(&label, &help);
        QVERIFY(QToolTip::text().contains(label.text()));
        QToolTip::hideText();
    }

    void markupInALabelIsText()
    {
        ElidedLabel label("<b>bold</b> & more of it");
        label.resize(30, 20);
        label.show();
        QHelpEvent help(QEvent::ToolTip, QPoint(5, 5), label.mapToGlobal(QPoint(5, 5)));
        QCoreApplication::sendEvent(&label, &help);
        QVERIFY(!QToolTip::text().contains("<b>"));
        QToolTip::hideText();
    }

    void emptyStateHoldsItsButtons()
    {
        EmptyState state(Icon::Sandbox, "No sandbox yet", "Start from a preset.");
        QAction create("New sandbox");
        QAction open("Open…");
        state.addStateAction(&create);
        state.addStateAction(&open);
        state.resize(500, 400);
        QVERIFY(showActive(state));
        QVERIFY(holdsItsChildren(state));
        QCOMPARE(spoken(state).text(QAccessible::Name), QString("No sandbox yet"));
        QCOMPARE(spoken(state).text(QAccessible::Description), QString("Start from a preset."));
        const QList<QPushButton *> buttons = state.findChildren<QPushButton *>();
        QCOMPARE(buttons.size(), 2);
        QVERIFY(qobject_cast<PrimaryButton *>(buttons[0]));
        const QSignalSpy triggered(&create, &QAction::triggered);
        buttons[0]->setFocus();
        QTest::keyClick(buttons[0], Qt::Key_Space);
        QCOMPARE(triggered.size(), 1);
        create.setEnabled(false);
        QVERIFY(!buttons[0]->isEnabled());
    }

    void primaryButtonIsFilled()
    {
        PrimaryButton button("Run");
        button.resize(button.sizeHint());
        const auto at = [&] { return picture(button).pixelColor(button.width() / 2, 4); };
        QCOMPARE(at(), lightPalette().color(QPalette::Highlight));
        button.setEnabled(false);
        QVERIFY(at() != lightPalette().color(QPalette::Highlight));
        QCOMPARE(spoken(button).text(QAccessible::Name), QString("Run"));
        QCOMPARE(spoken(button).role(), QAccessible::PushButton);
    }

    void searchFieldClears()
    {
        SearchField field("Filter mounts");
        QVERIFY(showActive(field));
        QCOMPARE(spoken(field).text(QAccessible::Name), QString("Filter mounts"));
        QCOMPARE(spoken(field).role(), QAccessible::EditableText);
        QTest::keyClicks(&field, "proc");
        QCOMPARE(field.text(), QString("proc"));
        QTest::keyClick(&field, Qt::Key_Escape);
        QVERIFY(field.text().isEmpty());
        const QSignalSpy left(&field, &SearchField::leftForResults);
        QTest::keyClick(&field, Qt::Key_Down);
        QCOMPARE(left.size(), 1);
    }

    void sparklineKeepsTheNewest()
    {
        Sparkline line("Memory");
        line.setCapacity(4);
        for (int value = 1; value <= 6; ++value) {
            line.addSample(value);
        }
        QCOMPARE(line.sampleCount(), std::size_t{4});
        QCOMPARE(line.sample(0), 3.0);
        QCOMPARE(line.sample(3), 6.0);
        line.setCapacity(2);
        QCOMPARE(line.sample(0), 5.0);
        line.setCapacity(3);
        line.addSample(7);
        QCOMPARE(line.sample(0), 5.0);
        QCOMPARE(line.sample(2), 7.0);
        line.clear();
        QCOMPARE(line.sampleCount(), std::size_t{0});
    }

    void sparklineTellsItsValue()
    {
        Sparkline line("Memory");
        line.setFormatter([](double value) { return QString("%1 MiB").arg(value); });
        QCOMPARE(spoken(line).text(QAccessible::Description), QString("no data"));
        line.addSample(10);
        line.addSample(12);
        line.setLimit(64);
        QCOMPARE(line.valueText(), QString("12 MiB of 64 MiB"));
        QCOMPARE(spoken(line).text(QAccessible::Name), QString("Memory"));
        QCOMPARE(spoken(line).text(QAccessible::Description),
                 QString("12 MiB of 64 MiB; between 10 MiB and 12 MiB lately"));
        QCOMPARE(spoken(line).role(), QAccessible::Chart);
    }

    void sparklinePaintsAnything()
    {
        Sparkline line("Memory");
        for (const QSize &size : {QSize(200, 60), QSize(10, 10), QSize(1, 1), QSize(40, 200)}) {
            line.resize(size);
            line.clear();
            QVERIFY(!picture(line).isNull());
            line.addSample(0);
            QVERIFY(!picture(line).isNull());
            line.addSample(-5);
            line.addSample(1e18);
            line.setLimit(1e17);
            QVERIFY(!picture(line).isNull());
        }
        line.resize(200, 60);
        const QImage before = picture(line);
        line.addSample(0);
        QVERIFY(picture(line) != before);
    }

    void everyoneFollowsThePalette()
    {
        Badge badge("ro", Tone::ReadOnly);
        ElidedLabel label("text");
        Sparkline line("Memory");
        line.addSample(1);
        line.addSample(2);
        PrimaryButton button("Run");
        for (QWidget *widget : std::initializer_list<QWidget *>{&badge, &label, &line, &button}) {
            widget->resize(widget->sizeHint());
            const QImage light = picture(*widget);
            look(Theme::Dark);
            QVERIFY2(picture(*widget) != light, widget->metaObject()->className());
            look(Theme::Light);
            QCOMPARE(picture(*widget), light);
        }
    }
};

QTEST_MAIN(TestSmallWidgets)
#include "tst_small_widgets.moc"
