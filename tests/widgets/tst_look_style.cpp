// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/look_style.h"
#include "checks.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollBar>
#include <QSlider>
#include <QSpinBox>
#include <QStyleOptionSlider>
#include <QTabBar>
#include <QToolButton>
#include <QTreeWidget>

#include <functional>

using namespace pivotbench::app;

using Make = std::function<QWidget *()>;
Q_DECLARE_METATYPE(Make)

namespace {

int partAt(const QScrollBar &bar, QPoint at)
{
    QStyleOptionSlider option;
    option.initFrom(&bar);
    option.orientation = bar.orientation();
    option.minimum = bar.minimum();
    option.maximum = bar.maximum();
    option.pageStep = bar.pageStep();
    option.sliderPosition = option.sliderValue = bar.value();
    option.subControls = QStyle::SC_All;
    return bar.style()->hitTestComplexControl(QStyle::CC_ScrollBar, &option, at, &bar);
}

} // namespace

class TestLookStyle : public QObject {
    Q_OBJECT

private slots:
    void init() { look(Theme::Light); }

    void controlsAreSeenOnTheirGround_data()
    {
        QTest::addColumn<Make>("make");
        QTest::newRow("a line edit") << Make([] { return new QLineEdit; });
        QTest::newRow("a button") << Make([] { return new QPushButton; });
        QTest::newRow("a combo box") << Make([] { return new QComboBox; });
        QTest::newRow("a spin box") << Make([] { return new QSpinBox; });
        QTest::newRow("a check box") << Make([] { return new QCheckBox; });
        QTest::newRow("a radio button") << Make([] { return new QRadioButton; });
    }
    void controlsAreSeenOnTheirGround()
    {
        QFETCH(Make, make);
        for (const Theme theme : {Theme::Light, Theme::Dark}) {
            look(theme);
            QWidget window;
            QWidget *control = make();
            control->setParent(&window);
            control->setGeometry(20, 20, 100, 28);
            // Not where a window gives its first focus.
            control->setFocusPolicy(Qt::NoFocus);
            window.resize(140, 70);
            window.show();
            const QImage image = picture(window);
            const QColor ground = QApplication::palette().color(QPalette::Window);
            qreal most = 0;
            for (int y = 20; y < 48; ++y) {
                for (int x = 20; x < 50; ++x) {
                    most = std::max(most, contrast(image.pixelColor(x, y), ground));
                }
            }
            QVERIFY2(most >= 3, qPrintable(QString::number(most)));
        }
    }

    void marksAreSeen_data()
    {
        QTest::addColumn<bool>("radio");
        QTest::newRow("check box") << false;
        QTest::newRow("radio button") << true;
    }
    void marksAreSeen()
    {
        QFETCH(bool, radio);
        for (const Theme theme : {Theme::Light, Theme::Dark}) {
            look(theme);
            const std::unique_ptr<QAbstractButton> button(radio ? static_cast<QAbstractButton *>(new QRadioButton)
                                                                : new QCheckBox);
            button->resize(button->sizeHint());
            const QImage off = picture(*button);
            button->setChecked(true);
            const QImage on = picture(*button);
            QVERIFY(off != on);
            button->setEnabled(false);
            QVERIFY(picture(*button) != on);
        }
    }

    void theThirdStateIsItsOwn()
    {
        QCheckBox box;
        box.setTristate(true);
        box.resize(box.sizeHint());
        QList<QImage> seen;
        for (const Qt::CheckState state : {Qt::Unchecked, Qt::PartiallyChecked, Qt::Checked}) {
            box.setCheckState(state);
            QVERIFY(!seen.contains(picture(box)));
            seen << picture(box);
        }
    }

    void theFocusIsSeen_data()
    {
        QTest::addColumn<Make>("make");
        QTest::newRow("a line edit") << Make([] { return new QLineEdit; });
        QTest::newRow("a button") << Make([] { return new QPushButton("Run"); });
        QTest::newRow("a tool button") << Make([] {
            auto *button = new QToolButton;
            button->setAutoRaise(true);
            button->setText("Run");
            button->setFocusPolicy(Qt::StrongFocus);
            return button;
        });
        QTest::newRow("a combo box") << Make([] { return new QComboBox; });
        QTest::newRow("a check box") << Make([] { return new QCheckBox("nosuid"); });
        QTest::newRow("a slider") << Make([] { return new QSlider(Qt::Horizontal); });
        QTest::newRow("a tree") << Make([] { return new QTreeWidget; });
    }
    void theFocusIsSeen()
    {
        QFETCH(Make, make);
        QWidget window;
        QWidget *control = make();
        control->setParent(&window);
        control->setGeometry(10, 10, 120, 60);
        auto *other = new QPushButton(&window);
        other->setGeometry(10, 90, 80, 30);
        window.resize(200, 140);
        QVERIFY(showActive(window));
        // As after the first Tab: buttons show their focus only to who uses the keyboard.
        window.setAttribute(Qt::WA_KeyboardFocusChange);
        other->setFocus(Qt::TabFocusReason);
        const QImage without = picture(*control);
        control->setFocus(Qt::TabFocusReason);
        QVERIFY(picture(*control) != without);
    }

    void aScrollBarIsAllHandleAndGroove()
    {
        for (const Qt::Orientation orientation : {Qt::Vertical, Qt::Horizontal}) {
            QScrollBar bar(orientation);
            bar.setRange(0, 900);
            bar.setPageStep(100);
            const bool vertical = orientation == Qt::Vertical;
            bar.resize(vertical ? QSize(16, 400) : QSize(400, 16));
            const auto at = [&](int along) { return vertical ? QPoint(8, along) : QPoint(along, 8); };
            QCOMPARE(partAt(bar, at(5)), static_cast<int>(QStyle::SC_ScrollBarSlider));
            QCOMPARE(partAt(bar, at(395)), static_cast<int>(QStyle::SC_ScrollBarAddPage));
            bar.setValue(900);
            QCOMPARE(partAt(bar, at(395)), static_cast<int>(QStyle::SC_ScrollBarSlider));
            QCOMPARE(partAt(bar, at(5)), static_cast<int>(QStyle::SC_ScrollBarSubPage));
        }
    }

    void aScrollBarIsDragged()
    {
        QScrollBar bar(Qt::Vertical);
        bar.setRange(0, 900);
        bar.setPageStep(100);
        bar.resize(16, 400);
        bar.show();
        QTest::mousePress(&bar, Qt::LeftButton, {}, QPoint(8, 10));
        QTest::mouseMove(&bar, QPoint(8, 190));
        QTest::mouseRelease(&bar, Qt::LeftButton, {}, QPoint(8, 190));
        QVERIFY2(std::abs(bar.value() - 450) < 20, qPrintable(QString::number(bar.value())));
        QTest::mouseClick(&bar, Qt::LeftButton, {}, QPoint(8, 395));
        QVERIFY(bar.value() > 500);
    }

    void hugeRangesDoNotOverflow()
    {
        QScrollBar bar(Qt::Vertical);
        bar.setRange(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
        bar.setPageStep(std::numeric_limits<int>::max());
        bar.resize(16, 400);
        QVERIFY(!picture(bar).isNull());
        QProgressBar progress;
        progress.setRange(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
        progress.setValue(0);
        progress.resize(100, 20);
        QVERIFY(!picture(progress).isNull());
    }

    void everythingPaintsInEveryState()
    {
        for (const Qt::LayoutDirection direction : {Qt::LeftToRight, Qt::RightToLeft}) {
            QWidget window;
            window.setLayoutDirection(direction);
            auto *tree = new QTreeWidget(&window);
            tree->setHeaderLabels({"a", "b"});
            auto *item = new QTreeWidgetItem(tree, {"x", "y"});
            item->setCheckState(0, Qt::PartiallyChecked);
            new QTreeWidgetItem(item, {"z"});
            tree->expandAll();
            auto *tabs = new QTabBar(&window);
            tabs->addTab("one");
            tabs->addTab("two");
            for (const auto shape :
                 {QTabBar::RoundedNorth, QTabBar::RoundedSouth, QTabBar::RoundedWest, QTabBar::RoundedEast}) {
                tabs->setShape(shape);
                QVERIFY(!isPlain(picture(*tabs)));
            }
            auto *spin = new QSpinBox(&window);
            spin->setButtonSymbols(QAbstractSpinBox::PlusMinus);
            auto *combo = new QComboBox(&window);
            combo->setEditable(true);
            auto *vertical = new QProgressBar(&window);
            vertical->setOrientation(Qt::Vertical);
            vertical->setValue(50);
            auto *busy = new QProgressBar(&window);
            busy->setRange(0, 0);
            auto *flat = new QPushButton("flat", &window);
            flat->setFlat(true);
            for (QWidget *child :
                 {static_cast<QWidget *>(tree), static_cast<QWidget *>(spin), static_cast<QWidget *>(combo),
                  static_cast<QWidget *>(vertical), static_cast<QWidget *>(busy), static_cast<QWidget *>(flat)}) {
                child->resize(child->sizeHint());
                QVERIFY(!isPlain(picture(*child)));
                child->setEnabled(false);
                QVERIFY(!isPlain(picture(*child)));
            }
        }
    }
};

QTEST_MAIN(TestLookStyle)
#include "tst_look_style.moc"
