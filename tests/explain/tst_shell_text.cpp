// SPDX-License-Identifier: Apache-2.0
//
// The shell line of every kind of step, as golden text, and through a shell.
#include "core/explain/explainer.h"
#include "core/explain/shell_text.h"
#include "tests/explain/golden_texts.h"
#include "tests/explain/sample_operations.h"

#include <QProcess>
#include <QtTest>

using namespace pivotbench::core;

namespace {

/// What a shell makes of a word.
QByteArray shellReads(const std::string &word)
{
    QProcess process;
    process.start("sh", {"-c", QString::fromStdString("printf %s " + word)});
    return process.waitForFinished(10000) && process.exitCode() == 0 ? process.readAllStandardOutput() : "?";
}

} // namespace

class TestShellText : public QObject {
    Q_OBJECT

private slots:
    void lines_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < sample::operations().size(); ++i)
            QTest::newRow(sample::operations()[i].name) << i;
    }
    void lines()
    {
        QFETCH(std::size_t, index);
        const sample::Sample &one = sample::operations()[index];
        const Explanation explanation =
            explain(sample::plan(), {.id = "step", .phase = Phase::Root, .cause = "", .operation = one.operation});
        const auto golden = expectedShellLines().find(one.name);
        QVERIFY(golden != expectedShellLines().end());
        QCOMPARE(QString::fromStdString(explanation.shell), QString::fromStdString(golden->second));

        QProcess shell;
        shell.start("sh", {"-n", "-c", QString::fromStdString(explanation.shell)});
        QVERIFY(shell.waitForFinished(10000));
        QCOMPARE(shell.readAllStandardError(), QByteArray());
        QCOMPARE(shell.exitCode(), 0);
    }

    void everySampleHasItsLine() { QCOMPARE(expectedShellLines().size(), sample::operations().size()); }

    void words_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("plain") << QByteArray("/srv/data");
        QTest::newRow("spaces and quotes") << QByteArray("it's \"here\" $HOME `id`");
        QTest::newRow("letters of other scripts") << QByteArray("größe");
        QTest::newRow("an escape sequence") << QByteArray("a\x1b[31mb");
        QTest::newRow("a newline inside") << QByteArray("a\nb");
        QTest::newRow("a newline at the end") << QByteArray("a\n");
        QTest::newRow("percent and backslash with a control character") << QByteArray("100%\\d\x01");
        QTest::newRow("a bidirectional override") << QByteArray("a\u202eb");
        QTest::newRow("bytes that are not UTF-8") << QByteArray("\377\3761");
        QTest::newRow("nothing") << QByteArray("");
        QTest::newRow("a leading dash") << QByteArray("-rf");
    }
    void words()
    {
        QFETCH(QByteArray, name);
        const std::string word = shellWord(name.toStdString());
        QCOMPARE(shellReads(word), name);
        // Only a name that ends in a newline keeps control characters in the text.
        if (!name.endsWith('\n'))
            for (const char c : word)
                QVERIFY(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
    }

    void aTextFileArrivesByteForByte()
    {
        const QByteArray text("line 1\n100% \\n 'quoted'\t\x01\xff\nno newline at the end");
        const QString line =
            QString::fromStdString(shellLine(WriteFile{sample::host("/dev/stdout"), text.toStdString(), "", 0644},
                                             [](const Location &location) { return location.path; }));
        QProcess process;
        process.start("sh", {"-c", line.section(" && ", 0, 0)});
        QVERIFY(process.waitForFinished(10000));
        QCOMPARE(process.readAllStandardOutput(), text);
    }
};

QTEST_GUILESS_MAIN(TestShellText)
#include "tst_shell_text.moc"
