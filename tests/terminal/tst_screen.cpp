// SPDX-License-Identifier: Apache-2.0
#include "screen_text.h"

#include <QTest>

using namespace pivotbench::app::terminal;
using namespace pivotbench::test;
using namespace Qt::StringLiterals;

namespace {

// "e" and "[" apart, so that no hexadecimal digit is taken for a part of the escape.
#define ESC "\x1b"
#define CSI ESC "["

std::string_view viewOf(const QByteArray &bytes) { return {bytes.constData(), static_cast<std::size_t>(bytes.size())}; }

Pen penAt(const Screen &screen, int column) { return screen.row(0).cells[static_cast<std::size_t>(column)].pen; }

QString describe(Colour colour)
{
    switch (colour.kind) {
    case Colour::Kind::Default: return u"-"_s;
    case Colour::Kind::Indexed: return QString::number(colour.index());
    case Colour::Kind::Rgb: return QStringLiteral("%1,%2,%3").arg(colour.red).arg(colour.green).arg(colour.blue);
    }
    return {};
}

QString describe(const Pen &pen)
{
    QStringList words{describe(pen.foreground), describe(pen.background)};
    const auto add = [&words](bool set, const QString &word) {
        if (set)
            words += word;
    };
    add(pen.bold, u"bold"_s);
    add(pen.faint, u"faint"_s);
    add(pen.italic, u"italic"_s);
    add(pen.underline == Underline::Single, u"underline"_s);
    add(pen.underline == Underline::Double, u"double"_s);
    add(pen.underline == Underline::Curly, u"curly"_s);
    add(pen.blink, u"blink"_s);
    add(pen.reverse, u"reverse"_s);
    add(pen.concealed, u"concealed"_s);
    add(pen.strike, u"strike"_s);
    return words.join(u' ');
}

} // namespace

class TestScreen : public QObject {
    Q_OBJECT

private slots:
    void shows_data();
    void shows();
    void drawsWith_data();
    void drawsWith();
    void answers_data();
    void answers();
    void sendsKeys_data();
    void sendsKeys();
    void sendsMouse_data();
    void sendsMouse();
    void isTheSameInPieces_data() { shows_data(); }
    void isTheSameInPieces();
    void keepsWideCharactersWhole();
    void joinsMarks();
    void takesTitles_data();
    void takesTitles();
    void pastesSafely_data();
    void pastesSafely();
    void hasModes();
    void resetsEverything();
    void tellsDamage();
    void ringsBell();
    void answersWithinBounds();
};

void TestScreen::shows_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    QTest::addColumn<Place>("cursor");
    const auto row = [](const char *name, QByteArray bytes, const char *text, int cursorRow, int cursorColumn) {
        QTest::newRow(name) << bytes << QString::fromUtf8(text) << Place{cursorRow, cursorColumn};
    };
    // A screen of five rows and ten columns.
    row("plain text", "hello", "hello", 0, 5);
    row("carriage return and line feed", "one\r\ntwo", "one|two", 1, 3);
    row("a line feed keeps the column", "one\ntwo", "one|   two", 1, 6);
    row("backspace moves and does not erase", "abc\b\bX", "aXc", 0, 2);
    row("backspace stops at the edge", "a\b\b\bX", "X", 0, 1);
    row("tabs go to every eighth column", "a\tb", "a       b", 0, 9);
    row("a tab stops at the last column", "\t\t\tb", "         b", 0, 9);
    row("tab stops are set and cleared", CSI "3g" CSI "4G" ESC "H\r\tx", "   x", 0, 4);
    row("back tab", "12345678\t" CSI "Zx", "12345678x", 0, 9);
    row("text wraps", "0123456789ab", "0123456789|ab", 1, 2);
    row("the last column waits before it wraps", "0123456789", "0123456789", 0, 9);
    row("a carriage return after the last column stays on the line", "0123456789\rX", "X123456789", 0, 1);
    row("without DECAWM the last column is written over", CSI "?7l0123456789abc", "012345678c", 0, 9);
    row("DECAWM comes back", CSI "?7l" CSI "?7h0123456789ab", "0123456789|ab", 1, 2);
    row("the bottom scrolls", "1\r\n2\r\n3\r\n4\r\n5\r\n6", "2|3|4|5|6", 4, 1);
    row("cursor to a place", CSI "3;4HX", "||   X", 2, 4);
    row("cursor home", "abc" CSI "HX", "Xbc", 0, 1);
    row("HVP", CSI "2;2fX", "| X", 1, 2);
    row("cursor places are bounded", CSI "99;99HX", "||||         X", 4, 9);
    row("a place of nought is the first", CSI "0;0HX", "X", 0, 1);
    row("cursor up, down, forward, back", CSI "3;3H" CSI "A" CSI "2C" CSI "B" CSI "4DX", "||X", 2, 1);
    row("cursor up stops at the top", CSI "99AX", "X", 0, 1);
    row("next and previous line", "abc" CSI "2Ex" CSI "Fy", "abc|y|x", 1, 1);
    row("column and line absolute", CSI "5GX" CSI "3dY", "    X||     Y", 2, 6);
    row("column and line relative", CSI "2a" CSI "2eX", "||  X", 2, 3);
    row("erase to the end of the line", "abcdef" CSI "3G" CSI "K", "ab", 0, 2);
    row("erase to the start of the line", "abcdef" CSI "3G" CSI "1K", "   def", 0, 2);
    row("erase the line", "abc\r\ndef" CSI "A" CSI "2K", "|def", 0, 3);
    row("erase below", "abc\r\ndef\r\nghi" CSI "2;2H" CSI "J", "abc|d", 1, 1);
    row("erase above", "abc\r\ndef\r\nghi" CSI "2;2H" CSI "1J", "|  f|ghi", 1, 1);
    row("erase all", "abc\r\ndef" CSI "2J", "", 1, 3);
    row("erase characters", "abcdef" CSI "2G" CSI "3X", "a   ef", 0, 1);
    row("erase more characters than there are", "abcdef" CSI "2G" CSI "9999X", "a", 0, 1);
    row("insert characters", "abcdef" CSI "2G" CSI "2@", "a  bcdef", 0, 1);
    row("delete characters", "abcdef" CSI "2G" CSI "2P", "adef", 0, 1);
    row("insert lines", "1\r\n2\r\n3" CSI "2;1H" CSI "2L", "1|||2|3", 1, 0);
    row("delete lines", "1\r\n2\r\n3\r\n4" CSI "2;1H" CSI "2M", "1|4", 1, 0);
    row("delete more lines than there are", "1\r\n2\r\n3" CSI "2;1H" CSI "9999M", "1", 1, 0);
    row("scroll up", "1\r\n2\r\n3" CSI "S", "2|3", 2, 1);
    row("scroll down", "1\r\n2\r\n3" CSI "T", "|1|2|3", 2, 1);
    row("insert mode", "abc\r" CSI "4hXY" CSI "4lZ", "XYZbc", 0, 3);
    row("new line mode", CSI "20ha\nb", "a|b", 1, 1);
    row("a region scrolls alone", "1\r\n2\r\n3\r\n4\r\n5" CSI "2;4r" CSI "4;1H\nX", "1|3|4|X|5", 3, 1);
    row("lines go into a region", "1\r\n2\r\n3\r\n4\r\n5" CSI "2;4r" CSI "2;1H" CSI "L", "1||2|3|5", 1, 0);
    row("reverse index scrolls a region down", "1\r\n2\r\n3\r\n4\r\n5" CSI "2;4r" CSI "2;1H" ESC "MX", "1|X|2|3|5", 1,
        1);
    row("setting a region goes home", "abc" CSI "2;4rX", "Xbc", 0, 1);
    row("origin mode counts from the region", CSI "2;4r" CSI "?6h" CSI "2;1HX", "||X", 2, 1);
    row("a region upside down is none", CSI "4;2r1\r\n2\r\n3\r\n4\r\n5\r\n6", "2|3|4|5|6", 4, 1);
    row("left and right margins", "abcdefghij" CSI "?69h" CSI "3;6s" CSI "1;4H" CSI "P", "abcef ghij", 0, 3);
    row("index and next line", "ab" ESC "Dc" ESC "Ed", "ab|  c|d", 2, 1);
    row("save and restore the cursor", "ab" ESC "7" CSI "4;4HX" ESC "8Y", "abY|||   X", 0, 3);
    row("restore without save goes home", "ab" ESC "8X", "Xb", 0, 1);
    row("SCO save and restore", "ab" CSI "s" CSI "4;4HX" CSI "uY", "abY|||   X", 0, 3);
    row("DECALN", ESC "#8", "EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE", 0, 0);
    row("double width lines are single", ESC "#6ab", "ab", 0, 2);
    row("repeat a character", "x" CSI "3b", "xxxx", 0, 4);
    row("repeat a wide character", "中" CSI "2b", "中中中", 0, 6);
    row("repeat what was never printed", CSI "5bx", "x", 0, 1);
    row("repeat is bounded", "x" CSI "99999999b", "xxxxxxxxxx|x", 1, 1);
    row("line drawing", ESC "(0lqk" ESC "(Bl", "┌─┐l", 0, 4);
    row("shift out and in", ESC ")0\x0eq\x0fq", "─q", 0, 2);
    row("wide characters take two cells", "中文x", "中文x", 0, 5);
    row("emoji of later Unicode are wide", "🥰x", "🥰x", 0, 3);
    row("a wide character that does not fit wraps", "012345678中", "012345678|中", 1, 2);
    row("without DECAWM a wide character that does not fit is not written", CSI "?7l012345678中", "012345678", 0, 9);
    row("marks take no cell", "e\xcc\x81x", "e\xcc\x81x", 0, 2);
    row("a mark without a letter is nothing", "\xcc\x81x", "x", 0, 1);
    row("format characters take no cell",
        "a\xe2\x80\x8b"
        "b",
        "a\xe2\x80\x8b"
        "b",
        0, 2);
    row("broken UTF-8 is replaced",
        "a\xff"
        "b\xe4\xb8"
        "c\xc0\x80"
        "d",
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd"
        "c\xef\xbf\xbd\xef\xbf\xbd"
        "d",
        0, 8);
    row("surrogates are replaced", "\xed\xa0\x80x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx", 0, 4);
    row("beyond Unicode is replaced", "\xf4\x90\x80\x80x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx", 0, 5);
    row("C1 in UTF-8 is a control",
        "ab\xc2\x85"
        "c\xc2\x9b"
        "1;1HX",
        "Xb|c", 0, 1);
    row("C1 as bare bytes is not",
        "\x9b"
        "2J",
        "\xef\xbf\xbd"
        "2J",
        0, 3);
    row("NUL and DEL are nothing",
        QByteArray("a\0\x7f"
                   "b",
                   4),
        "ab", 0, 2);
    row("more parameters than anybody has", QByteArray(CSI) + QByteArray("1;").repeated(500) + "mX", "X", 0, 1);
    row("numbers beyond any type", CSI "99999999999999999999999;99999999999999999999HX", "||||         X", 4, 9);
    row("an unknown sequence is nothing", CSI "1;2;3yab" CSI "?9999hc" CSI ">1uab", "abcab", 0, 5);
    row("cancel ends a sequence", CSI "12\x18X", "X", 0, 1);
    row("escape begins another sequence", CSI "12" CSI "2GX", " X", 0, 2);
    row("a control within a sequence acts", "ab" CSI "\r1CX", "aX", 0, 2);
    row("strings are not shown",
        "a" ESC "_apc" ESC "\\" ESC "^pm" ESC "\\" ESC "Xsos" ESC "\\" ESC "Pdcs" ESC "\\"
        "b",
        "ab", 0, 2);
    row("an unknown OSC is not shown",
        "a" ESC "]1337;File=:AAAA\x07"
        "b",
        "ab", 0, 2);
    row("an OSC without an end swallows no escape", "a" ESC "]0;title" CSI "2;2HX", "a| X", 1, 2);
    row("alternate screen and back", "one" CSI "?1049h" CSI "2J" CSI "Htwo" CSI "?1049l!", "one!", 0, 4);
    row("the alternate screen is empty at first", "one" CSI "?1049h", "", 0, 3);
    row("old alternate screens", "one" CSI "?47htwo" CSI "?47l", "one", 0, 6);
    row("what the alternate screen saves does not move the cursor of the other",
        "one" CSI "?1049h" CSI "5;5H" ESC "7" CSI "?1049l!", "one!", 0, 4);
    row("two modes in one sequence", CSI "?7;6l" CSI "?7;25hab", "ab", 0, 2);
    row("protected cells survive selective erasing", CSI "1\"qab" CSI "0\"qcd" CSI "?2K", "ab", 0, 4);
    row("soft reset frees the region and keeps text", CSI "2;3r" CSI "?6hab" CSI "!p" CSI "5;1HX", "|ab|||X", 4, 1);
    row("columns are inserted and deleted", "abcdef\r\nghijkl" CSI "1;3H" CSI "2'}", "ab  cdef|gh  ijkl", 0, 2);
}

void TestScreen::shows()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    QFETCH(Place, cursor);
    Screen screen({5, 10});
    screen.write(viewOf(bytes));
    QCOMPARE(screenText(screen), text);
    QCOMPARE(screen.cursor().place.row, cursor.row);
    QCOMPARE(screen.cursor().place.column, cursor.column);
}

void TestScreen::isTheSameInPieces()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    Screen screen({5, 10});
    for (const char byte : bytes)
        screen.write({&byte, 1});
    QCOMPARE(screenText(screen), text);
}

void TestScreen::drawsWith_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("pen");
    const auto row = [](const char *name, const char *bytes, const char *pen) {
        QTest::newRow(name) << QByteArray(bytes) << QString::fromUtf8(pen);
    };
    row("nothing", "", "- -");
    row("basic colours", CSI "31;42m", "1 2");
    row("bright colours", CSI "91;102m", "9 10");
    row("of 256", CSI "38;5;208;48;5;17m", "208 17");
    row("of 256, with colons", CSI "38:5:208;48:5:17m", "208 17");
    row("true colour", CSI "38;2;1;2;3;48;2;4;5;6m", "1,2,3 4,5,6");
    row("true colour, with colons", CSI "38:2:1:2:3m", "1,2,3 -");
    row("true colour, with a colour space", CSI "38:2::1:2:3m", "1,2,3 -");
    row("an index too large is the last", CSI "38;5;999m", "255 -");
    row("parts too large are the most", CSI "38;2;999;0;300m", "255,0,255 -");
    row("a colour cut short", CSI "38m" CSI "38;5m" CSI "38;2;1mX", "- -");
    row("a colour cut short at the end of many", CSI "1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;38m", "- - bold");
    row("an underline's colour is not the text's", CSI "4;58;2;1;2;3;3m", "- - italic underline");
    row("default colours again", CSI "31;42;39;49m", "- -");
    row("everything on", CSI "1;2;3;4;5;7;8;9m", "- - bold faint italic underline blink reverse concealed strike");
    row("everything off one by one", CSI "1;2;3;4;5;7;8;9;22;23;24;25;27;28;29m", "- -");
    row("everything off", CSI "1;2;3;4;5;7;8;9;31;0m", "- -");
    row("no parameter is off", CSI "1;31m" CSI "m", "- -");
    row("double and curly underline", CSI "4:3m", "- - curly");
    row("21 is a double underline", CSI "21m", "- - double");
    row("underline of no kind", CSI "4m" CSI "4:0m", "- -");
    row("unknown ones are skipped", CSI "1;73;3m", "- - bold italic");
    row("more than libvterm has room for", CSI "0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;1;31m", "1 - bold");
    row("saved and restored", CSI "1;2;31m" ESC "7" CSI "0m" ESC "8", "1 - bold faint");
    row("kept over the alternate screen", CSI "1;3;2;38;2;1;2;3;48;5;9m" CSI "?1049h" CSI "0;7m" CSI "?1049l",
        "1,2,3 9 bold faint italic");
    row("reset by RIS", CSI "1;2;31m" ESC "c", "- -");
    row("reset by DECSTR", CSI "1;2;31m" CSI "!p", "- -");
}

void TestScreen::drawsWith()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, pen);
    Screen screen({5, 10});
    screen.write(viewOf(bytes));
    screen.write("\rx");
    QCOMPARE(describe(penAt(screen, 0)), pen);
    // Erasing leaves the background and nothing else.
    screen.write("\r\x1b[K");
    const Pen drawn = penAt(screen, 0);
    QVERIFY(!drawn.bold && !drawn.reverse && drawn.underline == Underline::None);
    QCOMPARE(describe(drawn.background), pen.split(u' ').at(1));
}

void TestScreen::answers_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("answer");
    const auto row = [](const char *name, const char *bytes, const char *answer) {
        QTest::newRow(name) << QByteArray(bytes) << QByteArray(answer);
    };
    row("status", CSI "5n", CSI "0n");
    row("cursor position", CSI "2;3H" CSI "6n", CSI "2;3R");
    row("device attributes", CSI "c", CSI "?1;2c");
    row("a mode that is set", CSI "?2004h" CSI "?2004$p", CSI "?2004;1$y");
    row("a mode that is not", CSI "?2004$p", CSI "?2004;2$y");
    row("the rendition", CSI "1;31m" ESC "P$qm" ESC "\\", ESC "P1$r1;31m" ESC "\\");
    row("titles are never repeated", ESC "]0;$(rm -rf ~)\x07" CSI "21t" CSI "20t", "");
    row("an unknown status request is not repeated", ESC "P$qevil" ESC "\\", "");
    row("the clipboard is not given away", ESC "]52;c;?\x07", "");
    row("nor are colours and fonts", ESC "]4;1;?\x07" ESC "]10;?\x07" ESC "]50;?\x07", "");
    row("nothing to an enquiry", "\x05", "");
    row("nothing to XTVERSION and XTGETTCAP", CSI ">q" ESC "P+q544e" ESC "\\", "");
}

void TestScreen::answers()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, answer);
    Screen screen({5, 10});
    screen.write(viewOf(bytes));
    QCOMPARE(QByteArray::fromStdString(screen.takeOutput()), answer);
    QVERIFY(screen.takeOutput().empty());
}

void TestScreen::sendsKeys_data()
{
    QTest::addColumn<QByteArray>("modes");
    QTest::addColumn<int>("key");
    QTest::addColumn<int>("modifiers"); // 1 shift, 2 alt, 4 control
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char *name, const char *modes, Key key, int modifiers, const char *bytes) {
        QTest::newRow(name) << QByteArray(modes) << static_cast<int>(key) << modifiers << QByteArray(bytes);
    };
    row("return", "", Key::Enter, 0, "\r");
    row("return with shift", "", Key::Enter, 1, "\r");
    row("return in new line mode", CSI "20h", Key::Enter, 0, "\r\n");
    row("alt and return", "", Key::Enter, 2, ESC "\r");
    row("tab", "", Key::Tab, 0, "\t");
    row("back tab", "", Key::Tab, 1, CSI "Z");
    row("backspace", "", Key::Backspace, 0, "\x7f");
    row("control and backspace", "", Key::Backspace, 4, "\b");
    row("escape", "", Key::Escape, 0, ESC);
    row("up", "", Key::Up, 0, CSI "A");
    row("up in application mode", CSI "?1h", Key::Up, 0, ESC "OA");
    row("control and right", "", Key::Right, 4, CSI "1;5C");
    row("home", "", Key::Home, 0, CSI "H");
    row("delete", "", Key::Delete, 0, CSI "3~");
    row("shift and insert", "", Key::Insert, 1, CSI "2;2~");
    row("page down", "", Key::PageDown, 0, CSI "6~");
    row("F1", "", Key::F1, 0, ESC "OP");
    row("F5", "", Key::F5, 0, CSI "15~");
    row("F12 with control", "", Key::F12, 4, CSI "24;5~");
    row("keypad digit", "", Key::Keypad7, 0, "7");
    row("keypad digit in application mode", ESC "=", Key::Keypad7, 0, ESC "Ow");
    row("keypad return", "", Key::KeypadEnter, 0, "\r");
    row("keypad return in application mode", ESC "=", Key::KeypadEnter, 0, ESC "OM");
}

void TestScreen::sendsKeys()
{
    QFETCH(QByteArray, modes);
    QFETCH(int, key);
    QFETCH(int, modifiers);
    QFETCH(QByteArray, bytes);
    Screen screen;
    screen.write(viewOf(modes));
    screen.key(static_cast<Key>(key),
               {.shift = (modifiers & 1) != 0, .alt = (modifiers & 2) != 0, .control = (modifiers & 4) != 0});
    QCOMPARE(QByteArray::fromStdString(screen.takeOutput()), bytes);
}

void TestScreen::sendsMouse_data()
{
    QTest::addColumn<QByteArray>("modes");
    QTest::addColumn<QByteArray>("bytes");
    // Pressed at row 2, column 4, moved a column, released.
    QTest::newRow("nobody asked") << QByteArray() << QByteArray();
    QTest::newRow("clicks") << QByteArray(CSI "?1000h") << QByteArray(CSI "M %#" CSI "M#&#");
    QTest::newRow("clicks, SGR") << QByteArray(CSI "?1000h" CSI "?1006h") << QByteArray(CSI "<0;5;3M" CSI "<0;6;3m");
    QTest::newRow("drags, SGR") << QByteArray(CSI "?1002;1006h")
                                << QByteArray(CSI "<0;5;3M" CSI "<32;6;3M" CSI "<0;6;3m");
    QTest::newRow("no more") << QByteArray(CSI "?1002;1006h" CSI "?1002l") << QByteArray();
}

void TestScreen::sendsMouse()
{
    QFETCH(QByteArray, modes);
    QFETCH(QByteArray, bytes);
    Screen screen;
    screen.write(viewOf(modes));
    screen.mouseButton(MouseButton::Left, true, {2, 4}, {});
    screen.mouseMoved({2, 5}, {});
    screen.mouseButton(MouseButton::Left, false, {2, 5}, {});
    QCOMPARE(QByteArray::fromStdString(screen.takeOutput()), bytes);
}

void TestScreen::keepsWideCharactersWhole()
{
    Screen screen({2, 8});
    screen.write("中文字");
    QCOMPARE(screen.row(0).cells[0].width, 2);
    QCOMPARE(screen.row(0).cells[1].width, 0);
    screen.write("\x1b[2Gx"); // into the second half
    QCOMPARE(screenText(screen), u" x文字"_s);
    QCOMPARE(screen.row(0).cells[0].width, 1);
    screen.write("\x1b[1;4H\x1b[K"); // through the middle
    QCOMPARE(screenText(screen), u" x"_s);
    screen.write("\r中文字\x1b[2G\x1b[P");
    QCOMPARE(screenText(screen), u" 文字"_s);
    screen.write("\r中文字\x1b[2G\x1b[@");
    QCOMPARE(screenText(screen), u"   文字"_s);
}

void TestScreen::joinsMarks()
{
    Screen screen({2, 8});
    screen.write("a\u0301\u0302\u0303\u0304\u0305中\u3099");
    const Cell &cell = screen.row(0).cells[0];
    QVERIFY((cell.text == std::array<char32_t, 4>{U'a', 0x301, 0x302, 0x303})); // as many as there is room for
    QVERIFY((screen.row(0).cells[1].text == std::array<char32_t, 4>{U'中', 0x3099, 0, 0}));
    // Not to a character the cursor has left.
    screen.write("\r\u0301");
    QVERIFY(screen.row(0).cells[0] == cell);
}

void TestScreen::takesTitles_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("title");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &title) {
        QTest::newRow(name) << bytes << title;
    };
    row("ended by BEL", ESC "]0;vim\x07", u"vim"_s);
    row("ended by ST", ESC "]2;vim – é" ESC "\\", u"vim – é"_s);
    row("the icon's name alone is none", ESC "]1;vim\x07", {});
    row("empty again", ESC "]0;vim\x07" ESC "]0;\x07", {});
    row("without controls",
        ESC "]0;a\tb\x7f"
            "c\xc2\x85"
            "d\x07",
        u"abcd"_s);
    row("without bidirectional and invisible characters", ESC "]0;a\u202eb\u2066c\u200fd\u200be\ufefff\x07",
        u"abcdef"_s);
    row("broken UTF-8 is replaced",
        ESC "]0;a\xff"
            "b\x07",
        u"a\ufffdb"_s);
    row("of bounded length", QByteArray(ESC "]0;") + QByteArray("é").repeated(1000) + "\x07", QString(256, u'é'));
    row("too long for anything", QByteArray(ESC "]0;") + QByteArray(100'000, 'x') + "\x07", {});
    row("broken off", ESC "]0;vim\x18", {});
}

void TestScreen::takesTitles()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, title);
    Screen screen;
    screen.write(viewOf(bytes));
    QCOMPARE(QString::fromStdString(screen.title()), title);
}

void TestScreen::pastesSafely_data()
{
    QTest::addColumn<bool>("bracketed");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("plain") << false << QByteArray("a b") << QByteArray("a b");
    QTest::newRow("line ends") << false << QByteArray("a\nb\r\nc\rd") << QByteArray("a\rb\rc\rd");
    QTest::newRow("a tab stays") << false << QByteArray("a\tb") << QByteArray("a\tb");
    QTest::newRow("bracketed") << true << QByteArray("a\nb") << QByteArray(CSI "200~a\rb" CSI "201~");
    QTest::newRow("the bracket cannot be ended from inside") << true
                                                             << QByteArray("a" CSI "201~rm\n\xc2\x9b"
                                                                           "201~")
                                                             << QByteArray(CSI "200~a[201~rm\r201~" CSI "201~");
    QTest::newRow("no control characters") << false
                                           << QByteArray("a\x03\x04\x7f\x1a"
                                                         "b")
                                           << QByteArray("ab");
    QTest::newRow("nothing") << true << QByteArray("\x1b") << QByteArray();
    QTest::newRow("UTF-8") << false << QByteArray("é中😀") << QByteArray("é中😀");
}

void TestScreen::pastesSafely()
{
    QFETCH(bool, bracketed);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, bytes);
    Screen screen;
    if (bracketed)
        screen.write(CSI "?2004h");
    screen.paste(viewOf(text));
    QCOMPARE(QByteArray::fromStdString(screen.takeOutput()), bytes);
}

void TestScreen::hasModes()
{
    Screen screen;
    QVERIFY(screen.cursor().visible && screen.cursor().blinks && screen.cursor().shape == CursorShape::Block);
    screen.write(CSI "?25l" CSI "4 q");
    QVERIFY(!screen.cursor().visible && !screen.cursor().blinks && screen.cursor().shape == CursorShape::Underline);
    screen.write(ESC "7" CSI "?25h" CSI "5 q" ESC "8"); // DECRC does not hide it again
    QVERIFY(screen.cursor().visible && screen.cursor().blinks && screen.cursor().shape == CursorShape::Bar);
    screen.write(CSI "?5h" CSI "?1049h");
    QVERIFY(screen.reverseVideo() && screen.alternateScreen());
    QVERIFY(screen.takeChanges().modes);
    screen.write(CSI "?5l" CSI "?1049l" CSI "?1003h");
    QVERIFY(!screen.reverseVideo() && !screen.alternateScreen());
    QCOMPARE(screen.mouseMode(), MouseMode::Move);
    screen.focused(true);
    QVERIFY(screen.takeOutput().empty());
    screen.write(CSI "?1004h");
    screen.focused(true);
    screen.focused(false);
    QCOMPARE(QByteArray::fromStdString(screen.takeOutput()), QByteArray(CSI "I" CSI "O"));
}

void TestScreen::resetsEverything()
{
    Screen screen({5, 10});
    screen.write("abc" CSI "?1049h" CSI "?1003;1006;2004;5h" CSI "2;3r" CSI "?6;69h" CSI "?25l" CSI "4h" ESC "(0" ESC
                 "cx");
    QVERIFY(!screen.alternateScreen() && !screen.reverseVideo() && !screen.bracketedPaste());
    QVERIFY(screen.mouseMode() == MouseMode::None && screen.cursor().visible);
    QCOMPARE(screenText(screen), u"x"_s);
    QCOMPARE(screen.cursor().place.row, 0);
}

void TestScreen::tellsDamage()
{
    Screen screen({5, 10});
    screen.write(CSI "2;1H");
    static_cast<void>(screen.takeChanges());
    screen.write("x");
    Changes changes = screen.takeChanges();
    QCOMPARE(changes.rows, (std::vector<bool>{false, true, false, false, false}));
    QVERIFY(!changes.lines);
    screen.write(CSI "4;1Hx"); // where the cursor was and where it is
    QCOMPARE(screen.takeChanges().rows, (std::vector<bool>{false, true, false, true, false}));
    screen.write(CSI "5;1H\n");
    changes = screen.takeChanges();
    QVERIFY(changes.lines);
    QCOMPARE(changes.rows, std::vector<bool>(5, true));
}

void TestScreen::ringsBell()
{
    Screen screen;
    screen.write("\a\a" ESC "]0;t\a");
    QCOMPARE(screen.takeChanges().bells, 2);
    QCOMPARE(screen.takeChanges().bells, 0);
}

void TestScreen::answersWithinBounds()
{
    Screen screen;
    for (int i = 0; i < 100'000; ++i)
        screen.write(CSI "6n");
    QVERIFY(screen.takeOutput().size() <= 65536);
    // Colours only when they are known, and they are ours, not the program's.
    screen.setDefaultColours(Colour::rgb(0xff, 0, 0x12), Colour::rgb(1, 2, 3));
    screen.write(ESC "]11;#ffffff\a" ESC "]10;?\a" ESC "]11;?\a");
    QCOMPARE(screen.takeOutput(),
             std::string(ESC "]10;rgb:ffff/0000/1212" ESC "\\" ESC "]11;rgb:0101/0202/0303" ESC "\\"));
    // Then it answers again.
    screen.write(CSI "5n");
    QVERIFY(!screen.takeOutput().empty());
}

QTEST_GUILESS_MAIN(TestScreen)
#include "tst_screen.moc"
