// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/find_bar.h"
#include "pty_pair.h"
#include "screen_text.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QInputMethodEvent>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTimer>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <sys/ioctl.h>

using namespace pivotbench::app::terminal;
using namespace pivotbench::test;
using namespace Qt::StringLiterals;

namespace {

/// A shown, focused view of a known size, with the test at the other end.
struct Shown {
    QWidget window;
    QLineEdit before{&window};
    TerminalView view{&window};
    QLineEdit after{&window};
    PtyPair pty{view};

    Shown()
    {
        auto *layout = new QVBoxLayout(&window);
        for (QWidget *widget : std::initializer_list<QWidget *>{&before, &view, &after})
            layout->addWidget(widget);
        setSize(6, 40);
        window.show();
        window.activateWindow();
        view.setFocus();
        if (!QTest::qWaitForWindowActive(&window))
            qFatal("no window");
    }

    void setSize(int rows, int columns)
    {
        const QSize cell = view.cellRect({view.topLine(), 0}).size();
        view.setFixedSize(columns * cell.width() + 8 + view.verticalScrollBar()->sizeHint().width() + 2,
                          rows * cell.height() + 8 + 2);
        QTest::qWait(1);
    }

    [[nodiscard]] QPoint at(int row, int column, qreal part = 0.2) const
    {
        const QRect cell = view.cellRect({view.topLine() + row, column});
        return {cell.x() + static_cast<int>(cell.width() * part), cell.center().y()};
    }

    void drag(QPoint from, QPoint to, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::mousePress(view.viewport(), Qt::LeftButton, modifiers, from);
        move((from + to) / 2, modifiers);
        move(to, modifiers);
        QTest::mouseRelease(view.viewport(), Qt::LeftButton, modifiers, to);
    }

    void move(QPoint to, Qt::KeyboardModifiers modifiers = {}, Qt::MouseButtons buttons = Qt::LeftButton)
    {
        QMouseEvent event(QEvent::MouseMove, to, view.viewport()->mapToGlobal(to), Qt::NoButton, buttons, modifiers);
        QApplication::sendEvent(view.viewport(), &event);
    }

    void wheel(int notches, Qt::KeyboardModifiers modifiers = {})
    {
        const QPoint point = at(1, 2);
        QWheelEvent event(point, view.viewport()->mapToGlobal(point), {}, {0, 120 * notches}, Qt::NoButton, modifiers,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(view.viewport(), &event);
    }
};

} // namespace

class TestTerminalView : public QObject {
    Q_OBJECT

private slots:
    void typesKeys_data();
    void typesKeys();
    void showsOutput();
    void tellsSize();
    void tellsEnd();
    void endsAfterEverything();
    void leavesTurnsToOthers();
    void keepsApplicationShortcuts();
    void leavesByControlShiftTab();
    void selectsCharacters();
    void selectsWideCharacters();
    void selectsWordsAndLines();
    void selectsAcrossScrollback();
    void scrollsWhileDragging();
    void extendsWithShift();
    void copiesAndPastes();
    void pastesSafely();
    void refusesTooMuch();
    void finds();
    void findsThroughTheBar();
    void scrolls();
    void staysWhereItWasScrolled();
    void turnsTheWheel();
    void reportsTheMouse();
    void shiftSelectsInspiteOfTheProgram();
    void zooms();
    void hasAMenu();
    void takesInputMethods();
    void costsNothingHidden();
    void setsTitle();
    void survivesDetaching();
};

void TestTerminalView::typesKeys_data()
{
    QTest::addColumn<int>("key");
    QTest::addColumn<Qt::KeyboardModifiers>("modifiers");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char *name, Qt::Key key, Qt::KeyboardModifiers modifiers, const QString &text,
                        const QByteArray &bytes) {
        QTest::newRow(name) << static_cast<int>(key) << modifiers << text << bytes;
    };
    row("a letter", Qt::Key_A, {}, u"a"_s, "a");
    row("a capital", Qt::Key_A, Qt::ShiftModifier, u"A"_s, "A");
    row("not ASCII", Qt::Key_unknown, {}, u"é"_s, "é");
    row("beyond the BMP", Qt::Key_unknown, {}, u"😀"_s, "😀");
    row("control and a letter", Qt::Key_C, Qt::ControlModifier, u"\x03"_s, "\x03");
    row("control and a letter without text", Qt::Key_C, Qt::ControlModifier, {}, "\x03");
    row("control and I, M, [", Qt::Key_BracketLeft, Qt::ControlModifier, {}, "\x1b");
    row("control and space", Qt::Key_Space, Qt::ControlModifier, {}, QByteArray(1, '\0'));
    row("control and backslash", Qt::Key_Backslash, Qt::ControlModifier, {}, "\x1c");
    row("control and slash", Qt::Key_Slash, Qt::ControlModifier, {}, "\x1f");
    row("alt and a letter", Qt::Key_X, Qt::AltModifier, u"x"_s, "\x1bx");
    row("alt, control and a letter", Qt::Key_X, Qt::AltModifier | Qt::ControlModifier, {}, "\x1b\x18");
    row("a character by AltGr", Qt::Key_At, Qt::GroupSwitchModifier, u"@"_s, "@");
    row("return", Qt::Key_Return, {}, u"\r"_s, "\r");
    row("tab", Qt::Key_Tab, {}, u"\t"_s, "\t");
    row("back tab", Qt::Key_Backtab, Qt::ShiftModifier, {}, "\x1b[Z");
    row("escape", Qt::Key_Escape, {}, u"\x1b"_s, "\x1b");
    row("backspace", Qt::Key_Backspace, {}, u"\b"_s, "\x7f");
    row("delete", Qt::Key_Delete, {}, u"\x7f"_s, "\x1b[3~");
    row("up", Qt::Key_Up, {}, {}, "\x1b[A");
    row("control and left", Qt::Key_Left, Qt::ControlModifier, {}, "\x1b[1;5D");
    row("F1", Qt::Key_F1, {}, {}, "\x1bOP");
    row("shift and F5", Qt::Key_F5, Qt::ShiftModifier, {}, "\x1b[15;2~");
    row("page up", Qt::Key_PageUp, {}, {}, "\x1b[5~");
    row("keypad digit", Qt::Key_5, Qt::KeypadModifier, u"5"_s, "5");
    row("keypad return", Qt::Key_Enter, Qt::KeypadModifier, u"\r"_s, "\r");
    row("keypad arrow", Qt::Key_Up, Qt::KeypadModifier, {}, "\x1b[A");
}

void TestTerminalView::typesKeys()
{
    QFETCH(int, key);
    QFETCH(Qt::KeyboardModifiers, modifiers);
    QFETCH(QString, text);
    QFETCH(QByteArray, bytes);
    Shown shown;
    QTest::sendKeyEvent(QTest::Click, &shown.view, static_cast<Qt::Key>(key), text, modifiers);
    QCOMPARE(shown.pty.typed(bytes.size()), bytes);
    QVERIFY(shown.view.hasFocus());
}

void TestTerminalView::showsOutput()
{
    Shown shown;
    QSignalSpy updated(&shown.view, &TerminalView::updated);
    shown.pty.print("hello\r\n\x1b[6nworld");
    QVERIFY(!updated.isEmpty());
    QCOMPARE(screenText(shown.view.screen()), u"hello|world"_s);
    QCOMPARE(shown.pty.typed(6), QByteArray("\x1b[2;1R"));
}

void TestTerminalView::tellsSize()
{
    Shown shown;
    QSignalSpy resized(&shown.view, &TerminalView::resized);
    const auto size = [&shown] {
        winsize window{};
        ::ioctl(shown.pty.slave(), TIOCGWINSZ, &window);
        return Size{window.ws_row, window.ws_col};
    };
    QCOMPARE(size(), (Size{6, 40}));
    shown.setSize(10, 50);
    QCOMPARE(shown.view.screen().size(), (Size{10, 50}));
    QCOMPARE(size(), (Size{10, 50}));
    QCOMPARE(resized.last().at(0).toInt(), 10);
    QCOMPARE(resized.last().at(1).toInt(), 50);
}

void TestTerminalView::tellsEnd()
{
    Shown shown;
    QSignalSpy ended(&shown.view, &TerminalView::ended);
    shown.pty.print("last words");
    shown.pty.hangUp();
    QVERIFY(ended.wait(1000));
    QCOMPARE(ended.size(), 1);
    QVERIFY(!shown.view.channel()->isOpen());
    QTest::keyClick(&shown.view, Qt::Key_A); // nobody is there
    QCOMPARE(screenText(shown.view.screen()), u"last words"_s);
}

void TestTerminalView::endsAfterEverything()
{
    Shown shown;
    QSignalSpy ended(&shown.view, &TerminalView::ended);
    const PtyProgram program(shown.view, {"seq", "100000"});
    QVERIFY(ended.wait(20'000));
    QCOMPARE(screenText(shown.view.screen()), u"99996|99997|99998|99999|100000"_s);
    QCOMPARE(linesText(shown.view.screen(), shown.view.screen().firstLine(), shown.view.screen().firstLine() + 1),
             u"89996"_s);
    QCOMPARE(shown.view.verticalScrollBar()->value(), 10'000);
}

void TestTerminalView::leavesTurnsToOthers()
{
    Shown shown;
    // Unlike any program it never lets the reader wait, so whoever reads until there is nothing more hangs here.
    shown.view.attach(std::make_unique<PtyChannel>(pivotbench::core::UniqueFd(::open("/dev/zero", O_RDWR))));
    QSignalSpy frames(&shown.view, &TerminalView::updated);
    int ticks = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&ticks] { ++ticks; });
    timer.start(1);
    QTRY_VERIFY(ticks > 10 && frames.size() > 3);
    QSignalSpy input(&shown.view, &TerminalView::input);
    QTest::keyClick(&shown.view, Qt::Key_C, Qt::ControlModifier);
    QTRY_COMPARE(input.size(), 1);
    shown.setSize(8, 60);
    QTRY_COMPARE(shown.view.screen().size(), (Size{8, 60}));
}

void TestTerminalView::keepsApplicationShortcuts()
{
    Shown shown;
    const auto overridden = [&shown](int key, Qt::KeyboardModifiers modifiers) {
        QKeyEvent event(QEvent::ShortcutOverride, key, modifiers);
        event.ignore();
        QApplication::sendEvent(&shown.view, &event);
        return event.isAccepted();
    };
    QVERIFY(overridden(Qt::Key_W, Qt::ControlModifier));
    QVERIFY(overridden(Qt::Key_F5, {}));
    QVERIFY(overridden(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier));
    QVERIFY(!overridden(Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier));
    QTest::keyClick(&shown.view, Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QTest::keyClick(&shown.view, Qt::Key_X);
    QCOMPARE(shown.pty.typed(1), QByteArray("x"));
}

void TestTerminalView::leavesByControlShiftTab()
{
    Shown shown;
    QTest::keyClick(&shown.view, Qt::Key_Tab);
    QVERIFY(shown.view.hasFocus());
    QCOMPARE(shown.pty.typed(1), QByteArray("\t"));
    QTest::keyClick(&shown.view, Qt::Key_Backtab, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(shown.after.hasFocus());
    QCOMPARE(shown.pty.typed(1), QByteArray());
}

void TestTerminalView::selectsCharacters()
{
    Shown shown;
    shown.pty.print("first line\r\nsecond   \r\nthird");
    QSignalSpy changed(&shown.view, &TerminalView::selectionChanged);
    shown.drag(shown.at(0, 6), shown.at(2, 2));
    QCOMPARE(shown.view.selectedText(), u"line\nsecond\nth"_s);
    QVERIFY(!changed.isEmpty());
    shown.drag(shown.at(2, 2), shown.at(0, 6)); // backwards
    QCOMPARE(shown.view.selectedText(), u"line\nsecond\nth"_s);
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, shown.at(4, 3));
    QVERIFY(!shown.view.hasSelection());
    shown.view.selectAll();
    QCOMPARE(shown.view.selectedText().trimmed(), u"first line\nsecond\nthird"_s);
}

void TestTerminalView::selectsWideCharacters()
{
    Shown shown;
    shown.pty.print("a中文e\u0301b");
    shown.drag(shown.at(0, 1), shown.at(0, 6));
    QCOMPARE(shown.view.selectedText(), u"中文e\u0301"_s);
}

void TestTerminalView::selectsWordsAndLines()
{
    Shown shown;
    shown.pty.print("see /usr/share/doc-base (here) and\r\n0123456789012345678901234567890123456789continued here");
    const auto click = [&shown](int row, int column) {
        QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, shown.at(row, column));
    };
    QTest::mouseDClick(shown.view.viewport(), Qt::LeftButton, {}, shown.at(0, 10));
    QCOMPARE(shown.view.selectedText(), u"/usr/share/doc-base"_s);
    QTest::qWait(QApplication::doubleClickInterval() + 10);
    QTest::mouseDClick(shown.view.viewport(), Qt::LeftButton, {}, shown.at(0, 26));
    QCOMPARE(shown.view.selectedText(), u"here"_s);
    click(0, 26);
    QCOMPARE(shown.view.selectedText(), u"see /usr/share/doc-base (here) and"_s);
    QTest::qWait(QApplication::doubleClickInterval() + 10);
    // A word and a line that go on over the edge.
    QTest::mouseDClick(shown.view.viewport(), Qt::LeftButton, {}, shown.at(2, 3));
    QCOMPARE(shown.view.selectedText(), u"0123456789012345678901234567890123456789continued"_s);
    click(2, 3);
    QCOMPARE(shown.view.selectedText(), u"0123456789012345678901234567890123456789continued here"_s);
}

void TestTerminalView::selectsAcrossScrollback()
{
    Shown shown;
    QByteArray lines;
    for (int i = 1; i <= 30; ++i)
        lines += "line " + QByteArray::number(i) + (i < 30 ? "\r\n" : "");
    shown.pty.print(lines);
    shown.view.verticalScrollBar()->setValue(20);
    QTest::mousePress(shown.view.viewport(), Qt::LeftButton, {}, shown.at(1, 0));
    shown.move(shown.at(2, 3));
    shown.view.verticalScrollBar()->setValue(24);
    shown.move(shown.at(5, 7));
    QTest::mouseRelease(shown.view.viewport(), Qt::LeftButton, {}, shown.at(5, 7));
    QStringList expected;
    for (int i = 22; i <= 30; ++i)
        expected += u"line %1"_s.arg(i);
    QCOMPARE(shown.view.selectedText(), expected.join(u'\n'));
    // It stays on its text when more arrives.
    shown.pty.print("\r\nmore\r\nand more");
    QCOMPARE(shown.view.selectedText(), expected.join(u'\n'));
}

void TestTerminalView::scrollsWhileDragging()
{
    Shown shown;
    shown.pty.print(QByteArray("x\r\n").repeated(100));
    const int bottom = shown.view.verticalScrollBar()->value();
    QTest::mousePress(shown.view.viewport(), Qt::LeftButton, {}, shown.at(3, 1));
    shown.move({shown.at(3, 1).x(), -60});
    QTRY_VERIFY(shown.view.verticalScrollBar()->value() < bottom - 5);
    QTest::mouseRelease(shown.view.viewport(), Qt::LeftButton, {}, {10, -60});
    const int stopped = shown.view.verticalScrollBar()->value();
    QTest::qWait(120);
    QCOMPARE(shown.view.verticalScrollBar()->value(), stopped);
    QVERIFY(shown.view.selectedText().count(u'x') > 5);
}

void TestTerminalView::extendsWithShift()
{
    Shown shown;
    shown.pty.print("0123456789");
    shown.drag(shown.at(0, 2), shown.at(0, 4));
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, Qt::ShiftModifier, shown.at(0, 8));
    QCOMPARE(shown.view.selectedText(), u"234567"_s);
}

void TestTerminalView::copiesAndPastes()
{
    Shown shown;
    QGuiApplication::clipboard()->setText(u"before"_s);
    shown.pty.print("copy me");
    QTest::keyClick(&shown.view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier); // nothing to copy
    QCOMPARE(QGuiApplication::clipboard()->text(), u"before"_s);
    shown.drag(shown.at(0, 0), shown.at(0, 4));
    QTest::keyClick(&shown.view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"copy"_s);
    QTest::keyClick(&shown.view, Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(shown.pty.typed(4), QByteArray("copy"));
    QTest::mouseClick(shown.view.viewport(), Qt::MiddleButton, {}, shown.at(0, 1));
    QCOMPARE(shown.pty.typed(4), QByteArray("copy"));
}

void TestTerminalView::pastesSafely()
{
    Shown shown;
    shown.pty.print("\x1b[?2004h");
    QGuiApplication::clipboard()->setText(u"a\x1b[201~\nrm\x03"_s);
    QTest::keyClick(&shown.view, Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    const QByteArray expected("\x1b[200~a[201~\rrm\x1b[201~");
    QCOMPARE(shown.pty.typed(expected.size()), expected);
}

void TestTerminalView::refusesTooMuch()
{
    Shown shown;
    QSignalSpy bell(&shown.view, &TerminalView::bellRang);
    shown.view.paste(QString(PtyChannel::mostUnwritten / 2, u'x'));
    QVERIFY(bell.isEmpty());
    shown.view.paste(QString(PtyChannel::mostUnwritten, u'y'));
    QCOMPARE(bell.size(), 1);
    QVERIFY(shown.view.channel()->unwritten() <= PtyChannel::mostUnwritten);
    // What was taken arrives whole, though the kernel takes it in pieces.
    QByteArray arrived;
    for (int i = 0; i < 2000 && arrived.size() < PtyChannel::mostUnwritten / 2; ++i)
        arrived += shown.pty.typed(1);
    QCOMPARE(arrived, QByteArray(PtyChannel::mostUnwritten / 2, 'x'));
}

void TestTerminalView::finds()
{
    Shown shown;
    QByteArray lines;
    for (int i = 1; i <= 50; ++i)
        lines += (i % 10 == 0 ? "Needle " : "hay ") + QByteArray::number(i) + "\r\n";
    shown.pty.print(lines);
    const auto found = [&shown] {
        Line line;
        shown.view.screen().readLine(shown.view.selection().begin.line, line);
        return lineText(line);
    };
    QVERIFY(shown.view.find(u"needle"_s, false));
    QCOMPARE(shown.view.selectedText(), u"Needle"_s);
    QCOMPARE(found(), u"Needle 50"_s);
    QVERIFY(shown.view.find(u"needle"_s, false));
    QCOMPARE(found(), u"Needle 40"_s);
    QVERIFY(!shown.view.cellRect(shown.view.selection().begin).isEmpty()); // in sight
    QVERIFY(shown.view.find(u"needle"_s, true));
    QCOMPARE(found(), u"Needle 50"_s);
    QVERIFY(shown.view.find(u"needle"_s, true)); // around the end
    QCOMPARE(found(), u"Needle 10"_s);
    QVERIFY(!shown.view.find(u"needle"_s, true, true));
    QCOMPARE(found(), u"Needle 10"_s);
    QVERIFY(!shown.view.find(u"thread"_s));
    QVERIFY(!shown.view.find({}));
    // Over the edge of a line, and wide characters.
    shown.pty.print("\x1b[2J\x1b[H" + QByteArray("-").repeated(38) + "中文字 end");
    shown.view.clearSelection();
    QVERIFY(shown.view.find(u"中文字"_s, false));
    QCOMPARE(shown.view.selectedText(), u"中文字"_s);
}

void TestTerminalView::findsThroughTheBar()
{
    Shown shown;
    shown.pty.print("one two one\r\n");
    QTest::keyClick(&shown.view, Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    auto *bar = shown.view.findChild<FindBar *>();
    auto *text = bar->findChild<QLineEdit *>();
    QVERIFY(bar->isVisible() && text->hasFocus());
    QTest::keyClicks(text, u"one"_s);
    QTest::keyClick(text, Qt::Key_Return);
    QCOMPARE(shown.view.selection().begin.column, 8);
    QTest::keyClick(text, Qt::Key_Return);
    QCOMPARE(shown.view.selection().begin.column, 0);
    QTest::keyClick(text, Qt::Key_Return, Qt::ShiftModifier);
    QCOMPARE(shown.view.selection().begin.column, 8);
    QVERIFY(text->accessibleDescription().isEmpty());
    QTest::keyClicks(text, u"ly"_s);
    QTest::keyClick(text, Qt::Key_Return);
    QVERIFY(!text->accessibleDescription().isEmpty());
    QTest::keyClick(text, Qt::Key_Escape);
    QVERIFY(!bar->isVisible() && shown.view.hasFocus());
    QCOMPARE(shown.pty.typed(1), QByteArray()); // nothing of that reached the program
}

void TestTerminalView::scrolls()
{
    Shown shown;
    shown.pty.print(QByteArray("x\r\n").repeated(50));
    QScrollBar *bar = shown.view.verticalScrollBar();
    const int bottom = bar->maximum();
    QCOMPARE(bottom, 45);
    QCOMPARE(bar->value(), bottom);
    QTest::keyClick(&shown.view, Qt::Key_PageUp, Qt::ShiftModifier);
    QCOMPARE(bar->value(), bottom - 5);
    QTest::keyClick(&shown.view, Qt::Key_Home, Qt::ShiftModifier);
    QCOMPARE(bar->value(), 0);
    QTest::keyClick(&shown.view, Qt::Key_PageDown, Qt::ShiftModifier);
    QCOMPARE(bar->value(), 5);
    QTest::keyClick(&shown.view, Qt::Key_A); // typing goes back to the bottom
    QCOMPARE(bar->value(), bottom);
    shown.view.clearScrollback();
    QTRY_COMPARE(bar->maximum(), 0);
}

void TestTerminalView::staysWhereItWasScrolled()
{
    Shown shown;
    shown.view.setScrollbackLines(100);
    shown.pty.print(QByteArray("x\r\n").repeated(50));
    shown.view.verticalScrollBar()->setValue(20);
    const LineNumber top = shown.view.topLine();
    shown.pty.print(QByteArray("y\r\n").repeated(20));
    QCOMPARE(shown.view.topLine(), top);
    shown.pty.print(QByteArray("y\r\n").repeated(300)); // those lines are gone
    QCOMPARE(shown.view.topLine(), shown.view.screen().firstLine());
}

void TestTerminalView::turnsTheWheel()
{
    Shown shown;
    shown.pty.print(QByteArray("x\r\n").repeated(50));
    const int bottom = shown.view.verticalScrollBar()->value();
    shown.wheel(1);
    QCOMPARE(shown.view.verticalScrollBar()->value(), bottom - QApplication::wheelScrollLines());
    shown.wheel(-3);
    QCOMPARE(shown.view.verticalScrollBar()->value(), bottom);
    shown.pty.print("\x1b[?1049h\x1b[?1h");
    shown.wheel(1);
    QCOMPARE(shown.pty.typed(9), QByteArray("\x1bOA").repeated(QApplication::wheelScrollLines()));
}

void TestTerminalView::reportsTheMouse()
{
    Shown shown;
    shown.pty.print("\x1b[?1003;1006h");
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, shown.at(2, 4));
    const QByteArray clicked("\x1b[<35;5;3M\x1b[<0;5;3M\x1b[<0;5;3m");
    const QByteArray got = shown.pty.typed(clicked.size());
    QVERIFY2(got == clicked || got == clicked.mid(clicked.indexOf("\x1b[<0")), got.constData());
    shown.move(shown.at(3, 7), {}, Qt::NoButton);
    QCOMPARE(shown.pty.typed(10), QByteArray("\x1b[<35;8;4M"));
    QTest::mouseClick(shown.view.viewport(), Qt::RightButton, Qt::ControlModifier, shown.at(3, 7));
    QCOMPARE(shown.pty.typed(22), QByteArray("\x1b[<18;8;4M\x1b[<18;8;4m"));
    QVERIFY(shown.view.findChildren<QMenu *>().isEmpty());
    shown.wheel(-1);
    QCOMPARE(shown.pty.typed(20), QByteArray("\x1b[<35;3;2M\x1b[<65;3;2M"));
    QVERIFY(!shown.view.hasSelection());
}

void TestTerminalView::shiftSelectsInspiteOfTheProgram()
{
    Shown shown;
    shown.pty.print("text here\x1b[?1002;1006h");
    shown.drag(shown.at(0, 0), shown.at(0, 4), Qt::ShiftModifier);
    QCOMPARE(shown.view.selectedText(), u"text"_s);
    QCOMPARE(shown.pty.typed(1), QByteArray());
}

void TestTerminalView::zooms()
{
    Shown shown;
    const QSize cell = shown.view.cellRect({0, 0}).size();
    const int columns = shown.view.screen().size().columns;
    for (int i = 0; i < 4; ++i)
        QTest::keyClick(&shown.view, Qt::Key_Plus, Qt::ControlModifier);
    QVERIFY(shown.view.cellRect({0, 0}).width() > cell.width());
    QVERIFY(shown.view.screen().size().columns < columns);
    for (int i = 0; i < 6; ++i)
        QTest::keyClick(&shown.view, Qt::Key_Minus, Qt::ControlModifier);
    QVERIFY(shown.view.cellRect({0, 0}).width() < cell.width());
    QTest::keyClick(&shown.view, Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(shown.view.cellRect({0, 0}).size(), cell);
    QCOMPARE(shown.view.screen().size().columns, columns);
    shown.wheel(1, Qt::ControlModifier);
    QVERIFY(shown.view.cellRect({0, 0}).height() > cell.height());
    for (int i = 0; i < 100; ++i)
        shown.view.zoom(-5);
    QVERIFY(shown.view.cellRect({0, 0}).height() > 2);
    QCOMPARE(shown.pty.typed(1), QByteArray());
}

void TestTerminalView::hasAMenu()
{
    Shown shown;
    shown.pty.print("text");
    const QPoint point = shown.at(0, 1);
    QContextMenuEvent event(QContextMenuEvent::Mouse, point, shown.view.viewport()->mapToGlobal(point));
    QApplication::sendEvent(shown.view.viewport(), &event);
    auto *menu = shown.view.findChild<QMenu *>();
    QVERIFY(menu != nullptr);
    QStringList words;
    for (const QAction *action : menu->actions())
        if (!action->isSeparator())
            words += action->text().remove(u'&') + (action->isEnabled() ? u""_s : u" (off)"_s);
    QCOMPARE(words, (QStringList{u"Copy (off)"_s, u"Paste"_s, u"Find…"_s, u"Select all"_s, u"Clear scrollback"_s}));
    menu->actions().at(4)->trigger();
    QVERIFY(shown.view.hasSelection());
    menu->close();
}

void TestTerminalView::takesInputMethods()
{
    Shown shown;
    QVERIFY(shown.view.inputMethodQuery(Qt::ImEnabled).toBool());
    QInputMethodEvent preedit(u"zhong"_s, {});
    QApplication::sendEvent(&shown.view, &preedit);
    QCOMPARE(shown.pty.typed(1), QByteArray());
    QInputMethodEvent commit;
    commit.setCommitString(u"中文"_s);
    QApplication::sendEvent(&shown.view, &commit);
    QCOMPARE(shown.pty.typed(6), QByteArray("中文"));
    shown.pty.print("abc");
    const QRect cursor = shown.view.inputMethodQuery(Qt::ImCursorRectangle).toRect();
    QCOMPARE(cursor.x(), shown.view.cellRect({shown.view.topLine(), 3}).x());
}

void TestTerminalView::costsNothingHidden()
{
    Shown shown;
    shown.window.hide();
    QSignalSpy updated(&shown.view, &TerminalView::updated);
    shown.pty.print(QByteArray("unseen\r\n").repeated(100));
    QTest::qWait(100);
    QVERIFY(updated.isEmpty());
    QVERIFY(screenText(shown.view.screen()).startsWith(u"unseen"_s)); // but it is read
    shown.window.show();
    QTRY_VERIFY(!updated.isEmpty());
    QCOMPARE(shown.view.topLine(), shown.view.screen().screenTop());
}

void TestTerminalView::setsTitle()
{
    Shown shown;
    QSignalSpy title(&shown.view, &TerminalView::titleChanged);
    shown.pty.print("\x1b]0;one\a\x1b]0;tw\u202eo\a");
    QCOMPARE(title.size(), 1);
    QCOMPARE(title.at(0).at(0).toString(), u"two"_s);
    QCOMPARE(shown.view.title(), u"two"_s);
    // The clipboard is not a program's to set.
    QGuiApplication::clipboard()->setText(u"mine"_s);
    shown.pty.print("\x1b]52;c;ZXZpbA==\a");
    QCOMPARE(QGuiApplication::clipboard()->text(), u"mine"_s);
}

void TestTerminalView::survivesDetaching()
{
    Shown shown;
    shown.pty.print("kept");
    std::unique_ptr<PtyChannel> channel = shown.view.detach();
    QVERIFY(channel && channel->isOpen() && shown.view.channel() == nullptr);
    QSignalSpy input(&shown.view, &TerminalView::input);
    QTest::keyClick(&shown.view, Qt::Key_A);
    QCOMPARE(input.size(), 1);
    QCOMPARE(shown.pty.typed(1), QByteArray());
    shown.view.feed("\r\nfed");
    QCOMPARE(screenText(shown.view.screen()), u"kept|fed"_s);
    shown.view.attach(std::move(channel));
    QTest::keyClick(&shown.view, Qt::Key_B);
    QCOMPARE(shown.pty.typed(1), QByteArray("b"));
}

QTEST_MAIN(TestTerminalView)
#include "tst_terminal_view.moc"
