// SPDX-License-Identifier: Apache-2.0
//
// The C calls of every kind of step, as golden text, and through a compiler where there is one.
#include "core/explain/call_text.h"
#include "tests/explain/golden_texts.h"
#include "tests/explain/sample_operations.h"

#include <QProcess>
#include <QStandardPaths>
#include <QtTest>

using namespace pivotbench::core;

namespace {

/// What the calls name without declaring it, and the headers they need.
constexpr const char *prologue =
    "#define _GNU_SOURCE\n"
    "#include <errno.h>\n"
    "#include <fcntl.h>\n"
    "#include <grp.h>\n"
    "#include <linux/capability.h>\n"
    "#include <linux/filter.h>\n"
    "#include <linux/openat2.h>\n"
    "#include <linux/sched.h>\n"
    "#include <linux/seccomp.h>\n"
    "#include <net/if.h>\n"
    "#include <sched.h>\n"
    "#include <signal.h>\n"
    "#include <stdint.h>\n"
    "#include <string.h>\n"
    "#include <sys/ioctl.h>\n"
    "#include <sys/mount.h>\n"
    "#include <sys/prctl.h>\n"
    "#include <sys/resource.h>\n"
    "#include <sys/socket.h>\n"
    "#include <sys/stat.h>\n"
    "#include <sys/syscall.h>\n"
    "#include <unistd.h>\n"
    "extern char *builder, *sandbox, buffer[4096];\n"
    "extern int (*enter)(void *);\n"
    "extern void *stack, *work;\n"
    "extern int new_root, own_cgroup, builder_proc;\n"
    "int pidfd, fd, mnt, tree, target, source, parent, root, like, null, cgroup, master, terminal;\n"
    "long length;\n"
    "unsigned long long keep;\n"
    "struct stat status;\n"
    "struct sock_fprog filter;\n";

} // namespace

class TestCallText : public QObject {
    Q_OBJECT

private slots:
    void everyKindHasASample()
    {
        QVERIFY(sample::complete());
        QCOMPARE(expectedCalls().size(), sample::operations().size());
    }

    void calls_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < sample::operations().size(); ++i)
            QTest::newRow(sample::operations()[i].name) << i;
    }
    void calls()
    {
        QFETCH(std::size_t, index);
        const sample::Sample &one = sample::operations()[index];
        const QString text = QString::fromStdString(callText(one.operation));
        const auto golden = expectedCalls().find(one.name);
        QVERIFY(golden != expectedCalls().end());
        QCOMPARE(text, QString::fromStdString(golden->second));
        for (const QString &line : text.split('\n'))
            QVERIFY2(line.endsWith(';'), qPrintable(line));
    }

    void literals_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("literal");
        QTest::newRow("a plain name stands as it is") << QByteArray("/srv/data") << QByteArray("\"/srv/data\"");
        QTest::newRow("quotes and backslashes are escaped") << QByteArray("a\"b\\c") << QByteArray("\"a\\\"b\\\\c\"");
        QTest::newRow("newline and tab have their letters") << QByteArray("a\nb\tc") << QByteArray("\"a\\nb\\tc\"");
        QTest::newRow("an escape is octal, and a digit behind it stays itself")
            << QByteArray("\0337") << QByteArray("\"\\0337\"");
        QTest::newRow("letters of other scripts stand as they are") << QByteArray("größe") << QByteArray("\"größe\"");
        QTest::newRow("a bidirectional override is spelled out")
            << QByteArray("a\u202eb") << QByteArray("\"a\\342\\200\\256b\"");
        QTest::newRow("bytes that are not UTF-8 are octal") << QByteArray("\xff\xc3") << QByteArray("\"\\377\\303\"");
        QTest::newRow("the empty text") << QByteArray("") << QByteArray("\"\"");
    }
    void literals()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, literal);
        QCOMPARE(QByteArray::fromStdString(cString(text.toStdString())), literal);
    }

    void aNameThatIsNoConstantCannotBecomeCode()
    {
        const QString text = QString::fromStdString(callText(LimitCapabilities{{"CAP_CHOWN; system(\"x\")"}}));
        QVERIFY2(!text.contains("system("), qPrintable(text));
        QVERIFY(!QString::fromStdString(callText(SetResourceLimit{{"x){", 1, 2}})).contains("x)"));
    }

    void theCompilerTakesThem()
    {
        const QString compiler = QStandardPaths::findExecutable("cc");
        if (compiler.isEmpty())
            QSKIP("there is no C compiler on this machine: the calls were not compiled");
        QByteArray source(prologue);
        for (std::size_t i = 0; i < sample::operations().size(); ++i)
            source += "void step" + QByteArray::number(qulonglong(i)) + "(void)\n{\n" +
                      QByteArray::fromStdString(callText(sample::operations()[i].operation)) + "\n}\n";
        QProcess process;
        process.start(compiler,
                      {"-std=gnu17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-result", "-xc", "-"});
        process.write(source);
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(60000));
        const QByteArray complaints = process.readAllStandardError();
        QVERIFY2(process.exitCode() == 0, complaints.constData());
    }
};

QTEST_GUILESS_MAIN(TestCallText)
#include "tst_call_text.moc"
