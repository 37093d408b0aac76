// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/box_drawing.h"
#include "app/terminal/terminal_view.h"

#include <QImage>
#include <QPainter>
#include <QTest>

using namespace pivotbench::app::terminal;
using namespace Qt::StringLiterals;

namespace {

QPalette paletteOf(QColor base, QColor text)
{
    QPalette palette;
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::Highlight, Qt::darkYellow);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    return palette;
}

/// A view of 10 rows, what it shows as pixels, and where its cells are there.
struct Picture {
    TerminalView view;
    QImage image;

    explicit Picture(const QPalette &palette)
    {
        view.setPalette(palette);
        view.resize(600, 220);
        view.show();
    }

    void show(std::string_view bytes)
    {
        view.feed(bytes);
        QTest::qWait(40);
        image = view.viewport()->grab().toImage().convertToFormat(QImage::Format_RGB32);
    }

    [[nodiscard]] QRect cell(int row, int column) const
    {
        const QRect logical = view.cellRect({view.topLine() + row, column});
        const qreal ratio = image.devicePixelRatio();
        return {(QPointF(logical.topLeft()) * ratio).toPoint(), (QSizeF(logical.size()) * ratio).toSize()};
    }

    /// How much of a cell has exactly this colour, in percent.
    [[nodiscard]] int share(int row, int column, QRgb colour) const
    {
        const QRect rect = cell(row, column);
        int equal = 0;
        for (int y = rect.top(); y <= rect.bottom(); ++y)
            for (int x = rect.left(); x <= rect.right(); ++x)
                equal += image.pixel(x, y) == colour ? 1 : 0;
        return equal * 100 / (rect.width() * rect.height());
    }

    /// How far the nearest of a cell's pixels is from a colour: thin strokes are softened.
    [[nodiscard]] int distance(int row, int column, QRgb colour) const
    {
        const QRect rect = cell(row, column);
        int least = 1000;
        for (int y = rect.top(); y <= rect.bottom(); ++y) {
            for (int x = rect.left(); x <= rect.right(); ++x) {
                const QRgb pixel = image.pixel(x, y);
                least =
                    std::min(least, std::abs(qRed(pixel) - qRed(colour)) + std::abs(qGreen(pixel) - qGreen(colour)) +
                                        std::abs(qBlue(pixel) - qBlue(colour)));
            }
        }
        return least;
    }
};

/// WCAG 2.1, relative luminance and contrast ratio.
double contrast(QRgb one, QRgb other)
{
    const auto luminance = [](QRgb colour) {
        const auto part = [](int value) {
            const double level = value / 255.0;
            return level <= 0.03928 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * part(qRed(colour)) + 0.7152 * part(qGreen(colour)) + 0.0722 * part(qBlue(colour));
    };
    const double a = luminance(one);
    const double b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

} // namespace

class TestTerminalRendering : public QObject {
    Q_OBJECT

private slots:
    void paintsColours_data();
    void paintsColours();
    void hasReadableColours();
    void paintsTheCursor();
    void paintsTheSelection();
    void keepsGlyphsInTheirCells();
    void paintsOnlyWhatChanged();
    void joinsBoxes_data();
    void joinsBoxes();
    void drawsEveryBox();
};

void TestTerminalRendering::paintsColours_data()
{
    QTest::addColumn<QPalette>("palette");
    QTest::addColumn<bool>("isDark");
    QTest::newRow("light") << paletteOf(QColor(250, 250, 250), QColor(20, 20, 20)) << false;
    QTest::newRow("dark") << paletteOf(QColor(30, 30, 36), QColor(220, 220, 225)) << true;
}

void TestTerminalRendering::paintsColours()
{
    QFETCH(QPalette, palette);
    QFETCH(bool, isDark);
    const TerminalColours table = isDark ? TerminalColours::dark() : TerminalColours::light();
    const QRgb base = palette.color(QPalette::Base).rgb();
    const QRgb text = palette.color(QPalette::Text).rgb();
    Picture picture(palette);
    picture.show(
        "\x1b[?25l\x1b[41m \x1b[48;5;208m \x1b[48;2;1;2;3m \x1b[0;7m \x1b[0m \x1b[31m█\x1b[97m█\x1b[0m█\x1b[31;8m█");
    QCOMPARE(picture.share(0, 0, table.at(1)), 100);
    QCOMPARE(picture.share(0, 1, table.at(208)), 100);
    QCOMPARE(picture.share(0, 2, qRgb(1, 2, 3)), 100);
    QCOMPARE(picture.share(0, 3, text), 100);
    QCOMPARE(picture.share(0, 4, base), 100);
    QCOMPARE(picture.share(0, 5, table.at(1)), 100);
    QCOMPARE(picture.share(0, 6, table.at(15)), 100);
    QCOMPARE(picture.share(0, 7, text), 100);
    QCOMPARE(picture.share(0, 8, base), 100); // concealed
    QCOMPARE(picture.share(1, 0, base), 100);
    QCOMPARE(picture.image.pixel(0, 0), base); // the margin
    // A letter is some of both.
    picture.show("\x1b[0m\r\nM");
    QVERIFY(picture.share(1, 0, base) > 10 && picture.share(1, 0, base) < 95);
    QVERIFY(picture.distance(1, 0, text) < 60);
    QVERIFY(picture.distance(1, 0, table.at(2)) > 60);
    // An underline is a whole row of pixels.
    picture.show("\r\n\x1b[4m    ");
    QVERIFY(picture.share(2, 1, text) >= 3);
    picture.show("\x1b[?5h"); // the whole screen reversed
    QCOMPARE(picture.share(5, 5, text), 100);
    QCOMPARE(picture.image.pixel(0, 0), text);
    // Other colours at once.
    TerminalColours own = table;
    own.basic[1] = qRgb(9, 8, 7);
    picture.view.setColours(own);
    picture.show("\x1b[?5l");
    QCOMPARE(picture.share(0, 0, qRgb(9, 8, 7)), 100);
}

void TestTerminalRendering::hasReadableColours()
{
    const QRgb white = qRgb(255, 255, 255);
    const QRgb dark = qRgb(30, 30, 36);
    for (std::uint8_t index = 1; index < 16; ++index) {
        QVERIFY2(contrast(TerminalColours::light().at(index), white) >= 4.5, qPrintable(u"light %1"_s.arg(index)));
        if (index != 8)
            QVERIFY2(contrast(TerminalColours::dark().at(index), dark) >= 4.5, qPrintable(u"dark %1"_s.arg(index)));
    }
    QVERIFY(contrast(TerminalColours::dark().at(8), dark) >= 4.5);
    QCOMPARE(TerminalColours::dark().at(16), qRgb(0, 0, 0));
    QCOMPARE(TerminalColours::dark().at(231), qRgb(255, 255, 255));
    QCOMPARE(TerminalColours::dark().at(110), qRgb(135, 175, 215));
    QCOMPARE(TerminalColours::dark().at(244), qRgb(128, 128, 128));
}

void TestTerminalRendering::paintsTheCursor()
{
    Picture picture(paletteOf(Qt::white, Qt::black));
    picture.view.activateWindow();
    picture.view.setFocus();
    QVERIFY(QTest::qWaitForWindowActive(&picture.view));
    picture.show("\x1b[2 q"); // a block that does not blink
    QCOMPARE(picture.share(0, 0, qRgb(0, 0, 0)), 100);
    picture.show("\x1b[4 q");
    QVERIFY(picture.share(0, 0, qRgb(0, 0, 0)) < 20 && picture.share(0, 0, qRgb(0, 0, 0)) > 2);
    picture.show("\x1b[6 q");
    QVERIFY(picture.share(0, 0, qRgb(0, 0, 0)) < 30 && picture.share(0, 0, qRgb(0, 0, 0)) > 5);
    picture.show("\x1b[?25l");
    QCOMPARE(picture.share(0, 0, qRgb(255, 255, 255)), 100);
    picture.show("\x1b[?25h\x1b[2 q中\r"); // on both its cells
    QVERIFY(picture.share(0, 0, qRgb(0, 0, 0)) > 40 && picture.share(0, 1, qRgb(0, 0, 0)) > 40);
    picture.show("\x1b[2K");
    picture.view.clearFocus();
    picture.show({}); // hollow
    QVERIFY(picture.share(0, 0, qRgb(0, 0, 0)) > 5 && picture.share(0, 0, qRgb(0, 0, 0)) < 60);
}

void TestTerminalRendering::paintsTheSelection()
{
    Picture picture(paletteOf(Qt::white, Qt::black));
    picture.show("\x1b[?25labc\r\ndef");
    const LineNumber top = picture.view.topLine();
    picture.view.select({{top, 1}, {top + 1, 1}});
    picture.show({});
    const QRgb marked = QColor(Qt::darkYellow).rgb();
    QCOMPARE(picture.share(0, 0, marked), 0);
    QVERIFY(picture.share(0, 1, marked) > 30);
    QCOMPARE(picture.share(0, 20, marked), 100);
    QVERIFY(picture.share(1, 0, marked) > 30);
    QCOMPARE(picture.share(1, 1, marked), 0);
}

void TestTerminalRendering::keepsGlyphsInTheirCells()
{
    Picture picture(paletteOf(Qt::white, Qt::black));
    picture.show("\x1b[?25lM M WWWW 中 x \U0001f600 y");
    const QRgb white = qRgb(255, 255, 255);
    for (const int blank : {1, 3, 8, 11, 13, 16})
        QVERIFY2(picture.share(0, blank, white) >= 97, qPrintable(QString::number(blank))); // a soft edge at most
    for (const int written : {0, 2, 4, 7, 12, 17})
        QVERIFY(picture.share(0, written, white) < 95);
    // The same letter looks the same wherever it is.
    const QRect first = picture.cell(0, 0);
    const QRect second = picture.cell(0, 2);
    QCOMPARE(picture.image.copy(first), picture.image.copy(second));
}

void TestTerminalRendering::paintsOnlyWhatChanged()
{
    struct Watch : QObject {
        QRegion painted;
        bool eventFilter(QObject *, QEvent *event) override
        {
            if (event->type() == QEvent::Paint)
                painted += static_cast<QPaintEvent *>(event)->region();
            return false;
        }
    } watch;
    Picture picture(paletteOf(Qt::white, Qt::black));
    picture.show("one\r\ntwo\r\nthree");
    QTest::qWait(50);
    picture.view.viewport()->installEventFilter(&watch);
    picture.view.feed("!");
    QTest::qWait(50);
    QVERIFY(!watch.painted.isEmpty());
    const int height = picture.view.cellRect({picture.view.topLine(), 0}).height();
    QVERIFY2(watch.painted.boundingRect().height() <= height + 2,
             qPrintable(QString::number(watch.painted.boundingRect().height())));
    QVERIFY(watch.painted.contains(picture.view.cellRect({picture.view.topLine() + 2, 5}).center()));
}

void TestTerminalRendering::joinsBoxes_data()
{
    QTest::addColumn<QString>("box");
    QTest::newRow("light") << u"┌─┐│││└─┘"_s.replace(u"│││"_s, u"│ │"_s);
    QTest::newRow("heavy") << u"┏━┓┃ ┃┗━┛"_s;
    QTest::newRow("double") << u"╔═╗║ ║╚═╝"_s;
    QTest::newRow("round") << u"╭─╮│ │╰─╯"_s;
    QTest::newRow("double above light") << u"╒═╕│ │╘═╛"_s;
    QTest::newRow("light above double") << u"╓─╖║ ║╙─╜"_s;
}

void TestTerminalRendering::joinsBoxes()
{
    // A frame without gaps keeps a flood from its middle inside.
    QFETCH(QString, box);
    QCOMPARE(box.size(), 9);
    for (const QSize cell : {QSize(8, 17), QSize(9, 18), QSize(16, 33), QSize(7, 14)}) {
        for (const int line : {1, 2, 3}) {
            QImage image(cell.width() * 3, cell.height() * 3, QImage::Format_RGB32);
            image.fill(Qt::white);
            {
                QPainter painter(&image);
                for (int i = 0; i < 9; ++i)
                    drawBox(painter, {QPoint(cell.width() * (i % 3), cell.height() * (i / 3)), cell},
                            box.at(i).unicode(), Qt::black, line);
            }
            std::vector<QPoint> reached{image.rect().center()};
            bool outside = false;
            while (!reached.empty() && !outside) {
                const QPoint point = reached.back();
                reached.pop_back();
                if (!image.rect().contains(point)) {
                    outside = true;
                } else if (qGray(image.pixel(point)) > 200) {
                    image.setPixel(point, qRgb(0, 0, 0));
                    for (const QPoint step : {QPoint(1, 0), QPoint(-1, 0), QPoint(0, 1), QPoint(0, -1)})
                        reached.push_back(point + step);
                }
            }
            QVERIFY2(!outside,
                     qPrintable(u"cells of %1×%2, lines of %3"_s.arg(cell.width()).arg(cell.height()).arg(line)));
        }
    }
}

void TestTerminalRendering::drawsEveryBox()
{
    for (char32_t character = 0x2500; character <= 0x259f; ++character) {
        QImage image(10, 20, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        const bool drawn = drawBox(painter, image.rect(), character, Qt::black, 1);
        painter.end();
        QCOMPARE(drawn, isBox(character));
        QImage untouched(10, 20, QImage::Format_RGB32);
        untouched.fill(Qt::white);
        QCOMPARE(image != untouched, drawn);
    }
    QVERIFY(!isBox('x') && !isBox(0x24ff) && !isBox(0x25a0));
}

QTEST_MAIN(TestTerminalRendering)
#include "tst_terminal_rendering.moc"
