// SPDX-License-Identifier: Apache-2.0
#include "screen_text.h"

#include <QTest>
#include <random>

using namespace pivotbench::app::terminal;
using namespace pivotbench::test;
using namespace Qt::StringLiterals;

namespace {

std::string numbered(int from, int to)
{
    std::string text;
    for (int i = from; i <= to; ++i)
        text += std::to_string(i) + (i < to ? "\r\n" : "");
    return text;
}

/// Pieces of sequences that move, cut and keep places, and any bytes between them.
std::string randomOutput(std::mt19937 &random)
{
    static const std::vector<std::string> words{"\x1b[",
                                                "\x1b]0;",
                                                "\a",
                                                "\x1b"
                                                "7",
                                                "\x1b"
                                                "8",
                                                "\x1b"
                                                "c",
                                                "\x1b"
                                                "M",
                                                "\x1b"
                                                "D",
                                                "\r",
                                                "\n",
                                                "\t",
                                                "\b",
                                                "\x1b[?1049h",
                                                "\x1b[?1049l",
                                                "\x1b[?6h",
                                                "\x1b[?6l",
                                                "\x1b[?69h",
                                                "\x1b[?7l",
                                                "\x1b[4h",
                                                "\x1b[3;9r",
                                                "\x1b[r",
                                                "\x1b[5;20s",
                                                "\x1b[2J",
                                                "\x1b[3J",
                                                "\x1b[K",
                                                "\x1b[99;99H",
                                                "\x1b[H",
                                                "\x1b[9L",
                                                "\x1b[9M",
                                                "\x1b[9@",
                                                "\x1b[9P",
                                                "\x1b[9X",
                                                "\x1b[50b",
                                                "\x1b[9S",
                                                "\x1b[9T",
                                                "\x1b[3'}",
                                                "\x1b[3'~",
                                                "\x1b[!p",
                                                "\x1b#8",
                                                "\x1b(0",
                                                "中",
                                                "😀",
                                                "\xcc\x81",
                                                "\xe4\xb8",
                                                "\xff",
                                                "\xc2\x9b",
                                                "text",
                                                "0123456789012345678901234567890123456789",
                                                "\x1b[38;2;1;2;3m",
                                                "\x1b[7m",
                                                "\x1bP$qm\x1b\\",
                                                ";",
                                                ":",
                                                "1",
                                                "9999999999",
                                                "m",
                                                "h",
                                                "?",
                                                " q",
                                                "\x18"};
    std::string text;
    std::uniform_int_distribution<std::size_t> word(0, words.size() + 3);
    std::uniform_int_distribution<int> byte(0, 255);
    for (int i = 0; i < 40; ++i) {
        const std::size_t which = word(random);
        if (which < words.size())
            text += words[which];
        else
            text += static_cast<char>(byte(random));
    }
    return text;
}

} // namespace

class TestScreenSize : public QObject {
    Q_OBJECT

private slots:
    void keepsWhatScrollsOff();
    void boundsScrollback();
    void keepsColoursAndMarksInScrollback();
    void clearsScrollback();
    void alternateScreenKeepsNoLines();
    void survivesShrinkingAboveContent();
    void survivesSavedPlacesOutside();
    void survivesMarginsOutside();
    void dropsBlankRowsFirst();
    void pullsLinesBack();
    void reflows();
    void reflowsWideCharacters();
    void reflowsUnderTheAlternateScreen();
    void keepsCursorOnItsCharacter_data();
    void keepsCursorOnItsCharacter();
    void clampsSizes();
    void survivesAnything_data();
    void survivesAnything();
    void isQuickWithHostileOutput_data();
    void isQuickWithHostileOutput();
};

void TestScreenSize::keepsWhatScrollsOff()
{
    Screen screen({3, 10}, 100);
    screen.write(numbered(1, 8));
    QCOMPARE(screenText(screen), u"6|7|8"_s);
    QCOMPARE(allText(screen), u"1|2|3|4|5|6|7|8"_s);
    QCOMPARE(screen.firstLine(), 0);
    QCOMPARE(screen.screenTop(), 5);
    // Lines keep their numbers, whatever scrolls.
    screen.write("\r\n9");
    QCOMPARE(linesText(screen, 2, 3), u"3"_s);
}

void TestScreenSize::boundsScrollback()
{
    Screen screen({3, 10}, 4);
    screen.write(numbered(1, 20));
    QCOMPARE(allText(screen), u"14|15|16|17|18|19|20"_s);
    QCOMPARE(screen.firstLine(), 13);
    QCOMPARE(linesText(screen, 0, 5), QString());
    screen.setScrollbackCapacity(2);
    QCOMPARE(allText(screen), u"16|17|18|19|20"_s);
    screen.setScrollbackCapacity(0);
    screen.write("\r\n21");
    QCOMPARE(allText(screen), u"19|20|21"_s);
    screen.setScrollbackCapacity(3);
    screen.write("\r\n22\r\n23");
    QCOMPARE(allText(screen), u"19|20|21|22|23"_s);
}

void TestScreenSize::keepsColoursAndMarksInScrollback()
{
    Screen screen({2, 20}, 10);
    screen.write("\x1b[1;31ma\u0301\x1b[0m b中\x1b[44m  \x1b[38;2;9;8;7mx\x1b[0m");
    const Line before = screen.row(0);
    screen.write("\r\n\n\n");
    Line after;
    screen.readLine(0, after);
    QCOMPARE(lineText(after), lineText(before));
    for (std::size_t i = 0; i < before.cells.size(); ++i) {
        QVERIFY(after.cells[i].pen == before.cells[i].pen);
        QCOMPARE(after.cells[i].width, before.cells[i].width);
    }
}

void TestScreenSize::clearsScrollback()
{
    Screen screen({2, 10}, 10);
    screen.write("1\r\n2\r\n3\r\n4\x1b[3J");
    QCOMPARE(allText(screen), u"3|4"_s);
    QCOMPARE(screen.firstLine(), screen.screenTop());
}

void TestScreenSize::alternateScreenKeepsNoLines()
{
    Screen screen({3, 10}, 10);
    screen.write(numbered(1, 5) + "\x1b[?1049h\x1b[H" + numbered(10, 30));
    QCOMPARE(screen.firstLine(), screen.screenTop());
    QCOMPARE(allText(screen), u"28|29|30"_s);
    screen.write("\x1b[?1049l");
    QCOMPARE(allText(screen), u"1|2|3|4|5"_s);
}

/// libvterm 0.1.4's own screen puts the cursor at row -14 here.
void TestScreenSize::survivesShrinkingAboveContent()
{
    Screen screen({24, 80}, 100);
    screen.write(numbered(1, 24) + "\x1b[H");
    screen.resize({10, 80});
    QCOMPARE(screen.cursor().place, (Place{0, 0}));
    screen.write("X\x1b[A\x1b[K\r\nY");
    QCOMPARE(screen.cursor().place, (Place{1, 1}));
    QVERIFY(screenText(screen).startsWith(u"X|Y|3|4"_s));
}

void TestScreenSize::survivesSavedPlacesOutside()
{
    for (const char *restore : {"\x1b"
                                "8",
                                "\x1b[u", "\x1b[?1048l"}) {
        Screen screen({24, 80}, 100);
        screen.write("\x1b[24;80H\x1b"
                     "7");
        screen.resize({3, 8});
        screen.write(restore);
        screen.write("ab");
        QVERIFY(screen.cursor().place.row < 3 && screen.cursor().place.column < 8);
    }
}

void TestScreenSize::survivesMarginsOutside()
{
    Screen screen({24, 80}, 100);
    screen.write("\x1b[?69h\x1b[20;24r\x1b[70;80s\x1b[?6h");
    screen.resize({5, 10});
    screen.write("\n\n\n\x1b[L\x1b[M\x1b[5S\x1b[5T\x1bM\x1b[2'}x");
    screen.write("\x1b[?69l\x1b[?6l\x1b[2J\x1b[1;1H" + numbered(1, 6));
    QCOMPARE(screenText(screen), u"2|3|4|5|6"_s); // the margins are gone
}

void TestScreenSize::dropsBlankRowsFirst()
{
    Screen screen({6, 10}, 10);
    screen.write("1\r\n2");
    screen.resize({3, 10});
    QCOMPARE(screen.screenTop(), 0);
    QCOMPARE(screenText(screen), u"1|2"_s);
    screen.write("\r\n3");
    screen.resize({2, 10});
    QCOMPARE(screenText(screen), u"2|3"_s);
    QCOMPARE(allText(screen), u"1|2|3"_s);
    QCOMPARE(screen.cursor().place, (Place{1, 1}));
}

void TestScreenSize::pullsLinesBack()
{
    Screen screen({2, 10}, 10);
    screen.write(numbered(1, 5));
    screen.resize({4, 10});
    QCOMPARE(screenText(screen), u"2|3|4|5"_s);
    QCOMPARE(screen.cursor().place, (Place{3, 1}));
    // Not into a screen that was cleared.
    screen.write("\x1b[2J\x1b[H$ ");
    screen.resize({6, 10});
    QCOMPARE(screenText(screen), u"$"_s);
    QCOMPARE(screen.cursor().place, (Place{0, 2}));
}

void TestScreenSize::reflows()
{
    Screen screen({4, 10}, 100);
    screen.write("0123456789abcdefghij\x1b[31mklm\x1b[0m\r\nnext\r\n$ ");
    QCOMPARE(screenText(screen), u"0123456789|abcdefghij|klm|next|$"_s.mid(11));
    QVERIFY(screen.row(0).wrapped && !screen.row(1).wrapped);
    static_cast<void>(screen.takeChanges());
    screen.resize({4, 25});
    QVERIFY(screen.takeChanges().renumbered);
    QCOMPARE(allText(screen), u"0123456789abcdefghijklm|next|$"_s);
    QCOMPARE(screen.cursor().place.column, 2);
    QCOMPARE(linesText(screen, screen.screenTop() + screen.cursor().place.row,
                       screen.screenTop() + screen.cursor().place.row + 1),
             u"$"_s);
    screen.resize({4, 5});
    QCOMPARE(allText(screen), u"01234|56789|abcde|fghij|klm|next|$"_s);
    QCOMPARE(screenText(screen), u"fghij|klm|next|$"_s);
    screen.resize({4, 10});
    QCOMPARE(allText(screen), u"0123456789|abcdefghij|klm|next|$"_s);
    // Colours went along.
    Line line;
    screen.readLine(screen.firstLine() + 2, line);
    QCOMPARE(line.cells[2].pen.foreground, Colour::indexed(1));
    QCOMPARE(line.cells[3].pen.foreground, Colour());
}

void TestScreenSize::reflowsWideCharacters()
{
    Screen screen({4, 10}, 100);
    screen.write("中文字中文字中文");
    screen.resize({4, 5});
    QCOMPARE(allText(screen), u"中文|字中|文字|中文"_s);
    screen.resize({4, 7});
    QCOMPARE(allText(screen), u"中文字|中文字|中文"_s);
    screen.resize({4, 16});
    QCOMPARE(allText(screen), u"中文字中文字中文"_s);
}

void TestScreenSize::reflowsUnderTheAlternateScreen()
{
    Screen screen({4, 10}, 100);
    screen.write(numbered(1, 9) + "\r\n0123456789$ \x1b[?1049h\x1b[2J\x1b[Hvim");
    screen.resize({2, 6});
    QCOMPARE(screenText(screen), u"vim"_s);
    screen.write("\x1b[?1049lx");
    QCOMPARE(allText(screen), u"1|2|3|4|5|6|7|8|9|012345|6789$|x"_s);
    screen.resize({4, 20});
    QVERIFY(allText(screen).endsWith(u"|0123456789$ x"_s));
}

void TestScreenSize::keepsCursorOnItsCharacter_data()
{
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("columns");
    for (const int rows : {1, 2, 3, 5, 9, 30})
        for (const int columns : {2, 3, 7, 20, 21, 79, 200})
            QTest::addRow("%d rows of %d", rows, columns) << rows << columns;
}

void TestScreenSize::keepsCursorOnItsCharacter()
{
    QFETCH(int, rows);
    QFETCH(int, columns);
    Screen screen({6, 20}, 1000);
    screen.write("first line of all\r\nthe quick brown fox jumps over the lazy dog again\r\nlast\x1b[2A\x1b[7G");
    const auto atCursor = [&screen] {
        const Place place = screen.cursor().place;
        return screen.row(place.row).cells[static_cast<std::size_t>(place.column)].text[0];
    };
    const char32_t before = atCursor();
    QVERIFY(before != 0);
    const QString textBefore = allText(screen).remove(u'|');
    screen.resize({rows, columns});
    QCOMPARE(static_cast<uint>(atCursor()), static_cast<uint>(before));
    screen.resize({40, 20});
    QCOMPARE(static_cast<uint>(atCursor()), static_cast<uint>(before));
    // What is below the cursor and finds no room is lost.
    if (rows >= 5 && columns >= 20)
        QCOMPARE(allText(screen).remove(u'|'), textBefore);
}

void TestScreenSize::clampsSizes()
{
    Screen screen({-5, 0});
    QCOMPARE(screen.size(), Screen::smallest);
    screen.write("中文ab\r\n");
    screen.resize({1'000'000, 1'000'000});
    QCOMPARE(screen.size(), Screen::largest);
    screen.resize({0, 0});
    QCOMPARE(screen.size(), Screen::smallest);
}

void TestScreenSize::survivesAnything_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 12; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestScreenSize::survivesAnything()
{
    QFETCH(unsigned, seed);
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> rows(0, 60);
    std::uniform_int_distribution<int> columns(0, 160);
    std::uniform_int_distribution<int> what(0, 3);
    Screen screen({24, 80}, 200);
    for (int i = 0; i < 600; ++i) {
        screen.write(randomOutput(random));
        if (what(random) == 0)
            screen.resize({rows(random), columns(random)});
        const Size size = screen.size();
        const Place cursor = screen.cursor().place;
        QVERIFY(cursor.row >= 0 && cursor.row < size.rows && cursor.column >= 0 && cursor.column < size.columns);
        for (int row = 0; row < size.rows; ++row) {
            const Line &line = screen.row(row);
            QCOMPARE(line.cells.size(), static_cast<std::size_t>(size.columns));
            for (std::size_t column = 0; column < line.cells.size(); ++column)
                QCOMPARE(line.cells[column].width == 0, column > 0 && line.cells[column - 1].width == 2);
        }
        QVERIFY(screen.screenTop() - screen.firstLine() <= 200);
        QVERIFY(screen.takeOutput().size() <= 65536U * 2);
    }
}

void TestScreenSize::isQuickWithHostileOutput_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("marks without end") << QByteArray("a") + QByteArray("\xcc\x81").repeated(500'000);
    QTest::newRow("a sequence without end") << QByteArray("\x1b[") + QByteArray("1;").repeated(500'000);
    QTest::newRow("a string without end") << QByteArray("\x1b]0;") + QByteArray(1'000'000, 'x');
    QTest::newRow("repetitions") << QByteArray("x\x1b[9999b").repeated(5'000);
    QTest::newRow("scrolling") << QByteArray("\x1b[9999S").repeated(5'000);
    QTest::newRow("clearing") << QByteArray("\x1b[2J").repeated(5'000);
    QTest::newRow("alternate screens") << QByteArray("\x1b[?1049h\x1b[?1049l").repeated(10'000);
    QTest::newRow("resets") << QByteArray("\x1b"
                                          "c")
                                   .repeated(10'000);
}

void TestScreenSize::isQuickWithHostileOutput()
{
    // Some hundred milliseconds in a debug build; the limit is for what grows with the square.
    QFETCH(QByteArray, bytes);
    Screen screen({50, 132}, 1000);
    QElapsedTimer timer;
    timer.start();
    screen.write({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
    qInfo() << timer.elapsed() << "ms";
}

QTEST_GUILESS_MAIN(TestScreenSize)
#include "tst_screen_size.moc"
