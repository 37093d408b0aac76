// SPDX-License-Identifier: Apache-2.0
//
// Specs, roots and programs that cannot work: each ends in an error that names the step or field, the path, the reason
// in words and what to do, and leaves nothing behind.
#include "real_user.h"

#include <QTest>

#include <sys/stat.h>

using namespace pivotbench;
using test::Outcome;
using test::RealUser;

class TestBadInput : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<RealUser> m_user;
    QString m_root;
    QString m_before;

private slots:
    void initTestCase()
    {
        QString whyNot;
        m_user = RealUser::ordinary(&whyNot);
        if (!m_user)
            QSKIP(qPrintable(whyNot));
        m_root = m_user->makeBusyboxRoot("root");
        m_user->makeFile("root/bin/script", "#!/no/interpreter\n", 0755);
        m_user->makeFile("root/bin/nonsense", "\x01\x02 nonsense", 0755);
        // An ELF header of another processor, and a dynamic program whose linker is not in the root.
        QFile busybox("/bin/busybox");
        QVERIFY(busybox.open(QIODevice::ReadOnly));
        QByteArray other = busybox.read(4096);
        other[18] = '\x14'; // e_machine: PowerPC
        other[19] = 0;
        m_user->makeFile("root/bin/powerpc", other, 0755);
        QFile::copy("/bin/true", m_root + "/bin/dynamic");
        m_user->makeFile("a-file", "text");
        m_user->makeDirectory("lone");
        QCOMPARE(m_user->pivotctl({"run", "-q", "--rootfs", m_root, "-T", "--", "/bin/true"}).status, 0);
        m_before = test::settledTraces(*m_user);
    }

    void isExplained_data()
    {
        QTest::addColumn<QStringList>("args");
        QTest::addColumn<int>("status");
        QTest::addColumn<QList<QByteArray>>("words");
        const auto row = [](const char *name, const QStringList &args, const QList<QByteArray> &words,
                            int status = 125) { QTest::newRow(name) << args << status << words; };
        row("a layer that does not exist", {"--rootfs", "/no/such/root", "--", "/bin/true"},
            {"step overlay", "/no/such/root", "ENOENT"});
        row("a layer that is a file", {"--rootfs", "@/a-file", "--", "/bin/true"},
            {"step overlay", "@/a-file", "ENOTDIR", "hint"});
        row("a bind source that does not exist", {"--rootfs", "@/root", "--bind", "/no/such:/x", "--", "/bin/true"},
            {"step mount-point:/x", "/no/such", "ENOENT"});
        row("a target below a file", {"--rootfs", "@/root", "--bind", "@/lone:/bin/busybox/x", "--", "/bin/true"},
            {"step mount-point:/bin/busybox/x", "ENOTDIR"});
        row("a target that cannot be made in a read-only root",
            {"--rootfs", "@/root", "--writable", "none", "--tmpfs", "/not/there", "--", "/bin/true"},
            {"step mkdir:/not/there", "EROFS", "hint", "discard"});
        row("a file bound on a directory", {"--rootfs", "@/root", "--bind", "@/a-file:/etc", "--", "/bin/true"},
            {"step bind:/etc", "EINVAL", "hint", "a directory only on a directory"});
        row("a working directory that does not exist", {"--rootfs", "@/root", "--cwd", "/no/such", "--", "/bin/true"},
            {"step working-directory", "/no/such", "ENOENT", "hint"});
        row("a working directory that is a descriptor",
            {"--rootfs", "@/root", "--cwd", "/proc/self/fd/5", "--", "/bin/true"}, {"process.cwd", "fix"});
        row("a relative working directory", {"--rootfs", "@/root", "--cwd", "x", "--", "/bin/true"},
            {"process.cwd", "fix"});
        row("a program that is missing", {"--rootfs", "@/root", "--", "/bin/nosuch"},
            {"step execute", "/bin/nosuch", "ENOENT"}, 127);
        row("a script without its interpreter", {"--rootfs", "@/root", "--", "/bin/script"},
            {"interpreter is missing", "/no/interpreter"}, 126);
        row("a dynamic program without its linker", {"--rootfs", "@/root", "--", "/bin/dynamic"},
            {"dynamic linker is missing", "/lib64/ld-linux"}, 126);
        row("a program for another processor", {"--rootfs", "@/root", "--", "/bin/powerpc"},
            {"another processor", "20"}, 126);
        row("a program that is nothing", {"--rootfs", "@/root", "--", "/bin/nonsense"}, {"ENOEXEC", "hint"}, 126);
        row("no spec", {"--", "/bin/true"}, {"no root", "--rootfs"});
        row("a spec that does not exist", {"@/no.pbox"}, {"no.pbox", "ENOENT"});
        row("an unknown preset", {"nosuch"}, {"nosuch", "busybox"});
        row("an unknown option", {"--frobnicate"}, {"frobnicate", "--help"});
        row("a bind without destination", {"--rootfs", "@/root", "--bind", "/x", "--", "/bin/true"},
            {"--bind", "SRC:DST"});
        row("an unknown mount option", {"--rootfs", "@/root", "--bind", "@/lone:/x:rw,frobnicate", "--", "/bin/true"},
            {"mounts[0]"});
        row("a size that is none", {"--rootfs", "@/root", "--memory", "much", "--", "/bin/true"}, {"much"});
        row("a limit without its controller", {"--rootfs", "@/root", "--memory", "64M", "--", "/bin/true"},
            {"resources.memoryBytes", "fix"});
        row("root's user namespace", {"--rootfs", "@/root", "--userns", "host", "--", "/bin/true"},
            {"namespaces.user", "fix"});
    }
    void isExplained()
    {
        QFETCH(QStringList, args);
        QFETCH(int, status);
        QFETCH(QList<QByteArray>, words);
        if (!m_user)
            QSKIP("no ordinary user");
        if (QByteArray(QTest::currentDataTag()) == "a limit without its controller" &&
            !m_user->pivotctl({"doctor"}).output.contains("limited  Limits"))
            QSKIP("this machine can limit memory");
        for (QString &arg : args)
            arg.replace("@/", m_user->directory() + "/");
        const Outcome outcome = m_user->pivotctl(QStringList{"run", "-T"} + args);
        QVERIFY2(outcome.status == status, outcome.all() + " exited with " + QByteArray::number(outcome.status));
        for (QByteArray &word : words)
            QVERIFY2(outcome.error.contains(word.replace("@/", m_user->directory().toUtf8() + "/")),
                     word + " is not in: " + outcome.error);
        QTRY_COMPARE(test::difference(m_before, test::traces(*m_user)), QString());
    }

    void aSpecFileNamesLineAndField_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QList<QByteArray>>("words");
        QTest::newRow("no JSON") << QByteArray("{\n \"pivotbench\": 1,\n x\n}")
                                 << QList<QByteArray>{"line 3", "a.pbox"};
        QTest::newRow("a wrong type") << QByteArray("{\"pivotbench\": 1,\n\"hostname\": 5}")
                                      << QList<QByteArray>{"line 2", "hostname"};
        QTest::newRow("an unknown field")
            << QByteArray("{\"pivotbench\": 1,\n\n\"hostnam\": \"x\"}") << QList<QByteArray>{"line 3", "hostnam"};
        QTest::newRow("a NUL in a name") << QByteArray("{\"pivotbench\": 1,\n\"hostname\": \"a\\u0000b\"}")
                                         << QList<QByteArray>{"hostname", "NUL"};
        QTest::newRow("a newer version") << QByteArray("{\"pivotbench\": 99}") << QList<QByteArray>{"99"};
        QTest::newRow("too deep") << "{\"pivotbench\": 1, \"x\": " + QByteArray(100'000, '[')
                                  << QList<QByteArray>{"deep"};
        QTest::newRow("cut off in the middle")
            << QByteArray("{\"pivotbench\": 1, \"root\": {\"la") << QList<QByteArray>{"line 1"};
    }
    void aSpecFileNamesLineAndField()
    {
        QFETCH(QByteArray, text);
        QFETCH(QList<QByteArray>, words);
        if (!m_user)
            QSKIP("no ordinary user");
        const QString file = m_user->makeFile("a.pbox", text);
        const Outcome outcome = m_user->pivotctl({"run", file});
        QCOMPARE(outcome.status, 125);
        for (const QByteArray &word : words)
            QVERIFY2(outcome.error.contains(word), word + " is not in: " + outcome.error);
    }

    void tooManyLayersAreRefused()
    {
        if (!m_user)
            QSKIP("no ordinary user");
        QStringList args{"run", "-q", "-T"};
        for (int i = 0; i < 501; ++i)
            args << "--layer" << m_user->path("lone");
        const Outcome outcome = m_user->pivotctl(args + QStringList{"--", "/bin/true"});
        QCOMPARE(outcome.status, 125);
        QVERIFY2(outcome.error.contains("root.layers") && outcome.error.contains("501"), outcome.error);
    }

    void manyLayersAndMountsWork()
    {
        if (!m_user)
            QSKIP("no ordinary user");
        QStringList args{"run", "-q", "-T"};
        for (int i = 0; i < 200; ++i)
            args << "--layer" << m_user->makeDirectory(QString("layers/%1").arg(i));
        args << "--layer" << m_root;
        for (int i = 0; i < 300; ++i)
            args << "--bind" << QString("%1:/b/%2:ro").arg(m_user->path("lone")).arg(i);
        const Outcome outcome =
            m_user->pivotctl(args + QStringList{"--", "/bin/sh", "-c", "grep -c ' /b/.* ro,' /proc/self/mountinfo"});
        QVERIFY2(outcome.status == 0, outcome.all());
        QCOMPARE(outcome.output, "300\n");
    }

    void oddNamesWork()
    {
        if (!m_user)
            QSKIP("no ordinary user");
        const QString odd = m_user->makeBusyboxRoot("odd: na\\me, with = and \xc3\xa4");
        m_user->makeDirectory("src:with, comma");
        const Outcome outcome =
            m_user->pivotctl({"run", "-q", "-T", "--rootfs", odd, "--bind", m_user->path("src\\:with, comma") + ":/a b",
                              "--", "/bin/sh", "-c", "ls -d '/a b'"});
        QVERIFY2(outcome.status == 0, outcome.all());
        QCOMPARE(outcome.output, "/a b\n");
        const QString deep = m_user->makeBusyboxRoot(QString(200, 'x') + "/" + QString(200, 'y'));
        const Outcome longOne = m_user->pivotctl({"run", "-q", "-T", "--rootfs", deep, "--", "/bin/true"});
        QVERIFY2(longOne.status == 0, longOne.all());
    }
};

QTEST_GUILESS_MAIN(TestBadInput)
#include "tst_bad_input.moc"
