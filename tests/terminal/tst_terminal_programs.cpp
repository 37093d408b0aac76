// SPDX-License-Identifier: Apache-2.0
//
// Real programs in the view. One that is not installed is skipped, and said to be.
#include "pty_pair.h"
#include "screen_text.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <malloc.h>
#include <utility>

using namespace pivotbench::app::terminal;
using namespace pivotbench::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 15'000;

struct Running {
    TerminalView view;
    std::unique_ptr<PtyProgram> program;

    explicit Running(const QList<QByteArray> &command)
    {
        view.resize(760, 420);
        view.show();
        view.setFocus();
        program = std::make_unique<PtyProgram>(view, command);
    }
    [[nodiscard]] QString text() const { return screenText(view.screen()); }
    void type(const QString &text)
    {
        for (const QChar character : text)
            QTest::sendKeyEvent(QTest::Click, &view, character == u'\r' ? Qt::Key_Return : Qt::Key_unknown,
                                QString(character), {});
    }
};

} // namespace

#define NEEDS(program)                                                                                                 \
    if (QStandardPaths::findExecutable(QStringLiteral(program)).isEmpty())                                             \
    QSKIP("not installed: " program)

class TestTerminalPrograms : public QObject {
    Q_OBJECT

private slots:
    void seq();
    void shell();
    void vim();
    void less();
    void top();
    void htop();
    void printsWithoutEnd_data();
    void printsWithoutEnd();
};

void TestTerminalPrograms::seq()
{
    Running run({"seq", "100000"});
    QTRY_VERIFY_WITH_TIMEOUT(run.text().endsWith(u"|99999|100000"_s), patience);
    const Screen &screen = run.view.screen();
    // Every line in order, without a gap.
    Line line;
    int expected = 0;
    for (LineNumber number = screen.firstLine(); number < screen.screenTop(); ++number) {
        screen.readLine(number, line);
        const int value = lineText(line).toInt();
        QVERIFY(expected == 0 || value == expected);
        expected = value + 1;
    }
}

void TestTerminalPrograms::shell()
{
    Running run(
        {"sh", "-c",
         "stty size; read line; echo \"<$line>\"; stty size; printf '\\033[6n'; IFS=R read -r answer; echo done"});
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u' '), patience);
    const Size size = run.view.screen().size();
    QVERIFY(run.text().startsWith(u"%1 %2"_s.arg(size.rows).arg(size.columns)));
    run.view.resize(500, 300);
    const Size after = run.view.screen().size();
    QVERIFY(after != size);
    run.type(u"ünïcode\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u"<ünïcode>|%1 %2"_s.arg(after.rows).arg(after.columns)), patience);
}

void TestTerminalPrograms::vim()
{
    NEEDS("vim");
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"text.txt"_s);
    Running run({"vim", "-u", "NONE", "-N", "-i", "NONE", "-n", path.toLocal8Bit()});
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u"~|~"_s), patience);
    QVERIFY(run.view.screen().alternateScreen());
    run.type(u"ihello 中文\rworld"_s);
    QTRY_VERIFY_WITH_TIMEOUT(run.text().startsWith(u"hello 中文|world|~"_s), patience);
    QCOMPARE(run.view.screen().cursor().place, (Place{1, 5}));
    run.view.resize(400, 250);
    QTest::keyClick(&run.view, Qt::Key_Escape);
    QTest::qWait(1100); // vim waits whether more of a key comes
    run.type(u":wq\r"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!run.view.screen().alternateScreen(), patience);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("hello 中文\nworld\n"));
}

void TestTerminalPrograms::less()
{
    NEEDS("less");
    Running run({"sh", "-c", "seq 1 500 | less"});
    QTRY_VERIFY_WITH_TIMEOUT(run.text().startsWith(u"1|2|3|"_s) && run.text().endsWith(u":"_s), patience);
    run.type(u"G"_s);
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u"|499|500|"_s), patience);
    run.type(u"/^250$\r"_s);
    QTest::qWait(50);
    run.type(u"g"_s);
    QTRY_VERIFY_WITH_TIMEOUT(run.text().startsWith(u"1|2|3|"_s), patience);
    QTest::keyClick(&run.view, Qt::Key_PageDown);
    QTRY_VERIFY_WITH_TIMEOUT(!run.text().startsWith(u"1|2|3|"_s), patience);
    run.type(u"q"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!run.view.screen().alternateScreen(), patience);
}

void TestTerminalPrograms::top()
{
    NEEDS("top");
    Running run({"top", "-d", "60"});
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u"PID USER"_s) && run.text().contains(u"load average"_s), patience);
    // Its table's head is reversed over the whole width.
    const Screen &screen = run.view.screen();
    bool reversed = false;
    for (int row = 0; row < screen.size().rows; ++row)
        reversed =
            reversed || (lineText(screen.row(row)).contains(u"PID USER"_s) && screen.row(row).cells[3].pen.reverse);
    QVERIFY(reversed);
}

void TestTerminalPrograms::htop()
{
    NEEDS("htop");
    Running run({"htop", "-d", "100"});
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u"F10"_s) && run.text().contains(u"PID"_s), patience);
    QTest::keyClick(&run.view, Qt::Key_F1);
    QTRY_VERIFY_WITH_TIMEOUT(run.text().contains(u"htop "_s), patience);
    QVERIFY(run.view.screen().mouseMode() != MouseMode::None);
}

void TestTerminalPrograms::printsWithoutEnd_data()
{
    QTest::addColumn<QByteArray>("script");
    QTest::newRow("short lines") << "yes"_ba;
    QTest::newRow("a gigabyte in lines") << "head -c 1G /dev/zero | tr '\\0' x | fold -w 200"_ba;
    QTest::newRow("a gigabyte without a line end") << "head -c 1G /dev/zero | tr '\\0' x"_ba;
    QTest::newRow("marks on one letter") << "printf a; yes \u0301\u0302\u0303 | tr -d '\\n'"_ba;
    QTest::newRow("a title without end") << "printf '\\033]0;'; yes 'no end'"_ba;
}

/// Memory does not grow; timers, painting, sizes and keys have their turns; and Ctrl+C ends it.
void TestTerminalPrograms::printsWithoutEnd()
{
    // Not the whole gigabyte, which takes a minute: what is kept is full after the first part, and the second would not
    // fit into the margin.
    constexpr std::size_t filled = 2 << 20;
    constexpr std::size_t printed = filled + (8 << 20);
    constexpr std::size_t margin = 2 << 20;

    QFETCH(QByteArray, script);
    Running run({"sh", "-c", script});
    std::size_t received = 0;
    std::size_t heap = 0;
    connect(run.view.channel(), &PtyChannel::received, this, [&](std::string_view bytes) {
        received += bytes.size();
        if (heap == 0 && received > filled)
            heap = ::mallinfo2().uordblks;
    });
    std::size_t receivedAtTick = 0;
    std::size_t mostAtOnce = 0;
    qint64 longest = 0;
    QElapsedTimer sinceTick;
    sinceTick.start();
    QTimer ticks;
    connect(&ticks, &QTimer::timeout, this, [&] {
        mostAtOnce = std::max(mostAtOnce, received - std::exchange(receivedAtTick, received));
        longest = std::max(longest, sinceTick.restart());
    });
    ticks.start(1);
    QSignalSpy frames(&run.view, &TerminalView::updated);
    QSignalSpy ended(&run.view, &TerminalView::ended);

    QTRY_VERIFY_WITH_TIMEOUT(received > filled, patience);
    const Size before = run.view.screen().size();
    run.view.resize(600, 300);
    QTRY_VERIFY(run.view.screen().size() != before);
    QTRY_VERIFY_WITH_TIMEOUT(received > printed, patience);
    const std::size_t grown = ::mallinfo2().uordblks;
    ticks.stop();
    QVERIFY(ended.isEmpty());
    qInfo("the loop's longest turn: %lld ms; %zu bytes; %lld frames; heap grown by %lld", longest, mostAtOnce,
          frames.count(), qint64(grown) - qint64(heap));
    QVERIFY2(mostAtOnce < printed - filled, qPrintable(QString::number(mostAtOnce)));
    QVERIFY(frames.count() > 2);
    QVERIFY2(grown < heap + margin, qPrintable(QString::number(grown - heap)));
    QVERIFY(run.view.verticalScrollBar()->maximum() <= int(Screen::defaultScrollback));

    QTest::keyClick(&run.view, Qt::Key_C, Qt::ControlModifier);
    QVERIFY(!ended.isEmpty() || ended.wait(patience));
}

QTEST_MAIN(TestTerminalPrograms)
#include "tst_terminal_programs.moc"
