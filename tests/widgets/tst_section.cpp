// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/section.h"
#include "checks.h"

#include <QAbstractButton>
#include <QLabel>
#include <QSignalSpy>

using namespace pivotbench::app;

class TestSection : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { look(Theme::Light); }

    void aClickFoldsAndUnfolds()
    {
        Section section("Options");
        auto *content = new QLabel("nosuid");
        section.setContent(content);
        QVERIFY(showActive(section));
        auto *header = section.findChild<QAbstractButton *>();
        const QSignalSpy toggled(&section, &Section::toggled);
        const int open = section.sizeHint().height();
        QVERIFY(content->isVisible());
        QTest::mouseClick(header, Qt::LeftButton);
        QVERIFY(!section.isExpanded());
        QVERIFY(!content->isVisible());
        QVERIFY(section.sizeHint().height() < open);
        QTest::mouseClick(header, Qt::LeftButton);
        QVERIFY(content->isVisible());
        QCOMPARE(toggled.size(), 2);
    }

    void keysDoTheSame()
    {
        Section section("Options");
        section.setContent(new QLabel("nosuid"));
        QVERIFY(showActive(section));
        auto *header = section.findChild<QAbstractButton *>();
        header->setFocus();
        QTest::keyClick(header, Qt::Key_Left);
        QVERIFY(!section.isExpanded());
        QTest::keyClick(header, Qt::Key_Left);
        QVERIFY(!section.isExpanded());
        QTest::keyClick(header, Qt::Key_Right);
        QVERIFY(section.isExpanded());
        QTest::keyClick(header, Qt::Key_Space);
        QVERIFY(!section.isExpanded());
        QTest::keyClick(header, Qt::Key_Return);
        QVERIFY(section.isExpanded());
    }

    void whatIsFoldedIsNotInTheTabOrder()
    {
        QWidget window;
        auto *section = new Section("Options", &window);
        auto *inside = new QLabel("x");
        inside->setFocusPolicy(Qt::StrongFocus);
        section->setContent(inside);
        section->setExpanded(false);
        QVERIFY(showActive(window));
        auto *header = section->findChild<QAbstractButton *>();
        header->setFocus();
        QTest::keyClick(header, Qt::Key_Tab);
        QVERIFY(!inside->hasFocus());
    }

    void contentThatComesLateIsHiddenToo()
    {
        Section section("Options");
        section.setExpanded(false);
        auto *content = new QLabel("nosuid");
        section.setContent(content);
        section.show();
        QVERIFY(!content->isVisible());
    }

    void itSaysWhetherItIsOpen()
    {
        Section section("Options");
        section.setSummary("3 set");
        section.setContent(new QLabel("nosuid"));
        auto *header = section.findChild<QAbstractButton *>();
        QCOMPARE(spoken(*header).text(QAccessible::Name), QString("Options"));
        QCOMPARE(spoken(*header).text(QAccessible::Description), QString("3 set"));
        QVERIFY(spoken(*header).state().expandable);
        QVERIFY(spoken(*header).state().expanded);
        spoken(*header).actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QVERIFY(!section.isExpanded());
        QVERIFY(spoken(*header).state().collapsed);
    }

    void itPaintsAtAnyWidth()
    {
        Section section(QString("A long title ").repeated(10));
        section.setSummary(QString("a long summary ").repeated(10));
        for (const int width : {600, 200, 80, 20}) {
            section.resize(width, section.sizeHint().height());
            QVERIFY(!picture(section).isNull());
        }
        QVERIFY(section.minimumSizeHint().width() < 120);
    }
};

QTEST_MAIN(TestSection)
#include "tst_section.moc"
