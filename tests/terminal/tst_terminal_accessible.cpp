// SPDX-License-Identifier: Apache-2.0
#include "screen_text.h"

#include "app/terminal/terminal_accessible.h"
#include "app/terminal/terminal_view.h"

#include <QAccessible>
#include <QScrollBar>
#include <QTest>

using namespace pivotbench::app::terminal;
using namespace pivotbench::test;
using namespace Qt::StringLiterals;

namespace {

/// The announcements as words.
QStringList told(const AccessibleText &before, const AccessibleText &after)
{
    QObject view;
    QStringList words;
    for (const auto &event : announcements(&view, before, after)) {
        if (const auto *insert = dynamic_cast<QAccessibleTextInsertEvent *>(event.get()))
            words += u"+%1 %2"_s.arg(insert->changePosition()).arg(insert->textInserted());
        else if (const auto *remove = dynamic_cast<QAccessibleTextRemoveEvent *>(event.get()))
            words += u"-%1 %2"_s.arg(remove->changePosition()).arg(remove->textRemoved());
        else if (const auto *update = dynamic_cast<QAccessibleTextUpdateEvent *>(event.get()))
            words += u"~%1 %2 > %3"_s.arg(update->changePosition()).arg(update->textRemoved(), update->textInserted());
        else if (const auto *cursor = dynamic_cast<QAccessibleTextCursorEvent *>(event.get()))
            words += u"cursor %1"_s.arg(cursor->cursorPosition());
    }
    return words;
}

AccessibleText textAfter(Screen &screen, std::string_view bytes)
{
    screen.write(bytes);
    return AccessibleText::of(screen);
}

} // namespace

class TestTerminalAccessible : public QObject {
    Q_OBJECT

private slots:
    void hasText();
    void hasLinesAbove();
    void findsPlaces();
    void comparesSnapshots();
    void isATerminal();
    void tellsChanges();
};

void TestTerminalAccessible::hasText()
{
    Screen screen({4, 20});
    const AccessibleText empty = AccessibleText::of(screen);
    QCOMPARE(empty.text, QString());
    QCOMPARE(empty.cursor, 0);
    const AccessibleText some = textAfter(screen, "one   \r\n  中文\r\n$ ");
    QCOMPARE(some.text, u"one\n  中文\n$ "_s); // as far as the cursor
    QCOMPARE(some.cursor, some.text.size());
    screen.write("\x1b[2;5H");
    QCOMPARE(AccessibleText::of(screen).cursor, 4 + 3);
}

void TestTerminalAccessible::hasLinesAbove()
{
    Screen screen({4, 20}, 5000);
    for (int i = 0; i < 3000; ++i)
        screen.write(std::to_string(i) + "\r\n");
    const AccessibleText text = AccessibleText::of(screen);
    QCOMPARE(text.firstLine, screen.screenTop() - 1000);
    QVERIFY(text.text.startsWith(u"1997\n1998\n"_s));
    QVERIFY(text.text.endsWith(u"2999\n"_s));
}

void TestTerminalAccessible::findsPlaces()
{
    Screen screen({3, 20});
    const AccessibleText text = textAfter(screen, "ab中😀x\r\nsecond");
    const auto column = [&](qsizetype offset) { return text.positionOf(screen, offset).column; };
    QCOMPARE(column(0), 0);
    QCOMPARE(column(2), 2);
    QCOMPARE(column(3), 4); // behind a wide character
    QCOMPARE(column(5), 6); // behind one of two units
    const qsizetype second = text.text.indexOf(u"second"_s);
    QCOMPARE(text.positionOf(screen, second + 3), (TextPosition{screen.screenTop() + 1, 3}));
    for (const int at : {0, 1, 2, 4, 6})
        QCOMPARE(text.positionOf(screen, text.offsetOf(screen, {screen.screenTop(), at})).column, at);
}

void TestTerminalAccessible::comparesSnapshots()
{
    Screen screen({3, 20}, 2);
    const AccessibleText first = textAfter(screen, "one\r\n");
    const AccessibleText second = textAfter(screen, "two");
    QCOMPARE(TextChange::between(first, second), (TextChange{{}, 4, {}, u"two"_s}));
    const AccessibleText third = textAfter(screen, "\rtoo");
    QCOMPARE(TextChange::between(second, third), (TextChange{{}, 5, u"w"_s, u"o"_s}));
    const AccessibleText fourth = textAfter(screen, "\r\n3\r\n4\r\n5\r\n6"); // one line is gone
    QCOMPARE(TextChange::between(third, fourth), (TextChange{u"one\n"_s, 3, {}, u"\n3\n4\n5\n6"_s}));
    const AccessibleText fifth = textAfter(screen, "\x1b[2J\x1b[3J\x1b[H");
    QCOMPARE(fifth.text, QString());
    QCOMPARE(TextChange::between(fifth, fifth), TextChange());
}

void TestTerminalAccessible::isATerminal()
{
    TerminalView view;
    view.setAccessibleName(u"Shell"_s);
    view.resize(500, 200);
    view.show();
    view.feed("first\r\nsecond word\r\n$ ");
    QTest::qWait(50);
    QAccessibleInterface *made = QAccessible::queryAccessibleInterface(&view);
    QVERIFY(made != nullptr);
    QCOMPARE(made->role(), QAccessible::Terminal);
    QCOMPARE(made->text(QAccessible::Name), u"Shell"_s);
    QVERIFY(made->state().multiLine && made->state().focusable);
    QAccessibleTextInterface *text = made->textInterface();
    QVERIFY(text != nullptr);
    QCOMPARE(text->text(0, text->characterCount()), u"first\nsecond word\n$ "_s);
    QCOMPARE(text->cursorPosition(), text->characterCount());
    int start = 0;
    int end = 0;
    QCOMPARE(text->textAtOffset(8, QAccessible::LineBoundary, &start, &end).trimmed(), u"second word"_s);
    QCOMPARE(text->textAtOffset(14, QAccessible::WordBoundary, &start, &end).trimmed(), u"word"_s);
    QCOMPARE(text->text(-5, 3), u"fir"_s);
    QCOMPARE(text->text(4, 1000).size(), text->characterCount() - 4);
    const QRect second = text->characterRect(6);
    QCOMPARE(second.topLeft(), view.viewport()->mapToGlobal(view.cellRect({view.topLine() + 1, 0}).topLeft()));
    QCOMPARE(text->offsetAtPoint(second.center() + QPoint(second.width(), 0)), 7);
    QCOMPARE(text->offsetAtPoint(QPoint(-100, -100)), -1);
    text->setSelection(0, 6, 12);
    QCOMPARE(view.selectedText(), u"second"_s);
    QCOMPARE(text->selectionCount(), 1);
    text->selection(0, &start, &end);
    QCOMPARE(start, 6);
    QCOMPARE(end, 12);
    text->removeSelection(0);
    QVERIFY(!view.hasSelection());
}

void TestTerminalAccessible::tellsChanges()
{
    Screen screen({3, 20}, 1);
    const AccessibleText first = textAfter(screen, "$ ");
    const AccessibleText second = textAfter(screen, "ls");
    QCOMPARE(told(first, second), (QStringList{u"+2 ls"_s, u"cursor 4"_s}));
    QCOMPARE(told(second, second), QStringList());
    const AccessibleText third = textAfter(screen, "\x1b[2D\x1b[Kpwd");
    QCOMPARE(told(second, third), (QStringList{u"~2 ls > pwd"_s, u"cursor 5"_s}));
    QCOMPARE(told(third, first), (QStringList{u"-2 pwd"_s, u"cursor 2"_s}));
    const AccessibleText fourth = textAfter(screen, "\r\n/\r\n$ ");
    const AccessibleText fifth = textAfter(screen, "\r\n\n\n"); // two lines go, one is kept
    QCOMPARE(told(fourth, fifth).first(), u"-0 $ pwd\n/\n"_s);
    QCOMPARE(told(fourth, fifth).last(), u"cursor %1"_s.arg(fifth.cursor));
}

QTEST_MAIN(TestTerminalAccessible)
#include "tst_terminal_accessible.moc"
