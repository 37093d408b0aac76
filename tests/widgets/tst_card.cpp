// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/card.h"
#include "checks.h"

#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QToolButton>

using namespace pivotbench::app;

class TestCard : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { look(Theme::Light); }

    void aButtonCardActivatesOnClick()
    {
        Card card("busybox", "A root of one program");
        QVERIFY(showActive(card));
        const QSignalSpy activated(&card, &Card::activated);
        const QSignalSpy clicked(&card, &Card::clicked);
        QTest::mouseClick(&card, Qt::LeftButton, {}, QPoint(40, 10));
        QCOMPARE(activated.size(), 1);
        QCOMPARE(clicked.size(), 1);
        QTest::mouseClick(&card, Qt::RightButton, {}, QPoint(40, 10));
        QCOMPARE(activated.size(), 1);
    }

    void aPressThatLeavesIsNoClick()
    {
        Card card("busybox");
        QVERIFY(showActive(card));
        const QSignalSpy activated(&card, &Card::activated);
        QTest::mousePress(&card, Qt::LeftButton, {}, QPoint(40, 10));
        QTest::mouseRelease(&card, Qt::LeftButton, {}, QPoint(40, card.height() + 40));
        QCOMPARE(activated.size(), 0);
    }

    void aRowCardActivatesOnDoubleClick()
    {
        Card card("busybox");
        card.setActivation(Card::Activation::DoubleClick);
        QVERIFY(showActive(card));
        const QSignalSpy activated(&card, &Card::activated);
        const QSignalSpy clicked(&card, &Card::clicked);
        QTest::mouseClick(&card, Qt::LeftButton);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(activated.size(), 0);
        QTest::mouseDClick(&card, Qt::LeftButton);
        QCOMPARE(activated.size(), 1);
    }

    void keysDoTheSame()
    {
        Card card("busybox");
        card.setActivation(Card::Activation::DoubleClick);
        QVERIFY(showActive(card));
        card.setFocus();
        const QSignalSpy activated(&card, &Card::activated);
        const QSignalSpy clicked(&card, &Card::clicked);
        QTest::keyClick(&card, Qt::Key_Space);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(activated.size(), 0);
        QTest::keyClick(&card, Qt::Key_Return);
        QCOMPARE(activated.size(), 1);
    }

    void aListenerMayDeleteIt()
    {
        QPointer<Card> card = new Card("busybox");
        card->show();
        connect(card, &Card::clicked, card, [&] { delete card; });
        QTest::mouseClick(card, Qt::LeftButton);
        QVERIFY(!card);
    }

    void itsActionsAreButtons()
    {
        Card card("busybox");
        QAction remove(icon(Icon::Delete), "Remove");
        card.addCardAction(&remove);
        QVERIFY(showActive(card));
        const QSignalSpy triggered(&remove, &QAction::triggered);
        const QSignalSpy activated(&card, &Card::activated);
        auto *button = card.findChild<QToolButton *>();
        QVERIFY(button);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(triggered.size(), 1);
        QCOMPARE(activated.size(), 0);
        QCOMPARE(spoken(*button).text(QAccessible::Name), QString("Remove"));
        // Reached by Tab from the card.
        card.setFocus();
        QTest::keyClick(&card, Qt::Key_Tab);
        QVERIFY(button->hasFocus());
    }

    void aDragStartsOnce()
    {
        Card card("busybox");
        card.setDraggable(true);
        QVERIFY(showActive(card));
        const QSignalSpy dragged(&card, &Card::dragStarted);
        const QSignalSpy clicked(&card, &Card::clicked);
        QTest::mousePress(&card, Qt::LeftButton, {}, QPoint(40, 10));
        QTest::mouseMove(&card, QPoint(42, 11));
        QCOMPARE(dragged.size(), 0);
        QTest::mouseMove(&card, QPoint(40 + 4 * QApplication::startDragDistance(), 20));
        QTest::mouseMove(&card, QPoint(44 + 4 * QApplication::startDragDistance(), 20));
        QCOMPARE(dragged.size(), 1);
        QTest::mouseRelease(&card, Qt::LeftButton, {}, QPoint(40, 20));
        QCOMPARE(clicked.size(), 0);
    }

    void itSaysWhatItIs()
    {
        Card card("busybox", "412 files");
        card.addBadge("ro", Tone::ReadOnly);
        QCOMPARE(spoken(card).role(), QAccessible::Button);
        QCOMPARE(spoken(card).text(QAccessible::Name), QString("busybox"));
        QCOMPARE(spoken(card).text(QAccessible::Description), QString("412 files, ro"));
        card.setActivation(Card::Activation::DoubleClick);
        QCOMPARE(spoken(card).role(), QAccessible::ListItem);
        card.setSelected(true);
        QVERIFY(spoken(card).state().selected);
        const QSignalSpy activated(&card, &Card::activated);
        spoken(card).actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(activated.size(), 1);
        card.setAccessibleName("Layer 2: busybox");
        QCOMPARE(spoken(card).text(QAccessible::Name), QString("Layer 2: busybox"));
    }

    void everyStateLooksDifferent()
    {
        QWidget window;
        auto *card = new Card("busybox", "412 files", &window);
        auto *other = new QToolButton(&window);
        card->setGeometry(10, 10, 300, 60);
        other->setGeometry(10, 100, 30, 30);
        window.resize(340, 140);
        QVERIFY(showActive(window));
        other->setFocus();
        const QImage plain = picture(*card);
        card->setSelected(true);
        const QImage selected = picture(*card);
        card->setSelected(false);
        card->setFocus();
        const QImage focused = picture(*card);
        other->setFocus();
        card->setStripe(Tone::Layer1);
        const QImage striped = picture(*card);
        QVERIFY(plain != selected);
        QVERIFY(plain != focused);
        QVERIFY(selected != focused);
        QVERIFY(plain != striped);
        QCOMPARE(striped.pixelColor(3, 30), tone(Tone::Layer1, lightPalette()));
        look(Theme::Dark);
        QCOMPARE(picture(*card).pixelColor(3, 30), tone(Tone::Layer1, darkPalette()));
        look(Theme::Light);
    }

    void itsContentIsItsOwn()
    {
        Card card("busybox");
        QPointer<QLabel> first = new QLabel("one");
        card.setContent(first);
        auto *second = new QLabel("two");
        card.setContent(second);
        QVERIFY(!first);
        QCOMPARE(card.content(), second);
        QVERIFY(second->parentWidget() == &card);
        card.setContent(nullptr);
        QCOMPARE(card.content(), nullptr);
    }

    void aLongTitleGivesWay()
    {
        Card card(QString("/srv/images/").repeated(20), QString("word ").repeated(80));
        QAction remove(icon(Icon::Delete), "Remove");
        card.addCardAction(&remove);
        card.addBadge("ro", Tone::ReadOnly);
        card.setIcon(icon(Icon::Layer));
        card.resize(220, card.sizeHint().height());
        QVERIFY(showActive(card));
        QVERIFY(card.width() < 400);
        QVERIFY(holdsItsChildren(card));
    }
};

QTEST_MAIN(TestCard)
#include "tst_card.moc"
