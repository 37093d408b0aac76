// SPDX-License-Identifier: Apache-2.0
//
// Real programs in the view. One that is not installed is skipped, and said to be.
#include "pty_pair.h"
#include "screen_text.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>

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

void TestTerminalPrograms::printsWithoutEnd()
{
    // The interface goes on: a key's way through the loop stays short, and memory does not grow.
    Running run({"yes", "all work and no play"});
    QTRY_VERIFY_WITH_TIMEOUT(run.view.verticalScrollBar()->maximum() > 1000, patience);
    qint64 longest = 0;
    for (int i = 0; i < 30; ++i) {
        QElapsedTimer turn;
        turn.start();
        QCoreApplication::processEvents();
        longest = std::max(longest, turn.elapsed());
    }
    QVERIFY2(longest < 500, qPrintable(QString::number(longest)));
    QVERIFY(run.view.verticalScrollBar()->maximum() <= 10'000);
    QTest::keyClick(&run.view, Qt::Key_C, Qt::ControlModifier);
    QSignalSpy ended(&run.view, &TerminalView::ended);
    QVERIFY(ended.wait(patience));
}

QTEST_MAIN(TestTerminalPrograms)
#include "tst_terminal_programs.moc"
